"""The page that DOCX and PDF share: the facts on its cover, and columns wide enough that no line wraps a second time.

Lines are measured with the widths of Helvetica, which Arial and Liberation Sans share (Adobe font metrics). The text
column is 6 % wider than its longest line, because versions of these fonts differ slightly.
"""

from __future__ import annotations

import functools
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.exporters.base import (
    Column,
    ExportContext,
    Line,
    NumberedTranscript,
    NumberedTurn,
    Paper,
    clock,
    redaction_summary,
)
from pipeline.report.manifest import models

FONT = "Arial"
#: Width and height of the page, in points.
PAPERS: dict[Paper, tuple[float, float]] = {
    "a4-landscape": (841.9, 595.3),
    "a4-portrait": (595.3, 841.9),
    "a3-landscape": (1190.6, 841.9),
}
#: Margins at the sides, and at top and bottom, in points.
MARGIN, MARGIN_Y = 36.0, 50.0
POINTS_PER_CM = 72 / 2.54
SLACK = 1.06
PADDING = 5.0
#: A row holds this many lines at most; longer turns take several. A row may break across pages between its lines.
ROW_LINES = 60
#: Where a turn goes on for this many lines, its speaker is named again.
REPEAT_SPEAKER = 12
SIZES = (10.0, 9.5, 9.0, 8.5, 8.0)
#: 2.8 cm: less is too narrow for handwriting.
LEAST_NOTES = 79.4
TITLE_SIZE = 9.0
#: Smith, Flowers and Larkin's way of telling kinds of notes apart.
HINTS: dict[Column, str] = {"notes": "descriptive · linguistic (italic) · conceptual (underlined)"}

# fmt: off
#: Widths of ASCII 32..126 in thousandths of the font size.
_HELVETICA = (
    278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278, 556, 556, 556, 556, 556, 556, 556,
    556, 556, 556, 278, 278, 584, 584, 584, 556, 1015, 667, 667, 722, 722, 667, 611, 778, 722, 278, 500, 667, 556, 833,
    722, 778, 667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 278, 278, 278, 469, 556, 333, 556, 556, 500, 556,
    556, 278, 556, 556, 222, 222, 500, 222, 833, 556, 556, 556, 556, 333, 500, 278, 556, 500, 722, 500, 500, 500, 334,
    260, 334, 584,
)
# fmt: on


@dataclass(frozen=True)
class Row:
    """A table row: some lines of a turn, `before` lines into it. `last` says whether the turn ends here."""

    turn: NumberedTurn
    lines: tuple[Line, ...]
    before: int
    last: bool

    @property
    def first(self) -> bool:
        """Whether the turn begins here."""
        return self.before == 0

    def open_edges(self, context: ExportContext) -> set[str]:
        """Edges without a rule: within a turn, unless every line has note cells of its own."""
        if context.notes_by == "line":
            return set()
        return {edge for edge, ruled in (("top", self.first), ("bottom", self.last)) if not ruled}

    def speakers(self) -> list[str]:
        """What stands beside each line: "P:" where the turn begins, and "(P)" now and then where it goes on."""
        role = self.turn.role
        marks = {0: f"{role}:"}
        places = range(self.before, self.before + len(self.lines))
        names = [marks.get(at, "" if at % REPEAT_SPEAKER else f"({role})") for at in places]
        while len(names) > 1 and not names[-1]:
            names.pop()
        return names


@dataclass(frozen=True)
class Layout:
    """Paper, font size and widths of the columns, in points."""

    paper: tuple[float, float]
    size: float
    widths: dict[Column, float]

    @property
    def leading(self) -> float:
        """Distance from line to line: 16 points at a font size of 10."""
        return round(self.size * 1.6 * 20) / 20

    def scale(self, text: str) -> int:
        """Percentage to which a line must be condensed to fit the text column; 100 for all but very long words."""
        room = self.widths["text"] - 2 * PADDING
        needed = text_width(text, self.size) * 1.05
        return 100 if needed <= room else max(1, int(100 * room / needed))


def usable(context: ExportContext) -> float:
    """Width between the margins, in points."""
    return PAPERS[context.paper][0] - 2 * MARGIN


def text_width(text: str, size: float) -> float:
    """Width of a line in points, on the safe side for scripts without metrics here."""
    return sum(map(_width, text)) * size / 1000


@functools.lru_cache(maxsize=4096)
def _width(character: str) -> int:
    """Thousandths of the font size."""
    base = unicodedata.normalize("NFD", character)[0]
    if " " <= base <= "~":
        return _HELVETICA[ord(base) - 32]
    if unicodedata.category(character) in ("Mn", "Me", "Cf"):
        return 0
    return 1050 if unicodedata.east_asian_width(character) in "WF" else 850


