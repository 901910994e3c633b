"""The reader that the program ships, opened once for all tests."""

from __future__ import annotations

import functools

from pipeline.core.document import Document
from pipeline.core.keysheet import KeySheet
from pipeline.core.settings import RedactSettings
from pipeline.redaction import finding
from pipeline.redaction.reader.model import WEIGHTS, Model
from pipeline.redaction.text.analysis import Analysis
from pipeline.stages import redact
from pipeline.weights.catalogue import Catalogue


@functools.cache
def model() -> Model:
    """The shipped reader."""
    return Model.open(Catalogue.read().network(WEIGHTS))


def found(transcript: Analysis, sheet: KeySheet | None = None, *, from_asr: bool = False) -> finding.Found:
    """What is found in an interview."""
    return finding.find(transcript, model(), sheet, from_asr=from_asr)


def decided(document: Document, sheet: KeySheet | None = None, options: RedactSettings | None = None) -> Document:
    """The document with its redactions, before residual mentions are hidden."""
    transcript = Analysis.of(document)
    mentions = found(transcript, sheet, from_asr=document.source == "recording")
    return redact.decide(document, transcript, mentions, options or RedactSettings(), sheet, {})
