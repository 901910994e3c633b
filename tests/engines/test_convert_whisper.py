"""CTranslate2's Whisper file becomes an openai-whisper checkpoint, number for number."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest

from pipeline.core.errors import WeightsError
from pipeline.engines.convert_whisper import checkpoint, read_arrays
from pipeline.weights.catalogue import Catalogue
from tests.sizes import full


def _string(text: str) -> bytes:
    return struct.pack("H", len(text) + 1) + text.encode() + b"\0"


def _file(path: Path, arrays: dict[str, np.ndarray], name: str = "WhisperSpec", kind: int = 4) -> Path:
    data = struct.pack("I", 6) + _string(name) + struct.pack("II", 3, len(arrays))
    for key, array in arrays.items():
        data += _string(key) + struct.pack("B", array.ndim) + struct.pack(f"{array.ndim}I", *array.shape)
        data += struct.pack("<BI", kind, array.nbytes) + array.tobytes()
    path.write_bytes(data + struct.pack("I", 1) + _string("alias") + _string(next(iter(arrays))))
    return path


def test_arrays_and_aliases(tmp_path: Path) -> None:
    array = np.arange(12, dtype=np.float16).reshape(3, 4)
    read = read_arrays(_file(tmp_path / "model.bin", {"a/weight": array}))
    assert np.array_equal(read["a/weight"], array)
    assert read["alias"] is read["a/weight"]


@pytest.mark.parametrize("damage", ["name", "cut", "quantised", "empty"])
def test_other_files_are_refused(tmp_path: Path, damage: str) -> None:
    array = np.ones((8, 8), np.float16 if damage != "quantised" else np.int8)
    path = _file(
        tmp_path / "model.bin",
        {"a": array},
        name="TransformerSpec" if damage == "name" else "WhisperSpec",
        kind=1 if damage == "quantised" else 4,
    )
    if damage in ("cut", "empty"):
        path.write_bytes(path.read_bytes()[: 60 if damage == "cut" else 0])
    with pytest.raises(WeightsError) as caught:
        read_arrays(path)
    assert caught.value.exit_code == 4


@pytest.mark.models
def test_base_loads_with_every_key_and_the_same_numbers(tmp_path: Path) -> None:
    torch, whisper = full("torch"), full("whisper")
    catalogue = Catalogue.read()
    if catalogue.missing("whisper-base"):
        pytest.skip("whisper-base is not here; run `make weights`")
    folder = catalogue.path("whisper-base")
    arrays = read_arrays(folder / "model.bin")
    torch.save(checkpoint(folder), tmp_path / "openai.pt")
    model = whisper.load_model(str(tmp_path / "openai.pt"), device="cpu")  # strict: every key, no other
    stored = torch.load(tmp_path / "openai.pt", weights_only=True)
    assert stored["dims"]["n_vocab"] == model.dims.n_vocab == 51865
    joined = arrays["decoder/layer_3/self_attention/linear_0/weight"].astype(np.float32)
    parts = [getattr(model.decoder.blocks[3].attn, part).weight.detach().numpy() for part in ("query", "key", "value")]
    assert np.array_equal(np.concatenate(parts), joined)
