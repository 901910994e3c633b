"""Write the trained reader as an 8-bit ONNX network.

    python models/training/reader/export.py ENCODER OUT/fold-all TARGET

TARGET gets reader.onnx, tokenizer.json, labels.json.
"""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
from pathlib import Path

import torch
from network import LABELS, LISTS, Reader
from onnxruntime.quantization import QuantType, quantize_dynamic
from torch import Tensor, nn


class Softmaxed(nn.Module):
    def __init__(self, reader: Reader) -> None:
        super().__init__()
        self.reader = reader

    def forward(self, ids: Tensor, integers: Tensor, lists: Tensor, style: Tensor) -> Tensor:
        return self.reader(ids, integers, lists, style).softmax(-1)


def main(encoder: Path, trained: Path, target: Path) -> None:
    reader = Reader()
    reader.load_state_dict(torch.load(trained / "checkpoint.pt")["model"])
    model = Softmaxed(reader).eval()
    inputs = (
        torch.randint(1000, 2000, (2, 9)),
        torch.zeros(2, 9, 5, dtype=torch.long),
        torch.zeros(2, 9, LISTS),
        torch.zeros(2, dtype=torch.long),
    )
    names = ["ids", "integers", "lists", "style"]
    target.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        full = Path(folder) / "full.onnx"
        axes = {n: {0: "batch", 1: "length"} for n in names[:3]} | {"style": {0: "batch"}}
        torch.onnx.export(model, inputs, str(full), input_names=names, output_names=["chances"], dynamic_axes=axes,
                          opset_version=17, dynamo=False)  # fmt: skip
        quantize_dynamic(str(full), str(target / "reader.onnx"), weight_type=QuantType.QInt8, per_channel=True,
                         op_types_to_quantize=["MatMul", "Gemm", "Gather"])  # fmt: skip
    shutil.copy(encoder / "tokenizer.json", target)
    (target / "labels.json").write_text(json.dumps(LABELS) + "\n", "utf-8")
    print((target / "reader.onnx").stat().st_size / 1e6, "MB")


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:4]))
