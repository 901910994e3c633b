"""The networks that come with the program are those of their checkpoints."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from pipeline.engines import campplus, onnx, segmentation
from pipeline.weights.catalogue import Catalogue
from tests.sizes import checkpoint

SHAPES = {
    "segmentation-3.0": [(1, 1, segmentation.WINDOW), (3, 1, segmentation.WINDOW)],
    "campplus": [(1, 50, campplus.BINS), (4, 200, campplus.BINS), (2, 1100, campplus.BINS)],
}


def outputs(file: Path, rows: np.ndarray) -> np.ndarray:
    session = onnx.session(file)
    return np.asarray(session.run(None, {session.get_inputs()[0].name: rows})[0])


def test_every_network_is_compared() -> None:
    assert {name for name, entry in Catalogue.read().entries.items() if entry.onnx and entry.files} == set(SHAPES)


@pytest.mark.models
@pytest.mark.parametrize("name", SHAPES)
def test_exporting_again_gives_the_same_numbers(name: str, tmp_path: Path) -> None:
    source = checkpoint(name)
    from models.onnx.export import export

    export(name, source, tmp_path / "again.onnx")
    random = np.random.default_rng(0)
    for shape in SHAPES[name]:
        rows = random.standard_normal(shape).astype(np.float32)
        ours, again = outputs(Catalogue.read().network(name), rows), outputs(tmp_path / "again.onnx", rows)
        assert ours.shape == again.shape
        assert float(np.abs(ours).max()) > 0.1
        assert float(np.abs(ours - again).max()) <= 1e-5 * float(np.abs(ours).max())
