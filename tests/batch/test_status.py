"""Where a study stands: every state, with damage, and while a run is at work."""

from __future__ import annotations

import fcntl
import json
import os
from pathlib import Path

import pytest

from pipeline import transcribe
from pipeline.batch import ledger, status
from pipeline.batch.status import Status
from pipeline.core import workspace
from pipeline.core.errors import BadInputError
from pipeline.core.paths import RecordingPaths
from pipeline.review import store
from pipeline.review.edits import SwapRoles, Undo
from tests import scripted, sounds

QUICK = {"emit": {"formats": ["txt", "json"]}}


@pytest.fixture
def study(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with P01 in recordings/ and the scripted stages."""
    scripted.install(monkeypatch)
    monkeypatch.chdir(tmp_path)
    Path("recordings").mkdir()
    sounds.write(Path("recordings/P01.wav"), sounds.tone(4))
    return tmp_path


def _run(until: str = "emit") -> RecordingPaths:
    return transcribe("recordings/P01.wav", settings=QUICK, until=until).paths


def _row() -> Status:
    (row,) = status.study(Path("outputs"), Path("recordings"))
    return row


def test_nothing_is_an_empty_list(tmp_path: Path) -> None:
    assert status.study(tmp_path / "outputs", tmp_path / "recordings") == []
    assert json.loads(status.to_json([])) == []


def test_from_new_to_locked(study: Path) -> None:
    assert (_row().state, _row().next) == ("new", "`ipa run recordings/P01.wav`")
    _run("diarise")
    assert (_row().state, _row().last_stage, _row().next) == ("stopped", "diarise", "`ipa emit P01`")
    paths = _run()
    row = _row()
    assert (row.state, row.last_stage, row.version) == ("finished", "emit", 0)
    assert row.next.endswith("then `ipa lock P01`")
    assert (row.transcript, row.report) == (paths.share / "transcript.txt", paths.share / "report.html")
    assert row.places == len(json.loads((paths.share / "report.json").read_text())["attention"])
    (paths.share / "transcript.txt").unlink()
    assert (_row().state, _row().next) == ("stopped", "`ipa emit P01`")


def test_edits_that_are_newer_than_the_files_are_said(study: Path) -> None:
    paths = _run()
    assert _row().next.endswith("then `ipa lock P01`")
    edit = SwapRoles(who="AB")
    store.append(paths, [edit])
    assert _row().next.startswith("`ipa emit P01` writes the files again")
    store.append(paths, [Undo(edit=edit.id)])
    assert _row().next.endswith("then `ipa lock P01`")
    store.append(paths, [SwapRoles(who="AB")])
    _run()
    assert _row().next.endswith("then `ipa lock P01`")
    (paths.private / "edits.jsonl").write_text("no edit\n")
    assert (_row().state, _row().warnings[0]) == ("finished", "line 1 of the edits is damaged")


@pytest.mark.parametrize("damage", [b"", b"{", b"[]", b'{"id": "P01"}', b"\xff\xfe"])
def test_a_damaged_snapshot_is_said_and_the_one_before_counts(study: Path, damage: bytes) -> None:
    paths = _run()
    paths.snapshot("emit").write_bytes(damage)
    row = _row()
    assert (row.state, row.last_stage, row.next) == ("damaged", "redact", "`ipa emit P01`")
    assert row.warnings[0] == "work/50-emit.json: the snapshot is damaged"
    for snapshot in paths.work.glob("[0-9]*.json"):
        snapshot.write_bytes(damage)
    assert (_row().state, _row().last_stage, _row().next) == ("damaged", None, "`ipa run recordings/P01.wav`")


def test_a_folder_in_place_of_a_snapshot_and_one_of_another_recording(study: Path) -> None:
    paths = _run()
    text = paths.snapshot("emit").read_text()
    paths.snapshot("emit").write_text(text.replace('"id":"P01"', '"id":"P02"', 1))
    assert _row().state == "damaged"
    assert "ipa purge P01" in _row().next
    paths.snapshot("emit").unlink()
    paths.snapshot("emit").mkdir()
    assert (_row().state, _row().last_stage) == ("damaged", "redact")


def test_one_that_a_run_holds_is_running_and_looking_does_not_disturb_it(study: Path) -> None:
    paths = _run("ingest")
    assert not workspace.is_held(paths)
    handle = os.open(paths.root / workspace.LOCK, os.O_RDWR)
    fcntl.flock(handle, fcntl.LOCK_EX)
    assert workspace.is_held(paths)
    assert (_row().state, _row().last_stage) == ("running", "ingest")
    os.close(handle)
    assert not workspace.is_held(paths)
    with workspace.held(paths):
        assert _row().state == "running"


def test_what_failed_in_the_last_batch_says_why(study: Path) -> None:
    _run("ingest")
    with ledger.opened(Path("outputs"), lambda _: 0, lambda *_: None) as book:
        book.settle("a" * 64, "P01", 4.0, "failed", 3, "…: it broke\n  Next: mend it")
        assert _row().state == "failed"  # while a batch is at work
    before = sorted(path.name for path in Path("outputs").iterdir())
    assert (_row().state, _row().warnings[0], _row().next) == ("failed", "it broke", "mend it")
    assert sorted(path.name for path in Path("outputs").iterdir()) == before
    _run()
    assert _row().state == "finished"
    Path("outputs/batch.sqlite").write_text("{")
    assert _row().state == "finished"


def test_a_key_sheet_that_changed_since_asks_for_another_run(study: Path) -> None:
    paths = _run()
    sheet = Path("recordings/P01.yaml")
    sheet.write_text("participant: {names: [Hope Larter]}\n")
    later = paths.snapshot("emit").stat().st_mtime + 60
    os.utime(sheet, (later, later))
    assert _row().next == "the key sheet has changed: `ipa run recordings/P01.wav`"
    _run()
    os.utime(sheet, (later + 60, later + 60))  # saved again with the same names
    assert "key sheet" not in _row().next


def test_a_recording_under_another_id_is_one_row(study: Path) -> None:
    transcribe("recordings/P01.wav", id="P09", settings=QUICK)
    assert (_row().id, _row().file) == ("P09", Path("recordings/P01.wav"))


def test_a_file_that_can_have_no_id_says_why(study: Path) -> None:
    Path("recordings/P01.wav").rename("recordings/Mary Smith.wav")
    assert (_row().id, _row().state) == ("", "new")
    assert "--id" in _row().next


def test_an_id_that_is_not_there_proposes_the_nearest(study: Path) -> None:
    _run("ingest")
    with pytest.raises(BadInputError, match="did you mean 'P01'"):
        status.chosen(Path("outputs"), Path("recordings"), ["P1"])
