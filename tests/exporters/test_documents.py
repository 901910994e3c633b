"""docx, pdf, xlsx: read back by python-docx, pypdf and openpyxl, and laid out by LibreOffice."""

from __future__ import annotations

import io
import re
import shutil
import subprocess
import unicodedata
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pipeline.exporters import docx, page, pdf, xlsx
from pipeline.exporters.base import COLUMNS, ExportContext
from pipeline.transcript.lines import NumberedTranscript
from pipeline.transcript.numbered import ModelUse
from tests import invented
from tests.exporters.pages import CASES, NAMES, reference, rows

CONTEXT = ExportContext(study="PSW-IPA")


def word(data: bytes) -> Any:
    from docx import Document

    return Document(io.BytesIO(data))


def table_rows(data: bytes) -> list[list[str]]:
    """Cells of the transcript's table, the header first."""
    table = word(data).tables[2]
    namespace = {"w": "http://schemas.openxmlformats.org/wordprocessingml/2006/main"}
    found = []
    for row in table._tbl.findall("w:tr", namespace):
        found.append(
            [
                "\n".join(_paragraph(p) for p in cell.findall("w:p", namespace))
                for cell in row.findall("w:tc", namespace)
            ]
        )
    return found


def _paragraph(paragraph: Any) -> str:
    from docx.text.paragraph import Paragraph

    return str(Paragraph(paragraph, None).text)


def lines_of(data: bytes, *, number: int = 0, text: int = 2) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for cells in table_rows(data)[1:]:
        labels, texts = cells[number].split("\n"), cells[text].split("\n")
        assert len(labels) == len(texts)
        found += zip(labels, texts, strict=True)
    return found


@pytest.mark.parametrize("name", NAMES)
def test_word_has_the_same_lines(name: str) -> None:
    assert lines_of(docx.write(CASES[name], CONTEXT)) == rows(CASES[name])


def test_word_has_the_same_lines_of_a_real_interview() -> None:
    transcript = reference()
    assert lines_of(docx.write(transcript, CONTEXT)) == rows(transcript)


def test_word_columns_follow_the_settings() -> None:
    context = ExportContext(terms="2009", columns=("statements", "text", "number", "speaker", "notes"))
    data = docx.write(CASES["invented"], context)
    header = [cell.split("\n")[0] for cell in table_rows(data)[0]]
    assert header == ["Emergent themes", "Text", "No.", "Speaker", "Exploratory comments"]
    assert lines_of(data, number=2, text=1) == rows(CASES["invented"])
    narrow = docx.write(CASES["invented"], ExportContext(columns=("number", "speaker", "text")))
    assert len(table_rows(narrow)[0]) == 3


def test_word_rows_may_break_across_pages_and_name_the_speaker_again() -> None:
    data = docx.write(CASES["a turn of 9,000 words"], CONTEXT)
    body = zipfile.ZipFile(io.BytesIO(data)).read("word/document.xml").decode()
    cells = table_rows(data)
    assert max(cell[0].count("\n") + 1 for cell in cells[1:]) <= page.ROW_LINES
    speakers = [name for cell in cells[1:] for name in (cell[1].split("\n") + [""] * 60)[: cell[0].count("\n") + 1]]
    assert speakers[0] == "P:"
    assert [n for n, name in enumerate(speakers) if name] == list(range(0, len(speakers), page.REPEAT_SPEAKER))
    assert set(speakers[1:]) == {"", "(P)"}
    table = body[body.index("<w:tblBorders>") :]
    header, *others = table[: table.index("</w:tbl>")].split("<w:tr>")[1:]
    assert "<w:cantSplit/>" in header
    assert "<w:tblHeader/>" in header
    assert not any("<w:cantSplit/>" in row or "<w:tblHeader/>" in row for row in others)
    assert body.count('<w:widowControl w:val="0"/>') >= 5 * len(others)
    assert body.count('w:type="fixed"') == 4


def test_word_notes_by_line_give_every_line_a_row_with_note_cells() -> None:
    data = docx.write(CASES["invented"], ExportContext(notes_by="line"))
    assert lines_of(data) == rows(CASES["invented"])
    cells = table_rows(data)[1:]
    assert all("\n" not in cell for row in cells for cell in row)
    assert [row[1] for row in cells] == [
        f"{line.role}:" if line is turn.lines[0] else "" for turn in CASES["invented"].turns for line in turn.lines
    ]
    body = zipfile.ZipFile(io.BytesIO(data)).read("word/document.xml").decode()
    assert "<w:tcBorders>" not in body


