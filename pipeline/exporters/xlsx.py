"""Excel workbook: one line a row, with empty columns for notes; a second sheet says how the transcript was made."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape

from pipeline.exporters import page
from pipeline.exporters.base import ExportContext, Line, NumberedTranscript, clock, column_titles
from pipeline.exporters.packing import repack

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

NO_DATE = datetime(2000, 1, 1)
_DATES = re.compile(rb"(<dcterms:(?:created|modified)[^>]*>)[^<]*(<)")
#: Sheet column -> width in characters; the text column follows the line width.
WIDTHS = {"Line": 7, "Turn": 7, "Start": 13, "End": 13, "Speaker": 9}
#: The row with the names of the columns; the row above says what the workbook is.
HEADER_ROW = 2
SHEET = "xl/worksheets/sheet1.xml"
_EXAMPLE = re.compile(rb'(<row r="3">.*?</row>)', re.DOTALL)
_STYLE = re.compile(rb's="(\d+)"')
#: Codes of paper sizes in SpreadsheetML (ST_PaperSize).
PAPER_SIZES = {"a4": 9, "a3": 8}


def write(transcript: NumberedTranscript, context: ExportContext) -> bytes:
    """An .xlsx with the sheets "Transcript" and "About"; no author and no dates in its metadata."""
    from openpyxl import Workbook

    workbook = Workbook()
    workbook.properties.creator = ""
    workbook.properties.created = NO_DATE
    workbook.properties.title = f"Transcript {page.title(transcript, context)}"
    _lines(workbook.active, transcript, context)
    _about(workbook.create_sheet("About"), transcript, context)
    out = io.BytesIO()
    workbook.save(out)
    data = out.getvalue()
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        core, sheet = archive.read("docProps/core.xml"), archive.read(SHEET)
    dated = _DATES.sub(rb"\g<1>2000-01-01T00:00:00Z\2", core)
    return repack(data, {"docProps/core.xml": dated, SHEET: _filled(sheet, transcript, context)})


def _names(context: ExportContext) -> list[str]:
    """The columns of the sheet."""
    titles = column_titles(context)
    names: list[str] = []
    for column in context.columns:
        names += ["Line", "Turn", "Start", "End"] if column == "number" else [titles[column]]
    return names


def _lines(sheet: Worksheet, transcript: NumberedTranscript, context: ExportContext) -> None:
    """The sheet with an example of the rows that `_filled` puts in."""
    from openpyxl.styles import Alignment, Font
    from openpyxl.utils import get_column_letter

    sheet.title = "Transcript"
    titles, names = column_titles(context), _names(context)
    _put(sheet, 1, 1, _status(transcript, context)).font = Font(italic=True)
    for position, name in enumerate(names, start=1):
        _put(sheet, HEADER_ROW, position, name).font = Font(bold=True)
        width = transcript.width + 4 if name == titles["text"] else WIDTHS.get(name, 36)
        sheet.column_dimensions[get_column_letter(position)].width = width
    top, wrapped = Alignment(vertical="top"), Alignment(vertical="top", wrap_text=True)
    alignments = {"Turn": Alignment(vertical="top", horizontal="center")}
    alignments |= {titles[column]: wrapped for column in ("notes", "statements")}
    for position, name in enumerate(names, start=1) if transcript.lines else ():
        sheet.cell(row=HEADER_ROW + 1, column=position).alignment = alignments.get(name, top)
    sheet.freeze_panes = f"A{HEADER_ROW + 1}"
    if transcript.lines:
        last = f"{get_column_letter(len(names))}{len(transcript.lines) + HEADER_ROW}"
        sheet.auto_filter.ref = f"A{HEADER_ROW}:{last}"
    sheet.print_title_rows = f"{HEADER_ROW}:{HEADER_ROW}"
    paper, orientation = context.paper.split("-")
    sheet.page_setup.orientation, sheet.page_setup.paperSize = orientation, PAPER_SIZES[paper]
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.oddHeader.left.text = _status(transcript, context).replace("&", "&&")
    sheet.oddFooter.left.text = page.stamp(transcript)
    sheet.oddFooter.right.text = "Page &P of &N"


def _filled(sheet: bytes, transcript: NumberedTranscript, context: ExportContext) -> bytes:
    """The XML of the sheet with a row for every line in place of the example, as openpyxl would write them: cells as
    objects take ten times as long, and there are a hundred thousand in a day's talk."""
    if not transcript.lines:
        return sheet
    before, example, after = _EXAMPLE.split(sheet, maxsplit=1)
    end = len(transcript.lines) + HEADER_ROW
    before = re.sub(rb'(<dimension ref="A1:[A-Z]+)3"', rb'\g<1>%d"' % end, before)
    out = io.BytesIO(before)
    out.seek(0, io.SEEK_END)
    out.writelines(_rows(transcript, context, [style.decode() for style in _STYLE.findall(example)]))
    out.write(after)
    return out.getvalue()


def _rows(transcript: NumberedTranscript, context: ExportContext, styles: list[str]) -> Iterator[bytes]:
    from openpyxl.utils import get_column_letter

    names, text = _names(context), column_titles(context)["text"]
    letters = [get_column_letter(position) for position in range(1, len(names) + 1)]
    for row, line in enumerate(transcript.lines, start=HEADER_ROW + 1):
        values = _values(line, text)
        cells = (
            f'<c r="{letter}{row}" s="{style}" {_content(values.get(name))}</c>'
            for letter, style, name in zip(letters, styles, names, strict=True)
        )
        yield f'<row r="{row}">{"".join(cells)}</row>'.encode("ascii", "xmlcharrefreplace")


def _content(value: str | int | None) -> str:
    """Type and value of a cell. Text is said to be text: a line that begins with = is speech, not a formula."""
    if isinstance(value, str):
        space = ' xml:space="preserve"' if value != value.strip() else ""
        return f't="inlineStr"><is><t{space}>{escape(value)}</t></is>'
    return 't="n">' + ("" if value is None else f"<v>{value}</v>")


def _status(transcript: NumberedTranscript, context: ExportContext) -> str:
    """The heading of the workbook: title and state of de-identification."""
    return f"{page.title(transcript, context)} · {transcript.version} · {transcript.meta.redaction_status}"


def _values(line: Line, text: str) -> dict[str, Any]:
    return {
        "Line": line.label if line.suffix else line.number,
        "Turn": line.turn,
        "Start": None if line.start is None else clock(line.start, millis=True),
        "End": None if line.end is None else clock(line.end, millis=True),
        "Speaker": line.role,
        text: line.text,
    }


def _about(sheet: Worksheet, transcript: NumberedTranscript, context: ExportContext) -> None:
    from openpyxl.styles import Font

    rows = [*page.facts(transcript, context), ("", ""), ("Notation", ""), *transcript.meta.notation]
    rows += [("", ""), ("About this transcript", ""), *page.provenance(transcript)]
    for row, (name, value) in enumerate(rows, start=1):
        _put(sheet, row, 1, name).font = Font(bold=True)
        _put(sheet, row, 2, value)
    sheet.column_dimensions["A"].width, sheet.column_dimensions["B"].width = 22, 100


def _put(sheet: Worksheet, row: int, column: int, value: Any) -> Any:
    cell = sheet.cell(row=row, column=column)
    cell.value = value
    if isinstance(value, str):
        cell.data_type = "s"  # a line that begins with = is speech, not a formula
    return cell
