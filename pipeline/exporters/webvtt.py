"""WebVTT (W3C): one cue per line, its identifier the line number, the role as voice tag.

Cues lie in order of their start, as the standard requires; cues of two speakers may overlap.
"""

from __future__ import annotations

from pipeline.exporters.base import ExportContext, NumberedTranscript, clock
from pipeline.exporters.exchange import timed_lines


def escaped(text: str) -> str:
    """Cue text with the characters that begin tags and escapes written as references."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def write(transcript: NumberedTranscript, context: ExportContext) -> bytes:
    """The transcript as WebVTT, UTF-8.

    Raises:
        UsageProblem: the transcript has no times.
    """
    parts = [
        "WEBVTT",
        f"NOTE\n{escaped(transcript.id)}, {transcript.version}, {transcript.short_hash}: "
        "de-identified (pseudonymised) transcript; the identifier of a cue is the number of its line",
    ]
    for row in sorted(timed_lines(transcript), key=lambda row: row.start):
        start, end = (clock(ms / 1000, millis=True) for ms in (row.start, row.end))
        voice = escaped(row.line.role)
        parts.append(f"{row.line.label}\n{start} --> {end}\n<v {voice}>{escaped(row.line.text)}")
    return ("\n\n".join(parts) + "\n").replace("\n", context.line_ends).encode("utf-8")
