"""Postcodes, written or spelled out ("N R three, one A B", "N for Norwich…", "IP239ZZ").

Shape after the Royal Mail's Programmers' Guide; a first part in a known area raises the score. What a recogniser
garbles (a letter lost from or added to the area) still counts when somebody has just asked for the postcode.
"""

from __future__ import annotations

import re
from dataclasses import replace

from pipeline.redaction.patterns.formats import Format, FormatRecogniser
from pipeline.redaction.text.analysis import Analysis
from pipeline.redaction.text.spans import Candidate
from pipeline.redaction.text.tables import table

AREAS = frozenset(str(a) for a in table("identifiers")["postcode_areas"])
HEARD_AS = {word: letter for letter, words in table("identifiers")["heard_letters"].items() for word in words}
_FULL = re.compile(r"([A-Z0]{1,2})(\d[\dA-Z]?)(\d)([A-Z]{2})")


def area_bonus(value: str) -> float:
    """0.25 for an area that exists, else 0. A nought at the start is the letter O ("oh X four")."""
    match = _FULL.fullmatch(value)
    if not match:
        return 0.0
    area = match[1].replace("0", "O")
    return 0.25 if area in AREAS else 0.0


FORMATS = (
    Format("POSTCODE", "postcode", _FULL, 0.65, "postcode", 0.9, check=area_bonus, stops=2),
    Format("POSTCODE", "postcode", re.compile(r"[A-Z0]{1,3}\d{1,3}[A-Z]?\d[A-Z]{2}"), 0.55, "postcode", 0.85),
    Format("POSTCODE", "postcode", re.compile(r"[A-Z]{1,2}\d{2,3}[A-Z]"), 0.0, "postcode", 0.6, reach=3, stops=0),
    Format("POSTCODE", "half a postcode", re.compile(r"\d[A-Z]{2}"), 0.0, "postcode", 0.75, reach=8, stops=0),
    Format(
        "POSTCODE",
        "half a postcode",
        re.compile(r"(?:" + "|".join(sorted(AREAS, key=len, reverse=True)) + r")\d{1,2}[A-Z]?"),
        0.0,
        "postcode",
        0.65,
        reach=6,
        stops=0,
    ),
)


class PostcodeRecogniser(FormatRecogniser):
    """Postcodes and, where one was asked for, halves of one."""

    def __init__(self) -> None:
        super().__init__("postcodes", FORMATS)

    def find(self, transcript: Analysis) -> list[Candidate]:
        """See `Recogniser.find`."""
        return [self._with_first_letter(transcript, c) for c in super().find(transcript)]

    def _with_first_letter(self, spoken: Analysis, found: Candidate) -> Candidate:
        """ "in R31 3QQ": the N was heard as a word; it belongs to the postcode if that makes an area."""
        match = re.match(r"([A-Z])\d", found.value)
        if not match or match[1] in AREAS or found.first == 0 or not spoken.same_turn(found.first - 1, found.first):
            return found
        letter = HEARD_AS.get(spoken.bare[found.first - 1])
        if not letter or letter + match[1] not in AREAS:
            return found
        first = found.first - 1
        fresh = spoken.candidate("POSTCODE", first, found.last, score=found.score, method=self.name)
        return replace(found, first=first, lead=fresh.lead, value=letter + found.value)
