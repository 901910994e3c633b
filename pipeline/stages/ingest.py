"""Stage 10: decode the recording to the working copy and describe its sound."""

from __future__ import annotations

from typing import Any, ClassVar

from pipeline.core.document import Document, Note
from pipeline.core.errors import UsageProblem
from pipeline.core.settings import Settings
from pipeline.recording import audio
from pipeline.stages.base import Context, StageResult


class Ingest:
    """See Stage. Fills `recording`, writes private/audio.wav."""

    name: ClassVar[str] = "ingest"
    version: ClassVar[str] = "2"

    def weights(self, settings: Settings) -> tuple[str, ...]:
        """None."""
        return ()

    def fingerprint(self, settings: Settings, context: Context) -> dict[str, Any]:
        """The settings; the recording's own hash is in every key."""
        return {"settings": settings.ingest.model_dump(mode="json")}

    def run(self, document: Document, settings: Settings, context: Context) -> StageResult:
        """Decode and measure.

        Raises:
            BadInputError, ResourceError: see `audio.decode`.
        """
        if context.source is None:
            raise UsageProblem(
                "the recording itself is needed for this stage", hint="give the path of the recording instead of its id"
            )
        warnings: list[str] = []
        recording = audio.decode(
            context.source,
            context.paths.audio,
            max_hours=settings.ingest.max_hours,
            min_seconds=settings.ingest.min_seconds,
            accept_truncated=settings.ingest.accept_truncated,
            progress=context.progress.update,
            warn=warnings.append,
        )
        if context.digest and recording.sha256 != context.digest:
            raise audio.changed(context.source)
        notes = [Note(code="quality", message=text, stage=self.name) for text in _remarks(recording)]
        notes += [Note(code="incomplete", message=text, stage=self.name) for text in warnings]
        return StageResult(document.with_(recording=recording).noting(*notes), engine="PyAV")


def _remarks(recording: Any) -> tuple[str, ...]:
    found = recording.quality.remarks if recording.quality else ()
    if recording.two_microphones:
        found = (*found, "Each channel holds one microphone; both are used.")
    return tuple(found)
