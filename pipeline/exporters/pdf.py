"""The same pages as the Word document in PDF: the copy to cite. Typeset by Typst; fonts embedded, tagged,
searchable."""

from __future__ import annotations

import json
from typing import Any

from pipeline.core.errors import IpaError
from pipeline.exporters import page
from pipeline.exporters.base import ExportContext, NumberedTranscript, column_titles

#: Text comes in as data, never as markup. Line height is fixed by edges in em, whichever font a character comes from.
#: The embedded font is narrower than Arial, so the width of the text column is measured here; the notes get the rest.
TEMPLATE = r"""
#let d = json(bytes(sys.inputs.data))
#let pt(x) = x * 1pt
#let rule = 0.5pt + luma(190)
#set document(title: d.title, author: (), date: none)
#set page(width: pt(d.page.width), height: pt(d.page.height), margin: (x: pt(d.page.margin), y: pt(d.page.margin_y)),
  header: text(9pt)[#d.header #h(1fr) #context [Page #counter(page).display() of #counter(page).final().first()]],
  footer: text(9pt)[#d.stamp #h(1fr) #d.tool])
#set text(font: ("Libertinus Serif", "DejaVu Sans Mono"), size: 11pt, lang: "en", region: "GB",
  hyphenate: false, ligatures: false)
#set par(justify: false)
#show heading: set block(above: 18pt, below: 11pt)
#let pairs(rows, first) = grid(columns: (first, 1fr), row-gutter: 8pt, column-gutter: 12pt,
  ..rows.map(r => (strong(r.at(0)), r.at(1))).flatten())

= Interview transcript
#pairs(d.facts, 110pt)
== Notation
#pairs(d.notation, 130pt)
#pagebreak()
#if d.rows.len() == 0 [(no speech)] else {
  // Without the costs of widows and orphans every cell of a row breaks after the same line.
  set text(size: pt(d.size), top-edge: 0.8em, bottom-edge: -0.2em, costs: (widow: 0%, orphan: 0%))
  set par(leading: pt(d.leading) - 1em)
  // Half of a line's white above and below, as Word has it with exact spacing, and four points between turns.
  let half = (pt(d.leading) - 1em) / 2
  let pad(row) = (x: pt(d.padding), top: half + if row.first { 4.5pt } else { 0pt },
    bottom: half + if row.last { 4pt } else { 0pt })
  context {
    let widest = calc.max(..d.rows.map(row => row.lines.map(line => measure(line).width)).flatten())
    let room = pt(d.room)
    let column = if d.fixed { room } else { calc.min(room, calc.max(widest + 2 * pt(d.padding) + 2pt, 200pt)) }
    let condensed(line) = {
      let width = measure(line).width
      let inner = column - 2 * pt(d.padding)
      if width <= inner { line } else {
        box(scale(x: inner / width * 99%, origin: left, reflow: true, box(width: width, line)))
      }
    }
    let cell(row, name) = {
      if name == "number" { align(right, row.labels.join(linebreak())) }
      else if name == "speaker" {
        let shown(n, name) = if n == 0 and row.first { strong(name) } else { name }
        row.speakers.enumerate().map(((n, name)) => shown(n, name)).join(linebreak())
      }
      else if name == "text" {
        set text(dir: if row.rtl { rtl } else { ltr })
        row.lines.map(condensed).join(linebreak())
      }
    }
    let edges(row) = (left: rule, right: rule, top: if "top" in row.open_edges { none } else { rule },
      bottom: if "bottom" in row.open_edges { none } else { rule })
    table(
      columns: d.columns.zip(d.widths).map(((name, width)) =>
        if name == "text" { column } else if width == none { 1fr } else { pt(width) }),
      stroke: rule,
      table.header(repeat: true, ..d.titles.zip(d.hints).map(((name, hint)) => table.cell(
        inset: (x: pt(d.padding), y: 4pt), {
          set par(leading: 1.5pt)
          set block(spacing: 2pt)
          block(text(10pt, strong(name)))
          if hint != "" { block(text(7pt, hint)) }
        }))),
      ..d.rows.map(row => d.columns.map(name => table.cell(
        breakable: true, stroke: edges(row), inset: pad(row), cell(row, name)))).flatten(),
    )
  }
}
#block(breakable: false)[
  == About this transcript
  #pairs(d.provenance, 110pt)
]
"""


def write(transcript: NumberedTranscript, context: ExportContext) -> bytes:
    """A tagged PDF (PDF/UA-1 where the fonts have every character) without author or dates.

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
        pass  # PDF/UA allows no character that the embedded fonts lack
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
    width, height = layout.paper
    free = context.note_width_cm is None  # the note columns share what the text leaves
    return {
        "title": f"Transcript {page.title(transcript, context)}",
        "header": f"{page.title(transcript, context)} · {transcript.meta.redaction_status}",
        "stamp": page.stamp(transcript),
        "tool": f"ipa-transcripts {transcript.meta.tool_version}",
        "facts": page.facts(transcript, context),
        "notation": transcript.meta.notation,
        "provenance": page.provenance(transcript),
        "page": {"width": width, "height": height, "margin": page.MARGIN, "margin_y": page.MARGIN_Y},
        "size": layout.size,
        "leading": layout.leading,
        "padding": page.PADDING,
        "columns": list(layout.widths),
        "widths": [
            None if free and column in ("notes", "statements") else points for column, points in layout.widths.items()
        ],
        "room": layout.widths["text"],
        "fixed": context.text_width_cm is not None or not {"notes", "statements"} & set(context.columns),
        "hints": [page.HINTS.get(column, "") for column in layout.widths],
        "titles": [titles[column] for column in layout.widths],
        "rows": [_row(row, context) for row in page.rows(transcript, context)],
    }


def _row(row: page.Row, context: ExportContext) -> dict[str, Any]:
    texts = [line.text for line in row.lines]
    return {
        "labels": [line.label for line in row.lines],
        "speakers": row.speakers(),
        "lines": texts,
        "rtl": page.is_rtl(texts),
        "first": row.first,
        "last": row.last,
        "open_edges": sorted(row.open_edges(context)),
    }
