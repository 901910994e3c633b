"""Markdown: turns as paragraphs with their line numbers, for notes programs and version control."""

from __future__ import annotations

import re

from pipeline.exporters import page
from pipeline.exporters.base import ExportContext, NumberedTranscript, NumberedTurn, clock

_SPECIAL = re.compile(r"[\\`*_<>&~|]|\](?=[(\[:])")
_BLOCK_START = re.compile(r"^(#{1,6}(?=\s|$)|[-+=](?=\s|$|[-=])|:)|^(\d+)([.)])")


def write(transcript: NumberedTranscript, context: ExportContext) -> bytes:
    """A heading, facts and notation, every turn with its line numbers, how it was made. UTF-8 CommonMark."""
    parts = [f"# Transcript {escape(page.title(transcript, context))}", ""]
    parts += [f"- {name}: {escape(value)}" for name, value in page.facts(transcript, context)]
    parts += ["", "## Notation", ""]
    parts += [f"- `{mark}` {meaning}" for mark, meaning in transcript.meta.notation]
    parts += ["", "## Interview", ""]
    for turn in transcript.turns:
        parts += [_heading(turn, context), "", escape(turn.text), ""]
    if not transcript.turns:
        parts += ["No speech.", ""]
    parts += ["## About this transcript", ""]
    parts += [*(f"- {name}: {escape(value)}" for name, value in page.provenance(transcript)), ""]
    return context.line_ends.join(parts).encode("utf-8")


def _heading(turn: NumberedTurn, context: ExportContext) -> str:
    first, last = turn.lines[0].label, turn.lines[-1].label
    lines = f"line {first}" if first == last else f"lines {first}–{last}"
    time = f" · {clock(turn.start)}" if context.timestamps and turn.start is not None else ""
    return f"**{escape(turn.role)}** · {turn.id} · {lines}{time}"


def escape(text: str) -> str:
    """Text that Markdown shows as it is."""
    text = _SPECIAL.sub(lambda match: "\\" + match[0], text)
    return _BLOCK_START.sub(lambda match: f"{match[2]}\\{match[3]}" if match[2] else "\\" + match[0], text)
