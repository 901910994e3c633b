"""The text of a Word document, paragraph by paragraph, row by row.

Read in one pass over its main part, so that a table that claims a hundred million columns costs no more than what it
holds. Text that was inserted with changes tracked and text in content controls is part of it; deleted text, drawings,
notes and headers are not (ECMA-376, part 1, 17.3). Where the end of a paragraph was deleted so, the next one goes on
with it, as Word shows it once the changes are accepted (17.13.5.15).
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from typing import Any
from xml.parsers import expat

from pipeline.core.untrusted import Malformed, zip_member

MAX_PART = 30_000_000
"""Bytes of the main part, unpacked: some three times what the longest interview takes."""
_CHUNK = 1 << 16
_MAIN = frozenset(
    [
        "http://schemas.openxmlformats.org/wordprocessingml/2006/main",
        "http://purl.oclc.org/ooxml/wordprocessingml/main",
    ]
)
_SIGNS = {"tab": "\t", "br": "\n", "cr": "\n", "noBreakHyphen": "-", "ptab": "\t"}
#: What stands outside the running text, and what is repeated for older programs.
_ASIDE = frozenset(["drawing", "pict", "object", "AlternateContent", "txbxContent", "del", "moveFrom"])

Block = str | list[str]


def blocks(data: bytes) -> Iterator[Block]:
    """Paragraphs (text) and table rows (the texts of their cells) in their order; of tables in tables the text goes to
    the outer cell.

    Raises:
        Malformed: not a Word document, damaged, or unpacking to more than MAX_PART.
    """
    reader = _Reader()
    for piece in _parsed(zip_member(data, _main_part(data), MAX_PART), reader):
        yield from piece


class _Reader:
    """Collects text between the elements that hold it."""

    def __init__(self) -> None:
        self.done: list[Block] = []
        self._aside = 0
        self._tables = 0
        self._row: list[str] | None = None
        self._cell: list[str] = []
        self._text: list[str] = []
        self._said = False
        self._path: list[str] = []
        self._joined = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """An element begins."""
        space, _, name = name.rpartition(" ")
        self._path.append(name)
        if name in ("del", "moveFrom") and self._path[-3:-1] == ["pPr", "rPr"]:
            self._joined = True
        if self._aside or name in _ASIDE:
            self._aside += 1
        elif space not in _MAIN:
            return
        elif name == "t":
            self._said = True
        elif name == "tbl":
            self._tables += 1
        elif name == "tr" and self._tables == 1:
            self._row = []
        elif name == "tc" and self._tables == 1:
            self._cell = []
        elif name == "p":
            self._text, self._joined = (self._text if self._joined else []), False
        elif name in _SIGNS:
            self._text.append(_SIGNS[name])

    def text(self, text: str) -> None:
        """Characters."""
        if self._said:
            self._text.append(text)

    def end(self, name: str) -> None:
        """An element ends."""
        space, _, name = name.rpartition(" ")
        self._path.pop()
        self._said = False
        if self._aside:
            self._aside -= 1
        elif space not in _MAIN:
            return
        elif name == "p":
            if not self._joined:
                (self.done if self._row is None else self._cell).append("".join(self._text))
        elif name == "tc" and self._tables == 1 and self._row is not None:
            if self._joined:  # there is nothing in this cell to go on with
                self._cell.append("".join(self._text))
                self._joined = False
            self._row.append("\n".join(self._cell).strip())
        elif name == "tr" and self._tables == 1 and self._row is not None:
            self.done.append(self._row)
            self._row = None
        elif name == "tbl":
            self._tables -= 1
        elif name == "body" and self._joined:
            self.done.append("".join(self._text))


class _Relations:
    """Finds the part that holds the text among a package's relationships."""

    def __init__(self) -> None:
        self.done: list[Block] = []

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """An element begins."""
        if name.endswith(" Relationship") and attributes.get("Type", "").endswith("/officeDocument"):
            self.done.append(posixpath.normpath(attributes.get("Target", "").lstrip("/")))

    def text(self, text: str) -> None:
        """Characters."""

    def end(self, name: str) -> None:
        """An element ends."""


def _main_part(data: bytes) -> str:
    parts = _parsed(zip_member(data, "_rels/.rels", 1_000_000), _Relations())
    for name in (name for piece in parts for name in piece):
        return str(name)
    raise Malformed("it is not a Word document")


def _parsed(xml: bytes, reader: _Reader | _Relations) -> Iterator[list[Block]]:
    """What `reader` yields as the XML is parsed.

    Raises:
        Malformed: not well-formed, or with a document type declaration, which only an attack has here.
    """
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartElementHandler, parser.EndElementHandler = reader.start, reader.end
    parser.CharacterDataHandler = reader.text
    parser.StartDoctypeDeclHandler = _refuse
    try:
        for at in range(0, len(xml) + 1, _CHUNK):
            parser.Parse(xml[at : at + _CHUNK], at + _CHUNK > len(xml))
            done, reader.done = reader.done, []
            yield done
    except expat.ExpatError:
        raise Malformed("its text is damaged") from None


def _refuse(*_: Any) -> None:
    raise Malformed("it declares a document type")
