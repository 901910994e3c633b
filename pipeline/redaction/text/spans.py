"""What every recogniser reads and what it returns.

A recogniser reads an `Analysis`: the words of an interview, who said each, and the same words joined to one string with
maps between characters and words (`SpokenText`), with the views that recognisers share. It returns `Candidate`s: spans
of word indices with a category and a score. Finding is separate from replacing (Presidio's principle): nothing here
decides what happens to a span.
"""

from __future__ import annotations

import bisect
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Self

from pipeline.core.document import Category, Document, Word

if TYPE_CHECKING:
    pass

_LEAD = re.compile(r"^[^\w@#+]+")
_POSSESSIVE = re.compile(r"(?<=[^\W\d_])['’]s$", re.IGNORECASE)
_CORE = re.compile(r"[^\w']+")


@dataclass(frozen=True, order=True)
class Candidate:
    """A span of words that may be an identifier.

    `first` and `last` are indices into `Document.words`, both inclusive. `lead` and `tail` are what survives of
    the first word before and of the last word after the identifier (quotes, commas, a possessive 's). `score` is
    0..1, `method` names the recogniser ("dates"), `cue` what spoke for it in the neighbourhood ("nhs number"),
    never transcript text beyond a cue of our own tables. `kind` narrows the category ("date of birth",
    "sort code", "street") for the replacement; `value` is the canonical form ("9990000018", "2019-03-03",
    "47") that equal mentions share, private like the words themselves. A number said in pieces ("07700, um, 900")
    is several candidates with one `value`; `part` counts them from 0.
    """

    first: int
    last: int
    category: Category
    score: float
    method: str
    lead: str = ""
    tail: str = ""
    cue: str = ""
    kind: str = ""
    value: str = field(default="", repr=False)
    part: int = 0

    def overlaps(self, other: Candidate) -> bool:
        """True if the two share a word."""
        return self.first <= other.last and other.first <= self.last

    def __len__(self) -> int:
        return self.last - self.first + 1


def split_edges(text: str) -> tuple[str, str, str]:
    """(lead, core, tail) of one word: punctuation and a possessive split off. `lead + core + tail == text`.

    A leading @, # or + belongs to the core (handles, numbers). ``split_edges("“Ellie's,") == ("“", "Ellie", "'s,")``.
    A word that is all punctuation is all core.
    """
    match = _LEAD.match(text)
    lead = match.group() if match else ""
    rest = text[len(lead) :]
    end = len(rest)
    while end and not (rest[end - 1].isalnum() or rest[end - 1] == "_"):
        end -= 1
    if not end:
        return "", text, ""
    if possessive := _POSSESSIVE.search(rest[:end]):
        end = possessive.start()
    return lead, rest[:end], rest[end:]


def bare(text: str) -> str:
    """A word as compared: lower case, straight apostrophes, no punctuation at its edges ("“Will’s," -> "will's")."""
    return _CORE.sub("", text.lower().replace("’", "'").replace("‘", "'")).strip("'")


class SpokenText:
    """The words of an interview with who said them, and one string of them with maps between the two.

    `text` joins the words with one space; where the speaker changes, with a newline, so that a pattern can
    choose to cross turns (`\\s`) or not (a space). Character offsets are into `text`, intervals half-open.
    """

    def __init__(self, words: Sequence[Word]) -> None:
        self.words: tuple[Word, ...] = tuple(words)
        self.roles: tuple[str, ...] = tuple(w.role or "" for w in self.words)
        self.starts: list[int] = []
        self.ends: list[int] = []
        self.turns: list[int] = []
        pieces: list[str] = []
        at, turn = 0, 0
        for n, word in enumerate(self.words):
            if n:
                changed = self.roles[n] != self.roles[n - 1]
                turn += changed
                pieces.append("\n" if changed else " ")
                at += 1
            pieces.append(word.text)
            self.starts.append(at)
            at += len(word.text)
            self.ends.append(at)
            self.turns.append(turn)
        self.text = "".join(pieces)

    @classmethod
    def of(cls, document: Document) -> Self:
        """The words of a document."""
        return cls(document.words)

    @classmethod
    def from_lines(cls, lines: Iterable[str]) -> Self:
        """From "I: …" / "P: …" lines (tests, benches); a line without a label is P's."""
        words: list[Word] = []
        for line in lines:
            match = re.match(r"\s*([IP]\d?)\s*:\s*(.*)", line, re.DOTALL)
            role, said = match.groups() if match else ("P", line)
            words += [Word(text=w, role=role) for w in said.split()]
        return cls(words)

    def __len__(self) -> int:
        return len(self.words)

    @cached_property
    def bare(self) -> tuple[str, ...]:
        """Each word as compared, see `bare`."""
        return tuple(bare(w.text) for w in self.words)

    def word_at(self, offset: int) -> int:
        """Index of the word at or after character `offset` (the last word beyond the end)."""
        return min(bisect.bisect_right(self.ends, offset), len(self.words) - 1)

    def word_span(self, start: int, end: int) -> tuple[int, int]:
        """Words touched by the characters `[start, end)`: (first, last), both inclusive."""
        first = self.word_at(start)
        last = bisect.bisect_left(self.starts, end) - 1
        return first, max(first, last)

    def char_span(self, first: int, last: int) -> tuple[int, int]:
        """Characters `[start, end)` of the words first..last."""
        return self.starts[first], self.ends[last]

    def said(self, first: int, last: int) -> str:
        """The words first..last as spoken. Private text: never for a log."""
        return self.text[self.starts[first] : self.ends[last]]

    def same_turn(self, first: int, last: int) -> bool:
        """True if one person says all of it without being interrupted."""
        return self.turns[first] == self.turns[last]

    def candidate(
        self,
        category: Category,
        first: int,
        last: int,
        *,
        score: float,
        method: str,
        cue: str = "",
        kind: str = "",
        value: str = "",
    ) -> Candidate:
        """A candidate with `lead` and `tail` taken from the edges of its first and last word."""
        lead = split_edges(self.words[first].text)[0]
        tail = split_edges(self.words[last].text)[2]
        return Candidate(first, last, category, score, method, lead, tail, cue, kind, value)


def resolve(candidates: Iterable[Candidate]) -> list[Candidate]:
    """Candidates without overlaps, in spoken order: the better score wins, then the longer, then the earlier."""
    kept: list[Candidate] = []
    taken: set[int] = set()
    for candidate in sorted(candidates, key=lambda c: (-c.score, -len(c), c.first, c.category)):
        words = range(candidate.first, candidate.last + 1)
        if taken.isdisjoint(words):
            kept.append(candidate)
            taken.update(words)
    return sorted(kept, key=lambda c: (c.first, c.last))
