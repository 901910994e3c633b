"""Recordings with one microphone per person: each channel decides its own speaker, bleed suppressed.

The difference of level between the channels has two centres: one where the first person speaks, one
where the second does; the other person's voice that bleeds into a microphone is quieter there than at
its own. What lies between the centres is both at once. Segmentation of each channel says where there
is speech at all.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from pipeline.diarisation import turns
from pipeline.diarisation.grid import Grid
from pipeline.diarisation.result import Diarisation, Row, from_rows
from pipeline.engines.campplus import Embedder
from pipeline.engines.segmentation import FRAMES, HOP, Segmenter
from pipeline.recording import SAMPLE_RATE

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from pipeline.recording.audio import Sound

APART_DB = 6.0  # centres nearer than this do not tell two microphones apart
SMALL_SHARE = 0.01
BOTH = 0.3  # share of the way from one centre to the other within which one person alone speaks
SMOOTH_FRAMES = 13  # 0.2 s
FLOOR = 1e-5  # -100 dBFS
BLOCK_S = 60.0


def levels(sound: Sound, frames: int) -> NDArray[np.float32]:
    """Level of each channel in dBFS on the segmentation's grid, (frames, channels)."""
    import numpy as np

    result = np.full((frames, sound.channels), 20 * np.log10(FLOOR), np.float32)
    rows = int(BLOCK_S * SAMPLE_RATE) // HOP
    for first in range(0, frames, rows):
        for channel in range(sound.channels):
            samples = sound.channel(channel, first * HOP / SAMPLE_RATE, (first + rows) * HOP / SAMPLE_RATE)
            whole = len(samples) // HOP
            power = np.square(samples[: whole * HOP]).reshape(whole, HOP).mean(1)
            level = 10 * np.log10(np.maximum(power, FLOOR**2))
            result[first : first + whole, channel] = level[: frames - first]
    return result


def centres(difference: NDArray[np.float32]) -> tuple[float, float] | None:
    """The two centres (high, low) of the differences of level, None where they are not apart."""
    import numpy as np

    if len(difference) < 2:
        return None
    low, high = (float(x) for x in np.percentile(difference, (10, 90)))
    for _ in range(30):
        upper = difference > (low + high) / 2
        if not SMALL_SHARE < upper.mean() < 1 - SMALL_SHARE:
            return None
        before = (low, high)
        low, high = float(np.median(difference[~upper])), float(np.median(difference[upper]))
        if before == (low, high):
            break
    return (high, low) if high - low >= APART_DB else None


def _speech(sound: Sound, channel: int, segmenter: Segmenter, progress: Callable[[float], None]) -> NDArray[np.float32]:
    """Probability of speech in one channel, (frames,)."""
    import numpy as np

    pooled = segmenter.run(lambda a, b: sound.channel(channel, a, b), sound.duration, progress=progress)
    grid = Grid(pooled)
    rows = [(1 - grid.segmentation.probability[w, :, :1]).astype(np.float32) for w in range(grid.windows)]
    assert rows[0].shape == (FRAMES, 1)
    return np.asarray(grid.mean(rows)[:, 0])


def diarise(
    sound: Sound,
    segmenter: Segmenter,
    embedder: Embedder,
    *,
    progress: Callable[[float], None] = lambda fraction: None,
) -> Diarisation | None:
    """Who speaks when, by microphone; None where the channels do not tell two people apart."""
    import numpy as np

    speech = [
        _speech(sound, channel, segmenter, lambda f, c=channel: progress(0.4 * (c + f)))  # type: ignore[misc]
        for channel in (0, 1)
    ]
    frames = min(map(len, speech))
    heard = np.stack([row[:frames] for row in speech], 1) >= turns.THRESHOLD
    level = levels(sound, frames)
    smooth = np.ones(SMOOTH_FRAMES) / SMOOTH_FRAMES
    difference = np.convolve(level[:, 0] - level[:, 1], smooth, "same").astype(np.float32)
    found = centres(difference[heard.any(1)])
    if found is None:
        return None
    place = (difference - found[1]) / (found[0] - found[1])  # 1 at the first person's centre, 0 at the second's
    active = np.stack([heard[:, 0] & (place > BOTH), heard[:, 1] & (place < 1 - BOTH)], 1)
    rows: list[Row] = [
        (start, end, voice) for voice in (0, 1) for start, end in turns.spans(active[:, voice], sound.duration)
    ]
    readers = [lambda a, b: sound.channel(0, a, b), lambda a, b: sound.channel(1, a, b)]
    result = from_rows(rows, readers, sound.duration, embedder)
    progress(1.0)
    return result
