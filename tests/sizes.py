"""What tests need that the lean install leaves out, or that is fetched by name only: they skip without it."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import pytest

from pipeline.core import installed
from pipeline.core.errors import WeightsError
from pipeline.weights.catalogue import Catalogue

LEAN = "the lean install leaves it out"


def full(module: str) -> Any:
    """A module of the full install."""
    return pytest.importorskip(module, reason=f"{module}: {LEAN}")


def checkpoint(name: str) -> Path:
    """The checkpoint of a network, which only the full install can load."""
    if not installed.has("pyannote"):
        pytest.skip(f"torch and pyannote.audio: {LEAN}")
    try:
        return Catalogue.read().checkpoint(name)
    except WeightsError:
        pytest.skip(f"the checkpoint is not here; run `ipa models fetch {name}`")


def telephone_call() -> Path:
    """The folder of sample.wav and sample.rttm that pyannote.audio ships: 30 seconds of two people."""
    if not installed.has("pyannote"):
        pytest.skip(f"pyannote.audio: {LEAN}")
    found = importlib.util.find_spec("pyannote.audio")
    assert found is not None
    assert found.origin is not None
    return Path(found.origin).parent / "sample"
