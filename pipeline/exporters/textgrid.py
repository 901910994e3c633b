"""Praat TextGrid (long text format, Praat manual "TextGrid file formats"): two interval tiers per role, one with
the text of the lines and one with their numbers, on the same boundaries."""

from __future__ import annotations

from pipeline.exporters.base import ExportContext, NumberedTranscript
from pipeline.exporters.exchange import TimedLine, apart, timed_lines


def _quoted(text: str) -> str:
    doubled = text.replace('"', '""')
    return f'"{doubled}"'


def _seconds(ms: int) -> str:
    return f"{ms / 1000:.3f}"


def _intervals(rows: list[TimedLine], texts: list[str], end: int) -> list[tuple[int, int, str]]:
    """Intervals without a gap from 0 to `end` (ms): Praat represents silence as an interval with empty text."""
    result: list[tuple[int, int, str]] = []
    at = 0
    for row, text in zip(rows, texts, strict=True):
        if row.start > at:
            result.append((at, row.start, ""))
        result.append((row.start, row.end, text))
        at = row.end
    if end > at:
        result.append((at, end, ""))
    return result


def _tier(number: int, name: str, intervals: list[tuple[int, int, str]], end: int) -> list[str]:
    out = [
        f"    item [{number}]:",
        '        class = "IntervalTier"',
        f"        name = {_quoted(name)}",
        "        xmin = 0.000",
        f"        xmax = {_seconds(end)}",
        f"        intervals: size = {len(intervals)}",
    ]
    for n, (start, stop, text) in enumerate(intervals, start=1):
        out += [
            f"        intervals [{n}]:",
            f"            xmin = {_seconds(start)}",
            f"            xmax = {_seconds(stop)}",
            f"            text = {_quoted(text)}",
        ]
    return out


def write(transcript: NumberedTranscript, context: ExportContext) -> bytes:
    """The transcript as a TextGrid, UTF-8 (Praat reads it without a byte order mark).

    Raises:
        UsageProblem: the transcript has no times.
    """
    rows = timed_lines(transcript)
    by_role = {role: apart(row for row in rows if row.line.role == role) for role in transcript.roles}
    ends = [group[-1].end for group in by_role.values() if group]
    end = max([round((transcript.meta.duration or 0) * 1000), 1, *ends])
    tiers: list[tuple[str, list[tuple[int, int, str]]]] = []
    for role, group in by_role.items():
        tiers.append((role, _intervals(group, [row.line.text for row in group], end)))
    for role, group in by_role.items():
        tiers.append((f"{role} line", _intervals(group, [row.line.label for row in group], end)))
    out = [
        'File type = "ooTextFile"',
        'Object class = "TextGrid"',
        "",
        "xmin = 0.000",
        f"xmax = {_seconds(end)}",
        "tiers? <exists>" if tiers else "tiers? <absent>",
    ]
    if tiers:
        out += [f"size = {len(tiers)}", "item []:"]
    for n, (name, intervals) in enumerate(tiers, start=1):
        out += _tier(n, name, intervals, end)
    return ("\n".join(out) + "\n").encode("utf-8")
