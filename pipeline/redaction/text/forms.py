"""The forms in which mentions are compared. All rules for "the same word" stand here, side by side.

    form_of        whole mentions: "T-H-I-R-T-L-E" is "thirtle" (entities, coreference, earlier interviews)
    plain          single tokens of a text, without a possessive: "Rose's" is "rose" (residual mentions)
    national       numbers, however they are grouped and prefixed (residual mentions)
    is_short_form  two forms of one given name: Dani, Danielle (entities)

They differ on purpose: a mention with known limits may lose its punctuation; a token of running text must keep what
separates it from its neighbours. Similarity in sound is in `phonetics`.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Callable, Sequence

from pipeline.core.document import Category
from pipeline.redaction.text.lexicon import fold
from pipeline.redaction.text.spans import Candidate, SpokenText
from pipeline.redaction.text.tables import table, words_of

NAMED: frozenset[Category] = frozenset({"PERSON", "PLACE", "ORG"})
#: A word of running text: letters and digits, with apostrophes inside.
TOKEN = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
#: A number of fewer digits is not looked for again.
MIN_DIGITS = 8
_POSSESSIVE = re.compile(r"['’][sS]?$")
_ENDINGS = ("", *words_of(table("spellings")["short_form_endings"]))
_SPELLED = re.compile(r"(?:[^\W\d_][\s.,-]+){2,}[^\W\d_]\.?")


def core_of(transcript: SpokenText, mention: Candidate) -> str:
    """The text that the mention hides: its words without lead and tail. Private."""
    said = transcript.said(mention.first, mention.last)
    return said[len(mention.lead) : len(said) - len(mention.tail)]


def form_of(text: str) -> str:
    """A mention as compared: folded, spelled-out letters joined, without dashes ("T-H-I-R-T-L-E" -> "thirtle")."""
    plain = text.strip()
    if _SPELLED.fullmatch(plain):
        plain = re.sub(r"[^\w]", "", plain)
    return re.sub(r"\s+", " ", fold(plain)).strip(" .,;:")


@functools.lru_cache(maxsize=65536)
def tokens(text: str) -> tuple[str, ...]:
    """Words of a text, without invisible characters (soft hyphens, joiners, marks of direction)."""
    seen = "".join(c for c in unicodedata.normalize("NFC", text) if unicodedata.category(c) != "Cf")
    return tuple(TOKEN.findall(seen))


@functools.lru_cache(maxsize=65536)
def plain(token: str) -> str:
    """A token as compared: folded, without its possessive."""
    return without_possessive(fold(token))


def without_possessive(token: str) -> str:
    """A token without an 's, its case as it was."""
    return _POSSESSIVE.sub("", token)


def national(text: str) -> str:
    """The digits of a number without a prefix: "07700 900123", "+44 7700..." and "0044 (0)7700..." are the same."""
    digits = re.sub(r"\D", "", text)
    for prefix in ("0044", "44"):
        if digits.startswith(prefix) and len(digits) - len(prefix) >= MIN_DIGITS + 1:
            digits = digits.removeprefix(prefix)
    return digits.lstrip("0")


@functools.cache
def short_forms() -> dict[str, frozenset[str]]:
    """name -> its short forms and variants, both ways (configs/recognisers/nicknames.yaml)."""
    linked: dict[str, set[str]] = {}
    for name, shorts in table("nicknames").items():
        group = {fold(str(name)), *(fold(str(s)) for s in shorts)}
        for member in group:
            linked.setdefault(member, set()).update(group)
    return {name: frozenset(group) for name, group in linked.items()}


def is_short_form(a: str, b: str) -> bool:
    """True if one is a usual short form of the other (Dani, Danielle; Rose, Rosie; Elijah, Lijah)."""
    if b in short_forms().get(a, frozenset()):
        return True
    short, long = sorted((a, b), key=len)
    if len(short) < 3 or len(short) == len(long):
        return False
    for ending in _ENDINGS:
        stem = short.removesuffix(ending) if ending else short
        if len(stem) >= 3 and long.startswith(stem) and (ending or len(stem) >= 3) and len(long) - len(stem) <= 6:
            return True
    return len(short) >= 4 and long.endswith(short) and len(long) - len(short) <= 3


class AlikeForms:
    """An index of forms for `is_short_form`, so that each is compared only with the few that it can match."""

    def __init__(self, forms: Sequence[str], name_of: Callable[[str], str]) -> None:
        self._names = [(form, name_of(form)) for form in forms]
        self._places: dict[tuple[str, str], list[int]] = {}
        for n, (_, name) in enumerate(self._names):
            for mark in {("short", part) for part in _as_short(name)} | {("long", part) for part in _as_long(name)}:
                self._places.setdefault(mark, []).append(n)

    def of(self, name: str) -> list[str]:
        """Forms whose name is a short form of `name`, or the other way round, in their order."""
        marks = {("long", part) for part in _as_short(name)} | {("short", part) for part in _as_long(name)}
        near = {n for mark in marks for n in self._places.get(mark, ())}
        return [self._names[n][0] for n in sorted(near) if is_short_form(name, self._names[n][1])]


def _as_short(name: str) -> set[str]:
    """Keys under which a longer form of `name` is found: its stem, its whole, or its group in the table."""
    stems = {f"{name.removesuffix(ending)}-" for ending in _ENDINGS}
    return {*stems, f"-{name}", *short_forms().get(name, ())}


def _as_long(name: str) -> set[str]:
    """Keys under which a short form of `name` is found: the beginnings and ends of the name, and the name itself."""
    heads = {f"{name[:size]}-" for size in range(max(3, len(name) - 6), len(name) + 1)}
    return {*heads, *(f"-{name[cut:]}" for cut in range(1, 4)), name}
