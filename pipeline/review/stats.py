"""How much a review put right: the researcher's own accuracy table, for one interview or for a study.

Figures only, never words. What a person left as it was counts as right, so they are as honest as the listening was.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from pipeline.core.document import Document
from pipeline.redaction.text.spans import bare
from pipeline.review.edits import Edit, Sign, in_force

PAUSE_S = 300.0
"""Seconds between two edits from which the reviewer is taken to have been away."""


@dataclass(frozen=True)
class Stats:
    """Figures of a review. `hours` of tape (0 for typed text), `minutes` of review; words and redactions as counts.

    `substituted`, `inserted` and `deleted` are words that differ from what was heard, `cased` those that differ in
    case or punctuation only. `missed` are spans that a person hid, `wrong` those shown again, `changed` those called
    otherwise, `by_kind` all edits in force.
    """

    hours: float = 0.0
    minutes: float = 0.0
    words: int = 0
    substituted: int = 0
    inserted: int = 0
    deleted: int = 0
    cased: int = 0
    speakers: int = 0
    hidden: int = 0
    missed: int = 0
    wrong: int = 0
    changed: int = 0
    by_kind: Mapping[str, int] = field(default_factory=dict)

    @property
    def word_error_rate(self) -> float:
        """Words that had to be corrected for each word that was said, 0..: the program's word error rate."""
        said = self.words - self.inserted + self.deleted
        return (self.substituted + self.inserted + self.deleted) / max(1, said)


def of(document: Document, edits: Sequence[Edit]) -> Stats:
    """The figures of one interview. `document`: with its edits applied."""
    from rapidfuzz.distance import Levenshtein

    before = document.unreviewed
    heard, said = (before.words if before else document.words), document.words
    old, new = [bare(w.text) for w in heard], [bare(w.text) for w in said]
    tags: Counter[str] = Counter()
    cased = speakers = 0
    for op in Levenshtein.opcodes(old, new):
        tags[op.tag] += max(op.src_end - op.src_start, op.dest_end - op.dest_start)
        if op.tag == "equal":
            pairs = list(zip(heard[op.src_start : op.src_end], said[op.dest_start : op.dest_end], strict=True))
            cased += sum(a.text != b.text for a, b in pairs)
            speakers += sum(a.role != b.role for a, b in pairs)
    counted = in_force(edits)
    spans = document.redactions
    return Stats(
        hours=(document.duration or 0.0) / 3600,
        minutes=minutes(counted),
        words=len(heard),
        substituted=tags["replace"],
        inserted=tags["delete"],
        deleted=tags["insert"],
        cased=cased,
        speakers=speakers,
        hidden=len(document.applied()),
        missed=sum(s.method == "reviewer" and s.action == "replace" for s in spans),
        wrong=sum(s.decision == "rejected" and s.category != "QUASI" for s in spans),
        changed=sum(s.decision == "edited" for s in spans),
        by_kind=dict(sorted(Counter(e.kind for e in counted).items())),
    )


def minutes(edits: Sequence[Edit]) -> float:
    """Minutes that a review took: as the signatures say, else by the times of the edits, breaks left out."""
    measured = [e.minutes for e in edits if isinstance(e, Sign) and e.minutes is not None]
    if measured:
        return sum(measured)
    times = sorted(datetime.fromisoformat(e.when).timestamp() for e in edits)
    gaps = [b - a for a, b in itertools.pairwise(times)]
    return sum(gap for gap in gaps if gap < PAUSE_S) / 60


def total(rows: Iterable[Stats]) -> Stats:
    """The figures of several interviews together."""
    rows = list(rows)
    kinds: Counter[str] = Counter()
    for row in rows:
        kinds.update(row.by_kind)
    numbers = [name for name in Stats.__dataclass_fields__ if name != "by_kind"]
    return Stats(
        **{name: sum(getattr(row, name) for row in rows) for name in numbers}, by_kind=dict(sorted(kinds.items()))
    )


def table(named: Sequence[tuple[str, Stats]]) -> list[tuple[str, ...]]:
    """Rows for a person to read, the head first; per hour of tape where there is tape."""
    head = (
        "",
        "hours",
        "min review/h",
        "words",
        "wrong",
        "missed",
        "added",
        "WER",
        "speaker",
        "hidden",
        "named",
        "shown",
    )
    rows: list[tuple[str, ...]] = [head]
    for name, row in named:
        per_hour = f"{row.minutes / row.hours:.0f}" if row.hours else "-"
        rows.append(
            (
                *(name, f"{row.hours:.2f}", per_hour, str(row.words), str(row.substituted), str(row.deleted)),
                *(str(row.inserted), f"{row.word_error_rate:.3f}", str(row.speakers), str(row.hidden)),
                *(str(row.missed), str(row.wrong)),
            )
        )
    return rows
