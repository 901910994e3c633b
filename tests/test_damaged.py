"""A sample of the damaged media files; all of them go through `python -m bench.damaged`, with time and memory."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline import audio
from pipeline.errors import BadInputError
from tests import damaged

SAMPLE = 25


@pytest.fixture(scope="module")
def sample() -> list[damaged.Case]:
    every = damaged.cases()
    assert len(every) > 300
    return every[:: len(every) // SAMPLE][:SAMPLE]


@pytest.mark.parametrize("number", range(SAMPLE))
def test_damaged_files_are_refused_or_spoken_of(tmp_path: Path, sample: list[damaged.Case], number: int) -> None:
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
