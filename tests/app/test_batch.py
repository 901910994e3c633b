"""Batches: one that fails never stops the rest; what is done is not done again."""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from pipeline.app import batch, runner, snapshots
from pipeline.core import installed
from pipeline.core.errors import BadInputError, UsageProblem
from pipeline.core.progress import JsonLines, Silent
from pipeline.core.settings import Wanted, build, merge
from pipeline.weights.catalogue import Catalogue
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
    root = Path(__file__).resolve().parents[2]
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


def _wanted(**more: object) -> Wanted:
    return Wanted(overrides={"emit": {"formats": ["txt"]}, **more})


def test_only_recordings_are_taken(folder: Path) -> None:
    assert [path.name for path in batch.recordings(folder)] == ["P01.wav", "P02.m4a", "P03.flac", "P03.wav"]
    with pytest.raises(BadInputError):
        batch.recordings(folder / "nowhere")


def test_a_failed_one_never_stops_the_rest(folder: Path) -> None:
    job = _job(folder)
    rows = batch.run(batch.recordings(folder), job, _wanted(), Silent(), Catalogue.read())
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

    again = batch.run(batch.recordings(folder), job, _wanted(), Silent(), Catalogue.read())
    assert [row.status for row in again] == ["skipped", "failed", "skipped", "failed"]


@pytest.mark.slow
def test_the_same_recording_under_another_name_is_not_done_twice(folder: Path) -> None:
    job = _job(folder)
    first, copy = folder / "P01.wav", folder / "P09.wav"
    batch.run([first], job, _wanted(), Silent(), Catalogue.read())
    copy.write_bytes(first.read_bytes())
    (row,) = batch.run([copy], job, _wanted(), Silent(), Catalogue.read())
    assert (row.status, row.message) == ("skipped", "the same recording is done as 'P01'")


