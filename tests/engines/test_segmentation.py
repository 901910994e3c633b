from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.core.errors import WeightsError
from pipeline.engines import segmentation
from pipeline.weights.catalogue import Catalogue


@given(st.integers(0, 1_000_000))
def test_frames_and_seconds_are_inverse(frame: int) -> None:
    assert segmentation.frame_at(segmentation.seconds(frame)) == frame


@pytest.mark.slow
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


@pytest.mark.models
def test_onnx_and_pyannote_agree(segmenter: segmentation.Segmenter, tmp_path: Path) -> None:
    import shutil

    folder = Catalogue.read().path("segmentation-3.0")
    shutil.copy(folder / segmentation.CHECKPOINT, tmp_path)
    by_torch = segmentation.Segmenter(tmp_path / segmentation.CHECKPOINT)
    segmentation.export_onnx(tmp_path / segmentation.CHECKPOINT, tmp_path / segmentation.EXPORTED)
    by_onnx = segmentation.Segmenter(tmp_path / segmentation.CHECKPOINT)
    samples = (np.random.default_rng(1).standard_normal(16000 * 15) * 0.05).astype(np.float32)

    def read(start: float, end: float) -> np.ndarray:
        return samples[round(start * 16000) : round(end * 16000)]

    one, other = by_torch.run(read, 15.0), by_onnx.run(read, 15.0)
    assert one.probability.shape == other.probability.shape
    assert np.abs(one.probability.astype(np.float32) - other.probability.astype(np.float32)).max() < 0.01


@pytest.mark.models
def test_a_cpu_does_without_torch(tmp_path: Path) -> None:
    """Importing torch and pyannote.audio takes as long as segmenting ten minutes."""
    import subprocess
    import sys

    try:
        folder = Catalogue.read().path("segmentation-3.0")
    except WeightsError:
        pytest.skip("the weights are not fetched")
    code = (
        "import sys\nfrom pathlib import Path\nimport numpy as np\n"
        "from pipeline.engines import campplus, segmentation\n"
        f"s = segmentation.Segmenter(Path({str(folder)!r}) / segmentation.CHECKPOINT)\n"
        "s.run(lambda a, b: np.zeros(round((b - a) * 16000), np.float32), 12.0)\n"
        "campplus.fbank(np.zeros(16000, np.float32))\n"
        "print('torch' in sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
