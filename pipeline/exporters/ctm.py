"""CTM (NIST): one word per row with its time; notes are left out, a replacement is one token (`[friend_1]`).

Rows: `<file> <channel> <start> <duration> <word>`, times in seconds, ordered by start.
"""

from __future__ import annotations

import re

from pipeline.diarisation.rttm import token
from pipeline.exporters.base import ExportContext, NumberedTranscript
from pipeline.exporters.exchange import filled, timed_lines
from pipeline.transcript.numbered import Segment


def tokens(segments: tuple[Segment, ...]) -> list[tuple[str, float | None, float | None]]:
    """Words and replacements with times in seconds; what is glued to a token belongs to it (`[friend_1]'s`)."""
    rows: list[tuple[str, float | None, float | None]] = []
    open_token = False
    for segment in segments:
        if segment.kind == "note":
            open_token = open_token and segment.glued  # a mark of overlap may stand between a token and its tail
            continue
        if segment.glued and open_token and rows:
            text, start, end = rows[-1]
            ends = [t for t in (end, segment.end) if t is not None]
            rows[-1] = (text + segment.text, start, max(ends) if ends else None)
        else:
            rows.append((segment.text, segment.start, segment.end))
        open_token = True
    return [(re.sub(r"\s+", "_", text), start, end) for text, start, end in rows if text.strip()]


def write(transcript: NumberedTranscript, context: ExportContext) -> bytes:
    """The transcript's words as CTM, UTF-8.

    Raises:
        UsageProblem: the transcript has no times.
    """
    timed_lines(transcript)  # raises for a transcript without times
    rows = [row for turn in transcript.turns for row in tokens(turn.segments)]
    spans = filled([(start, end) for _, start, end in rows])
    name = token(transcript.id)
    lines = [
        (start, f"{name} 1 {start / 1000:.3f} {(end - start) / 1000:.3f} {text}\n")
        for (text, _, _), (start, end) in zip(rows, spans, strict=True)
    ]
    return "".join(line for _, line in sorted(lines, key=lambda line: line[0])).encode("utf-8")
