"""The key sheet's names wherever they are said, also as the speech recogniser may have heard them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from pipeline.document import Category
from pipeline.keysheet import KeySheet
from pipeline.recognisers.base import Candidate, SpokenText
from pipeline.recognisers.lexicon import fold, lexicon
from pipeline.recognisers.phonetics import same_name
from pipeline.recognisers.pieces import Pieces

SHORT = 3


@dataclass(frozen=True)
class Known:
    """One entity of the key sheet: `ref` is its place in the sheet ("people[2]"), `label` what replaces it."""

    ref: str
    category: Category
    names: tuple[str, ...]
    label: str


def known(sheet: KeySheet) -> list[Known]:
    """All entities of a key sheet."""
    rows: list[Known] = []
    if sheet.participant:
        rows.append(Known("participant", "PERSON", sheet.participant.names, sheet.participant.label or "participant"))
    if sheet.interviewer:
        rows.append(Known("interviewer", "PERSON", sheet.interviewer.names, sheet.interviewer.label or "interviewer"))
    rows += [Known(f"people[{n + 1}]", "PERSON", p.names, p.label or "") for n, p in enumerate(sheet.people)]
    rows += [Known(f"places[{n + 1}]", "PLACE", (name,), "") for n, name in enumerate(sheet.places)]
    return rows + [Known(f"organisations[{n + 1}]", "ORG", (name,), "") for n, name in enumerate(sheet.organisations)]


class KeySheetNames:
    """Finds the names of one key sheet. The candidate's `value` is the entity's place in the sheet."""

    name: ClassVar[str] = "key sheet"
    categories: ClassVar[tuple[Category, ...]] = ("PERSON", "PLACE", "ORG")

    def __init__(self, sheet: KeySheet) -> None:
        self.known = known(sheet)

    def find(self, transcript: SpokenText) -> list[Candidate]:
        """Whole names first, then each part of a person's name that is not an everyday word in small letters."""
        pieces = Pieces(transcript)
        found: list[Candidate] = []
        for entity in self.known:
            for name in entity.names:
                parts = [fold(part) for part in name.split()]
                for at in range(len(pieces) - len(parts) + 1):
                    if self._matches(pieces, at, parts):
                        found.append(self._candidate(pieces, at, at + len(parts) - 1, entity, 0.99))
                if entity.category == "PERSON" and len(parts) > 1:
                    for part in parts:
                        found += self._single(pieces, part, entity)
                elif len(parts) == 1:
                    found += self._single(pieces, parts[0], entity)
        return found

    def _candidate(self, pieces: Pieces, first: int, last: int, entity: Known, score: float) -> Candidate:
        return pieces.candidate(
            first, last, category=entity.category, score=score, method=self.name, cue="key sheet", value=entity.ref
        )

    @staticmethod
    def _matches(pieces: Pieces, at: int, parts: list[str]) -> bool:
        if len(parts) == 1:
            return False
        heard = [form.removesuffix("'s") for form in pieces.folded[at : at + len(parts)]]
        return pieces.same_turn(at, at + len(parts) - 1) and (
            heard == parts or all(same_name(h, p) and len(p) > SHORT for h, p in zip(heard, parts, strict=True))
        )

    def _single(self, pieces: Pieces, part: str, entity: Known) -> list[Candidate]:
        words = lexicon()
        everyday = part in words.everyday and words.frequency(part) > 3.0
        found = []
        for at in range(len(pieces)):
            form, piece = pieces.folded[at], pieces[at]
            if form == part:
                if not everyday or (piece.capital and not piece.initial):
                    found.append(self._candidate(pieces, at, at, entity, 0.98))
                continue
            if len(part) <= SHORT or abs(len(form) - len(part)) > 3 or form in words.everyday or form in words.capitals:
                continue
            if (piece.capital or words.frequency(form) < 2.5) and same_name(form, part):
                found.append(self._candidate(pieces, at, at, entity, 0.9))
        return found
