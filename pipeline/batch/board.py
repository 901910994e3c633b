"""How a batch reports: each recording as `ipa run` does, and the whole with the time that is left."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Protocol

from pipeline.core.progress import JsonLines, Progress, RichProgress, Silent

WEIGHTS = RichProgress.WEIGHTS


@dataclass(frozen=True)
class Whole:
    """How far a batch is: numbers of recordings, and seconds that are left, None where nobody can tell yet."""

    done: int
    failed: int
    running: int
    waiting: int
    seconds_left: float | None

    @property
    def total(self) -> int:
        """All of them."""
        return self.done + self.failed + self.running + self.waiting


class Board(Protocol):
    """Where a batch reports."""

    def recording(self) -> Progress:
        """Where one recording's process reports."""
        ...

    def whole(self, state: Whole) -> None:
        """How far the batch is."""
        ...

    def message(self, text: str, level: str = "info") -> None:
        """A sentence for the user; level is info, warning or error."""
        ...

    def finish(self) -> None:
        """Nothing runs any more."""
        ...


class Quiet:
    """Reports errors only."""

    def __init__(self) -> None:
        self._inner = Silent()

    def recording(self) -> Progress:
        """See Board."""
        return self._inner

    def whole(self, state: Whole) -> None:
        """See Board."""

    def message(self, text: str, level: str = "info") -> None:
        """See Board."""
        self._inner.message(text, level)

    def finish(self) -> None:
        """See Board."""


class Lines:
    """One JSON object per line on stderr. Those with the event "batch" are about the whole."""

    def __init__(self) -> None:
        self._inner = JsonLines()
        self._last: tuple[int, ...] = ()

    def recording(self) -> Progress:
        """See Board."""
        return JsonLines()

    def whole(self, state: Whole) -> None:
        """See Board. A line when a number changed."""
        numbers = (state.done, state.failed, state.running, state.waiting)
        if numbers != self._last:
            self._last = numbers
            left = None if state.seconds_left is None else round(state.seconds_left)
            row = {"time": round(time.time(), 3), "event": "batch", **asdict(state), "seconds_left": left}
            print(json.dumps(row), file=sys.stderr, flush=True)

    def message(self, text: str, level: str = "info") -> None:
        """See Board."""
        self._inner.message(text, level)

    def finish(self) -> None:
        """See Board."""


class Bars:
    """A bar for each recording that runs, and one for the whole."""

    def __init__(self) -> None:
        self._inner = RichProgress()

    def recording(self) -> Progress:
        """See Board."""
        return RichProgress(self._inner)

    def whole(self, state: Whole) -> None:
        """See Board."""
        parts = [f"{state.done} of {state.total} done"]
        parts += [f"{state.failed} failed"] if state.failed else []
        if state.seconds_left is not None and state.running + state.waiting:
            minutes = max(1, round(state.seconds_left / 60))
            parts.append(f"about {minutes // 60} h {minutes % 60:02d} min left")
        detail = ", ".join(parts)
        self._inner.whole(state.done + state.failed, state.total, detail)

    def message(self, text: str, level: str = "info") -> None:
        """See Board."""
        self._inner.message(text, level)

    def finish(self) -> None:
        """See Board."""
        self._inner.finish()


class Tracker:
    """Follows what a process reports: which stages are over and how long each took, and how far it is."""

    def __init__(self) -> None:
        self._stages: list[str] = []
        self._stage, self._since, self._part = "", 0.0, 0.0
        self._over: set[str] = set()

    @property
    def stage(self) -> str:
        """The one that runs, "" before the first."""
        return self._stage

    @property
    def fraction(self) -> float:
        """0..1 of what this process has to do."""
        total = sum(WEIGHTS.get(s, 1.0) for s in self._stages)
        over = sum(WEIGHTS.get(s, 1.0) for s in self._over)
        return (over + self._part * WEIGHTS.get(self._stage, 1.0)) / total if self._stage and total else 0.0

    def start(self, stages: Sequence[str]) -> None:
        """These will run."""
        self._stages = list(stages)

    def begin(self, stage: str, now: float) -> tuple[str, float] | None:
        """A stage begins; returns the one before and its seconds."""
        before = self.end(now)
        self._stage, self._since, self._part = stage, now, 0.0
        return before

    def update(self, part: float) -> None:
        """0..1 of the stage."""
        self._part = part

    def end(self, now: float) -> tuple[str, float] | None:
        """The stage is over."""
        if not self._stage:
            return None
        stage, self._stage = self._stage, ""
        self._over.add(stage)
        return stage, now - self._since
