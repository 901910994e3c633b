"""CTranslate2 Whisper weights to an openai-whisper checkpoint, without loss: one download serves both engines.

CTranslate2's model.bin (format version 6, `ctranslate2/specs/model_spec.py`) is a flat list of named arrays:

    u32 binary version; string specification; u32 revision; u32 count
    count x (string name; u8 rank; u32 dimensions...; u8 type; u32 bytes; data)
    u32 aliases; aliases x (string alias; string name)

A string is a u16 length (with its ending zero) and UTF-8. Query, key and value are stacked in that order;
openai-whisper's key projection has no bias, CTranslate2 stores zeros.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.core.errors import WeightsError

if TYPE_CHECKING:
    from numpy.typing import NDArray

BINARY_VERSION = 6
SPECIFICATION = "WhisperSpec"
#: CTranslate2's type ids: (numpy name, bytes).
TYPES = {0: "float32", 1: "int8", 2: "int16", 3: "int32", 4: "float16"}
AUDIO_POSITIONS = 1500


def checkpoint(folder: Path) -> dict[str, Any]:
    """What an openai-whisper checkpoint holds, in float16, from a CTranslate2 folder.

    That is {"dims", "model_state_dict", "alignment_heads"}; the last are (layer, head) pairs from config.json,
    which `whisper.load_model` ignores and our engine reads.

    Raises:
        WeightsError: model.bin is not a Whisper model of a known format, or holds quantised weights.
    """
    import torch

    arrays = read_arrays(folder / "model.bin")
    try:
        state = {name: torch.from_numpy(array.copy()) for name, array in _state(arrays)}
        dims = _dimensions(state, arrays)
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    except (KeyError, IndexError, ValueError) as error:
        raise WeightsError(
            "these are not the weights of a Whisper model", file=folder / "model.bin", hint="run `ipa models fetch`"
        ) from error
    return {"dims": dims, "model_state_dict": state, "alignment_heads": config.get("alignment_heads")}


def read_arrays(path: Path) -> dict[str, NDArray[Any]]:
    """The named arrays of a model.bin, aliases resolved.

    Raises:
        WeightsError: unknown format, or the file ends early.
    """
    import numpy as np

    data = np.frombuffer(b"", np.uint8) if not path.stat().st_size else np.memmap(path, np.uint8, "r")
    at = 0

    def number(layout: str) -> int:
        nonlocal at
        size = struct.calcsize(layout)
        (value,) = struct.unpack(layout, data[at : at + size].tobytes())
        at += size
        return int(value)

    def string() -> str:
        nonlocal at
        length = number("<H")
        text = data[at : at + length - 1].tobytes().decode("utf-8")
        at += length
        return text

    try:
        version, specification = number("<I"), string()
        if version != BINARY_VERSION or specification != SPECIFICATION:
            raise WeightsError(f"unknown model format ({specification} {version})", file=path, hint="install again")
        number("<I")
        arrays: dict[str, NDArray[Any]] = {}
        for _ in range(number("<I")):
            name = string()
            shape = tuple(number("<I") for _ in range(number("<B")))
            kind = np.dtype(TYPES[number("<B")])
            size = number("<I")
            if kind.kind != "f" and size > 16:
                raise WeightsError("its weights are quantised; only float weights convert", file=path)
            arrays[name] = data[at : at + size].view(kind).reshape(shape)
            at += size
        for _ in range(number("<I")):
            alias, name = string(), string()
            arrays[alias] = arrays[name]
    except (struct.error, UnicodeDecodeError, KeyError, ValueError) as error:
        raise WeightsError("the weights file is damaged", file=path, hint="run `ipa models fetch`") from error
    return arrays


def _state(arrays: dict[str, NDArray[Any]]) -> Iterator[tuple[str, NDArray[Any]]]:
    """openai-whisper's parameters, by name."""
    import numpy as np

    def get(name: str) -> NDArray[Any]:
        array = arrays[name]
        if array.dtype.kind != "f":
            raise ValueError(name)
        return array

    for number in (1, 2):
        yield f"encoder.conv{number}.weight", get(f"encoder/conv{number}/weight")
        yield f"encoder.conv{number}.bias", get(f"encoder/conv{number}/bias")
    yield "encoder.positional_embedding", get("encoder/position_encodings/encodings")[:AUDIO_POSITIONS]
    yield "decoder.token_embedding.weight", get("decoder/embeddings/weight")
    yield "decoder.positional_embedding", get("decoder/position_encodings/encodings")
    for part, final in (("encoder", "ln_post"), ("decoder", "ln")):
        yield f"{part}.{final}.weight", get(f"{part}/layer_norm/gamma")
        yield f"{part}.{final}.bias", get(f"{part}/layer_norm/beta")
        for layer in range(_layers(arrays, part)):
            there, here = f"{part}/layer_{layer}", f"{part}.blocks.{layer}"
            yield from _attention(get, f"{there}/self_attention", f"{here}.attn", stacked="qkv")
            if part == "decoder":
                yield from _attention(get, f"{there}/attention", f"{here}.cross_attn", stacked="kv")
            for number, place in ((0, 0), (1, 2)):
                yield f"{here}.mlp.{place}.weight", get(f"{there}/ffn/linear_{number}/weight")
                yield f"{here}.mlp.{place}.bias", np.asarray(get(f"{there}/ffn/linear_{number}/bias"))
            yield f"{here}.mlp_ln.weight", get(f"{there}/ffn/layer_norm/gamma")
            yield f"{here}.mlp_ln.bias", get(f"{there}/ffn/layer_norm/beta")


