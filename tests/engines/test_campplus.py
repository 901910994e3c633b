from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from pipeline.core.errors import WeightsError
from pipeline.engines import campplus
from pipeline.weights.catalogue import Catalogue


def noise(seconds: float, seed: int = 0) -> np.ndarray:
    return (np.random.default_rng(seed).standard_normal(round(seconds * 16000)) * 0.1).astype(np.float32)


@pytest.mark.parametrize("seconds", [0.025, 0.1, 1.2345, 5.0])
def test_filter_banks_are_those_of_kaldi(seconds: float) -> None:
    import torch
    from torchaudio.compliance import kaldi

    samples = noise(seconds) + 0.2  # an offset that must not matter
    theirs = kaldi.fbank(torch.from_numpy(samples)[None], num_mel_bins=80, dither=0.0, sample_frequency=16000)
    ours = campplus.fbank(samples)
    assert ours.shape == tuple(theirs.shape)
    assert np.abs(ours - theirs.numpy()).max() < 2e-3


def test_sound_shorter_than_a_frame_has_no_features() -> None:
    assert campplus.fbank(noise(0.02)).shape == (0, 80)


def test_a_wrong_checkpoint_is_named(tmp_path: Path) -> None:
    import torch

    torch.save({"x": torch.zeros(1)}, tmp_path / campplus.CHECKPOINT)
    with pytest.raises(WeightsError, match="speaker embedding"):
        campplus.Embedder(tmp_path)
    (tmp_path / campplus.CHECKPOINT).write_bytes(b"not a checkpoint")
    with pytest.raises(WeightsError, match="speaker embedding"):
        campplus.export_onnx(tmp_path / campplus.CHECKPOINT, tmp_path / "x.onnx")


@pytest.fixture(scope="module")
def weights() -> Path:
    try:
        return Catalogue.read().path("campplus")
    except WeightsError:
        pytest.skip("the weights are not fetched")


@pytest.mark.models
def test_onnx_and_torch_agree_at_every_length(weights: Path, tmp_path: Path) -> None:
    import shutil

    shutil.copy(weights / campplus.CHECKPOINT, tmp_path)
    by_torch = campplus.Embedder(tmp_path)
    campplus.export_onnx(weights / campplus.CHECKPOINT, tmp_path / campplus.EXPORTED)
    by_onnx = campplus.Embedder(tmp_path)
    assert (by_torch.engine, by_onnx.engine) == ("campplus/torch", "campplus/onnxruntime")
    features = campplus.fbank(noise(12.0))
    rows = [features[:n] for n in (1, 30, 50, 120, 200, 201, 400, 1100)]
    one, other = by_torch.embed(rows), by_onnx.embed(rows)
    assert np.abs(one - other).max() < 1e-4
    assert np.linalg.norm(one, axis=1) == pytest.approx(1.0, abs=1e-4)


@pytest.mark.models
def test_a_batch_is_what_its_members_are(weights: Path) -> None:
    embedder = campplus.Embedder(weights)
    features = campplus.fbank(noise(6.0))
    rows = [features[:200], features[100:300], features[300:]]
    together, apart = embedder.embed(rows), np.concatenate([embedder.embed([row]) for row in rows])
    assert np.abs(together - apart).max() < 1e-4
    assert embedder.embed([]).shape == (0, 192)
