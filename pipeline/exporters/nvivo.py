"""Rows for NVivo's "Import transcript" (NVivo help, versions 9 to 12, tab-delimited text): a time span, the speaker
and the content of one line per row, so that NVivo's own row number is the line number.

Open the listening copy in NVivo, switch to edit mode, choose Import Rows and this file, tick "File includes header row"
and map Timespan and Content. NVivo counts tenths of a second and refuses rows that start before the one above.
"""

from __future__ import annotations

from pipeline.exporters.base import ExportContext, NumberedTranscript
from pipeline.exporters.exchange import chronological, old_style_bytes, timed_lines

HEADER = "Timespan\tSpeaker\tContent"


def tenths(count: int) -> str:
    """Tenths of a second as `hh:mm:ss.f`."""
    return f"{count // 36000:02d}:{count // 600 % 60:02d}:{count // 10 % 60:02d}.{count % 10}"


def write(transcript: NumberedTranscript, context: ExportContext) -> bytes:
    """The transcript as tab-delimited rows with Windows line ends.

    Raises:
        UsageProblem: the transcript has no times.
    """
    rows = [HEADER]
    for row in chronological(timed_lines(transcript)):
        start = row.start // 100  # rounded down, so that playback starts before the first word
        end = max(start + 1, -(-row.end // 100))
        text = " ".join(row.line.text.split())  # a tab would add a column
        rows.append(f"{tenths(start)}-{tenths(end)}\t{row.line.role}\t{text}")
    return old_style_bytes("\n".join(rows) + "\n", "\r\n")
