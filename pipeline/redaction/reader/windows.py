"""A transcript cut into overlapping windows of word pieces, and what the network says of each word put together again.

Every word is read with its neighbours on both sides: windows of SIZE words overlap by twice CONTEXT, and a word's
chances are averaged over its windows, weighted by how far it stands from their edges. The same code feeds training.

The network gets one window at a time. Several would have to be filled up to the longest, would no longer fit into the
processor's cache, and an 8-bit network scales its values by the largest that it is given, so that what it says of a
window would depend on those beside it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pipeline.redaction.reader.features import LISTS

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float32]
Network = Callable[[Ints, Ints, Floats, Ints], Floats]
"""(ids (b, n), integers (b, n, 5), lists (b, n, LISTS), style (b,)) -> probabilities (b, n, labels)."""

SIZE, CONTEXT, LONGEST = 170, 25, 400
CLS, SEP, UNKNOWN = 101, 102, 100


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


def chances(encoded: Encoded, network: Network, labels: int, *, threads: int = 1) -> Floats:
    """(words, labels): the probability of each label for each word. `threads` windows are read side by side; the
    result is the same for any number."""
    words = len(encoded.pieces)
    total, weight = np.zeros((words, labels), np.float32), np.zeros((words, 1), np.float32)

    def read(row: Window) -> Floats:
        p: Floats = network(*arrays([encoded], [row]))[0]
        return p

    rows = list(windows(encoded))
    with ThreadPoolExecutor(threads) as pool:
        for row, p in zip(rows, pool.map(read, rows), strict=True):
            at = first_pieces(row)
            first, last = row.owner[1], row.stop - 1
            n = np.array([row.owner[k] for k in at])
            left = n - first if first else np.full_like(n, CONTEXT)
            right = last - n if last < words - 1 else np.full_like(n, CONTEXT)
            w = (1.0 + np.minimum(left, right).clip(max=CONTEXT)).astype(np.float32)[:, None]
            total[n] += w * p[at]
            weight[n] += w
    total /= np.maximum(weight, 1e-9)
    return total
