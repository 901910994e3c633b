"""Activities on the grid -> turns in seconds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.engines.segmentation import HOP, seconds
from pipeline.recording import SAMPLE_RATE

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

THRESHOLD = 0.5
SHORTEST_S = 0.10
JOIN_S = 0.20
ONSET_LATE_S = 0.05
"""The network fires about 60 ms before speech begins (measured on recordings with exact references and on a real
telephone conversation); ends are right."""


def runs(active: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Frames `[first, last)` of each run of True in `active` (n,)."""
    import numpy as np

    edges = np.flatnonzero(np.diff(np.concatenate(([0], active.astype(np.int8), [0]))))
    return [(int(a), int(b)) for a, b in zip(edges[::2], edges[1::2], strict=True)]


def spans(active: NDArray[np.bool_], duration: float) -> list[tuple[float, float]]:
    """Seconds in which `active` (frames,) is True: short gaps closed, then short runs dropped."""
    joined: list[list[int]] = []
    for first, last in runs(active):
        if joined and (first - joined[-1][1]) * HOP / SAMPLE_RATE < JOIN_S:
            joined[-1][1] = last
        else:
            joined.append([first, last])
    rows = [
        (seconds(a) + ONSET_LATE_S if a else 0.0, min(duration, seconds(b)) if b < len(active) else duration)
        for a, b in joined
    ]
    return [(a, b) for a, b in rows if b - a >= SHORTEST_S]
