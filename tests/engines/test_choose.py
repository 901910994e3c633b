"""Which engine on which device; a GPU that fails is said and survived."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from pipeline.core.errors import UsageProblem
from pipeline.engines import choose
from pipeline.engines.base import DecodeOptions, DeviceFailedError, Recogniser, SpokenWord, WindowResult
from pipeline.engines.scripted import Clock, ScriptedRecogniser


class Broken(ScriptedRecogniser):
    """A GPU that fails at the first decode."""

    def decode(self, windows: Sequence[NDArray[np.float32]], options: DecodeOptions) -> list[WindowResult]:
        raise DeviceFailedError("CUDA error: an illegal memory access was encountered")

    def detect_language(self, windows: Sequence[NDArray[np.float32]]) -> dict[str, float]:
        raise DeviceFailedError("it has too little memory for a single window")


@pytest.mark.parametrize(
    ("asked", "device", "engine"),
    [
        ("auto", "cpu", "ctranslate2"),
        ("auto", "cuda", "torch"),
        ("torch", "cpu", "torch"),
        ("ctranslate2", "cuda", "ctranslate2"),
    ],
)
def test_the_engine_for_a_device(asked: str, device: str, engine: str) -> None:
    assert choose.find_engine(asked, device) == engine


def test_the_device(monkeypatch: pytest.MonkeyPatch) -> None:
    import torch

    assert choose.find_device("cpu") == ("cpu", "asked for")
    monkeypatch.setattr(choose, "has_driver", lambda: True)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert choose.find_device("auto")[0] == "cpu"
    with pytest.raises(UsageProblem, match="no CUDA device"):
        choose.find_device("cuda")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda n: "Test GPU")
    assert choose.find_device("auto") == ("cuda", "found Test GPU")
    monkeypatch.setattr(choose, "has_driver", lambda: False)
    assert choose.find_device("auto") == ("cpu", "no CUDA device was found")


@pytest.mark.parametrize("fails", ["load", "decode", "language"])
def test_a_failing_gpu_is_replaced_by_the_cpu_and_said_once(fails: str, monkeypatch: pytest.MonkeyPatch) -> None:
    script = [SpokenWord("yes", 0.2, 0.5, 0.9)]

    def load(engine: str, device: str, folder: Path, threads: int = 0) -> Recogniser:
        if device == "cpu":
            assert engine == "ctranslate2"
            return ScriptedRecogniser(script)
        if fails == "load":
            raise DeviceFailedError("out of memory")
        return Broken(script, device="cuda")

    monkeypatch.setattr(choose, "load", load)
    said: list[tuple[str, str]] = []
    recogniser = choose.WithFallback("auto", "cuda", Path("x"), 2, lambda text, level: said.append((text, level)))
    sound = Clock(2.0).mono()
    if fails == "language":
        assert max(recogniser.detect_language([sound])) == "la"
    for _ in range(2):
        (result,) = recogniser.decode([sound], DecodeOptions())
        assert result.text == "yes"
    assert recogniser.device == "cpu"
    assert [level for _, level in said] == ["warning"]
    assert "going on with the CPU" in said[0][0]
