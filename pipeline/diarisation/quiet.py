"""Somebody far from the microphone: 40 dB below the other, the segmentation hears only the loud one.

Where much sound well above the noise is left without speech, the segmentation is run again on sound
whose dynamics are halved (40 dB become 20, which it copes with). Embeddings are taken from the
original sound.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.diarisation.grid import Grid
from pipeline.diarisation.result import Read
from pipeline.engines.segmentation import HOP
from pipeline.recording import SAMPLE_RATE

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

ABOVE_DB = 9.0  # above the noise floor: sound that could be speech
LEFT_SHARE = 0.04  # of the recording that may be such sound without being speech
SMOOTH_FRAMES = 30  # half a second
EXPONENT = 0.5
BLOCK_S = 60.0
FLOOR_PERCENTILE = 5


def levels(read: Read, frames: int) -> NDArray[np.float32]:
    """Level in dBFS on the grid, (frames,)."""
    import numpy as np

    result = np.full(frames, -100.0, np.float32)
    rows = int(BLOCK_S * SAMPLE_RATE) // HOP
    for first in range(0, frames, rows):
        samples = read(first * HOP / SAMPLE_RATE, min(frames, first + rows) * HOP / SAMPLE_RATE)
        whole = len(samples) // HOP
        power = np.square(samples[: whole * HOP]).reshape(whole, HOP).mean(1)
        result[first : first + whole] = (10 * np.log10(np.maximum(power, 1e-10)))[: frames - first]
    return result


def _smooth(level: NDArray[np.float32], frames: int) -> NDArray[np.float32]:
    import numpy as np

    return np.asarray(np.convolve(level, np.ones(frames) / frames, "same"), np.float32)


def is_missed(grid: Grid, level: NDArray[np.float32]) -> bool:
    """True if much sound above the noise was not taken for speech."""
    import numpy as np

    floor = float(np.percentile(level, FLOOR_PERCENTILE))
    left = (_smooth(level, SMOOTH_FRAMES // 2) > floor + ABOVE_DB) & (grid.count[: len(level)] == 0)
    return bool(left.mean() > LEFT_SHARE)


def evened(read: Read, level: NDArray[np.float32]) -> Read:
    """`read` with its dynamics halved around the loud parts; the noise is not lifted above half its distance."""
    import numpy as np

    loud = float(np.percentile(level, 95))
    floor = float(np.percentile(level, FLOOR_PERCENTILE)) + 3.0
    target = (loud - np.clip(_smooth(level, SMOOTH_FRAMES), floor, loud)) * EXPONENT
    centres = (np.arange(len(level)) + 0.5) * HOP / SAMPLE_RATE

    def evenly(start: float, end: float) -> NDArray[np.float32]:
        samples = read(start, end)
        at = start + np.arange(0, len(samples), HOP) / SAMPLE_RATE
        gain = np.interp(at, centres, target)
        fine = np.interp(np.arange(len(samples)), np.arange(0, len(samples), HOP), gain)
        return np.asarray(samples * 10 ** (fine / 20), np.float32)

    return evenly
