"""Addresses: number and street, flats and plots, streets by name; also as a recogniser hears them, in lower case.

A street by itself is found where its last word hardly ever ends anything else ("Road", "Wynd"); "Close" or "Hill"
need a house number or a cue ("live at"). Villages, towns and named places are the names recogniser's.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from pipeline.core.document import Category
from pipeline.redaction.patterns.postcodes import PostcodeRecogniser
from pipeline.redaction.text.allow_list import UNITS
from pipeline.redaction.text.analysis import Analysis
from pipeline.redaction.text.number_tokens import tokens_of_word
from pipeline.redaction.text.spans import Candidate
from pipeline.redaction.text.tables import table, words_of

_T = table("addresses")


def _any(name: str) -> str:
    return "|".join(re.escape(w) for w in sorted(set(words_of(_T[name])), key=len, reverse=True))


def _capital(name: str) -> str:
    return "|".join(re.escape(w[0].upper() + w[1:]) for w in sorted(set(words_of(_T[name])), key=len, reverse=True))


_NAME = r"[A-Z][\w’'-]*"
_NUM = r"\d{1,4}[a-zA-Z]?"
_UNIT = rf"(?:(?i:{_any('units')})\s+(?:{_NUM}|[A-K])\b,?\s+(?:on\s+|at\s+|in\s+)?)"
_TYPE = rf"(?:{_capital('firm')}|{_capital('loose')})"
_WELSH = _capital("welsh")

#: "flat 2, 9 Cutwater Street", "Unit 9 on Harrier Drove", "47a Marlpit Close", "12 Heol Fawr"
NUMBERED = re.compile(
    rf"\b(?:{_UNIT})?(?:{_NUM}),?\s+(?:on\s+)?(?:(?:{_NAME}\s+){{1,3}}{_TYPE}\b|(?:{_WELSH})[\s-]{_NAME}(?:\s+{_NAME})?)"
)
UNIT_ON = re.compile(rf"\b{_UNIT}(?:{_NAME}\s+){{1,3}}{_TYPE}\b")
#: "we're Plot Three"
UNIT = re.compile(rf"(?<![.?!]\s)(?<!^)\b(?:{_capital('units')})\s+(?:{_NUM})\b")
ANY_UNIT = re.compile(rf"\b(?i:{_any('units')})\s+(?:{_NUM})\b")
#: "Duke Street"
STREET = re.compile(rf"\b(?:{_NAME}\s+){{1,3}}(?:{_capital('firm')})\b")
LOOSE_STREET = re.compile(rf"\b(?:{_NAME}\s+){{1,2}}(?:{_capital('loose')})\b")
#: as heard: "14 cobbler's loke", "47 marlpit road"
HEARD = re.compile(
    rf"\b(?:{_NUM}),?\s+(?P<name>(?:[\w’'-]+\s+){{1,2}})(?P<type>{_any('firm')}|{_any('loose')})\b", re.IGNORECASE
)
_FIRM = frozenset(words_of(_T["firm"]))

#: Words that are never the name of a street, streets that everybody has, streets that everybody knows.
_NOT_NAMES = UNITS | frozenset(words_of(_T["not_names"]))
_GENERIC = frozenset(words_of(_T["generic"]))
_PUBLIC = frozenset(words_of(_T["public"]))


class AddressRecogniser:
    """Addresses and streets."""

    name = "addresses"
    categories: tuple[Category, ...] = ("ADDRESS",)

    def find(self, transcript: Analysis) -> list[Candidate]:
        """See `Recogniser.find`."""
        normalised, cues = transcript.normalised, transcript.cues
        out: list[Candidate] = []

        def add(
            match: re.Match[str], score: float, kind: str, *, need_cue: int | None = None, cue_score: float = 0.0
        ) -> None:
            first, last = normalised.word_span(*match.span())
            distance = cues.distance("address", first, last, before=need_cue)
            if need_cue is not None and distance is None:
                return
            final = max(score, cue_score) if distance is not None else score
            if transcript.same_turn(first, last):
                cue = "address" if distance is not None else ""
                out.append(
                    transcript.candidate("ADDRESS", first, last, score=final, method=self.name, cue=cue, kind=kind)
                )

        text = normalised.text
        for match in NUMBERED.finditer(text):
            add(match, 0.92, "address")
        for match in UNIT_ON.finditer(text):
            add(match, 0.94, "address")
        for match in UNIT.finditer(text):
            add(match, 0.66, "address")
        for match in ANY_UNIT.finditer(text):
            if not re.match(r"(?i)number|room|block", match.group()):
                add(match, 0.5, "address", need_cue=5)
        for match in STREET.finditer(text):
            if self._is_named(match.group()):
                add(match, 0.72, "street")
        for match in LOOSE_STREET.finditer(text):
            if self._is_named(match.group()):
                add(match, 0.5, "street", need_cue=2)
        for match in HEARD.finditer(text):
            names = match["name"].lower().replace("’", "'").split()
            if any(w in _NOT_NAMES for w in names):
                continue
            if match["type"].lower() in _FIRM:
                add(match, 0.6, "address", cue_score=0.8)
            else:
                add(match, 0.55, "address", need_cue=6)
        return sorted([*out, *self._before_postcode(transcript)])

    def _before_postcode(self, spoken: Analysis) -> Iterator[Candidate]:
        """A house number and up to three words right before a postcode, whatever the street was heard as."""
        for code in PostcodeRecogniser().find(spoken):
            for k in range(code.first - 2, max(-1, code.first - 5), -1):
                if not spoken.same_turn(k, code.first) or re.search(r"[.?!]$", spoken.words[k].text):
                    break
                tokens = tokens_of_word(spoken.words[k].text, k)
                if tokens[0].kind == "digits" and not tokens[0].quantity and not tokens[0].weak:
                    yield spoken.candidate(
                        "ADDRESS", k, code.first - 1, score=0.7, method=self.name, cue="postcode", kind="address"
                    )
                    break

    @staticmethod
    def _is_named(said: str) -> bool:
        words = said.lower().split()
        return words[-2] not in _GENERIC and " ".join(words[-2:]) not in _PUBLIC and words[0] not in ("the", "a", "i")
