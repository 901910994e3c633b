"""Cases for recognisers: lines of speech with what must be found in double brackets, nothing else."""

from __future__ import annotations

import re

from pipeline.redaction.text.analysis import Analysis

_MARK = re.compile(r"\[\[(?:([A-Z_]+)\|)?(.+?)\]\]")


def case(*lines: str) -> tuple[Analysis, list[str]]:
    """(transcript, marked spans as spoken) from "I: …" / "P: …" lines with [[marked]] words."""
    plain = Analysis.from_lines([_MARK.sub(lambda m: m[2], line) for line in lines])
    return plain, [m[2].strip(' ,.;:?!…"”') for line in lines for m in _MARK.finditer(line)]


def spans(transcript: Analysis, found: object) -> list[str]:
    """What candidates cover, without punctuation at the edges."""
    return [transcript.said(c.first, c.last).strip(' ,.;:?!…"”') for c in found]  # type: ignore[attr-defined]
