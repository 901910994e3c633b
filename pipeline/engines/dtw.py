"""Dynamic time warping (DTW) of tokens to frames, in plain numpy.

openai-whisper compiles its own with numba (or triton) at the first call, which costs more than a short
recording's words; by anti-diagonals numpy is fast enough and compiles nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def warp(cost: NDArray[np.float32]) -> NDArray[np.int64]:
    """The frame at which each token begins, on the cheapest monotone path.

    Steps and tie-breaking are openai-whisper's (`whisper.timing.dtw`): diagonal, token, frame.

    Args:
        cost: shape (tokens, frames), both at least 1.

    Returns:
        Shape (tokens,), not decreasing.
    """
    import numpy as np

    tokens, frames = cost.shape
    # Skewed storage: column d of `total` holds the cells with token + frame == d - 2, token-aligned.
    infinite = np.float32(np.inf)
    older = np.full(tokens + 1, infinite, dtype=np.float32)
    old = np.full(tokens + 1, infinite, dtype=np.float32)
    older[0] = 0.0
    trace = np.zeros((tokens + frames - 1, tokens), dtype=np.int8)
    rows = np.arange(tokens)
    for diagonal in range(tokens + frames - 1):
        low, high = max(0, diagonal - frames + 1), min(tokens - 1, diagonal)
        inside = rows[low : high + 1]
        both = older[low : high + 1]  # (token - 1, frame - 1)
        above = old[low : high + 1]  # (token - 1, frame)
        left = old[low + 1 : high + 2]  # (token, frame - 1)
        steps = np.where((both < above) & (both < left), 0, np.where((above < both) & (above < left), 1, 2))
        best = np.choose(steps, (both, above, left))
        new = np.full(tokens + 1, infinite, dtype=np.float32)
        new[low + 1 : high + 2] = best + cost[inside, diagonal - inside]
        trace[diagonal, low : high + 1] = steps
        older, old = old, new
    begins = np.zeros(tokens, dtype=np.int64)
    token, frame = tokens - 1, frames - 1
    while token > 0 or frame > 0:
        begins[token] = frame
        step = 1 if frame == 0 else 2 if token == 0 else int(trace[token + frame, token])
        token -= step in (0, 1)
        frame -= step in (0, 2)
    begins[0] = 0
    return begins
