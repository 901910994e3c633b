"""Excel workbook: one line a row, with empty columns for notes; a second sheet says how the transcript was made."""

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
#: The row with the names of the columns; the row above says what the workbook is.
HEADER_ROW = 2
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
    _put(sheet, 1, 1, _status(transcript, context)).font = Font(italic=True)
    for position, name in enumerate(names, start=1):
        _put(sheet, HEADER_ROW, position, name).font = Font(bold=True)
        width = transcript.width + 4 if name == titles["text"] else WIDTHS.get(name, 36)
        sheet.column_dimensions[get_column_letter(position)].width = width
    top, wrapped = Alignment(vertical="top"), Alignment(vertical="top", wrap_text=True)
    alignments = {"Turn": Alignment(vertical="top", horizontal="center")}
    alignments |= {titles[column]: wrapped for column in ("notes", "statements")}
    styles: dict[str, Any] = {}  # cells of a column share one: to find each its own takes as long as all the rest
    for row, line in enumerate(transcript.lines, start=HEADER_ROW + 1):
        values = _values(line, titles["text"])
        for position, name in enumerate(names, start=1):
            cell = _put(sheet, row, position, values.get(name))
            if name in styles:
                cell._style = styles[name]
            else:
                cell.alignment = alignments.get(name, top)
                styles[name] = cell._style
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
