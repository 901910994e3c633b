"""Which recogniser runs on which device, and what happens when the GPU fails."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import TYPE_CHECKING

from pipeline.core import cores, installed
from pipeline.core.errors import UsageProblem
from pipeline.engines.base import DecodeOptions, DeviceFailedError, Recogniser, WindowResult

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from pipeline.core.settings import Settings, TranscribeSettings
    from pipeline.weights.catalogue import Catalogue

Say = Callable[[str, str], None]
"""Takes a sentence and its level (info, warning)."""


def find_device(asked: str) -> tuple[str, str]:
    """("cpu" or "cuda", why) for `asked`: auto, cpu or cuda.

    Raises:
        UsageProblem: CUDA was asked for and there is none, or this install cannot use it.
    """
    if asked == "cpu":
        return "cpu", "asked for"
    if asked == "auto" and not installed.has_driver():
        return "cpu", "no CUDA device was found"
    if asked == "auto" and not installed.has("torch"):
        return "cpu", "the lean install cannot use a graphics card"
    installed.require("torch", "--device cuda")
    import torch

    if torch.cuda.is_available():
        return "cuda", "asked for" if asked == "cuda" else f"found {torch.cuda.get_device_name(0)}"
    if asked == "cuda":
        raise UsageProblem("no CUDA device was found", hint="use --device auto or --device cpu")
    return "cpu", "no CUDA device was found"


def find_engine(asked: str, device: str) -> str:
    """ "ctranslate2" or "torch": what was asked for, else int8 CTranslate2 on a CPU and torch on CUDA."""
    if asked != "auto":
        return asked
    return "torch" if device == "cuda" else "ctranslate2"


def check(settings: Settings, stages: Collection[str], asked: str, catalogue: Catalogue) -> None:
    """Check, before the first stage, that the engines of `stages` have what they need beyond the weights of every run.

    Raises:
        UsageProblem: there is no such device, or this install leaves out what an engine needs.
        WeightsError: the checkpoint of a network is not here, or altered.
    """
    listening = "transcribe" in stages or ("emit" in stages and settings.emit.audio)
    if not listening and "diarise" not in stages:
        return
    device, _ = find_device(asked)
    if listening and find_engine(settings.transcribe.engine, device) == "torch":
        installed.require("torch", "the speech recogniser 'torch'")
    if "diarise" in stages:
        chosen = settings.diarise
        if chosen.engine == "pyannote":
            installed.require("pyannote", "the diariser 'pyannote'")
            catalogue.checkpoint(chosen.segmentation)
        for name in (chosen.segmentation, chosen.embedding):
            catalogue.network(name, device)


def load(engine: str, device: str, folder: Path, threads: int = 0) -> Recogniser:
    """A recogniser.

    Raises:
        WeightsError: the weights cannot be read. UsageProblem: this install leaves out what it needs.
        DeviceFailedError: the GPU cannot be used.
    """
    if engine == "torch":
        installed.require("torch", "the speech recogniser 'torch'")
        from pipeline.engines.torch_whisper import TorchRecogniser

        recogniser: Recogniser = TorchRecogniser(folder, device, threads)
        return recogniser
    from pipeline.engines.ctranslate2 import CTranslate2Recogniser

    return CTranslate2Recogniser(folder, device, threads)


def open_for(wanted: TranscribeSettings, device: str, folder: Path, say: Say) -> Recogniser:
    """The recogniser that the settings ask for, on `device`, with the CPU to fall back on."""
    threads = cores.threads(wanted.threads)
    return WithFallback(wanted.engine, device, folder, threads, say)


class WithFallback:
    """A recogniser that continues on the CPU when the GPU fails, and says so once."""

    def __init__(self, engine: str, device: str, folder: Path, threads: int, say: Say) -> None:
        self._engine, self._folder, self._threads, self._say = engine, folder, threads, say
        try:
            self._inner = load(find_engine(engine, device), device, folder, threads)
        except DeviceFailedError as error:
            self._inner = self._on_cpu(error)

    @property
    def name(self) -> str:
        """The engine in use."""
        return self._inner.name

    @property
    def device(self) -> str:
        """The device in use."""
        return self._inner.device

    @property
    def precision(self) -> str:
        """Numeric precision."""
        return self._inner.precision

    def decode(self, windows: Sequence[NDArray[np.float32]], options: DecodeOptions) -> list[WindowResult]:
        """See Recogniser."""
        try:
            return self._inner.decode(windows, options)
        except DeviceFailedError as error:
            self._inner = self._on_cpu(error)
        return self._inner.decode(windows, options)

    def detect_language(self, windows: Sequence[NDArray[np.float32]]) -> dict[str, float]:
        """See Recogniser."""
        try:
            return self._inner.detect_language(windows)
        except DeviceFailedError as error:
            self._inner = self._on_cpu(error)
        return self._inner.detect_language(windows)

    def _on_cpu(self, error: DeviceFailedError) -> Recogniser:
        self._say(f"The GPU cannot be used ({error}); continuing on the CPU.", "warning")
        return load(find_engine(self._engine, "cpu"), "cpu", self._folder, self._threads)