def _attention(get: Any, there: str, here: str, stacked: str) -> Iterator[tuple[str, NDArray[Any]]]:
    """One attention block. `stacked` "qkv": one input projection; "kv": the query has its own."""
    import numpy as np

    if stacked == "qkv":
        weights = np.split(get(f"{there}/linear_0/weight"), 3)
        biases = np.split(get(f"{there}/linear_0/bias"), 3)
        last = f"{there}/linear_1"
    else:
        weights = [get(f"{there}/linear_0/weight"), *np.split(get(f"{there}/linear_1/weight"), 2)]
        biases = [get(f"{there}/linear_0/bias"), *np.split(get(f"{there}/linear_1/bias"), 2)]
        last = f"{there}/linear_2"
    for part, weight, bias in zip(("query", "key", "value"), weights, biases, strict=True):
        yield f"{here}.{part}.weight", weight
        if part != "key":
            yield f"{here}.{part}.bias", bias
        elif np.any(bias):
            raise ValueError(f"{there}: the key has a bias")
    yield f"{here}.out.weight", get(f"{last}/weight")
    yield f"{here}.out.bias", get(f"{last}/bias")
    yield f"{here}_ln.weight", get(f"{there}/layer_norm/gamma")
    yield f"{here}_ln.bias", get(f"{there}/layer_norm/beta")


def _layers(arrays: dict[str, NDArray[Any]], part: str) -> int:
    return len({name.split("/")[1] for name in arrays if name.startswith(f"{part}/layer_") and "/ffn/" in name})


def _dimensions(state: dict[str, Any], arrays: dict[str, NDArray[Any]]) -> dict[str, int]:
    """`whisper.model.ModelDimensions` as a mapping."""
    width = state["encoder.conv1.weight"].shape[0]
    return {
        "n_mels": state["encoder.conv1.weight"].shape[1],
        "n_audio_ctx": state["encoder.positional_embedding"].shape[0],
        "n_audio_state": width,
        "n_audio_head": int(arrays.get("encoder/num_heads", width // 64)),
        "n_audio_layer": _layers(arrays, "encoder"),
        "n_vocab": state["decoder.token_embedding.weight"].shape[0],
        "n_text_ctx": state["decoder.positional_embedding"].shape[0],
        "n_text_state": state["decoder.token_embedding.weight"].shape[1],
        "n_text_head": int(arrays.get("decoder/num_heads", width // 64)),
        "n_text_layer": _layers(arrays, "decoder"),
    }
