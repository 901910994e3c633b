"""The trained reader at work: from the words of an interview to the chance of each category for each word.

The network (reader.onnx, see `export.py`) is MiniLM fine-tuned on annotated interviews, 8-bit, run by ONNX Runtime; its
word pieces come from `tokenizers`. No torch. Training, data and figures: README.md.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from features import STYLES, SeenWord, Style, integers, list_features, style_of
from windows import UNKNOWN, Encoded, Floats, chances

from pipeline.core.document import Word

LONGEST_WORD = 16
"""Word pieces of one word that are read; no name needs more."""


@dataclass(frozen=True)
class Reading:
    """(words, categories) chances that a word is part of an identifier, and that one begins with it; `style`: how the
    transcript is written, which decides the thresholds."""

    categories: tuple[str, ...]
    inside: Floats
    begins: Floats
    style: Style


def seen(words: Sequence[Word]) -> list[SeenWord]:
    """Words with what the reader uses of them."""
    found = []
    for n, word in enumerate(words):
        before = words[n - 1] if n else None
        pause = None
        if before and word.start is not None and before.end is not None:
            pause = max(0.0, word.start - before.end)
        new = before is None or before.role != word.role
        found.append(SeenWord(word.text, word.role or "P", new, word.confidence, pause))
    return found


class Reader:
    """One open network. `folder` holds reader.onnx, tokenizer.json, labels.json."""

    def __init__(self, folder: Path, threads: int = 1) -> None:
        import onnxruntime
        from tokenizers import Tokenizer

        self.labels: list[str] = json.loads((folder / "labels.json").read_text("utf-8"))
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.no_truncation()
        self._tokenizer.no_padding()
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        self._session = onnxruntime.InferenceSession(
            str(folder / "reader.onnx"), options, providers=["CPUExecutionProvider"]
        )

    @functools.lru_cache(maxsize=65536)  # noqa: B019 - one reader lives as long as its process
    def pieces(self, text: str) -> list[int]:
        """Word pieces of one word."""
        return (self._tokenizer.encode(text, add_special_tokens=False).ids or [UNKNOWN])[:LONGEST_WORD]

    def encode(self, words: Sequence[SeenWord], recognised: bool) -> Encoded:
        """Words as the network gets them."""
        texts = [w.text for w in words]
        style = style_of(texts, recognised)
        return Encoded(
            [self.pieces(t) for t in texts],
            integers(words, style),
            list_features(texts),
            [w.first_of_turn for w in words],
            STYLES.index(style),
        )

    def read(self, words: Sequence[Word], recognised: bool) -> Reading:
        """Chances for every word of an interview."""
        encoded = self.encode(seen(words), recognised)

        def network(ids: Any, ints: Any, lists: Any, style: Any) -> Floats:
            (p,) = self._session.run(None, {"ids": ids, "integers": ints, "lists": lists, "style": style})
            return np.asarray(p, np.float32)

        p = chances(encoded, network, len(self.labels))
        names = tuple(dict.fromkeys(label[2:] for label in self.labels if label != "O"))
        begin = [self.labels.index(f"B-{c}") for c in names]
        inside = [self.labels.index(f"I-{c}") for c in names]
        return Reading(names, p[:, begin] + p[:, inside], p[:, begin], STYLES[encoded.style])
