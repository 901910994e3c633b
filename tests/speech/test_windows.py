"""Windows: no speech outside, none twice, none too long, and times that find their way back."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.core.intervals import Interval, intersect, subtract, total, union
from pipeline.engines.scripted import Clock
from pipeline.speech.windows import Packing, Window, cut_at, pack, split_long

steps = st.lists(st.tuples(st.integers(1, 60), st.integers(1, 120)), min_size=1, max_size=40)
packings = st.builds(Packing, splice=st.booleans(), bridge=st.sampled_from([0.6, 1.0, 2.0]))


def _speech(rows: list[tuple[int, int]]) -> list[Interval]:
    found, at = [], 0.0
    for gap, length in rows:
        found.append((at + gap / 10, at + gap / 10 + length / 10))
        at = found[-1][1]
    return found


@given(steps, packings)
def test_every_stretch_is_heard_once(rows: list[tuple[int, int]], packing: Packing) -> None:
    speech = _speech(rows)
    duration = speech[-1][1] + 0.1
    windows = pack(speech, packing, duration)
    heard = [piece for window in windows for piece in window.pieces]
    assert total(subtract(speech, union(heard))) == pytest.approx(0.0, abs=1e-6)
    assert total(heard) == pytest.approx(total(union(heard)), abs=1e-6)
    assert all(window.length <= packing.longest + 1e-6 for window in windows)
    assert heard == sorted(heard)
    assert min(start for start, _ in heard) >= 0.0
    assert max(end for _, end in heard) <= duration


@given(steps)
def test_no_window_bridges_a_long_pause_unless_told(rows: list[tuple[int, int]]) -> None:
    speech = _speech(rows)
    for window in pack(speech, Packing(splice=False), 1e4):
        (piece,) = window.pieces
        silent = subtract([piece], speech)
        assert max((e - s for s, e in silent), default=0.0) <= 1.0 + 1e-6


def test_splicing_fills_windows_over_pauses() -> None:
    speech = [(0.0, 5.0), (10.0, 15.0), (20.0, 25.0)]
    assert len(pack(speech, Packing(splice=True), 30)) == 1
    assert len(pack(speech, Packing(splice=False), 30)) == 3


@given(steps, st.floats(0, 1))
def test_times_come_back(rows: list[tuple[int, int]], share: float) -> None:
    clock = Clock(_speech(rows)[-1][1] + 1)
    for window in pack(_speech(rows), Packing(splice=True), clock.duration):
        at = share * (window.length - 0.01)
        samples = window.samples(clock)
        assert window.at(at) == pytest.approx(float(samples[round(at * 16_000)]) * 1e5, abs=0.02)
        assert total(window.after(at)) == pytest.approx(window.length - at, abs=1e-6)


def test_at_a_seam_an_end_stays_before_it() -> None:
    window = Window(((1.0, 3.0), (7.0, 9.0)))
    assert window.at(2.0) == 7.0
    assert window.at(2.0, ending=True) == 3.0
    assert window.at(99.0) == 9.0


def test_long_speech_is_cut_where_voice_is_least() -> None:
    probabilities = np.ones(2000, np.float32)
    probabilities[round(20.0 / 0.032)] = 0.1
    parts = split_long([(0.0, 40.0)], probabilities, 27.0)
    assert parts[0][1] == pytest.approx(20.0, abs=0.05)
    assert all(e - s <= 27.0 for s, e in parts)
    assert total(intersect(parts, [(0.0, 40.0)])) == pytest.approx(40.0)


@pytest.mark.parametrize(("time", "parts"), [(5.0, 2), (0.2, 1), (9.9, 1), (20.0, 1)])
def test_cutting_at_turn_changes(time: float, parts: int) -> None:
    assert len(cut_at([(0.0, 10.0)], [time])) == parts
