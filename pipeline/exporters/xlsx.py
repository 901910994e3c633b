"""Excel workbook: a line a row, with empty columns for notes; a second sheet says what it is."""

from __future__ import annotations

import io
import re
import zipfile
from datetime import datetime
from typing import TYPE_CHECKING, Any

from pipeline.exporters import page
from pipeline.exporters.base import ExportContext, Line, NumberedTranscript, clock, column_titles
from pipeline.exporters.packing import repack

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

NO_DATE = datetime(2000, 1, 1)
_DATES = re.compile(rb"(<dcterms:(?:created|modified)[^>]*>)[^<]*(<)")
#: Sheet column -> width in characters; the text column follows the line width.
WIDTHS = {"Line": 7, "Turn": 7, "Start": 13, "End": 13, "Speaker": 9}


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
        core = archive.read("docProps/core.xml")
    return repack(data, {"docProps/core.xml": _DATES.sub(rb"\g<1>2000-01-01T00:00:00Z\2", core)})


def _lines(sheet: Worksheet, transcript: NumberedTranscript, context: ExportContext) -> None:
    from openpyxl.styles import Alignment, Font
    from openpyxl.utils import get_column_letter

    sheet.title = "Transcript"
    titles = column_titles(context)
    names: list[str] = []
    for column in context.columns:
        names += ["Line", "Turn", "Start", "End"] if column == "number" else [titles[column]]
    for position, name in enumerate(names, start=1):
        _put(sheet, 1, position, name).font = Font(bold=True)
        width = transcript.width + 4 if name == titles["text"] else WIDTHS.get(name, 36)
        sheet.column_dimensions[get_column_letter(position)].width = width
    top, wrapped = Alignment(vertical="top"), Alignment(vertical="top", wrap_text=True)
    empty = {titles["notes"], titles["statements"]}
    for row, line in enumerate(transcript.lines, start=2):
        values = _values(line, titles["text"])
        for position, name in enumerate(names, start=1):
            _put(sheet, row, position, values.get(name)).alignment = wrapped if name in empty else top
    sheet.freeze_panes = "A2"
    if transcript.lines:
        sheet.auto_filter.ref = f"A1:{get_column_letter(len(names))}{len(transcript.lines) + 1}"
    sheet.print_title_rows = "1:1"
    sheet.page_setup.orientation, sheet.page_setup.paperSize = "landscape", 9
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.oddHeader.left.text = page.title(transcript, context).replace("&", "&&")
    sheet.oddFooter.left.text = page.stamp(transcript)
    sheet.oddFooter.right.text = "Page &P of &N"


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

    rows = [*page.cover(transcript, context), ("", ""), ("Notation", ""), *transcript.meta.notation]
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
