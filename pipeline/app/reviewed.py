"""Figures of the reviews that are stored below a folder."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from pipeline.app import snapshots
from pipeline.core.errors import UsageProblem
from pipeline.core.paths import RecordingPaths, check_id
from pipeline.review import stats, store
from pipeline.review.apply import apply


def figures(outputs: Path, identifiers: Sequence[str]) -> list[tuple[str, stats.Stats]]:
    """(id, figures) of the interviews named, or of all in which a person changed something.

    Raises:
        UsageProblem: none was changed. BadInputError: nothing is stored under an id.
    """
    names = list(identifiers) or sorted(path.parent.parent.name for path in outputs.glob("*/private/edits.jsonl"))
    if not names:
        raise UsageProblem("nothing was changed in a review yet", file=outputs, hint="name another folder with -o")
    rows = []
    for name in names:
        paths = RecordingPaths(outputs, check_id(name))
        edits = store.load(paths).edits
        rows.append((name, stats.of(apply(snapshots.latest(paths), edits).document, edits)))
    return rows
