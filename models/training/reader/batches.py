"""Interviews as labelled windows of the network's input (windows: windows.py)."""

from __future__ import annotations

import random
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from corpus import Interview
from network import LABELS, Reader
from tokenizers import Tokenizer

from pipeline.redaction.reader.features import STYLES, SeenWord, integers, list_features, style_of
from pipeline.redaction.reader.windows import SIZE, UNKNOWN, Encoded, Window, arrays, chances, first_pieces, window

INDEX = {label: n for n, label in enumerate(LABELS)}
_cache: dict[str, list[int]] = {}


@dataclass(frozen=True)
class Row:
    """A window, what it was cut from, and the labels of that."""

    source: Encoded
    window: Window
    labels: list[int]


def open_tokenizer(folder: Path) -> Tokenizer:
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer


def encode(interview: Interview, tokenizer: Tokenizer) -> tuple[Encoded, list[int]]:
    texts = [i.text for i in interview.items]
    style = style_of(texts, interview.kind == "asr")
    words = [SeenWord(i.text, i.role, i.new, i.confidence, i.pause) for i in interview.items]
    for text in texts:
        if text not in _cache:
            _cache[text] = (tokenizer.encode(text, add_special_tokens=False).ids or [UNKNOWN])[:16]
    pieces = [_cache[t] for t in texts]
    source = Encoded(
        pieces, integers(words, style), list_features(texts), [w.first_of_turn for w in words], STYLES.index(style)
    )
    return source, [INDEX[i.label] for i in interview.items]


def training_rows(source: Encoded, labels: list[int], draw: random.Random) -> list[Row]:
    """Windows that do not overlap, cut at another place every time."""
    rows, at = [], -draw.randrange(SIZE)
    while at < len(source.pieces):
        row = window(source, max(0, at), min(len(source.pieces), at + SIZE))
        at = row.stop
        if len(row.ids) > 12:
            rows.append(Row(source, row, labels))
    return rows


def tensors(rows: list[Row]) -> tuple[torch.Tensor, ...]:
    """ids, integers, lists, style, labels (-100 but for the first piece of each word)."""
    inputs = arrays([r.source for r in rows], [r.window for r in rows])
    gold = np.full(inputs[0].shape, -100, np.int64)
    for r, row in enumerate(rows):
        at = first_pieces(row.window)
        gold[r, at] = [row.labels[row.window.owner[k]] for k in at]
    return *(torch.from_numpy(a) for a in inputs), torch.from_numpy(gold)


def predicted(model: Reader, source: Encoded) -> np.ndarray:
    """(words, labels): probabilities."""
    model.eval()

    def network(*inputs: np.ndarray) -> np.ndarray:
        with torch.no_grad():  # here, since each thread has its own setting
            return model(*(torch.from_numpy(a) for a in inputs)).softmax(-1).numpy()

    return chances(source, network, len(LABELS))
