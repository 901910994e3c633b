"""Features of a word for the reader, besides its letters: capitals, sentence start, confidence, pause, speaker, lists.

The encoder's vocabulary is lower case only, so what capitals tell has to be a feature. All features are small integers
(indices into learnt embeddings) except `lists`, which is a vector of numbers from 0 to 1.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from pipeline.redaction.text.lexicon import Lexicon, fold, lexicon

Style = Literal["typed", "asr", "uncased"]
"""How a transcript is written: typed by hand with capitals, by a speech recogniser, or without capitals at all."""

STYLES: tuple[Style, ...] = ("typed", "asr", "uncased")
SHAPES = ("lower", "capital", "upper", "mixed", "figures", "mixed figures", "other")
CONFIDENCE_EDGES = (0.3, 0.5, 0.7, 0.85, 0.95)
PAUSE_EDGES = (0.3, 1.0)
#: given, own given, family, own family, UK place, own place, world place, capitalised word that identifies nobody,
#: everyday word, start or part of a place of several words, frequency (Zipf / 7), unknown to every list
LISTS = 12
_CORE = re.compile(r"^[^\w@#+]+|[^\w]+$")
_POSSESSIVE = re.compile(r"['’]s?$")
_SENTENCE_END = re.compile(r"[.?!…]['\"”’)]*$")


@dataclass(frozen=True, slots=True)
class SeenWord:
    """A word as the reader sees it. `confidence` and `pause` (seconds of silence before it) are None where unknown."""

    text: str
    role: str
    first_of_turn: bool = False
    confidence: float | None = None
    pause: float | None = None


def core(text: str) -> str:
    """The word without punctuation at its edges and without a possessive 's."""
    return _POSSESSIVE.sub("", _CORE.sub("", text))


def shape(text: str) -> int:
    """Index into SHAPES."""
    plain = core(text)
    if not plain:
        return 6
    if any(c.isdigit() for c in plain):
        return 4 if not any(c.isalpha() for c in plain) else 5
    if plain.islower():
        return 0
    if len(plain) > 1 and plain.isupper():
        return 2
    return 1 if plain[:1].isupper() and not any(c.isupper() for c in plain[1:]) else 3


def style_of(words: Sequence[str], recognised: bool) -> Style:
    """How the words are written: `uncased` if almost none or almost all are in capitals, which then tell nothing."""
    letters = [w for w in map(core, words) if w[:1].isalpha()]
    if not letters:
        return "asr" if recognised else "typed"
    capitals = sum(w[:1].isupper() for w in letters) / len(letters)
    if capitals < 0.02 or sum(w.isupper() for w in letters) > 0.6 * len(letters):
        return "uncased"
    return "asr" if recognised else "typed"


def _vector(word: str, words: Lexicon) -> list[float]:
    plain = fold(word)
    parts = {plain, *(p for p in plain.split("-") if len(p) > 2)}
    rows = (
        words.given, words.given_own, words.family, words.family_own, words.places.single, words.places_own.single,
        words.world.single, words.capitals.single, words.everyday,
    )  # fmt: skip
    found = [float(not parts.isdisjoint(row)) for row in rows]
    unknown = float(plain not in words.zipf and not any(found))
    return [*found, 0.0, min(1.0, words.frequency(plain) / 7), unknown]


_vectors: dict[str, list[float]] = {}


def list_features(texts: Sequence[str]) -> npt.NDArray[np.float32]:
    """(words, LISTS): membership of each word."""
    words = lexicon()
    plain = [core(t) for t in texts]
    for word in plain:
        if word not in _vectors:
            _vectors[word] = _vector(word, words)
    out = np.array([_vectors[w] for w in plain], np.float32).reshape(-1, LISTS)
    folded = [fold(w) for w in plain]
    for phrases in (words.places, words.places_own, words.world):
        for at, word in enumerate(folded):
            if word in phrases.phrases and (length := phrases.match(folded, at)):
                out[at : at + length, 9] = 1.0
    return out


def integers(words: Sequence[SeenWord], style: Style) -> npt.NDArray[np.int64]:
    """(words, 5): shape, sentence start, confidence, pause, role; the first two are left out without capitals."""
    rows = np.zeros((len(words), 5), np.int64)
    start = True
    for n, word in enumerate(words):
        start = start or word.first_of_turn
        rows[n, 0] = shape(word.text)
        rows[n, 1] = start
        rows[n, 2] = 0 if word.confidence is None else 1 + sum(word.confidence >= e for e in CONFIDENCE_EDGES)
        rows[n, 3] = 0 if word.pause is None else 1 + sum(word.pause >= e for e in PAUSE_EDGES)
        rows[n, 4] = not word.role.startswith("I")
        start = bool(_SENTENCE_END.search(word.text))
    if style == "uncased":
        rows[:, 0] = np.where(np.isin(rows[:, 0], (4, 5, 6)), rows[:, 0], 0)
        rows[:, 1] = 0
    return rows
