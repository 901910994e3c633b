"""Which of the two sizes of install this is: the full one, or the lean one without torch and pyannote.audio.

The lean one writes the same transcript on a CPU, where torch is never imported.
"""

from __future__ import annotations

import importlib.util
from typing import Literal

from pipeline.core.errors import UsageProblem

Extra = Literal["torch", "pyannote"]

MODULES: dict[Extra, tuple[str, ...]] = {"torch": ("torch", "whisper"), "pyannote": ("torch", "pyannote.audio")}
"""What each optional part of the install (`[project.optional-dependencies]`) brings."""

MEND = "take the full install: `make setup`, or `pip install 'ipa-transcripts[torch,pyannote]'`"


def has(extra: Extra) -> bool:
    """Whether an optional part is installed. Nothing heavy is imported."""
    return all(_is_there(module) for module in MODULES[extra])


def _is_there(module: str) -> bool:
    try:
        return importlib.util.find_spec(module) is not None
    except ModuleNotFoundError:  # its parent package is missing
        return False


def require(extra: Extra, what: str) -> None:
    """Check that an optional part is installed.

    Args:
        what: what needs it, the beginning of a sentence.

    Raises:
        UsageProblem: it is not installed.
    """
    if not has(extra):
        raise UsageProblem(f"{what} needs packages that the lean install leaves out", hint=MEND)


def has_driver() -> bool:
    """Whether NVIDIA's driver is installed; without one there is no need to import torch, which takes seconds."""
    import ctypes

    for name in ("libcuda.so.1", "libcuda.so", "nvcuda.dll"):
        try:
            ctypes.CDLL(name)
        except OSError:
            continue
        return True
    return False


def can_use_gpu() -> bool:
    """Whether there may be a graphics card that this install could use."""
    return has_driver() and has("torch")
