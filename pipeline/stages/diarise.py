"""Who speaks when: fills turns (overlaps kept), speech and voices."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any, ClassVar

from pipeline.core import cores, installed, paths
from pipeline.diarisation import alarms
from pipeline.recording import audio
from pipeline.stages.base import StageResult

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pipeline.core.document import Document
    from pipeline.core.settings import DiariseSettings, Settings
    from pipeline.diarisation.result import Diarisation
    from pipeline.engines.campplus import Embedder
    from pipeline.stages.base import Context

THREADS = 2


class Diarise:
    """The second stage."""

    name: ClassVar[str] = "diarise"
    version: ClassVar[str] = "2"

    def weights(self, settings: Settings) -> tuple[str, ...]:
        """See Stage."""
        return settings.diarise.segmentation, settings.diarise.embedding

    def fingerprint(self, settings: Settings, context: Context) -> dict[str, Any]:
        """See Stage."""
        chosen = settings.diarise
        return {"settings": chosen.model_dump(mode="json")}

    def run(self, document: Document, settings: Settings, context: Context) -> StageResult:
        """See Stage. A recording without speech gets no turns and a note, not an error."""
        from pipeline.engines import campplus, choose

        device, _ = choose.find_device(context.device)
        embedder = campplus.Embedder(
            context.catalogue.network(settings.diarise.embedding, device), device, min(THREADS, cores.cores())
        )
        found, engine, microphones = _diarise(document, settings.diarise, context, embedder, device)
        _keep_vectors(found, context)
        notes = alarms.of(found.turns, found.voices, settings.diarise.speakers, found.others)
        details = {"speakers": len(found.voices), "turns": len(found.turns), "stretches": len(found.segments)}
        if microphones:
            details = {"microphones": 2, **details}
        document = document.with_(
            turns=found.turns,
            speech=found.speech,
            voices=found.voices,
            notes=(*(note for note in document.notes if note.stage != self.name), *notes),
        )
        return StageResult(document, engine=f"{engine} + {embedder.engine}", device=device, details=details)


def _diarise(
    document: Document, settings: DiariseSettings, context: Context, embedder: Embedder, device: str
) -> tuple[Diarisation, str, bool]:
    """(who speaks when, what segmented the sound, whether each speaker had a microphone of their own)."""
    from pipeline.diarisation import channels, fast
    from pipeline.engines import segmentation

    sound = audio.open_sound(context.paths.audio)
    progress = context.progress.update
    if settings.engine == "pyannote":
        installed.require("pyannote", "the diariser 'pyannote'")
        if device == "cpu":
            import torch

            torch.set_num_threads(min(THREADS, cores.cores()))
        checkpoint = context.catalogue.checkpoint(settings.segmentation)
        found = _by_pyannote(sound, checkpoint, embedder, device, settings.speakers, progress)
        return found, "pyannote.audio", False
    segmenter = segmentation.Segmenter(
        context.catalogue.network(settings.segmentation, device), device, min(THREADS, cores.cores())
    )
    if (
        document.recording
        and document.recording.two_microphones
        and sound.channels == 2
        and settings.speakers in (0, 2)
    ):
        apart = channels.diarise(sound, segmenter, embedder, progress=progress)
        if apart is not None:
            return apart, "segmentation-3.0", True
    found = fast.diarise(sound.mono, sound.duration, segmenter, embedder, speakers=settings.speakers, progress=progress)
    return found, "segmentation-3.0", False


def _by_pyannote(
    sound: audio.Sound,
    checkpoint: Path,
    embedder: Embedder,
    device: str,
    speakers: int,
    progress: Callable[[float], None],
) -> Diarisation:
    """pyannote.audio's own pipeline; voices are learnt from what each speaker says alone."""
    from pipeline.diarisation.result import from_rows
    from pipeline.engines import pyannote_diariser

    pipeline = pyannote_diariser.build(checkpoint, embedder, device)
    found = pyannote_diariser.diarise(pipeline, sound.mono(), speakers=speakers, progress=progress).turns
    labels = list(dict.fromkeys(label for _, _, label in found))
    rows = [(start, end, labels.index(label)) for start, end, label in found]
    return from_rows(rows, [sound.mono], sound.duration, embedder)


def _keep_vectors(found: Diarisation, context: Context) -> None:
    """Leave the embeddings for attribution, which then needs no model. Private: a voice identifies."""
    import numpy as np

    file = io.BytesIO()
    np.savez(file, spans=found.segments, vectors=found.vectors.astype(np.float16))
    paths.write_bytes(context.paths.voices, file.getvalue(), private=True)
