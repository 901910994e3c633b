"""Word document: a cover page, then a table whose lines and numbers stay where they are.

The numbers are text, not Word's automatic ones: those are laid out anew on every machine and are missing in tables.
Number cell and text cell of a row hold the same count of explicit line breaks in the same font with the same exact
line spacing, in columns of fixed width, so that line and number cannot drift apart.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from pipeline.exporters import page
from pipeline.exporters.base import Column, ExportContext, NumberedTranscript, column_titles
from pipeline.exporters.packing import repack

if TYPE_CHECKING:
    from docx.document import Document as Word

GREY = "BFBFBF"
#: A date that says nothing: when a transcript was written is nobody's business, and bytes stay the same.
NO_DATE = datetime(2000, 1, 1)


def write(transcript: NumberedTranscript, context: ExportContext) -> bytes:
    """A .docx: landscape A4, cover page, one table; no author, no dates, no machine in its metadata."""
    from docx import Document

    document = Document()
    _scrub(document, transcript, context)
    _styles(document)
    _page_setup(document, transcript, context)
    _cover(document, transcript, context)
    _table(document, transcript, context)
    out = io.BytesIO()
    document.save(out)
    return repack(out.getvalue())


def _scrub(document: Word, transcript: NumberedTranscript, context: ExportContext) -> None:
    properties = document.core_properties
    properties.author = properties.last_modified_by = properties.comments = properties.keywords = ""
    properties.title = f"Transcript {page.title(transcript, context)}"
    properties.language = "en-GB"
    properties.created = properties.modified = NO_DATE
    package = document.part.package
    for key, relation in list(package.rels.items()):
        if relation.reltype.endswith("/thumbnail"):
            del package.rels[key]
        elif relation.reltype.endswith("/extended-properties"):
            relation.target_part._blob = (
                b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<Properties xmlns="http://schemas.'
                b'openxmlformats.org/officeDocument/2006/extended-properties"><Application>ipa-transcripts'
                b"</Application></Properties>"
            )
    settings = document.settings.element
    for old in settings.xpath("w:zoom|w:savePreviewPicture|w:rsids|w:proofState"):
        settings.remove(old)
    for setting in settings.xpath("w:compat/w:compatSetting[@w:name='compatibilityMode']"):
        setting.set(_name("w:val"), "15")
    # What people say is not a spelling mistake.
    for position, tag in enumerate(("w:hideSpellingErrors", "w:hideGrammaticalErrors")):
        settings.insert(position, _element(tag))
    settings.insert(0, _element("w:zoom", percent="100"))


def _styles(document: Word) -> None:
    from docx.shared import Pt, RGBColor

    for name, size in (("Normal", 11), ("Heading 1", 16), ("Heading 2", 12)):
        style = document.styles[name]
        style.font.name, style.font.size = page.FONT, Pt(size)
        style.font.color.rgb = RGBColor(0, 0, 0)
        fonts = style.element.rPr.rFonts
        for slot in ("w:eastAsia", "w:cs"):
            fonts.set(_name(slot), page.FONT)
        for theme in ("w:asciiTheme", "w:hAnsiTheme", "w:eastAsiaTheme", "w:cstheme"):
            fonts.attrib.pop(_name(theme), None)
    normal = document.styles["Normal"]
    normal.paragraph_format.space_before = normal.paragraph_format.space_after = Pt(0)
    language = normal.element.rPr.find(_name("w:lang"))
    if language is None:
        language = _element("w:lang")
        normal.element.rPr.append(language)
    language.set(_name("w:val"), "en-GB")


def _page_setup(document: Word, transcript: NumberedTranscript, context: ExportContext) -> None:
    from docx.enum.section import WD_ORIENT
    from docx.shared import Pt

    section = document.sections[0]
    section.orientation = WD_ORIENT.LANDSCAPE
    section.page_width, section.page_height = Pt(page.PAGE_WIDTH), Pt(page.PAGE_HEIGHT)
    section.left_margin = section.right_margin = Pt(page.MARGIN)
    section.top_margin = section.bottom_margin = Pt(54)
    section.header_distance = section.footer_distance = Pt(26)
    head = section.header.paragraphs[0]
    _two_sides(
        head,
        [f"{page.title(transcript, context)} · {transcript.meta.redaction_status}"],
        ["Page ", "PAGE", " of ", "NUMPAGES"],
    )
    _two_sides(
        section.footer.paragraphs[0], [page.stamp(transcript)], [f"ipa-transcripts {transcript.meta.tool_version}"]
    )


def _two_sides(paragraph: Any, left: Sequence[str], right: Sequence[str]) -> None:
    """A header or footer: text left, text right; PAGE and NUMPAGES become fields."""
    from docx.enum.text import WD_TAB_ALIGNMENT
    from docx.shared import Pt

    paragraph.style = "Normal"
    paragraph.paragraph_format.tab_stops.add_tab_stop(Pt(page.USABLE), WD_TAB_ALIGNMENT.RIGHT)
    for text in [*left, "\t", *right]:
        field = text in ("PAGE", "NUMPAGES")
        for part in ("begin", text, "separate", "1", "end") if field else (text,):
            run = paragraph.add_run("" if field else part)
            run.font.size = Pt(9)
            if field:
                run._r.append(_field(part))


def _field(kind: str) -> Any:
    if kind in ("begin", "separate", "end"):
        return _element("w:fldChar", fldCharType=kind)
    element = _element("w:t" if kind == "1" else "w:instrText")
    element.text = kind if kind == "1" else f" {kind} "
    return element


def _cover(document: Word, transcript: NumberedTranscript, context: ExportContext) -> None:
    from docx.enum.text import WD_BREAK
    from docx.shared import Pt

    heading = document.add_heading("Interview transcript", level=1)
    heading.paragraph_format.space_after = Pt(10)
    _pairs(document, page.cover(transcript, context), 130.0)
    heading = document.add_heading("Notation", level=2)
    heading.paragraph_format.space_before, heading.paragraph_format.space_after = Pt(14), Pt(6)
    _pairs(document, transcript.meta.notation, 160.0)
    document.add_paragraph().add_run().add_break(WD_BREAK.PAGE)


def _pairs(document: Word, pairs: Iterable[tuple[str, str]], first: float) -> None:
    widths = (first, page.USABLE - first)
    table = _new_table(document, widths, borders=False)
    for name, value in pairs:
        row = _element("w:tr")
        row.append(_with(_element("w:trPr"), _element("w:cantSplit")))
        for text, width, bold in ((name, widths[0], True), (value, widths[1], False)):
            row.append(_cell(width, [_paragraph([text], 10.0, bold=bold, before=30, after=30)]))
        table.append(row)


def _table(document: Word, transcript: NumberedTranscript, context: ExportContext) -> None:
    layout = page.layout(transcript, context)
    table = _new_table(document, tuple(layout.widths.values()), borders=True)
    titles = column_titles(context)
    header = _element("w:tr")
    height = _element("w:trHeight", val=_twips(page.HEAD_HEIGHT), hRule="exact")
    header.append(_with(_element("w:trPr"), _element("w:cantSplit"), height, _element("w:tblHeader")))
    for column, width in layout.widths.items():
        paragraphs = [_paragraph([titles[column]], 10.0, bold=True, before=40, after=0)]
        paragraphs.append(_paragraph([page.HINTS.get(column, "")], 7.0))
        header.append(_cell(width, paragraphs))
    table.append(header)
    for row in page.rows(transcript):
        table.append(_row(row, layout))
    if not transcript.turns:
        document.add_paragraph("(no speech)")


def _row(row: page.Row, layout: page.Layout) -> Any:
    texts = [line.text for line in row.lines]
    before, after = (80 if row.first else 0), (80 if row.last else 0)
    exact = layout.leading

    def paragraph(lines: Sequence[str], **options: Any) -> Any:
        return _paragraph(lines, layout.size, exact=exact, before=before, after=after, **options)

    contents: dict[Column, Any] = {
        "number": paragraph([line.label for line in row.lines], align="right"),
        "speaker": paragraph([page.speaker_of(row)], bold=row.first),
        "text": paragraph(texts, rtl=page.is_rtl(texts), scales=[layout.scale(text) for text in texts]),
        "notes": paragraph([""]),
        "statements": paragraph([""]),
    }
    element = _element("w:tr")
    element.append(_with(_element("w:trPr"), _element("w:cantSplit")))
    for column, width in layout.widths.items():
        edges = {edge for edge, there in (("top", row.first), ("bottom", row.last)) if not there}
        element.append(_cell(width, [contents[column]], without=edges))
    return element


def _new_table(document: Word, widths: Sequence[float], *, borders: bool) -> Any:
    """An empty table of fixed layout at the end of the body: its w:tbl element."""
    table = document.add_table(rows=0, cols=0)._tbl
    properties = table.tblPr
    for child in list(properties):
        properties.remove(child)
    properties.append(_element("w:tblW", w=_twips(sum(widths)), type="dxa"))
    if borders:
        lines = [_element(f"w:{edge}", val="single", sz="4", space="0", color=GREY) for edge in EDGES]
        properties.append(_with(_element("w:tblBorders"), *lines))
    properties.append(_element("w:tblLayout", type="fixed"))
    margins = [_element(f"w:{side}", w=_twips(page.PADDING), type="dxa") for side in ("left", "right")]
    properties.append(_with(_element("w:tblCellMar"), *margins))
    grid = table.tblGrid
    for width in widths:
        grid.append(_element("w:gridCol", w=_twips(width)))
    return table


EDGES = ("top", "left", "bottom", "right", "insideH", "insideV")


def _cell(width: float, paragraphs: Iterable[Any], without: Iterable[str] = ()) -> Any:
    properties = _with(_element("w:tcPr"), _element("w:tcW", w=_twips(width), type="dxa"))
    edges = [_element(f"w:{edge}", val="nil") for edge in ("top", "bottom") if edge in without]
    if edges:
        properties.append(_with(_element("w:tcBorders"), *edges))
    return _with(_element("w:tc"), properties, *paragraphs)


def _paragraph(
    lines: Sequence[str],
    size: float,
    *,
    bold: bool = False,
    exact: float | None = None,
    before: int = 0,
    after: int = 0,
    align: str = "",
    rtl: bool = False,
    scales: Sequence[int] = (),
) -> Any:
    """A paragraph of lines with explicit breaks; `before` and `after` in twentieths of a point, `scales` in percent."""
    properties = _element("w:pPr")
    if rtl:
        properties.append(_element("w:bidi"))
    spacing = {"before": str(before), "after": str(after)}
    if exact is not None:
        spacing |= {"line": _twips(exact), "lineRule": "exact"}
    properties.append(_element("w:spacing", **spacing))
    if align:
        properties.append(_element("w:jc", val=align))
    paragraph = _with(_element("w:p"), properties)
    for n, line in enumerate(lines):
        run = _element("w:r")
        run.append(_run_properties(size, bold=bold, rtl=rtl, scale=scales[n] if scales else 100))
        if n:
            run.append(_element("w:br"))
        text = _element("w:t")
        text.text = line
        text.set("{http://www.w3.org/XML/1998/namespace}space", "preserve")
        paragraph.append(_with(run, text))
    return paragraph


def _run_properties(size: float, *, bold: bool, rtl: bool, scale: int) -> Any:
    """Run properties in the order that the schema wants."""
    properties = _element("w:rPr")
    if bold:
        properties.append(_element("w:b"))
    if scale != 100:
        properties.append(_element("w:w", val=str(scale)))
    for tag in ("w:sz", "w:szCs"):
        properties.append(_element(tag, val=str(round(size * 2))))
    if rtl:
        properties.append(_element("w:rtl"))
    return properties


def _twips(points: float) -> str:
    return str(round(points * 20))


def _name(tag: str) -> str:
    from docx.oxml.ns import qn

    return str(qn(tag))


def _element(tag: str, **attributes: str) -> Any:
    from docx.oxml import OxmlElement

    element = OxmlElement(tag)
    for key, value in attributes.items():
        element.set(_name(f"w:{key}"), value)
    return element


def _with(parent: Any, *children: Any) -> Any:
    for child in children:
        parent.append(child)
    return parent
