"""What edits change, in a table for a person to read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from pipeline.core.clock import clock
from pipeline.core.document import Document
from pipeline.review.apply import Applied
from pipeline.review.edits import Change, Edit, Insert, Overlap, Redact, Reject, Replace, Speaker

WHAT = {
    "replace": "words changed",
    "insert": "words added",
    "delete": "words taken out",
    "speaker": "speaker changed",
    "swap_roles": "speakers exchanged",
    "split": "turn split",
    "join": "turns joined",
    "overlap": "overlap changed",
    "event": "sound added",
    "remove_event": "sound taken out",
    "redact": "words hidden",
    "reject": "words shown again",
    "change": "called otherwise",
    "decide": "flag decided",
    "accept": "redaction accepted",
    "confirm": "words confirmed",
}
LONGEST = 60


@dataclass(frozen=True)
class Difference:
    """One change: what kind, where ("0:12:03", or "word 214" where there are no times), before and after."""

    what: str
    where: str
    before: str
    after: str


def table(before: Applied, after: Applied, edits: Sequence[Edit]) -> list[Difference]:
    """A row for each edit, in the order of the transcript."""
    rows = [(_index(edit), n, edit) for n, edit in enumerate(edits)]
    return [
        Difference(WHAT[e.kind], _where(e, before.document), *_texts(e, before, after))
        for _, _, e in sorted(rows, key=lambda r: r[:2])
    ]


def _index(edit: Edit) -> float:
    at: Any = getattr(edit, "at", None)
    if at is None:
        return -1.0
    return float(at.start if at.start is not None else at.end if at.end is not None else at.index)


def _where(edit: Edit, document: Document) -> str:
    at: Any = getattr(edit, "at", None)
    if at is None:
        return "throughout"
    start = at.start if at.start is not None else at.end
    return clock(int(start)) if start is not None else f"word {at.index + 1}"


def _texts(edit: Edit, before: Applied, after: Applied) -> tuple[str, str]:
    at: Any = getattr(edit, "at", None)
    said = " ".join(at.words) if at is not None else ""
    place = " ".join((*at.before[-2:], "...", *at.after[:2])) if at is not None and not at.words else ""
    if isinstance(edit, Replace):
        return _short(said), _short(edit.text)
    if isinstance(edit, Insert):
        return _short(place), _short(edit.text)
    if isinstance(edit, Speaker):
        return _short(said), f"{edit.role} (aside)" if edit.aside else edit.role
    if isinstance(edit, Redact | Change):
        return _short(said), edit.replacement or _named(edit, after)
    if isinstance(edit, Reject):
        return _named(edit, before), _short(said)
    if isinstance(edit, Overlap):
        return _short(said), "overlapping" if edit.on else "not overlapping"
    if edit.kind in ("event", "remove_event"):
        heard = f"({edit.text or edit.event})"
        return (_short(place), heard) if edit.kind == "event" else (heard, "")
    return _short(said or place), ""


def _named(edit: Edit, applied: Applied) -> str:
    """What stands for the words of an edit."""
    at: Any = getattr(edit, "at", None)
    spans = [
        r for r in applied.document.applied() if at and r.first <= at.index + len(at.words) - 1 and at.index <= r.last
    ]
    return spans[0].replacement if spans else ""


def _short(text: str) -> str:
    return text if len(text) <= LONGEST else text[: LONGEST - 3] + "..."


def counts(rows: Sequence[Difference]) -> Iterator[tuple[str, int]]:
    """(kind, how often), the kinds in the order of `WHAT`."""
    for what in WHAT.values():
        if count := sum(row.what == what for row in rows):
            yield what, count
