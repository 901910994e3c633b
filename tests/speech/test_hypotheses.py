"""Two hearings: what both say stays, and where they differ the likelier one is taken, only where it was asked for."""

from __future__ import annotations

import pytest

from pipeline.core.intervals import Interval
from pipeline.engines.base import SpokenWord
from pipeline.speech.hypotheses import Heard, merge

EVERYWHERE: Interval = (0.0, 100.0)


def _heard(text: str) -> list[Heard]:
    """A word a second, 0.8 s long: "_" is a second without one; "word.4" has a probability of 0.4, others of 0.9."""
    found = []
    for second, piece in enumerate(text.split()):
        word, _, tenths = piece.partition(".")
        if word != "_":
            found.append(Heard(SpokenWord(word, float(second), second + 0.8, int(tenths or 9) / 10)))
    return found


@pytest.mark.parametrize(
    ("first", "second", "wanted", "expected"),
    [
        ("till _ _ _ the room", "till the resonant ones the room", (1.2, 4.0), "till the resonant ones the room"),
        ("until _ _ _ the room", "_ _ resonant frequencies", (1.2, 4.0), "until resonant frequencies the room"),
        ("in a rhyme.2 room", "in a different.8 room", (2.0, 2.8), "in a different room"),
        ("in a different.8 room", "in a rhyme.2 room", (2.0, 2.8), "in a different room"),
        ("in a rhyme.2 room", "in a different.8 room", (5.0, 6.0), "in a rhyme room"),  # nobody asked
        ("and um.3 well then", "and _ well then", (1.0, 1.8), "and um well then"),  # left out is not refuted
        ("_ _ express", "okay.1 _ express", (0.0, 1.0), "_ _ express"),  # fills the time
        ("and _ then", "_ _ _", (1.0, 1.9), "and _ then"),
        ("_ _ _", "so _ then", EVERYWHERE, "so _ then"),
        ("and then _ _ _ _ _ and then", "and then _ _ and then", (2.0, 7.0), "and then _ _ and then _ and then"),
        ("a.2 _ _ _ _ f.2", "a _ _ _ _ g", (5.0, 5.8), "a _ _ _ _ g"),
        ("_ _ _ _ e f", "a b", (0.0, 3.8), "a b _ _ e f"),  # one after the other: no contradiction
    ],
)  # fmt: skip
def test_merging(first: str, second: str, wanted: Interval, expected: str) -> None:
    merged = merge(_heard(first), _heard(second), [wanted])
    assert [h.word.text for h in merged] == [h.word.text for h in _heard(expected)]
    starts = [h.word.start for h in merged]
    assert starts == sorted(starts)


def test_rough_times_do_not_change_the_order() -> None:
    first = [Heard(SpokenWord(text, at, at + 0.3, 0.9)) for text, at in (("play", 1.0), ("room", 3.0))]
    second = [Heard(SpokenWord(text, at, at + 0.3, 0.9)) for text, at in (("play", 1.2), ("the", 3.1), ("room", 3.4))]
    merged = merge(first, second, [(1.5, 3.2)])
    assert [h.word.text for h in merged] == ["play", "the", "room"]
    assert [h.word.start for h in merged] == [1.0, 3.1, 3.1]
