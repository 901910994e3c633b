"""A sample of the damaged media files; all of them go through `python -m bench.damaged`, with time and memory."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.core.errors import BadInputError
from pipeline.recording import audio
from tests import damaged

SAMPLE = 25


@pytest.fixture(scope="module")
def sample() -> tuple[damaged.Case, ...]:
    every = damaged.cases()
    assert len(every) > 300
    return every[:: len(every) // SAMPLE][:SAMPLE]


@pytest.mark.slow
@pytest.mark.parametrize("number", range(SAMPLE))
def test_damaged_files_are_refused_or_spoken_of(tmp_path: Path, sample: tuple[damaged.Case, ...], number: int) -> None:
    case = sample[number]
    source, warnings = tmp_path / case.name, list[str]()
    source.write_bytes(case.data)
    try:
        audio.decode(source, tmp_path / "out.wav", warn=warnings.append)
        became = "told" if warnings else "taken"
    except BadInputError:
        became = "refused"
    allowed = {"taken": {"taken"}, "refused": {"refused"}, "told": {"told", "refused"}}
    assert became in allowed.get(case.fate, {became}), case.name
    assert not (tmp_path / ".decoding.raw").exists()


def _fifo(path: Path) -> Path:
    os.mkfifo(path)
    return path


def _named(name: str) -> Callable[[Path], Path]:
    def make(path: Path) -> Path:
        source = path.with_name(name)
        source.write_bytes(damaged.case(name).data)
        return source

    return make


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="no such files")
@pytest.mark.parametrize(
    "make",
    [
        pytest.param(_fifo, id="pipe"),
        pytest.param(lambda path: Path("/dev/zero"), id="device"),
        pytest.param(lambda path: path.parent, id="folder"),
        pytest.param(_named("bits-0.wav"), id="no bits"),
        pytest.param(_named("hidden.wav"), id="playlist"),
        pytest.param(_named("length.w64"), id="a length that sends the reader to nowhere"),
    ],
)
def test_the_command_line_refuses_at_once(tmp_path: Path, make: Callable[[Path], Path]) -> None:
    source = make(tmp_path / "x.wav")
    command = [sys.executable, "-m", "pipeline", "run", "--id", "P01", "-o", str(tmp_path / "outputs"), str(source)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, stdin=subprocess.DEVNULL)
    assert done.returncode == 3, done.stderr
    assert "Traceback" not in done.stderr
    assert "Next:" in done.stderr
