"""Mentions become entities: one person under many forms, two people under one."""

from __future__ import annotations

import pytest

from pipeline.redaction.entities import cluster
from pipeline.redaction.text.analysis import Analysis
from pipeline.redaction.text.forms import form_of, is_short_form


@pytest.mark.parametrize(
    ("a", "b", "same"),
    [
        ("danielle", "dani", True),
        ("rose", "rosie", True),
        ("elijah", "lijah", True),
        ("william", "bill", True),
        ("malcolm", "malky", True),
        ("mark", "mary", False),
        ("al", "alice", False),
        ("grace", "gravy", False),
    ],
)
def test_short_forms(a: str, b: str, same: bool) -> None:
    assert is_short_form(a, b) is same
    assert is_short_form(b, a) is same


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("T-H-I-R-T-L-E", "thirtle"),
        ("E I L I D H", "eilidh"),
        ("Saoirse", "saoirse"),
        ("Boguś", "bogus"),
        ("A P", "a p"),
    ],
)
def test_forms(text: str, form: str) -> None:
    assert form_of(text) == form


def grouped(said: str, spans: list[tuple[int, int]], from_asr: bool = False) -> list[set[str]]:
    transcript = Analysis.from_lines([said])
    found = [transcript.candidate("PERSON", a, b, score=0.9, method="t") for a, b in spans]
    return [set(c.forms) for c in cluster(transcript, found, from_asr)]


def test_parts_of_a_full_name_join() -> None:
    assert grouped("P: Hope Larter, Hope and Larter", [(0, 1), (2, 2), (4, 4)]) == [{"Hope Larter", "Hope", "Larter"}]


def test_a_first_name_that_two_people_share_joins_neither_family_name() -> None:
    groups = grouped("P: Ann Pike met Tom Pike and Pike", [(0, 1), (3, 4), (6, 6)])
    assert {"Pike"} in groups


def test_sound_joins_only_what_was_recognised() -> None:
    said, spans = "P: Siobhan or Shavorn came", [(0, 0), (2, 2)]
    assert grouped(said, spans, from_asr=True) == [{"Siobhan", "Shavorn"}]
    assert len(grouped(said, spans, from_asr=False)) == 2


def test_spelling_joins_the_name() -> None:
    assert grouped("P: Eilidh, that's E I L I D H", [(0, 0), (2, 7)]) == [{"Eilidh", "E I L I D H"}]
