"""The key sheet's names, in their own letters, in others, as other words."""

from __future__ import annotations

import pytest

from pipeline.core.keysheet import parse
from pipeline.redaction.keysheet import find
from pipeline.redaction.text.analysis import Analysis
from tests.redaction.scripted_reading import reading

SHEET = b"""
participant: {names: [Hope Larter]}
people:
  - {names: [Siobhan], as: sister}
  - {names: [Yetunde], as: cousin}
places: [Eye]
"""


def hidden(said: str, chances: dict[int, float]) -> list[str]:
    """What is taken for a name of the sheet, where the reader gives the words these chances."""
    transcript = Analysis.from_lines([f"P: {said}"])
    found = find(transcript, reading(transcript, dict(chances)), parse(SHEET, "P03.yaml"))
    cores = []
    for mention in found:
        text = transcript.said(mention.first, mention.last)
        cores.append(text[len(mention.lead) : len(text) - len(mention.tail)])
    return cores


@pytest.mark.parametrize(
    ("said", "chances", "expected"),
    [
        ("So, Hope, tell me.", {}, ["Hope"]),
        ("I hope so, eye to eye.", {}, []),
        ("then hope came round", {1: 0.4}, ["hope"]),
        ("My sister Shavorn came.", {2: 0.5}, ["Shavorn"]),
        ("We were in Eye, near the church.", {}, ["Eye"]),
        ("That was Hope Larter's house.", {}, ["Hope Larter"]),
        ("and sharon came", {}, []),
        ("a shower of rain, a seven o'clock train", {}, []),
    ],
)
def test_names(said: str, chances: dict[int, float], expected: list[str]) -> None:
    assert hidden(said, chances) == expected


def test_an_empty_sheet_finds_nothing() -> None:
    transcript = Analysis.from_lines(["P: My sister Siobhan came."])
    assert find(transcript, reading(transcript, {}), parse(b"keep: [Norfolk]", "P03.yaml")) == []
