"""People by rule: after a title, spelled out letter by letter.

What the trained model cannot learn from few examples: initials ("Mrs P"), letters ("E I L I D H", "A-O-I-F-E,
F for Freddie").
"""

from __future__ import annotations

import re
from typing import ClassVar

from pipeline.core.document import Category
from pipeline.redaction.text import allow_list
from pipeline.redaction.text.analysis import Analysis
from pipeline.redaction.text.lexicon import lexicon
from pipeline.redaction.text.spans import Candidate
from pipeline.redaction.text.tables import table, words_of
from pipeline.redaction.text.tokens import NameTokens

_SPELLED = re.compile(r"(?:[^\W\d_]-){2,}[^\W\d_]|(?:[^\W\d_]\.){2,}[^\W\d_]?")
_FOR = ("for", "as")


class TitledNames:
    """A capital after a title: "Dr Patel", "Mrs P", "Mamgu Non"."""

    name: ClassVar[str] = "title"
    categories: ClassVar[tuple[Category, ...]] = ("PERSON",)

    def __init__(self) -> None:
        self.titles = frozenset(words_of(table("cue_words")["titles"]))

    def find(self, transcript: Analysis) -> list[Candidate]:
        """Candidates in spoken order."""
        pieces, words = transcript.name_tokens, lexicon()
        found = []
        for at in range(len(pieces) - 1):
            title = pieces[at]
            if pieces.folded[at] not in self.titles or not title.capital or title.after.strip("."):
                continue
            last = at
            while last + 1 < len(pieces) and last - at < 2 and self._name(pieces, last + 1, words.capitals.single):
                last += 1
                if pieces[last].after:
                    break
            if last > at:
                found.append(pieces.candidate(at + 1, last, category="PERSON", score=0.93, method=self.name))
        return found

    def _name(self, pieces: NameTokens, at: int, known: frozenset[str]) -> bool:
        piece = pieces[at]
        joined = pieces.same_turn(at - 1, at) and not pieces[at].before
        return joined and piece.capital and pieces.folded[at] not in known and pieces.folded[at] not in self.titles


class SpelledNames:
    """Letters said one by one, three or more, that no acronym explains."""

    name: ClassVar[str] = "spelled out"
    categories: ClassVar[tuple[Category, ...]] = ("PERSON",)

    def find(self, transcript: Analysis) -> list[Candidate]:
        """Candidates in spoken order."""
        pieces = transcript.name_tokens
        found: list[Candidate] = []
        at = 0
        while at < len(pieces):
            last = self._run(pieces, at)
            letters = "".join(re.sub(r"\W", "", pieces[n].core) for n in range(at, last + 1))
            if last >= at and len(letters) >= 3 and self._is_spelling(pieces, at, last, letters):
                end = self._tail(pieces, last)
                found.append(pieces.candidate(at, end, category="PERSON", score=0.85, method=self.name))
                at = end
            at += 1
        return found

    @staticmethod
    def _run(pieces: NameTokens, at: int) -> int:
        """Last piece of the run of letters that starts at `at` (at - 1: none starts here)."""
        last = at - 1
        for n in range(at, len(pieces)):
            core = pieces[n].core
            letter = (len(core) == 1 and core.isalpha() and core.isupper()) or bool(_SPELLED.fullmatch(core))
            broken = n > at and (not pieces.same_turn(n - 1, n) or pieces[n - 1].after.strip(",-. ") != "")
            if broken or not letter:
                break
            last = n
        if last > at + 1 and pieces[last].core in ("I", "A") and pieces[last - 1].after:
            last -= 1  # "N H S, I mean"
        return last

    @staticmethod
    def _is_spelling(pieces: NameTokens, first: int, last: int, letters: str) -> bool:
        upper = letters.upper()
        if upper in allow_list.ACRONYMS or letters.lower() in lexicon().capitals:
            return False
        return len(set(upper)) > 1 and not set(upper) <= {"I", "A"}

    @staticmethod
    def _tail(pieces: NameTokens, last: int) -> int:
        """ ", Z for zebra" after the letters belongs to them."""
        n = last if len(pieces[last].core) == 1 else last + 1
        while (
            n + 2 < len(pieces)
            and len(pieces[n].core) == 1
            and pieces.folded[n + 1] in _FOR
            and pieces.same_turn(last, n + 2)
        ):
            last = n + 2
            n = last + 1
        return last
