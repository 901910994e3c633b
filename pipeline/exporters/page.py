"""The page that DOCX and PDF share: what stands on the cover, and columns wide enough that no line can wrap again.

Lines are measured with the widths of Helvetica, which Arial and Liberation Sans share (Adobe font metrics). A text
column is 15 % wider than its longest line, so that another font version cannot push a word over the edge.
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
    clock,
    redaction_summary,
)
from pipeline.report.manifest import models

FONT = "Arial"
#: Landscape A4 with its margins, in points.
PAGE_WIDTH, PAGE_HEIGHT, MARGIN = 841.9, 595.3, 42.5
USABLE = PAGE_WIDTH - 2 * MARGIN
SLACK = 1.15
PADDING = 5.0
#: A row holds this many lines at most, so that it fits on a page and pages fill up; longer turns take several rows.
ROW_LINES = 12
SIZES = (11.0, 10.5, 10.0, 9.5, 9.0, 8.5, 8.0)
LEAST_NOTES = 100.0
HEAD_HEIGHT = 37.0
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
    """A table row: some lines of a turn. `first` and `last` say whether the turn begins and ends here."""

    turn: NumberedTurn
    lines: tuple[Line, ...]
    first: bool
    last: bool


@dataclass(frozen=True)
class Layout:
    """Font size and widths of the columns, in points."""

    size: float
    widths: dict[Column, float]

    @property
    def leading(self) -> float:
        """Exact distance of the lines: 18 points (one and a half lines) at 11."""
        return round(self.size * 18 / 11 * 20) / 20

    def scale(self, text: str) -> int:
        """Percent to which a line must be condensed to fit the text column; 100 for all but monstrous tokens."""
        room = self.widths["text"] - 2 * PADDING
        needed = text_width(text, self.size) * 1.05
        return 100 if needed <= room else max(1, int(100 * room / needed))


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
    """The largest font size (11 points at most) at which the longest line fits and the notes keep their room."""
    digits = max((len(line.label) for line in transcript.lines), default=1)
    names = max((text_width(f"{role}:", 1.0) for role in transcript.roles), default=1.0)
    notes = [column for column in context.columns if column in ("notes", "statements")]
    ordinary = [line.text for line in transcript.lines if len(line.text) <= transcript.width]
    for size in SIZES:
        number = max(30.0, digits * 0.556 * size * SLACK + 2 * PADDING)
        speaker = max(50.0, names * size * SLACK + 2 * PADDING)
        room = USABLE - number - speaker - LEAST_NOTES * len(notes)
        longest = max((text_width(text, size) for text in ordinary), default=0.0)
        text = min(room, max(longest * SLACK + 2 * PADDING, 240.0))
        if longest * SLACK + 2 * PADDING <= room:
            break
    if any(len(line.text) > transcript.width for line in transcript.lines):
        text = room  # a monstrous token is condensed as little as can be
    left = USABLE - number - speaker - text
    widths: dict[Column, float] = {"number": number, "speaker": speaker, "text": text}
    for column in notes:
        widths[column] = left / len(notes)
    if not notes:
        widths["text"] += left
    return Layout(size, {column: widths[column] for column in context.columns})


def rows(transcript: NumberedTranscript) -> list[Row]:
    """Turns as table rows, long ones in even parts of at most ROW_LINES lines."""
    result: list[Row] = []
    for turn in transcript.turns:
        parts = max(1, -(-len(turn.lines) // ROW_LINES))
        size, more = divmod(len(turn.lines), parts)
        at = 0
        for part in range(parts):
            count = size + (1 if part < more else 0)
            result.append(Row(turn, turn.lines[at : at + count], part == 0, part == parts - 1))
            at += count
    return result


def title(transcript: NumberedTranscript, context: ExportContext) -> str:
    """Study and participant code: what the header of every page begins with."""
    return " · ".join(part for part in (context.study, transcript.id) if part)


def stamp(transcript: NumberedTranscript) -> str:
    """Version and hash, for the foot of every page."""
    return f"{transcript.version} · {transcript.short_hash}"


def cover(transcript: NumberedTranscript, context: ExportContext) -> list[tuple[str, str]]:
    """Rows of the cover page: field, value. No date, place or person (UK Data Archive header, redacted copy)."""
    meta = transcript.meta
    fields = [("Study", context.study or "—"), ("Participant", transcript.id)]
    if meta.duration is not None:
        fields.append(("Duration", clock(meta.duration)))
    fields += [
        ("Length", f"{meta.word_count} words, {len(transcript.turns)} turns, {len(transcript.lines)} lines"),
        ("Version", stamp(transcript)),
        ("De-identification", meta.redaction_status),
        ("Identifiers", redaction_summary(transcript)),
    ]
    made = [f"ipa-transcripts {meta.tool_version}"] if meta.tool_version else []
    for use in meta.models:
        names = ", ".join(f"{name} (sha256 {digest[:12]})" for name, digest in models(dict(use.weights)))
        made.append(
            f"{use.stage}: {use.engine}" + (f" {use.version}" if use.version else "") + (f", {names}" if names else "")
        )
    source = "typed by hand" if meta.source == "typed" else "recognised by machine"
    return [
        *fields,
        ("Text", source),
        ("Made with", "; ".join(made) or "—"),
        ("Line width", f"{transcript.width} characters"),
    ]


def speaker_of(row: Row) -> str:
    """What stands in the speaker's cell: "P:", and "(P)" where a turn goes on."""
    return f"{row.turn.role}:" if row.first else f"({row.turn.role})"


def is_rtl(texts: Sequence[str]) -> bool:
    """True where most letters run from right to left (Hebrew, Arabic, ...)."""
    kinds = [unicodedata.bidirectional(character) for text in texts for character in text]
    return sum(kind in ("R", "AL") for kind in kinds) > sum(kind == "L" for kind in kinds)
