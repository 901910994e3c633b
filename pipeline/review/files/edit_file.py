"""The copy for editing as a Word document or as text, and its paragraphs read back."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from typing import Any

from pipeline.core.errors import BadInputError
from pipeline.importing.typed import INTERVIEWER, PARTICIPANT
from pipeline.review.edit_copy import STAMP, Paragraph, header
from pipeline.review.reread import Row
from pipeline.review.script import TIME, key
from pipeline.review.tokens import MEND

_LABEL = re.compile(
    rf"\s*(?P<label>[^\W\d_]\w{{0,20}}(?: ?\d)?|\?)\s*:(?=\s|$)\s*(?:(?P<time>{TIME.pattern})(?=\s|$))?\s*(?P<text>.*)",
    re.DOTALL,
)
_STAMP = re.compile(rf"{STAMP} of (?P<id>\S+), (?P<stamp>[0-9a-f]{{8}})\.")
_MARKED = re.compile(r"(\{\{[^{}]*\}\})")
INDENT = 90.0
"""Points by which the text stands in from its label."""


def write_text(identifier: str, stamp: str, paragraphs: Sequence[Paragraph]) -> bytes:
    """The copy as text in UTF-8, with a mark at its beginning by which Windows knows that."""
    lines = [*header(identifier, stamp), "", *(line for p in paragraphs for line in (p.line, ""))]
    return "\r\n".join(lines).encode("utf-8-sig")


def write_docx(identifier: str, stamp: str, paragraphs: Sequence[Paragraph]) -> bytes:
    """The copy as a Word document."""
    from docx import Document
    from docx.shared import Pt

    document = Document()
    properties = document.core_properties
    properties.author = properties.last_modified_by = properties.comments = ""
    properties.title = f"{STAMP} of {identifier}"
    style = document.styles["Normal"]
    style.font.name, style.font.size = "Arial", Pt(11)
    for line in header(identifier, stamp):
        run = document.add_paragraph().add_run(line)
        run.italic, run.font.size = True, Pt(9)
    for paragraph in paragraphs:
        _add(document, paragraph)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def _add(document: Any, paragraph: Paragraph) -> None:
    from docx.shared import Pt, RGBColor

    made = document.add_paragraph()
    layout = made.paragraph_format
    layout.left_indent, layout.first_line_indent = Pt(INDENT), Pt(-INDENT)
    layout.tab_stops.add_tab_stop(Pt(INDENT))
    layout.space_after = Pt(6)
    role, _, time = paragraph.label.partition(":")
    made.add_run(f"{role}:").bold = True
    if time:
        made.add_run(time).font.color.rgb = RGBColor(0x59, 0x59, 0x59)
    made.add_run("\t")
    for text in _MARKED.split(paragraph.text):
        if text:
            run = made.add_run(text)
            if _MARKED.fullmatch(text):
                run.font.color.rgb = RGBColor(0x8B, 0x1A, 0x1A)


def stamp_of(lines: Sequence[str]) -> tuple[str, str] | None:
    """(id, stamp) of the copy that these lines are of; None where they do not say."""
    for line in lines[:20]:
        if match := _STAMP.search(line):
            return match["id"], match["stamp"]
    return None


def rows(lines: Sequence[str], roles: Sequence[str], identifier: str, stamp: str) -> list[Row]:
    """The paragraphs of an edited copy; one without a label goes on with the turn before it.

    Raises:
        BadInputError: something that is not ours stands before the first turn, or there is no turn.
    """
    ours = key(" ".join(header(identifier, stamp)))
    made: list[Row] = []
    for number, line in enumerate(lines, start=1):
        text = " ".join(line.split())
        if not text:
            continue
        where = f"paragraph {number}"
        match = _LABEL.match(line)
        role = _role(match["label"], roles) if match else None
        if match and role is not None:
            made.append(Row(role, match["text"], where))
        elif made:
            made.append(Row(None, line, where, opens=False))
        elif key(text) not in ours and not _STAMP.search(text):
            raise BadInputError(
                f"{where}: this stands before the first turn, and nobody says it",
                hint="begin it with I: or P:, or take it out; " + MEND,
            )
    if not made:
        raise BadInputError(
            "there is no turn in it", hint="give the file that `ipa edit` wrote, as you changed it; nothing was changed"
        )
    return made


def _role(label: str, roles: Sequence[str]) -> str | None:
    """The role that a label names; None where it is a word."""
    short = label.upper()
    if label in roles or re.fullmatch(r"[IP]\d?", short):
        return label if label in roles else short
    match = re.fullmatch(r"([a-z]+) ?(\d?)", label.lower())
    if match and len(match[1]) > 1 and match[1] in INTERVIEWER | PARTICIPANT:
        kind = "I" if match[1] in INTERVIEWER else "P"
        return kind + (match[2] if match[2] not in ("", "1") else "")
    return None
