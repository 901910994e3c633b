"""The value of a number, date or age in figures, which equal mentions share, and its kind.

"oh double seven, double oh" and "07700" are one number; "the twelfth of May, seventy-one" is a date in 1971. Only the
words of the mention are read, except to recognise a date of birth by what is said around it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from pipeline.core.document import Category
from pipeline.redaction.text.analysis import Analysis
from pipeline.redaction.text.spans import Candidate
from pipeline.redaction.text.tables import table, words_of

NUMBERS: frozenset[Category] = frozenset(["PHONE", "POSTCODE", "NHS_NUMBER", "NI_NUMBER", "OTHER_ID", "VEHICLE"])
_YEAR = re.compile(r"\b(1[89]|20)\s?(\d\d|0\s?\d)\b")
_BIRTH = frozenset(words_of(table("spoken")["birth"]))
_NEAR = 16
"""Words before a date in which somebody speaks of a birth."""
OLDEST = 120
_LEAST = 3
"""The fewest digits and letters by which a number is recognised again."""


def with_values(transcript: Analysis, mentions: Sequence[Candidate]) -> list[Candidate]:
    """Mentions with `value` and `kind`, where they have none yet and one can be read."""
    return [_with_value(transcript, m) if not m.value else m for m in mentions]


def _with_value(transcript: Analysis, mention: Candidate) -> Candidate:
    said = transcript.normalised.between(mention.first, mention.last)
    if mention.category in NUMBERS:
        value = "".join(t.value for t in transcript.normalised.tokens_in(mention.first, mention.last) if t.alnum)
        whole = len(value) >= _LEAST and any(c.isdigit() for c in value)
        return replace(mention, value=value) if whole else mention
    if mention.category == "AGE":
        figures = re.search(r"\d{1,3}", said)
        return replace(mention, value=figures[0]) if figures and int(figures[0]) <= OLDEST else mention
    if mention.category == "DATE":
        kind = "date of birth" if _born(transcript, mention) else "date"
        year = _YEAR.search(said)
        value = f"{year[1]}{int(year[2].replace(' ', '')):02d} {said}" if year else said
        return replace(mention, kind=kind, value=re.sub(r"[^\w ]", "", value.lower()))
    return mention


def _born(transcript: Analysis, mention: Candidate) -> bool:
    around = transcript.bare[max(0, mention.first - _NEAR) : mention.last + 3]
    return not _BIRTH.isdisjoint(word.removesuffix("'s") for word in around)
