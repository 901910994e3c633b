"""Places by rule: names of several words from the gazetteers, saints' names."""

from __future__ import annotations

from typing import ClassVar

from pipeline.core.document import Category
from pipeline.redaction.text.analysis import Analysis
from pipeline.redaction.text.lexicon import lexicon
from pipeline.redaction.text.spans import Candidate
from pipeline.redaction.text.tokens import NameTokens

_SAINT = frozenset({"saint", "st"})


class NamedPlaces:
    """ "Pity Me", "Port Eynon", "Matlock Bath": whole entries whose first and last words have capitals."""

    name: ClassVar[str] = "gazetteer"
    categories: ClassVar[tuple[Category, ...]] = ("PLACE", "ORG")

    def find(self, transcript: Analysis, *, from_asr: bool = False) -> list[Candidate]:
        """Candidates in spoken order; in recognised speech also "great yarmouth"."""
        pieces, words = transcript.name_tokens, lexicon()
        found: list[Candidate] = []
        at = 0
        while at < len(pieces):
            length = 0
            if pieces[at].capital or from_asr:
                length = max(s.match(pieces.folded, at) for s in (words.places_own, words.places, words.world))
            last = at + length - 1
            small = from_asr and length and not any(pieces[n].capital for n in range(at, last + 1))
            if small and all(form in words.everyday for form in pieces.folded[at : last + 1]):
                at += 1
                continue
            if length and self._whole(pieces, at, last, bool(small)) and not words.capitals.match(pieces.folded, at):
                found.append(pieces.candidate(at, last, category="PLACE", score=0.8, method=self.name))
                at = last
            elif pieces.folded[at] in _SAINT and pieces[at].capital and self._saint(pieces, at):
                found.append(pieces.candidate(at, at + 1, category="ORG", score=0.75, method=self.name))
                at += 1
            at += 1
        return found

    def _saint(self, pieces: NameTokens, at: int) -> bool:
        return self._whole(pieces, at, at + 1) and not lexicon().capitals.match(pieces.folded, at)

    @staticmethod
    def _whole(pieces: NameTokens, first: int, last: int, small: bool = False) -> bool:
        if last >= len(pieces) or not pieces.same_turn(first, last) or not (small or pieces[last].capital):
            return False
        return not any(pieces[n].after.strip(".") for n in range(first, last))
