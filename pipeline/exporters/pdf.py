"""PDF of the pages of the Word document: the copy to cite. Set by Typst; fonts embedded, tagged, searchable."""

from __future__ import annotations

import json
from typing import Any

from pipeline.core.errors import IpaError
from pipeline.exporters import page
from pipeline.exporters.base import ExportContext, NumberedTranscript, column_titles

#: Text comes in as data, never as markup. Line height is fixed by em-sized edges, whatever font a sign is taken from.
TEMPLATE = r"""
#let d = json(bytes(sys.inputs.data))
#let pt(x) = x * 1pt
#let rule = 0.5pt + luma(190)
#set document(title: d.title, author: (), date: none)
#set page(width: pt(d.page.width), height: pt(d.page.height), margin: (x: pt(d.page.margin), y: 54pt),
  header: text(9pt)[#d.header #h(1fr) #context [Page #counter(page).display() of #counter(page).final().first()]],
  footer: text(9pt)[#d.stamp #h(1fr) #d.tool])
#set text(font: ("Libertinus Serif", "DejaVu Sans Mono"), size: 11pt, lang: "en", region: "GB",
  hyphenate: false, ligatures: false)
#set par(justify: false)
#show heading: set block(above: 18pt, below: 11pt)
#let pairs(rows, first) = grid(columns: (first, 1fr), row-gutter: 8pt, column-gutter: 12pt,
  ..rows.map(r => (strong(r.at(0)), r.at(1))).flatten())

= Interview transcript
#pairs(d.cover, 110pt)
== Notation
#pairs(d.notation, 130pt)
#pagebreak()
#if d.rows.len() == 0 [(no speech)] else {
  set text(size: pt(d.size), top-edge: 0.8em, bottom-edge: -0.2em)
  set par(leading: pt(d.leading) - 1em)
  let condensed(line) = if line.scale == 100 { line.text } else {
    box(scale(x: line.scale * 1%, origin: left, reflow: true, box(width: pt(line.width), line.text)))
  }
  let cell(row, name) = {
    if name == "number" { align(right, row.labels.join(linebreak())) }
    else if name == "speaker" { if row.first { strong(row.speaker) } else { row.speaker } }
    else if name == "text" {
      set text(dir: if row.rtl { rtl } else { ltr })
      row.lines.map(condensed).join(linebreak())
    }
  }
  let edges(row) = (left: rule, right: rule, top: if row.first { rule } else { none },
    bottom: if row.last { rule } else { none })
  // Half of a line's white above and below, as Word has it with exact spacing, and four points between turns.
  let half = (pt(d.leading) - 1em) / 2
  let pad(row) = (x: pt(d.padding), top: half + if row.first { 4.5pt } else { 0pt },
    bottom: half + if row.last { 4pt } else { 0pt })
  table(
    columns: d.widths.map(pt),
    stroke: rule,
    table.header(repeat: true, ..d.titles.zip(d.hints).map(((name, hint)) => table.cell(
      inset: (x: pt(d.padding), y: 0pt), block(height: pt(d.head), inset: (y: 3pt), {
        set par(leading: 1.5pt)
        set block(spacing: 2pt)
        block(text(10pt, strong(name)))
        if hint != "" { block(text(7pt, hint)) }
      })))),
    ..d.rows.map(row => d.columns.map(name => table.cell(
      breakable: false, stroke: edges(row), inset: pad(row), cell(row, name)))).flatten(),
  )
}
"""


def write(transcript: NumberedTranscript, context: ExportContext) -> bytes:
    """A tagged PDF (PDF/UA-1 where the fonts have every sign) without author or dates.

    Raises:
        IpaError: Typst could not set the page.
    """
    import typst

    data = json.dumps(_data(transcript, context), ensure_ascii=False)

    def compiled(standards: list[str]) -> bytes:
        options: dict[str, Any] = {"sys_inputs": {"data": data}, "timestamp": 0, "pdf_standards": standards}
        result: bytes = typst.compile(TEMPLATE.encode(), format="pdf", **options)
        return result

    try:
        return compiled(["ua-1"])
    except typst.TypstError:
        pass  # PDF/UA allows no sign that the embedded fonts lack
    try:
        return compiled([])
    except typst.TypstError:
        # The message may quote the page, so it is not passed on.
        raise IpaError(
            "the PDF could not be set", hint="export the other formats and report the versions that `ipa doctor` shows"
        ) from None


def _data(transcript: NumberedTranscript, context: ExportContext) -> dict[str, Any]:
    layout = page.layout(transcript, context)
    titles = column_titles(context)
    return {
        "title": f"Transcript {page.title(transcript, context)}",
        "header": f"{page.title(transcript, context)} · {transcript.meta.redaction_status}",
        "stamp": page.stamp(transcript),
        "tool": f"ipa-transcripts {transcript.meta.tool_version}",
        "cover": page.cover(transcript, context),
        "notation": transcript.meta.notation,
        "page": {"width": page.PAGE_WIDTH, "height": page.PAGE_HEIGHT, "margin": page.MARGIN},
        "size": layout.size,
        "leading": layout.leading,
        "padding": page.PADDING,
        "columns": list(layout.widths),
        "widths": list(layout.widths.values()),
        "hints": [page.HINTS.get(column, "") for column in layout.widths],
        "head": page.HEAD_HEIGHT,
        "titles": [titles[column] for column in layout.widths],
        "rows": [_row(row, layout) for row in page.rows(transcript)],
    }


def _row(row: page.Row, layout: page.Layout) -> dict[str, Any]:
    texts = [line.text for line in row.lines]
    return {
        "labels": [line.label for line in row.lines],
        "speaker": page.speaker_of(row),
        "lines": [
            {"text": text, "scale": layout.scale(text), "width": page.text_width(text, layout.size) * 1.05}
            for text in texts
        ],
        "rtl": page.is_rtl(texts),
        "first": row.first,
        "last": row.last,
    }
