"""Word document: a cover page, a table in which every line keeps its number, and how the transcript was made.

The line numbers are text, because Word computes automatic ones anew on every machine and has none in tables.
The number, speaker and text cells of a row have the same number of lines, with explicit line breaks, in one font with
the same exact line spacing and in columns of fixed width. A line therefore stays beside its number, even where a row
breaks across pages.
"""

from __future__ import annotations

import functools
import io
import zipfile
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape, quoteattr

from pipeline.exporters import page
from pipeline.exporters.base import Column, ExportContext, NumberedTranscript, column_titles
from pipeline.exporters.packing import repack

if TYPE_CHECKING:
    from docx.document import Document as Word

GREY = "BFBFBF"
#: Instead of the real date, which may say when the interview was and would make every export differ.
BODY = "word/document.xml"
#: Stands where the rows of a table will; no text is an instruction to a program.
MARK = "<?rows ?>"
NO_DATE = datetime(2000, 1, 1)


def write(transcript: NumberedTranscript, context: ExportContext) -> bytes:
    """A .docx of the paper that `context` names; no author, dates or machine in its metadata."""
    from docx import Document

    document = Document()
    _scrub(document, transcript, context)
    _styles(document)
    _page_setup(document, transcript, context)
    tables = [
        *_cover(document, transcript, context),
        _table(document, transcript, context),
        _about(document, transcript, context),
    ]
    out = io.BytesIO()
    document.save(out)
    return repack(out.getvalue(), {BODY: _filled(out, tables)})


def _filled(package: io.BytesIO, tables: Sequence[Sequence[str]]) -> bytes:
    """The body with the rows of its tables in place of their marks (see `_new_table`). A tree of all rows of a day's
    talk would take a hundred megabytes."""
    with zipfile.ZipFile(package) as archive:
        before, *after = archive.read(BODY).split(MARK.encode())
    out = io.BytesIO(before)
    out.seek(0, io.SEEK_END)
    for rows, text in zip(tables, after, strict=True):
        out.writelines(row.encode() for row in rows)
        out.write(text)
    return out.getvalue()


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
    # Word's spelling and grammar checks would underline most of a spoken text.
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
    width, height = page.PAPERS[context.paper]
    section.orientation = WD_ORIENT.LANDSCAPE if width > height else WD_ORIENT.PORTRAIT
    section.page_width, section.page_height = Pt(width), Pt(height)
    section.left_margin = section.right_margin = Pt(page.MARGIN)
    section.top_margin = section.bottom_margin = Pt(page.MARGIN_Y)
    section.header_distance = section.footer_distance = Pt(26)
    head = section.header.paragraphs[0]
    _two_sides(
        head,
        [f"{page.title(transcript, context)} · {transcript.meta.redaction_status}"],
        ["Page ", "PAGE", " of ", "NUMPAGES"],
        page.usable(context),
    )
    tool = f"ipa-transcripts {transcript.meta.tool_version}"
    _two_sides(section.footer.paragraphs[0], [page.stamp(transcript)], [tool], page.usable(context))


def _two_sides(paragraph: Any, left: Sequence[str], right: Sequence[str], width: float) -> None:
    """A header or footer: text left, text right; PAGE and NUMPAGES become fields."""
    from docx.enum.text import WD_TAB_ALIGNMENT
    from docx.shared import Pt

    paragraph.style = "Normal"
    paragraph.paragraph_format.tab_stops.add_tab_stop(Pt(width), WD_TAB_ALIGNMENT.RIGHT)
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


def _cover(document: Word, transcript: NumberedTranscript, context: ExportContext) -> list[list[str]]:
    from docx.enum.text import WD_BREAK

    _heading(document, "Interview transcript", 1, 0, 10)
    facts = _pairs(document, page.facts(transcript, context), 130.0, page.usable(context))
    _heading(document, "Notation", 2, 14, 6)
    notation = _pairs(document, transcript.meta.notation, 160.0, page.usable(context))
    document.add_paragraph().add_run().add_break(WD_BREAK.PAGE)
    return [facts, notation]


def _about(document: Word, transcript: NumberedTranscript, context: ExportContext) -> list[str]:
    _heading(document, "About this transcript", 2, 18, 6)
    return _pairs(document, page.provenance(transcript), 130.0, page.usable(context))


def _heading(document: Word, text: str, level: int, before: float, after: float) -> None:
    from docx.shared import Pt

    spacing = document.add_heading(text, level=level).paragraph_format
    spacing.space_before, spacing.space_after = Pt(before), Pt(after)


def _pairs(document: Word, pairs: Sequence[tuple[str, str]], first: float, width: float) -> list[str]:
    """A table of names and values that stays on one page; returns its rows."""
    widths = (first, width - first)
    _new_table(document, widths, borders=False)
    rows = []
    for number, (name, value) in enumerate(pairs, start=1):
        keep = number < len(pairs)
        cells = [_xml("w:trPr", _xml("w:cantSplit"))]
        for text, cell_width, bold in ((name, widths[0], True), (value, widths[1], False)):
            paragraph = _paragraph([text], 10.0, bold={0} if bold else (), before=30, after=30, keep=keep)
            cells.append(_cell(cell_width, [paragraph]))
        rows.append(_xml("w:tr", *cells))
    return rows