def test_progress_of_the_child_is_relayed(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    batch.run([folder / "P01.wav"], _job(folder), _wanted(), JsonLines(), Catalogue.read())
    events = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert [e["stage"] for e in events if e["event"] == "stage"] == [
        "ingest",
        "diarise",
        "transcribe",
        "redact",
        "emit",
    ]


@pytest.mark.slow
def test_a_key_sheet_for_all_belongs_to_what_is_done(folder: Path) -> None:
    sheet = folder.parent / "study.yaml"
    sheet.write_text("places: [Garboldisham]\n")
    job = replace(_job(folder), key_sheet=sheet)
    sources = [folder / "P01.wav"]
    assert batch.run(sources, job, _wanted(), Silent(), Catalogue.read())[0].status == "done"
    assert batch.run(sources, job, _wanted(), Silent(), Catalogue.read())[0].status == "skipped"
    sheet.write_text("places: [Garboldisham, Diss]\n")
    assert batch.run(sources, job, _wanted(), Silent(), Catalogue.read())[0].status == "done"


def test_a_weak_passphrase_is_refused_before_the_first_recording(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    job = _job(folder)
    batch.run([folder / "P01.wav"], job, _wanted(), Silent(), Catalogue.read())
    monkeypatch.setattr(batch, "_child", lambda *_: pytest.fail("started before the key was tried"))
    monkeypatch.setenv("IPA_PASSPHRASE", "weak")
    with pytest.raises(UsageProblem, match="8 characters"):
        batch.run(batch.recordings(folder), job, _wanted(), Silent(), Catalogue.read())
    # Where everything is done, nothing has to be locked.
    rows = batch.run([folder / "P01.wav"], job, _wanted(), Silent(), Catalogue.read())
    assert [row.status for row in rows] == ["skipped"]


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
@pytest.mark.parametrize("without", ["neither", "kernel", "pipe"])
def test_a_killed_batch_leaves_no_child(folder: Path, without: str) -> None:
    """The child reports its number through a named pipe, which the system closes when it ends."""
    if without == "pipe" and sys.platform != "linux":
        pytest.skip("only Linux kills the child itself")
    line = folder.parent / "line"
    os.mkfifo(line)
    hook = folder.parent / "hook" / "sitecustomize.py"
    off = {
        "neither": "",
        "kernel": "parent.sys = type('System', (), {'platform': 'other'})",
        "pipe": "parent._wait = lambda line: None",
    }
    hook.write_text(
        hook.read_text() + f"from pipeline.core import parent\n{off[without]}\n"
        "import os, signal\n"
        "from tests import scripted\n"
        "def wait(*_):\n"
        f"    with open({str(line)!r}, 'w') as out:\n"
        "        print(os.getpid(), file=out, flush=True)\n"
        "        signal.pause()\n"
        "scripted.Diarise.run = wait\n"
    )
    command = [sys.executable, "-m", "pipeline", "batch", str(folder), "-o", str(folder.parent / "outputs")]
    reading = os.open(line, os.O_RDONLY | os.O_NONBLOCK)
    process = subprocess.Popen([*command, "--set", "emit.formats=[txt]"], stderr=subprocess.DEVNULL)
    child = 0
    try:
        assert select.select([reading], [], [], 60)[0], "the child did not start"
        child = int(os.read(reading, 100))
        assert child != process.pid
        process.kill()
        process.wait()
        assert select.select([reading], [], [], 60)[0], "the child is still there"
        assert os.read(reading, 100) == b""
        child = 0
    finally:
        if child:
            os.kill(child, signal.SIGKILL)
        process.kill()
        process.wait()
        os.close(reading)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("device", "driver", "expected"),
    [
        ("cuda", False, ["P02.m4a", "P03.flac"]),
        ("auto", True, ["P02.m4a", "P03.flac"]),
        ("auto", False, []),
        ("cpu", True, []),
    ],
)
def test_the_next_recording_is_decoded_while_the_graphics_card_works(
    folder: Path, monkeypatch: pytest.MonkeyPatch, device: str, driver: bool, expected: list[str]
) -> None:
    decoded = []
    inner = batch.subprocess.run

    def note(command: list[str], **options: object) -> object:
        decoded.append(Path(command[-1]).name)
        return inner(command, **options)

    monkeypatch.setattr(batch.subprocess, "run", note)
    monkeypatch.setattr(installed, "can_use_gpu", lambda: driver)
    job = replace(_job(folder), device=device)
    rows = batch.run(batch.recordings(folder), job, _wanted(), Silent(), Catalogue.read())
    # What has the id of another is not decoded, and what cannot be decoded fails as it does alone.
    assert decoded == expected
    if device == "cuda":  # there is none here: every run says so in its first second; P03.wav has the id of another
        assert [(row.status, row.exit_code) for row in rows] == [("failed", 2)] * 3 + [("failed", 3)]
        return
    assert [(row.status, row.exit_code) for row in rows] == [("done", 0), ("failed", 3), ("done", 0), ("failed", 3)]
    stored = snapshots.load(runner.RecordingPaths(job.outputs, "P03"), "emit")
    assert stored is not None
    assert stored.recording is not None
    assert stored.recording.sha256 == batch.sha256_of_file(folder / "P03.flac")
    assert batch.run(batch.recordings(folder), job, _wanted(), Silent(), Catalogue.read())[2].status == "skipped"
    assert [name for name in decoded if name != "P02.m4a"] == [name for name in expected if name != "P02.m4a"]


@pytest.mark.slow
def test_names_in_file_names_are_said_at_the_start(folder: Path) -> None:
    """Not when their turn comes, hours later; and one that is done under a code is left alone."""
    (folder / "P01.wav").rename(folder / "siobhan.wav")
    said: list[str] = []

    class Listening(Silent):
        def message(self, text: str, level: str = "info") -> None:
            said.append(text)

        def start(self, recording: str, stages: Sequence[str]) -> None:
            said.append(f"start {recording}")

    sources = [folder / "P03.wav", folder / "siobhan.wav"]
    rows = batch.run(sources, _job(folder), _wanted(), Listening(), Catalogue.read())
    assert [(row.status, row.exit_code) for row in rows] == [("done", 0), ("failed", 2)]
    assert "--id P03" in said[0]
    assert said[1] == "start P03"
    assert sum("siobhan.wav" in text for text in said) == 1
    (folder / "siobhan.yaml").write_text("id: P01\n")
    assert batch.run(sources[1:], _job(folder), _wanted(), Silent(), Catalogue.read())[0].id == "P01"
    (folder / "siobhan.yaml").unlink()
    (row,) = batch.run(sources[1:], _job(folder), _wanted(), Silent(), Catalogue.read())
    assert (row.status, row.id) == ("skipped", "P01")


@pytest.mark.parametrize(
    ("first", "named", "status"),
    [
        ({"transcribe": {"swap_roles": True}}, {}, "skipped"),
        ({"transcribe": {"model": "small"}}, {}, "skipped"),
        ({"lines": {"width": 72}, "redact": {"style": "pseudonym"}}, {}, "skipped"),
        ({"transcribe": {"model": "small"}}, {"transcribe": {"model": "small"}}, "skipped"),
        ({"transcribe": {"model": "small"}}, {"transcribe": {"model": "base"}}, "skipped"),  # what was heard stays
        ({"transcribe": {"swap_roles": True}}, {"lines": {"width": 72}}, "done"),
    ],
)
def test_a_batch_keeps_how_a_finished_recording_was_run(
    folder: Path, first: dict[str, object], named: dict[str, object], status: str
) -> None:
    job = replace(_job(folder), settings=build({"emit": {"formats": ["txt"]}, **first}))
    batch.run([folder / "P01.wav"], job, _wanted(**first), Silent(), Catalogue.read())
    job = replace(_job(folder), settings=_wanted(**named).load())
    (row,) = batch.run([folder / "P01.wav"], job, _wanted(**named), Silent(), Catalogue.read())
    assert row.status == status
    stored = runner.stored_settings(job.outputs, "P01")
    assert stored is not None
    later = {section: values for section, values in named.items() if section != "transcribe"}
    expected = merge(merge(_job(folder).settings.model_dump(mode="json"), first), later)
    assert json.loads(stored.read_text()) == expected


def test_a_recording_that_never_finished_is_run_as_the_batch_says(folder: Path) -> None:
    source = folder / "P01.wav"
    other = build({"emit": {"formats": ["txt"]}, "transcribe": {"model": "small"}})
    runner.run(replace(_job(folder), source=source, settings=other, until="diarise"), Silent(), Catalogue.read())
    batch.run([source], _job(folder), _wanted(), Silent(), Catalogue.read())
    stored = runner.stored_settings(_job(folder).outputs, "P01")
    assert stored is not None
    assert json.loads(stored.read_text())["transcribe"]["model"] == "base"
