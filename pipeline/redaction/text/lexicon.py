"""Word lists: names, places, everyday words, capitalised words that identify nobody.

The lists lie in configs/recognisers/ (sources and licences in its README). All look-ups are by `fold`ed form.
"""

from __future__ import annotations

import functools
import gzip
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pipeline.core.errors import SettingsError
from pipeline.core.settings import configs_folder
from pipeline.redaction.text.tables import inverted, table

_LETTERS = str.maketrans({"ł": "l", "Ł": "L", "ø": "o", "Ø": "O", "ı": "i", "’": "'", "‘": "'", "đ": "d", "ß": "ss"})
UNKNOWN_ZIPF = 0.0
WORDS = "words.txt.gz"
#: Field of `Lexicon` -> its list, for those that are no more than entries.
LISTS = {
    "given": "names-given.txt.gz",
    "given_own": "names-given-own.txt",
    "family": "names-family.txt.gz",
    "family_own": "names-family-own.txt",
    "places": "places-uk.txt.gz",
    "places_own": "places-own.txt",
    "world": "places-world.txt.gz",
    "capitals": "capitals.txt",
}
#: Every file that `lexicon` reads.
FILES = (WORDS, *LISTS.values())
#: A word that is more frequent, or shorter, points at nobody by itself.
COMMON_ZIPF, MIN_DISTINCTIVE = 4.7, 3


@functools.lru_cache(maxsize=65536)
def fold(text: str) -> str:
    """Lower case, without accents, straight apostrophes: the form in which words are looked up."""
    plain = unicodedata.normalize("NFKD", text.translate(_LETTERS))
    return "".join(c for c in plain if not unicodedata.combining(c)).lower().strip()


@dataclass(frozen=True)
class PhraseSet:
    """A set of one-word and several-word entries, with the longest length in words.

    `phrases` maps the first word to the tails that may follow it, longest first.
    """

    single: frozenset[str]
    phrases: dict[str, tuple[tuple[str, ...], ...]]

    @classmethod
    def of(cls, entries: Iterator[str] | list[str]) -> PhraseSet:
        """From folded entries; words are separated by spaces."""
        single: set[str] = set()
        phrases: dict[str, set[tuple[str, ...]]] = {}
        for entry in entries:
            words = entry.split()
            if len(words) == 1:
                single.add(words[0])
            elif words:
                phrases.setdefault(words[0], set()).add(tuple(words[1:]))
        ordered = {head: tuple(sorted(tails, key=len, reverse=True)) for head, tails in phrases.items()}
        return cls(frozenset(single), ordered)

    def __contains__(self, word: str) -> bool:
        return word in self.single

    def match(self, words: list[str], at: int) -> int:
        """How many words from `at` on form the longest entry of several words (0: none)."""
        for tail in self.phrases.get(words[at], ()):
            if tuple(words[at + 1 : at + 1 + len(tail)]) == tail:
                return 1 + len(tail)
        return 0


@dataclass(frozen=True)
class Lexicon:
    """All lists. `zipf` is the frequency of a word in everyday English on the Zipf scale (0 unknown, 7 "the");
    `everyday` holds the words that a dictionary writes in lower case."""

    given: frozenset[str]
    given_own: frozenset[str]
    family: frozenset[str]
    family_own: frozenset[str]
    places: PhraseSet
    places_own: PhraseSet
    world: PhraseSet
    capitals: PhraseSet
    zipf: dict[str, float]
    everyday: frozenset[str]

    def is_given(self, word: str) -> bool:
        """True for a given name of any list."""
        return word in self.given or word in self.given_own

    def frequency(self, word: str) -> float:
        """Zipf frequency, 0 where unknown."""
        return self.zipf.get(word, UNKNOWN_ZIPF)


def _lines(path: Path) -> Iterator[str]:
    try:
        data = path.read_bytes()
        text = (gzip.decompress(data) if path.suffix == ".gz" else data).decode("utf-8")
    except (OSError, EOFError, UnicodeDecodeError) as error:
        raise SettingsError("a word list is missing or damaged", file=path, hint="reinstall the program") from error
    for line in text.splitlines():
        if line and not line.startswith("#"):
            yield line


def _entries(path: Path) -> Iterator[str]:
    """Entries of a hand-written list: separated by commas where a line has any, else by spaces."""
    for line in _lines(path):
        for entry in line.split(",") if "," in line else line.split():
            if folded := fold(entry):
                yield re.sub(r"\s+", " ", folded)


@functools.cache
def lexicon() -> Lexicon:
    """The lists, read once (0.2 s).

    Raises:
        SettingsError: a list is missing or damaged.
    """
    folder = configs_folder() / "recognisers"
    zipf: dict[str, float] = {}
    everyday: set[str] = set()
    for line in _lines(folder / WORDS):
        word, tenths, lower = line.split("\t")
        zipf[word] = int(tenths) / 10
        if lower == "1":
            everyday.add(word)
    return Lexicon(
        given=frozenset(_lines(folder / LISTS["given"])),
        given_own=frozenset(_entries(folder / LISTS["given_own"])),
        family=frozenset(_lines(folder / LISTS["family"])),
        family_own=frozenset(_entries(folder / LISTS["family_own"])),
        places=PhraseSet.of(_lines(folder / LISTS["places"])),
        places_own=PhraseSet.of(_entries(folder / LISTS["places_own"])),
        world=PhraseSet.of(_lines(folder / LISTS["world"])),
        capitals=PhraseSet.of(_entries(folder / LISTS["capitals"])),
        zipf=zipf,
        everyday=frozenset(everyday),
    )


@functools.cache
def _number_words() -> frozenset[str]:
    spoken = table("spoken")
    said = {word for kind in ("digits", "teens", "tens") for word in inverted(spoken[kind])}
    return frozenset(said | {"oh", "double", "treble"})


def is_number(word: str) -> bool:
    """True for figures and number words, folded."""
    return word.isdigit() or word in _number_words()


@functools.lru_cache(maxsize=65536)
def distinctive(word: str) -> bool:
    """True if a folded word alone points at somebody: no everyday word, no number, not too short, not too common."""
    if len(word) < MIN_DISTINCTIVE or is_number(word):
        return False
    lists = lexicon()
    return word not in lists.everyday and word not in lists.capitals and lists.frequency(word) < COMMON_ZIPF
