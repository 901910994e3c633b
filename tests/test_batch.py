"""Batches: one that fails never stops the rest; what is done is not done again."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path

import pytest

from pipeline import batch, runner
from pipeline.catalogue import Catalogue
from pipeline.errors import BadInputError
from pipeline.reporting import JsonLines, Silent
from pipeline.settings import build
from tests import scripted, sounds


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Recordings: two good ones, one text file, two of one id, and things that are no recordings.

    The child process is the real one but for its stages, which are the scripted ones.
    """
    scripted.install(monkeypatch)
    hook = tmp_path / "hook" / "sitecustomize.py"
    hook.parent.mkdir()
    hook.write_text(
        "from pipeline import stages\n"
        "for name in ('Diarise', 'Transcribe', 'Redact'):\n"
        "    stages.REGISTRY[name.lower()] = f'tests.scripted:{name}'\n"
    )
    root = Path(__file__).resolve().parent.parent
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(hook.parent), str(root)]))
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


def _job(folder: Path) -> runner.Job:
    return runner.Job(None, folder.parent / "outputs", build({"emit": {"formats": ["txt"]}}))


def _arguments(folder: Path) -> list[str]:
    settings = folder.parent / "quick.yaml"
    settings.write_text("emit: {formats: [txt]}\n")
    return ["--settings", str(settings)]


def test_only_recordings_are_taken(folder: Path) -> None:
    assert [path.name for path in batch.recordings(folder)] == ["P01.wav", "P02.m4a", "P03.flac", "P03.wav"]
    with pytest.raises(BadInputError):
        batch.recordings(folder / "nowhere")


def test_a_failed_one_never_stops_the_rest(folder: Path) -> None:
    job = _job(folder)
    rows = batch.run(batch.recordings(folder), job, _arguments(folder), Silent(), Catalogue.read())
    assert [(row.file, row.status, row.exit_code) for row in rows] == [
        ("P01.wav", "done", 0),
        ("P02.m4a", "failed", 3),
        ("P03.flac", "done", 0),
        ("P03.wav", "failed", 3),
    ]
    assert "not a recording" in rows[1].message
    assert "is also that of P03.flac" in rows[3].message
    assert (job.outputs / "P01" / "share" / "transcript.txt").is_file()
    assert not (job.outputs / "P02" / "share" / "transcript.txt").exists()
    ledger = json.loads((job.outputs / batch.LEDGER).read_text())
    assert [row["status"] for row in ledger] == ["done", "failed", "done", "failed"]

    again = batch.run(batch.recordings(folder), job, _arguments(folder), Silent(), Catalogue.read())
    assert [row.status for row in again] == ["skipped", "failed", "skipped", "failed"]


def test_the_same_recording_under_another_name_is_not_done_twice(folder: Path) -> None:
    job = _job(folder)
    first, copy = folder / "P01.wav", folder / "P09.wav"
    batch.run([first], job, _arguments(folder), Silent(), Catalogue.read())
    copy.write_bytes(first.read_bytes())
    (row,) = batch.run([copy], job, _arguments(folder), Silent(), Catalogue.read())
    assert (row.status, row.message) == ("skipped", "the same recording is done as 'P01'")


def test_progress_of_the_child_is_relayed(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    batch.run([folder / "P01.wav"], _job(folder), _arguments(folder), JsonLines(), Catalogue.read())
    events = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert [e["stage"] for e in events if e["event"] == "stage"] == [
        "ingest",
        "diarise",
        "transcribe",
        "redact",
        "emit",
    ]


def test_a_key_sheet_for_all_belongs_to_what_is_done(folder: Path) -> None:
    sheet = folder.parent / "study.yaml"
    sheet.write_text("places: [Garboldisham]\n")
    job, arguments = replace(_job(folder), key_sheet=sheet), [*_arguments(folder), "--key-sheet", str(sheet)]
    sources = [folder / "P01.wav"]
    assert batch.run(sources, job, arguments, Silent(), Catalogue.read())[0].status == "done"
    assert batch.run(sources, job, arguments, Silent(), Catalogue.read())[0].status == "skipped"
    sheet.write_text("places: [Garboldisham, Diss]\n")
    assert batch.run(sources, job, arguments, Silent(), Catalogue.read())[0].status == "done"
