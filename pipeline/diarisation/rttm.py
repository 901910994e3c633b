"""Who speaks when, as RTTM (contract C4): one line per turn, roles as labels, overlaps included.

Format: NIST Rich Transcription 2009 evaluation plan, appendix A; ten fields separated by blanks:
`SPEAKER <file> <channel> <start> <duration> <NA> <NA> <name> <NA> <NA>`, times in seconds.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from pipeline.core.document import Document

GAP_OF_WORDS_S = 0.5
"""Words of one speaker closer than this belong to one turn, where the turns are made from words."""


def token(text: str) -> str:
    """`text` as one RTTM field: blanks and control characters become underscores, never empty."""
    return re.sub(r"[\s\x00-\x1f\x7f]+", "_", text.strip()) or "<NA>"


def rttm(name: str, spans: Iterable[tuple[float, float, str]]) -> str:
    """RTTM text of spans `(start, end, label)` in seconds, in order of start.

    Rounded to milliseconds at both ends (not start and length apart), so that turns that touch still
    touch. Spans shorter than a millisecond are left out.
    """
    rows: list[tuple[int, int, str]] = []
    for start, end, label in spans:
        first, last = round(max(0.0, start) * 1000), round(end * 1000)
        if last > first:
            rows.append((first, last, token(label)))
    rows.sort()
    return "".join(
        f"SPEAKER {token(name)} 1 {first / 1000:.3f} {(last - first) / 1000:.3f} <NA> <NA> {label} <NA> <NA>\n"
        for first, last, label in rows
    )


def joined(spans: Iterable[tuple[float, float, str]], gap: float = 0.0) -> list[tuple[float, float, str]]:
    """Spans of one label that overlap or lie at most `gap` seconds apart, joined; other labels do not matter."""
    by_label: dict[str, list[tuple[float, float]]] = {}
    for start, end, label in sorted(spans):
        row = by_label.setdefault(label, [])
        if row and start - row[-1][1] <= gap:
            row[-1] = (row[-1][0], max(row[-1][1], end))
        else:
            row.append((start, end))
    return sorted((start, end, label) for label, row in by_label.items() for start, end in row)


def spans_of_document(document: Document) -> list[tuple[float, float, str]]:
    """Who speaks when: `(start, end, role)` in seconds; the diariser's label where a speaker has no role.

    Where no diariser ran, the turns are made from the words' times and roles. Empty for a transcript
    typed by hand.
    """
    roles = {row.speaker: row.role for row in document.roles}
    if document.turns:
        return joined((turn.start, turn.end, roles.get(turn.speaker, turn.speaker)) for turn in document.turns)
    words = [
        (word.start, word.end, word.role or roles.get(word.speaker or "", word.speaker or "unknown"))
        for word in document.words
        if word.start is not None and word.end is not None
    ]
    return joined(words, GAP_OF_WORDS_S)


def rttm_of_document(document: Document) -> str:
    """Contract C4: the document's turns with roles as labels, overlaps included. Empty for a typed transcript."""
    return rttm(document.id, spans_of_document(document))
