"""What a diariser found, and how it is put together from spans and embeddings."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.core.document import Turn, Voice
from pipeline.core.intervals import union
from pipeline.diarisation import clustering, embeddings, turns
from pipeline.engines import segmentation
from pipeline.engines.campplus import Embedder

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Read = Callable[[float, float], "NDArray[np.float32]"]
Row = tuple[float, float, int]
"""Start, end (seconds), voice."""


@dataclass(frozen=True)
class Diarisation:
    """What the diariser found. Speakers are SPEAKER_00, SPEAKER_01, ... in order of appearance.

    `segments` (n, 2) are seconds of clean single-speaker speech with `vectors` (n, 192);
    `others` are segments of somebody beyond the voices that were asked for.
    """

    turns: tuple[Turn, ...]
    speech: tuple[tuple[float, float], ...]
    voices: tuple[Voice, ...]
    segments: NDArray[np.float32]
    vectors: NDArray[np.float32]
    others: tuple[tuple[float, float], ...] = ()


def assemble(
    rows: Sequence[Row],
    found: embeddings.SpeakerSegments,
    owner: NDArray[np.int64],
    centroids: NDArray[np.float32],
    others: Sequence[int] = (),
) -> Diarisation:
    """A Diarisation from spans, segments and the voice that says each segment (-1: nobody certain).

    `others` are the segments of somebody who is none of the voices.
    """
    import numpy as np

    rows = sorted(rows)
    order = list(dict.fromkeys(voice for _, _, voice in rows))
    names = {voice: f"SPEAKER_{n:02d}" for n, voice in enumerate(order)}
    lengths = found.lengths
    voices = [
        Voice(
            speaker=names[voice],
            centroid=tuple(round(float(x), 6) for x in centroids[voice]),
            seconds=round(float(lengths[owner == voice].sum()), 2),
        )
        for voice in order
        if voice < len(centroids) and bool(centroids[voice].any())
    ]
    times = np.array([[segmentation.seconds(a), segmentation.seconds(b)] for a, b in found.spans], np.float32)
    times = times.reshape(-1, 2)
    return Diarisation(
        turns=tuple(Turn(start=round(a, 4), end=round(b, 4), speaker=names[voice]) for a, b, voice in rows),
        speech=tuple((round(a, 4), round(b, 4)) for a, b in union([(a, b) for a, b, _ in rows])),
        voices=tuple(voices),
        segments=times,
        vectors=found.vectors,
        others=tuple((round(float(a), 2), round(float(b), 2)) for a, b in times[list(others)]),
    )


def from_rows(rows: Sequence[Row], readers: Sequence[Read], duration: float, embedder: Embedder) -> Diarisation:
    """A Diarisation from spans alone: what each voice says alone is embedded to learn what it sounds like.

    `readers` has the sound of each voice's microphone, or one for all.
    """
    import numpy as np

    voices = max((voice for _, _, voice in rows), default=-1) + 1
    frames = segmentation.frame_at(duration) + 1
    active = np.zeros((frames, voices), bool)
    for start, end, voice in rows:
        active[max(0, segmentation.frame_at(start)) : segmentation.frame_at(end), voice] = True
    alone = active.sum(1) == 1
    parts: list[embeddings.SpeakerSegments] = []
    owners: list[NDArray[np.int64]] = []
    for voice in range(voices):
        spans = [span for run in turns.runs(alone & active[:, voice]) for span in embeddings.cut(*run)]
        part = embeddings.embed(spans, readers[min(voice, len(readers) - 1)], embedder)
        parts.append(part)
        owners.append(np.full(len(part.spans), voice, np.int64))
    if not parts:
        return assemble([], embeddings.none(), np.zeros(0, np.int64), embeddings.none().vectors)
    centroids = clustering.unit(np.stack([(p.vectors * p.lengths[:, None]).sum(0) for p in parts]).astype(np.float32))
    spans_of_all = np.concatenate([p.spans for p in parts])
    order = np.argsort(spans_of_all[:, 0], kind="stable")
    found = embeddings.SpeakerSegments(spans_of_all[order], np.concatenate([p.vectors for p in parts])[order])
    return assemble(rows, found, np.concatenate(owners)[order], centroids)
