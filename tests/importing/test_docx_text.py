"""Word documents: their text in order, whatever else stands in them."""

from __future__ import annotations

import contextlib
import io
import random
import zipfile

import docx
import pytest

from pipeline.core.untrusted import Malformed
from pipeline.importing import docx_text

SPACE = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"


def packed(body: str, before: str = "") -> bytes:
    """A real document whose main part is replaced."""
    out, old = io.BytesIO(), io.BytesIO()
    docx.Document().save(old)
    root = f'<w:document xmlns:w="{SPACE}" xmlns:m="urn:m">'
    text = f'<?xml version="1.0"?>{before}{root}<w:body>{body}</w:body></w:document>'
    with zipfile.ZipFile(old) as source, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            target.writestr(name, text if name == "word/document.xml" else source.read(name))
    return out.getvalue()


def said(text: str) -> str:
    return f"<w:p><w:r><w:t>{text}</w:t></w:r></w:p>"


def test_what_word_writes() -> None:
    document = docx.Document()
    document.add_heading("Interview")
    document.add_paragraph("I: One\ttwo\nthree")
    table = document.add_table(rows=2, cols=2)
    table.cell(0, 0).text, table.cell(0, 1).text = "I", "And then?"
    table.cell(1, 0).text, table.cell(1, 1).text = "P", "Home.\nAnd tea."
    document.add_paragraph("")
    out = io.BytesIO()
    document.save(out)
    assert list(docx_text.blocks(out.getvalue())) == [
        "Interview",
        "I: One\ttwo\nthree",
        ["I", "And then?"],
        ["P", "Home.\nAnd tea."],
        "",
    ]


def run(inside: str) -> str:
    return f"<w:p><w:r>{inside}</w:r></w:p>"


def table(cell: str) -> str:
    return f"<w:tbl><w:tr>{cell}</w:tr></w:tbl>"


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("<w:p><w:ins><w:r><w:t>put in</w:t></w:r></w:ins></w:p>", ["put in"]),
        ("<w:p><w:del><w:r><w:delText>gone</w:delText><w:t>too</w:t></w:r></w:del></w:p>", [""]),
        (f"<w:sdt><w:sdtContent>{said('in a control')}</w:sdtContent></w:sdt>", ["in a control"]),
        ("<w:p><w:hyperlink><w:r><w:t>link</w:t></w:r></w:hyperlink></w:p>", ["link"]),
        (run("<w:t>a</w:t><w:drawing><w:txbxContent><w:p/></w:txbxContent></w:drawing><w:t>b</w:t>"), ["ab"]),
        (run("<w:t>a</w:t><w:noBreakHyphen/><w:t>b</w:t><w:tab/><w:t>c</w:t><w:br/><w:t>d</w:t>"), ["a-b\tc\nd"]),
        ("<m:t>not of Word</m:t><w:p><m:t>nor this</m:t></w:p>", [""]),
        (table(f"<w:tc>{said('P')}</w:tc><w:tc>{table('<w:tc>' + said('in') + '</w:tc>')}</w:tc>"), [["P", "in"]]),
        (table(f'<w:tc><w:tcPr><w:gridSpan w:val="100000000"/></w:tcPr>{said("P: wide")}</w:tc>'), [["P: wide"]]),
    ],
)
def test_parts_of_a_text(body: str, expected: list[object]) -> None:
    assert list(docx_text.blocks(packed(body))) == expected


def test_a_table_deeper_than_any_stack_costs_what_it_holds() -> None:
    depth = 20_000
    body = "<w:tbl><w:tr><w:tc>" * depth + said("P: deep") + "</w:tc></w:tr></w:tbl>" * depth
    assert list(docx_text.blocks(packed(body))) == [["P: deep"]]


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (packed("", '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]>'), "document type"),
        (packed("<w:p>"), "text is damaged"),
        (packed(" " * (docx_text.MAX_PART + 1)), "unpacks to more"),
        (b"PK\x03\x04 not a zip", "whole archive"),
    ],
)
def test_what_is_refused(data: bytes, what: str) -> None:
    with pytest.raises(Malformed, match=what):
        list(docx_text.blocks(data))


@pytest.mark.parametrize("seed", range(100))
def test_damaged_documents_are_read_or_refused(seed: int) -> None:
    chance = random.Random(seed)
    data = bytearray(packed(said("I: And then?") + said("P: Home.")))
    if seed % 2:  # in the text rather than in the archive
        text = bytearray(said("I: And then?").encode() * 3)
        for _ in range(chance.choice([1, 3, 10])):
            text[chance.randrange(len(text))] = chance.randrange(32, 127)
        data = bytearray(packed(text.decode()))
    else:
        for _ in range(chance.choice([1, 3, 10])):
            at = chance.randrange(len(data))
            data[at : at + chance.randrange(40)] = bytes(chance.randrange(256) for _ in range(chance.randrange(40)))
    with contextlib.suppress(Malformed):
        assert all(isinstance(block, str | list) for block in docx_text.blocks(bytes(data)))
