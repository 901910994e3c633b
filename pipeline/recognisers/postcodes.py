"""Postcodes, written or spelled out ("N R three, one A B", "N for Norwich…", "IP239ZZ").

Shape after the Royal Mail's Programmers' Guide; a first part in a known area raises the score. What a recogniser
garbles (a letter lost from or added to the area) still counts when somebody has just asked for the postcode.
"""

from __future__ import annotations

import re

from pipeline.recognisers.formats import Format, FormatRecogniser
from pipeline.recognisers.tables import table

AREAS = frozenset(str(a) for a in table("identifiers")["postcode_areas"])
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


def recogniser() -> FormatRecogniser:
    """Finds postcodes and, where one was asked for, halves of one."""
    return FormatRecogniser("postcodes", FORMATS)