@pytest.mark.parametrize(
    ("paper", "size", "orientation"),
    [("a4-landscape", (842, 595), 1), ("a4-portrait", (595, 842), 0), ("a3-landscape", (1191, 842), 1)],
)
def test_paper_follows_the_settings(paper: Any, size: tuple[int, int], orientation: int) -> None:
    from openpyxl import load_workbook
    from pypdf import PdfReader

    context = ExportContext(paper=paper)
    section = word(docx.write(CASES["invented"], context)).sections[0]
    assert (round(section.page_width.pt), round(section.page_height.pt)) == size
    assert section.orientation == orientation
    box = PdfReader(io.BytesIO(pdf.write(CASES["invented"], context))).pages[0].mediabox
    assert (round(box.width), round(box.height)) == size
    sheet = load_workbook(io.BytesIO(xlsx.write(CASES["invented"], context)))["Transcript"]
    assert sheet.page_setup.orientation == paper.split("-")[1]
    assert sheet.page_setup.paperSize == {"a4": 9, "a3": 8}[paper.split("-")[0]]


@pytest.mark.parametrize(
    ("choices", "widths"),
    [
        ({"note_width_cm": 7.0}, {"notes": 7.0, "statements": 7.0}),
        ({"text_width_cm": 14.0}, {"text": 14.0}),
        ({"note_width_cm": 4.0, "text_width_cm": 13.0}, {"text": 13.0, "notes": 4.0, "statements": 4.0}),
    ],
)
def test_widths_follow_the_settings(choices: dict[str, Any], widths: dict[Any, float]) -> None:
    transcript, context = reference(), ExportContext(**choices)
    layout = page.layout(transcript, context)
    assert {name: layout.widths[name] / page.POINTS_PER_CM for name in widths} == pytest.approx(widths)
    assert sum(layout.widths.values()) <= page.usable(context) + 1e-6
    assert lines_of(docx.write(transcript, context)) == rows(transcript)
    each_on_one_line(transcript, pdf.write(transcript, context))


def test_an_hour_takes_fewer_than_45_pages_and_notes_keep_more_than_five_centimetres() -> None:
    from pypdf import PdfReader

    transcript = invented.numbered(invented.hour())
    assert transcript.meta.word_count > 10_000
    layout = page.layout(transcript, CONTEXT)
    assert min(layout.widths["notes"], layout.widths["statements"]) > 5 * page.POINTS_PER_CM
    assert len(PdfReader(io.BytesIO(pdf.write(transcript, CONTEXT))).pages) < 45


@pytest.mark.slow
@pytest.mark.parametrize("paper", page.PAPERS)
def test_pages_within_a_long_turn_are_full(paper: Any) -> None:
    """Rows break between lines; a page on which one row ends and the next begins may lose a few."""
    from pypdf import PdfReader

    transcript = CASES["a turn of 9,000 words"]
    pages = PdfReader(io.BytesIO(pdf.write(transcript, ExportContext(paper=paper)))).pages
    counts = [len(re.findall(r"word(?: word)+", each.extract_text())) for each in pages[1:-2]]
    assert len(counts) > 10
    assert min(counts) >= 0.85 * max(counts)


def test_word_cover_header_and_metadata() -> None:
    data = docx.write(CASES["invented"], CONTEXT)
    document = word(data)
    cover = {row.cells[0].text: row.cells[1].text for row in document.tables[0].rows}
    about = {row.cells[0].text: row.cells[1].text for row in document.tables[3].rows}
    assert cover["Study"] == "PSW-IPA"
    assert cover["Participant"] == "P00"
    assert cover["Duration"] == "00:00:47"
    assert "104 words" in cover["Length"]
    assert "whisper-base" in about["Made with"]
    assert about["Hash of the lines"] == CASES["invented"].short_hash
    assert not any("sha256" in value for value in cover.values())
    assert "not yet checked by a person" in cover["De-identification"]
    key = [row.cells[0].text for row in document.tables[1].rows]
    assert "(pause 4s)" in key
    properties = document.core_properties
    assert (properties.author, properties.last_modified_by, properties.comments) == ("", "", "")
    for moment in (properties.created, properties.modified):
        assert moment.replace(tzinfo=None) == docx.NO_DATE
    header = document.sections[0].header._element.xml
    assert " PAGE " in header
    assert " NUMPAGES " in header
    assert CASES["invented"].short_hash in document.sections[0].footer.paragraphs[0].text
    names = zipfile.ZipFile(io.BytesIO(data)).namelist()
    assert not any("thumbnail" in name for name in names)


