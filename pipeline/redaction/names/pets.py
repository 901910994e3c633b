"""Animals by rule: "Biscuit, the dog is", "this cat, gravy,", "a whippet called Flash".

A pet's name is often an everyday word, and a recogniser writes it in small letters; who reads "Biscuit and Sparky the
greyhound" in the village knows whose they are.
"""

from __future__ import annotations

from typing import ClassVar

from pipeline.core.document import Category
from pipeline.redaction.text.analysis import Analysis
from pipeline.redaction.text.lexicon import lexicon
from pipeline.redaction.text.spans import Candidate
from pipeline.redaction.text.tables import table, words_of
from pipeline.redaction.text.tokens import NameTokens

#: Zipf frequency from which on an everyday word after "my dog," is what it seems ("my dog, anyway,").
COMMON = 4.7


class PetNames:
    """The word beside an animal that is set apart as its name."""

    name: ClassVar[str] = "pets"
    categories: ClassVar[tuple[Category, ...]] = ("PERSON",)

    def __init__(self) -> None:
        cues = table("cue_words")
        self.animals = frozenset(words_of(cues["animals"]))
        self.owners = frozenset(words_of(cues["owners"]))
        self.called = frozenset(words_of(cues["called"]))

    def find(self, transcript: Analysis) -> list[Candidate]:
        """Candidates in spoken order."""
        pieces = transcript.name_tokens
        found = {}
        for at in range(len(pieces)):
            if pieces.folded[at].removesuffix("'s") not in self.animals:
                continue
            for name in (self._before(pieces, at), self._after(pieces, at)):
                if name is not None:
                    found[name] = pieces.candidate(name, name, category="PERSON", score=0.6, method=self.name)
        return [found[n] for n in sorted(found)]

    def _before(self, pieces: NameTokens, animal: int) -> int | None:
        """X in "X, the dog"."""
        name = animal - 2
        if name < 0 or pieces.folded[animal - 1] not in self.owners or not pieces.same_turn(name, animal):
            return None
        if not pieces[name].after.startswith(",") or not self._is_name(pieces, name):
            return None
        return name if pieces[name].capital or pieces[name].initial else None  # "tea, biscuits, the dog"

    def _after(self, pieces: NameTokens, animal: int) -> int | None:
        """X in "our dog called X", "this cat, X,"."""
        at = animal + 1
        if at >= len(pieces) or not pieces.same_turn(animal, at):
            return None
        if pieces.folded[at] in self.called:
            name = at + 1
            near = name < len(pieces) and pieces.same_turn(animal, name) and not pieces[at].after.strip(",")
            return name if near and self._is_name(pieces, name) else None
        owned = animal > 0 and pieces.folded[animal - 1] in self.owners
        apart = pieces[animal].after == "," and pieces[at].after[:1] in (",", ".", "?", "!")
        return at if owned and apart and self._is_name(pieces, at) else None

    @staticmethod
    def _is_name(pieces: NameTokens, at: int) -> bool:
        form, words = pieces.folded[at].removesuffix("'s"), lexicon()
        return len(form) > 2 and form.isalpha() and form not in words.capitals and words.frequency(form) < COMMON
