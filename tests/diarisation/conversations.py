"""Conversations as the segmentation would see them, without a network: windows whose local speakers are shuffled."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pipeline.diarisation.embeddings import SpeakerSegments, find
from pipeline.diarisation.grid import Grid
from pipeline.engines.segmentation import CLASSES, FRAMES, LOCALS, POWERSET, Segmentation, frame_at

Said = tuple[float, float, int]


def activity(said: list[Said], duration: float, voices: int) -> NDArray[np.bool_]:
    """(frames, voices)"""
    result = np.zeros((frame_at(duration) + 1, voices), bool)
    for start, end, voice in said:
        result[max(0, frame_at(start)) : frame_at(end), voice] = True
    return result


def segmentation(said: list[Said], duration: float, *, step: int = 118, voices: int = 2, seed: int = 0) -> Segmentation:
    """Windows over a conversation of at most two at once; who is local 0, 1, 2 is drawn for every window."""
    rng = np.random.default_rng(seed)
    truth = activity(said, duration, voices)
    count = 1 + max(0, -(-(len(truth) - FRAMES) // step))
    padded = np.zeros(((count - 1) * step + FRAMES, voices), bool)
    padded[: min(len(truth), len(padded))] = truth[: len(padded)]
    probability = np.full((count, FRAMES, CLASSES), 0.01, np.float16)
    classes = {pattern: n for n, pattern in enumerate(POWERSET)}
    for window in range(count):
        here = padded[window * step : window * step + FRAMES]
        heard = [int(v) for v in np.flatnonzero(here.any(0))][:LOCALS]
        places = rng.permutation(LOCALS)[: len(heard)]
        local = np.zeros((FRAMES, LOCALS), int)
        for voice, place in zip(heard, places, strict=True):
            local[:, place] = here[:, voice]
        rows = [classes.get(tuple(row), 0) for row in local]
        probability[window, np.arange(FRAMES), rows] = 0.94
    return Segmentation(probability, step, len(truth))


def embedded(grid: Grid, said: list[Said], voices: int, *, noise: float = 0.8, seed: int = 1) -> SpeakerSegments:
    """SpeakerSegments of the conversation with vectors around one direction per voice."""
    rng = np.random.default_rng(seed)
    centres = np.linalg.qr(rng.standard_normal((192, voices)))[0].T
    spans = find(grid)
    truth = activity(said, 3600.0, voices)
    rows = []
    for first, last in spans:
        row = centres[int(truth[first:last].sum(0).argmax())] + noise * rng.standard_normal(192) / np.sqrt(192)
        rows.append(row / np.linalg.norm(row))
    return SpeakerSegments(np.array(spans, np.int64).reshape(-1, 2), np.array(rows, np.float32).reshape(-1, 192))