def test_pages_do_not_depend_on_whether_the_emit_stage_is_recorded_yet() -> None:
    before = CASES["invented"]
    emitted = ModelUse("emit", "ipa-transcripts", "3")
    after = replace(before, meta=replace(before.meta, models=(*before.meta.models, emitted)))
    assert after.meta.models != before.meta.models
    for write in (docx.write, pdf.write, xlsx.write):
        assert write(after, CONTEXT) == write(before, CONTEXT)


@pytest.mark.parametrize("lines", range(14, 30))
def test_pdf_keeps_how_it_was_made_on_one_page(lines: int) -> None:
    from pypdf import PdfReader

    from tests import builders
    from tests.exporters.pages import transcript

    made = transcript(builders.typed([("P", "w " * lines * 10)]), width=20)
    texts = [each.extract_text() for each in PdfReader(io.BytesIO(pdf.write(made, CONTEXT))).pages]
    (about,) = [text for text in texts if "About this transcript" in text]
    assert "Hash of the lines" in about


def test_word_columns_are_wide_enough() -> None:
    for name in NAMES:
        transcript = CASES[name]
        layout = page.layout(transcript, CONTEXT)
        assert sum(layout.widths.values()) == pytest.approx(page.usable(CONTEXT))
        assert tuple(layout.widths) == COLUMNS
        room = layout.widths["text"] - 2 * page.PADDING
        for line in transcript.lines:
            needed = page.text_width(line.text, layout.size)
            if len(line.text) <= transcript.width and name not in ("wide", "capitals", "wide lines"):
                assert needed * page.SLACK <= room + 1e-6
            assert needed * layout.scale(line.text) / 100 <= room


def test_overlong_tokens_are_condensed_to_one_line() -> None:
    layout = page.layout(CASES["one word of 300 letters"], CONTEXT)
    assert layout.scale("a" * 300) < 40
    assert layout.scale("it was") == 100


@pytest.mark.parametrize("count", [1, 59, 60, 61, 125, 300])
def test_turns_are_divided_evenly(count: int) -> None:
    from tests import builders
    from tests.exporters.pages import transcript

    parts = page.rows(transcript(builders.typed([("P", "w " * count * 10)]), width=20), CONTEXT)
    sizes = [len(part.lines) for part in parts]
    assert sum(sizes) == count
    assert max(sizes) - min(sizes) <= 1
    assert [part.first for part in parts] == [n == 0 for n in range(len(parts))]
    assert [part.last for part in parts] == [n == len(parts) - 1 for n in range(len(parts))]


def layout_text(data: bytes) -> list[str]:
    """Rows of a PDF's pages as they lie on paper, blanks single."""
    from pypdf import PdfReader

    pages = PdfReader(io.BytesIO(data)).pages
    text = "\n".join(p.extract_text(extraction_mode="layout", layout_mode_space_vertically=False) for p in pages)
    return [" ".join(unicodedata.normalize("NFKC", row).split()) for row in text.split("\n")]


def each_on_one_line(transcript: NumberedTranscript, data: bytes) -> None:
    """Every line beside its number, and nothing between."""
    found = layout_text(data)
    at = 0
    for line in transcript.lines:
        text = " ".join(unicodedata.normalize("NFKC", line.text).split())
        pattern = re.compile(rf"{line.label} (\(?{line.role}:?\)? )?{re.escape(text)}")
        while at < len(found) and not pattern.fullmatch(found[at]):
            at += 1
        assert at < len(found), f"line {line.label} is not on one line"


PLAIN = [name for name in NAMES if name not in ("right to left", "wide", "odd signs")]


@pytest.mark.parametrize("name", PLAIN)
def test_pdf_keeps_every_line_beside_its_number(name: str) -> None:
    each_on_one_line(CASES[name], pdf.write(CASES[name], CONTEXT))


def test_pdf_keeps_every_line_of_a_real_interview() -> None:
    transcript = reference()
    each_on_one_line(transcript, pdf.write(transcript, CONTEXT))


@pytest.mark.parametrize("name", NAMES)
def test_pdf_is_tagged_searchable_and_says_nothing_about_its_maker(name: str) -> None:
    from pypdf import PdfReader

    data = pdf.write(CASES[name], CONTEXT)
    reader = PdfReader(io.BytesIO(data))
    assert reader.trailer["/Root"]["/MarkInfo"]["/Marked"]  # type: ignore[index]
    assert reader.trailer["/Root"]["/Lang"] == "en-GB"  # type: ignore[index]
    info = dict(reader.metadata or {})
    assert info.get("/Title") == f"Transcript PSW-IPA · {CASES[name].id}"
    assert not {"/Author", "/CreationDate", "/ModDate"} & set(info)
    fonts = [font["/DescendantFonts"][0].get_object()["/FontDescriptor"] for p in reader.pages for font in _fonts(p)]
    assert fonts
    assert all("/FontFile3" in font or "/FontFile2" in font for font in fonts)
    assert f"Page 1 of {len(reader.pages)}" in reader.pages[0].extract_text()


