"""Snapshots: the document after each stage, in outputs/<id>/work/NN-stage.json."""

from __future__ import annotations

import os
from pathlib import Path

from pydantic import ValidationError

from pipeline.core.document import Document
from pipeline.core.errors import BadInputError
from pipeline.core.paths import STAGE_NUMBERS, RecordingPaths, atomic, nothing_stored, read_bytes

MAX_SNAPSHOT = 500_000_000
"""Bytes: twenty times what the longest interview takes."""


def load(paths: RecordingPaths, stage: str) -> Document | None:
    """The document after a stage, None where none can be read (then it is made again).

    Raises:
        BadInputError: it cannot be opened, or it belongs to another recording.
    """
    path = paths.snapshot(stage)
    if not os.path.lexists(path):
        return None
    try:
        document = Document.read(read_bytes(path, MAX_SNAPSHOT))
    except ValidationError:
        return None
    if not _whole(document, stage):
        return None
    if document.id != paths.id:
        raise BadInputError(
            "this is the snapshot of another recording", file=path, hint=f"remove it, or `ipa purge {paths.id}`"
        )
    return document


def _whole(document: Document, stage: str) -> bool:
    """False for a document that no stage of this program can have stored, even if all its fields are valid."""
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
    raise BadInputError(
        nothing_stored(paths.outputs, paths.id),
        file=paths.root,
        hint="`ipa status` lists what is stored; `ipa run` with the recording's path stores it",
    )


def save(document: Document, snapshot: Path) -> None:
    """Write a stage's snapshot, whole or not at all."""
    with atomic(snapshot, private=True) as file:
        file.writelines(document.json_pieces())
