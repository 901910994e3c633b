"""Phrases that single somebody out are flagged, never replaced."""

from __future__ import annotations

import pytest

from pipeline import flags
from pipeline.document import Document, Entity, Redaction, Word
from pipeline.recognisers.base import SpokenText


@pytest.mark.parametrize(
    ("said", "part"),
    [
        (
            "P: See, I'm the one who drove the combine into the village pond, so.",
            "the one who drove the combine into the village pond,",
        ),
        ("P: He's the only left-handed scribe north of Manchester.", None),
        ("P: She was the first woman vet this valley ever had.", "first woman vet"),
        ("P: I'm the plasterer who cried on the telly.", "the plasterer who cried on the telly."),
    ],
)
def test_flagged(said: str, part: str | None) -> None:
    transcript = SpokenText.from_lines([said])
    found = flags.find(transcript)
    assert all(r.action == "flag" and r.category == "QUASI" for r in found)
    if part:
        assert any(part in transcript.said(r.first, r.last) for r in found)


@pytest.mark.parametrize(
    "said", ["P: I was the one.", "P: the man who came", "P: It was only a cup of tea.", "P: At first I cried."]
)
def test_not_flagged(said: str) -> None:
    assert flags.find(SpokenText.from_lines([said])) == []


def test_replaced_words_are_not_part_of_a_flag() -> None:
    transcript = SpokenText.from_lines(["P: I'm the one who drove Sam home that night."])
    for flag in flags.find(transcript, taken={5}):
        assert not flag.first <= 5 <= flag.last


def test_what_remains_names_nobody() -> None:
    words = tuple(Word(text=w, role="P") for w in ["My", "husband", "Will", "was", "a", "plasterer", "in", "2016"])
    document = Document(
        id="P1",
        words=words,
        entities=(Entity(id="E1", category="PERSON", forms=("Will",), replacement="[husband]"),),
        redactions=(Redaction(id="R1", category="PERSON", entity="E1", first=2, last=2, replacement="[husband]"),),
    )
    left = flags.remains(document)
    assert left.people == ("[husband]",)
    assert left.jobs == ("plasterer",)
    assert left.years == ("2016",)
    assert "will" not in str(left).lower()
