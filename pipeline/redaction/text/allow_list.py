"""The allow list: what stays readable although it may look like an identifier.

Mental Health Act sections, medication, diagnoses, services every area has, months and weekdays by themselves,
lengths of time, amounts, calls to 999 and 111. The tables are in configs/recognisers/keep.yaml.
"""

from __future__ import annotations

import functools
import re

from pipeline.redaction.text.lexicon import lexicon
from pipeline.redaction.text.spans import SpokenText
from pipeline.redaction.text.tables import table, words_of

Span = tuple[int, int, str]
_KEEP = table("keep")
UNITS = frozenset(words_of(_KEEP["units"]))
ACRONYMS = frozenset(w.upper() for w in words_of(_KEEP["acronyms"]))
MEDICATION = frozenset(words_of(_KEEP["medication"]))
DIAGNOSES = frozenset(words_of(_KEEP["diagnoses"]))
LONG = 8
SPELLED_ALIKE = 0.75
_LONG_NAMES = sorted(word for word in MEDICATION if len(word) >= LONG)
MONTHS = frozenset(words_of(_KEEP["months"]))
WEEKDAYS = frozenset(words_of(_KEEP["weekdays"]))
PUBLIC_NUMBERS = frozenset(words_of(_KEEP["public_numbers"]))
_PHRASES = {tuple(p.split()) for p in (*words_of(_KEEP["mha_phrases"]), *words_of(_KEEP["generic_services"]))}
_LONGEST = max(len(p) for p in _PHRASES)
_BEFORE_MONTHS = frozenset(words_of(_KEEP["before_months"]))
_SECTION_NUMBERS = frozenset(words_of(_KEEP["section_numbers"]))
_HEADS = frozenset(p[0] for p in _PHRASES)


def _stem(word: str) -> str:
    return re.sub(r"'s$", "", word)


def is_amount(spoken: SpokenText, first: int, last: int, value: str) -> bool:
    """True if the words first..last are an amount: a short number with a unit after it ("twenty minutes").

    Long numbers are never amounts: nobody says how many minutes with seven digits one by one.
    """
    if not value.isdigit() or len(value) > 4:
        return False
    after = last + 1
    if re.search(r"[,.;:?!]$", spoken.words[last].text) or after >= len(spoken) or not spoken.same_turn(last, after):
        return False
    nxt = spoken.bare[after]
    return nxt in UNITS or (nxt.endswith("s") and nxt[:-1] in UNITS)


def spans(spoken: SpokenText) -> list[Span]:
    """Everything on the allow list, see `Analysis.allow_listed`."""
    bare = [_stem(w) for w in spoken.bare]
    found: list[Span] = []
    for n, word in enumerate(bare):
        raw = spoken.bare[n]
        if word in MEDICATION or is_medication(word):
            found.append((n, n, "medication"))
        elif word in DIAGNOSES or raw in DIAGNOSES:
            found.append((n, n, "diagnosis"))
        elif word in WEEKDAYS or (word in MONTHS and (word not in ("may", "march") or _is_month(spoken, n))):
            found.append((n, n, "calendar"))
        elif spoken.words[n].text.strip(".,;:?!\"'’“”").upper() in ACRONYMS and _in_capitals(spoken, n):
            found.append((n, n, "acronym"))
        elif word in ("section", "sections"):
            last = _section_end(spoken, n)
            if last:
                found.append((n, last, "section"))
        begins = word in _HEADS or raw in _HEADS
        for length in range(min(_LONGEST, len(bare) - n), 1, -1) if begins else ():
            if tuple(bare[n : n + length]) in _PHRASES or spoken.bare[n : n + length] in _PHRASES:
                found.append((n, n + length - 1, "service"))
                break
    return found


@functools.lru_cache(maxsize=16384)
def is_medication(word: str) -> bool:
    """True for a long unknown word that is spelled nearly like a medicine ("Certraline", "Lanzapine")."""
    from rapidfuzz import process
    from rapidfuzz.distance import Levenshtein

    words = lexicon()
    if len(word) < LONG or not word.isalpha() or word in words.everyday or words.is_given(word):
        return False
    return bool(
        process.extractOne(word, _LONG_NAMES, scorer=Levenshtein.normalized_similarity, score_cutoff=SPELLED_ALIKE)
    )


def _in_capitals(spoken: SpokenText, n: int) -> bool:
    return spoken.words[n].text.strip(".,;:?!\"'’“”").isupper()


def _is_month(spoken: SpokenText, n: int) -> bool:
    """ "May" and "March" as months: with a capital inside a sentence, or after "in", "last", "of"."""
    before = spoken.bare[n - 1] if n else ""
    return spoken.words[n].text[:1].isupper() and (before in _BEFORE_MONTHS or before in WEEKDAYS)


def _section_end(spoken: SpokenText, n: int) -> int | None:
    """Last word of "section two", "section 5(2)", "sections two and three", "section thirty-seven forty-one"."""
    last: int | None = None
    m = n + 1
    while m < min(len(spoken), n + 6):
        word = spoken.bare[m]
        if re.fullmatch(r"\d{1,3}[a-z]?(?:\(\d\))?|\d{1,2}\d|\d{2}/\d{2}", word) or word in _SECTION_NUMBERS:
            last = m
        elif word not in ("and", "or", "a", "then", "to"):
            break
        m += 1
    return last
