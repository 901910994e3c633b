"""How many recordings at once, and what each may take."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.batch import lengths, machine
from pipeline.batch.board import Tracker
from pipeline.batch.child import verdict
from pipeline.batch.item import Item, seconds_left
from pipeline.batch.machine import Machine
from pipeline.core import cores
from pipeline.core.settings import Settings, build
from pipeline.weights.catalogue import Catalogue
from tests import sounds

GB = 1_000_000_000


@pytest.mark.parametrize(
    ("count", "memory", "workers"),
    [
        (2, 16 * GB, 2),
        (2, 4 * GB, 1),
        (8, 9 * GB, 4),
        (8, 64 * GB, 8),
        (4, 1 * GB, 1),
        (4, None, 1),
    ],
)
def test_as_many_as_memory_and_cores_allow(count: int, memory: int | None, workers: int) -> None:
    assert Machine(count, memory, 2 * GB).workers() == workers


def test_a_larger_model_needs_more() -> None:
    catalogue = Catalogue.read()
    small = machine.need(Settings(), catalogue)
    large = machine.need(build({"transcribe": {"model": "large-v3"}}), catalogue)
    assert 1.5 * GB < small < 2.5 * GB
    assert large > small + GB


@pytest.mark.parametrize(
    ("workers", "gentle", "gpu", "memory", "minutes", "expected"),
    [
        (1, False, False, None, None, (15 * GB, 20 * 60 + 15 * 600, 4)),
        (3, False, False, None, None, (5 * GB, 20 * 60 + 15 * 600, 1)),
        (2, False, False, 3 * GB, 30.0, (3 * GB, 1800, 2)),
        (1, True, False, None, 30.0, (15 * GB, 3600, 1)),
        (2, False, True, None, 30.0, (None, 1800, 2)),
        (8, False, False, None, 30.0, (2 * GB + machine.RESERVED_BYTES, 1800, 1)),
    ],
)
def test_limits(
    workers: int, gentle: bool, gpu: bool, memory: int | None, minutes: float | None, expected: tuple[int, float, int]
) -> None:
    here = Machine(4, 16 * GB, 2 * GB)
    limits = here.limits(600.0, workers, memory=memory, minutes=minutes, gentle=gentle, gpu=gpu)
    assert (limits.memory, limits.seconds, limits.cores) == expected


def test_a_length_that_nobody_knows_counts_as_long() -> None:
    here = Machine(4, None, 2 * GB)
    limits = here.limits(None, 1, memory=None, minutes=None, gentle=False, gpu=False)
    assert limits.memory is None
    assert limits.seconds > 24 * 3600


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux limits another process")
def test_a_process_is_confined() -> None:
    code = "import sys; sys.stdin.read(); print(open('/proc/self/oom_score_adj').read()); bytearray(10**9)"
    process = subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    machine.confine(process.pid, GB // 2)
    out, err = process.communicate("")
    assert out.strip() == machine.VICTIM
    assert "MemoryError" in err
    machine.confine(process.pid, GB)  # one that has ended


@pytest.mark.parametrize(("share", "expected"), [("", None), ("1", 1), ("0", 1), ("9999", None), ("two", None)])
def test_cores(monkeypatch: pytest.MonkeyPatch, share: str, expected: int | None) -> None:
    monkeypatch.delenv(cores.VARIABLE, raising=False)
    every = cores.cores()
    monkeypatch.setenv(cores.VARIABLE, share)
    assert cores.cores() == (expected or every)
    assert cores.threads(3) == 3
    assert cores.threads() == min(16, expected or every)


def test_free_memory(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert (cores.free_memory() or 0) > 0
    facts = tmp_path / "meminfo"
    facts.write_text("MemTotal:  2000 kB\nMemAvailable:    1000 kB\n")
    monkeypatch.setattr(cores, "MEMINFO", facts)
    assert cores.free_memory() == 1_024_000
    facts.write_text("MemAvailable:\n")  # odd: falls back
    assert (cores.free_memory() or 1) > 0


@pytest.mark.parametrize(
    ("code", "error", "expected", "said"),
    [
        (3, "P01.wav: the file is empty", 3, "the file is empty"),
        (1, "", 1, "exit code 1"),
        (-9, "", 6, "SIGKILL: perhaps it was out of memory"),
        (-6, "", 6, "SIGABRT: perhaps it was out of memory"),
        (-11, "", 1, "SIGSEGV: a library crashed"),
        (-9, "it took more than 5 minutes and was ended", 1, "more than 5 minutes"),
    ],
)
def test_how_a_process_ended(code: int, error: str, expected: int, said: str) -> None:
    assert verdict(code, error)[0] == expected
    assert said in verdict(code, error)[1]


def _running(length: float | None, part: float, spent: float) -> Item:
    class Working:
        seconds = spent

    item = Item(Path("P.wav"), "P", length, child=Working())  # type: ignore[arg-type]
    item.tracker.start(["transcribe"])
    item.tracker.begin("transcribe", 0.0)
    item.tracker.update(part)
    return item


@pytest.mark.parametrize(
    ("rate", "waiting", "running", "workers", "expected"),
    [
        (0.5, [100.0, 100.0], [], 1, 100.0),
        (0.5, [100.0, 100.0], [], 2, 50.0),
        (0.5, [100.0], [], 2, 50.0),
        (0.5, [100.0], [(100.0, 0.5, 1.0)], 1, 75.0),
        (None, [100.0], [(100.0, 0.5, 50.0)], 1, 150.0),
        (None, [100.0], [(100.0, 0.05, 50.0)], 1, None),
        (None, [100.0], [], 1, None),
        (0.5, [100.0, None], [], 1, None),
        (0.5, [], [], 1, 0.0),
    ],
)
def test_time_left(
    rate: float | None,
    waiting: list[float | None],
    running: list[tuple[float, float, float]],
    workers: int,
    expected: float | None,
) -> None:
    assert seconds_left(rate, waiting, [_running(*facts) for facts in running], workers) == expected


def test_a_tracker_follows_the_stages() -> None:
    tracker = Tracker()
    assert (tracker.stage, tracker.fraction, tracker.end(0.0)) == ("", 0.0, None)
    tracker.start(["diarise", "transcribe"])
    assert tracker.begin("diarise", 10.0) is None
    tracker.update(0.5)
    assert tracker.fraction == 0.25
    assert tracker.begin("transcribe", 14.0) == ("diarise", 4.0)
    assert tracker.fraction == 0.5
    assert tracker.end(20.0) == ("transcribe", 6.0)


def test_lengths_by_the_headers(tmp_path: Path) -> None:
    whole = sounds.write(tmp_path / "P01.wav", sounds.tone(4))
    broken = tmp_path / "P02.m4a"
    broken.write_text("nothing")
    other = sounds.write(tmp_path / "a name\nwith lines.flac", sounds.tone(2))
    found = lengths.lengths([whole, broken, tmp_path / "gone.wav", other])
    assert [round(x) if x else x for x in found] == [4, None, None, 2]
    assert lengths.lengths([]) == []


def test_a_file_that_crashes_the_decoder_costs_its_own_length_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "sitecustomize.py").write_text(
        "import os\n"
        "from pipeline.batch import lengths\n"
        "from pipeline.recording import media\n"
        "before = media.opened\n"
        "def opened(file, source):\n"
        "    if 'P02' in source.name:\n"
        "        os.abort()\n"
        "    return before(file, source)\n"
        "media.opened = opened\n"
    )
    root = Path(__file__).resolve().parents[2]
    monkeypatch.setenv("PYTHONPATH", f"{tmp_path}:{root}")
    paths = [sounds.write(tmp_path / f"P0{n}.wav", sounds.tone(n)) for n in (1, 2, 3)]
    assert [round(x) if x else x for x in lengths.lengths(paths)] == [1, None, 3]
