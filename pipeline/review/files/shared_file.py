"""Files of share/ that somebody edited: their turns, line numbers taken off, and the notes in their columns."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pipeline.core.errors import BadInputError
from pipeline.core.paths import read_bytes
from pipeline.core.untrusted import Malformed, zip_member
from pipeline.exporters.base import TERMS, Column
from pipeline.importing.docx_text import Block
from pipeline.importing.typed import MAX_BYTES
from pipeline.review.reread import Row
from pipeline.review.script import TIME

_ROLE = re.compile(r"(?P<role>[IP]\d?|\?)\s*:\s*")
_LINE = re.compile(r"\s*(?P<number>\d{1,6}[a-z]{0,2})(?=\s|$)(?P<gap>\s*)(?P<text>.*)")
_HASH = re.compile(r"^Transcript .*\b(?P<hash>[0-9a-f]{8})$")
LABEL_GAP = 3
"""Spaces between a number and the speaker, at most; where a turn goes on there are more, and "I:" would be a word."""
HASH_ROW = "Hash of the lines"
NOTES: dict[str, Column] = {title.lower(): column for terms in TERMS.values() for column, title in terms.items()}
MAX_SHEET = 60_000_000
EXPORT = "write it anew with `ipa export` and make your changes there; nothing was changed"


@dataclass
class Shared:
    """What an edited file of share/ holds. `hash` is that of the lines that it was written with ("" where it does not
    say), `notes` are (place of its first word among those of all rows' texts, column, text)."""

    rows: list[Row] = field(default_factory=list)
    hash: str = ""
    notes: list[tuple[int, Column, str]] = field(default_factory=list)

    def add(self, number: str, role: str | None, text: str, *, opens: bool) -> None:
        """A line, or some lines of a turn."""
        where = f"line {number}" if number else (self.rows[-1].where if self.rows else "the beginning")
        self.rows.append(Row(role if opens else None, text, where, opens=opens))


def of_docx(found: Sequence[Block]) -> Shared | None:
    """A Word document: the table of lines, whatever stands around it; None where there is no such table."""
    shared = Shared()
    columns: dict[str, int] = {}
    for block in found:
        if isinstance(block, str):
            continue
        heads = [" ".join(cell.split("\n")[0].split()).lower() for cell in block]
        if {"no.", "speaker", "text"} <= set(heads):
            columns = {head: n for n, head in enumerate(heads)}
        elif block and block[0] == HASH_ROW:
            shared.hash = block[-1].strip()
        elif columns and len(block) >= len({"no.", "speaker", "text"}):
            _docx_row(shared, [*block, *[""] * (len(columns) - len(block))], columns)
    return shared if columns else None


def _docx_row(shared: Shared, cells: Sequence[str], columns: dict[str, int]) -> None:
    number, speaker, text = (cells[columns[name]] for name in ("no.", "speaker", "text"))
    match = _ROLE.match(speaker)
    if not text.strip() and not match:
        return
    at = sum(len(row.text.split()) for row in shared.rows)
    shared.add(
        number.split("\n")[0].strip(), match["role"] if match else None, " ".join(text.split()), opens=bool(match)
    )
    for title, column in NOTES.items():
        if title in columns and (note := cells[columns[title]].strip()):
            shared.notes.append((at, column, note))


def is_text(lines: Sequence[str]) -> bool:
    """Whether lines are of the text file in share/."""
    return any(_HASH.match(line.strip("\ufeff ")) for line in lines[:5])


def of_text(lines: Sequence[str]) -> Shared:
    """Numbered lines of text; the heading ends with the first empty line."""
    shared = Shared()
    match = next((m for line in lines[:5] if (m := _HASH.match(line.strip("\ufeff ")))), None)
    shared.hash = match["hash"] if match else ""
    body = list(lines)
    if match:
        body = body[next((n for n, line in enumerate(body) if not line.strip()), 0) :]
    for line in body:
        if not line.strip() or TIME.fullmatch(line.strip()):
            continue
        numbered = _LINE.match(line)
        text = numbered["text"] if numbered else line.strip()
        goes_on = numbered is not None and len(numbered["gap"]) > LABEL_GAP
        role = None if goes_on else _ROLE.match(text)
        said = text[role.end() :] if role else text
        if said.strip() or role:
            shared.add(numbered["number"] if numbered else "", role["role"] if role else None, said, opens=bool(role))
    return shared


def of_workbook(path: Path) -> Shared:
    """An Excel workbook: the sheet whose columns are Line, Speaker and Text.

    Raises:
        BadInputError: there is none, or the workbook is damaged.
    """
    shared = Shared()
    for rows in sheets(path):
        head = next((n for n, row in enumerate(rows) if {"line", "speaker", "text"} <= set(_heads(row))), None)
        if head is not None:
            _sheet(shared, _heads(rows[head]), rows[head + 1 :])
        shared.hash = next((row[1] for row in rows if row and row[0] == HASH_ROW and len(row) > 1), shared.hash)
    if not shared.rows:
        raise BadInputError("no sheet has the columns Line, Speaker and Text", file=path, hint=EXPORT)
    return shared


def _heads(row: Sequence[str]) -> list[str]:
    return [cell.strip().lower() for cell in row]


def _sheet(shared: Shared, heads: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    turn, speaker, at = "", "", 0
    for cells in rows:
        row = dict(zip(heads, cells, strict=False))
        text, role = " ".join(row.get("text", "").split()), row.get("speaker", "").strip(" :")
        if not text:
            continue
        opens = not shared.rows or (row.get("turn", "") or turn) != turn or (role or speaker) != speaker
        turn, speaker = row.get("turn", "") or turn, role or speaker
        shared.add(row.get("line", "").split(".")[0], speaker, text, opens=opens)
        for title, column in NOTES.items():
            if note := row.get(title, "").strip():
                shared.notes.append((at, column, note))
        at += len(text.split())


def sheets(path: Path) -> Iterator[list[list[str]]]:
    """The sheets of a workbook as rows of text.

    Raises:
        BadInputError: it is none, damaged, or much larger than a transcript.
    """
    data = read_bytes(path, MAX_BYTES)
    try:
        zip_member(data, "xl/workbook.xml", MAX_SHEET)
        yield from _sheets(data)
    except (Malformed, KeyError, ValueError, OSError, TypeError) as error:
        what = error.what if isinstance(error, Malformed) else "it cannot be read"
        raise BadInputError(
            f"the workbook is damaged: {what}", file=path, hint="open it in Excel, save it as .xlsx and apply that"
        ) from None


def _sheets(data: bytes) -> Iterator[list[list[str]]]:
    import zipfile

    from openpyxl import load_workbook

    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        if sum(info.file_size for info in archive.infolist()) > MAX_SHEET:
            raise Malformed(f"it unpacks to more than {MAX_SHEET // 1_000_000} MB")
    workbook = load_workbook(io.BytesIO(data), read_only=True, data_only=True)
    for sheet in workbook.worksheets:
        yield [[_text(cell) for cell in row] for row in sheet.iter_rows(values_only=True)]


def _text(value: Any) -> str:
    return "" if value is None else str(value)
