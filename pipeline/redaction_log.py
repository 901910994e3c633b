"""share/redactions.csv: what was replaced where and by what, without a single original."""

from __future__ import annotations

import csv
import io
from typing import Any

from pipeline.document import Document, Redaction
from pipeline.numbered import NumberedTranscript

COLUMNS = (
    *("span_id", "transcript", "version", "turn", "line", "t_start", "t_end", "category", "replacement", "method"),
    *("confidence", "decision", "reviewer", "timestamp"),
)


def places(transcript: NumberedTranscript) -> list[tuple[str, str]]:
    """(turn, line label) of every replacement on the page, in order."""
    found = []
    base = 0
    for turn in transcript.turns:
        at = 0
        for segment in turn.segments:
            at += 0 if segment.glued or not at else 1
            if segment.kind == "replacement":
                position = base + at
                line = next((x for x in turn.lines if x.char_start <= position < x.char_end), None)
                found.append((turn.id, line.label if line else ""))
            at += len(segment.text)
        base += len(turn.text) + 1
    return found


def rows(document: Document, transcript: NumberedTranscript) -> list[dict[str, Any]]:
    """One row per span that is replaced or flagged, in spoken order; times in seconds, empty for typed transcripts.

    Turn and line are given for replacements; no date is written, as the day of the work is nobody's business.
    """
    where = places(transcript)
    applied = list(document.applied())
    of_span = (
        {span.id: place for span, place in zip(applied, where, strict=False)} if len(where) == len(applied) else {}
    )
    return [_row(span, document, transcript, of_span) for span in document.redactions if span.action != "keep"]


def _row(
    span: Redaction, document: Document, transcript: NumberedTranscript, of_span: dict[str, tuple[str, str]]
) -> dict[str, Any]:
    start, end = document.words[span.first].start, document.words[span.last].end
    turn, line = of_span.get(span.id) or _by_time(transcript, start)
    return {
        "span_id": span.id,
        "transcript": document.id,
        "version": transcript.version,
        "turn": turn,
        "line": line,
        "t_start": "" if start is None else f"{start:.2f}",
        "t_end": "" if end is None else f"{end:.2f}",
        "category": span.category,
        "replacement": span.replacement if span.action == "replace" else "",
        "method": span.method,
        "confidence": f"{span.confidence:.2f}",
        "decision": "auto" if span.action == "replace" else "open",
        "reviewer": "",
        "timestamp": "",
    }


def _by_time(transcript: NumberedTranscript, start: float | None) -> tuple[str, str]:
    if start is None:
        return "", ""
    before = [line for line in transcript.lines if line.start is not None and line.start <= start + 0.01]
    return (before[-1].turn, before[-1].label) if before else ("", "")


def render(document: Document, transcript: NumberedTranscript) -> bytes:
    """The file's bytes: UTF-8 with a byte order mark, for Excel."""
    out = io.StringIO()
    table = csv.DictWriter(out, COLUMNS, lineterminator="\r\n")
    table.writeheader()
    table.writerows(rows(document, transcript))
    return out.getvalue().encode("utf-8-sig")
