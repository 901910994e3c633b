"""The stages in order. A new one is its module and one line here."""

from __future__ import annotations

from importlib import import_module
from typing import cast

from pipeline.stages.base import Stage

#: name -> where the stage is; imported only when needed, so that naming stages costs nothing.
REGISTRY: dict[str, str] = {
    "ingest": "pipeline.stages.ingest:Ingest",
    "diarise": "pipeline.stages.diarise:Diarise",
    "transcribe": "pipeline.stages.transcribe:Transcribe",
    "redact": "pipeline.stages.redact:Redact",
    "emit": "pipeline.stages.emit:Emit",
}

#: What a typed transcript goes through; `import` itself is done by pipeline.importing.typed.
TYPED = ("redact", "emit")


def names() -> list[str]:
    """Names of all stages, in order."""
    return list(REGISTRY)


def get(name: str) -> Stage:
    """A stage by name."""
    module, cls = REGISTRY[name].split(":")
    return cast(Stage, getattr(import_module(module), cls)())
