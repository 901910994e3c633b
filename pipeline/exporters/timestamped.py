"""Text with time stamps that ATLAS.ti, MAXQDA and f4 turn into links to the sound.

One paragraph per line and nothing else in the file, so that the number these programs print beside a paragraph is
the line number (until lines are added after a lock). The role is given where a turn begins, at the start of
the paragraph, where the programs look for speakers.
"""

from __future__ import annotations

from pipeline.exporters.base import ExportContext, NumberedTranscript, clock
from pipeline.exporters.exchange import chronological, old_style_bytes, opens_turn, timed_lines


def _paragraphs(transcript: NumberedTranscript) -> list[tuple[int, str]]:
    """(start in ms, text with the role where a turn begins) of every line."""
    rows = chronological(timed_lines(transcript))
    return [
        (row.start, f"{row.line.role}: {row.line.text}" if opens else row.line.text)
        for row, opens in zip(rows, opens_turn(transcript), strict=True)
    ]


def write_atlasti(transcript: NumberedTranscript, context: ExportContext) -> bytes:
    """`[00:01:02] P: text` with line feeds: ATLAS.ti counts CR LF as one character and drifts.

    Raises:
        UsageProblem: the transcript has no times.
    """
    rows = [f"[{clock(ms // 1000)}] {text}" for ms, text in _paragraphs(transcript)]
    return old_style_bytes("\n".join(rows) + "\n", "\n")


def write_maxqda(transcript: NumberedTranscript, context: ExportContext) -> bytes:
    """`[00:01:02] P: text` with Windows line ends, for MAXQDA's "Transcripts with timestamps".

    Raises:
        UsageProblem: the transcript has no times.
    """
    rows = [f"[{clock(ms // 1000)}] {text}" for ms, text in _paragraphs(transcript)]
    return old_style_bytes("\n".join(rows) + "\n", "\r\n")


def write_f4(transcript: NumberedTranscript, context: ExportContext) -> bytes:
    """f4's own marks, `P: text #00:01:02-3#` with tenths of a second at the end of the paragraph, where f4 writes them.

    Raises:
        UsageProblem: the transcript has no times.
    """
    rows = [f"{text} #{clock(ms // 1000)}-{ms // 100 % 10}#" for ms, text in _paragraphs(transcript)]
    return old_style_bytes("\n".join(rows) + "\n", "\r\n")
