"""Mentions of the names on the key sheet, including those that the speech recogniser misspelt.

A recogniser may write a name correctly, with other letters ("Shavorn" for Siobhan), or as other words ("yet under"
for Yetunde). So one to three words in a row are compared with each name by sound and spelling. The more other evidence
there is for a name (the reader's probability, low confidence of the recogniser, rare words), the less similar they need
to be.
The weights of the evidence are fitted by models/training/reader/keysheet_weights.py.
"""

from __future__ import annotations

import functools
import json
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from pipeline.core.document import Category
from pipeline.core.keysheet import KeySheet
from pipeline.core.settings import configs_folder
from pipeline.redaction.reader.reader import Reading
from pipeline.redaction.text.analysis import Analysis
from pipeline.redaction.text.lexicon import fold, lexicon
from pipeline.redaction.text.phonetics import key, likeness, respelled
from pipeline.redaction.text.spans import Candidate
from pipeline.redaction.text.tokens import NameTokens

METHOD = "key sheet"
LONGEST = 3
"""The most words that a recogniser makes of one name."""
SHORTEST = 3
"""Names with no more letters than this are not looked for by sound."""
NEAR = 0.6
"""Similarity in spelling below which words are not compared any further."""
LEAST = 0.55
"""Similarity below which no score is computed. It only saves work; the weights decide."""


@dataclass(frozen=True)
class Known:
    """One entity of the key sheet: `ref` is its place in the sheet ("people[2]"), `label` what replaces it."""

    ref: str
    category: Category
    names: tuple[str, ...]
    label: str


def known(sheet: KeySheet) -> list[Known]:
    """All entities of a key sheet."""
    rows: list[Known] = []
    if sheet.participant:
        rows.append(Known("participant", "PERSON", sheet.participant.names, sheet.participant.label or "participant"))
    if sheet.interviewer:
        rows.append(Known("interviewer", "PERSON", sheet.interviewer.names, sheet.interviewer.label or "interviewer"))
    rows += [Known(f"people[{n + 1}]", "PERSON", p.names, p.label or "") for n, p in enumerate(sheet.people)]
    rows += [Known(f"places[{n + 1}]", "PLACE", (name,), "") for n, name in enumerate(sheet.places)]
    return rows + [Known(f"organisations[{n + 1}]", "ORG", (name,), "") for n, name in enumerate(sheet.organisations)]


@dataclass(frozen=True)
class Heard:
    """One to three tokens that may be a name of the sheet: tokens `[first, last]`, folded and joined."""

    first: int
    last: int
    form: str


def find(transcript: Analysis, reading: Reading, sheet: KeySheet) -> list[Candidate]:
    """Mentions of what is on the sheet; `value` is the entity's place in it. They may overlap."""
    entities = known(sheet)
    if not entities or not len(transcript):
        return []
    tokens = transcript.name_tokens
    by_form = stretches(tokens)
    judge = Judge(tokens, reading)
    found: list[Candidate] = []
    for entity in entities:
        for name in entity.names:
            words = fold(name).replace("-", " ").split()
            parts = {" ".join(words), *(words if entity.category == "PERSON" else ())}
            for part in parts:
                for heard in (h for form in likely(part, by_form) for h in by_form[form]):
                    if score := judge.score(heard, part):
                        facts = {"category": entity.category, "score": score, "cue": METHOD, "value": entity.ref}
                        found.append(tokens.candidate(heard.first, heard.last, method=METHOD, **facts))
    return _best(found)


def likely(name: str, forms: Iterable[str]) -> set[str]:
    """The forms that look like the name, or like its phonetic spelling: the few that are worth scoring."""
    from rapidfuzz import process
    from rapidfuzz.distance import JaroWinkler

    written = {name.replace(" ", ""), respelled(name)}
    near = (
        process.extract(w, list(forms), scorer=JaroWinkler.similarity, score_cutoff=NEAR, limit=None) for w in written
    )
    return {form for rows in near for form, *_ in rows}


