"""A recording on its way through a batch, and how long all of them will take."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from pipeline.batch.board import Tracker
from pipeline.batch.child import Child, Command
from pipeline.batch.folder import Shard, Signature
from pipeline.batch.plan import Planned
from pipeline.core.progress import Progress

TELLING = 0.1
"""From this part of a recording on, its pace says something about the rest."""


class Step(NamedTuple):
    """A process of a recording; one that goes `aside` leaves the graphics card to others."""

    command: Command
    aside: bool


STEPS = (Step("run", False),)
STEPS_GPU = (Step("ingest", True), Step("transcribe", False), Step("run", True))


@dataclass(frozen=True)
class Options:
    """How a batch works.

    Attributes:
        jobs: recordings at once; None leaves that, and the limits, to the machine.
        until: when to stop, by `wall`.
        retry_failed: also what failed twice.
        order: "shortest" or "name" first.
        memory: bytes for each recording.
        minutes: for each recording.
        shard: which part of a folder this is, if other processes have the others.
        on_done: a shell command, run whenever everything that was there is done, and at the hour.
        wall: seconds since 1970.
    """

    jobs: int | None = None
    until: float | None = None
    retry_failed: bool = False
    order: str = "shortest"
    memory: int | None = None
    minutes: float | None = None
    shard: Shard | None = None
    on_done: str = ""
    wall: Callable[[], float] = time.time


@dataclass
class Item:
    """A recording on its way. `length` in seconds, None if its header does not say; `spent` seconds of this attempt."""

    source: Path
    identifier: str
    length: float | None
    before: Signature = ()
    planned: Planned | None = None
    steps: list[Step] = field(default_factory=list)
    aside: bool = False
    spent: float = 0.0
    child: Child | None = None
    progress: Progress | None = None
    tracker: Tracker = field(default_factory=Tracker)


def seconds_left(
    rate: float | None, waiting: Sequence[float | None], running: Sequence[Item], workers: int
) -> float | None:
    """How long all of it will take, None as long as nobody can tell.

    Args:
        rate: seconds of work for a second of sound, from the nights before; None goes by what is running.
        waiting: seconds of the recordings that are still to come.
        running: those at work.
        workers: how many go beside each other.
    """
    if rate is None:
        told = [
            (item.child.seconds, item.tracker.fraction * item.length)
            for item in running
            if item.child is not None and item.length and item.tracker.fraction >= TELLING
        ]
        rate = sum(spent for spent, _ in told) / sum(length for _, length in told) if told else None
    lengths = [*waiting, *(item.length for item in running)]
    if rate is None or None in lengths:
        return None
    left = sum(length or 0.0 for length in waiting)
    left += sum((item.length or 0.0) * (1 - item.tracker.fraction) for item in running)
    return rate * left / max(1, min(workers, len(lengths)))
