"""The key sheet's names wherever they are said, also as the speech recogniser may have heard them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from pipeline.core.document import Category
from pipeline.core.keysheet import KeySheet
from pipeline.redaction.names.tagger import Survey
from pipeline.redaction.text.lexicon import fold, lexicon
from pipeline.redaction.text.phonetics import likeness, same_name
from pipeline.redaction.text.spans import Candidate
from pipeline.redaction.text.tables import table, words_of
from pipeline.redaction.text.tokens import NameTokens

SHORT = 3
#: A known name that is an everyday word counts from this chance on, a sound-alike after "my husband" from
#: this likeness.
LIKELY = 0.08
CUED = 0.62
#: Likeness in spelling that two words must have with a name to be that name cut in two.
SPLIT = 0.85


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
        classes = table("names")
        self._cues = frozenset(words_of([*classes["kin"], *classes["staff"], "called", "named"]))

    def find(self, survey: Survey, *, from_asr: bool = True) -> list[Candidate]:
        """Whole names, then each part of a person's name, also in small letters and as it may have been misheard.

        `from_asr` says that a speech recogniser wrote the words: then one name may be two words.
        """
        pieces = survey.pieces
        found: list[Candidate] = []
        for entity in self.known:
            for name in entity.names:
                parts = [fold(part) for part in name.split()]
                if len(parts) > 1:
                    for at in range(len(pieces) - len(parts) + 1):
                        if self._matches(pieces, at, parts):
                            found.append(self._candidate(pieces, at, at + len(parts) - 1, entity, 0.99))
                if entity.category == "PERSON" or len(parts) == 1:
                    for part in parts:
                        found += self._single(survey, part, entity)
                        found += self._split(pieces, part, entity) if from_asr else []
        return found

    def _candidate(self, pieces: NameTokens, first: int, last: int, entity: Known, score: float) -> Candidate:
        return pieces.candidate(
            first, last, category=entity.category, score=score, method=self.name, cue="key sheet", value=entity.ref
        )

    @staticmethod
    def _matches(pieces: NameTokens, at: int, parts: list[str]) -> bool:
        heard = [form.removesuffix("'s") for form in pieces.folded[at : at + len(parts)]]
        return pieces.same_turn(at, at + len(parts) - 1) and (
            heard == parts or all(same_name(h, p) and len(p) > SHORT for h, p in zip(heard, parts, strict=True))
        )

    def _single(self, survey: Survey, part: str, entity: Known) -> list[Candidate]:
        pieces, words = survey.pieces, lexicon()
        everyday = part in words.everyday and words.frequency(part) > 3.0
        found = []
        for at in range(len(pieces)):
            form, piece = pieces.folded[at], pieces[at]
            if form.removesuffix("'s") == part:
                if not everyday or (piece.capital and not piece.initial) or survey.named(at) >= LIKELY:
                    found.append(self._candidate(pieces, at, at, entity, 0.98))
            elif self._sounds(pieces, at, part):
                found.append(self._candidate(pieces, at, at, entity, 0.9))
        return found

    def _sounds(self, pieces: NameTokens, at: int, part: str) -> bool:
        """True if the piece may be the name misheard: an unknown word, or any word right after a cue for a person."""
        form, piece, words = pieces.folded[at], pieces[at], lexicon()
        if len(part) <= SHORT or abs(len(form) - len(part)) > 3 or form in words.capitals:
            return False
        if form not in words.everyday and (piece.capital or words.frequency(form) < 2.5):
            return same_name(form, part, strict=0.79 if words.frequency(form) < 2.0 else 0.88)
        cued = (
            at > 0
            and pieces.same_turn(at - 1, at)
            and pieces.folded[at - 1] in self._cues
            and not pieces[at - 1].after.strip(",")
        )
        return cued and len(form) > SHORT and words.frequency(form) < 5.5 and likeness(form, part) >= CUED

    def _split(self, pieces: NameTokens, part: str, entity: Known) -> list[Candidate]:
        """The name heard as two words ("yet under" for Yetunde)."""
        from rapidfuzz.distance import JaroWinkler

        found: list[Candidate] = []
        if len(part) < 6:
            return found
        for at in range(len(pieces) - 1):
            a, b = pieces.folded[at], pieces.folded[at + 1]
            if (
                a[0] != part[0]
                or abs(len(a) + len(b) - len(part)) > 2
                or pieces[at].after.strip("-")
                or not pieces.same_turn(at, at + 1)
            ):
                continue
            if same_name(a + b, part, strict=0.88) and JaroWinkler.similarity(a + b, part) >= SPLIT:
                found.append(self._candidate(pieces, at, at + 1, entity, 0.85))
        return found
