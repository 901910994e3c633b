"""What a person writes into share/ is never lost; what the program wrote there makes way."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.core.paths import RecordingPaths
from pipeline.release import publish


@pytest.fixture
def paths(tmp_path: Path) -> RecordingPaths:
    found = RecordingPaths(tmp_path, "P1")
    found.make()
    return found


def put(paths: RecordingPaths, text: str, said: list[str], name: str = "transcript.txt") -> None:
    staged = paths.root / "staged"
    staged.mkdir(exist_ok=True)
    (staged / name).write_text(text)
    publish.publish(staged, paths, paths.share, said.append)


def edited(paths: RecordingPaths) -> list[str]:
    folder = paths.private / publish.EDITED
    return sorted(p.read_text() for p in folder.iterdir()) if folder.is_dir() else []


def test_a_new_version_takes_the_place_of_ours(paths: RecordingPaths) -> None:
    said: list[str] = []
    put(paths, "one", said)
    put(paths, "two", said)
    put(paths, "two", said)
    assert (paths.share / "transcript.txt").read_text() == "two"
    assert (edited(paths), said) == ([], [])


def test_notes_of_a_person_are_kept_in_private(paths: RecordingPaths) -> None:
    said: list[str] = []
    put(paths, "one", said)
    (paths.share / "transcript.txt").write_text("one, with notes")
    put(paths, "two", said)
    assert (paths.share / "transcript.txt").read_text() == "two"
    assert edited(paths) == ["one, with notes"]
    assert "changed by hand" in said[0]


def test_killed_between_record_and_file_nothing_is_taken_for_somebodys(paths: RecordingPaths) -> None:
    said: list[str] = []
    put(paths, "one", said)
    put(paths, "two", said)
    (paths.share / "transcript.txt").write_text("one")  # as if the second had not been moved into place
    put(paths, "three", said)
    assert (edited(paths), said) == ([], [])


def test_withdrawn_is_ours_and_moved_is_theirs(paths: RecordingPaths) -> None:
    said: list[str] = []
    put(paths, "one", said)
    put(paths, "two", said, "transcript.md")
    (paths.share / "transcript.md").write_text("mine")
    for name in ("transcript.txt", "transcript.md"):
        publish.withdraw(paths.share / name, paths, said.append)
    assert list(paths.share.iterdir()) == []
    assert edited(paths) == ["mine"]


def test_a_damaged_record_is_no_reason_to_stop(paths: RecordingPaths) -> None:
    (paths.work / publish.RECORD).write_text("{")
    put(paths, "one", [])
    assert (paths.share / "transcript.txt").read_text() == "one"


def test_another_folder_is_written_without_a_record(paths: RecordingPaths, tmp_path: Path) -> None:
    staged, target = paths.root / "staged", tmp_path / "elsewhere"
    staged.mkdir()
    target.mkdir()
    (staged / "a.txt").write_text("x")
    publish.publish(staged, paths, target)
    assert (target / "a.txt").read_text() == "x"
    assert not (paths.work / publish.RECORD).exists()
