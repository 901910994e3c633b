"""A transcript cut into overlapping windows of word pieces, and what the network says of each word put together again.

Every word is read with its neighbours on both sides: windows of SIZE words overlap by twice CONTEXT, and a word's
chances are averaged over its windows, weighted by how far it stands from their edges. The same code feeds training.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pipeline.redaction.reader.features import LISTS

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float32]
Network = Callable[[Ints, Ints, Floats, Ints], Floats]
"""(ids (b, n), integers (b, n, 5), lists (b, n, LISTS), style (b,)) -> probabilities (b, n, labels)."""

SIZE, CONTEXT, LONGEST = 170, 45, 400
CLS, SEP, UNKNOWN = 101, 102, 100
BATCH = 8


@dataclass(frozen=True)
class Encoded:
    """A transcript as the network gets it, word by word: pieces (ids), integers (words, 5), lists (words, LISTS);
    `turns` says which words begin a turn, `style` is an index into STYLES."""

    pieces: Sequence[Sequence[int]]
    integers: Ints
    lists: Floats
    turns: Sequence[bool]
    style: int


@dataclass(frozen=True)
class Window:
    """Word pieces [CLS] … [SEP] with [SEP] between turns; `owner` is the word of each piece, -1 for a marker."""

    ids: list[int]
    owner: list[int]
    stop: int


def window(encoded: Encoded, start: int, stop: int) -> Window:
    """The words start..stop, fewer where their pieces would not fit; `Window.stop` is the first word left out."""
    ids, owner = [CLS], [-1]
    for n in range(start, stop):
        pieces = encoded.pieces[n]
        if len(ids) + len(pieces) + 2 > LONGEST:
            stop = n
            break
        if encoded.turns[n] and n > start:
            ids.append(SEP)
            owner.append(-1)
        ids += pieces
        owner += [n] * len(pieces)
    return Window([*ids, SEP], [*owner, -1], stop)


def windows(encoded: Encoded) -> Iterator[Window]:
    """Overlapping windows over the whole transcript."""
    at, words = 0, len(encoded.pieces)
    while at < words:
        found = window(encoded, at, min(words, at + SIZE))
        yield found
        if found.stop >= words:
            return
        at = max(at + 1, found.stop - 2 * CONTEXT)


def arrays(encoded: Sequence[Encoded], rows: Sequence[Window]) -> tuple[Ints, Ints, Floats, Ints]:
    """Windows as padded input of the network; `encoded[k]` is what `rows[k]` was cut from."""
    length = max(len(row.ids) for row in rows)
    ids = np.zeros((len(rows), length), np.int64)
    integers = np.zeros((len(rows), length, 5), np.int64)
    lists = np.zeros((len(rows), length, LISTS), np.float32)
    for r, (source, row) in enumerate(zip(encoded, rows, strict=True)):
        ids[r, : len(row.ids)] = row.ids
        at = [k for k, n in enumerate(row.owner) if n >= 0]
        words = [row.owner[k] for k in at]
        integers[r, at] = source.integers[words]
        lists[r, at] = source.lists[words]
    return ids, integers, lists, np.array([e.style for e in encoded], np.int64)


def first_pieces(row: Window) -> list[int]:
    """Positions of the first piece of each word of a window: the network answers for a word there."""
    return [k for k, n in enumerate(row.owner) if n >= 0 and row.owner[k - 1] != n]


def chances(encoded: Encoded, network: Network, labels: int) -> Floats:
    """(words, labels): the probability of each label for each word."""
    words = len(encoded.pieces)
    total, weight = np.zeros((words, labels), np.float32), np.zeros((words, 1), np.float32)
    rows = list(windows(encoded))
    for b in range(0, len(rows), BATCH):
        part = rows[b : b + BATCH]
        p = network(*arrays([encoded] * len(part), part))
        for r, row in enumerate(part):
            first, last = row.owner[1], row.stop - 1
            for k in first_pieces(row):
                n = row.owner[k]
                left = n - first if first else CONTEXT
                right = last - n if last < words - 1 else CONTEXT
                w = 1.0 + min(left, right, CONTEXT)
                total[n] += w * p[r, k]
                weight[n] += w
    return np.divide(total, np.maximum(weight, 1e-9), dtype=np.float32)
