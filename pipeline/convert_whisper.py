"""From CTranslate2's Whisper file to an openai-whisper checkpoint, so that one download serves both engines.

The arrays are the same numbers under other names, query, key and value joined; nothing is computed, so the
conversion is lossless. File format: CTranslate2's model specification (binary version 6), names:
its `WhisperSpec`; the checkpoint's: openai-whisper's `Whisper` module.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.errors import WeightsError

if TYPE_CHECKING:
    from numpy.typing import NDArray

HEAD_SIZE = 64
#: CTranslate2's ids of the types that weight files hold.
TYPES = {0: "float32", 1: "int8", 2: "int16", 3: "int32", 4: "float16"}

Arrays = dict[str, "NDArray[Any]"]


def read_arrays(path: Path) -> Arrays:
    """name -> array of a CTranslate2 model file; aliases point to the same array.

    Raises:
        WeightsError: it is not such a file, or holds quantised weights.
    """
    import numpy as np

    data = memoryview(path.read_bytes())
    at = 0

    def take(form: str) -> int:
        nonlocal at
        (value,) = struct.unpack_from(f"<{form}", data, at)
        at += struct.calcsize(form)
        return int(value)

    def text() -> str:
        nonlocal at
        length = take("H")
        value = bytes(data[at : at + length - 1]).decode("utf-8")
        at += length
        return value

    try:
        version, name, _ = take("I"), text(), take("I")
        if name != "WhisperSpec" or version < 4:
            raise WeightsError("this is not a CTranslate2 Whisper model", file=path)
        arrays: Arrays = {}
        for _ in range(take("I")):
            key = text()
            shape = [take("I") for _ in range(take("B"))]
            kind, size = TYPES.get(take("B"), ""), take("I")
            if kind.startswith("float") or size <= 16:
                arrays[key] = np.frombuffer(data[at : at + size], kind or "int8").reshape(shape)
            else:
                raise WeightsError("its weights are quantised; only float16 and float32 convert", file=path)
            at += size
        for _ in range(take("I")):
            alias, target = text(), text()
            arrays[alias] = arrays[target]
    except (struct.error, KeyError, ValueError, UnicodeDecodeError, TypeError) as error:
        raise WeightsError("the model file is damaged", file=path, hint="run `ipa models fetch`") from error
    return arrays


def _layer_norm(arrays: Arrays, ours: str, theirs: str) -> Iterator[tuple[str, NDArray[Any]]]:
    yield f"{theirs}.weight", arrays[f"{ours}/gamma"]
    yield f"{theirs}.bias", arrays[f"{ours}/beta"]


def _linear(arrays: Arrays, ours: str, theirs: str) -> Iterator[tuple[str, NDArray[Any]]]:
    yield f"{theirs}.weight", arrays[f"{ours}/weight"]
    yield f"{theirs}.bias", arrays[f"{ours}/bias"]


def _split(arrays: Arrays, ours: str, theirs: str, parts: tuple[str, ...]) -> Iterator[tuple[str, NDArray[Any]]]:
    """A joined projection into its parts; a key has no bias in Whisper, CTranslate2 stores zeros for it."""
    import numpy as np

    weights = np.split(arrays[f"{ours}/weight"], len(parts))
    biases = np.split(arrays[f"{ours}/bias"], len(parts))
    for part, weight, bias in zip(parts, weights, biases, strict=True):
        yield f"{theirs}.{part}.weight", weight
        if part != "key":
            yield f"{theirs}.{part}.bias", bias


def _block(arrays: Arrays, ours: str, theirs: str, *, cross: bool) -> Iterator[tuple[str, NDArray[Any]]]:
    yield from _layer_norm(arrays, f"{ours}/self_attention/layer_norm", f"{theirs}.attn_ln")
    yield from _split(arrays, f"{ours}/self_attention/linear_0", f"{theirs}.attn", ("query", "key", "value"))
    yield from _linear(arrays, f"{ours}/self_attention/linear_1", f"{theirs}.attn.out")
    if cross:
        yield from _layer_norm(arrays, f"{ours}/attention/layer_norm", f"{theirs}.cross_attn_ln")
        yield from _linear(arrays, f"{ours}/attention/linear_0", f"{theirs}.cross_attn.query")
        yield from _split(arrays, f"{ours}/attention/linear_1", f"{theirs}.cross_attn", ("key", "value"))
        yield from _linear(arrays, f"{ours}/attention/linear_2", f"{theirs}.cross_attn.out")
    yield from _layer_norm(arrays, f"{ours}/ffn/layer_norm", f"{theirs}.mlp_ln")
    yield from _linear(arrays, f"{ours}/ffn/linear_0", f"{theirs}.mlp.0")
    yield from _linear(arrays, f"{ours}/ffn/linear_1", f"{theirs}.mlp.2")


def _layers(arrays: Arrays, side: str) -> int:
    return len(
        {key.split("/")[1] for key in arrays if key.startswith(f"{side}/layer_") and key.count("/") > 1}
        - {"layer_norm"}
    )


def state_dict(arrays: Arrays) -> Iterator[tuple[str, NDArray[Any]]]:
    """(name in openai-whisper, array) of every weight."""
    for n in (1, 2):
        yield from _linear(arrays, f"encoder/conv{n}", f"encoder.conv{n}")
    yield "encoder.positional_embedding", arrays["encoder/position_encodings/encodings"]
    for n in range(_layers(arrays, "encoder")):
        yield from _block(arrays, f"encoder/layer_{n}", f"encoder.blocks.{n}", cross=False)
    yield from _layer_norm(arrays, "encoder/layer_norm", "encoder.ln_post")
    yield "decoder.token_embedding.weight", arrays["decoder/embeddings/weight"]
    yield "decoder.positional_embedding", arrays["decoder/position_encodings/encodings"]
    for n in range(_layers(arrays, "decoder")):
        yield from _block(arrays, f"decoder/layer_{n}", f"decoder.blocks.{n}", cross=True)
    yield from _layer_norm(arrays, "decoder/layer_norm", "decoder.ln")


def dimensions(arrays: Arrays) -> dict[str, int]:
    """openai-whisper's ModelDimensions; every Whisper model has attention heads of 64."""
    encoder = arrays["encoder/position_encodings/encodings"].shape
    decoder = arrays["decoder/position_encodings/encodings"].shape
    return {
        "n_mels": int(arrays["encoder/conv1/weight"].shape[1]),
        "n_audio_ctx": int(encoder[0]),
        "n_audio_state": int(encoder[1]),
        "n_audio_head": int(encoder[1]) // HEAD_SIZE,
        "n_audio_layer": _layers(arrays, "encoder"),
        "n_vocab": int(arrays["decoder/embeddings/weight"].shape[0]),
        "n_text_ctx": int(decoder[0]),
        "n_text_state": int(decoder[1]),
        "n_text_head": int(decoder[1]) // HEAD_SIZE,
        "n_text_layer": _layers(arrays, "decoder"),
    }


def convert(folder: Path, target: Path) -> None:
    """Write `target`, an openai-whisper checkpoint (float16), from the CTranslate2 model in `folder`.

    The checkpoint also holds "alignment_heads", pairs (layer, head) of the decoder whose attention follows
    the sound, from config.json: openai-whisper knows them only for weights that it downloaded itself.

    Raises:
        WeightsError: the model cannot be read.
    """
    import torch

    arrays = read_arrays(folder / "model.bin")
    try:
        weights = {name: torch.from_numpy(array.copy()) for name, array in state_dict(arrays)}
        heads = json.loads((folder / "config.json").read_text("utf-8")).get("alignment_heads") or []
        checkpoint = {"dims": dimensions(arrays), "model_state_dict": weights, "alignment_heads": heads}
    except (KeyError, ValueError, OSError) as error:
        raise WeightsError("the model file lacks a part", file=folder, hint="run `ipa models fetch`") from error
    torch.save(checkpoint, target)
