"""What ingest notes about a recording, and that it is the one that the run began with."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.core.document import Document
from pipeline.core.errors import BadInputError
from pipeline.core.paths import RecordingPaths
from pipeline.core.progress import Silent
from pipeline.core.settings import build
from pipeline.stages.base import Context
from pipeline.stages.ingest import Ingest
from pipeline.weights.catalogue import Catalogue
from tests import damaged, sounds


def _context(tmp_path: Path, source: Path, digest: str = "") -> Context:
    paths = RecordingPaths(tmp_path / "outputs", "P03")
    paths.make()
    return Context(paths, Silent(), Catalogue.read(), source=source, digest=digest)


def test_what_is_missing_is_noted(tmp_path: Path) -> None:
    source = tmp_path / "P03.wav"
    source.write_bytes(damaged.wav()[:-96_000])
    settings = build({"ingest": {"accept_truncated": True}})
    document = Ingest().run(Document(id="P03"), settings, _context(tmp_path, source)).document
    (note,) = [note for note in document.notes if note.code == "incomplete"]
    assert note.message == "The end of the recording is missing: about 3.0 of 6.0 seconds."
    assert note.level == "warning"


def test_another_recording_than_at_the_beginning(tmp_path: Path) -> None:
    source = sounds.write(tmp_path / "P03.wav", sounds.tone(2))
    with pytest.raises(BadInputError, match="changed while it was read"):
        Ingest().run(Document(id="P03"), build({}), _context(tmp_path, source, digest="0" * 64))
