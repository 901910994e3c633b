"""What models say that nobody said, beside what people do say."""

from __future__ import annotations

import pytest

from pipeline.engines.base import SpokenWord
from pipeline.speech import hallucinations

PROMPT = "Um, er, I- I mean, you know."


def _words(text: str, step: float = 0.3) -> list[SpokenWord]:
    return [SpokenWord(w, n * step, n * step + step * 0.9, 0.9) for n, w in enumerate(text.split())]


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("down oh seven Yes. Yes. Yes. Yes. Yes. Yes. Yes.", (3, 4)),
        ("and then oh dear oh dear oh dear oh dear oh dear", (2, 4)),
        ("I went to the shop I went to the shop I went to the shop I went", (0, 5)),
        ("I- I- I- I- I- I-", (0, 1)),
        # what people say
        ("no, no, no, no, I never", None),
        ("I I I just sat there", None),
        ("bye bye bye", None),
        ("it was very very very hot", None),
        ("oh dear, oh dear, oh dear", None),
        ("day after day after day", None),
        ("", None),
    ],
)
def test_loops(text: str, at: tuple[int, int] | None) -> None:
    assert hallucinations.loop_at(text.split()) == at


@pytest.mark.parametrize(("step", "found"), [(0.3, False), (0.15, False), (0.05, True), (0.0, True)])
def test_words_too_fast_to_be_said(step: float, found: bool) -> None:
    assert (hallucinations.rush_at(_words("a b c d e f g h i j", step)) == 0) is found


@pytest.mark.parametrize(
    ("text", "phrases"),
    [
        ("and that was it Thanks for watching!", [(4, 6)]),
        ("Thank you very much for watching.", [(0, 5)]),
        ("Please subscribe to our channel", [(0, 4)]),
        ("Subtitles by the Amara.org community", [(0, 4)]),
        ("See you in the next video", [(0, 5)]),
        # what people say
        ("thanks for coming today", []),
        ("thank you very much for that", []),
        ("she was watching me", []),
        ("see you next week then", []),
        ("I subscribe to the paper", []),
    ],
)
def test_stock_phrases(text: str, phrases: list[tuple[int, int]]) -> None:
    assert hallucinations.stock_phrases(text.split()) == phrases


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("Um, er, I- I mean, you know.", 0),
        ("well er I I mean you know", 1),
        ("I mean, you know, it was hard", None),
        ("um I was er thirty-four", None),
    ],
)
def test_an_echo_of_the_prompt(text: str, at: int | None) -> None:
    assert hallucinations.echo_at(text.split(), PROMPT) == at
    assert hallucinations.echo_at(text.split(), "") is None


def test_words_in_silence() -> None:
    words = [SpokenWord("a", 1.0, 1.2, 0.9), SpokenWord("b", 5.0, 5.2, 0.9), SpokenWord("c", 9.1, 9.2, 0.9)]
    assert hallucinations.in_silence(words, [(0.5, 2.0), (8.0, 9.0)], 0.5) == [1]
    assert hallucinations.in_silence(words, [], 0.5) == [0, 1, 2]
