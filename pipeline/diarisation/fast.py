"""The fast diariser: segmentation once, embeddings about once, clustering, stitching, turns."""

from __future__ import annotations

from collections.abc import Callable

from pipeline.diarisation import clustering, embeddings, quiet, stitching, turns
from pipeline.diarisation.grid import Grid
from pipeline.diarisation.result import Diarisation, Read, assemble
from pipeline.engines.campplus import Embedder
from pipeline.engines.segmentation import Segmenter

SEGMENTATION_SHARE = 0.6  # of the time the diariser takes, for the progress bar


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
    grid = Grid(segmenter.run(read, duration, progress=lambda f: progress(SEGMENTATION_SHARE * f)))
    level = quiet.levels(read, grid.frames)
    if grid.count.any() and quiet.is_missed(grid, level):
        even = Grid(segmenter.run(quiet.evened(read, level), duration))
        grid = even if even.count.sum() > grid.count.sum() else grid
    found = embeddings.embed(
        embeddings.find(grid),
        read,
        embedder,
        lambda f: progress(SEGMENTATION_SHARE + (1 - SEGMENTATION_SHARE) * f),
    )
    voices = clustering.choose(found.vectors, found.lengths, speakers)
    stitched = stitching.stitch(grid, found, voices.centroids)
    activity = stitching.activities(grid, stitched.maps, len(voices.centroids))
    rows = [
        (start, end, voice)
        for voice in range(activity.shape[1])
        for start, end in turns.spans(activity[:, voice] >= turns.THRESHOLD, duration)
    ]
    return assemble(rows, found, stitched.owner, stitched.centroids, voices.others)
