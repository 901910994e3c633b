"""Formats that occur only in writing: e-mail and web addresses, handles, dates in figures, names letter by letter."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pipeline.core.document import Category
from pipeline.redaction.text.allow_list import MONTHS
from pipeline.redaction.text.analysis import Analysis
from pipeline.redaction.text.lexicon import lexicon
from pipeline.redaction.text.spans import Candidate
from pipeline.redaction.text.tables import table, words_of

METHOD = "written"
PUBLIC_SITES = frozenset(words_of(table("identifiers")["public_sites"]))
EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
HANDLE = re.compile(r"(?<!\w)@\w{2,}(?:\.\w+)*")
WEB = re.compile(r"(?:https?://|www\.)\S+|(?<![@\w.-])[\w-]{2,}\.(?:co\.uk|org\.uk|com|org|net)\b", re.IGNORECASE)
_DAY = r"(?:[12]?\d|3[01])(?:st|nd|rd|th)?"
_MONTH = "(?:" + "|".join(sorted((m.capitalize() for m in MONTHS), key=len, reverse=True)) + ")"
_YEAR = r"(?:,? (?:19|20)\d\d)?"
#: 12/11/71, 1971-11-12, 12 November 1971, the 9th of May, November 12
DATE = re.compile(
    r"\b(?:(?:0?[1-9]|[12]\d|3[01])[/.-](?:0?[1-9]|1[0-2])[/.-](?:19|20)?\d\d"
    r"|(?:19|20)\d\d-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])"
    rf"|{_DAY} (?:of )?{_MONTH}{_YEAR}|{_MONTH} (?:the )?{_DAY}{_YEAR})\b(?![%:])"
)
#: E-I-L-I-D-H; not S-T-I-L-L or A-D-H-D, see `_all`
SPELT = re.compile(r"(?<![\w-])(?:[A-Z]-){3,}[A-Z](?![\w-])")
PATTERNS: tuple[tuple[re.Pattern[str], Category, str], ...] = (
    (EMAIL, "EMAIL", "email"),
    (HANDLE, "HANDLE", "handle"),
    (WEB, "HANDLE", "web address"),
    (DATE, "DATE", "date"),
    (SPELT, "PERSON", "spelt"),
)


def find(transcript: Analysis) -> list[Candidate]:
    """Addresses, handles and dates as they are written; they may overlap."""
    return sorted(_all(transcript))


def _is_known(spelt: str) -> bool:
    """Whether letters are a word or an abbreviation that identifies nobody; the reader may still take it for a name."""
    plain = spelt.replace("-", "").lower()
    return plain in lexicon().everyday or plain in lexicon().capitals.single


def _all(transcript: Analysis) -> Iterator[Candidate]:
    for pattern, category, kind in PATTERNS:
        for match in pattern.finditer(transcript.text):
            if kind == "web address" and set(re.split(r"\W+", match[0].lower())) & PUBLIC_SITES:
                continue
            if kind == "spelt" and _is_known(match[0]):
                continue
            first, last = transcript.word_span(*match.span())
            yield transcript.candidate(
                category, first, last, score=0.95, method=METHOD, kind="" if kind in ("date", "spelt") else kind
            )
