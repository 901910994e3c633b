"""What a stage is, and what it is given to work with."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from pipeline.core.document import Document
    from pipeline.core.keysheet import KeySheet
    from pipeline.core.paths import RecordingPaths
    from pipeline.core.progress import Progress
    from pipeline.core.settings import Settings
    from pipeline.release.key import Secret
    from pipeline.weights.catalogue import Catalogue


@dataclass
class Context:
    """Everything a stage may use besides the document and its settings.

    `source` is the recording or typed transcript, None when only stored snapshots are at hand; `digest` its
    SHA-256 when the run began.
    `earlier` maps what was replaced in this participant's earlier interviews (folded forms, see
    `entities.form_of`) to the replacements, so that `[friend 2]` stays `[friend 2]`.
    `secret` locks the key; it was tried before the first stage (see `key.ready`).
    `details` is filled by a stage for its `StageRecord` (engine, device, weights, counts).
    """

    paths: RecordingPaths
    progress: Progress
    catalogue: Catalogue
    source: Path | None = None
    digest: str = ""
    key_sheet: KeySheet | None = None
    device: str = "auto"
    earlier: Mapping[str, str] = field(default_factory=dict)
    secret: Secret | None = None
    details: dict[str, Any] = field(default_factory=dict)
    engine: str = ""
    device_used: str = ""


class Stage(Protocol):
    """One step. `run` returns a changed copy of the document with its own fields filled.

    `fingerprint` lists whatever else could change the result beyond the earlier stages (settings, key
    sheet); it must be cheap and must not import an engine.
    """

    name: ClassVar[str]
    number: ClassVar[int]
    version: ClassVar[str]

    def weights(self, settings: Settings) -> tuple[str, ...]:
        """Catalogue entries that it needs: verified before the first stage runs, hashed into its key, recorded."""
        ...

    def fingerprint(self, settings: Settings, context: Context) -> dict[str, Any]:
        """Plain values that are hashed into the stage's key."""
        ...

    def run(self, document: Document, settings: Settings, context: Context) -> Document:
        """Do the work. Raises IpaError and nothing else for what a person can mend."""
        ...
