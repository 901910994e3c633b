"""CSV for spreadsheets: one line a row; and lines.csv, which gives the position of every line."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

from pipeline.exporters.base import ExportContext, NumberedTranscript

#: A cell that starts with one of these is taken for a formula by spreadsheets (OWASP: CSV injection).
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def guarded(cell: str) -> str:
    """The cell, with an apostrophe before it if a spreadsheet would take it for a formula."""
    return f"'{cell}" if cell.startswith(_FORMULA) else cell


def _table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(header)
    writer.writerows([guarded(cell) for cell in row] for row in rows)
    return out.getvalue().encode("utf-8-sig")  # Excel reads UTF-8 only with the byte order mark


def seconds(value: float | None) -> str:
    """Seconds with milliseconds, empty where unknown."""
    return "" if value is None else f"{value:.3f}"


def millis(value: float | None) -> str:
    """Whole milliseconds, empty where unknown."""
    return "" if value is None else str(round(value * 1000))


def write(transcript: NumberedTranscript, context: ExportContext) -> bytes:
    """`line,turn,speaker,start,end,text`; times in seconds; RFC 4180 with UTF-8 byte order mark."""
    return _table(
        ("line", "turn", "speaker", "start", "end", "text"),
        (
            (line.label, line.turn, line.role, seconds(line.start), seconds(line.end), line.text)
            for line in transcript.lines
        ),
    )


def write_lines(transcript: NumberedTranscript, context: ExportContext) -> bytes:
    """`line,turn_id,char_start,char_end,t_start_ms,t_end_ms`; offsets into turns joined by line feeds."""
    return _table(
        ("line", "turn_id", "char_start", "char_end", "t_start_ms", "t_end_ms"),
        (
            (line.label, line.turn, str(line.char_start), str(line.char_end), millis(line.start), millis(line.end))
            for line in transcript.lines
        ),
    )
