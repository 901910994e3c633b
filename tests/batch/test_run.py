"""Batches: one that fails never stops the rest; what is done is not done again."""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from pipeline.app import runner, snapshots
from pipeline.batch import board, night
from pipeline.batch.folder import recordings
from pipeline.core import installed
from pipeline.core.errors import UsageProblem
from pipeline.core.settings import build, merge
from pipeline.recording.audio import sha256_of_file
from tests.batch.nights import Heard, batch, wanted

Hook = Callable[[str], None]


@pytest.mark.slow
def test_a_failed_one_never_stops_the_rest(folder: Path, job: runner.Job) -> None:
    rows = batch(recordings(folder), job)
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

    again = batch(recordings(folder), job)
    assert [row.status for row in again] == ["skipped", "failed", "skipped", "failed"]


@pytest.mark.slow
def test_the_same_recording_under_another_name_is_not_done_twice(folder: Path, job: runner.Job) -> None:
    first, copy = folder / "P01.wav", folder / "P09.wav"
    copy.write_bytes(first.read_bytes())
    rows = batch([first, copy], job)
    assert [row.status for row in rows] == ["done", "skipped"]
    assert rows[1].message == "the same recording as 'P01'"
    rows = batch([copy], job)
    assert (rows[0].status, rows[0].message) == ("skipped", "the same recording is done as 'P01'")


@pytest.mark.slow
def test_progress_of_the_child_is_relayed(folder: Path, job: runner.Job, capsys: pytest.CaptureFixture[str]) -> None:
    batch([folder / "P01.wav"], job, board.Lines())
    events = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert [e["stage"] for e in events if e["event"] == "stage"] == [
        "ingest",
        "diarise",
        "transcribe",
        "redact",
        "emit",
    ]
    wholes = [e for e in events if e["event"] == "batch"]
    assert [(e["done"], e["running"], e["waiting"]) for e in wholes] == [(0, 1, 0), (1, 0, 0)]


@pytest.mark.slow
def test_a_key_sheet_for_all_belongs_to_what_is_done(folder: Path, job: runner.Job) -> None:
    sheet = folder.parent / "study.yaml"
    sheet.write_text("places: [Garboldisham]\n")
    job = replace(job, key_sheet=sheet)
    sources = [folder / "P01.wav"]
    assert batch(sources, job)[0].status == "done"
    assert batch(sources, job)[0].status == "skipped"
    sheet.write_text("places: [Garboldisham, Diss]\n")
    assert batch(sources, job)[0].status == "done"


