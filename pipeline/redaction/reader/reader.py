"""Runs the trained reader: from the words of an interview to a probability of each category for each word.

The network is MiniLM fine-tuned on invented interviews, 8-bit, run by ONNX Runtime; its word pieces come from
`tokenizers`. Training, data and figures: models/training/reader/README.md.
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from pipeline.core.cores import threads
from pipeline.core.document import Category
from pipeline.engines import onnx
from pipeline.redaction.reader.features import STYLES, SeenWord, Style, integers, list_features, style_of
from pipeline.redaction.reader.windows import UNKNOWN, Encoded, Floats, chances
from pipeline.redaction.text.spans import SpokenText

LONGEST_WORD = 16
"""How many word pieces of one word are read; no name needs more."""
_CUT = re.compile(r"(?<=\w)(?:[—–…/]+|\.\.\.+|--+)(?=\w)")


@dataclass(frozen=True, slots=True)
class Part:
    """Characters `[start, end)` of a word. "Bara—he's" is one word of the transcript and two to the reader."""

    word: int
    start: int
    end: int
    text: str


@dataclass(frozen=True)
class Reading:
    """The reader's output for the parts of an interview.

    `inside`: (parts, categories) probabilities that a part belongs to an identifier; `begins`: that an identifier
    begins with it. `style`: how the transcript is written, which selects the thresholds.
    """

    parts: tuple[Part, ...]
    categories: tuple[Category, ...]
    inside: Floats
    begins: Floats
    style: Style

    @functools.cached_property
    def direct(self) -> Floats:
        """(parts,) probability of any direct identifier (contract C5)."""
        columns = [n for n, category in enumerate(self.categories) if category != "QUASI"]
        return np.asarray(self.inside[:, columns].sum(axis=1), np.float32)


def parts_of(transcript: SpokenText) -> tuple[Part, ...]:
    """The words of an interview, split at dashes and slashes inside them."""
    found = []
    for n, word in enumerate(transcript.words):
        at = 0
        for cut in _CUT.finditer(word.text):
            found.append(Part(n, at, cut.end(), word.text[at : cut.end()]))
            at = cut.end()
        found.append(Part(n, at, len(word.text), word.text[at:]))
    return tuple(found)


def _seen(transcript: SpokenText, parts: Sequence[Part]) -> list[SeenWord]:
    found = []
    for part in parts:
        word, n = transcript.words[part.word], part.word
        before = transcript.words[n - 1] if n else None
        pause = None
        if before and word.start is not None and before.end is not None and not part.start:
            pause = max(0.0, word.start - before.end)
        new = not part.start and (not n or not transcript.same_turn(n - 1, n))
        found.append(SeenWord(part.text, word.role or "P", new, word.confidence, pause))
    return found


class Reader:
    """One open network: the ONNX file, its tokenizer, the list of its labels (both JSON)."""

    def __init__(self, network: Path, tokenizer: Path, labels: Path) -> None:
        from tokenizers import Tokenizer

        self.labels: list[str] = json.loads(labels.read_text("utf-8"))
        self._tokenizer = Tokenizer.from_file(str(tokenizer))
        self._tokenizer.no_truncation()
        self._tokenizer.no_padding()
        self._session = onnx.session(network, arena=False)
        self._pieces: dict[str, list[int]] = {}

    def pieces(self, text: str) -> list[int]:
        """Word pieces of one word."""
        if text not in self._pieces:
            ids = self._tokenizer.encode(text, add_special_tokens=False).ids
            self._pieces[text] = (ids or [UNKNOWN])[:LONGEST_WORD]
        return self._pieces[text]

    def _encode(self, words: Sequence[SeenWord], from_asr: bool) -> Encoded:
        texts = [w.text for w in words]
        style = style_of(texts, from_asr)
        return Encoded(
            [self.pieces(t) for t in texts],
            integers(words, style),
            list_features(texts),
            [w.first_of_turn for w in words],
            STYLES.index(style),
        )

    def read(self, transcript: SpokenText, *, from_asr: bool) -> Reading:
        """Probabilities for every word of an interview. `from_asr`: a speech recogniser wrote it."""
        parts = parts_of(transcript)
        encoded = self._encode(_seen(transcript, parts), from_asr)

        def network(ids: Any, ints: Any, lists: Any, style: Any) -> Floats:
            (p,) = self._session.run(None, {"ids": ids, "integers": ints, "lists": lists, "style": style})
            return np.asarray(p, np.float32)

        p = chances(encoded, network, len(self.labels), threads=threads())
        names: tuple[Any, ...] = tuple(dict.fromkeys(label[2:] for label in self.labels if label != "O"))
        begin = [self.labels.index(f"B-{c}") for c in names]
        inside = [self.labels.index(f"I-{c}") for c in names]
        return Reading(parts, names, p[:, begin] + p[:, inside], p[:, begin], STYLES[encoded.style])
