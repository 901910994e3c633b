"""A document for Taguette: plain HTML with the few elements that Taguette keeps (headings, paragraphs, line breaks,
bold), which it imports without needing Calibre. Line numbers are text, because Taguette keeps no attributes."""

from __future__ import annotations

from html import escape

from pipeline.exporters.base import ExportContext, NumberedTranscript, redaction_summary
from pipeline.exporters.exchange import xml_text


def write(transcript: NumberedTranscript, context: ExportContext) -> bytes:
    """The transcript as HTML, UTF-8: a paragraph per turn, a line per numbered line."""

    def clean(text: str) -> str:
        return escape(xml_text(text), quote=False)

    title = clean(f"{transcript.id} {transcript.version}")
    out = [
        "<!DOCTYPE html>",
        f'<html lang="en"><head><meta charset="utf-8"><title>{title}</title></head><body>',
        f"<h1>{title}</h1>",
        f"<p>De-identified (pseudonymised) transcript. {clean(redaction_summary(transcript))}. "
        f"Hash: {clean(transcript.short_hash)}.</p>",
    ]
    for turn in transcript.turns:
        lines = "<br>\n".join(f"{line.label} {clean(line.text)}" for line in turn.lines)
        out.append(f"<p><b>{clean(turn.role)}</b><br>\n{lines}</p>")
    out.append("</body></html>")
    return ("\n".join(out) + "\n").encode("utf-8")
