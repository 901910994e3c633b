"""What a stage is, and what it is given to work with."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from pipeline.core.document import Document, Entity
    from pipeline.core.keysheet import KeySheet
    from pipeline.core.paths import RecordingPaths
    from pipeline.core.progress import Progress
    from pipeline.core.settings import Settings
    from pipeline.release.key import Secret
    from pipeline.review.edits import Edit
    from pipeline.weights.catalogue import Catalogue


@dataclass
class Context:
    """Everything a stage may use besides the document and its settings.

    `source` is the recording or typed transcript, None when only stored snapshots are at hand; `digest` its
    SHA-256 when the run began.
    `earlier` maps what was replaced in this participant's earlier interviews (folded forms, see
    `entities.form_of`) to the replacements, so that `[friend 2]` stays `[friend 2]`.
    `edits` are what a person changed (see `pipeline/review/`), `named` the entities that there ever were in this
    interview, whose ids and replacements stay (see `pipeline.review.numbering`).
    `secret` locks the key; it was tried before the first stage (see `key.ready`).
    """

    paths: RecordingPaths
    progress: Progress
    catalogue: Catalogue
    source: Path | None = None
    digest: str = ""
    key_sheet: KeySheet | None = None
    device: str = "auto"
    earlier: Mapping[str, str] = field(default_factory=dict)
    edits: tuple[Edit, ...] = ()
    named: tuple[Entity, ...] = ()
    secret: Secret | None = None


@dataclass(frozen=True)
class StageResult:
    """What a stage made, and what its `StageRecord` says about it.

    `engine` names what did the work, `device` where ("cpu", "cuda"); `details` are counts and names of files.
    """

    document: Document
    engine: str = ""
    device: str = "cpu"
    details: Mapping[str, Any] = field(default_factory=dict)


class Stage(Protocol):
    """One step, called `name`; its snapshot has the number that `paths.STAGE_NUMBERS` gives it.

    `fingerprint` lists whatever else could change the result beyond the earlier stages (settings, key
    sheet); it must be cheap and must not import an engine.
    """

    name: ClassVar[str]
    version: ClassVar[str]

    def weights(self, settings: Settings) -> tuple[str, ...]:
        """Catalogue entries that it needs: verified before the first stage runs, hashed into its key, recorded."""
        ...

    def fingerprint(self, settings: Settings, context: Context) -> dict[str, Any]:
        """Plain values that are hashed into the stage's key."""
        ...

    def run(self, document: Document, settings: Settings, context: Context) -> StageResult:
        """Return a changed copy of the document with the stage's own fields filled.

        Raises IpaError, and nothing else, for errors that the user can fix.
        """
        ...
