"""What the machine can carry: how many recordings at once, how much memory and time for each."""

from __future__ import annotations

import contextlib
import os
import sys
from dataclasses import dataclass
from pathlib import Path

from pipeline.core import cores
from pipeline.core.settings import Settings
from pipeline.weights.catalogue import Catalogue

RUN_BYTES = 1_600_000_000
"""What a run takes beside its speech model: measured with four hours of sound (bench/RESULTS.md, Length), less the
model of that run."""
WEIGHTS_FACTOR = 2
"""Memory for a byte of a speech model's file: it is converted while it is loaded."""
SPARE_BYTES = 1_000_000_000
"""Left to everything else."""
RESERVED_BYTES = 500_000_000
"""What a run reserves and never touches: it counts against a limit all the same."""
LONGEST_UNKNOWN_S = 8 * 3600.0
"""The length that a recording is taken to have whose header does not say."""
START_S, FACTOR = 20 * 60.0, 15.0
"""Time for a recording: twenty minutes, and fifteen times its length. The largest model on a small processor needs
less than half of that."""
VICTIM = "500"
"""When the machine runs out of memory, the kernel ends the process with the highest score: a recording's, not the
batch, and not the researcher's other programs."""


@dataclass(frozen=True)
class Limits:
    """For one process: bytes of memory (None for no limit), seconds, and processor cores."""

    memory: int | None
    seconds: float
    cores: int


@dataclass(frozen=True)
class Machine:
    """Cores, bytes of memory that were free when the batch began (None where the system does not say), and bytes that
    one recording needs."""

    cores: int
    memory: int | None
    need: int

    @classmethod
    def here(cls, settings: Settings, catalogue: Catalogue) -> Machine:
        """This one, for work with these settings."""
        return cls(cores.cores(), cores.free_memory(), need(settings, catalogue))

    def workers(self) -> int:
        """How many recordings at once on the processor: one for each core, as far as the memory goes. Each works on
        fewer cores then; most steps of a run use only one anyway."""
        if self.memory is None:
            return 1
        return max(1, min(self.cores, (self.memory - SPARE_BYTES) // self.need))

    def limits(
        self, length: float | None, workers: int, *, memory: int | None, minutes: float | None, gentle: bool, gpu: bool
    ) -> Limits:
        """For a process that is one of `workers`.

        Args:
            length: of the recording in seconds, None if unknown.
            workers: how many share the machine.
            memory: bytes that the user allows each; None shares out what is free.
            minutes: that the user allows each; None goes by its length.
            gentle: a second try: one core, twice the time.
            gpu: a graphics card's driver reserves more than it uses, so that a limit would say nothing.
        """
        most = memory
        if most is None and self.memory is not None and not gpu:
            most = max(self.need + RESERVED_BYTES, (self.memory - SPARE_BYTES) // workers)
        seconds = 60 * minutes if minutes is not None else START_S + FACTOR * (length or LONGEST_UNKNOWN_S)
        return Limits(most, seconds * (2 if gentle else 1), 1 if gentle else max(1, self.cores // workers))


def need(settings: Settings, catalogue: Catalogue) -> int:
    """Bytes of memory that a run with these settings takes, roughly; rather too much."""
    name = f"whisper-{settings.transcribe.model}"
    entry = catalogue.entries.get(name)
    weights = sum(file.size or 0 for file in entry.files.values()) if entry is not None else 0
    return RUN_BYTES + WEIGHTS_FACTOR * weights


def confine(pid: int, memory: int | None) -> None:
    """Limit the memory of a process that was just started, and offer it to the kernel as the first to go.

    Only Linux can do that from outside; elsewhere nothing happens.
    """
    if sys.platform != "linux":
        return
    import resource

    with contextlib.suppress(OSError):
        Path(f"/proc/{pid}/oom_score_adj").write_text(VICTIM, "ascii")
    if memory is not None:
        with contextlib.suppress(OSError, ValueError):  # it has ended already
            resource.prlimit(pid, resource.RLIMIT_DATA, (memory, memory))


def environment(given: dict[str, str], limits: Limits) -> dict[str, str]:
    """The environment of a process that is to keep to its cores."""
    share = str(limits.cores)
    return {**given, cores.VARIABLE: share, "OMP_NUM_THREADS": os.environ.get("OMP_NUM_THREADS", share)}
