"""Networks in ONNX Runtime."""

from __future__ import annotations

from pathlib import Path
from typing import Any

SUFFIX = ".onnx"


def session(file: Path) -> Any:
    """An ONNX Runtime session on the CPU, of one thread: batches run side by side instead."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")  # others compute too
    return onnxruntime.InferenceSession(str(file), options, providers=["CPUExecutionProvider"])
