"""Turns the reader's probabilities into mentions.

A word is hidden if its probability reaches a threshold, which depends on how the transcript is written. Before that,
the second look combines the probability of a word with those of the same word elsewhere in the interview, by weights
fitted to interviews that the network was not trained on. Both are in thresholds.json, which
models/training/reader/thresholds.py writes.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pipeline.core.document import Category
from pipeline.redaction.reader.features import Style, core
from pipeline.redaction.reader.reader import Part, Reading
from pipeline.redaction.reader.windows import Floats
from pipeline.redaction.text.lexicon import fold, lexicon
from pipeline.redaction.text.spans import Candidate, SpokenText, split_edges

METHOD = "reader"
_FAR = 12.0


@dataclass(frozen=True)
class Limits:
    """The thresholds of one style. `second_look`: weights of `evidence`, the last one the constant; `hide`: probability
    from which a word is hidden; `flag`: probability from which it is flagged as an indirect identifier."""

    second_look: tuple[float, ...]
    hide: float
    flag: float


def read_limits(file: Path) -> dict[Style, Limits]:
    """Limits by style, from thresholds.json."""
    rows = json.loads(file.read_text("utf-8"))
    return {s: Limits(tuple(r["second_look"]), r["hide"], r["flag"]) for s, r in rows["styles"].items()}


def log_odds(chance: Floats) -> Floats:
    """Logarithm of the odds, bounded."""
    p = np.clip(chance, 1e-6, 1 - 1e-6)
    return np.asarray(np.clip(np.log(p / (1 - p)), -_FAR, _FAR), np.float32)


def evidence(texts: Sequence[str], direct: Floats) -> Floats:
    """(words, 6): the evidence of the second look: the word's own log-odds; the highest and the mean log-odds of the
    same form elsewhere, less its own; whether it occurs elsewhere; both differences again for an everyday word."""
    own = log_odds(direct)
    forms = [fold(core(t)) for t in texts]
    places: dict[str, list[int]] = defaultdict(list)
    for n, form in enumerate(forms):
        if form:
            places[form].append(n)
    out = np.zeros((len(texts), 6), np.float32)
    out[:, 0] = own
    everyday = lexicon().everyday
    for form, where in places.items():
        if len(where) < 2:
            continue
        values = own[where]
        order = np.sort(values)
        highest = np.where(values == order[-1], order[-2], order[-1])
        mean = (values.sum() - values) / (len(where) - 1)
        out[where, 1], out[where, 2], out[where, 3] = highest - values, mean - values, 1.0
        if form in everyday:
            out[where, 4], out[where, 5] = highest - values, mean - values
    return out


def second_look(texts: Sequence[str], direct: Floats, weights: Sequence[float]) -> Floats:
    """(words,) probabilities after taking the same form elsewhere into account."""
    x = evidence(texts, direct) @ np.array(weights[:-1], np.float32) + np.float32(weights[-1])
    return np.asarray(1 / (1 + np.exp(-np.clip(x, -30, 30))), np.float32)


def find(transcript: SpokenText, reading: Reading, limits: Limits) -> list[Candidate]:
    """Mentions of direct identifiers, in spoken order, without overlaps."""
    chance = second_look([p.text for p in reading.parts], reading.direct, limits.second_look)
    columns = [n for n, c in enumerate(reading.categories) if c != "QUASI"]
    found = []
    for first, last in _runs(transcript, reading, chance >= limits.hide):
        totals = reading.inside[first : last + 1].sum(axis=0)
        category = reading.categories[max(columns, key=lambda n: totals[n])]
        found.append(
            _candidate(transcript, reading.parts, first, last, category, float(chance[first : last + 1].max()))
        )
    return found


def flags(transcript: SpokenText, reading: Reading, limits: Limits) -> list[tuple[int, int]]:
    """Words (first, last) that may identify somebody indirectly; at least two words."""
    column = reading.categories.index("QUASI")
    runs = _stretches(transcript, reading, reading.inside[:, column] >= limits.flag)
    return [
        (reading.parts[a].word, reading.parts[b].word) for a, b in runs if reading.parts[b].word > reading.parts[a].word
    ]


def _stretches(transcript: SpokenText, reading: Reading, taken: np.ndarray) -> Iterator[tuple[int, int]]:
    """Unbroken runs of parts within a turn."""
    start: int | None = None
    for n, part in enumerate(reading.parts):
        if start is not None and (not taken[n] or not transcript.same_turn(reading.parts[n - 1].word, part.word)):
            yield start, n - 1
            start = None
        if taken[n] and start is None:
            start = n
    if start is not None:
        yield start, len(reading.parts) - 1


def _runs(transcript: SpokenText, reading: Reading, hidden: np.ndarray) -> Iterator[tuple[int, int]]:
    """Runs, split where a new mention begins: "Joe, Ellie" are two."""
    for first, last in _stretches(transcript, reading, hidden):
        start = first
        for n in range(first + 1, last + 1):
            begins, inside = float(reading.begins[n].sum()), float(reading.inside[n].sum())
            if begins > inside - begins:
                yield start, n - 1
                start = n
        yield start, last


def _candidate(
    transcript: SpokenText, parts: Sequence[Part], first: int, last: int, category: Category, score: float
) -> Candidate:
    a, b = parts[first], parts[last]
    lead, tail = split_edges(a.text)[0], split_edges(b.text)[2]
    before, after = transcript.words[a.word].text[: a.start], transcript.words[b.word].text[b.end :]
    return Candidate(a.word, b.word, category, score, METHOD, before + lead, tail + after)
