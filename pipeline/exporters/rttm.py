"""RTTM of the transcript's turns, roles as labels.

These are the turns as they stand on the page. Who spoke when in the recording itself, overlaps included, is in
the private RTTM (pipeline/diarisation/rttm.py).
"""

from __future__ import annotations

from pipeline.diarisation.rttm import rttm
from pipeline.exporters.base import ExportContext, NumberedTranscript
from pipeline.exporters.exchange import timed_lines


def write(transcript: NumberedTranscript, context: ExportContext) -> bytes:
    """The transcript's turns as RTTM, one a row.

    Raises:
        UsageProblem: the transcript has no times.
    """
    spans: dict[str, tuple[int, int, str]] = {}
    for row in timed_lines(transcript):
        start, end, _ = spans.get(row.line.turn, (row.start, row.end, ""))
        spans[row.line.turn] = (min(start, row.start), max(end, row.end), row.line.role)
    return rttm(transcript.id, ((start / 1000, end / 1000, role) for start, end, role in spans.values())).encode()
