"""Word times: numbers get the speech around them, nothing else moves far, nothing overlaps."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.engines.base import SpokenWord
from pipeline.speech.recovery import Heard
from pipeline.speech.retime import to_words


def _heard(*rows: tuple[str, float, float]) -> list[Heard]:
    return [Heard(SpokenWord(text, start, end, 0.9)) for text, start, end in rows]


def test_a_number_that_starts_late_gets_the_speech_before_it() -> None:
    words, count = to_words(_heard(("down,", 1.0, 1.4), ("07700900123.", 4.0, 5.0), ("Yes.", 5.6, 5.9)), [(0.9, 6.0)])
    assert (words[1].start, words[1].end) == (1.4, 5.6)
    assert words[1].flags == ("retimed",)
    assert count == 1


@pytest.mark.parametrize(
    ("text", "start", "expected"),
    [
        ("34", 2.2, 1.4),
        ("well", 1.8, 1.4),  # a breath late
        ("well", 2.6, 2.6),  # too far: lost speech, not a late word
        ("34", 9.0, 9.0),  # further than anybody takes for one number
    ],
)
def test_how_far_a_word_is_moved(text: str, start: float, expected: float) -> None:
    words, _ = to_words(_heard(("so", 1.0, 1.4), (text, start, start + 0.3)), [(0.9, 12.0)])
    assert words[1].start == expected


def test_a_number_is_not_stretched_over_a_pause() -> None:
    words, _ = to_words(_heard(("so", 1.0, 1.4), ("34", 4.0, 4.3)), [(0.9, 1.5), (3.6, 4.4)])
    assert words[1].start == 3.6
    assert words[1].end == 4.4


@pytest.mark.parametrize(
    ("text", "start", "end", "expected"),
    [
        ("So", 0.0, 1.2, (0.9, 1.5)),  # starts in the silence before the speech
        ("then", 1.3, 3.4, (0.9, 1.5)),  # ends in the pause
        ("then", 1.4, 4.2, (3.6, 4.4)),  # reaches over the pause: most of it is after
        ("34", 1.3, 4.2, (0.9, 4.4)),  # numbers are said with pauses inside
        ("mm", 2.0, 2.4, (2.0, 2.4)),  # no speech was detected under it
    ],
)
def test_silence_is_no_part_of_a_word(text: str, start: float, end: float, expected: tuple[float, float]) -> None:
    ((word,), _) = to_words(_heard((text, start, end)), [(0.9, 1.5), (3.6, 4.4)])
    assert (word.start, word.end) == expected


def test_flags() -> None:
    item = Heard(SpokenWord("x", 1.0, 1.2, 0.2), level=1, recovered=True)
    ((word,), _) = to_words([item], [(1.0, 1.2)])
    assert word.flags == ("recovered", "uncertain")
    assert word.confidence == 0.2


times = st.lists(
    st.tuples(st.integers(0, 300), st.integers(0, 30), st.sampled_from(["a", "7"])), min_size=1, max_size=30
)


@given(times, st.lists(st.tuples(st.integers(0, 300), st.integers(1, 60)), max_size=10))
def test_times_stay_in_order(rows: list[tuple[int, int, str]], stretches: list[tuple[int, int]]) -> None:
    from pipeline.core.intervals import union

    heard = _heard(*[(text, at / 10, (at + length) / 10) for at, length, text in sorted(rows)])
    words, _ = to_words(heard, union([(at / 10, (at + length) / 10) for at, length in stretches]))
    assert [w.text for w in words] == [h.word.text for h in heard]
    for before, after in pairwise(words):
        assert before.start is not None
        assert before.end is not None
        assert after.start is not None
        assert before.start <= before.end <= after.start + 0.041
