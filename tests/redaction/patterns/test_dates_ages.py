"""Exact dates and ages: hits and near-misses, values."""

from __future__ import annotations

import pytest

from pipeline.redaction.patterns import registry
from pipeline.redaction.patterns.dates import year_of
from tests.redaction.said import case, spans

DATES = [
    "it's [[Thursday the sixth of February]], and",
    "The [[twelfth of November nineteen seventy-one]]. So",
    "rung up on [[December the twentieth]], 'cause",
    "The [[12th of November 1971]].",
    "let me out on the [[9th of May]]. My GP",
    "[[November 12, 1971]] it was",
    "born on the [[thirtieth o February]], fan",
    "date of birth, [[fourth of the fifth seventy-nine]]",
    "my date of birth is [[12/11/71]].",
    "They asked my birthday, so [[one nine, one one, eight two]].",
    "birthday: [[seven, thirty, seventy-one]], they say",
    "It was [[New Year's Day, two thousand and five]].",
    "on the [[second of Feb ninety-four]], so, [[oh two, oh two]], always",
    "the [[twenty-first of December two thousand]], and",
    "she was born on the [[first of Ramadan]], my",
]
NO_DATES = [
    "in May, and in March, and last August",
    "the second one, the long one",
    "it was 2016, the back end of the year",
    "a third of the first lot",
    "In October. Fourteen. oh gosh",
    "on a Tuesday, the first time",
    "they may second that, and march twelve of us down",
    "Boxing Day was bad, and Christmas Eve",
]
AGES = [
    "Um, I was [[thirty-four]]. I'd been",
    "So I'm, er, what am I, [[fifty-three]]. Blimey.",
    "she's only [[twenty-six]], I've got boots older",
    "I was in Larkfield when I was [[nineteen]], what",
    "she'd only have been [[twenty-four]] or that",
    "he'd be about [[five]], and a balloon burst",
    "Mrs P, [[eighty-eight]], she lights a candle",
    "little Nel on. [[Three]], she is.",
    "joined at [[nineteen]], straight off a farm",
    "He will be [[eighty-eight]] next birthday",
    "six weeks before I turn [[eighteen]], and",
    "And the little un, [[eleven]], he put his spoon down",
    "on a [[twenty-year-old]] it sounds",
    "I am [[46]]. My",
    "when I was [[23]] to Peckham",
    "a lad of [[nineteen]], from up Wybourn",
    "my three kids, [[nine]], [[six]] and [[two]], all of them",
    "Ivy, [[ninety]] if she was a day",
    "He's [[ninety-one]]. [[Ninety-one]]!",
    "I was [[sixteen]], and they wrote [[nineteen]]. So",
]
NO_AGES = [
    "There were four of us.",
    "I was in there eight weeks.",
    "It was six in the morning.",
    "I'm five foot two.",
    "he's one of them",
    "at five o'clock, at twenty to nine",
    "I'm on ward sixteen.",
    "on a scale of one to ten, I was two",
    "I was in me forties",
    "I was a single mum of two.",
    "she's on thirty milligrams, and I'm ninety percent sure",
    "He was doing ninety down the A47",
    "For ten, fifteen minutes.",
    "three, four times",
]


@pytest.mark.parametrize(("line", "category"), [*((d, "DATE") for d in DATES), *((a, "AGE") for a in AGES)])
def test_found(line: str, category: str) -> None:
    transcript, expected = case(line)
    found = [c for c in registry.find(transcript) if c.category == category]
    assert spans(transcript, found) == expected


@pytest.mark.parametrize("line", [*NO_DATES, *NO_AGES])
def test_left_alone(line: str) -> None:
    transcript, _ = case(line)
    assert spans(transcript, registry.find(transcript)) == []


def test_an_answer_to_how_old() -> None:
    transcript, expected = case("I: How old was he?", "P: Er, [[four]]. Yeah.")
    assert spans(transcript, registry.find(transcript)) == expected


def test_values_and_kinds() -> None:
    transcript, _ = case("I was born on the twelfth of November nineteen seventy-one, so I'm fifty-three.")
    date, age = registry.find(transcript)
    assert (date.kind, date.value, age.value) == ("date of birth", "1971-11-12", "53")


def test_the_rest_of_an_age_stays() -> None:
    transcript, _ = case("a twenty-year-old, that was")
    assert registry.find(transcript)[0].tail == "-year-old,"


@pytest.mark.parametrize(
    ("said", "year"),
    [("19 71", 1971), ("79", 1979), ("04", 2004), ("20 19", 2019), ("2004", 2004), ("19 0 4", 1904), (None, None)],
)
def test_years(said: str | None, year: int | None) -> None:
    assert year_of(said) == year
