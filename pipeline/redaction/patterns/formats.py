"""Numbers whose form alone shows what they are. They are always found, whatever the reader thinks of the context.

Matched against runs of digits and letters (`text/number_runs.py`), so "oh seven seven double oh, nine hundred..." and
"07700 900..." are the same. Sources: Ofcom's National Telephone Numbering Plan; NHS Data Dictionary (modulus 11); HMRC
NIM39110; Royal Mail's Programmers' Guide; DVLA INF104.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from pipeline.core.document import Category
from pipeline.redaction.text.allow_list import is_amount
from pipeline.redaction.text.analysis import Analysis
from pipeline.redaction.text.number_runs import Run
from pipeline.redaction.text.spans import Candidate, resolve
from pipeline.redaction.text.tables import table

METHOD = "format"
AREAS = frozenset(str(area) for area in table("identifiers")["postcode_areas"])
MAX_TOKENS = 26
MAX_STOPS = 2
"""How many ends of sentences may lie inside a number ("9.99. 118. 6225")."""


def nhs_check(digits: str) -> bool:
    """Modulus 11 of a ten-digit NHS, CHI or H&C number: weights 10..2, check digit 11 - remainder, 10 is invalid."""
    if not re.fullmatch(r"\d{10}", digits):
        return False
    total = sum(int(d) * weight for d, weight in zip(digits, range(10, 1, -1), strict=False))
    return (11 - total % 11) % 11 == int(digits[9])  # 10 never equals a digit


def _known_area(code: str) -> bool:
    match = re.match(r"[A-Z]+", code)
    return bool(match) and match[0] in AREAS  # type: ignore[index]


@dataclass(frozen=True)
class Format:
    """One format. `check` may reject a value that matches. A `strict` format matches neither digits separated by commas
    ("ten, nine, ten") nor a value that begins or ends with "a" or "I", which may be ordinary words."""

    category: Category
    kind: str
    pattern: re.Pattern[str]
    check: Callable[[str], bool] = lambda value: True
    strict: bool = False


FORMATS = (
    Format("PHONE", "phone number", re.compile(r"0[1237]\d{8,9}|(?:0044|44)0?[1237]\d{8,9}")),
    Format("NHS_NUMBER", "NHS number", re.compile(r"\d{10}"), nhs_check),
    Format("NI_NUMBER", "NI number", re.compile(r"[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z]\d{6}[A-D]")),
    Format("POSTCODE", "postcode", re.compile(r"[A-Z]{1,2}\d[\dA-Z]?\d[A-Z]{2}"), _known_area),
    Format("VEHICLE", "vehicle registration", re.compile(r"[A-Z]{2}\d{2}[A-Z]{3}")),
    Format("OTHER_ID", "card number", re.compile(r"\d{15,16}")),
    Format("OTHER_ID", "long number", re.compile(r"\d{7,20}"), strict=True),
    Format("OTHER_ID", "reference number", re.compile(r"(?=(?:.*\d){4})(?=.*[A-Z])[A-Z\d]{6,14}"), strict=True),
)
"""In order of precedence."""


def find(transcript: Analysis) -> list[Candidate]:
    """Numbers of a known format, without overlaps. One that is said in parts is several candidates with one `value`."""
    found: list[Candidate] = []
    for run in transcript.normalised.runs:
        taken: set[int] = set()
        for rank, i, j, shape in sorted(_matches(transcript, run), key=lambda m: (m[0], m[1] - m[2], m[1])):
            if taken.isdisjoint(range(i, j + 1)):
                taken.update(range(i, j + 1))
                found += _candidates(transcript, run, i, j, shape, 0.95 - 0.02 * rank)
    return resolve(found)


def _matches(transcript: Analysis, run: Run) -> Iterator[tuple[int, int, int, Format]]:
    """(rank, first token, last token, format) of every slice of a run that matches a format."""
    for i in range(len(run.tokens)):
        value, stops = "", 0
        for j in range(i, min(len(run.tokens), i + MAX_TOKENS)):
            value += run.tokens[j].value
            stops += j > i and run.gaps[j] == "stop"
            if stops > MAX_STOPS:
                break
            for rank, shape in enumerate(FORMATS):
                if (
                    shape.pattern.fullmatch(value)
                    and shape.check(value)
                    and _said_as_one(transcript, run, i, j, value, shape)
                ):
                    yield rank, i, j, shape


def _said_as_one(transcript: Analysis, run: Run, i: int, j: int, value: str, shape: Format) -> bool:
    listed = j > i and all(gap in ("comma", "stop") for gap in run.gaps[i + 1 : j + 1])
    edges = ((i, run.gaps[i + 1] if j > i else ""), (j, run.gaps[j] if j > i else ""))
    loose = any(run.tokens[n].weak and (shape.strict or gap not in ("", "comma")) for n, gap in edges)
    return not loose and not (shape.strict and listed) and not is_amount(transcript, *run.words(i, j), value)


def _candidates(transcript: Analysis, run: Run, i: int, j: int, shape: Format, score: float) -> Iterator[Candidate]:
    for first, last in transcript.normalised.segments(run, i, j):
        yield transcript.candidate(
            shape.category, first, last, score=score, method=METHOD, kind=shape.kind, value=run.value(i, j)
        )
