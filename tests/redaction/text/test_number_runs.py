"""The words of an interview, their normalised text and runs: values, gaps, echoes, exact maps."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.core.document import Word
from pipeline.redaction.text.analysis import Analysis
from pipeline.redaction.text.normalised_text import NormalisedText, normalised_number
from pipeline.redaction.text.spans import Candidate, bare, resolve, split_edges

VOCABULARY = [
    *(
        "um,",
        "oh",
        "seven",
        "Double",
        "treble",
        "nine",
        "hundred,",
        "and",
        "twenty",
        "three.",
        "I",
        "a",
        "N",
        "for",
        "Norwich",
    ),
    *(
        "07700",
        "-900",
        "IP23,",
        "4QZ",
        "“Will’s",
        "T-H-I-R-T-L-E",
        "stroke",
        "dot",
        "hello",
        "…",
        "--",
        "£40",
        "10:30",
        "21st",
    ),
    *("alpha", "bravo", "that's", "hang", "on", "yeah", "two", "thousand", "naïve", "Łódź,"),
]


@pytest.mark.parametrize(
    ("said", "digits"),
    [
        ("oh seven seven double oh, nine hundred, one two three", "07700900123"),
        ("07700 900-123", "07700900123"),
        ("07700 -900 -123", "07700900123"),
        ("ninety nine 9 4 one seven", "999417"),
        ("double 07", "007"),
        ("oh double-seven double-oh, nine double-oh", "07700900"),
        ("treble nine, five oh seven", "999507"),
        ("twelve thirty-four fifty-six", "123456"),
        ("nine nine nine, um, four one, hang on, seven", "999417"),
        ("three nought, nought two, five eight", "300258"),
        ("seven to four for two", "72442"),
        ("0-7-7-0-0", "07700"),
        ("nine hundred and twenty three", "923"),
        ("nought twa fower", "024"),
    ],
)
def test_numbers_as_people_say_them(said: str, digits: str) -> None:
    assert normalised_number(said) == digits


@pytest.mark.parametrize(
    ("said", "value"),
    [
        ("I P twenty-three, five Z Z", "IP235ZZ"),
        ("N for Norwich R three one", "NR31"),
        ("B as in Bravo seven", "B7"),
        ("Golf Kilo nineteen, Hotel Oscar Papa", "GK19HOP"),
        ("E Y seventeen, I O Q", "EY17IOQ"),
        ("IP3 for ZQ", "IP34ZQ"),
        ("double-seven X", "77X"),
        ("seven seven four, stroke, two oh nine, K", "774209K"),
        ("06x4219e", "06X4219E"),
    ],
)
def test_letters_and_signs(said: str, value: str) -> None:
    run = max(Analysis.from_lines([said]).normalised.runs, key=lambda r: len(r.tokens))
    assert run.value(0, len(run.tokens) - 1) == value


@pytest.mark.parametrize(
    "said",
    [
        "it was £250,000",
        "at 10:30",
        "fifty percent",
        "two thousand and four",
        "I said oh, go on",
        "she sang for a while",
    ],
)
def test_amounts_and_words_are_no_runs(said: str) -> None:
    assert all(len(r.value(0, len(r.tokens) - 1)) < 3 for r in Analysis.from_lines([said]).normalised.runs)


@pytest.mark.parametrize(
    ("said", "normalised"),
    [
        ("the twelfth of November nineteen seventy-one", "the 12th of November 19 71"),
        ("twenty first of May twenty nineteen", "21th of May 20 19"),
        ("in two thousand and four.", "in 2004."),
        ("a hundred and twenty quid", "120 quid"),
    ],
)
def test_shadow_text(said: str, normalised: str) -> None:
    assert Analysis.from_lines([said]).normalised.text == normalised


def test_a_number_goes_on_through_yeah_and_an_echo() -> None:
    spoken = Analysis.from_lines(
        ["P: oh seven seven double oh", "I: double oh", "P: nine hundred", "I: yeah", "P: one two three"]
    )
    normalised = spoken.normalised
    run = normalised.runs[0]
    assert run.value(0, len(run.tokens) - 1) == "07700900123"
    said = [spoken.said(a, b) for a, b in normalised.segments(run, 0, len(run.tokens) - 1)]
    assert said == ["oh seven seven double oh", "double oh", "nine hundred", "one two three"]


def test_a_question_ends_a_number() -> None:
    spoken = Analysis.from_lines(["P: oh seven seven", "I: is that the new one?", "P: nine hundred"])
    assert [r.value(0, len(r.tokens) - 1) for r in spoken.normalised.runs] == ["077", "1", "900"]


@pytest.mark.parametrize(
    ("word", "parts"),
    [
        ("“Ellie's,", ("“", "Ellie", "'s,")),
        ("Ellie’s", ("", "Ellie", "’s")),
        ("(T-H-I)", ("(", "T-H-I", ")")),
        ("Smiths'", ("", "Smiths", "'")),
        ("@temi_draws,", ("", "@temi_draws", ",")),
        ("...", ("", "...", "")),
        ("3,", ("", "3", ",")),
    ],
)
def test_edges(word: str, parts: tuple[str, str, str]) -> None:
    assert split_edges(word) == parts


@given(st.text(max_size=12))
def test_edges_lose_nothing(word: str) -> None:
    assert "".join(split_edges(word)) == word


def test_bare() -> None:
    assert [bare(w) for w in ("“Will’s,", "twenty-three.", "…")] == ["will's", "twentythree", ""]


@given(st.lists(st.tuples(st.sampled_from(VOCABULARY), st.sampled_from(["I", "P"])), min_size=1, max_size=40))
def test_maps_are_exact(said: list[tuple[str, str]]) -> None:
    spoken = Analysis([Word(text=w, role=r) for w, r in said])
    for n, (word, _) in enumerate(said):
        start, end = spoken.char_span(n, n)
        assert spoken.text[start:end] == word
        assert spoken.word_span(start, end) == (n, n)
    normalised = NormalisedText(spoken)
    covered = [n for a in normalised.tokens for n in range(a.first, a.last + 1)]
    assert sorted(set(covered)) == list(range(len(said)))
    assert normalised.word_span(0, len(normalised.text)) == (0, len(said) - 1)
    for run in normalised.runs:
        for k, token in enumerate(run.tokens):
            assert 0 <= token.first <= token.last < len(said)
            assert k == 0 or run.tokens[k - 1].last <= token.first
        for first, last in normalised.segments(run, 0, len(run.tokens) - 1):
            assert spoken.same_turn(first, last)


def test_resolve_prefers_score_then_length() -> None:
    a = Candidate(0, 3, "PHONE", 0.9, "a")
    b = Candidate(2, 5, "OTHER_ID", 0.6, "b")
    c = Candidate(6, 6, "AGE", 0.5, "c")
    d = Candidate(6, 8, "DATE", 0.5, "d")
    assert resolve([b, c, a, d]) == [a, d]