def stretches(tokens: NameTokens) -> dict[str, list[Heard]]:
    """One to three tokens in a row within a sentence of one turn, by the form that they make when joined."""
    found: dict[str, list[Heard]] = {}
    forms = [f.removesuffix("'s").replace("-", "") for f in tokens.folded]
    for first in range(len(tokens)):
        joined = ""
        for last in range(first, min(first + LONGEST, len(tokens))):
            if last > first and (not tokens.same_turn(first, last) or tokens[last - 1].after.strip("-,'’s")):
                break
            joined += forms[last]
            found.setdefault(joined, []).append(Heard(first, last, joined))
    return found


class Judge:
    """Scores how likely it is that words of the transcript are a name on the sheet."""

    def __init__(self, tokens: NameTokens, reading: Reading) -> None:
        self._tokens = tokens
        self._by_word = np.zeros(len(tokens.transcript), np.float32)
        for part, chance in zip(reading.parts, reading.direct, strict=True):
            self._by_word[part.word] = max(self._by_word[part.word], chance)

    def score(self, heard: Heard, name: str) -> float:
        """Probability that `heard` is `name` (folded, words separated by spaces); 0 where it is rejected."""
        joined = name.replace(" ", "")
        if heard.form == joined:
            return 0.99 if self._is_name(heard, name) else 0.0
        if len(joined) <= SHORTEST or abs(len(heard.form) - len(joined)) > max(2, len(joined) // 3):
            return 0.0
        alike = likeness(heard.form, joined)
        if alike < LEAST:
            return 0.0
        weights = _weights()
        x = sum(w * v for w, v in zip(weights, self.evidence(heard, joined, alike), strict=True))
        return 1 / (1 + math.exp(-x)) if x >= 0 else 0.0

    def _is_name(self, heard: Heard, name: str) -> bool:
        """Whether words that spell the name mean it: everyday words ("Will", "Hope") only where read as a name."""
        lists = lexicon()
        if any(word not in lists.everyday for word in name.split()):
            return True
        tokens = self._tokens.items[heard.first : heard.last + 1]
        if all(t.capital and not t.initial for t in tokens):
            return True
        return self._chance(heard) >= EVERYDAY_CHANCE

    def _chance(self, heard: Heard) -> float:
        words = [t.word for t in self._tokens.items[heard.first : heard.last + 1]]
        return float(self._by_word[words].max())

    def evidence(self, heard: Heard, name: str, alike: float) -> Sequence[float]:
        """The evidence: similarity, equal phonetic keys, the reader's log-odds, one minus the recogniser's confidence,
        frequency of the commonest word, number of words less one, a capital within a sentence; and 1 (the constant)."""
        tokens = self._tokens.items[heard.first : heard.last + 1]
        words = [self._tokens.transcript.words[t.word] for t in tokens]
        sure = [w.confidence for w in words if w.confidence is not None]
        chance = min(max(self._chance(heard), 1e-4), 1 - 1e-4)
        common = max(lexicon().frequency(f) for f in self._tokens.folded[heard.first : heard.last + 1])
        return (
            alike,
            float(key(heard.form) == key(name)),
            math.log(chance / (1 - chance)),
            1 - min(sure, default=1.0),
            common / 7,
            float(len(tokens) - 1),
            float(any(t.capital and not t.initial for t in tokens)),
            1.0,
        )


EVERYDAY_CHANCE = 0.05
"""The reader's probability from which an everyday word in lower case counts as a name on the sheet."""


@functools.cache
def _weights() -> tuple[float, ...]:
    file = configs_folder() / "recognisers" / "reader-thresholds.json"
    return tuple(json.loads(file.read_text("utf-8"))["key_sheet"])


def _best(found: Sequence[Candidate]) -> list[Candidate]:
    """Candidates without overlaps: the better score wins, then the longer (a whole name before its parts)."""
    kept: list[Candidate] = []
    taken: set[int] = set()
    for one in sorted(found, key=lambda c: (-round(c.score, 2), -len(c), c.first, c.value)):
        words = set(range(one.first, one.last + 1))
        if not words & taken:
            kept.append(one)
            taken |= words
    return sorted(kept, key=lambda c: c.first)
