"""How similar two names are in sound and spelling: a recogniser may write one name in several ways."""

from __future__ import annotations

import functools
import re

from pipeline.redaction.text.lexicon import distinctive, fold
from pipeline.redaction.text.tables import table


@functools.lru_cache(maxsize=16384)
def respelled(name: str) -> str:
    """The sound of a name in English spelling, letters only ("Siobhan" -> "shavawn")."""
    form = re.sub(r"[^a-z']", "", fold(name))
    for pattern, sound in table("spellings")["sounds"]:
        form = re.sub(pattern, sound, form)
    return form


@functools.lru_cache(maxsize=16384)
def key(name: str) -> str:
    """Metaphone key of the respelled name ("Siobhan" and "Shavorn": XFN)."""
    import jellyfish

    return str(jellyfish.metaphone(respelled(name)))


@functools.lru_cache(maxsize=65536)
def likeness(a: str, b: str) -> float:
    """How similar two forms are in spelling and sound together, 0..1."""
    from rapidfuzz.distance import JaroWinkler, Levenshtein

    x, y = fold(a), fold(b)
    if x == y:
        return 1.0
    if min(len(x), len(y)) < 3:
        return 0.0
    spelling = float(JaroWinkler.similarity(x, y))
    kx, ky = key(x), key(y)
    if not kx or not ky:
        return spelling if spelling >= 0.93 else 0.0
    if kx == ky and len(kx) >= 2:
        irregular = JaroWinkler.similarity(respelled(x), respelled(y)) - spelling > 0.1
        return max(0.96 if irregular else 0.9, spelling)
    sound = float(Levenshtein.normalized_similarity(kx, ky))
    if kx[0] != ky[0]:
        return min(spelling, 0.8) * (0.5 + 0.5 * sound)
    return 0.6 * spelling + 0.4 * sound


def same_name(a: str, b: str, *, strict: float = 0.88) -> bool:
    """True if two forms are probably one name."""
    short = min(len(a), len(b))
    return likeness(a, b) >= (strict if short >= 5 else min(0.97, strict + 0.06))


# Each step asks for as much similarity as its errors require:
#
#     same_person      a wrong answer makes two people one, or one two
#     same_to_the_ear  a wrong answer hides a word that identifies nobody; both must have the same phonetic key
#     audible_as       a wrong answer silences more of the sound, or lets a name through; everyday words tell nothing
#
# The key sheet asks `same_name` and `likeness` with limits of its own: its names are known, so less will do.

ONE_PERSON, ONE_SOUND, AUDIBLE = 0.9, 0.92, 0.9
MIN_AUDIBLE = 4
"""Letters that both words must have."""


def same_person(a: str, b: str) -> bool:
    """Entities and coreference: two forms that a speech recogniser wrote of one person's name."""
    return same_name(a, b, strict=ONE_PERSON)


def same_to_the_ear(a: str, b: str) -> bool:
    """Residual mentions: a visible word that is heard as a hidden name."""
    return bool(key(a)) and key(a) == key(b) and likeness(a, b) >= ONE_SOUND


def audible_as(name: str, token: str) -> bool:
    """The listening copy: what was recognised in the redacted sound is a hidden name (both folded)."""
    long = len(name) >= MIN_AUDIBLE and len(token) >= MIN_AUDIBLE
    return long and distinctive(name) and distinctive(token) and likeness(name, token) >= AUDIBLE
