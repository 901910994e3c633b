"""Export the networks of the diariser from their checkpoints to ONNX: what lies in this folder.

    ipa models fetch segmentation-3.0 campplus
    python -m models.onnx.export [FOLDER]

Needs the full install (torch, pyannote.audio, onnx). Writes <name>.onnx into FOLDER [default: here] and prints size
and sha256 for models/catalogue.yaml. The same versions of torch and onnx write the same bytes; a test
(tests/engines/test_exported.py) compares the numbers.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from pipeline.core import hashes
from pipeline.engines import campplus, segmentation
from pipeline.weights.catalogue import Catalogue

OPSET = 17


def export(name: str, checkpoint: Path, target: Path) -> None:
    """Write a network, with a free batch axis; that of CAM++ with a free axis of time, too."""
    if name == "campplus":
        example = torch.zeros(2, 4 * campplus.BUCKET_FRAMES + 200, campplus.BINS)
        _write(campplus.load_network(checkpoint), example, target, {"features": {0: "batch", 1: "frames"}}, "embedding")
    else:
        example = torch.zeros(2, 1, segmentation.WINDOW)
        _write(segmentation.load_model(checkpoint), example, target, {"sound": {0: "batch"}}, "scores")


def _write(
    network: Any, example: torch.Tensor, target: Path, inputs: Mapping[str, Mapping[int, str]], output: str
) -> None:
    with warnings.catch_warnings(), torch.inference_mode():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            network,
            (example,),
            str(target),
            input_names=list(inputs),
            output_names=[output],
            dynamic_axes={**{name: dict(axes) for name, axes in inputs.items()}, output: {0: "batch"}},
            opset_version=OPSET,
            dynamo=False,
        )


def main() -> None:
    """Export every network that the catalogue has as ONNX."""
    catalogue = Catalogue.read()
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else catalogue.shipped
    for name, entry in catalogue.entries.items():
        if entry.onnx is not None:
            target = folder / f"{name}.onnx"
            export(name, catalogue.checkpoint(name), target)
            print(f"{name}: onnx: {{size: {target.stat().st_size}, sha256: {hashes.of_file(target)}}}")


if __name__ == "__main__":
    main()
