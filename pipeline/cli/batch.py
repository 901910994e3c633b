"""The command `ipa batch`: a folder of recordings, overnight, watched, or in parts on a cluster."""

from __future__ import annotations

import contextlib
import re
import signal
import time
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any

import click

from pipeline.cli.group import cli
from pipeline.cli.jobs import job_options
from pipeline.cli.options import Command, reporting, run_options, wanted
from pipeline.core.errors import BatchFailedError, UsageProblem

if TYPE_CHECKING:
    from pipeline.batch.board import Board
    from pipeline.batch.plan import Row


def _hour(context: click.Context, option: click.Parameter, value: str | None) -> float | None:
    """The next moment at which the clock shows `value`, in seconds since 1970."""
    if value is None:
        return None
    match = re.fullmatch(r"([01]?\d|2[0-3]):([0-5]\d)", value.strip())
    if match is None:
        raise click.BadParameter("write a time of day, such as 07:00")
    now = datetime.now()
    at = now.replace(hour=int(match[1]), minute=int(match[2]), second=0, microsecond=0)
    return (at if at > now else at + timedelta(days=1)).timestamp()


BATCH_OPTIONS = (
    click.option(
        "--jobs",
        type=click.IntRange(1, 64),
        metavar="N",
        help="Recordings processed at once [default: as many as fit].",
    ),
    click.option(
        "--until", callback=_hour, metavar="HH:MM", help="Stop at this time; the same command continues later."
    ),
    click.option(
        "--watch", is_flag=True, help="Keep running, and process new recordings once they are completely copied."
    ),
    click.option("--retry-failed", is_flag=True, help="Also try recordings that failed twice."),
    click.option(
        "--order",
        type=click.Choice(["shortest", "name"]),
        default="shortest",
        show_default=True,
        help="Which recordings come first.",
    ),
    click.option("--on-done", default="", metavar="COMMAND", help="Run this when everything is done."),
    click.option(
        "--max-memory", type=click.FloatRange(0.1, 4096), metavar="GB", help="Memory limit for each recording."
    ),
    click.option(
        "--max-minutes", type=click.FloatRange(0.1, 100_000), metavar="N", help="Time limit for each recording."
    ),
    click.option("--shard", metavar="I/N", help="Process only part I of N, for clusters."),
)


def batch_options(command: Command) -> Command:
    """Adds the options that only `ipa batch` has."""
    for option in reversed(BATCH_OPTIONS):
        command = option(command)
    return command


@cli.command()
@click.argument("folder", type=click.Path(path_type=Path))
@batch_options
@run_options()
def batch(
    folder: Path,
    jobs: int | None,
    until: float | None,
    watch: bool,
    retry_failed: bool,
    order: str,
    on_done: str,
    max_memory: float | None,
    max_minutes: float | None,
    shard: str | None,
    **options: Any,
) -> None:
    """Process every recording in FOLDER that is not finished yet.

    A recording that fails does not stop the others. The exit code is 5 if any failed or was left over.

    \b
    Examples:
      ipa batch recordings
      ipa batch recordings --until 07:00 --preset best
      ipa batch recordings --watch
      ipa batch recordings --retry-failed --jobs 1
    """
    from pipeline.app import api
    from pipeline.batch import folder as folders
    from pipeline.batch import run as batches
    from pipeline.batch.item import Options
    from pipeline.weights.catalogue import Catalogue

    part = folders.Shard.parse(shard) if shard else None
    found = folders.recordings(folder)
    sources = part.take(found) if part else found
    board = make_board()
    if not sources and not watch:
        board.message(f"{folder}: no recordings found", "warning")
        return
    if watch and options["force"]:
        raise UsageProblem("--force and --watch together would never end", hint="leave one of them out")
    memory = round(max_memory * 1e9) if max_memory is not None else None
    chosen = Options(jobs, until, retry_failed, order, memory, max_minutes, part, on_done)
    watched = folders.Watch(folder, part) if watch else None
    job = api.job(None, **job_options(options, None))
    with _ended_in_order():
        found = [] if watch else sources  # the watch also reports those that are there already
        rows = batches.run(found, job, wanted(options), board, Catalogue.read(), chosen, watched)
    show_rows(rows, board, options["outputs"])
    _judge(rows)


@contextlib.contextmanager
def _ended_in_order() -> Iterator[None]:
    """Makes `systemctl stop` and a shutdown end a batch in the same way as Ctrl-C."""

    def interrupt(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _judge(rows: Sequence[Row]) -> None:
    failed = sum(row.status == "failed" for row in rows)
    left = sum(row.status in ("stopped", "waiting") for row in rows)
    if failed:
        raise BatchFailedError(
            f"{failed} of {len(rows)} recordings failed"
            + (f", and {left} are left" if left else "; the others are done"),
            hint="fix what is reported above and run the same command; finished recordings are skipped",
        )
    if left:
        raise BatchFailedError(
            f"{left} of {len(rows)} recordings are left",
            hint="run the same command to continue; finished recordings are skipped",
        )


def make_board() -> Board:
    """How a batch reports."""
    from pipeline.batch import board

    asked = reporting()
    if asked.json_logs:
        return board.Lines()
    return board.Quiet() if asked.quiet else board.Bars()


def show_rows(rows: Sequence[Row], board: Board, outputs: Path) -> None:
    """The summary of a batch: a table on stderr, finished transcripts on stdout.

    Errors were printed when they occurred, so the row of a failed recording shows its state only.
    """
    if rows and all(row.status == "skipped" for row in rows):
        board.message(f"nothing to do: {len(rows)} recording{'s' if len(rows) != 1 else ''} finished already")
    elif rows:
        width = max(len(row.file) for row in rows)
        for row in sorted(rows, key=lambda row: row.file):
            took = time.strftime("%H:%M:%S", time.gmtime(row.seconds))
            note = {"done": took, "failed": "see above"}.get(row.status, row.message)
            board.message(f"{row.file:<{width}}  {row.status:<8} {note}")
    for row in rows:
        if row.status == "done":
            click.echo(outputs / row.id / "share" / "transcript.docx")
