"""Which local speaker of each window is which voice.

A hidden Markov model over windows: a state maps the three local speakers of a window to voices. A
state is likely where the segments a local speaker says alone sound like its voice, and where it
agrees with the neighbouring window over the frames both see. So a short backchannel, whose embedding
says little, is placed by the windows around it, and two similar voices, which one window may
confuse, by their embeddings. Viterbi finds the best path; the voices are then estimated again from it.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.diarisation.clustering import unit
from pipeline.diarisation.embeddings import SpeakerSegments
from pipeline.diarisation.grid import Grid
from pipeline.engines.segmentation import FRAMES, HOP, LOCALS
from pipeline.recording import SAMPLE_RATE

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

FRAME_S = HOP / SAMPLE_RATE
VOICE_WEIGHT = 2.0  # per second and unit of cosine similarity
AGREEMENT_WEIGHT = 1.0  # per second on which neighbouring windows agree
MERGE_PENALTY = 0.3  # two local speakers taken for one voice
TOGETHER_PENALTY = 3.0  # per second in which those two speak at once
ROUNDS = 4
CERTAIN = 0.8  # share of a segment a local speaker must say alone for it to count as theirs


@dataclass(frozen=True)
class Stitched:
    """`maps` (windows, LOCALS): the voice of each local speaker. `centroids` (k, 192), `owner` (n,): the voice
    that says each segment, -1 where no window is certain."""

    maps: NDArray[np.int64]
    centroids: NDArray[np.float32]
    owner: NDArray[np.int64]


def votes(grid: Grid, segments: SpeakerSegments) -> list[tuple[int, int, int]]:
    """(segment, window, local speaker) for every window in which that local speaker says the segment alone."""
    result: list[tuple[int, int, int]] = []
    for n, (first, last) in enumerate(segments.spans):
        earliest = max(0, -(-(int(last) - FRAMES) // grid.step))
        for window in range(earliest, min(grid.windows - 1, int(first) // grid.step) + 1):
            begin = grid.first(window)
            inside = grid.active[window, first - begin : last - begin]
            alone = inside[inside.sum(-1) == 1].sum(0)
            local = int(alone.argmax())
            if alone[local] >= CERTAIN * (last - first):
                result.append((n, window, local))
    return result


def _states(voices: int) -> NDArray[np.int64]:
    import numpy as np

    return np.array(list(itertools.product(range(voices), repeat=LOCALS)), np.int64)


def _merge_costs(grid: Grid, states: NDArray[np.int64]) -> NDArray[np.float64]:
    """(windows, states): what it costs to take two local speakers for one voice."""
    import numpy as np

    costs = np.zeros((grid.windows, len(states)))
    heard = np.asarray(grid.active.any(1))
    for a, b in itertools.combinations(range(LOCALS), 2):
        together = (grid.active[:, :, a] & grid.active[:, :, b]).sum(1) * FRAME_S
        both = heard[:, a] & heard[:, b]
        same = states[:, a] == states[:, b]
        costs += np.outer(both * MERGE_PENALTY + together * TOGETHER_PENALTY, same)
    return costs


def _agreement(grid: Grid, window: int) -> NDArray[np.float64]:
    """(LOCALS, LOCALS): seconds in which local k of `window` and local l of the next are both active."""
    import numpy as np

    here, there = grid.active[window, grid.step :], grid.active[window + 1, : FRAMES - grid.step]
    return np.asarray(here.T.astype(np.float64) @ there.astype(np.float64)) * FRAME_S


def _viterbi(emission: NDArray[np.float64], grid: Grid, states: NDArray[np.int64]) -> NDArray[np.int64]:
    import numpy as np

    voices = int(states.max()) + 1
    one_hot = np.eye(voices)[states]  # (states, LOCALS, voices)
    score = emission[0]
    back = np.zeros((grid.windows, len(states)), np.int64)
    for window in range(1, grid.windows):
        shared = np.einsum("skv,kl->slv", one_hot, _agreement(grid, window - 1))
        step = AGREEMENT_WEIGHT * np.einsum("slv,tlv->st", shared, one_hot)
        total = score[:, None] + step
        back[window] = total.argmax(0)
        score = total.max(0) + emission[window]
    path = np.zeros(grid.windows, np.int64)
    path[-1] = int(score.argmax())
    for window in range(grid.windows - 1, 0, -1):
        path[window - 1] = back[window, path[window]]
    return path


def stitch(grid: Grid, segments: SpeakerSegments, centroids: NDArray[np.float32]) -> Stitched:
    """Find the voices of all local speakers, beginning from `centroids` (k, d)."""
    import numpy as np

    if not len(centroids):
        return Stitched(np.zeros((grid.windows, LOCALS), np.int64), centroids, np.zeros(0, np.int64))
    states = _states(len(centroids))
    ballot = np.array(votes(grid, segments), np.int64).reshape(-1, 3)
    costs = _merge_costs(grid, states)
    lengths = segments.lengths
    maps = np.zeros((grid.windows, LOCALS), np.int64)
    owner = np.full(len(lengths), -1, np.int64)
    for _ in range(ROUNDS):
        similarity = segments.vectors @ centroids.T
        similarity = (similarity - similarity.mean(1, keepdims=True)) * lengths[:, None]
        voice = np.zeros((grid.windows, LOCALS, len(centroids)))
        np.add.at(voice, (ballot[:, 1], ballot[:, 2]), similarity[ballot[:, 0]])
        emission = -costs
        for local in range(LOCALS):
            emission = emission + VOICE_WEIGHT * voice[:, local, states[:, local]]
        maps = states[_viterbi(emission, grid, states)]
        tally = np.zeros((len(lengths), len(centroids)))
        np.add.at(tally, (ballot[:, 0], maps[ballot[:, 1], ballot[:, 2]]), 1.0)
        owner = np.where(tally.any(1), tally.argmax(1), -1)
        sums = [(segments.vectors * lengths[:, None])[owner == n].sum(0) for n in range(len(centroids))]
        kept = [s if s.any() else c for s, c in zip(sums, centroids, strict=True)]
        after = unit(np.stack(kept).astype(np.float32))
        if np.allclose(after, centroids, atol=1e-6):
            break
        centroids = after
    return Stitched(maps, centroids, owner)


def activities(grid: Grid, maps: NDArray[np.int64], voices: int) -> NDArray[np.float32]:
    """Probability that each voice is active, (frames, voices); one voice where none could be embedded."""
    import numpy as np

    voices = max(1, voices)
    rows: list[NDArray[np.float32]] = []
    for window in range(grid.windows):
        local = grid.marginals(window)
        row = np.zeros((FRAMES, voices), np.float32)
        for n in range(LOCALS):
            row[:, maps[window, n]] += local[:, n]
        rows.append(np.minimum(row, 1.0))
    return grid.mean(rows)
