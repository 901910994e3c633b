"""Read annotated interviews (I:/P: lines, [[CATEGORY|words]]) as words with a category and a span number."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from pipeline.core.document import Word
from pipeline.redaction.text.analysis import Analysis

MARK = re.compile(r"\[\[([A-Z_]+)\|(.+?)\]\]")
NOISE = re.compile(r"[(\[](?:[a-z ]+|pause [\d.]+)[)\]]")


@dataclass(frozen=True)
class Annotated:
    """One interview: its words, and the marked spans as (category, first character, end) in `transcript.text`."""

    name: str
    transcript: Analysis
    spans: tuple[tuple[str, int, int], ...]


def read(path: Path) -> Annotated:
    """One file. Lines that start with # are comments; "I>" marks a backchannel."""
    words: list[Word] = []
    spans: list[tuple[str, int, int]] = []
    marked: list[tuple[str, int, int, int, int]] = []
    for line in path.read_text(encoding="utf-8").splitlines():
        match = re.match(r"([IP])[:>]\s*(.+)$", line.strip())
        if not match:
            continue
        role, said = match.groups()
        said = re.sub(r"\s+", " ", NOISE.sub(" ", said)).strip()
        plain, at, local = "", 0, []
        for mark in MARK.finditer(said):
            plain += said[at : mark.start()]
            local.append((mark[1], len(plain), len(plain) + len(mark[2])))
            plain += mark[2]
            at = mark.end()
        plain += said[at:]
        base = len(words)
        offsets = [(m.start(), m.end()) for m in re.finditer(r"\S+", plain)]
        words += [Word(text=plain[a:b], role=role) for a, b in offsets]
        for category, start, end in local:
            first = next(n for n, (_, b) in enumerate(offsets) if b > start)
            last = max(n for n, (a, _) in enumerate(offsets) if a < end)
            marked.append((category, base + first, start - offsets[first][0], base + last, end - offsets[last][0]))
    transcript = Analysis(words)
    for category, first, skip, last, until in marked:
        spans.append((category, transcript.starts[first] + skip, transcript.starts[last] + until))
    return Annotated(path.stem, transcript, tuple(spans))
