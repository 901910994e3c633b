"""What was played, by whom, and how long a review took: private/heard.json.

"Heard" is what was played, not what was clicked: stretches of the recording in seconds, joined where they touch.
"""

from __future__ import annotations

import math
import random
import secrets
from collections.abc import Iterable, Sequence

from pydantic import Field, ValidationError

from pipeline.core.document import Document, Frozen
from pipeline.core.errors import BadInputError
from pipeline.core.paths import RecordingPaths, read_bytes, write_text

MAX_BYTES = 20_000_000
JOIN_S = 0.25
"""Seconds: a gap this short between two stretches is a player's, not a listener's."""
AWAY_S = 300.0
"""Seconds without a sign of the reviewer from which they are taken to have been away."""
STRETCH_S = 30.0
"""Seconds of a stretch that a second listener hears."""

Range = tuple[float, float]


class Reviewer(Frozen):
    """What one reviewer heard, and the seconds that they worked on the interview, signed ones included."""

    ranges: tuple[Range, ...] = ()
    seconds: float = Field(default=0.0, ge=0)
    signed: float = Field(default=0.0, ge=0)


class Sample(Frozen):
    """Stretches for a second listener, drawn by chance from what the first (`by`) had made of the interview with the
    first `edits` edits."""

    share: float
    stretches: tuple[Range, ...]
    by: str = ""
    edits: int = Field(default=0, ge=0)


class Heard(Frozen):
    """The file, by initials ("" for somebody who gave none)."""

    reviewers: dict[str, Reviewer] = Field(default_factory=dict)
    sample: Sample | None = None

    def of(self, who: str) -> Reviewer:
        """What somebody heard; what was heard before initials were given counts as theirs."""
        own, nobody = self.reviewers.get(who, Reviewer()), self.reviewers.get("", Reviewer())
        if not who:
            return own
        return own.model_copy(update={"ranges": joined([*own.ranges, *nobody.ranges])})

    def having(self, who: str, reviewer: Reviewer) -> Heard:
        """A changed copy."""
        return self.model_copy(update={"reviewers": {**self.reviewers, who: reviewer}})


def load(paths: RecordingPaths) -> Heard:
    """What was heard so far.

    Raises:
        BadInputError: the file is damaged.
    """
    path = paths.private / "heard.json"
    if not path.is_file():
        return Heard()
    try:
        return Heard.model_validate_json(read_bytes(path, MAX_BYTES))
    except ValidationError:
        raise BadInputError(
            "the list of what was heard is damaged", file=path, hint="restore it from your backup, or remove it"
        ) from None


def save(paths: RecordingPaths, heard: Heard) -> None:
    """Keep it, whole or not at all."""
    write_text(paths.private / "heard.json", heard.model_dump_json(indent=1) + "\n", private=True)


def joined(ranges: Iterable[Sequence[float]]) -> tuple[Range, ...]:
    """Stretches in order, those that touch made one."""
    result: list[Range] = []
    for start, end in sorted((float(a), float(b)) for a, b in ranges):
        if result and start <= result[-1][1] + JOIN_S:
            result[-1] = (result[-1][0], max(result[-1][1], end))
        else:
            result.append((start, end))
    return tuple(result)


def within(ranges: Iterable[Sequence[float]], duration: float) -> list[Range]:
    """Stretches as far as there is sound; what is no stretch is left out."""
    kept = []
    for start, end in ranges:
        if math.isfinite(start) and math.isfinite(end):
            low, high = max(0.0, start), min(duration, end)
            if low < high:
                kept.append((round(low, 2), round(high, 2)))
    return kept


def share(ranges: Iterable[Sequence[float]], document: Document) -> float | None:
    """The share (0..1) of what is said that was heard, None for a typed transcript: silence may be skipped."""
    spoken = joined((w.start, w.end) for w in document.words if w.start is not None and w.end is not None)
    whole = sum(end - start for start, end in spoken)
    return min(1.0, round(common(spoken, joined(ranges)) / whole, 4)) if whole else None


def common(first: Sequence[Range], second: Sequence[Range]) -> float:
    """Seconds that are in both; each in order, without overlaps."""
    total, a, b = 0.0, 0, 0
    while a < len(first) and b < len(second):
        total += max(0.0, min(first[a][1], second[b][1]) - max(first[a][0], second[b][0]))
        if first[a][1] < second[b][1]:
            a += 1
        else:
            b += 1
    return total


def draw(document: Document, wanted: float, by: str, edits: int, seed: int | None = None) -> Sample:
    """Stretches that make up a share of the recording, by chance, in order."""
    duration = document.duration or 0.0
    count = max(1, math.ceil(duration / STRETCH_S))
    starts = [n * STRETCH_S for n in range(count)]
    source = random.Random(secrets.randbits(64) if seed is None else seed)
    chosen = sorted(source.sample(starts, max(1, min(count, round(wanted * count)))))
    stretches = tuple((start, round(min(duration, start + STRETCH_S), 2)) for start in chosen)
    return Sample(share=wanted, stretches=stretches, by=by, edits=edits)
