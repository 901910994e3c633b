from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from pipeline.core.errors import WeightsError
from pipeline.engines import campplus
from pipeline.weights.catalogue import Catalogue
from tests.sizes import checkpoint, full


def noise(seconds: float, seed: int = 0) -> np.ndarray:
    return (np.random.default_rng(seed).standard_normal(round(seconds * 16000)) * 0.1).astype(np.float32)


@pytest.mark.slow
@pytest.mark.parametrize("seconds", [0.025, 0.1, 1.2345, 5.0])
def test_filter_banks_are_those_of_kaldi(seconds: float) -> None:
    torch, kaldi = full("torch"), full("torchaudio.compliance.kaldi")
    samples = noise(seconds) + 0.2  # an offset that must not matter
    theirs = kaldi.fbank(torch.from_numpy(samples)[None], num_mel_bins=80, dither=0.0, sample_frequency=16000)
    ours = campplus.fbank(samples)
    assert ours.shape == tuple(theirs.shape)
    assert np.abs(ours - theirs.numpy()).max() < 2e-3


def test_sound_shorter_than_a_frame_has_no_features() -> None:
    assert campplus.fbank(noise(0.02)).shape == (0, 80)


def test_a_wrong_checkpoint_is_named(tmp_path: Path) -> None:
    torch = full("torch")
    torch.save({"x": torch.zeros(1)}, tmp_path / "x.pt")
    with pytest.raises(WeightsError, match="speaker embedding"):
        campplus.Embedder(tmp_path / "x.pt")
    (tmp_path / "x.pt").write_bytes(b"not a checkpoint")
    with pytest.raises(WeightsError, match="speaker embedding"):
        campplus.Embedder(tmp_path / "x.pt")


@pytest.mark.models
def test_onnx_and_torch_agree_at_every_length() -> None:
    by_torch = campplus.Embedder(checkpoint("campplus"))
    by_onnx = campplus.Embedder(Catalogue.read().network("campplus"))
    assert (by_torch.engine, by_onnx.engine) == ("campplus/torch", "campplus/onnxruntime")
    features = campplus.fbank(noise(12.0))
    rows = [features[:n] for n in (1, 30, 50, 120, 200, 201, 400, 1100)]
    one, other = by_torch.embed(rows), by_onnx.embed(rows)
    assert np.abs(one - other).max() < 1e-4
    assert np.linalg.norm(one, axis=1) == pytest.approx(1.0, abs=1e-4)


def test_a_batch_is_what_its_members_are() -> None:
    embedder = campplus.Embedder(Catalogue.read().network("campplus"))
    features = campplus.fbank(noise(6.0))
    rows = [features[:200], features[100:300], features[300:]]
    together, apart = embedder.embed(rows), np.concatenate([embedder.embed([row]) for row in rows])
    assert np.abs(together - apart).max() < 1e-4
    assert embedder.embed([]).shape == (0, 192)
