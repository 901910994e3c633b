from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.diarisation import clustering, stitching, turns
from pipeline.diarisation.grid import Grid
from pipeline.diarisation.result import assemble
from tests.diarisation import conversations
from tests.diarisation.conversations import Said


def found(said: list[Said], duration: float, voices: int = 2, **options: float) -> list[tuple[float, float, int]]:
    grid = Grid(conversations.segmentation(said, duration, voices=voices))
    segments = conversations.embedded(grid, said, voices, **options)
    centroids = clustering.voices_of(segments.vectors, segments.lengths, voices)
    stitched = stitching.stitch(grid, segments, centroids)
    activity = stitching.activities(grid, stitched.maps, len(centroids))
    rows = [(a, b, v) for v in range(activity.shape[1]) for a, b in turns.spans(activity[:, v] >= 0.5, duration)]
    result = assemble(rows, segments, stitched.owner, stitched.centroids)
    return [(turn.start, turn.end, int(turn.speaker[-1])) for turn in result.turns]


def wrong_seconds(said: list[Said], got: list[tuple[float, float, int]], duration: float) -> float:
    """Seconds that differ, by the better of the two ways to name the voices."""
    truth = conversations.activity(said, duration, 2)
    errors = []
    for swap in (0, 1):
        guess = conversations.activity([(a - turns.ONSET_LATE_S, b, v ^ swap) for a, b, v in got], duration, 2)
        errors.append(float((truth != guess).any(1).sum()) * 270 / 16000)
    return min(errors)


@st.composite
def talks(draw: st.DrawFn) -> list[Said]:
    said: list[Said] = []
    at = 0.5
    for n in range(draw(st.integers(8, 20))):
        length = draw(st.floats(0.8, 9.0))
        said.append((at, at + length, n % 2))
        at += length + draw(st.floats(0.3, 1.5))
    return said


@given(talks())
@settings(max_examples=15, deadline=None)
def test_voices_are_followed_through_shuffled_windows(said: list[Said]) -> None:
    duration = said[-1][1] + 1.0
    assert wrong_seconds(said, found(said, duration), duration) <= 0.05 * len(said)


def test_a_backchannel_too_short_to_embed_is_placed() -> None:
    said = [(0.5, 6.0, 0), (6.5, 30.0, 1), (15.0, 15.3, 0), (31.0, 36.0, 0), (36.5, 50.0, 1)]
    got = found(said, 51.0)
    short = [(a, b, v) for a, b, v in got if b - a < 0.5]
    first = next(v for a, _, v in got if a < 1)
    assert [v for _, _, v in short] == [first]
    assert short[0][0] == pytest.approx(15.05, abs=0.1)


def test_overlap_is_kept() -> None:
    got = found([(0.5, 10.0, 0), (8.0, 20.0, 1), (21.0, 30.0, 0)], 31.0)
    assert any(a < 9 < b and v == 0 for a, b, v in got)
    assert any(a < 9 < b and v == 1 for a, b, v in got)


def test_one_voice_in_two_windows_that_share_little() -> None:
    got = found([(0.5, 3.0, 0), (30.0, 34.0, 1), (60.0, 64.0, 0), (90.0, 95.0, 1)], 96.0)
    assert [v for _, _, v in got] == [0, 1, 0, 1]


def test_silence_has_no_turns() -> None:
    assert found([], 30.0) == []


def test_speech_too_short_to_embed_still_has_a_turn() -> None:
    got = found([(5.0, 5.3, 0)], 12.0)
    assert len(got) == 1


def test_the_end_of_a_recording_shorter_than_a_window() -> None:
    got = found([(0.5, 2.0, 0), (2.5, 4.0, 1)], 4.2)
    assert len(got) == 2


def test_labels_are_in_order_of_appearance() -> None:
    got = found([(0.5, 4.0, 1), (5.0, 30.0, 0), (31.0, 36.0, 1)], 37.0)
    assert got[0][2] == 0


def test_same_input_same_result() -> None:
    said = [(0.5, 4.0, 0), (4.2, 9.0, 1), (9.5, 20.0, 0), (21.0, 25.0, 1)]
    assert found(said, 26.0) == found(said, 26.0)


def test_three_voices() -> None:
    said = [(n * 4.0 + 0.5, n * 4.0 + 4.0, n % 3) for n in range(15)]
    got = found(said, 61.0, voices=3)
    assert len({v for _, _, v in got}) == 3
    assert [v for _, _, v in got] == [n % 3 for n in range(15)]


def test_maps_cover_every_window() -> None:
    said = [(0.5, 4.0, 0), (4.2, 9.0, 1), (9.5, 20.0, 0)]
    grid = Grid(conversations.segmentation(said, 21.0))
    segments = conversations.embedded(grid, said, 2)
    stitched = stitching.stitch(grid, segments, clustering.voices_of(segments.vectors, segments.lengths, 2))
    assert stitched.maps.shape == (grid.windows, 3)
    assert set(np.unique(stitched.maps)) <= {0, 1}
