"""What a night can bring: crashes, no memory, no time, a recording that changes. One recording pays, not the rest."""

from __future__ import annotations

import os
import select
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from pipeline.app import runner
from pipeline.batch import night
from pipeline.batch.folder import Watch
from pipeline.core import workspace
from pipeline.core.errors import UsageProblem
from pipeline.core.paths import RecordingPaths
from tests import sounds
from tests.batch.nights import Heard, batch

pytestmark = [pytest.mark.slow, pytest.mark.skipif(sys.platform == "win32", reason="no such signals here")]
Hook = Callable[[str], None]

#: Only P01 gets into trouble; `first` is true the first time.
TROUBLE = """
before = scripted.Diarise.run
def run(self, document, settings, context):
    mark = Path({mark!r})
    first = not mark.exists()
    if document.id == "P01" and ({always} or first):
        mark.touch()
        {what}
    return before(self, document, settings, context)
scripted.Diarise.run = run
"""
KILLED = "os.kill(os.getpid(), signal.SIGKILL)"
ABORTED = "os.abort()"
GREEDY = "bytearray(4_000_000_000)"
BROKEN = "raise RuntimeError('somebody said something')"


@pytest.fixture
def trouble(hook: Hook, tmp_path: Path) -> Callable[..., None]:
    def make(what: str, *, always: bool = False) -> None:
        hook(TROUBLE.format(mark=str(tmp_path / "mark"), what=what, always=always))

    return make


@pytest.fixture
def two(folder: Path) -> list[Path]:
    return [folder / "P01.wav", folder / "P03.wav"]


def _state(job: runner.Job, identifier: str) -> tuple[object, ...]:
    """(state, exit code, attempts, gentle ones) as the ledger has it."""
    database = sqlite3.connect(job.outputs / "batch.sqlite")
    try:
        return database.execute(
            "SELECT state, recordings.exit_code, count(*), sum(gentle) FROM recordings JOIN attempts USING (sha256) "
            "WHERE id = ?",
            (identifier,),
        ).fetchone()
    finally:
        database.close()


@pytest.mark.parametrize("what", [KILLED, ABORTED, GREEDY, BROKEN])
def test_what_ends_one_process_is_tried_once_more_gently(
    two: list[Path], job: runner.Job, trouble: Callable[..., None], what: str
) -> None:
    trouble(what)
    heard = Heard()
    rows = batch(two, job, heard, memory=1_500_000_000)
    assert [row.status for row in rows] == ["done", "done"]
    assert _state(job, "P01") == ("done", 0, 2, 1)
    assert _state(job, "P03") == ("done", 0, 1, 0)
    starts = [text for level, text in heard.said if level == "start"]
    assert starts == ["P01", "P03", "P01"]
    assert "tried once more at the end: alone, with all the memory, on one core" in heard.texts
    assert "somebody" not in heard.texts


def test_out_of_memory_twice_fails_one_and_stays_aside(
    two: list[Path], job: runner.Job, trouble: Callable[..., None]
) -> None:
    trouble(GREEDY, always=True)
    rows = batch(two, job, memory=1_500_000_000)
    assert [(row.status, row.exit_code) for row in rows] == [("failed", 6), ("done", 0)]
    assert "out of memory" in rows[0].message
    assert _state(job, "P01") == ("failed", 6, 2, 1)
    page = (job.outputs / "batch-report.html").read_text()
    assert "1 recording failed" in page
    assert "out of memory" in page
    trouble("raise AssertionError('began again')", always=True)
    rows = batch(two, job)
    assert [(row.status, row.exit_code) for row in rows] == [("failed", 6), ("skipped", 0)]
    assert "--retry-failed" in rows[0].message
    assert rows[0].message.count("it failed before") == 1
    trouble("pass")
    rows = batch(two, job, retry_failed=True)
    assert [row.status for row in rows] == ["done", "skipped"]


def test_other_settings_are_a_new_try(two: list[Path], job: runner.Job, trouble: Callable[..., None]) -> None:
    trouble(KILLED, always=True)
    assert batch(two[:1], job)[0].exit_code == 6
    trouble("pass")
    assert batch(two[:1], replace(job, device="cpu"))[0].status == "done"


