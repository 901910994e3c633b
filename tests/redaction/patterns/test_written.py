"""Addresses, handles and dates as they are written."""

from __future__ import annotations

import pytest

from pipeline.redaction.patterns.written import find
from tests.redaction.said import case, spans

HITS = [
    ("EMAIL", "write to [[hope.larter@example.com]] please"),
    ("HANDLE", "[[@temi_draws]] on Insta"),
    ("HANDLE", "it's on [[kestrelhope.org]], the page"),
    ("DATE", "The [[12th of November 1971]]. So"),
    ("DATE", "let me out on the [[9th of May]]. My GP"),
    ("DATE", "[[November 12, 1971]] it was"),
    ("DATE", "it was [[8 January]], cold"),
    ("DATE", "date of birth [[12/11/71]]."),
    ("DATE", "since [[1971-11-12]] now"),
    ("PERSON", "It is spelt [[E-I-L-I-D-H]] with a D."),
]
MISSES = [
    "look it up at nhs.uk, or on bbc.co.uk then",
    "in May, and in March, and last August",
    "they may second that, and march 12 of us down",
    "1/2 of it, 24/7, 3.5 mg",
    "May 20% of it",
    "at 5 p.m. on Friday",
    "he said S-T-I-L-L to me, and A-D-H-D, and I-I-I don't know, N-H-S",
]


@pytest.mark.parametrize(("category", "line"), HITS)
def test_found(category: str, line: str) -> None:
    transcript, expected = case(line)
    assert spans(transcript, find(transcript)) == expected
    assert {c.category for c in find(transcript)} == {category}


@pytest.mark.parametrize("line", MISSES)
def test_left_alone(line: str) -> None:
    transcript, _ = case(line)
    assert spans(transcript, find(transcript)) == []
