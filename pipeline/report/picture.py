"""The interview on one time line, as SVG: who spoke when, pauses, overlaps, replacements, unclear stretches.

Long interviews run over several rows like lines of text. Colours are CSS variables of the page (dark mode, print);
every kind of mark also has its own place and shape, for those who do not see the colours. A mark's title says time
and lines.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from html import escape

from pipeline.numbered import clock
from pipeline.report.model import Report, Span
from pipeline.report.words import length, lines_text, role_name, sentence

ROW_SECONDS = (30, 60, 120, 180, 300, 600, 900, 1200, 1800, 3600)
TARGET_ROWS = 6
WIDTH, LEFT, RIGHT = 1000.0, 24.0, 4.0
MARKS, LANE, GAP, AXIS, BETWEEN = 16.0, 17.0, 3.0, 17.0, 18.0
SMALLEST = 1.6
"""Units of the picture that a mark takes at least, so that it can be seen."""


@dataclass(frozen=True)
class _Grid:
    """Where times and roles lie. `seconds` is the length of a row."""

    duration: float
    seconds: float
    roles: tuple[str, ...]

    @property
    def rows(self) -> int:
        return max(1, -int(-self.duration // self.seconds))

    @property
    def row_height(self) -> float:
        return MARKS + len(self.roles) * (LANE + GAP) + AXIS + BETWEEN

    @property
    def height(self) -> float:
        return self.rows * self.row_height - BETWEEN + 4

    def top(self, row: int) -> float:
        return row * self.row_height

    def lane(self, row: int, role: str) -> float:
        index = self.roles.index(role) if role in self.roles else 0
        return self.top(row) + MARKS + index * (LANE + GAP)

    def lanes(self) -> float:
        return len(self.roles) * (LANE + GAP) - GAP

    def x(self, row: int, time: float) -> float:
        share = (time - row * self.seconds) / self.seconds
        return LEFT + share * (WIDTH - LEFT - RIGHT)

    def pieces(self, start: float, end: float) -> Iterable[tuple[int, float, float]]:
        """(row, x, width) of a stretch, cut where a row ends."""
        for row in range(max(0, int(start // self.seconds)), min(self.rows - 1, int(end // self.seconds)) + 1):
            first, last = max(start, row * self.seconds), min(end, (row + 1) * self.seconds)
            if last > first or start == end:
                x = self.x(row, first)
                yield row, x, max(SMALLEST, self.x(row, last) - x)


def row_seconds(duration: float) -> float:
    """Length of a row: the shortest that makes at most TARGET_ROWS rows."""
    return next((s for s in ROW_SECONDS if duration <= s * TARGET_ROWS), ROW_SECONDS[-1])


def tick_seconds(row: float) -> float:
    """Distance of labelled ticks for rows of that length: 5 or 6 in a row, on round times."""
    return {30: 5, 60: 10, 120: 20, 180: 30, 300: 60, 600: 120, 900: 180, 1200: 240, 1800: 300}.get(int(row), row / 6)


def short_clock(seconds: float, duration: float) -> str:
    """ "14:32", or "1:14:32" in recordings of an hour and more."""
    text = clock(seconds)
    return text[1:] if duration >= 3600 else text[3:]


def _title(span: Span, what: str) -> str:
    where = f", {lines_text(span.lines)}" if span.lines else ""
    return f"<title>{escape(what)}, {clock(span.start)}, {length(span.end - span.start)}{escape(where)}</title>"


def _rect(css: str, x: float, y: float, width: float, height: float, title: str, radius: float = 0) -> str:
    rounded = f' rx="{radius:g}"' if radius else ""
    return (
        f'<rect class="{css}" x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}"{rounded}>{title}</rect>'
    )


def _axis(grid: _Grid) -> Iterable[str]:
    step = tick_seconds(grid.seconds)
    for row in range(grid.rows):
        base = grid.top(row) + MARKS + grid.lanes()
        last = min(grid.duration, (row + 1) * grid.seconds)
        for role in grid.roles:
            y = grid.lane(row, role)
            yield _rect("lane", LEFT, y, grid.x(row, last) - LEFT, LANE, "", 2)
            yield f'<text class="who" x="{LEFT - 7:.1f}" y="{y + LANE - 4:.1f}">{escape(role)}</text>'
        time = row * grid.seconds
        while time <= last + 1e-6:
            x = grid.x(row, time)
            yield f'<path class="tick" d="M{x:.1f} {base + 2:.1f}v4"/>'
            if time < last - 0.35 * step or row == grid.rows - 1 or time == row * grid.seconds:
                anchor = "start" if time == row * grid.seconds else "middle"
                if x < WIDTH - 22:
                    label = short_clock(time, grid.duration)
                    place = f'x="{x:.1f}" y="{base + AXIS + 1:.1f}" text-anchor="{anchor}"'
                    yield f'<text class="time" {place}>{label}</text>'
            time += step


def _marks(grid: _Grid, spans: Iterable[Span], draw: Callable[[int, float, float, Span], str]) -> Iterable[str]:
    for span in spans:
        for row, x, width in grid.pieces(span.start, span.end):
            yield draw(row, x, width, span)


def draw(report: Report) -> str:
    """The picture, or an empty string where nothing has a time."""
    line = report.timeline
    if not report.duration or not line.speech:
        return ""
    roles = tuple(s.role for s in report.speakers if any(span.role == s.role for span in line.speech))
    grid = _Grid(report.duration, row_seconds(report.duration), roles)

    def pause(row: int, x: float, width: float, span: Span) -> str:
        return _rect("pause", x, grid.top(row) + MARKS, width, grid.lanes(), _title(span, "Pause"))

    def speech(row: int, x: float, width: float, span: Span) -> str:
        title = _title(span, f"{role_name(span.role)} speaks")
        return _rect(f"speech r{roles.index(span.role) % 4}", x, grid.lane(row, span.role), width, LANE, title, 1.5)

    def overlap(row: int, x: float, width: float, span: Span) -> str:
        return _rect("overlap", x, grid.top(row) + MARKS, width, grid.lanes(), _title(span, "Both speak"))

    def redaction(row: int, x: float, width: float, span: Span) -> str:
        return _rect("redaction", x, grid.top(row) + 4, max(3.4, width), 7, _title(span, sentence(span.label)), 1)

    def unclear(row: int, x: float, width: float, span: Span) -> str:
        mid, y = x + width / 2, grid.top(row) + 2
        known = span.role in roles
        top, tall = (grid.lane(row, span.role), LANE) if known else (grid.top(row) + MARKS, grid.lanes())
        band = _rect("unclear-band", x, top, width, tall, _title(span, "Unclear speech"))
        title = _title(span, "Unclear speech")
        return f'{band}<path class="unclear" d="M{mid - 5:.1f} {y:.1f}h10l-5 9z">{title}</path>'

    parts = [
        *_axis(grid),
        *_marks(grid, line.pauses, pause),
        *_marks(grid, line.speech, speech),
        *_marks(grid, line.overlaps, overlap),
        *_marks(grid, line.redactions, redaction),
        *_marks(grid, line.unclear, unclear),
    ]
    label = (
        f"Time line of {length(report.duration)}: {len(line.speech)} stretches of speech, {len(line.pauses)} pauses, "
        f"{len(line.overlaps)} overlaps, {len(line.redactions)} replacements, {len(line.unclear)} unclear stretches"
    )
    hatch = (
        '<defs><pattern id="hatch" width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
        '<path class="hatch" d="M0 0v5"/></pattern></defs>'
    )
    return (
        f'<svg class="picture" viewBox="0 0 {WIDTH:g} {grid.height:.0f}" role="img" aria-label="{escape(label)}">'
        f"{hatch}{''.join(parts)}</svg>"
    )
