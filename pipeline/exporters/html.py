"""One web page that needs nothing else: numbered lines with anchors (#L214), printable, light and dark."""

from __future__ import annotations

import html
import re

from pipeline.exporters import page
from pipeline.exporters.base import ExportContext, Line, NumberedTranscript, NumberedTurn, clock

STYLE = """
:root { color-scheme: light dark; --ink: #1b1b1b; --paper: #fff; --faint: #66696d; --rule: #d8dadd; --mark: #e7eef8;
  --target: #fff3c4; --i: #24527a; --p: #1b1b1b }
@media (prefers-color-scheme: dark) { :root { --ink: #e4e4e4; --paper: #17191c; --faint: #9a9fa6; --rule: #34383d;
  --mark: #263648; --target: #4a4110; --i: #8fbce6; --p: #e4e4e4 } }
* { box-sizing: border-box }
body { margin: 0 auto; padding: 1.5rem 1rem 4rem; max-width: 62rem; color: var(--ink); background: var(--paper);
  font: 1rem/1.6 Arial, "Liberation Sans", Helvetica, sans-serif }
h1 { font-size: 1.4rem; margin: 0 0 .5rem } h2 { font-size: 1.05rem; margin: 1.2rem 0 .3rem }
header p { margin: 0 0 .3rem; color: var(--faint); font-size: .9rem } header a { color: var(--i) }
footer { margin-top: 2rem; border-top: 1px solid var(--rule) }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .1rem 1.2rem; margin: 0; font-size: .9rem }
dt { color: var(--faint) } dd { margin: 0; overflow-wrap: anywhere }
.turn { display: grid; grid-template-columns: 4.5rem 1fr; gap: 0 .8rem; padding: .7rem 0;
  border-top: 1px solid var(--rule) }
.who { font-weight: bold } .who small { display: block; font-weight: normal; color: var(--faint);
  font-variant-numeric: tabular-nums }
.I .who, .I .line { color: var(--i) }
.line { display: grid; grid-template-columns: 3.5rem 1fr; gap: .8rem; scroll-margin-top: 4rem }
.line:target { background: var(--target) }
.line a { text-align: right; color: var(--faint); text-decoration: none; user-select: none;
  font-variant-numeric: tabular-nums }
.line span { white-space: pre-wrap; overflow-wrap: anywhere }
b.r { font-weight: inherit; background: var(--mark); border-radius: .2rem; padding: 0 .15rem }
@media (width < 40rem) { body { padding: .8rem .7rem 3rem } h1 { font-size: 1.15rem; margin: 0 0 .2rem }
  .turn { display: block; padding: .5rem 0 } .who small { display: inline; margin-left: .6rem }
  .line { grid-template-columns: 2.2rem 1fr; gap: .6rem } dl { display: block } dt { margin-top: .5rem } }
@media print { body { max-width: none; padding: 0; font-size: 10.5pt } header a { display: none }
  .turn, .line { break-inside: avoid-page } .turn { break-inside: auto } .I .who, .I .line { color: inherit }
  @page { size: A4; margin: 18mm 16mm 20mm } }
"""

_REPLACED = re.compile(r"\[[^\[\]]+\]")


def write(transcript: NumberedTranscript, context: ExportContext) -> bytes:
    """A self-contained page without scripts; every line has an anchor (L214), every turn too (T57)."""
    title = html.escape(f"Transcript {page.title(transcript, context)}")
    body = "\n".join(_turn(turn) for turn in transcript.turns) or "<p>No speech.</p>"
    return (
        f'<!DOCTYPE html>\n<html lang="en-GB">\n<head>\n<meta charset="utf-8">\n'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<meta name="robots" content="noindex">\n<meta name="referrer" content="no-referrer">\n'
        f"<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
        f"<title>{title}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<header>\n<h1>{title}</h1>\n"
        f'<p>{html.escape(_summary(transcript))} <a href="#about">Notation and origin</a></p>\n'
        f"</header>\n<main>\n{body}\n</main>\n"
        f'<footer id="about">\n<h2>Notation</h2>\n{_list(transcript.meta.notation)}\n'
        f"<h2>About this transcript</h2>\n{_list([*page.facts(transcript, context), *page.provenance(transcript)])}\n"
        f"</footer>\n</body>\n</html>\n"
    ).encode()


def _summary(transcript: NumberedTranscript) -> str:
    """One line under the title: status, version and length."""
    meta = transcript.meta
    parts = [meta.redaction_status, transcript.version, *([clock(meta.duration)] if meta.duration is not None else [])]
    text = " · ".join(part for part in parts if part)
    return f"{text[:1].upper()}{text[1:]}"


def _list(rows: list[tuple[str, str]] | tuple[tuple[str, str], ...]) -> str:
    cells = "".join(f"<dt>{html.escape(name)}</dt><dd>{html.escape(value)}</dd>\n" for name, value in rows)
    return f"<dl>\n{cells}</dl>"


def _turn(turn: NumberedTurn) -> str:
    time = "" if turn.start is None else f"<small>{clock(turn.start)}</small>"
    role = html.escape(turn.role)
    kind = "I" if turn.role.startswith("I") else "P"
    lines = "\n".join(_line(line) for line in turn.lines)
    return (
        f'<section class="turn {kind}" id="{turn.id}">\n<div class="who">{role}:{time}</div>\n'
        f"<div>\n{lines}\n</div>\n</section>"
    )


def _line(line: Line) -> str:
    when = "" if line.start is None else f' title="{clock(line.start)}"'
    text = _REPLACED.sub(lambda match: f'<b class="r">{match[0]}</b>', html.escape(line.text, quote=False))
    number = f'<a href="#L{line.label}"{when}>{line.label}</a>'
    return f'<div class="line" id="L{line.label}">{number}<span dir="auto">{text}</span></div>'
