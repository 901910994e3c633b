"""Which files are recordings, which part of them a shard takes, and which new ones are whole."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from pipeline.batch.folder import STILL_S, Shard, Watch, recordings
from pipeline.core.errors import BadInputError, UsageProblem


def test_only_recordings_are_taken(tmp_path: Path) -> None:
    for name in ("P01.wav", "P02.M4A", "notes.txt", ".hidden.wav", "README.md"):
        (tmp_path / name).touch()
    (tmp_path / "folder.wav").mkdir()
    assert [path.name for path in recordings(tmp_path)] == ["P01.wav", "P02.M4A"]
    with pytest.raises(BadInputError, match="no such folder"):
        recordings(tmp_path / "nowhere")


@pytest.mark.parametrize("of", [1, 2, 3, 7, 50])
def test_shards_take_each_recording_once(of: int) -> None:
    sources = [Path(f"P{number:02d}.wav") for number in range(24)]
    taken = [path for number in range(1, of + 1) for path in Shard(number, of).take(sources)]
    assert sorted(taken) == sources
    sizes = [len(Shard(number, of).take(sources)) for number in range(1, of + 1)]
    assert max(sizes) - min(sizes) <= 1


@pytest.mark.parametrize("text", ["0/8", "9/8", "8", "1/0", "-1/8", "1/8/2", "one/8", "", "1.5/8"])
def test_what_is_no_shard(text: str) -> None:
    with pytest.raises(UsageProblem, match="--shard 2/8"):
        Shard.parse(text)


def test_a_shard() -> None:
    assert Shard.parse("2/8") == Shard(2, 8)
    assert str(Shard(2, 8)) == "2-of-8"


def _aged(path: Path, seconds: float) -> Path:
    path.write_bytes(b"sound")
    at = time.time() - seconds
    os.utime(path, (at, at))
    return path


def test_what_lay_there_before_is_taken_at_once(tmp_path: Path) -> None:
    old = _aged(tmp_path / "P01.wav", 2 * STILL_S)
    fresh = _aged(tmp_path / "P02.wav", 0)
    watch = Watch(tmp_path)
    assert watch.look(1000.0) == [old]
    assert watch.look(1000.0 + STILL_S / 2) == []
    assert watch.look(1001.0 + STILL_S) == [fresh]
    assert watch.look(9999.0) == []


def test_a_file_that_grows_is_left_alone_until_it_is_whole(tmp_path: Path) -> None:
    watch, path = Watch(tmp_path), tmp_path / "P01.wav"
    assert watch.look(0.0) == []
    for step in range(4):
        path.write_bytes(b"sound" * (step + 1))
        assert watch.look(step * STILL_S * 0.9) == []
    assert watch.look(3 * STILL_S * 0.9 + STILL_S) == [path]


def test_a_copy_with_an_old_date_has_to_stand_still_all_the_same(tmp_path: Path) -> None:
    watch = Watch(tmp_path)
    watch.look(0.0)
    path = _aged(tmp_path / "P01.wav", 1e6)
    assert watch.look(1.0) == []
    assert watch.look(1.0 + STILL_S) == [path]


@pytest.mark.parametrize("what", ["the recording", "a new key sheet", "its key sheet"])
def test_what_changes_is_named_again(tmp_path: Path, what: str) -> None:
    path, sheet = _aged(tmp_path / "P01.wav", 1e6), tmp_path / "P01.yaml"
    if what == "its key sheet":
        sheet.write_text("places: []\n")
    watch = Watch(tmp_path)
    assert [path] in (watch.look(0.0), watch.look(STILL_S))
    (path if what == "the recording" else sheet).write_text("places: [Eye, Diss]\n")
    assert watch.look(STILL_S + 1) == []
    assert watch.look(2 * STILL_S + 2) == [path]


def test_what_goes_and_comes_back_is_named_again(tmp_path: Path) -> None:
    path = _aged(tmp_path / "P01.wav", 1e6)
    watch = Watch(tmp_path)
    assert watch.look(0.0) == [path]
    path.unlink()
    assert watch.look(1.0) == []
    _aged(path, 1e6)
    watch.look(2.0)
    assert watch.look(2.0 + STILL_S) == [path]


def test_a_shard_watches_its_part(tmp_path: Path) -> None:
    paths = [_aged(tmp_path / f"P0{number}.wav", 1e6) for number in range(4)]
    assert Watch(tmp_path, Shard(2, 2)).look(0.0) == paths[1::2]
