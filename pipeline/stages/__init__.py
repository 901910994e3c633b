"""The stages in order. A new one is its module and one line here."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from typing import cast

from pipeline.review.edits import Edit, in_force, word_edits
from pipeline.stages.base import Stage

#: name -> where the stage is; imported only when needed, so that naming stages costs nothing.
REGISTRY: dict[str, str] = {
    "ingest": "pipeline.stages.ingest:Ingest",
    "diarise": "pipeline.stages.diarise:Diarise",
    "transcribe": "pipeline.stages.transcribe:Transcribe",
    "correct": "pipeline.stages.correct:Correct",
    "redact": "pipeline.stages.redact:Redact",
    "review": "pipeline.stages.review:Review",
    "emit": "pipeline.stages.emit:Emit",
}

#: What a typed transcript goes through; `import` itself is done by pipeline.importing.typed.
TYPED = ("correct", "redact", "review", "emit")


def names() -> list[str]:
    """Names of all stages, in order."""
    return list(REGISTRY)


def needed(wanted: Sequence[str], edits: Sequence[Edit]) -> list[str]:
    """Those of the `wanted` stages that have something to do: what a person changed is applied only where there is
    something. Undoing the first edit leaves things as they were before it."""
    idle = set() if word_edits(edits) else {"correct"}
    idle |= set() if in_force(edits) else {"review"}
    return [name for name in wanted if name not in idle]


def get(name: str) -> Stage:
    """A stage by name."""
    module, cls = REGISTRY[name].split(":")
    return cast(Stage, getattr(import_module(module), cls)())
