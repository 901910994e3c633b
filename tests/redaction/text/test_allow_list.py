"""The allow list: legal sections, medication, services, calendar words, amounts."""

from __future__ import annotations

import pytest

from pipeline.redaction.text.allow_list import is_amount, is_medication
from pipeline.redaction.text.analysis import Analysis


@pytest.mark.parametrize(
    ("line", "kept"),
    [
        ("on a section two again", ["section two"]),
        ("a section 5(2), then", ["section 5(2),"]),
        ("sections two and three were", ["sections two and three"]),
        ("I take sertraline and lithium.", ["sertraline", "lithium."]),
        ("the crisis team came", ["crisis team"]),
        ("in March, on a Tuesday", ["March,", "Tuesday"]),
        ("a one three six, they", ["a one three six,"]),
        ("my CPN and the PIP form", ["CPN", "PIP"]),
        ("it may be that we march on", []),
        ("the pip in the apple", []),
    ],
)
def test_kept(line: str, kept: list[str]) -> None:
    spoken = Analysis.from_lines([line])
    spans = {(a, b) for a, b, _ in spoken.allow_listed}
    longest = [s for s in spans if not any(o != s and o[0] <= s[0] and s[1] <= o[1] for o in spans)]
    assert [spoken.said(a, b) for a, b in sorted(longest)] == kept


def test_a_longer_span_is_not_kept() -> None:
    spoken = Analysis.from_lines(["on the ninth of May it was"])
    assert spoken.allowed_as(4, 4)
    assert not spoken.allowed_as(2, 4)


@pytest.mark.parametrize(
    ("line", "amount"), [("twenty minutes", True), ("twenty. Minutes", False), ("20 mg", True), ("twenty and", False)]
)
def test_amounts(line: str, amount: bool) -> None:
    spoken = Analysis.from_lines([line])
    assert is_amount(spoken, 0, 0, "20") is amount
    assert not is_amount(spoken, 0, 0, "07700900123")


@pytest.mark.parametrize(
    ("word", "medicine"),
    [
        ("certraline", True),
        ("lanzapine", True),
        ("quessiappine", True),
        ("christine", False),
        ("lorraine", False),
        ("sardine", False),
        ("garboldisham", False),
    ],
)
def test_medicines_as_they_are_misheard(word: str, medicine: bool) -> None:
    assert is_medication(word) is medicine
