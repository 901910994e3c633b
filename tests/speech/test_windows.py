"""Windows: no speech outside, none twice, none too long, cut where the voice rests, and times that find back."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.core.intervals import Interval, intersect, subtract, total, union
from pipeline.engines.scripted import Clock
from pipeline.speech.activity import FRAME_SECONDS
from pipeline.speech.windows import Packing, Tape, Window

steps = st.lists(st.tuples(st.integers(1, 60), st.integers(1, 400)), min_size=1, max_size=12)


def _speech(rows: list[tuple[int, int]]) -> list[Interval]:
    found, at = [], 0.0
    for gap, length in rows:
        found.append((at + gap / 10, at + gap / 10 + length / 10))
        at = found[-1][1]
    return found


def _tape(speech: list[Interval], duration: float | None = None) -> Tape:
    duration = speech[-1][1] + 1.0 if duration is None else duration
    voice = np.zeros(int(duration / FRAME_SECONDS) + 1, np.float32)
    for start, end in speech:
        voice[int(start / FRAME_SECONDS) : int(end / FRAME_SECONDS) + 1] = 1.0
    return Tape(speech, voice, duration, Packing())


@settings(max_examples=30, deadline=None)
@given(steps)
def test_every_stretch_is_heard_once(rows: list[tuple[int, int]]) -> None:
    speech = _speech(rows)
    windows = _tape(speech).windows()
    heard = [piece for window in windows for piece in window.pieces]
    assert total(subtract(speech, union(heard))) == pytest.approx(0.0, abs=1e-6)
    assert total(heard) == pytest.approx(total(union(heard)), abs=1e-6)
    assert all(window.length <= Packing().longest + 1e-6 for window in windows)
    assert heard == sorted(heard)
    assert min(start for start, _ in heard) >= 0.0
    assert max(end for _, end in heard) <= speech[-1][1] + 1.0


@settings(max_examples=30, deadline=None)
@given(steps)
def test_pauses_are_heard_as_they_were_but_very_long_ones_are_shortened(rows: list[tuple[int, int]]) -> None:
    speech = _speech(rows)
    packing = Packing()
    heard = union([piece for window in _tape(speech).windows() for piece in window.pieces])
    for (_, start), (end, _) in pairwise(speech):
        kept = total(intersect([(start, end)], heard))
        whole = end - start <= packing.bridge + 1e-6
        assert kept == pytest.approx(end - start if whole else 2 * packing.edge, abs=1e-6)


@pytest.mark.parametrize(
    ("speech", "pause"),
    [
        ([(1.0, 10.0), (11.5, 22.0), (22.6, 49.0)], (22.0, 22.6)),  # in the pause in the last seconds
        ([(1.0, 10.0), (10.4, 22.0), (23.5, 26.0), (26.3, 50.0)], (22.0, 23.5)),  # in the longer one of two
        ([(1.0, 17.0), (18.0, 45.0)], (17.0, 18.0)),  # earlier, before anybody is interrupted
        ([(1.0, 10.0), (10.6, 15.6), (16.2, 24.0), (25.5, 31.0)], (15.6, 16.2)),  # the last two are alike
    ],
)
def test_a_window_ends_where_the_voice_rests(speech: list[Interval], pause: Interval) -> None:
    packing = Packing()
    first, second = _tape(speech).windows()
    assert pause[0] + 0.2 <= first.end <= pause[1] - 0.2
    assert (second.start, second.end) == pytest.approx((first.end, speech[-1][1] + packing.edge))


def test_a_voice_that_never_rests_is_cut_at_the_length() -> None:
    assert [round(w.length) for w in _tape([(0.0, 60.0)]).windows()] == [28, 20, 12]


@pytest.mark.parametrize("at", [5.0, 30.0, 59.0, 88.0])
@pytest.mark.parametrize("before", [1.0, 9.0])
def test_a_window_around_a_stretch_has_speech_on_both_sides(at: float, before: float) -> None:
    speech = [(n * 6.0 + 0.5, n * 6.0 + 5.5) for n in range(15)]
    window = _tape(speech).around(at, at + 0.5, before)
    packing = Packing()
    assert window.start <= at <= at + 0.5 <= window.end
    assert packing.longest - packing.slack <= window.length <= packing.longest + 1e-6
    if window.end < 89.0:
        assert at - window.start == pytest.approx(min(at, before), abs=packing.slack / 2 + 1.0)


@settings(max_examples=30, deadline=None)
@given(steps, st.floats(0, 1))
def test_times_come_back(rows: list[tuple[int, int]], share: float) -> None:
    speech = _speech(rows)
    clock = Clock(speech[-1][1] + 1)
    tape = _tape(speech, clock.duration)
    for window in tape.windows():
        at = share * (window.length - 0.01)
        samples = window.samples(clock)
        assert window.at(at) == pytest.approx(float(samples[round(at * 16_000)]) * 1e5, abs=0.02)
    assert tape.recorded(tape.played(speech[0][0])) == pytest.approx(speech[0][0])


def test_at_a_seam_an_end_stays_before_it() -> None:
    window = Window(((1.0, 3.0), (7.0, 9.0)))
    assert window.at(2.0) == 7.0
    assert window.at(2.0, ending=True) == 3.0
    assert window.at(99.0) == 9.0


def test_what_only_the_diariser_hears_is_no_rest() -> None:
    speech = [(0.0, 20.0), (20.5, 26.0), (26.2, 55.0)]
    voice = np.ones(int(56 / FRAME_SECONDS), np.float32)
    voice[int(20.5 / FRAME_SECONDS) : int(26.0 / FRAME_SECONDS)] = 0.0  # somebody far away
    voice[int(26.0 / FRAME_SECONDS) : int(26.2 / FRAME_SECONDS)] = 0.0
    first, *_ = Tape(speech, voice, 56.0, Packing()).windows()
    assert not 20.7 < first.end < 25.8
