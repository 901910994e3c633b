"""SubRip subtitles: one subtitle per line, the role before the text.

The counter of a subtitle is the line number as long as no line was added after a lock (a counter cannot be "214a").
"""

from __future__ import annotations

from pipeline.exporters.base import ExportContext, NumberedTranscript, clock
from pipeline.exporters.exchange import timed_lines


def write(transcript: NumberedTranscript, context: ExportContext) -> bytes:
    """The transcript as SubRip, UTF-8.

    Raises:
        UsageProblem: the transcript has no times.
    """
    rows = timed_lines(transcript)
    plain = all(not row.line.suffix for row in rows)
    blocks = []
    for n, row in enumerate(rows, start=1):
        start, end = (clock(ms / 1000, millis=True, separator=",") for ms in (row.start, row.end))
        counter = row.line.number if plain else n
        blocks.append((row.start, f"{counter}\n{start} --> {end}\n{row.line.role}: {row.line.text}\n"))
    text = "\n".join(block for _, block in sorted(blocks, key=lambda block: block[0]))
    return text.replace("\n", context.line_ends).encode("utf-8")
