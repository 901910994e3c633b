"""pyannote.audio's own SpeakerDiarization pipeline, built from local parts.

The reference against which the fast diariser is measured, and a second opinion (`diarise.engine: pyannote`).
Segmentation at 90 % overlap, CAM++ embeddings, agglomerative clustering with the parameters of
pyannote/speaker-diarization-3.1. Needs no hub: `get_model` takes a Model, the embedding is ours.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.engines import campplus, segmentation
from pipeline.recording import SAMPLE_RATE

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

PARAMETERS = {
    "segmentation": {"min_duration_off": 0.0},
    "clustering": {"method": "centroid", "min_cluster_size": 12, "threshold": 0.7045654963945799},
}
SHORTEST_FRAMES = 20  # of features: 0.2 s
SEGMENTATION_SHARE = 0.2  # of the time it takes


class PyannoteEmbedding:
    """CAM++ with the interface that pyannote's pipeline expects of an embedding."""

    sample_rate = SAMPLE_RATE
    dimension = campplus.DIMENSIONS
    metric = "cosine"
    min_num_samples = campplus.FRAME + campplus.HOP * SHORTEST_FRAMES

    def __init__(self, embedder: campplus.Embedder) -> None:
        self._embedder = embedder

    def to(self, device: Any) -> PyannoteEmbedding:
        """The embedder has its device already."""
        return self

    def __call__(self, waveforms: Any, masks: Any = None) -> NDArray[np.float32]:
        """Embeddings (batch, 192) of `waveforms` (batch, 1, samples), of the frames where `masks` (batch, frames)
        is above one half; not-a-number where too little is left."""
        import numpy as np

        result = np.full((len(waveforms), campplus.DIMENSIONS), np.nan, np.float32)
        rows: list[NDArray[np.float32]] = []
        places: list[int] = []
        before: Any = None
        features = np.zeros((0, campplus.BINS), np.float32)
        for n, waveform in enumerate(waveforms):
            if before is None or not (waveform is before or bool((waveform == before).all())):
                features = campplus.fbank(waveform[0].cpu().numpy())
                before = waveform
            chosen = features
            if masks is not None:
                mask = masks[n].cpu().numpy() > 0.5
                at = (np.arange(len(features)) * len(mask)) // max(1, len(features))
                chosen = features[mask[at]]
            if len(chosen) >= SHORTEST_FRAMES:
                rows.append(chosen)
                places.append(n)
        if rows:
            result[places] = self._embedder.embed(rows)
        return result


@dataclass(frozen=True)
class PyannoteResult:
    """`turns` (start, end, label) in seconds, overlaps kept."""

    turns: tuple[tuple[float, float, str], ...]


def build(checkpoint: Path, embedder: campplus.Embedder, device: str = "cpu") -> Any:
    """The pipeline, instantiated.

    Raises:
        WeightsError: the segmentation cannot be read.
    """
    os.environ["PYANNOTE_METRICS_ENABLED"] = "0"  # before the import: telemetry is on by default
    model = segmentation.load_model(checkpoint, device)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import torch
        from pyannote.audio import Audio
        from pyannote.audio.core.plda import PLDA
        from pyannote.audio.pipelines import SpeakerDiarization
        from pyannote.audio.pipelines.clustering import Clustering

    # Built with the clustering that loads no embedding, because the constructor takes embeddings only by the
    # name of a hub's repository; then given ours. It insists on a PLDA, which that clustering never calls.
    pipeline = SpeakerDiarization(
        segmentation=model,
        embedding=None,  # type: ignore[arg-type]
        plda=PLDA.__new__(PLDA),
        clustering="OracleClustering",
        segmentation_batch_size=8,
        embedding_batch_size=32,
    )
    pipeline._embedding = PyannoteEmbedding(embedder)
    pipeline._audio = Audio(sample_rate=SAMPLE_RATE, mono="downmix")
    pipeline.klustering = "AgglomerativeClustering"
    pipeline.clustering = Clustering["AgglomerativeClustering"].value(metric="cosine")
    pipeline._expects_num_speakers = False
    pipeline.instantiate(PARAMETERS)
    pipeline.to(torch.device(device))
    return pipeline


def diarise(
    pipeline: Any,
    samples: NDArray[np.float32],
    *,
    speakers: int = 2,
    progress: Callable[[float], None] = lambda fraction: None,
) -> PyannoteResult:
    """Who speaks when in `samples` (n,) at 16 kHz; `speakers` 0 lets it find the number."""
    import numpy as np
    import torch

    def hook(
        step: str, artefact: Any, file: Any = None, total: int | None = None, completed: int | None = None
    ) -> None:
        if total and completed is not None:
            share = completed / total
            if step == "segmentation":
                progress(SEGMENTATION_SHARE * share)
            elif step == "embeddings":
                progress(SEGMENTATION_SHARE + (1 - SEGMENTATION_SHARE) * share)

    file = {"waveform": torch.from_numpy(np.ascontiguousarray(samples))[None], "sample_rate": SAMPLE_RATE, "uri": "x"}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        output = pipeline(file, num_speakers=speakers or None, hook=hook)
    found = output.speaker_diarization.itertracks(yield_label=True)
    return PyannoteResult(tuple((float(turn.start), float(turn.end), str(label)) for turn, _, label in found))
