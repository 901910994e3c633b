"""The form in which mentions are compared."""

from __future__ import annotations

import re

from pipeline.core.document import Category
from pipeline.redaction.text.lexicon import fold
from pipeline.redaction.text.spans import Candidate, SpokenText

NAMED: frozenset[Category] = frozenset({"PERSON", "PLACE", "ORG"})


_SPELLED = re.compile(r"(?:[^\W\d_][\s.,-]+){2,}[^\W\d_]\.?")


def core_of(transcript: SpokenText, mention: Candidate) -> str:
    """What the mention hides: its words without lead and tail. Private."""
    said = transcript.said(mention.first, mention.last)
    return said[len(mention.lead) : len(said) - len(mention.tail)]


def form_of(text: str) -> str:
    """A mention as compared: folded, spelled-out letters joined, without dashes ("T-H-I-R-T-L-E" -> "thirtle")."""
    plain = text.strip()
    if _SPELLED.fullmatch(plain):
        plain = re.sub(r"[^\w]", "", plain)
    return re.sub(r"\s+", " ", fold(plain)).strip(" .,;:")
