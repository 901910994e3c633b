"""The interview on a timeline, as SVG: who spoke when, pauses, overlaps, replacements, unclear speech.

A transcript typed by hand has no times; its timeline counts words, with line numbers below.

Long interviews run over several rows, like lines of text. Colours are CSS variables of the page (dark mode, print).
Every kind of mark also has its own place and shape, for readers who cannot tell the colours apart. The title of a mark
gives its time and lines.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from html import escape

from pipeline.core.clock import clock
from pipeline.report.model import Report, Span
from pipeline.report.words import length, lines_text, role_name, sentence

ROW_SECONDS = (30, 60, 120, 180, 300, 600, 900, 1200, 1800, 3600)
ROW_WORDS = (100, 200, 300, 500, 1000, 1500, 2000, 3000, 5000, 10000)
TARGET_ROWS = 6
WIDTH, LEFT, RIGHT = 1000.0, 24.0, 4.0
MARKS, LANE, GAP, AXIS, BETWEEN = 16.0, 17.0, 3.0, 17.0, 18.0
SMALLEST = 1.6
"""The smallest width of a mark, in units of the picture, so that it can be seen."""


@dataclass(frozen=True)
class _Grid:
    """Where times (or words) and roles lie. `extent` is the length of everything, `step` that of a row."""

    extent: float
    step: float
    roles: tuple[str, ...]

    @property
    def rows(self) -> int:
        return max(1, -int(-self.extent // self.step))

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
        share = (time - row * self.step) / self.step
        return LEFT + share * (WIDTH - LEFT - RIGHT)

    def pieces(self, start: float, end: float) -> Iterable[tuple[int, float, float]]:
        """(row, x, width) of a stretch, cut where a row ends."""
        for row in range(max(0, int(start // self.step)), min(self.rows - 1, int(end // self.step)) + 1):
            first, last = max(start, row * self.step), min(end, (row + 1) * self.step)
            if last > first or start == end:
                x = self.x(row, first)
                yield row, x, max(SMALLEST, self.x(row, last) - x)


def row_length(extent: float, lengths: tuple[int, ...] = ROW_SECONDS) -> float:
    """Length of a row: the shortest that makes at most TARGET_ROWS rows."""
    return next((s for s in lengths if extent <= s * TARGET_ROWS), lengths[-1])


def tick_seconds(row: float) -> float:
    """Distance of labelled ticks for rows of that length: 5 or 6 in a row, on round times."""
    return {30: 5, 60: 10, 120: 20, 180: 30, 300: 60, 600: 120, 900: 180, 1200: 240, 1800: 300}.get(int(row), row / 6)


def short_clock(seconds: float, duration: float) -> str:
    """ "14:32", or "1:14:32" in recordings of an hour and more."""
    text = clock(seconds)
    return text[1:] if duration >= 3600 else text[3:]


def _title(span: Span, what: str, unit: str = "seconds") -> str:
    when = f", {clock(span.start)}, {length(span.end - span.start)}" if unit == "seconds" else ""
    where = f", {lines_text(span.lines)}" if span.lines else ""
    return f"<title>{escape(what + when + where)}</title>"


def _rect(css: str, x: float, y: float, width: float, height: float, title: str, radius: float = 0) -> str:
    rounded = f' rx="{radius:g}"' if radius else ""
    return (
        f'<rect class="{css}" x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}"{rounded}>{title}</rect>'
    )


def time_ticks(extent: float) -> list[tuple[float, str]]:
    """Round times and their labels over a whole recording, the beginning of every row among them."""
    row = row_length(extent)
    step = tick_seconds(row)
    return [(n * step, short_clock(n * step, extent)) for n in range(int(extent / step) + 1)]


def _axis(grid: _Grid, ticks: Sequence[tuple[float, str]]) -> Iterable[str]:
    for row in range(grid.rows):
        base = grid.top(row) + MARKS + grid.lanes()
        first, last = row * grid.step, min(grid.extent, (row + 1) * grid.step)
        for role in grid.roles:
            y = grid.lane(row, role)
            yield _rect("lane", LEFT, y, grid.x(row, last) - LEFT, LANE, "", 2)
            yield f'<text class="who" x="{LEFT - 7:.1f}" y="{y + LANE - 4:.1f}">{escape(role)}</text>'
        for at, label in ticks:
            if not (first <= at < last or at == last == grid.extent):
                continue
            x = grid.x(row, at)
            yield f'<path class="tick" d="M{x:.1f} {base + 2:.1f}v4"/>'
            if x < WIDTH - 22:
                anchor = "start" if at == first else "middle"
                place = f'x="{x:.1f}" y="{base + AXIS + 1:.1f}" text-anchor="{anchor}"'
                yield f'<text class="time" {place}>{escape(label)}</text>'


def _marks(grid: _Grid, spans: Iterable[Span], draw: Callable[[int, float, float, Span], str]) -> Iterable[str]:
    for span in spans:
        for row, x, width in grid.pieces(span.start, span.end):
            yield draw(row, x, width, span)


def draw(report: Report) -> str:
    """The picture, or an empty string where nothing was said."""
    line = report.timeline
    if not line.extent or not line.speech:
        return ""
    roles = tuple(s.role for s in report.speakers if any(span.role == s.role for span in line.speech))
    timed = line.unit == "seconds"
    grid = _Grid(line.extent, row_length(line.extent, ROW_SECONDS if timed else ROW_WORDS), roles)
    parts = [
        *_axis(grid, time_ticks(line.extent) if timed else line.ticks),
        *_marks(grid, line.pauses, _Shapes(grid, line.unit, "pause", "Pause").lanes),
        *_marks(grid, line.speech, _Shapes(grid, line.unit, "speech", "").speech),
        *_marks(grid, line.overlaps, _Shapes(grid, line.unit, "overlap", "Both speak").lanes),
        *_marks(grid, line.redactions, _Shapes(grid, line.unit, "redaction", "").above),
        *_marks(grid, line.unclear, _Shapes(grid, line.unit, "unclear", "Unclear speech").unclear),
    ]
    label = (
        f"Timeline: {len(line.speech)} stretches of speech, {len(line.pauses)} pauses, {len(line.overlaps)} overlaps, "
        f"{len(line.redactions)} replacements, {len(line.unclear)} unclear stretches"
    )
    hatch = (
        '<defs><pattern id="hatch" width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
        '<path class="hatch" d="M0 0v5"/></pattern></defs>'
    )
    return (
        f'<svg class="picture" viewBox="0 0 {WIDTH:g} {grid.height:.0f}" role="img" aria-label="{escape(label)}">'
        f"{hatch}{''.join(parts)}</svg>"
    )


@dataclass(frozen=True)
class _Shapes:
    """How spans are drawn: over all lanes, in their role's lane, or above."""

    grid: _Grid
    unit: str
    css: str
    what: str

    def lanes(self, row: int, x: float, width: float, span: Span) -> str:
        title = _title(span, self.what, self.unit)
        return _rect(self.css, x, self.grid.top(row) + MARKS, width, self.grid.lanes(), title)

    def speech(self, row: int, x: float, width: float, span: Span) -> str:
        title = _title(span, f"{role_name(span.role)} speaks", self.unit)
        index = self.grid.roles.index(span.role) if span.role in self.grid.roles else 0
        return _rect(f"speech r{index % 4}", x, self.grid.lane(row, span.role), width, LANE, title, 1.5)

    def above(self, row: int, x: float, width: float, span: Span) -> str:
        title = _title(span, sentence(span.label), self.unit)
        return _rect(self.css, x, self.grid.top(row) + 4, max(3.4, width), 7, title, 1)

    def unclear(self, row: int, x: float, width: float, span: Span) -> str:
        grid, title = self.grid, _title(span, self.what, self.unit)
        known = span.role in grid.roles
        top, tall = (grid.lane(row, span.role), LANE) if known else (grid.top(row) + MARKS, grid.lanes())
        mid, y = x + width / 2, grid.top(row) + 2
        triangle = f'<path class="unclear" d="M{mid - 5:.1f} {y:.1f}h10l-5 9z">{title}</path>'
        return _rect("unclear-band", x, top, width, tall, title) + triangle