def _fonts(pdf_page: Any) -> list[Any]:
    return [font.get_object() for font in pdf_page["/Resources"].get("/Font", {}).values()]


def test_pdf_text_is_never_markup() -> None:
    text = "\n".join(layout_text(pdf.write(CASES["odd signs"], CONTEXT)))
    for piece in ("<b>&amp; ]]> #x *y* `z`", "$x$ @ref _u_", "=1+1"):
        assert piece in text


@pytest.mark.parametrize("name", NAMES)
def test_excel_has_the_same_lines(name: str) -> None:
    from openpyxl import load_workbook

    book = load_workbook(io.BytesIO(xlsx.write(CASES[name], CONTEXT)))
    sheet = book["Transcript"]
    status, header, *body = list(sheet.iter_rows(values_only=True))
    assert str(status[0]).endswith(CASES[name].meta.redaction_status)
    assert CASES[name].meta.redaction_status in (sheet.oddHeader.left.text or "")
    assert header == ("Line", "Turn", "Start", "End", "Speaker", "Text", "Exploratory notes", "Experiential statements")
    assert [(str(row[0]), row[5]) for row in body] == rows(CASES[name])
    assert all(cell.data_type != "f" for row in sheet.iter_rows() for cell in row)
    assert sheet.freeze_panes == "A3"
    assert (book.properties.creator or "") == ""
    assert book.properties.created == book.properties.modified == xlsx.NO_DATE
    assert book["About"]["B2"].value == CASES[name].id


@pytest.mark.parametrize("name", NAMES)
def test_excel_rows_are_what_openpyxl_would_write(name: str) -> None:
    from openpyxl import load_workbook

    def sheet(data: bytes) -> list[bytes]:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return re.findall(rb"<row.*?</row>|<dimension.*?>", archive.read(xlsx.SHEET), re.DOTALL)

    ours = xlsx.write(CASES[name], CONTEXT)
    theirs = io.BytesIO()
    load_workbook(io.BytesIO(ours)).save(theirs)
    assert sheet(ours) == sheet(theirs.getvalue())
    assert len(sheet(ours)) == len(CASES[name].lines) + xlsx.HEADER_ROW + 1


def test_excel_columns_follow_the_settings() -> None:
    from openpyxl import load_workbook

    context = ExportContext(terms="2009", columns=("notes", "number", "speaker", "text", "statements"))
    sheet = load_workbook(io.BytesIO(xlsx.write(CASES["invented"], context)))["Transcript"]
    header = next(sheet.iter_rows(min_row=xlsx.HEADER_ROW, values_only=True))
    assert header == ("Exploratory comments", "Line", "Turn", "Start", "End", "Speaker", "Text", "Emergent themes")


@pytest.fixture(scope="module")
def soffice() -> str:
    found = shutil.which("soffice") or shutil.which("libreoffice")
    if found is None:
        pytest.skip("needs LibreOffice (apt-get install libreoffice-writer)")
    return found


@pytest.mark.slow
def test_libreoffice_keeps_every_line_on_one_line(soffice: str, tmp_path: Path) -> None:
    """The DOCX as LibreOffice lays it out: every line beside its number, in as many pages as the PDF."""
    from pypdf import PdfReader

    names = {f"case{n}": name for n, name in enumerate(PLAIN)}
    for stem, name in names.items():
        (tmp_path / f"{stem}.docx").write_bytes(docx.write(CASES[name], CONTEXT))
    command = [soffice, f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}", "--headless", "--convert-to", "pdf"]
    files = [str(tmp_path / f"{stem}.docx") for stem in names]
    subprocess.run([*command, "--outdir", str(tmp_path), *files], check=True, capture_output=True, timeout=300)
    for stem, name in names.items():
        data = (tmp_path / f"{stem}.pdf").read_bytes()
        each_on_one_line(CASES[name], data)
        ours = len(PdfReader(io.BytesIO(pdf.write(CASES[name], CONTEXT))).pages)
        assert abs(len(PdfReader(io.BytesIO(data)).pages) - ours) <= 1
