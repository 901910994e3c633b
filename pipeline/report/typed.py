"""The timeline of a transcript without times: positions count words, in spoken order."""

from __future__ import annotations

from itertools import groupby

from pipeline.core.document import Document
from pipeline.report.model import Span, Timeline
from pipeline.report.picture import ROW_WORDS, row_length
from pipeline.report.places import Places
from pipeline.report.words import category_name

TICKS_IN_ROW = 5


def timeline(document: Document, places: Places) -> Timeline:
    """Turns, replacements and unclear stretches over the words of the document."""
    count = len(document.words)

    def span(first: int, last: int, role: str = "", label: str = "") -> Span:
        lines = places.of_words(first, min(last, count - 1))
        return Span(start=first, end=last + 1, role=role, label=label, lines=lines)

    speech = []
    for role, run in groupby(range(count), key=lambda n: document.words[n].role or "?"):
        numbers = list(run)
        speech.append(span(numbers[0], numbers[-1], role))
    redactions = [
        span(r.first, r.last, document.words[r.first].role or "", f"{category_name(r.category, 1)}: {r.replacement}")
        for r in document.applied()
    ]
    unclear = [
        span(min(e.before_word, count - 1), min(e.before_word, count - 1), e.role or "")
        for e in document.events
        if e.kind == "unclear" and count
    ]
    return Timeline(
        unit="words",
        extent=count,
        ticks=tuple(ticks(count, places)),
        speech=tuple(speech),
        redactions=tuple(redactions),
        unclear=tuple(unclear),
    )


def ticks(count: int, places: Places) -> list[tuple[float, str]]:
    """Positions with the line that stands there, the beginning of every row among them."""
    step = int(row_length(count, ROW_WORDS)) // TICKS_IN_ROW
    return [(n, f"line {places.of_words(n, n)}") for n in range(0, count, step) if places.of_words(n, n)]
