"""Snapshots: the document after each stage, in outputs/<id>/work/NN-stage.json."""

from __future__ import annotations

import os

from pydantic import ValidationError

from pipeline.core.document import Document, shared
from pipeline.core.errors import BadInputError
from pipeline.core.paths import STAGE_NUMBERS, RecordingPaths, read_bytes, write_bytes

MAX_SNAPSHOT = 500_000_000
"""Bytes: twenty times what the longest interview takes."""


def load(paths: RecordingPaths, stage: str) -> Document | None:
    """The document after a stage, None where there is none that can be read (it is made again then).

    Raises:
        BadInputError: it cannot be opened, or it is a whole one of another recording.
    """
    path = paths.snapshot(stage)
    if not os.path.lexists(path):
        return None
    try:
        document = Document.model_validate_json(read_bytes(path, MAX_SNAPSHOT))
    except ValidationError:
        return None
    if not _whole(document, stage):
        return None
    if document.id != paths.id:
        raise BadInputError(
            "this is the snapshot of another recording", file=path, hint=f"remove it, or `ipa purge {paths.id}`"
        )
    return document.with_(words=shared(document.words)) if document.source == "typed" else document


def _whole(document: Document, stage: str) -> bool:
    """False for what no stage of this program has stored, even if every field of it is allowed."""
    return (
        document.record_of(stage) is not None
        and (document.source == "typed" or document.recording is not None)
        and all(span.first <= span.last < len(document.words) for span in document.redactions)
    )


def latest(paths: RecordingPaths) -> Document:
    """The most advanced stored document of a recording.

    Raises:
        BadInputError: nothing is stored.
    """
    for stage in sorted(STAGE_NUMBERS, key=STAGE_NUMBERS.__getitem__, reverse=True):
        document = load(paths, stage)
        if document is not None:
            return document
    raise BadInputError(f"there is nothing stored for '{paths.id}'", file=paths.root, hint="run the recording first")


def save(document: Document, stage: str, paths: RecordingPaths) -> None:
    """Write a stage's snapshot, whole or not at all."""
    write_bytes(paths.snapshot(stage), document.model_dump_json().encode(), private=True)
