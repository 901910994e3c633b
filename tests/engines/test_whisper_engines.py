"""Both engines on the sample: the same words at the same times from one download."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from pipeline.core.errors import ResourceError, WeightsError
from pipeline.engines import choose
from pipeline.engines.base import DecodeOptions, DeviceFailedError, Recogniser
from pipeline.weights.catalogue import Catalogue
from tests.sizes import full

SAMPLE = Path(__file__).resolve().parent.parent.parent / "recordings" / "sample.flac"
OPTIONS = DecodeOptions(prompt="Um, er, I- I mean, you know.", beam_size=2)
pytestmark = pytest.mark.models


@pytest.fixture(scope="module")
def folder() -> Path:
    try:
        return Catalogue.read().path("whisper-base")
    except WeightsError:
        pytest.skip("the weights are not fetched")


@pytest.fixture(scope="module")
def windows() -> list[NDArray[np.float32]]:
    from faster_whisper.audio import decode_audio

    sound = decode_audio(str(SAMPLE), sampling_rate=16_000)
    return [sound[: 12 * 16_000], sound[29 * 16_000 : 46 * 16_000]]


@pytest.fixture(scope="module", params=["ctranslate2", "torch"])
def recogniser(request: pytest.FixtureRequest, folder: Path) -> Recogniser:
    if request.param == "torch":
        full("whisper")
    return choose.load(request.param, "cpu", folder, 1)  # one thread: quick on a busy machine, too


def test_words_times_and_confidences(recogniser: Recogniser, windows: list[NDArray[np.float32]]) -> None:
    first, second = recogniser.decode(windows, OPTIONS)
    assert "recording now. Could you just say your name for me? Yeah, it's Hope" in first.text
    assert "the one who drove the" in second.text
    for result, window in zip((first, second), windows, strict=True):
        starts = [w.start for w in result.words]
        assert starts == sorted(starts)
        assert all(0 <= w.start <= w.end <= len(window) / 16_000 for w in result.words)
        assert all(0 <= w.probability <= 1 for w in result.words)
        assert result.no_speech < 0.2
        assert -0.7 < result.avg_logprob < 0
    named = next(w for w in first.words if w.text == "Yeah,")
    assert named.start == pytest.approx(4.1, abs=0.25)


def test_a_batch_is_its_windows(recogniser: Recogniser, windows: list[NDArray[np.float32]]) -> None:
    together = recogniser.decode(windows, OPTIONS)
    alone = [recogniser.decode([window], OPTIONS)[0] for window in windows]
    assert [r.text for r in together] == [r.text for r in alone]


@pytest.mark.parametrize(
    ("workers", "windows", "sizes"),
    [
        (1, 1, [1]),
        (1, 8, [8]),
        (1, 9, [4, 5]),
        (2, 1, [1]),
        (2, 3, [2, 1]),
        (2, 16, [8, 8]),
        (2, 17, [4, 4, 5, 4]),
        (16, 4, [1, 1, 1, 1]),
        (16, 32, [2] * 16),
    ],
)
def test_windows_are_shared_out_evenly(folder: Path, workers: int, windows: int, sizes: list[int]) -> None:
    from pipeline.engines.ctranslate2 import CTranslate2Recogniser

    recogniser = CTranslate2Recogniser(folder, "cpu", workers)
    given = [np.full(10, n, np.float32) for n in range(windows)]
    parts = recogniser._parts(given)
    assert sorted(len(part) for part in parts) == sorted(sizes)
    assert [window[0] for part in parts for window in part] == list(range(windows))


def test_two_workers_hear_what_one_hears(folder: Path, windows: list[NDArray[np.float32]]) -> None:
    one, two = (choose.load("ctranslate2", "cpu", folder, threads) for threads in (1, 2))
    expected = one.decode(windows, OPTIONS)
    two.detect_language(windows)  # what it encoded for this is used, and only for the same windows
    assert [r.text for r in two.decode(windows[::-1], OPTIONS)] == [r.text for r in expected[::-1]]
    two.detect_language(windows)
    assert [r.text for r in two.decode(windows, OPTIONS)] == [r.text for r in expected]


def test_the_language(recogniser: Recogniser, windows: list[NDArray[np.float32]]) -> None:
    found = recogniser.detect_language(windows)
    assert max(found, key=lambda code: found[code]) == "en"


def test_nothing_from_nothing(recogniser: Recogniser) -> None:
    assert recogniser.decode([], OPTIONS) == []


def test_out_of_memory_halves_the_batch(
    recogniser: Recogniser, windows: list[NDArray[np.float32]], monkeypatch: pytest.MonkeyPatch
) -> None:
    inner: Callable[..., Any] = recogniser._decode  # type: ignore[attr-defined]
    sizes = []

    def small(windows: list[Any], options: DecodeOptions) -> Any:
        sizes.append(len(windows))
        if len(windows) > 1:
            raise MemoryError
        return inner(windows, options)

    monkeypatch.setattr(recogniser, "_decode", small)
    assert len(recogniser.decode([windows[0][: 4 * 16_000]] * 3, OPTIONS)) == 3
    assert sizes == [3, 1, 2, 1, 1]


def test_out_of_memory_with_one_window(recogniser: Recogniser, monkeypatch: pytest.MonkeyPatch) -> None:
    def none(windows: list[Any], options: DecodeOptions) -> Any:
        raise MemoryError

    monkeypatch.setattr(recogniser, "_decode", none)
    with pytest.raises(ResourceError, match="not enough memory"):
        recogniser.decode([np.zeros(16_000, np.float32)], OPTIONS)


def test_cuda_out_of_memory_and_failure(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    full("whisper")
    import torch

    recogniser = choose.load("torch", "cpu", folder, 1)
    recogniser.device = "cuda"  # type: ignore[misc]
    for error in (torch.cuda.OutOfMemoryError("CUDA out of memory"), RuntimeError("CUDA error")):

        def fail(windows: list[Any], options: DecodeOptions, error: Exception = error) -> Any:
            raise error

        monkeypatch.setattr(recogniser, "_decode", fail)
        with pytest.raises(DeviceFailedError):
            recogniser.decode([np.zeros(16_000, np.float32)], OPTIONS)


def test_word_times_are_openai_whispers(folder: Path, windows: list[NDArray[np.float32]]) -> None:
    full("whisper")
    import torch
    import whisper
    from whisper.timing import find_alignment
    from whisper.tokenizer import get_tokenizer

    from pipeline.engines.tokens import Reading
    from pipeline.engines.torch_whisper import TorchRecogniser

    recogniser = TorchRecogniser(folder, "cpu", 1)
    model = recogniser._model
    tokenizer = get_tokenizer(True, language="en", task="transcribe")
    (result,) = recogniser.decode(windows[:1], OPTIONS)
    text = tokenizer.encode(" " + result.text)
    length = len(windows[0]) / 16_000
    mel = whisper.log_mel_spectrogram(whisper.pad_or_trim(windows[0]))
    with torch.no_grad():
        theirs = find_alignment(model, tokenizer, text, mel, round(length * 100))
        (ours,) = recogniser._align(model.encoder(mel[None]), [Reading(tuple(text), length, True)], [length], tokenizer)
    spoken = [w for w in theirs if w.word.strip(" ,.?")]
    assert [w.start for w in ours] == pytest.approx([float(w.start) for w in spoken], abs=0.021)


@pytest.mark.parametrize("engine", ["ctranslate2", "torch"])
def test_weights_that_are_none(engine: str, tmp_path: Path) -> None:
    if engine == "torch":
        full("whisper")
    for name in ("model.bin", "tokenizer.json", "config.json"):
        (tmp_path / name).write_bytes(b"not a model")
    with pytest.raises(WeightsError, match=r"cannot be loaded|unknown model format"):
        choose.load(engine, "cpu", tmp_path, 1)
