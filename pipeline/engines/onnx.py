"""Networks in ONNX Runtime."""

from __future__ import annotations

from pathlib import Path
from typing import Any

SUFFIX = ".onnx"


def session(file: Path, *, arena: bool = True) -> Any:
    """An ONNX Runtime session on the CPU, of one thread: batches run side by side instead.

    Args:
        arena: whether it keeps the memory that it took. Input of ever different sizes leaves holes in it.
    """
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.enable_cpu_mem_arena = arena
    options.log_severity_level = 3
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")  # others compute too
    return onnxruntime.InferenceSession(str(file), options, providers=["CPUExecutionProvider"])
