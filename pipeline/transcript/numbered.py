"""The numbered transcript: what exporters get, and all that they get.

It holds the redacted text only. No original of a redacted span, no file name, no machine path is in it, so an
exporter cannot leak what it never sees, and line 47 is line 47 in every format.

Times are seconds from the start of the recording, None in a transcript typed by hand.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from pipeline.core.document import Category, Coverage, Note

SegmentKind = Literal["word", "replacement", "note"]


@dataclass(frozen=True, slots=True)
class Segment:
    """One piece of a turn, in order: a word, a replacement such as `[friend 1]`, or a transcriber's note.

    The text of a turn is its segments with a space before each that is not `glued` (to the segment before it).
    Marks of overlap (`//`) are glued notes; what stays visible around a replacement (`'s`) is a glued word.
    `role` says who said it: the turn's role, or another's in an inline backchannel `(I: mm-hm)`.
    `category` is set on replacements only. `words` are the first and the last word of the document behind it, where
    they were asked for (see `lines.number`).
    """

    text: str
    kind: SegmentKind = "word"
    category: Category | None = None
    start: float | None = None
    end: float | None = None
    role: str = ""
    glued: bool = False
    words: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """A numbered line. `suffix` is "" or a letter for lines added after a lock (214a).

    `turn` is the turn's id. `char_start` and `char_end` are offsets (Unicode code points, half-open) into
    `NumberedTranscript.text`. `words`: see Segment; None, too, where a line holds notes alone.
    """

    number: int
    suffix: str
    turn: str
    role: str
    text: str
    start: float | None
    end: float | None
    char_start: int
    char_end: int
    words: tuple[int, int] | None = None

    @property
    def label(self) -> str:
        """What is printed and cited: "214" or "214a"."""
        return f"{self.number}{self.suffix}"


@dataclass(frozen=True)
class NumberedTurn:
    """What one speaker says until the other does. `text` is its lines joined by spaces."""

    id: str
    role: str
    start: float | None
    end: float | None
    text: str
    lines: tuple[Line, ...]
    segments: tuple[Segment, ...]


@dataclass(frozen=True)
class ModelUse:
    """A model that made the transcript: the stage, the engine's name and version, weights' name -> sha256."""

    stage: str
    engine: str
    version: str
    weights: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class TranscriptMeta:
    """What a reader must know about a transcript; nothing that identifies anybody.

    `replaced` and `flagged` count redactions by category (applied ones, and those left for a person to decide);
    `notation` holds rows (mark, meaning) for the key on the cover page; `duration` is in seconds.
    """

    duration: float | None = None
    word_count: int = 0
    tool_version: str = ""
    models: tuple[ModelUse, ...] = ()
    redaction_status: str = ""
    replaced: tuple[tuple[Category, int], ...] = ()
    flagged: tuple[tuple[Category, int], ...] = ()
    notation_name: str = "default"
    notation: tuple[tuple[str, str], ...] = ()
    notes: tuple[Note, ...] = ()
    coverage: Coverage | None = None
    quality_remarks: tuple[str, ...] = ()
    source: Literal["recording", "typed"] = "recording"


@dataclass(frozen=True)
class NumberedTranscript:
    """A whole interview as it stands on the page. `version` is "v0 unlocked", "v1", "v1 corrected", "v2", ...

    `width` is the line width in characters that was wrapped at; `short_hash` covers labels, turns, roles and texts.
    """

    id: str
    version: str
    short_hash: str
    turns: tuple[NumberedTurn, ...]
    lines: tuple[Line, ...]
    width: int
    meta: TranscriptMeta = field(default_factory=TranscriptMeta)

    @property
    def text(self) -> str:
        """The text that `char_start` and `char_end` point into: turns joined by line feeds."""
        return "\n".join(turn.text for turn in self.turns)

    @property
    def roles(self) -> tuple[str, ...]:
        """Roles that speak, in order of appearance."""
        return tuple(dict.fromkeys(turn.role for turn in self.turns))


def span_of(parts: Iterable[tuple[int, int] | None]) -> tuple[int, int] | None:
    """The first and the last word of several stretches of words, None where none has any."""
    known = [part for part in parts if part is not None]
    return (min(first for first, _ in known), max(last for _, last in known)) if known else None


def joined(segments: Iterable[Segment]) -> str:
    """The running text of segments."""
    text = ""
    for segment in segments:
        text += segment.text if segment.glued or not text else f" {segment.text}"
    return text


def hash_of(lines: Sequence[Line]) -> str:
    """sha256 (hex) over labels, turns, roles and texts of the lines: anybody can recompute it from lines and text."""
    digest = hashlib.sha256()
    for line in lines:
        digest.update(f"{line.label}\t{line.turn}\t{line.role}\t{line.text}\n".encode())
    return digest.hexdigest()


SHORT_HASH = 8
