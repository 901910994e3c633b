"""The fast diariser: segmentation once, embeddings about once, clustering, stitching, turns."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.diarisation import clustering, stitching, stretches, turns
from pipeline.diarisation.grid import Grid
from pipeline.document import Turn, Voice
from pipeline.engines import segmentation
from pipeline.engines.campplus import Embedder
from pipeline.engines.segmentation import Segmenter

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Read = Callable[[float, float], "NDArray[np.float32]"]
OTHER_VOICE = 0.30  # a stretch less like every voice than this may be somebody else's
OTHER_LEAST_S = 6.0
OTHER_SHARE = 0.02
SEGMENTATION_SHARE = 0.6  # of the time the diariser takes, for the progress bar


@dataclass(frozen=True)
class Diarisation:
    """What the diariser found. Speakers are SPEAKER_00, SPEAKER_01, ... in order of appearance.

    `stretches` are (start, end) in seconds of clean single-speaker speech with `vectors` (n, 192);
    `others` are stretches that sound like none of the voices.
    """

    turns: tuple[Turn, ...]
    speech: tuple[tuple[float, float], ...]
    voices: tuple[Voice, ...]
    stretches: NDArray[np.float32]
    vectors: NDArray[np.float32]
    others: tuple[tuple[float, float], ...] = ()


def diarise(
    read: Read,
    duration: float,
    segmenter: Segmenter,
    embedder: Embedder,
    *,
    speakers: int = 2,
    progress: Callable[[float], None] = lambda fraction: None,
) -> Diarisation:
    """Who speaks when.

    Args:
        read: samples (float32, 16 kHz, one channel) between two times in seconds.
        duration: length in seconds.
        segmenter: see `pipeline.engines.segmentation`.
        embedder: see `pipeline.engines.campplus`.
        speakers: how many people speak; 0 finds the number.
        progress: told the fraction done.
    """
    pooled = segmenter.run(read, duration, progress=lambda f: progress(SEGMENTATION_SHARE * f))
    grid = Grid(pooled)
    spans = stretches.find(grid)
    found = stretches.embed(
        spans, read, embedder, lambda f: progress(SEGMENTATION_SHARE + (1 - SEGMENTATION_SHARE) * f)
    )
    centroids = clustering.voices_of(found.vectors, found.lengths, speakers)
    stitched = stitching.stitch(grid, found, centroids)
    activity = stitching.activities(grid, stitched.maps, max(1, len(centroids)))
    rows = [
        (start, end, voice)
        for voice in range(activity.shape[1])
        for start, end in turns.spans(activity[:, voice] >= turns.THRESHOLD, duration)
    ]
    return _named(sorted(rows), found, stitched)


def _named(
    rows: list[tuple[float, float, int]], found: stretches.Stretches, stitched: stitching.Stitched
) -> Diarisation:
    import numpy as np

    order = list(dict.fromkeys(voice for _, _, voice in rows))
    names = {voice: f"SPEAKER_{n:02d}" for n, voice in enumerate(order)}
    lengths = found.lengths
    voices = [
        Voice(
            speaker=names[voice],
            centroid=tuple(float(x) for x in stitched.centroids[voice]),
            seconds=float(lengths[stitched.owner == voice].sum()),
        )
        for voice in order
        if voice < len(stitched.centroids)
    ]
    times = np.array([[segmentation.seconds(a), segmentation.seconds(b)] for a, b in found.spans], np.float32)
    return Diarisation(
        turns=tuple(Turn(start=a, end=b, speaker=names[voice]) for a, b, voice in rows),
        speech=tuple(turns.union([(a, b) for a, b, _ in rows])),
        voices=tuple(voices),
        stretches=times.reshape(-1, 2),
        vectors=found.vectors,
        others=tuple(_others(times, found, stitched.centroids)),
    )


def _others(
    times: NDArray[np.float32], found: stretches.Stretches, centroids: NDArray[np.float32]
) -> list[tuple[float, float]]:
    """Stretches that resemble no voice, where together they resemble each other and last."""
    import numpy as np

    if not len(found.spans) or not len(centroids):
        return []
    far = ((found.vectors @ centroids.T).max(1) < OTHER_VOICE) & (found.lengths >= 1.0)
    if not far.any():
        return []
    labels = clustering.tree_labels(found.vectors[far], found.lengths[far], 0)
    sizes = np.bincount(labels, found.lengths[far])
    chosen = labels == sizes.argmax()
    if sizes.max() < max(OTHER_LEAST_S, OTHER_SHARE * found.lengths.sum()):
        return []
    return [(float(a), float(b)) for a, b in times[far][chosen]]
