"""Running a batch from a test, and hearing what it says."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pipeline.app import runner
from pipeline.batch import board, run
from pipeline.batch.item import Options
from pipeline.batch.plan import Row
from pipeline.core.progress import Progress, Silent
from pipeline.core.settings import Wanted
from pipeline.weights.catalogue import Catalogue


class Heard(board.Quiet):
    """Keeps what was said."""

    def __init__(self) -> None:
        self.said: list[tuple[str, str]] = []
        self.wholes: list[board.Whole] = []

    def recording(self) -> Progress:
        outer = self

        class Listening(Silent):
            def start(self, recording: str, stages: list[str]) -> None:
                outer.said.append(("start", recording))

        return Listening()

    def whole(self, state: board.Whole) -> None:
        self.wholes.append(state)

    def message(self, text: str, level: str = "info") -> None:
        self.said.append((level, text))

    @property
    def texts(self) -> str:
        return "\n".join(text for _, text in self.said)


def wanted(**more: object) -> Wanted:
    return Wanted(overrides={"emit": {"formats": ["txt"]}, **more})


def batch(
    sources: Sequence[Path],
    job: runner.Job,
    heard: board.Board | None = None,
    names: Wanted | None = None,
    **options: object,
) -> list[Row]:
    """Run a batch; the rows in the order of the files' names."""
    watch: Any = options.pop("watch", None)
    chosen = Options(**{"jobs": 1, "order": "name", **options})  # type: ignore[arg-type]
    rows = run.run(sources, job, names or wanted(), heard or Heard(), Catalogue.read(), chosen, watch)
    return sorted(rows, key=lambda row: row.file)
