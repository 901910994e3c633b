"""Token sequences: what counts, and how far the decoder listened."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.engines.dtw import warp
from pipeline.engines.tokens import compression, join_punctuation, read_tokens

END, BASE = 100, 200


def stamp(seconds: float) -> int:
    return BASE + round(seconds / 0.02)


@pytest.mark.parametrize(
    ("tokens", "text", "reached", "finished"),
    [
        ([stamp(0), 1, 2, stamp(4)], (1, 2), 4.0, True),
        ([stamp(0), 1, stamp(2), stamp(2), 2, stamp(5)], (1, 2), 5.0, True),
        # an open last segment is left for the next window
        ([stamp(0), 1, stamp(2), stamp(2), 2, 3], (1,), 2.0, False),
        # nothing but an open segment is kept
        ([stamp(0), 1, 2], (1, 2), 10.0, True),
        ([1, 2], (1, 2), 10.0, True),
        # a time stamp after the window's end is the window's end
        ([stamp(0), 1, stamp(14)], (1,), 10.0, True),
        ([stamp(0), stamp(3)], (), 0.0, True),
        ([], (), 0.0, True),
        ([stamp(0), 1, END, stamp(4)], (1,), 4.0, True),
    ],
)
def test_reading_time_stamps(tokens: list[int], text: tuple[int, ...], reached: float, finished: bool) -> None:
    reading = read_tokens(tokens, BASE, END, 10.0)
    assert (reading.tokens, reading.reached, reading.finished) == (text, reached, finished)


@given(st.lists(st.one_of(st.integers(0, 99), st.integers(BASE, BASE + 1500)), max_size=30), st.floats(0.5, 30))
def test_readings_stay_in_the_window(tokens: list[int], length: float) -> None:
    reading = read_tokens(tokens, BASE, END, length)
    assert 0.0 <= reading.reached <= length
    assert [t for t in tokens if t < END][: len(reading.tokens)] == list(reading.tokens)


def word(text: str, start: float = 0.0, end: float = 0.5, probability: float = 0.9) -> dict[str, Any]:
    return {"text": text, "start": start, "end": end, "probability": probability}


@pytest.mark.parametrize(
    ("pieces", "words"),
    [
        ([" so", ",", " yes", "."], ["so,", "yes."]),
        ([" (", " yes", ")"], ["(yes)"]),
        ([" I", "-", "I", " mean"], ["I-I", "mean"]),
        ([" ", " yes"], ["yes"]),
        ([","], [","]),
    ],
)
def test_punctuation_is_attached(pieces: list[str], words: list[str]) -> None:
    assert [w["text"] for w in join_punctuation([word(p) for p in pieces])] == words


def test_joined_words_span_their_pieces() -> None:
    (joined,) = join_punctuation([word(" 07700", 1.0, 2.0, 0.9), word("-900123", 2.0, 3.0, 0.4)])
    assert joined == {"text": "07700-900123", "start": 1.0, "end": 3.0, "probability": 0.4}


def test_loops_compress() -> None:
    assert compression("Yes. " * 60) > 2.4
    assert compression("And when you came out, what was the plan, as you understood it?") < 2.4
    assert compression("") == 0.0


def _slow_warp(cost: np.ndarray) -> list[int]:
    """openai/whisper's `dtw_cpu` and `backtrace`, as published."""
    n, m = cost.shape
    total = np.full((n + 1, m + 1), np.inf)
    trace = -np.ones((n + 1, m + 1))
    total[0, 0] = 0
    for j in range(1, m + 1):
        for i in range(1, n + 1):
            c0, c1, c2 = total[i - 1, j - 1], total[i - 1, j], total[i, j - 1]
            if c0 < c1 and c0 < c2:
                c, t = c0, 0
            elif c1 < c0 and c1 < c2:
                c, t = c1, 1
            else:
                c, t = c2, 2
            total[i, j] = cost[i - 1, j - 1] + c
            trace[i, j] = t
    trace[0, :], trace[:, 0] = 2, 1
    i, j, path = n, m, []
    while i > 0 or j > 0:
        path.append((i - 1, j - 1))
        i, j = (i - 1, j - 1) if trace[i, j] == 0 else (i - 1, j) if trace[i, j] == 1 else (i, j - 1)
    path.reverse()
    begins: list[int] = []
    for token, frame in path:
        if token == len(begins):
            begins.append(frame)
    return begins


@given(st.integers(1, 8), st.integers(1, 12), st.integers(0, 10**6))
def test_warping_is_whispers(tokens: int, frames: int, seed: int) -> None:
    cost = np.random.default_rng(seed).standard_normal((tokens, frames)).astype(np.float32)
    assert [max(0, b) for b in _slow_warp(cost)] == warp(cost).tolist()
