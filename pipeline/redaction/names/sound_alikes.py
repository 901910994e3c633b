"""Names that a speech recogniser wrote as other words ("turned" for Tunde, "lowest off" for Lowestoft).

Two things give them away: the recogniser was not sure of them, and said aloud they sound like a name, one of
this interview or one of the lists. Neither is proof; both are evidence for the name model (`features`).
"""

from __future__ import annotations

import functools
from collections import defaultdict
from collections.abc import Iterator

from pipeline.redaction.text.lexicon import Lexicon, lexicon
from pipeline.redaction.text.phonetics import key, likeness
from pipeline.redaction.text.tokens import NameTokens

SURE = 0.9
"""A word that the recogniser was as sure of as this was heard as it is written."""
SHORTEST = 4
"""Letters that sound has to have to say anything."""
LONGEST = 3
"""Words that one name may have been heard as."""
COMMON = 5.6
"""Zipf frequency above which a word alone is what it seems."""


class Misheard:
    """What unsure words of one interview sound like.

    `alone` and `joined` map pieces to a likeness 0..1 to a name written in this interview: the piece by itself, and
    two or three pieces said together. `listed` maps pieces to the number of pieces that together sound exactly like
    a name of the lists, `nearly` to how much two or three together are like one ("lowest off").
    """

    def __init__(self, pieces: NameTokens, words: Lexicon) -> None:
        self.pieces = pieces
        self.words = words
        self.confidence = [pieces.transcript.words[p.word].confidence for p in pieces.items]
        self.alone: dict[int, float] = {}
        self.joined: dict[int, float] = {}
        self.listed: dict[int, int] = {}
        self.nearly: dict[int, float] = {}
        if any(c is not None for c in self.confidence):
            self._survey()

    def _names(self) -> list[str]:
        """Forms that this interview writes as names."""
        pieces, words = self.pieces, self.words
        return [
            form
            for form, times in pieces.mid_capitals.items()
            if len(form) >= SHORTEST
            and form.isalpha()
            and form not in words.capitals
            and (form not in words.everyday or (form in words.given_own and times > pieces.lowers[form]))
        ]

    def _survey(self) -> None:
        names = self._names()
        for first, last in self._runs():
            forms = self.pieces.folded[first : last + 1]
            said = "".join(f.replace("'", "").replace("-", "") for f in forms)
            if len(said) < SHORTEST or not said.isalpha():
                continue
            best = max((likeness(said, n) for n in names if abs(len(n) - len(said)) <= 3 and n != said), default=0.0)
            place = self.alone if first == last else self.joined
            near = nearest(said) if last > first and said not in self.words.everyday else 0.0
            # Together they are a name only if they are no word ("to" + "day"); alone they may be both.
            single = first == last
            alike = len(key(said)) > 2 and key(said) in homophones() and (single or said not in self.words.everyday)
            for at in range(first, last + 1):
                place[at] = max(place.get(at, 0.0), best)
                if near:
                    self.nearly[at] = max(self.nearly.get(at, 0.0), near)
                if alike:
                    self.listed[at] = max(self.listed.get(at, 0), last - first + 1)

    def _runs(self) -> Iterator[tuple[int, int]]:
        """(first, last) of one to three pieces with an unsure one among them."""
        for first in range(len(self.pieces)):
            for last in range(first, min(first + LONGEST, len(self.pieces))):
                if last > first and (
                    not self.pieces.same_turn(first, last) or self.pieces[last - 1].after.strip("-,") != ""
                ):
                    break
                sure = min(self._sure(n) for n in range(first, last + 1))
                common = first == last and self.words.frequency(self.pieces.folded[first]) > COMMON
                if sure < SURE and not common:
                    yield first, last

    def _sure(self, at: int) -> float:
        confidence = self.confidence[at]
        return 1.0 if confidence is None else confidence

    def features(self, at: int) -> list[str]:
        """Features of the piece `at` for the name model; none where the recogniser did not say how sure it was."""
        confidence = self.confidence[at]
        if confidence is None:
            return []
        piece, form = self.pieces[at], self.pieces.folded[at]
        level = sureness(confidence)
        daily = int(form in self.words.everyday)
        common = sum(self.words.frequency(form) > edge for edge in (0.0, 3.5, 4.5, 5.3))
        mark = f"{int(piece.capital)}{int(piece.initial)}{daily}"
        out = [f"cf={level}{mark}", f"cz={level}{common}{int(piece.capital)}"]
        for step in (-1, 1):
            other = at + step
            if 0 <= other < len(self.pieces) and self.pieces.same_turn(at, other):
                near = self.confidence[other]
                out.append(f"cf{step}={min(level, 2)}{'-' if near is None else min(sureness(near), 3)}{mark[0]}{daily}")
        low = int(level > 1)
        out.append(f"ka={_likeness(self.alone.get(at, 0.0))}{low}{daily}")
        out.append(f"kj={_likeness(self.joined.get(at, 0.0))}{low}{daily}")
        out.append(f"kl={self.listed.get(at, 0)}{low}{mark}")
        out.append(f"kn={_likeness(self.nearly.get(at, 0.0))}{low}{daily}")
        return out


def sureness(confidence: float) -> int:
    """0 sure ... 5 very unsure."""
    return sum(confidence < edge for edge in (0.95, 0.85, 0.7, 0.5, 0.3))


def _likeness(value: float) -> int:
    return sum(value >= edge for edge in (0.6, 0.7, 0.78, 0.86, 0.93))


@functools.cache
def homophones() -> frozenset[str]:
    """How the names of the hand-written lists sound, as phonetic keys."""
    words = lexicon()
    return frozenset(key(n) for n in words.given_own | words.places_own.single if len(n) >= SHORTEST)


@functools.cache
def _by_initial() -> dict[str, list[str]]:
    words = lexicon()
    found: dict[str, list[str]] = defaultdict(list)
    for name in sorted(words.given_own | words.places_own.single):
        if len(name) > SHORTEST and name.isalpha():
            found[name[0]].append(name)
    return dict(found)


@functools.lru_cache(maxsize=16384)
def nearest(said: str) -> float:
    """Likeness of what was said to the most similar name of the hand-written lists that starts with the same letter."""
    from rapidfuzz import process
    from rapidfuzz.distance import JaroWinkler

    names = _by_initial().get(said[0], [])
    near = process.extract(said, names, scorer=JaroWinkler.normalized_similarity, score_cutoff=0.86, limit=3)
    return max((likeness(said, name) for name, _, _ in near if abs(len(name) - len(said)) <= 2), default=0.0)
