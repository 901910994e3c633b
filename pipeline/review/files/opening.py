"""A file that somebody edited -> its paragraphs and table rows, whatever program saved it."""

from __future__ import annotations

from pathlib import Path

from pipeline.core.errors import BadInputError
from pipeline.core.paths import read_bytes
from pipeline.core.untrusted import Malformed
from pipeline.importing.docx_text import Block, blocks
from pipeline.importing.typed import MAX_BYTES, decode


def is_package(path: Path) -> bool:
    """Whether a file is an archive, as those of Word and Excel are."""
    return read_bytes(path, MAX_BYTES).startswith(b"PK")


def is_workbook(path: Path) -> bool:
    """Whether a file is an Excel workbook."""
    data = read_bytes(path, MAX_BYTES)
    return data.startswith(b"PK") and b"xl/workbook.xml" in data


def blocks_of(path: Path) -> list[Block]:
    """Paragraphs and rows of a Word document, lines of a text file.

    Raises:
        BadInputError: it is neither, empty or damaged.
    """
    data = read_bytes(path, MAX_BYTES)
    if data.startswith((b"%PDF", b"{\\rtf", b"\xd0\xcf\x11\xe0")):
        raise BadInputError(
            "this format cannot be read back", file=path, hint="save it as .docx or as plain text, then apply that"
        )
    if data.startswith(b"PK"):
        try:
            found = list(blocks(data))
        except Malformed as error:
            raise BadInputError(
                f"the Word document is damaged: {error.what}",
                file=path,
                hint="open it in Word or LibreOffice, save it as .docx and apply that",
            ) from None
    else:
        found = list(decode(data, path).splitlines())
    if not any(block.strip() if isinstance(block, str) else any(block) for block in found):
        raise BadInputError("the file is empty", file=path, hint="was it saved? Nothing was changed")
    return found


def lines_of(found: list[Block]) -> list[str]:
    """The blocks as lines: a line break in a paragraph begins a new one, the cells of a row stand side by side."""
    lines: list[str] = []
    for block in found:
        if isinstance(block, str):
            lines += block.splitlines() or [""]
        else:
            lines += " ".join(cell for cell in block if cell).splitlines() or [""]
    return lines
