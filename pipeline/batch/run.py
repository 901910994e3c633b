"""`ipa batch`: many recordings, with a ledger, a report, and an account of each.

Each runs in a process of its own, so that one that exhausts the memory or crashes a library cannot take the rest with
it. That process ends when the batch does, also when the batch is killed. What is finished is recognised by the content
of the recording, not by its name, and left alone.
"""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

from pipeline.app import runner
from pipeline.batch import hold, ledger, lengths, page
from pipeline.batch.board import Board
from pipeline.batch.folder import Watch
from pipeline.batch.item import Options
from pipeline.batch.ledger import Ledger
from pipeline.batch.machine import Machine
from pipeline.batch.night import Hands, Night
from pipeline.batch.plan import Planner, Row, rebuild
from pipeline.core import parent
from pipeline.core.settings import Wanted
from pipeline.weights.catalogue import Catalogue

AFTER_S = 600.0
"""How long the command after a batch may take."""


def run(
    sources: Sequence[Path],
    job: runner.Job,
    wanted: Wanted,
    board: Board,
    catalogue: Catalogue,
    options: Options,
    watch: Watch | None = None,
) -> list[Row]:
    """Process recordings; one that fails never stops the rest. What is wrong with a key sheet, an id or a file's name
    is said at the start, before the first hour of work.

    Args:
        sources: the recordings that are there.
        job: settings and outputs of all of them; its `source` is ignored.
        wanted: the settings that the command names. A finished recording keeps those of its last run where it names
            none.
        board: where to report.
        catalogue: to see what is done already.
        options: how.
        watch: names further recordings; then only the hour or an interruption ends the batch.

    Raises:
        KeyFileError, UsageProblem: nothing to lock the keys with, or another batch is at work; no recording was
            touched.
        KeyboardInterrupt: it was stopped; what was done stays.
    """
    report = job.outputs / (f"batch-{options.shard}.html" if options.shard else page.NAME)

    def refill(empty: Ledger) -> int:
        return rebuild(job.outputs, empty)

    with (
        hold.held(job.outputs, options.shard) as handed,
        parent.lifeline() as tied,
        ledger.opened(job.outputs, refill, board.message, options.shard) as account,
    ):
        planner = Planner(job, wanted, catalogue, account, retry_failed=options.retry_failed)
        here, began = Machine.here(job.settings, catalogue), time.time()
        night = Night(job, planner, options, board, account, Hands(handed, tied, here))

        def round_over() -> None:
            page.write(report, list(night.rows.items()), account, began)
            _after(options.on_done, list(night.rows.values()), report, board)

        try:
            night.take(sources, lengths.lengths(sources))
            night.work(watch, round_over)
        finally:
            page.write(report, list(night.rows.items()), account, began)
        return list(night.rows.values())


def _after(command: str, rows: Sequence[Row], report: Path, board: Board) -> None:
    """Run the user's command. It is behind the same filter as everything: no network."""
    if not command:
        return
    failed = sum(row.status == "failed" for row in rows)
    done = sum(row.status in ("done", "skipped") for row in rows)
    left = len(rows) - failed - done
    told = {"IPA_DONE": str(done), "IPA_FAILED": str(failed), "IPA_LEFT": str(left)}
    told["IPA_REPORT"] = os.path.abspath(report)
    try:
        ended = subprocess.run(
            command, shell=True, env={**os.environ, **told}, stdin=subprocess.DEVNULL, timeout=AFTER_S, check=False
        )
        code: object = ended.returncode
    except subprocess.TimeoutExpired:
        code = f"ended after {AFTER_S / 60:.0f} minutes"
    if code:
        board.message(f"the command of --on-done failed ({code})", "warning")
