"""Phrases that single somebody out are flagged, never replaced."""

from __future__ import annotations

import pytest

from pipeline.redaction import quasi_identifiers
from pipeline.redaction.text.analysis import Analysis


@pytest.mark.parametrize(
    ("said", "flagged"),
    [
        (
            "P: See, I'm the one who drove the combine into the village pond, so.",
            "the one who drove the combine into the village pond,",
        ),
        (
            "P: He's the only left-handed scribe north of Manchester, you know.",
            "the only left-handed scribe north of Manchester,",
        ),
        ("P: They sent for the only midwife this side of Larchwood.", "the only midwife this side of Larchwood."),
        ("P: She was the first woman vet this valley ever had.", "the first woman vet this valley ever had."),
        ("P: We had the oldest farmer in the valley there.", "the oldest farmer in the valley there."),
        ("P: I'm the plasterer who cried on the telly.", "the plasterer who cried on the telly."),
        ("P: And then it was on the news.", "on the news."),
    ],
)
def test_flagged(said: str, flagged: str) -> None:
    transcript = Analysis.from_lines([said])
    (found,) = quasi_identifiers.find(transcript)
    assert (found.action, found.category, found.suggestion) == ("flag", "QUASI", quasi_identifiers.SUGGESTION)
    assert transcript.said(found.first, found.last) == flagged


@pytest.mark.parametrize(
    "said",
    [
        "P: I was the one.",
        "P: the man who came",
        "P: It was only a cup of tea.",
        "P: At first I cried.",
        "P: At first the scribe went north of the river.",
        "P: The only thing north of Manchester is rain.",
        "P: That was the last one for today.",
    ],
)
def test_not_flagged(said: str) -> None:
    assert quasi_identifiers.find(Analysis.from_lines([said])) == []


def test_replaced_words_are_not_part_of_a_flag() -> None:
    transcript = Analysis.from_lines(["P: I'm the one who drove Sam home that night."])
    found = quasi_identifiers.find(transcript, taken={5})
    assert [transcript.said(flag.first, flag.last) for flag in found] == ["the one who drove", "home that night."]
    assert quasi_identifiers.find(transcript, taken=set(range(10))) == []
