"""One step of one recording, in a process of its own: what crashes or takes all the memory ends that process only."""

from __future__ import annotations

import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from pipeline.batch import machine
from pipeline.batch.plan import Planned
from pipeline.core.paths import write_text

Command = Literal["ingest", "transcribe", "run"]


@dataclass(frozen=True)
class Said:
    """What a process reported: an event of `--json-logs`."""

    child: Child
    event: dict[str, Any]


@dataclass(frozen=True)
class Ended:
    """A process ended with an exit code (C6), or below zero by a signal."""

    child: Child
    code: int


class Child:
    """A process that runs, and when it has to be done.

    Args:
        planned: the recording.
        step: the command, up to which stage.
        handed: a private folder for its settings.
        limits: memory, time and cores.
        tied: options that end it with this process (see `parent.lifeline`).
        events: gets what it says, and its end.
    """

    def __init__(
        self,
        planned: Planned,
        step: Command,
        handed: Path,
        limits: machine.Limits,
        tied: Mapping[str, Any],
        events: queue.SimpleQueue[Said | Ended],
    ) -> None:
        self.planned, self.step, self.limits = planned, step, limits
        self.error = ""
        self.over = False  # all stages are
        self.stopped = ""  # why it was ended from here, if it was
        self.began = time.monotonic()
        self._events = events
        self._process = subprocess.Popen(
            _command(step, planned, handed),
            stdin=tied["stdin"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            errors="replace",
            env=machine.environment(tied["env"], limits),
        )
        machine.confine(self._process.pid, limits.memory)
        threading.Thread(target=self._listen, daemon=True).start()

    @property
    def seconds(self) -> float:
        """How long it has been at work."""
        return time.monotonic() - self.began

    def stop(self, why: str) -> None:
        """Ask it to stop: stages that are done stay."""
        self.stopped = why
        if sys.platform == "win32":
            self._process.terminate()
        else:
            self._process.send_signal(signal.SIGINT)

    def kill(self, why: str) -> None:
        """End it at once."""
        self.stopped = self.stopped or why
        self._process.kill()

    def _listen(self) -> None:
        assert self._process.stderr is not None
        for line in self._process.stderr:
            try:
                event = json.loads(line)
            except ValueError:
                continue  # a library's own words
            if isinstance(event, dict):
                self._events.put(Said(self, event))
        self._events.put(Ended(self, self._process.wait()))


def _command(step: Command, planned: Planned, handed: Path) -> list[str]:
    """`ipa run` (or up to a stage) on one recording, which reads its settings from a file in `handed`: whatever can be
    set is passed on, without a list of options that would have to be kept in step."""
    job = planned.job
    settings = handed / f"{planned.id}.json"
    write_text(settings, job.settings.model_dump_json(), private=True)
    command = [sys.executable, "-m", "pipeline", step, "--json-logs", "-o", str(job.outputs)]
    command += ["--settings", str(settings)]
    command += ["--key-sheet", str(job.key_sheet)] if job.key_sheet is not None else []
    command += ["--device", "cpu" if planned.gentle else job.device] if step != "ingest" else []
    command += ["--id", planned.id] if step == "run" else []
    flags = {"--force": job.force, "--hear-again": job.hear_again, "--new-version": job.new_version}
    command += [flag for flag, asked in flags.items() if asked and (step == "run" or flag == "--force")]
    return [*command, "--", os.path.abspath(planned.source)]


def verdict(code: int, error: str) -> tuple[int, str]:
    """(exit code as in C6, what happened) of a process that ended in failure."""
    if code >= 0:
        return code, error or f"the process ended with exit code {code}"
    if error:  # what was said before it was ended
        return 1, error
    name = signal.Signals(-code).name if -code in signal.valid_signals() else str(-code)
    memory = -code in (signal.SIGABRT, getattr(signal, "SIGKILL", 9))
    what = f"the process was ended by {name}" + (": perhaps it was out of memory" if memory else ": a library crashed")
    return 6 if memory else 1, what
