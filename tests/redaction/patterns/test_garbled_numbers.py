"""Numbers that lost their shape in a recogniser: hidden whole, and nothing else with them."""

from __future__ import annotations

import pytest

from pipeline.redaction.patterns import registry
from pipeline.redaction.text.analysis import Analysis


def shown(line: str, *, heard: bool) -> str:
    """The line with what is hidden as underscores."""
    spoken = Analysis.from_lines([line])
    hidden = {n for c in registry.find(spoken, from_asr=heard) for n in range(c.first, c.last + 1)}
    return " ".join("_" if n in hidden else w.text for n, w in enumerate(spoken.words))


@pytest.mark.parametrize(
    ("line", "left"),
    [
        ("My NHS number is 9.99. 118. 6225. And then I went.", "My NHS number is _ _ _ And then I went."),
        ("It's 07700, 900, fall 6 1. She said so.", "It's _ _ _ _ _ She said so."),
        ("The postcode is SW 9. 6 Z Z. It is nice.", "The postcode is _ _ _ _ _ It is nice."),
        ("My NHS number, it's 9 9, 4 2 0, not 8 6.", "My NHS number, it's _ _ _ _ _ _ _ _"),
    ],
)
def test_numbers_are_hidden_whole(line: str, left: str) -> None:
    assert shown(line, heard=True) == left


@pytest.mark.parametrize(
    "line",
    [
        "It was 9.50 for two of us.",
        "I phone her two or three times a week.",
        "My number one worry is the two boys, for 20 minutes a day.",
        "We had 12 sessions, and then 6 more to finish.",
        "They rang at half nine, and not for the first time.",
    ],
)
def test_amounts_and_small_talk_stay(line: str) -> None:
    assert shown(line, heard=True) == line


def test_a_typed_transcript_is_read_as_it_is_written() -> None:
    line = "It's 07700 900461. Two 1 to 1 talks."
    assert shown(line, heard=False) == "It's _ _ Two 1 to 1 talks."
