"""A batch at work: what runs when, what comes of it, and when to stop.

One thread, which waits for what the processes say. On a processor each recording is one process, and as many run
beside each other as memory and cores allow. On a graphics card one process has the models, while the recording after
it is decoded and the one before it redacted and written on the processor. What took its process down is tried once
more at the end: alone, with all the memory, on one core, never on the graphics card.
"""

from __future__ import annotations

import os
import queue
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

from pipeline.app import runner
from pipeline.batch import machine
from pipeline.batch.board import Board, Tracker, Whole
from pipeline.batch.child import Child, Ended, Said, verdict
from pipeline.batch.folder import Watch, signature
from pipeline.batch.item import STEPS, STEPS_GPU, Item, Options, seconds_left
from pipeline.batch.ledger import Ledger, nameless
from pipeline.batch.plan import HARD, Planned, Planner, Row, on_gpu
from pipeline.core import workspace
from pipeline.core.errors import BadInputError, IpaError
from pipeline.core.paths import RecordingPaths
from pipeline.recording.audio import sha256_of_file
from pipeline.release import key

TICK_S = 1.0
"""How often limits are looked at."""
LOOK_S = 5.0
"""How often a watched folder is looked at."""
GRACE_S = 20.0
"""How long a process may take to stop when it is asked to."""
AHEAD = 2
"""Recordings that may lie decoded beside a graphics card."""


class Hands(NamedTuple):
    """What processes are started with: a private folder for their settings, options that tie them to this process (see
    `parent.lifeline`), and the machine."""

    handed: Path
    tied: Mapping[str, Any]
    here: machine.Machine


