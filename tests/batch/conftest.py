"""A folder of recordings, and processes whose stages are the scripted ones."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.app import runner
from pipeline.core.settings import build
from tests import scripted, sounds

ROOT = Path(__file__).resolve().parents[2]
SCRIPTED = (
    "from pipeline import stages\n"
    "for name in ('Diarise', 'Transcribe', 'Redact'):\n"
    "    stages.REGISTRY[name.lower()] = f'tests.scripted:{name}'\n"
)


@pytest.fixture
def hook(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Code that every process of a batch runs at its start; it may change `scripted`."""
    scripted.install(monkeypatch)
    file = tmp_path / "hook" / "sitecustomize.py"
    file.parent.mkdir()
    file.write_text(SCRIPTED)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(file.parent), str(ROOT)]))

    def add(code: str) -> None:
        file.write_text(f"{SCRIPTED}import os, signal\nfrom pathlib import Path\nfrom tests import scripted\n{code}")

    return add


@pytest.fixture
def folder(tmp_path: Path, hook: Callable[[str], None]) -> Path:
    """Recordings: two good ones, one text file, two of one id, and things that are no recordings."""
    recordings = tmp_path / "recordings"
    recordings.mkdir()
    sounds.write(recordings / "P01.wav", sounds.tone(4))
    (recordings / "P02.m4a").write_text("this is not a recording")
    sounds.write(recordings / "P03.flac", sounds.tone(4, 300))
    sounds.write(recordings / "P03.wav", sounds.tone(4, 200))
    (recordings / "notes.txt").write_text("nothing")
    (recordings / ".hidden.wav").write_text("nothing")
    (recordings / "README.md").write_text("nothing")
    return recordings


@pytest.fixture
def job(tmp_path: Path) -> runner.Job:
    return runner.Job(None, tmp_path / "outputs", build({"emit": {"formats": ["txt"]}}))
