"""Organisations by rule: names that end in what they are, numbered wards, unknown acronyms, saints."""

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

_ROMAN = re.compile(r"[IVX]+")
_NUMBER = re.compile(
    r"\d+[A-Za-z]?|[A-Z]\d?|(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|\w+teen|\w+ty)(?:-\w+)?",
    re.I,
)
LONGEST = 5
#: Zipf frequency up to which a word in small letters can be the name of a lodge.
SAYING = 5.4


class NamedOrganisations:
    """ "Kestrel Ward", "Budhill Surgery", "Loosebridge Academy", "Ward Sixty-Two"."""

    name: ClassVar[str] = "organisation words"
    categories: ClassVar[tuple[Category, ...]] = ("ORG",)

    def __init__(self) -> None:
        cues = table("cue_words")
        self.heads = frozenset(words_of(cues["organisation_heads"]))
        self.generic = frozenset(words_of(cues["generic_words"]))
        self.joiners = frozenset(words_of(cues["organisation_joiners"]))
        self.rare = frozenset(words_of(cues["rare_heads"]))

    def find(self, transcript: Analysis, *, from_asr: bool = False) -> list[Candidate]:
        """Candidates in spoken order; in recognised speech also "poppy lodge"."""
        pieces = transcript.name_tokens
        found = []
        for at in range(len(pieces)):
            if from_asr and pieces.folded[at] in self.rare and not pieces[at].capital:
                first = self._small(pieces, at)
                if first < at:
                    found.append(pieces.candidate(first, at, category="ORG", score=0.6, method=self.name))
                continue
            if pieces.folded[at].removesuffix("'s") not in self.heads or not pieces[at].capital:
                continue
            if pieces.folded[at] == "ward" and at + 1 < len(pieces) and self._numbered(pieces, at):
                found.append(pieces.candidate(at, at + 1, category="ORG", score=0.9, method=self.name))
                continue
            first = self._first(pieces, at)
            telling = [n for n in range(first, at) if pieces.folded[n] not in self.generic | self.joiners]
            if telling:
                found.append(pieces.candidate(first, at, category="ORG", score=0.85, method=self.name))
        return found

    def _small(self, pieces: NameTokens, head: int) -> int:
        """First piece of the name in small letters that ends at `head`: one or two words that say something."""
        first = head
        for n in range(head - 1, max(-1, head - 3), -1):
            form, words = pieces.folded[n], lexicon()
            apart = pieces[n].after or pieces[n + 1].before or not pieces.same_turn(n, head)
            if apart or form in self.generic | self.joiners or words.frequency(form) > SAYING or not form.isalpha():
                break
            first = n
        return first

    @staticmethod
    def _numbered(pieces: NameTokens, at: int) -> bool:
        after = pieces[at + 1]
        return (
            not pieces[at].after
            and after.capital
            and bool(_NUMBER.fullmatch(after.core))
            and pieces.same_turn(at, at + 1)
        )

    def _first(self, pieces: NameTokens, head: int) -> int:
        """First piece of the capitalised name that ends at `head`."""
        first = head
        for n in range(head - 1, max(-1, head - LONGEST), -1):
            if pieces[n].after or pieces[n + 1].before or not pieces.same_turn(n, head):
                break
            form, words = pieces.folded[n], lexicon()
            if (
                pieces[n].capital
                and form not in words.capitals
                and not (pieces[n].initial and words.frequency(form) > 5.6)
            ):
                first = n
            elif form not in self.joiners:
                break
        return first


class Acronyms:
    """Three to six capitals that stand on no list of what everybody has ("PSNI", "NSFT")."""

    name: ClassVar[str] = "acronym"
    categories: ClassVar[tuple[Category, ...]] = ("ORG",)

    def find(self, transcript: Analysis) -> list[Candidate]:
        """Candidates in spoken order."""
        pieces, words = transcript.name_tokens, lexicon()
        found = []
        for at in range(len(pieces)):
            core = pieces[at].core
            if not (3 <= len(core) <= 6 and core.isalpha() and core.isupper()) or _ROMAN.fullmatch(core):
                continue
            form = pieces.folded[at]
            known = core in allow_list.ACRONYMS or form in words.capitals or form.removesuffix("s") in words.capitals
            shouting = form in words.everyday or any(
                pieces[n].core.isupper() and len(pieces[n].core) > 1 for n in (at - 1, at + 1) if 0 <= n < len(pieces)
            )
            if not known and not shouting:
                found.append(pieces.candidate(at, at, category="ORG", score=0.7, method=self.name))
        return found
