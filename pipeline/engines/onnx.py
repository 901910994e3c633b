"""Networks as ONNX files: exported once with torch when weights are fetched, run without it."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


def export(network: Any, example: Any, target: Path, inputs: Mapping[str, Mapping[int, str]], output: str) -> None:
    """Write a torch network; the caller moves `target` into place.

    Args:
        example: a tensor of the input's shape, with at least two rows.
        inputs: the input's name and its free axes (index -> name).
        output: the output's name; its first axis is free.
    """
    import torch

    with warnings.catch_warnings(), torch.inference_mode():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            network,
            (example,),
            str(target),
            input_names=list(inputs),
            output_names=[output],
            dynamic_axes={**{name: dict(axes) for name, axes in inputs.items()}, output: {0: "batch"}},
            opset_version=17,
            dynamo=False,
        )


def session(file: Path) -> Any:
    """An ONNX Runtime session on the CPU, of one thread: batches run side by side instead."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")  # others compute too
    return onnxruntime.InferenceSession(str(file), options, providers=["CPUExecutionProvider"])
