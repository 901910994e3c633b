"""Progress and messages: one protocol, three implementations (rich bars, silent, JSON lines).

Everything here goes to stderr; stdout is for the paths of results. No transcript text ever passes
through: messages are about files, stages and counts.
"""

from __future__ import annotations

import json
import sys
import time
from types import TracebackType
from typing import Any, ClassVar, Protocol, TextIO


class Progress(Protocol):
    """Where stages report. `update` takes a fraction 0..1 of the current stage."""

    def start(self, recording: str, stages: list[str]) -> None:
        """A recording begins; `stages` are those that will run."""
        ...

    def stage(self, name: str) -> None:
        """Stage `name` begins."""
        ...

    def update(self, fraction: float, detail: str = "") -> None:
        """Stage progress, 0..1."""
        ...

    def message(self, text: str, level: str = "info") -> None:
        """A sentence for the user; level is info, warning or error."""
        ...

    def finish(self) -> None:
        """The recording is done, or has failed."""
        ...


class Silent:
    """Reports warnings and errors only."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stderr

    def start(self, recording: str, stages: list[str]) -> None:
        """See Progress."""

    def stage(self, name: str) -> None:
        """See Progress."""

    def update(self, fraction: float, detail: str = "") -> None:
        """See Progress."""

    def message(self, text: str, level: str = "info") -> None:
        """See Progress."""
        if level == "error":
            print(text, file=self._stream, flush=True)

    def finish(self) -> None:
        """See Progress."""


class JsonLines:
    """One JSON object per line on stderr, for schedulers and other programs."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stderr
        self._recording = ""
        self._stage = ""
        self._last = -1

    def _write(self, event: str, **fields: Any) -> None:
        row = {"time": round(time.time(), 3), "event": event, "recording": self._recording, "stage": self._stage}
        print(json.dumps({**row, **fields}, ensure_ascii=False), file=self._stream, flush=True)

    def start(self, recording: str, stages: list[str]) -> None:
        """See Progress."""
        self._recording, self._stage = recording, ""
        self._write("start", stages=stages)

    def stage(self, name: str) -> None:
        """See Progress."""
        self._stage, self._last = name, -1
        self._write("stage")

    def update(self, fraction: float, detail: str = "") -> None:
        """See Progress. One line per 5 %."""
        step = int(min(1.0, max(0.0, fraction)) * 20)
        if step != self._last:
            self._last = step
            self._write("progress", percent=step * 5, detail=detail)

    def message(self, text: str, level: str = "info") -> None:
        """See Progress."""
        self._write("message", level=level, text=text)

    def finish(self) -> None:
        """See Progress."""
        self._write("finish")


class RichProgress:
    """A bar per recording with stage, percentage and time left.

    Args:
        beside: show this recording's bar below the one of another, for several at once.
    """

    #: Rough share of each stage's time, so that the bar moves evenly.
    WEIGHTS: ClassVar[dict[str, float]] = {
        "ingest": 2.0,
        "diarise": 45.0,
        "transcribe": 45.0,
        "redact": 6.0,
        "emit": 2.0,
    }

    def __init__(self, beside: RichProgress | None = None) -> None:
        self._alone = beside is None
        self._console: Any
        self._bar: Any
        self._console, self._bar = (beside._console, beside._bar) if beside is not None else _bars()
        self._task: Any = None
        self._stages: list[str] = []
        self._done = 0.0
        self._weight = 0.0

    def __enter__(self) -> RichProgress:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self._bar.stop()

    def start(self, recording: str, stages: list[str]) -> None:
        """See Progress."""
        self._stages, self._done, self._weight = stages, 0.0, 0.0
        total = sum(self.WEIGHTS.get(s, 1.0) for s in stages) or 1.0
        self._task = self._bar.add_task("", total=total, recording=recording, detail="")
        self._bar.start()

    def stage(self, name: str) -> None:
        """See Progress."""
        self._done += self._weight
        self._weight = self.WEIGHTS.get(name, 1.0)
        if self._task is not None:
            self._bar.update(self._task, description=name, completed=self._done, detail="")

    def update(self, fraction: float, detail: str = "") -> None:
        """See Progress."""
        if self._task is not None:
            done = self._done + self._weight * min(1.0, max(0.0, fraction))
            self._bar.update(self._task, completed=done, detail=detail)

    def message(self, text: str, level: str = "info") -> None:
        """See Progress."""
        from rich.markup import escape

        style = {"warning": "yellow", "error": "bold red"}.get(level, "")
        self._console.print(f"[{style}]{escape(text)}[/]" if style else escape(text), highlight=False)

    def finish(self) -> None:
        """See Progress."""
        if self._task is not None:
            self._bar.remove_task(self._task)
            self._task = None
        if self._alone:
            self._bar.stop()

    def whole(self, done: int, total: int, detail: str) -> None:
        """A bar for all recordings of a batch, above theirs."""
        if self._task is None:
            self._task = self._bar.add_task("", total=total, recording="all", detail=detail, whole=True)
            self._bar.start()
        self._bar.update(self._task, completed=done, total=total, detail=detail)


def _bars() -> tuple[Any, Any]:
    """(console, empty display of bars)."""
    from rich.console import Console
    from rich.progress import BarColumn, Task, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar
    from rich.text import Text

    class Left(TimeRemainingColumn):
        def render(self, task: Task) -> Text:
            return Text("") if task.fields.get("whole") else super().render(task)  # a batch knows better

    console = Console(stderr=True)
    bar = Bar(
        TextColumn("[bold]{task.fields[recording]}"),
        TextColumn("{task.description:<10}"),
        BarColumn(),
        TextColumn("{task.percentage:3.0f} %"),
        Left(),
        TextColumn("{task.fields[detail]}"),
        console=console,
        transient=True,
    )
    return console, bar
