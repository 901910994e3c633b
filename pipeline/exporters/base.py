"""What an exporter is: a function from a numbered transcript to the bytes of one file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

from pipeline.core.clock import clock
from pipeline.transcript.numbered import Line, NumberedTranscript, NumberedTurn, Segment

Column = Literal["number", "speaker", "text", "notes", "statements"]
Terms = Literal["2022", "2009"]
Paper = Literal["a4-landscape", "a4-portrait", "a3-landscape"]
NotesBy = Literal["turn", "line"]

__all__ = [
    "COLUMNS",
    "Column",
    "ExportContext",
    "Exporter",
    "Line",
    "NotesBy",
    "NumberedTranscript",
    "NumberedTurn",
    "Paper",
    "Segment",
    "Terms",
    "clock",
    "column_titles",
    "redaction_summary",
]

COLUMNS: tuple[Column, ...] = ("number", "speaker", "text", "notes", "statements")

#: The analyst's columns in the words of Smith & Nizza / Smith, Flowers & Larkin 2022, and of the 2009 edition.
TERMS: dict[Terms, dict[Column, str]] = {
    "2022": {"notes": "Exploratory notes", "statements": "Experiential statements"},
    "2009": {"notes": "Exploratory comments", "statements": "Emergent themes"},
}


@dataclass(frozen=True)
class ExportContext:
    """Choices about the files; none changes the text.

    `study` is the study code on cover and headers (may be empty), `columns` their order on the page (at least
    number, speaker and text), `terms` the edition whose words head the note columns. `paper`, `notes_by` and the
    widths (in centimetres, None to let the program choose) shape the printed page; a note cell belongs to a whole
    turn or to a single line. `timestamps` puts a time stamp before every turn of the reading copies (txt, md).
    `line_ends` is what text files are written with: "\\n", or "\\r\\n" for programs that need it. `audio` is the
    listening copy with the identifiers silenced; it is None unless the user asked for sound with --with-audio.
    """

    study: str = ""
    terms: Terms = "2022"
    columns: tuple[Column, ...] = COLUMNS
    paper: Paper = "a4-landscape"
    notes_by: NotesBy = "turn"
    note_width_cm: float | None = None
    text_width_cm: float | None = None
    timestamps: bool = False
    line_ends: Literal["\n", "\r\n"] = "\n"
    with_audio: bool = False
    audio: Path | None = None


class Exporter(Protocol):
    """Writes one format. Deterministic: the same transcript and context give the same bytes.

    Raises IpaError where the transcript cannot be written in this format, with a hint.
    """

    def __call__(self, transcript: NumberedTranscript, context: ExportContext) -> bytes:
        """The bytes of the file."""
        ...


def column_titles(context: ExportContext) -> dict[Column, str]:
    """Heading of every column."""
    return {"number": "No.", "speaker": "Speaker", "text": "Text", **TERMS[context.terms]}


def redaction_summary(transcript: NumberedTranscript) -> str:
    """ "41 identifiers replaced (PERSON 12, PLACE 9, ...); 3 left for a person to decide"."""
    meta = transcript.meta
    total = sum(count for _, count in meta.replaced)
    by_category = ", ".join(f"{category} {count}" for category, count in meta.replaced)
    text = f"{total} identifier{'' if total == 1 else 's'} replaced" + (f" ({by_category})" if by_category else "")
    flagged = sum(count for _, count in meta.flagged)
    return text + (f"; {flagged} left for a person to decide" if flagged else "")