def layout(transcript: NumberedTranscript, context: ExportContext) -> Layout:
    """The largest font size at which the longest line fits its column and the notes keep their room.

    Where even the smallest is too large, lines are condensed (see `Layout.scale`), never wrapped.
    """
    digits = max((len(line.label) for line in transcript.lines), default=1)
    names = max((text_width(f"{role}:", 1.0) for role in transcript.roles), default=1.0)
    notes = [column for column in context.columns if column in ("notes", "statements")]
    ordinary = [line.text for line in transcript.lines if len(line.text) <= transcript.width]
    condensed = len(ordinary) < len(transcript.lines)
    longest = max((text_width(text, 1.0) for text in ordinary), default=0.0)
    note = LEAST_NOTES if context.note_width_cm is None else context.note_width_cm * POINTS_PER_CM
    for size in SIZES:
        number = max(28.0, digits * 0.556 * size * SLACK + 2 * PADDING)
        speaker = max(48.0, names * size * SLACK + 2 * PADDING)
        room = usable(context) - number - speaker - note * len(notes)
        if context.text_width_cm is not None:
            room = min(room, context.text_width_cm * POINTS_PER_CM)
        needed = max(longest * size * SLACK + 2 * PADDING, 200.0)
        if needed <= room:
            break
    left = usable(context) - number - speaker
    if context.text_width_cm is not None or condensed or not notes:
        text = room
    else:
        text = min(room, needed)
    if notes and context.note_width_cm is None:
        note = (left - text) / len(notes)
    widths: dict[Column, float] = {"number": number, "speaker": speaker, "text": text}
    widths |= dict.fromkeys(notes, note)
    return Layout(PAPERS[context.paper], size, {column: widths[column] for column in context.columns})


def rows(transcript: NumberedTranscript, context: ExportContext) -> list[Row]:
    """A row for every line, or for every turn; turns of more than ROW_LINES lines in even parts."""
    most = 1 if context.notes_by == "line" else ROW_LINES
    result: list[Row] = []
    for turn in transcript.turns:
        parts = max(1, -(-len(turn.lines) // most))
        size, more = divmod(len(turn.lines), parts)
        at = 0
        for part in range(parts):
            count = size + (1 if part < more else 0)
            result.append(Row(turn, turn.lines[at : at + count], at, part == parts - 1))
            at += count
    return result


def title(transcript: NumberedTranscript, context: ExportContext) -> str:
    """Study and participant code, with which the header of every page begins."""
    return " · ".join(part for part in (context.study, transcript.id) if part)


def stamp(transcript: NumberedTranscript) -> str:
    """Version and hash, for the foot of every page."""
    return f"{transcript.version} · {transcript.short_hash}"


def facts(transcript: NumberedTranscript, context: ExportContext) -> list[tuple[str, str]]:
    """What a reader should know first: rows (field, value). No date, place or person."""
    meta = transcript.meta
    rows = [("Study", context.study or "—"), ("Participant", transcript.id)]
    if meta.duration is not None:
        rows.append(("Duration", clock(meta.duration)))
    return [
        *rows,
        ("Length", f"{meta.word_count} words, {len(transcript.turns)} turns, {len(transcript.lines)} lines"),
        ("Version", transcript.version),
        ("De-identification", meta.redaction_status),
    ]


def provenance(transcript: NumberedTranscript) -> list[tuple[str, str]]:
    """How the transcript was made and by what hash to identify it, for the end of the document: rows (field, value)."""
    meta = transcript.meta
    made = [f"ipa-transcripts {meta.tool_version}"] if meta.tool_version else []
    for use in meta.models:
        if use.stage == "emit":
            continue  # recorded only after the first files were written: later exports would differ from them
        names = ", ".join(f"{name} (sha256 {digest[:12]})" for name, digest in models(dict(use.weights)))
        made.append(
            f"{use.stage}: {use.engine}" + (f" {use.version}" if use.version else "") + (f", {names}" if names else "")
        )
    return [
        ("Identifiers", redaction_summary(transcript)),
        ("Text", "typed by hand" if meta.source == "typed" else "recognised by machine"),
        ("Made with", "; ".join(made) or "—"),
        ("Line width", f"{transcript.width} characters"),
        ("Hash of the lines", transcript.short_hash),
    ]


def is_rtl(texts: Sequence[str]) -> bool:
    """True where most letters run from right to left (Hebrew, Arabic, ...)."""
    kinds = [unicodedata.bidirectional(character) for text in texts for character in text]
    return sum(kind in ("R", "AL") for kind in kinds) > sum(kind == "L" for kind in kinds)