def test_a_process_that_takes_too_long_is_ended(
    two: list[Path], job: runner.Job, trouble: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    trouble("signal.pause()")

    class Hasty(night.Child):
        """Its time is over as soon as the stage that hangs began."""

        @property
        def seconds(self) -> float:
            mark = self.planned.job.outputs.parent / "mark"
            hangs = mark.exists() and self.planned.id == "P01" and not self.planned.gentle
            return 1e9 if hangs else super().seconds

    monkeypatch.setattr(night, "Child", Hasty)
    heard = Heard()
    rows = batch(two, job, heard)
    assert [row.status for row in rows] == ["done", "done"]
    assert "it took more than 21 minutes and was ended" in heard.texts
    assert not (job.outputs / "P01" / workspace.FOLDER).exists()


def test_at_the_hour_all_is_stopped_and_accounted_for(
    two: list[Path], job: runner.Job, trouble: Callable[..., None], tmp_path: Path
) -> None:
    trouble("signal.pause()")
    mark = tmp_path / "mark"
    rows = batch(two, job, until=100.0, wall=lambda: 101.0 if mark.exists() else 99.0)
    assert [(row.id, row.status) for row in rows] == [("P01", "stopped"), ("P03", "waiting")]
    assert rows[0].message == "the time was up in the stage diarise; what is done of it stays"
    assert _state(job, "P01") == ("stopped", 130, 1, 0)
    assert (job.outputs / "P01" / "work" / "10-ingest.json").is_file()
    page = (job.outputs / "batch-report.html").read_text()
    assert "2 recordings left over" in page
    rows = batch(two, job)
    assert [row.status for row in rows] == ["done", "done"]
    assert _state(job, "P01") == ("done", 0, 2, 0)


def test_nothing_is_begun_after_the_hour(two: list[Path], job: runner.Job) -> None:
    rows = batch(two, job, until=100.0, wall=lambda: 101.0)
    assert [row.status for row in rows] == ["waiting", "waiting"]
    assert list(job.outputs.glob("P*")) == []


def test_a_clock_that_goes_back_does_no_harm(two: list[Path], job: runner.Job) -> None:
    times = iter(range(90, -1_000_000, -1))
    rows = batch(two[:1], job, until=100.0, wall=lambda: next(times))
    assert rows[0].status == "done"


def test_a_recording_that_changes_meanwhile_is_named(
    two: list[Path], job: runner.Job, trouble: Callable[..., None]
) -> None:
    """Its transcript is of what it was: once it was decoded, nothing is read from it again."""
    more = f"open({str(two[0])!r}, 'ab').write(bytes(64_000))"
    trouble(more)
    rows = batch(two[:1], job)
    assert [(row.status, row.exit_code) for row in rows] == [("failed", 3)]
    assert "it changed while it was being transcribed" in rows[0].message
    rows = batch(two[:1], job)
    assert [(row.status, row.exit_code) for row in rows] == [("failed", 2)]
    assert "belongs to another recording" in rows[0].message


def test_a_new_date_alone_is_no_change(two: list[Path], job: runner.Job, trouble: Callable[..., None]) -> None:
    trouble(f"os.utime({str(two[0])!r}, (0, 0))")
    assert [row.status for row in batch(two[:1], job)] == ["done"]


def test_a_recording_that_goes_away_meanwhile_gets_its_transcript(
    two: list[Path], job: runner.Job, trouble: Callable[..., None]
) -> None:
    trouble(f"os.unlink({str(two[0])!r})")
    assert [row.status for row in batch(two[:1], job)] == ["done"]


def test_another_recording_under_the_same_name_is_no_second_version(
    two: list[Path], job: runner.Job, folder: Path
) -> None:
    assert batch(two[:1], job)[0].status == "done"
    before = RecordingPaths(job.outputs, "P01").words.read_bytes()
    sounds.write(two[0], sounds.tone(5, 700))
    (row,) = batch(two[:1], job)
    assert (row.status, row.exit_code) == ("failed", 2)
    assert "ipa purge P01" in row.message
    assert RecordingPaths(job.outputs, "P01").words.read_bytes() == before
    database = sqlite3.connect(job.outputs / "batch.sqlite")
    assert database.execute("SELECT id, state FROM recordings ORDER BY state").fetchall() == [
        ("P01", "done"), ("P01", "failed"),
    ]  # fmt: skip
    database.close()


@pytest.mark.parametrize("times", [2, 3, 5])
def test_a_recording_that_takes_the_whole_batch_down(
    two: list[Path], job: runner.Job, trouble: Callable[..., None], hook: Hook, times: int
) -> None:
    """A machine that loses its power is not the recording's fault; five times in a row it may be."""
    batch([], job)  # makes the ledger
    database = sqlite3.connect(job.outputs / "batch.sqlite")
    from pipeline.batch.plan import _settings
    from pipeline.recording.audio import sha256_of_file

    row = (sha256_of_file(two[0]), "P01", 4.0, "running", times, _settings(job), 0.0)
    database.execute(
        "INSERT INTO recordings (sha256, id, length, state, tries, settings, at) VALUES (?, ?, ?, ?, ?, ?, ?)", row
    )
    database.commit()
    database.close()
    (only,) = batch(two[:1], job)
    expected = {2: ("done", 0, 1, 0), 3: ("done", 0, 1, 1)}
    if times < 5:
        assert only.status == "done"
        assert _state(job, "P01") == expected[times]
    else:
        assert (only.status, only.exit_code) == ("failed", 1)
        assert "the last 5 times the batch was killed" in only.message


def test_a_watched_folder(
    two: list[Path], job: runner.Job, folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """New recordings are taken up, each once; a failed one is not tried for ever; an interruption ends it."""
    monkeypatch.setattr(night, "LOOK_S", 0.01)
    late = tmp_path / "late.wav"
    sounds.write(late, sounds.tone(4, 500))
    shown = [[two[0], folder / "P02.m4a"], [], [two[1]]]

    class Shown(Watch):
        def look(self, now: float) -> list[Path]:
            if not all((job.outputs / name / "share" / "transcript.txt").exists() for name in ("P01", "P03")):
                return shown.pop(0) if shown else []
            raise KeyboardInterrupt

    rounds = tmp_path / "rounds"
    heard = Heard()
    with pytest.raises(KeyboardInterrupt):
        batch([], job, heard, watch=Shown(folder), on_done=f'echo "$IPA_DONE/$IPA_FAILED" >> "{rounds}"')
    starts = sorted(text for level, text in heard.said if level == "start")
    assert starts == ["P01", "P02", "P03"] or starts == ["P01", "P03"]  # a file that is no recording starts no stage
    assert sum("P02.m4a" in text for _, text in heard.said) == 1
    page = (job.outputs / "batch-report.html").read_text()
    assert all(f"<strong>{name}</strong>" in page for name in ("P01", "P02", "P03"))
    assert _state(job, "P03")[0] == "done" or _state(job, "P03")[0] == "stopped"


def test_a_second_batch_is_told_and_a_stopped_one_ends_in_order(
    two: list[Path], job: runner.Job, trouble: Callable[..., None], tmp_path: Path
) -> None:
    line = tmp_path / "line"
    os.mkfifo(line)
    trouble(f"open({str(line)!r}, 'w').write('here'); signal.pause()")
    command = [sys.executable, "-m", "pipeline", "batch", str(two[0].parent), "-o", str(job.outputs), "--jobs", "1"]
    command += ["--order", "name", "--set", "emit.formats=[txt]", "--quiet"]
    reading = os.open(line, os.O_RDONLY | os.O_NONBLOCK)
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        assert select.select([reading], [], [], 60)[0], "the stage did not begin"
        os.close(reading)
        with pytest.raises(UsageProblem, match=f"another batch is at work.*process {process.pid} on"):
            batch(two, job)
        process.terminate()
        _, err = process.communicate()
    assert process.returncode == 130
    assert "Run the same command to go on" in err
    assert _state(job, "P01") == ("stopped", 130, 1, 0)
    assert [path for path in job.outputs.rglob("*") if path.name.startswith(".tmp")] == []
    assert [row.status for row in batch(two, job)] == ["done", "done"]
