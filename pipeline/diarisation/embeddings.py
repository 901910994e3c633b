"""Clean single-speaker segments of speech and their embeddings: each second is embedded about once."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.diarisation.grid import Grid
from pipeline.engines import campplus
from pipeline.engines.segmentation import HOP, seconds
from pipeline.recording import SAMPLE_RATE

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

LONGEST_S = 2.0
SHORTEST_S = 0.35
TRIM_S = 0.03  # cut from both ends of a run: the edge of a turn holds some of the other voice
BLOCK_S = 120.0  # features are computed for this much sound at a time


@dataclass(frozen=True)
class SpeakerSegments:
    """Where one person speaks alone. `spans` (n, 2) in frames of the grid, `vectors` (n, 192) unit length."""

    spans: NDArray[np.int64]
    vectors: NDArray[np.float32]

    @property
    def lengths(self) -> NDArray[np.float64]:
        """Seconds of each."""
        import numpy as np

        return np.asarray((self.spans[:, 1] - self.spans[:, 0]) * HOP / SAMPLE_RATE, np.float64)


def find(grid: Grid) -> list[tuple[int, int]]:
    """Runs of frames in which the same person speaks alone, cut to at most LONGEST_S; frames `[first, last)`.

    Whether the speaker changes between two frames is asked of the window that owns the second, which
    saw both sides.
    """
    import numpy as np

    alone = grid.owned_active.sum(-1) == 1
    change = np.ones(grid.frames + 1, bool)
    for window in range(grid.windows):
        first, last = grid.owned(window)
        begin = grid.first(window)
        inside = grid.active[window]
        for frame in range(max(1, first), last):
            here = frame - begin
            if here >= len(inside):
                break
            change[frame] = here < 1 or bool((inside[here] != inside[here - 1]).any())
    edges = (int(edge) for edge in np.flatnonzero(change))
    return [span for begin, end in itertools.pairwise(edges) if alone[begin] for span in cut(begin, end)]


def cut(first: int, last: int) -> list[tuple[int, int]]:
    """Frames `[first, last)` of one person alone, trimmed, in equal pieces of at most LONGEST_S; none if too short."""
    import numpy as np

    trim, shortest, longest = (round(s * SAMPLE_RATE / HOP) for s in (TRIM_S, SHORTEST_S, LONGEST_S))
    first, last = first + trim, last - trim
    if last - first < shortest:
        return []
    cuts = np.rint(np.linspace(first, last, -(-(last - first) // longest) + 1)).astype(int)
    return [(int(a), int(b)) for a, b in itertools.pairwise(cuts)]


def none() -> SpeakerSegments:
    """No segments."""
    import numpy as np

    return SpeakerSegments(np.zeros((0, 2), np.int64), np.zeros((0, campplus.DIMENSIONS), np.float32))


def embed(
    spans: list[tuple[int, int]],
    read: Callable[[float, float], NDArray[np.float32]],
    embedder: campplus.Embedder,
    progress: Callable[[float], None] = lambda fraction: None,
) -> SpeakerSegments:
    """Embed `spans` (frames of the grid, in order), block by block so that memory stays bounded."""
    import numpy as np

    vectors = np.zeros((len(spans), campplus.DIMENSIONS), np.float32)
    first = 0
    while first < len(spans):
        begin = seconds(spans[first][0])
        last = first
        while last < len(spans) and seconds(spans[last][1]) - begin <= BLOCK_S:
            last += 1
        features = campplus.fbank(read(begin, seconds(spans[last - 1][1]) + 0.05))
        rows = [_rows(features, seconds(a) - begin, seconds(b) - begin) for a, b in spans[first:last]]
        vectors[first:last] = embedder.embed(rows)
        first = last
        progress(last / len(spans))
    return SpeakerSegments(np.array(spans, np.int64).reshape(-1, 2), vectors)


def _rows(features: NDArray[np.float32], start: float, end: float) -> NDArray[np.float32]:
    hop = campplus.HOP / SAMPLE_RATE
    first = min(max(0, round(start / hop)), len(features) - 1)
    return features[first : max(first + 1, round(end / hop) - 1)]
