from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.catalogue import Catalogue
from pipeline.engines import segmentation
from pipeline.errors import WeightsError


@given(st.integers(0, 1_000_000))
def test_frames_and_seconds_are_inverse(frame: int) -> None:
    assert segmentation.frame_at(segmentation.seconds(frame)) == frame


def test_a_wrong_checkpoint_is_named(tmp_path: Path) -> None:
    (tmp_path / "x.bin").write_bytes(b"not a checkpoint")
    with pytest.raises(WeightsError, match="segmentation"):
        segmentation.Segmenter(tmp_path / "x.bin")


@pytest.fixture(scope="module")
def segmenter() -> segmentation.Segmenter:
    try:
        folder = Catalogue.read().path("segmentation-3.0")
    except WeightsError:
        pytest.skip("the weights are not fetched")
    return segmentation.Segmenter(folder / segmentation.CHECKPOINT)


@pytest.mark.models
@pytest.mark.parametrize("seconds", [0.3, 9.9, 10.0, 10.1, 27.3])
def test_every_length_is_covered(segmenter: segmentation.Segmenter, seconds: float) -> None:
    samples = (np.random.default_rng(0).standard_normal(round(seconds * 16000)) * 0.01).astype(np.float32)
    heard: list[float] = []

    def read(start: float, end: float) -> np.ndarray:
        return samples[round(start * 16000) : round(end * 16000)]

    found = segmenter.run(read, seconds, progress=heard.append)
    assert found.probability.shape[1:] == (segmentation.FRAMES, segmentation.CLASSES)
    assert found.frames == pytest.approx(seconds * 16000 / 270, abs=4)
    assert (found.windows - 1) * found.step + segmentation.FRAMES >= found.frames
    assert found.probability.astype(np.float32).sum(-1) == pytest.approx(1.0, abs=0.01)
    assert heard[-1] == 1.0
    assert heard == sorted(heard)
