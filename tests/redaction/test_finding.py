"""Mentions of several finders joined, and what is kept readable."""

from __future__ import annotations

import pytest

from pipeline.core.document import Category
from pipeline.redaction.finding import join, without_kept
from pipeline.redaction.text.analysis import Analysis
from pipeline.redaction.text.spans import Candidate


def one(transcript: Analysis, first: int, last: int, category: Category, method: str, value: str = "") -> Candidate:
    return transcript.candidate(category, first, last, score=0.9, method=method, value=value)


def test_overlapping_mentions_are_one_over_all_words() -> None:
    spoken = Analysis.from_lines(["P: it's 07700, um, 900 461 I think"])
    found = join(
        spoken,
        [
            one(spoken, 1, 1, "PHONE", "phones", "07700900461"),
            one(spoken, 3, 4, "PHONE", "phones", "07700900461"),
            one(spoken, 1, 4, "PHONE", "reader"),
        ],
    )
    assert [(c.first, c.last, c.category, c.value) for c in found] == [(1, 4, "PHONE", "07700900461")]


def test_the_key_sheet_says_who_it_is() -> None:
    spoken = Analysis.from_lines(["P: then Ellie Larter's mum"])
    (found,) = join(spoken, [one(spoken, 1, 2, "ORG", "reader"), one(spoken, 1, 1, "PERSON", "key sheet", "people[1]")])
    assert (found.first, found.last, found.category, found.value, found.tail) == (1, 2, "PERSON", "people[1]", "'s")


def test_mentions_side_by_side_stay_two() -> None:
    spoken = Analysis.from_lines(["P: Joe, Ellie"])
    assert len(join(spoken, [one(spoken, 0, 0, "PERSON", "reader"), one(spoken, 1, 1, "PERSON", "reader")])) == 2


@pytest.mark.parametrize(
    ("said", "word", "category", "kept"),
    [
        ("P: on Monday we", 1, "PERSON", True),
        ("P: then June came", 1, "PERSON", False),
        ("P: in June we", 1, "DATE", True),
        ("P: on sertraline then", 1, "PERSON", True),
        ("P: with Siobhan then", 1, "PERSON", False),
    ],
)
def test_the_allow_list(said: str, word: int, category: Category, kept: bool) -> None:
    spoken = Analysis.from_lines([said])
    assert (without_kept(spoken, [one(spoken, word, word, category, "reader")], ()) == []) is kept


def test_what_the_researcher_keeps_stays() -> None:
    spoken = Analysis.from_lines(["P: at Kestrel Ward then"])
    found = [one(spoken, 1, 2, "ORG", "reader")]
    assert without_kept(spoken, found, ("kestrel ward",)) == []
    assert without_kept(spoken, found, ("kestrel",)) == found


@pytest.mark.parametrize(
    ("said", "category", "value", "kept"),
    [("P: I rang 111 then", "PHONE", "111", True), ("P: she was 101 then", "AGE", "101", False)],
)
def test_numbers_of_everybody_stay_and_great_ages_go(said: str, category: Category, value: str, kept: bool) -> None:
    spoken = Analysis.from_lines([said])
    assert (without_kept(spoken, [one(spoken, 2, 2, category, "reader", value)], ()) == []) is kept
