"""Intervals, and probabilities to stretches of voice."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import strategies as st

from pipeline.speech import activity
from tests import sounds

times = st.integers(0, 400).map(lambda n: n / 10)


@pytest.mark.parametrize(
    ("gap", "stretches"),
    [(2, 1), (4, 1), (6, 2), (40, 2)],
)
def test_a_short_dip_does_not_end_a_stretch(gap: int, stretches: int) -> None:
    probabilities = [0.0] * 20 + [0.9] * 30 + [0.0] * gap + [0.9] * 30 + [0.0] * 20
    assert len(activity.voiced(probabilities)) == stretches


@pytest.mark.parametrize(("level", "frames", "found"), [(0.9, 30, 1), (0.4, 30, 0), (0.9, 2, 0), (0.9, 4, 1)])
def test_what_counts_as_voice(level: float, frames: int, found: int) -> None:
    assert len(activity.voiced([0.0] * 10 + [level] * frames + [0.0] * 10)) == found


def test_voice_up_to_the_end() -> None:
    ((start, end),) = activity.voiced([0.9] * 50)
    assert start == 0.0
    assert end == pytest.approx(50 * activity.FRAME_SECONDS)


def test_the_diarisers_speech_is_added_and_cut_to_the_recording() -> None:
    found = activity.detected(np.zeros(300, np.float32), [(1.0, 2.0), (9.0, 12.0)], 9.6)
    assert found == [(1.0, 2.0), (9.0, 9.6)]


class _Sound:
    def __init__(self, samples: np.ndarray) -> None:
        self.samples, self.duration = samples, len(samples) / 16_000

    def mono(self, start: float = 0.0, end: float | None = None) -> np.ndarray:
        return self.samples[round(start * 16_000) : None if end is None else round(end * 16_000)]


@pytest.mark.parametrize(
    "samples",
    [sounds.silence(12), sounds.noise(12, 0.1), sounds.tone(12, 50), sounds.tone(12, 350) + sounds.tone(12, 440)],
    ids=["silence", "noise", "hum", "dial tone"],
)
def test_no_voice_where_nobody_speaks(samples: np.ndarray, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(activity, "BLOCK_FRAMES", 100)  # several blocks
    probabilities = activity.voice_probabilities(_Sound(samples))
    assert len(probabilities) == int(12 / activity.FRAME_SECONDS)
    assert activity.voiced(probabilities) == []
