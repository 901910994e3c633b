"""The log of replacements that may be shared: share/redactions.csv, without originals."""

from __future__ import annotations

import csv
import io

from pipeline.core.document import Document, Redaction
from pipeline.report.places import Places
from pipeline.transcript.numbered import NumberedTranscript

COLUMNS = (
    "span_id",
    "transcript",
    "version",
    "turn",
    "line",
    "t_start",
    "t_end",
    "category",
    "replacement",
    "method",
    "confidence",
    "decision",
    "reviewer",
    "timestamp",
)


def rows(document: Document, transcript: NumberedTranscript, places: Places | None = None) -> list[dict[str, str]]:
    """One row per replaced span, per span left for a person to decide, and per span that a person wanted shown, in
    spoken order, columns as `COLUMNS`.

    Times are seconds with one decimal, empty where a span has none. Only a replaced span has a replacement. The
    decision is "accepted", "edited" or "rejected" with the reviewer's initials and the time in ISO 8601; where nobody
    decided, a replacement is "auto" and a flag "open".

    Args:
        document: the redacted document.
        transcript: the same on numbered lines.
        places: of the same two; made if None.
    """
    places = places or Places(document, transcript)
    turns = {line.label: line.turn for line in transcript.lines}
    found: list[dict[str, str]] = []
    for redaction in sorted(document.redactions, key=lambda r: (r.first, r.last, r.id)):
        if redaction.action == "keep" and not redaction.decision:
            continue
        lines = places.of_words(redaction.first, redaction.last)
        start, end = _times(document, redaction)
        values = (
            redaction.id,
            transcript.id,
            transcript.version,
            turns.get(lines.split("-")[0], ""),
            lines,
            start,
            end,
            redaction.category,
            redaction.replacement if redaction.action == "replace" else "",
            redaction.method,
            f"{redaction.confidence:.2f}",
            redaction.decision or ("open" if redaction.action == "flag" else "auto"),
            redaction.reviewer,
            redaction.decided,
        )
        found.append(dict(zip(COLUMNS, values, strict=True)))
    return found


def _times(document: Document, redaction: Redaction) -> tuple[str, str]:
    words = document.words[redaction.first : redaction.last + 1]
    starts = [w.start for w in words if w.start is not None]
    ends = [w.end for w in words if w.end is not None]
    return (f"{min(starts):.1f}" if starts else "", f"{max(ends):.1f}" if ends else "")


def render(document: Document, transcript: NumberedTranscript, places: Places | None = None) -> bytes:
    """share/redactions.csv: UTF-8 with a byte-order mark for spreadsheets, cells guarded against formulas."""
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS, lineterminator="\r\n")
    writer.writeheader()
    for row in rows(document, transcript, places):
        writer.writerow({k: f"'{v}" if v[:1] in ("=", "+", "-", "@") else v for k, v in row.items()})
    return out.getvalue().encode("utf-8-sig")
