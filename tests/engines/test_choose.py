"""Which engine on which device; a GPU that fails is said and survived."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from pipeline.core import installed
from pipeline.core.errors import UsageProblem, WeightsError
from pipeline.core.settings import build
from pipeline.engines import choose
from pipeline.engines.base import DecodeOptions, DeviceFailedError, Recogniser, SpokenWord, WindowResult
from pipeline.engines.scripted import Clock, ScriptedRecogniser
from pipeline.weights.catalogue import Catalogue
from tests.sizes import full


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
    torch = full("torch")
    assert choose.find_device("cpu") == ("cpu", "asked for")
    monkeypatch.setattr(installed, "has_driver", lambda: True)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert choose.find_device("auto")[0] == "cpu"
    with pytest.raises(UsageProblem, match="no CUDA device"):
        choose.find_device("cuda")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda n: "Test GPU")
    assert choose.find_device("auto") == ("cuda", "found Test GPU")
    monkeypatch.setattr(installed, "has_driver", lambda: False)
    assert choose.find_device("auto") == ("cpu", "no CUDA device was found")


@pytest.fixture
def lean(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if neither torch nor pyannote.audio were installed."""
    monkeypatch.setattr(installed, "has", lambda extra: False)


def test_the_lean_install_goes_on_on_the_cpu(lean: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(installed, "has_driver", lambda: True)
    assert choose.find_device("auto") == ("cpu", "the lean install cannot use a graphics card")
    with pytest.raises(UsageProblem, match="--device cuda") as caught:
        choose.find_device("cuda")
    assert caught.value.hint == installed.MEND


ALL = ("ingest", "diarise", "transcribe", "redact", "emit")


@pytest.mark.parametrize(
    ("settings", "stages", "device", "named"),
    [
        ({"transcribe": {"engine": "torch"}}, ALL, "cpu", "recogniser 'torch'"),
        ({"transcribe": {"engine": "torch"}, "emit": {"audio": True}}, ("emit",), "cpu", "recogniser 'torch'"),
        ({"diarise": {"engine": "pyannote"}}, ALL, "auto", "diariser 'pyannote'"),
        ({}, ALL, "cuda", "--device cuda"),
        # near-misses
        ({}, ALL, "auto", ""),
        ({"transcribe": {"engine": "ctranslate2"}}, ALL, "cpu", ""),
        ({"transcribe": {"engine": "torch"}}, ("redact", "emit"), "cpu", ""),
        ({"diarise": {"engine": "pyannote"}}, ("transcribe", "emit"), "cpu", ""),
        ({}, ("emit",), "cuda", ""),
    ],
)
def test_what_the_lean_install_cannot_do_is_said_before_the_first_stage(
    settings: dict[str, dict[str, Any]], stages: tuple[str, ...], device: str, named: str, lean: None
) -> None:
    if not named:
        choose.check(build(settings), stages, device, Catalogue.read())
        return
    with pytest.raises(UsageProblem, match=named) as caught:
        choose.check(build(settings), stages, device, Catalogue.read())
    assert caught.value.exit_code == 2
    assert "make setup" in str(caught.value)


@pytest.mark.parametrize("asked", ["pyannote", "cuda"])
def test_a_checkpoint_that_was_never_fetched_is_asked_for_by_name(
    asked: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(installed, "has", lambda extra: True)
    monkeypatch.setattr(choose, "find_device", lambda asked: (asked, ""))
    settings = build({"diarise": {"engine": "pyannote"}} if asked == "pyannote" else {})
    catalogue = Catalogue(Catalogue.read().entries, tmp_path)
    choose.check(build({}), ALL, "cpu", catalogue)
    with pytest.raises(WeightsError, match=r"ipa models fetch segmentation-3\.0"):
        choose.check(settings, ALL, "cuda" if asked == "cuda" else "cpu", catalogue)


def test_the_torch_engine_needs_the_full_install(lean: None, tmp_path: Path) -> None:
    with pytest.raises(UsageProblem, match="recogniser 'torch'"):
        choose.load("torch", "cpu", tmp_path)


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
    assert "continuing on the CPU" in said[0][0]
