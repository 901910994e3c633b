"""Grid, segments, clustering, turns, alarms, levels: each by itself."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.core.document import Turn, Voice
from pipeline.diarisation import alarms, channels, clustering, embeddings, quiet, turns
from pipeline.diarisation.grid import Grid
from pipeline.engines.segmentation import HOP, frame_at, seconds
from pipeline.recording import SAMPLE_RATE
from pipeline.recording.audio import Sound
from tests.diarisation import conversations


def test_windows_own_every_frame_once() -> None:
    for duration in (3.0, 10.0, 12.5, 61.0):
        grid = Grid(conversations.segmentation([(0.5, duration - 0.5, 0)], duration))
        owned = [frame for w in range(grid.windows) for frame in range(*grid.owned(w))]
        assert owned == list(range(grid.frames))


def test_count_of_speakers() -> None:
    grid = Grid(conversations.segmentation([(1.0, 12.0, 0), (8.0, 20.0, 1)], 22.0))
    assert [int(grid.count[frame_at(t)]) for t in (0.5, 4.0, 10.0, 15.0, 21.0)] == [0, 1, 2, 1, 0]


def test_segments_are_short_single_and_do_not_overlap() -> None:
    said = [(0.5, 9.0, 0), (8.0, 14.0, 1), (15.0, 15.2, 0), (16.0, 30.0, 1)]
    spans = embeddings.find(Grid(conversations.segmentation(said, 31.0)))
    truth = conversations.activity(said, 31.0, 2)
    longest = round(embeddings.LONGEST_S * SAMPLE_RATE / HOP)
    for first, last in spans:
        assert last - first <= longest + 1
        assert (truth[first:last].sum(1) == 1).all()
        assert not (truth[first:last].any(0)).all()
    assert all(b[0] >= a[1] for a, b in itertools.pairwise(spans))
    covered = sum(b - a for a, b in spans) * HOP / SAMPLE_RATE
    assert covered == pytest.approx(7.5 + 5.0 + 14.0, abs=1.0)


def test_segments_cross_the_borders_of_windows() -> None:
    spans = embeddings.find(Grid(conversations.segmentation([(0.5, 59.5, 0)], 60.0)))
    assert len(spans) == 30


@given(st.integers(0, 2000))
def test_pieces_of_a_run_are_whole_and_even(length: int) -> None:
    trim, shortest = (round(s * SAMPLE_RATE / HOP) for s in (embeddings.TRIM_S, embeddings.SHORTEST_S))
    spans = embeddings.cut(100, 100 + length)
    assert bool(spans) == (length - 2 * trim >= shortest)
    if spans:
        lengths = [b - a for a, b in spans]
        assert max(lengths) - min(lengths) <= 1
        assert all(b == c for (_, b), (c, _) in itertools.pairwise(spans))
        assert (spans[0][0], spans[-1][1]) == (100 + trim, 100 + length - trim)


def cloud(sizes: list[int], spread: float = 0.7) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(3)
    centres = np.linalg.qr(rng.standard_normal((192, len(sizes))))[0].T
    labels = np.repeat(np.arange(len(sizes)), sizes)
    rows = centres[labels] + spread * rng.standard_normal((len(labels), 192)) / np.sqrt(192)
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32), labels


@pytest.mark.parametrize(
    ("sizes", "asked", "expected"),
    [
        ([100, 100], 2, 2),
        ([190, 10], 2, 2),
        ([100, 60, 40], 3, 3),
        ([100, 60, 40], 0, 3),
        ([100, 100], 0, 2),
        ([100], 0, 1),
        ([1], 2, 1),
        ([150, 49, 1], 2, 2),
    ],
)
def test_number_of_voices(sizes: list[int], asked: int, expected: int) -> None:
    vectors, labels = cloud(sizes)
    centroids = clustering.voices_of(vectors, np.full(len(vectors), 1.5), asked)
    assert len(centroids) == expected
    if len(sizes) == expected:
        nearest = (vectors @ centroids.T).argmax(1)
        assert all(len(set(nearest[labels == n])) == 1 for n in range(len(sizes)))


def test_a_scrap_is_no_voice() -> None:
    vectors, labels = cloud([10, 10, 1])
    weights = np.where(labels == 2, 0.5, 1.9)
    centroids = clustering.voices_of(vectors, weights, 2)
    nearest = (vectors @ centroids.T).argmax(1)
    assert len(set(nearest[labels == 0])) == len(set(nearest[labels == 1])) == 1
    assert nearest[0] != nearest[10]


def test_one_person_taken_apart_is_one_again() -> None:
    vectors, _ = cloud([60])
    assert len(clustering.choose(vectors, np.full(60, 1.5), 2).centroids) == 1
    assert len(clustering.choose(vectors, np.full(60, 1.5), 0).centroids) == 1


@pytest.mark.parametrize(("sizes", "others"), [([80, 60], 0), ([80, 60, 1], 0), ([80, 60, 20], 20)])
def test_somebody_beyond_those_asked_for(sizes: list[int], others: int) -> None:
    vectors, labels = cloud(sizes)
    found = clustering.choose(vectors, np.full(len(vectors), 1.5), 2)
    assert len(found.centroids) == 2
    assert len(found.others) == others
    assert set(labels[list(found.others)]) <= {2}
    assert clustering.choose(vectors, np.full(len(vectors), 1.5), 0).others == ()


def test_no_vectors_no_voices() -> None:
    assert clustering.voices_of(np.zeros((0, 192), np.float32), np.zeros(0), 2).shape == (0, 192)


def test_turns_close_short_gaps_and_drop_short_runs() -> None:
    active = np.zeros(1000, bool)
    active[100:200] = active[205:300] = active[500:503] = active[600:700] = True
    rows = turns.spans(active, 20.0)
    assert len(rows) == 2
    assert rows[0] == pytest.approx((seconds(100) + turns.ONSET_LATE_S, seconds(300)), abs=0.01)


def test_turns_stay_inside_the_recording() -> None:
    assert turns.spans(np.ones(651, bool), 11.0) == [(0.0, 11.0)]


def voice(*direction: float) -> tuple[float, ...]:
    return tuple(float(x) for x in np.array(direction) / np.linalg.norm(direction))


A, B, C = voice(1, 0, 0), voice(0, 1, 0), voice(1, 0.3, 0)


@pytest.mark.parametrize(
    ("rows", "voices", "asked", "more", "codes"),
    [
        ([(0, 50, "A"), (50, 100, "B")], {"A": A, "B": B}, 2, [], []),
        ([], {}, 2, [], ["no-speech"]),
        ([(0, 50, "A")], {"A": A}, 2, [], ["one-speaker"]),
        ([(0, 98, "A"), (98, 100, "B")], {"A": A, "B": B}, 2, [], ["small-speaker"]),
        ([(0, 94, "A"), (94, 100, "B")], {"A": A, "B": B}, 2, [], []),
        ([(0, 50, "A"), (50, 100, "B")], {"A": A, "B": C}, 2, [], ["alike-voices"]),
        ([(0, 50, "A"), (50, 100, "B")], {"A": A, "B": B}, 2, [(3.0, 20.0)], ["another-voice"]),
        ([(0, 50, "A"), (50, 100, "B")], {"A": A, "B": B}, 0, [(3.0, 20.0)], []),
    ],
)
def test_alarms(rows: list[tuple[float, float, str]], voices: dict, asked: int, more: list, codes: list[str]) -> None:
    notes = alarms.of(
        [Turn(start=a, end=b, speaker=s) for a, b, s in rows],
        [Voice(speaker=s, centroid=c, seconds=10.0) for s, c in voices.items()],
        asked,
        more,
    )
    assert [note.code for note in notes] == codes
    assert all(note.stage == "diarise" for note in notes)


def test_two_microphones_are_told_apart_by_level() -> None:
    rng = np.random.default_rng(0)
    first, second = rng.normal(14, 3, 500), rng.normal(-9, 3, 300)
    found = channels.centres(np.concatenate([first, second]).astype(np.float32))
    assert found is not None
    assert found[0] == pytest.approx(14, abs=1)
    assert found[1] == pytest.approx(-9, abs=1)


@pytest.mark.parametrize("spread", [0.0, 1.0, 2.0])
def test_the_same_sound_on_both_channels_is_not_two_microphones(spread: float) -> None:
    rng = np.random.default_rng(0)
    assert channels.centres(rng.normal(0, spread, 1000).astype(np.float32)) is None


def test_levels_of_channels() -> None:
    t = np.arange(SAMPLE_RATE * 70) / SAMPLE_RATE
    loud, soft = np.sin(2 * np.pi * 300 * t), 0.01 * np.sin(2 * np.pi * 300 * t)
    sound = Sound((np.stack([loud, soft], 1) * 30000).astype(np.int16))
    level = channels.levels(sound, frame_at(69.0))
    assert np.median(level[:, 0] - level[:, 1]) == pytest.approx(40, abs=0.5)
    assert np.ptp(level[5:-5, 0]) < 1.0


def test_a_quiet_person_is_lifted_halfway() -> None:
    rng = np.random.default_rng(0)
    rows = [rng.standard_normal(SAMPLE_RATE * 10) * g for g in (0.1, 0.001, 0.00001, 0.1, 0.001, 0.00001)]
    samples = np.concatenate(rows).astype(np.float32)

    def read(start: float, end: float) -> np.ndarray:
        return samples[max(0, round(start * SAMPLE_RATE)) : round(end * SAMPLE_RATE)]

    level = quiet.levels(read, frame_at(60.0))
    grid = Grid(conversations.segmentation([(0.0, 10.0, 0), (30.0, 40.0, 0)], 60.0))
    assert quiet.is_missed(grid, level)
    heard = [(0.0, 20.0, 0), (30.0, 50.0, 0)]
    assert not quiet.is_missed(Grid(conversations.segmentation(heard, 60.0)), level)
    even = quiet.evened(read, level)
    parts = [20 * np.log10(np.std(even(a, a + 6))) for a in (2.0, 12.0)]
    assert parts[0] - parts[1] == pytest.approx(20, abs=2)
