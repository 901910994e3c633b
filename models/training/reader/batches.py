"""Interviews as windows of word pieces with features, and chances per word from overlapping windows."""

from __future__ import annotations

import random
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from corpus import Interview
from network import LABELS, LISTS, Reader
from tokenizers import Tokenizer

from pipeline.redaction.reader.features import SeenWord, integers, list_features, style_of

INDEX = {label: n for n, label in enumerate(LABELS)}
SIZE, CONTEXT, LONGEST = 170, 45, 400
_cache: dict[str, list[int]] = {}


def open_tokenizer(folder: Path) -> Tokenizer:
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer


@dataclass
class Encoded:
    """One interview: pieces of every word, its integers (words, 5), lists (words, LISTS), labels, style."""

    pieces: list[list[int]]
    integers: np.ndarray
    lists: np.ndarray
    labels: list[int]
    style: int
    turns: list[bool]


def encode(interview: Interview, tokenizer: Tokenizer) -> Encoded:
    texts = [i.text for i in interview.items]
    style = style_of(texts, interview.kind == "asr")
    seen = [SeenWord(i.text, i.role, i.new, i.confidence, i.pause) for i in interview.items]
    pieces = []
    for text in texts:
        if text not in _cache:
            _cache[text] = (tokenizer.encode(text, add_special_tokens=False).ids or [100])[:16]
        pieces.append(_cache[text])
    labels = [INDEX[i.label] for i in interview.items]
    return Encoded(pieces, integers(seen, style), list_features(texts), labels, ("typed", "asr", "uncased").index(style), [i.new for i in interview.items])


def window(e: Encoded, start: int, stop: int) -> tuple[list[int], list[int], list[int]]:
    """(ids, word of each piece or -1, first word not taken): [CLS] words with [SEP] between turns [SEP]."""
    ids, owner = [101], [-1]
    for n in range(start, stop):
        if len(ids) + len(e.pieces[n]) + 2 > LONGEST:
            return [*ids, 102], [*owner, -1], n
        if e.turns[n] and n > start:
            ids.append(102)
            owner.append(-1)
        ids += e.pieces[n]
        owner += [n] * len(e.pieces[n])
    return [*ids, 102], [*owner, -1], stop


def tensors(rows: list[tuple[Encoded, list[int], list[int]]]) -> tuple[torch.Tensor, ...]:
    """ids, integers, lists, style, labels (-100 but for the first piece of each word)."""
    length = max(len(ids) for _, ids, _ in rows)
    ids = np.zeros((len(rows), length), np.int64)
    ints = np.zeros((len(rows), length, 5), np.int64)
    lists = np.zeros((len(rows), length, LISTS), np.float32)
    gold = np.full((len(rows), length), -100, np.int64)
    for r, (e, row, owner) in enumerate(rows):
        ids[r, : len(row)] = row
        last = -1
        for k, n in enumerate(owner):
            if n >= 0:
                ints[r, k], lists[r, k] = e.integers[n], e.lists[n]
                if n != last:
                    gold[r, k] = e.labels[n]
                last = n
    style = torch.tensor([e.style for e, *_ in rows])
    return torch.from_numpy(ids), torch.from_numpy(ints), torch.from_numpy(lists), style, torch.from_numpy(gold)


def training_windows(e: Encoded, draw: random.Random) -> list[tuple[Encoded, list[int], list[int]]]:
    """Windows that do not overlap, cut at another place every time."""
    rows, at = [], -draw.randrange(SIZE)
    while at < len(e.pieces):
        ids, owner, at = window(e, max(0, at), min(len(e.pieces), at + SIZE))
        if len(ids) > 12:
            rows.append((e, ids, owner))
    return rows


@torch.no_grad()
def chances(model: Reader, e: Encoded) -> np.ndarray:
    """(words, labels): probabilities, from the window in which each word has most context."""
    model.eval()
    words = len(e.pieces)
    out, weight = np.zeros((words, len(LABELS)), np.float32), np.zeros(words, np.float32)
    rows, at = [], 0
    while at < words:
        ids, owner, stop = window(e, at, min(words, at + SIZE))
        rows.append((e, ids, owner))
        if stop >= words:
            break
        at = max(at + 1, stop - 2 * CONTEXT)
    for b in range(0, len(rows), 8):
        part = rows[b : b + 8]
        ids, ints, lists, style, gold = tensors(part)
        p = model(ids, ints, lists, style).softmax(-1).numpy()
        for r, (_, _, owner) in enumerate(part):
            first, last = owner[1], owner[-2]
            for k in np.flatnonzero(gold[r].numpy() >= 0):
                n = owner[k]
                w = 1.0 + min(n - first if first else 99, last - n if last < words - 1 else 99, CONTEXT)
                out[n] += w * p[r, k]
                weight[n] += w
    return out / weight[:, None]