@pytest.mark.slow
def test_a_weak_passphrase_is_refused_before_the_first_recording(
    folder: Path, job: runner.Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch([folder / "P01.wav"], job)
    monkeypatch.setattr(night, "Child", lambda *_: pytest.fail("started before the key was tried"))
    monkeypatch.setenv("IPA_PASSPHRASE", "weak")
    with pytest.raises(UsageProblem, match="8 characters"):
        batch(recordings(folder), job)
    # Where everything is done, nothing has to be locked.
    assert [row.status for row in batch([folder / "P01.wav"], job)] == ["skipped"]


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
@pytest.mark.parametrize("without", ["neither", "kernel", "pipe"])
def test_a_killed_batch_leaves_no_child(folder: Path, job: runner.Job, hook: Hook, without: str) -> None:
    """The child reports its number through a named pipe, which the system closes when it ends. Then the same command
    does the rest."""
    if without == "pipe" and sys.platform != "linux":
        pytest.skip("only Linux kills the child itself")
    line = folder.parent / "line"
    os.mkfifo(line)
    off = {
        "neither": "",
        "kernel": "parent.sys = type('System', (), {'platform': 'other'})",
        "pipe": "parent._wait = lambda line: None",
    }
    hook(
        f"from pipeline.core import parent\n{off[without]}\n"
        "def wait(*_):\n"
        f"    with open({str(line)!r}, 'w') as out:\n"
        "        print(os.getpid(), file=out, flush=True)\n"
        "        signal.pause()\n"
        "scripted.Diarise.run = wait\n"
    )
    command = [sys.executable, "-m", "pipeline", "batch", str(folder), "-o", str(job.outputs), "--jobs", "1"]
    reading = os.open(line, os.O_RDONLY | os.O_NONBLOCK)
    process = subprocess.Popen(
        [*command, "--order", "name", "--set", "emit.formats=[txt]"], stderr=subprocess.DEVNULL
    )  # fmt: skip
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
    if without != "neither":
        return
    hook("")
    rows = batch(recordings(folder), job)
    assert [row.status for row in rows] == ["done", "failed", "done", "failed"]
    left = [path.name for path in job.outputs.rglob("*") if path.name.startswith(".tmp")]
    assert left == []


@pytest.mark.slow
@pytest.mark.parametrize(
    ("device", "driver", "expected"),
    [
        ("cuda", False, {"ingest", "transcribe"}),
        ("auto", True, {"ingest", "transcribe", "run"}),
        ("auto", False, {"run"}),
        ("cpu", True, {"run"}),
    ],
)
def test_the_processor_works_beside_the_graphics_card(
    folder: Path, job: runner.Job, monkeypatch: pytest.MonkeyPatch, device: str, driver: bool, expected: set[str]
) -> None:
    """Decoding, the models, and the rest of a recording are processes of their own there."""
    steps: list[tuple[str, str]] = []

    class Noted(night.Child):
        def __init__(self, planned: night.Planned, step: str, *rest: object) -> None:
            steps.append((planned.source.name, step))
            super().__init__(planned, step, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(night, "Child", Noted)
    monkeypatch.setattr(installed, "can_use_gpu", lambda: driver)
    sources = [folder / "P01.wav", folder / "P03.flac"]
    rows = batch(sources, replace(job, device=device))
    assert {step for name, step in steps if name == "P01.wav"} == expected
    if device == "cuda":  # there is none here: every run says so in its first second
        assert [(row.status, row.exit_code) for row in rows] == [("failed", 2)] * 2
        return
    assert [row.status for row in rows] == ["done", "done"]
    if expected != {"run"}:  # the second is decoded before the models are free for it
        assert steps.index(("P03.flac", "ingest")) < steps.index(("P01.wav", "run"))
    assert len(set(steps)) == len(steps)
    stored = snapshots.load(runner.RecordingPaths(job.outputs, "P03"), "emit")
    assert stored is not None
    assert stored.recording is not None
    assert stored.recording.sha256 == sha256_of_file(folder / "P03.flac")


@pytest.mark.slow
def test_names_in_file_names_are_said_at_the_start(folder: Path, job: runner.Job) -> None:
    """Not when their turn comes, hours later; and one that is done under a code is left alone."""
    (folder / "P01.wav").rename(folder / "siobhan.wav")
    heard = Heard()
    sources = [folder / "P03.wav", folder / "siobhan.wav"]
    rows = batch(sources, job, heard)
    assert [(row.status, row.exit_code) for row in rows] == [("done", 0), ("failed", 2)]
    assert "--id P03" in heard.said[0][1]
    starts = [text for level, text in heard.said if level == "start"]
    assert heard.said.index(("start", "P03")) > 0
    assert starts == ["P03"]
    assert sum("siobhan.wav" in text for _, text in heard.said) == 1
    for left in (path for path in job.outputs.glob("batch*") if path.is_file()):  # the account and the page
        assert b"siobhan" not in left.read_bytes(), left.name
    (folder / "siobhan.yaml").write_text("id: P01\n")
    assert batch(sources[1:], job)[0].id == "P01"
    (folder / "siobhan.yaml").unlink()
    (row,) = batch(sources[1:], job)
    assert (row.status, row.id) == ("skipped", "P01")


@pytest.mark.slow
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
    folder: Path, job: runner.Job, first: dict[str, object], named: dict[str, object], status: str
) -> None:
    before = replace(job, settings=build({"emit": {"formats": ["txt"]}, **first}))
    batch([folder / "P01.wav"], before, names=wanted(**first))
    after = replace(job, settings=wanted(**named).load())
    (row,) = batch([folder / "P01.wav"], after, names=wanted(**named))
    assert row.status == status
    stored = runner.stored_settings(job.outputs, "P01")
    assert stored is not None
    later = {section: values for section, values in named.items() if section != "transcribe"}
    expected = merge(merge(job.settings.model_dump(mode="json"), first), later)
    assert json.loads(stored.read_text()) == expected


@pytest.mark.slow
def test_a_recording_that_never_finished_is_run_as_the_batch_says(folder: Path, job: runner.Job) -> None:
    from pipeline.core.progress import Silent
    from pipeline.weights.catalogue import Catalogue

    source = folder / "P01.wav"
    other = build({"emit": {"formats": ["txt"]}, "transcribe": {"model": "small"}})
    runner.run(replace(job, source=source, settings=other, until="diarise"), Silent(), Catalogue.read())
    batch([source], job)
    stored = runner.stored_settings(job.outputs, "P01")
    assert stored is not None
    assert json.loads(stored.read_text())["transcribe"]["model"] == "base"


@pytest.mark.slow
def test_shards_share_a_folder_and_the_whole_takes_over_what_they_know(folder: Path, job: runner.Job) -> None:
    from pipeline.batch.folder import Shard

    found = recordings(folder)
    for number, expected in ((1, ["P01.wav", "P03.flac"]), (2, ["P02.m4a", "P03.wav"])):
        part = Shard(number, 2)
        rows = batch(part.take(found), job, shard=part)
        assert [row.file for row in rows] == expected
        assert (job.outputs / f"batch-{part}.html").is_file()
    rows = batch(found, job)
    assert [row.status for row in rows] == ["skipped", "failed", "skipped", "failed"]
    assert list(job.outputs.glob("batch-*.sqlite")) == []
    page = (job.outputs / "batch-report.html").read_text()
    assert page.count("<strong>P01</strong>") == 1


@pytest.mark.slow
@pytest.mark.parametrize(("code", "warned"), [(0, False), (3, True)])
def test_a_command_after_all_is_done(folder: Path, job: runner.Job, code: int, warned: bool) -> None:
    told, heard = folder.parent / "told", Heard()
    command = f'echo "$IPA_DONE $IPA_FAILED $IPA_REPORT" > "{told}"; exit {code}'
    batch(recordings(folder)[:2], job, heard, on_done=command)
    assert told.read_text().split() == ["1", "1", str(job.outputs / "batch-report.html")]
    assert ("the command of --on-done failed (3)" in heard.texts) == warned
