from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.core.errors import WeightsError
from pipeline.engines import segmentation
from pipeline.weights.catalogue import Catalogue
from tests.sizes import checkpoint, full


@given(st.integers(0, 1_000_000))
def test_frames_and_seconds_are_inverse(frame: int) -> None:
    assert segmentation.frame_at(segmentation.seconds(frame)) == frame


@pytest.mark.slow
def test_a_wrong_checkpoint_is_named(tmp_path: Path) -> None:
    full("pyannote.audio")
    (tmp_path / "x.bin").write_bytes(b"not a checkpoint")
    with pytest.raises(WeightsError, match="segmentation"):
        segmentation.Segmenter(tmp_path / "x.bin")


@pytest.fixture(scope="module")
def segmenter() -> segmentation.Segmenter:
    return segmentation.Segmenter(Catalogue.read().network("segmentation-3.0"))


@pytest.mark.slow
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


@pytest.mark.models
def test_onnx_and_pyannote_agree(segmenter: segmentation.Segmenter) -> None:
    by_torch = segmentation.Segmenter(checkpoint("segmentation-3.0"))
    samples = (np.random.default_rng(1).standard_normal(16000 * 15) * 0.05).astype(np.float32)

    def read(start: float, end: float) -> np.ndarray:
        return samples[round(start * 16000) : round(end * 16000)]

    one, other = by_torch.run(read, 15.0), segmenter.run(read, 15.0)
    assert one.probability.shape == other.probability.shape
    assert np.abs(one.probability.astype(np.float32) - other.probability.astype(np.float32)).max() < 0.01


@pytest.mark.slow
def test_a_cpu_does_without_torch() -> None:
    """Importing torch and pyannote.audio takes as long as segmenting ten minutes, and the lean install has neither."""
    code = (
        "import sys\nimport numpy as np\n"
        "from pipeline.weights.catalogue import Catalogue\n"
        "from pipeline.engines import campplus, segmentation\n"
        "c = Catalogue.read()\n"
        "s = segmentation.Segmenter(c.network('segmentation-3.0'))\n"
        "s.run(lambda a, b: np.zeros(round((b - a) * 16000), np.float32), 12.0)\n"
        "campplus.Embedder(c.network('campplus')).embed([campplus.fbank(np.zeros(16000, np.float32))])\n"
        "print('torch' in sys.modules, 'pyannote' in sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False False"
