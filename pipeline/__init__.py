"""ipa-transcripts: from a recorded interview to a redacted, line-numbered transcript, offline.

`transcribe` and `redact` are the program as functions, see docs/python.md. They are imported when they are asked for:
importing the package sets the switches below, and loads nothing else.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from pipeline.core import offline

if TYPE_CHECKING:
    from pipeline.app.api import redact as redact
    from pipeline.app.api import transcribe as transcribe

__version__ = "0.1.0"
__all__ = ["__version__", "redact", "transcribe"]

offline.apply()  # here, because some libraries read their telemetry switches as soon as they are imported


def __getattr__(name: str) -> Any:
    if name in ("redact", "transcribe"):
        return getattr(import_module("pipeline.app.api"), name)
    raise AttributeError(f"module 'pipeline' has no attribute '{name}'")
