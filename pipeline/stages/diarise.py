"""Who speaks when: fills turns (overlaps kept), speech and voices."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any, ClassVar

from pipeline import audio, paths
from pipeline.diarisation import alarms

if TYPE_CHECKING:
    from pipeline.diarisation.fast import Diarisation
    from pipeline.document import Document
    from pipeline.settings import DiariseSettings, Settings
    from pipeline.stages.base import Context

SIDECAR = "20-voices.npz"
THREADS = 2


def choose_device(asked: str) -> str:
    """ "cpu" or "cuda" for `asked` (auto, cpu, cuda)."""
    if asked == "cpu":
        return "cpu"
    import torch

    return "cuda" if torch.cuda.is_available() else "cpu"


class Diarise:
    """The second stage."""

    name: ClassVar[str] = "diarise"
    number: ClassVar[int] = 20
    version: ClassVar[str] = "1"

    def weights(self, settings: Settings) -> tuple[str, ...]:
        """See Stage."""
        return settings.diarise.segmentation, settings.diarise.embedding

    def fingerprint(self, settings: Settings, context: Context) -> dict[str, Any]:
        """See Stage."""
        chosen = settings.diarise
        return {"settings": chosen.model_dump(mode="json")}

    def run(self, document: Document, settings: Settings, context: Context) -> Document:
        """See Stage. A recording without speech gets no turns and a note, not an error."""
        found = _diarise(document, settings.diarise, context)
        _keep_vectors(found, context)
        notes = alarms.of(found.turns, found.voices, settings.diarise.speakers, found.others)
        context.details.update(speakers=len(found.voices), turns=len(found.turns), stretches=len(found.stretches))
        return document.with_(
            turns=found.turns,
            speech=found.speech,
            voices=found.voices,
            notes=(*(note for note in document.notes if note.stage != self.name), *notes),
        )


def _diarise(document: Document, settings: DiariseSettings, context: Context) -> Diarisation:
    import torch

    from pipeline.diarisation import fast
    from pipeline.engines import campplus, segmentation

    device = choose_device(context.device)
    if device == "cpu":
        torch.set_num_threads(THREADS)
    sound = audio.open_sound(context.paths.audio)
    weights = context.catalogue.path(settings.segmentation) / segmentation.CHECKPOINT
    embedding = context.catalogue.path(settings.embedding)
    context.device_used = device
    segmenter = segmentation.Segmenter(weights, device, THREADS)
    embedder = campplus.Embedder(embedding, device, THREADS)
    context.engine = f"fast: segmentation-3.0 + {embedder.engine}"
    return fast.diarise(
        sound.mono,
        sound.duration,
        segmenter,
        embedder,
        speakers=settings.speakers,
        progress=lambda fraction: context.progress.update(fraction),
    )


def _keep_vectors(found: Diarisation, context: Context) -> None:
    """Leave the stretches' embeddings for attribution, which then needs no model. Private: a voice identifies."""
    import numpy as np

    file = io.BytesIO()
    np.savez(file, spans=found.stretches, vectors=found.vectors.astype(np.float16))
    paths.write_bytes(context.paths.work / SIDECAR, file.getvalue(), private=True)