def _table(document: Word, transcript: NumberedTranscript, context: ExportContext) -> list[str]:
    """The table of lines; returns its rows."""
    layout = page.layout(transcript, context)
    _new_table(document, tuple(layout.widths.values()), borders=True)
    titles = column_titles(context)
    header = [_xml("w:trPr", _xml("w:cantSplit"), _xml("w:tblHeader"))]
    for column, width in layout.widths.items():
        hint = [_paragraph([page.HINTS[column]], 7.0, after=40)] if column in page.HINTS else []
        paragraphs = [
            _paragraph([titles[column]], page.TITLE_SIZE, bold={0}, before=40, after=0 if hint else 40),
            *hint,
        ]
        header.append(_cell(width, paragraphs))
    if not transcript.turns:
        document.add_paragraph("(no speech)")
    return [_xml("w:tr", *header), *(_row(row, layout, context) for row in page.rows(transcript, context))]


def _row(row: page.Row, layout: page.Layout, context: ExportContext) -> str:
    texts = [line.text for line in row.lines]
    before, after = (80 if row.first else 0), (80 if row.last else 0)
    exact = layout.leading

    def paragraph(lines: Sequence[str], **options: Any) -> str:
        return _paragraph(lines, layout.size, exact=exact, before=before, after=after, **options)

    contents: dict[Column, str] = {
        "number": paragraph([line.label for line in row.lines], align="right"),
        "speaker": paragraph(row.speakers(), bold={0} if row.first else ()),
        "text": paragraph(texts, rtl=page.is_rtl(texts), scales=[layout.scale(text) for text in texts]),
        "notes": _paragraph([""], layout.size, before=before, after=after),
        "statements": _paragraph([""], layout.size, before=before, after=after),
    }
    without = row.open_edges(context)
    return _xml("w:tr", *(_cell(width, [contents[column]], without) for column, width in layout.widths.items()))


def _new_table(document: Word, widths: Sequence[float], *, borders: bool) -> None:
    """A table of fixed layout at the end of the body, with MARK for its rows."""
    from lxml import etree

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
    table.append(etree.ProcessingInstruction("rows"))


EDGES = ("top", "left", "bottom", "right", "insideH", "insideV")


def _cell(width: float, paragraphs: Iterable[Any], without: Collection[str] = ()) -> str:
    properties = [_xml("w:tcW", w=_twips(width), type="dxa")]
    edges = [_xml(f"w:{edge}", val="nil") for edge in ("top", "bottom") if edge in without]
    if edges:
        properties.append(_xml("w:tcBorders", *edges))
    return _xml("w:tc", _xml("w:tcPr", *properties), *paragraphs)


def _paragraph(
    lines: Sequence[str],
    size: float,
    *,
    bold: Collection[int] = (),
    exact: float | None = None,
    before: int = 0,
    after: int = 0,
    keep: bool = False,
    align: str = "",
    rtl: bool = False,
    scales: Sequence[int] = (),
) -> str:
    """A paragraph of lines with explicit breaks, on the page of the next one if `keep` is set.

    `bold` holds the positions of bold lines; `before` and `after` are in twentieths of a point, `scales` in percent.
    Widow control is off: it would move lines of one cell to the next page and not those of the cell beside it.
    """
    properties = [*([_xml("w:keepNext")] if keep else []), _xml("w:widowControl", val="0")]
    if rtl:
        properties.append(_xml("w:bidi"))
    spacing = {"before": str(before), "after": str(after)}
    if exact is not None:
        spacing |= {"line": _twips(exact), "lineRule": "exact"}
    properties.append(_xml("w:spacing", **spacing))
    if align:
        properties.append(_xml("w:jc", val=align))
    runs = []
    for n, line in enumerate(lines):
        broken = "<w:br/>" if n else ""
        text = f'<w:t xml:space="preserve">{escape(line)}</w:t>'
        look = _run_properties(size, bold=n in bold, rtl=rtl, scale=scales[n] if scales else 100)
        runs.append(f"<w:r>{look}{broken}{text}</w:r>")
    return _xml("w:p", _xml("w:pPr", *properties), *runs)


@functools.lru_cache(maxsize=64)
def _run_properties(size: float, *, bold: bool, rtl: bool, scale: int) -> str:
    """Run properties in the order that the schema demands."""
    properties = [_xml("w:b")] if bold else []
    if scale != 100:
        properties.append(_xml("w:w", val=str(scale)))
    properties += [_xml(tag, val=str(round(size * 2))) for tag in ("w:sz", "w:szCs")]
    if rtl:
        properties.append(_xml("w:rtl"))
    return _xml("w:rPr", *properties)


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


def _xml(tag: str, *content: str, **attributes: str) -> str:
    """An element of a row, as python-docx would write it."""
    start = tag + "".join(f" w:{key}={quoteattr(value)}" for key, value in attributes.items())
    return f"<{start}>{''.join(content)}</{tag}>" if content else f"<{start}/>"


def _with(parent: Any, *children: Any) -> Any:
    for child in children:
        parent.append(child)
    return parent