class Night:
    """Works through recordings. See the module's docstring.

    Args:
        job: settings and outputs of all of them.
        planner: decides what has to be done.
        options: see `Options`.
        board: where to report.
        ledger: the account.
        hands: what processes are started with.
    """

    def __init__(
        self, job: runner.Job, planner: Planner, options: Options, board: Board, ledger: Ledger, hands: Hands
    ) -> None:
        self._job, self._planner, self._options, self._board, self._ledger = job, planner, options, board, ledger
        self._hands = hands
        self._gpu = on_gpu(job)
        self._workers = options.jobs or (1 if self._gpu else hands.here.workers())
        self._events: queue.SimpleQueue[Said | Ended] = queue.SimpleQueue()
        self._waiting: list[Item] = []
        self._ready: list[Item] = []
        self._running: list[Item] = []
        self._again: list[Item] = []
        self._prepared = False
        self.rows: dict[Path, Row] = {}
        self.settings = ""

    def take(self, sources: Sequence[Path], lengths: Sequence[float | None]) -> None:
        """Put recordings into the queue. What is wrong with an id or a file's name is said now, not hours later."""
        for source, length in zip(sources, lengths, strict=True):
            name = self._planner.identify(source)
            if isinstance(name, Row):
                self._settle(source, name, length)
            else:
                self.rows.pop(source, None)
                self._waiting.append(Item(source, name, length))
        if self._options.order == "shortest":  # a length that nobody knows counts as long
            self._waiting.sort(key=lambda item: (item.length is None, item.length or 0.0))

    def work(self, watch: Watch | None = None, round_over: Callable[[], None] = lambda: None) -> None:
        """Until all is done, or the hour has come; with `watch`, until then or an interruption.

        Args:
            watch: names new recordings.
            round_over: called whenever everything that was there is done, and at the hour.

        Raises:
            KeyboardInterrupt, IpaError: what runs was stopped, and the rows say so.
        """
        looked, busy = float("-inf"), True
        try:
            while not self._late():
                if watch is not None and time.monotonic() - looked >= LOOK_S:
                    looked = time.monotonic()
                    self._look(watch)
                self._begin_what_fits()
                idle = not (self._running or self._ready or self._waiting or self._again)
                if idle and busy:
                    round_over()
                if idle and watch is None:
                    return
                busy = not idle
                self._wait(TICK_S if self._running else LOOK_S if idle else 0.0)
                self._check_time()
            self._stop("the time was up")
            if busy:
                round_over()
        except BaseException:
            self._stop("interrupted")
            raise
        finally:
            self._board.finish()

    def _late(self) -> bool:
        return self._options.until is not None and self._options.wall() >= self._options.until

    def _look(self, watch: Watch) -> None:
        from pipeline.batch.lengths import lengths

        busy = {item.source for item in (*self._waiting, *self._ready, *self._running, *self._again)}
        try:
            new = [path for path in watch.look(time.monotonic()) if path not in busy]
        except (BadInputError, IpaError) as error:  # a share that is away for a while
            self._board.message(f"{error.file}: {error.what}; looking again", "warning")
            return
        if new:
            self.take(new, lengths(new))

    # What starts

    def _begin_what_fits(self) -> None:
        while True:
            self._plan_ahead()
            item = self._next()
            if item is None:
                break
            self._begin(item)
        self._report()

    def _plan_ahead(self) -> None:
        """Have the next recording ready before a process is free for it: reading all of it takes a moment."""
        while self._waiting and sum(item.child is None for item in self._ready) < (AHEAD if self._gpu else 1):
            item = self._waiting.pop(0)
            item.before = signature(item.source)
            planned = self._planner.plan(item.source, item.identifier)
            if isinstance(planned, Row):
                self._settle(item.source, planned, item.length)
                continue
            item.planned, self.settings = planned, planned.settings
            if planned.gentle:
                self._again.append(item)
                continue
            item.steps = list(STEPS_GPU if self._gpu and not self._job.force else STEPS)
            self._ready.append(item)

    def _next(self) -> Item | None:
        """The recording whose process fits beside those that run; those that are furthest first."""
        if any(item.planned and item.planned.gentle for item in self._running):
            return None
        if not (self._running or self._ready or self._waiting) and self._again:
            item = self._again.pop(0)
            item.steps = list(STEPS)
            return item
        for item in sorted(self._ready, key=lambda item: len(item.steps)):
            aside = item.steps[0].aside
            beside = sum(other.aside == aside for other in self._running)
            if beside < (1 if aside else self._workers):
                self._ready.remove(item)
                return item
        return None

    def _begin(self, item: Item) -> None:
        planned = item.planned
        assert planned is not None
        if not self._prepared:
            key.find_secret(create=True, say=self._board.message)  # what no recording can do without
            self._prepared = True
        if item.spent == 0.0:
            self._ledger.begin(planned.sha256, planned.id, item.length, planned.settings, gentle=planned.gentle)
        others = len(self._running) + len(self._ready) + len(self._waiting) + 1
        limits = self._hands.here.limits(
            item.length,
            1 if planned.gentle else min(self._workers, others),
            memory=self._options.memory,
            minutes=self._options.minutes,
            gentle=planned.gentle,
            gpu=self._gpu and not planned.gentle,
        )
        step = item.steps.pop(0)
        item.progress, item.tracker, item.aside = self._board.recording(), Tracker(), step.aside
        item.child = Child(planned, step.command, self._hands.handed, limits, self._hands.tied, self._events)
        self._running.append(item)

    # What happens

    def _wait(self, seconds: float) -> None:
        """Handle what the processes said; wait so long for the first word."""
        try:
            event = self._events.get(timeout=seconds) if seconds else self._events.get_nowait()
            while True:
                self._handle(event)
                event = self._events.get_nowait()
        except queue.Empty:
            return

    def _handle(self, event: Said | Ended) -> None:
        item = next((item for item in self._running if item.child is event.child), None)
        if item is None:
            return
        if isinstance(event, Said):
            self._relay(item, event.event)
        else:
            self._ended(item, event.code)

    def _relay(self, item: Item, event: Mapping[str, Any]) -> None:
        """Pass a process's report on."""
        assert item.planned is not None
        assert item.progress is not None
        assert item.child is not None
        kind, digest = event.get("event"), item.planned.sha256
        if kind == "start":
            item.tracker.start(event["stages"])
            item.progress.start(event["recording"], event["stages"])
        elif kind == "stage":
            over = item.tracker.begin(event["stage"], time.monotonic())
            if over is not None:
                self._ledger.stage(digest, over[0], "done", over[1])
            self._ledger.stage(digest, event["stage"], "running")
            item.progress.stage(event["stage"])
        elif kind == "progress":
            item.tracker.update(event["percent"] / 100)
            item.progress.update(event["percent"] / 100, event.get("detail", ""))
        elif kind == "message" and event["level"] == "error":
            item.child.error = str(event["text"])
        elif kind == "finish":
            item.child.over = True
        elif kind == "message" and not (
            item.child.over and event["level"] == "info"
        ):  # what to open next: see the page
            item.progress.message(event["text"], event["level"])

    def _ended(self, item: Item, code: int) -> None:
        child, planned = item.child, item.planned
        assert child is not None
        assert planned is not None
        assert item.progress is not None
        self._running.remove(item)
        item.progress.finish()
        item.spent += child.seconds
        item.child = None
        if code == 0:
            over = item.tracker.end(time.monotonic())
            if over is not None:
                self._ledger.stage(planned.sha256, over[0], "done", over[1])
            if item.steps:
                self._ready.append(item)
            else:
                self._finished(item, planned)
            return
        workspace.tidy(RecordingPaths(planned.job.outputs, planned.id))
        code, message = verdict(code, child.error)
        if child.stopped or code == 130:
            stage = f" in the stage {item.tracker.stage}" if item.tracker.stage else ""
            self._stopped(item, planned, f"{child.stopped or 'interrupted'}{stage}")
        else:
            self._failed(item, planned, code, message)

    def _finished(self, item: Item, planned: Planned) -> None:
        if signature(item.source) != item.before and not _is_still(planned):
            what = "it changed while it was being transcribed; its transcript is of what it was before"
            error = BadInputError(
                what, file=item.source, hint=f"`ipa purge {planned.id}` and run it again if the new one is right"
            )
            self._close(item, planned, "failed", error.exit_code, str(error))
            return
        self._planner.finished(planned)
        self._close(item, planned, "done", 0, "")

    def _failed(self, item: Item, planned: Planned, code: int, message: str) -> None:
        if code in HARD and not planned.gentle:
            self._ledger.end(
                planned.sha256,
                "failed",
                code,
                nameless(message, planned.source, planned.id, planned.job.outputs),
                round(item.spent, 1),
            )
            item.planned, item.spent = replace(planned, gentle=True), 0.0
            self._again.append(item)
            first = _bare(message, item.source).split("\n")[0]
            self._board.message(
                f"{item.source.name}: {first}; it is tried once more at the end: alone, with all the memory, "
                "on one core of the processor",
                "warning",
            )
            return
        self._close(item, planned, "failed", code, message)

    def _stopped(self, item: Item, planned: Planned, message: str) -> None:
        self._close(item, planned, "stopped", 130, f"{message}; what is done of it stays")

    def _close(self, item: Item, planned: Planned, status: str, code: int, message: str) -> None:
        seconds = round(item.spent, 1)
        self._ledger.end(
            planned.sha256, status, code, nameless(message, planned.source, planned.id, planned.job.outputs), seconds
        )
        row = Row(item.source.name, planned.id, status, code, seconds, message, planned.sha256, known=True)
        self._settle(item.source, row, item.length)

    def _settle(self, source: Path, row: Row, length: float | None) -> None:
        self.rows[source] = row
        if row.sha256 and not row.known:
            state = "done" if row.status == "skipped" else row.status
            self._ledger.settle(
                row.sha256,
                row.id,
                length,
                state,
                row.exit_code,
                nameless(row.message, source, row.id, self._job.outputs),
            )
        if row.status == "failed":
            self._board.message(f"{source.name}: {_bare(row.message, source)}", "error")

    def _check_time(self) -> None:
        for item in list(self._running):
            child = item.child
            if child is not None and not child.error and child.seconds > child.limits.seconds:
                child.error = f"it took more than {child.limits.seconds / 60:.0f} minutes and was ended"
                child.kill("")

    def _stop(self, why: str) -> None:
        """Stop what runs, and say of everything else that it was not begun."""
        for item in self._running:
            if item.child is not None:
                item.child.stop(why)
        end = time.monotonic() + GRACE_S
        while self._running and time.monotonic() < end:
            self._wait(TICK_S)
        for item in list(self._running):
            if item.child is not None:
                item.child.kill(why)
        while self._running:
            self._wait(TICK_S)
        for item in (*self._ready, *self._waiting):
            if item.planned is not None and item.spent:
                self._stopped(item, item.planned, why)
            else:
                self.rows[item.source] = Row(item.source.name, item.identifier, "waiting", message=f"not begun: {why}")
        for item in self._again:
            self.rows[item.source] = Row(item.source.name, item.identifier, "waiting", message=f"no second try: {why}")
        self._ready, self._waiting, self._again = [], [], []

    def _report(self) -> None:
        done = sum(row.status in ("done", "skipped") for row in self.rows.values())
        failed = sum(row.status == "failed" for row in self.rows.values())
        waiting = [*self._waiting, *self._ready, *self._again]
        rate = self._ledger.rate(self.settings)
        left = seconds_left(rate, [item.length for item in waiting], self._running, self._workers)
        self._board.whole(Whole(done, failed, len(self._running), len(waiting), left))


def _bare(message: str, source: Path) -> str:
    """A message without the path that it begins with."""
    return message.removeprefix(f"{os.path.abspath(source)}: ").removeprefix(f"{source}: ")


def _is_still(planned: Planned) -> bool:
    """Whether the recording still is what was planned: a copy that was put in its place, or a new date, changes
    nothing."""
    try:
        return sha256_of_file(planned.source) == planned.sha256
    except IpaError:
        return True  # it is gone, after it was read
