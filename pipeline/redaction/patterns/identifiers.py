"""Numbers that are one person's: NHS and CHI, National Insurance, vehicles, bank details, references by cue.

Sources: NHS Data Dictionary (modulus 11), HMRC NIM39110, DVLA INF104, Luhn (ISO/IEC 7812-1).
"""

from __future__ import annotations

import re
from dataclasses import replace

from pipeline.redaction.patterns.formats import SPELLING, Format, FormatRecogniser
from pipeline.redaction.text.analysis import Analysis
from pipeline.redaction.text.spans import Candidate


def nhs_check(digits: str) -> bool:
    """Modulus 11 of a ten-digit NHS, CHI or H&C number: weights 10..2, check digit 11 - remainder, 10 is invalid."""
    if not re.fullmatch(r"\d{10}", digits):
        return False
    total = sum(int(d) * weight for d, weight in zip(digits, range(10, 1, -1), strict=False))
    return (11 - total % 11) % 11 == int(digits[9])  # 10 never equals a digit


def chi_date(digits: str) -> bool:
    """True if the first six digits of a ten-digit number are a day, month and year (Scotland's CHI)."""
    return bool(re.fullmatch(r"(?:0[1-9]|[12]\d|3[01])(?:0[1-9]|1[0-2])\d{6}", digits))


def luhn(digits: str) -> bool:
    """The check digit of payment cards."""
    total = 0
    for k, char in enumerate(reversed(digits)):
        value = int(char) * (2 if k % 2 else 1)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def _nhs_bonus(value: str) -> float:
    return (0.25 if nhs_check(value) else 0.0) + (0.15 if value.startswith("999") or chi_date(value) else 0.0)


def _ni_bonus(value: str) -> float:
    return 0.05 if re.fullmatch(r"[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z]\d{6}[A-D]", value) else 0.0


def _card_bonus(value: str) -> float:
    return 0.3 if luhn(value) else 0.0


def _irish_plate(value: str) -> float:
    """Northern Irish plates hold an I or a Z; without one the shape is too common."""
    return 0.0 if re.search(r"[IZ]", value[:3]) else -0.3


NHS = (
    Format("NHS_NUMBER", "NHS number", re.compile(r"\d{10}"), 0.6, "nhs_number", 0.9, check=_nhs_bonus, stops=3),
    Format("NHS_NUMBER", "NHS number", re.compile(r"\d{9}|\d{11,12}"), 0.0, "nhs_number", 0.86, stops=3),
    Format("NHS_NUMBER", "NHS number", re.compile(r"\d{6,8}"), 0.0, "nhs_number", 0.7, reach=14),
)
NI = (
    Format(
        "NI_NUMBER", "NI number", re.compile(r"[A-Z]{2}\d{6}[A-Z]"), 0.9, "ni_number", 0.95, check=_ni_bonus, stops=2
    ),
    Format("NI_NUMBER", "NI number", re.compile(r"[A-Z]{1,3}\d{5,7}[A-Z]"), 0.55, "ni_number", 0.9, stops=2),
    Format("NI_NUMBER", "NI number", re.compile(r"[A-Z]{2}\d{6}"), 0.6, "ni_number", 0.88, stops=2),
    Format(
        "NI_NUMBER", "NI number", re.compile(r"(?=(?:.*\d){4})[A-Z0]{0,3}\d{3,9}[A-Z]?"), 0.0, "ni_number", 0.8, stops=2
    ),
)
VEHICLE = (
    Format("VEHICLE", "vehicle registration", re.compile(r"[A-Z]{2}\d{2}[A-Z0]{3}"), 0.85, "vehicle", 0.95),
    Format("VEHICLE", "vehicle registration", re.compile(r"[A-Z]\d{1,3}[A-Z]{3}"), 0.6, "vehicle", 0.9),
    Format("VEHICLE", "vehicle registration", re.compile(r"[A-Z]{3}\d{1,3}[A-Z]"), 0.6, "vehicle", 0.9),
    Format("VEHICLE", "vehicle registration", re.compile(r"[A-Z]{3}\d{3,4}"), 0.75, "vehicle", 0.9, check=_irish_plate),
    Format("VEHICLE", "vehicle registration", re.compile(r"[A-Z]{1,2}\d{3,4}"), 0.0, "vehicle", 0.6, reach=6),
    Format(
        "VEHICLE",
        "vehicle registration",
        re.compile(r"(?=.*[A-Z].*[A-Z])(?=.*\d.*\d)[A-Z]{0,4}\d{1,4}[A-Z]{0,4}"),
        0.0,
        "vehicle",
        0.78,
        reach=16,
    ),
    Format("VEHICLE", "fishing number", re.compile(r"[A-Z]{1,3}\d{1,4}"), 0.0, "vessel", 0.75),
)
BANK = (
    Format("OTHER_ID", "card number", re.compile(r"\d{15,16}"), 0.65, "bank", 0.9, check=_card_bonus, stops=2),
    Format("OTHER_ID", "bank details", re.compile(r"\d{6,8}"), 0.0, "bank", 0.85),
    Format("OTHER_ID", "bank details", re.compile(r"\d{5}|\d{9,14}"), 0.0, "bank", 0.72, reach=8),
    Format("OTHER_ID", "bank details", re.compile(r"\d{3,4}"), 0.0, "phone_ending", 0.6, reach=3, stops=0),
)
_MIXED = r"(?=(?:.*\d){3})"
REFERENCE = (
    Format(
        "OTHER_ID",
        "reference number",
        re.compile(_MIXED + r"(?=.*[A-Z])[A-Z\d]{4,18}"),
        0.0,
        "reference",
        0.82,
        weak_edges=False,
    ),
    Format("OTHER_ID", "reference number", re.compile(r"\d{5,16}"), 0.0, "reference", 0.8),
    Format("OTHER_ID", "reference number", re.compile(r"\d{4}"), 0.0, "reference", 0.62, reach=4, stops=0),
    # "conductor 84226", "PC 4417"
    Format("OTHER_ID", "service number", re.compile(r"\d{4,8}|[A-Z]{1,2}\d{3,7}"), 0.0, "rank", 0.78, reach=1),
    # No cue at all: nobody says seven figures, or six with a letter among them, about anything harmless.
    Format("OTHER_ID", "reference number", re.compile(r"(?=(?:.*\d){3})(?=.*[A-Z])[A-Z\d]{4,14}"), 0.0, SPELLING, 0.68),
    Format("OTHER_ID", "reference number", re.compile(r"\d{5,14}"), 0.0, SPELLING, 0.62),
    Format("OTHER_ID", "long number", re.compile(r"\d{7,20}"), 0.55, no_list=True),
    Format(
        "OTHER_ID",
        "long number",
        re.compile(r"(?=(?:.*\d){4})(?=.*[A-Z])[A-Z\d]{6,14}"),
        0.6,
        weak_edges=False,
        stops=0,
    ),
)


class VehicleRecogniser(FormatRecogniser):
    """Registrations, and the name of a boat before its fishing number ("the Constant Hope, A 419")."""

    def find(self, transcript: Analysis) -> list[Candidate]:
        """See `Recogniser.find`."""
        found = super().find(transcript)
        return found + [n for c in found if c.kind == "fishing number" and (n := self._boat(transcript, c))]

    def _boat(self, spoken: Analysis, number: Candidate) -> Candidate | None:
        k = number.first - 1
        while k >= 0 and number.first - k <= 3 and spoken.words[k].text[:1].isupper() and spoken.bare[k] != "the":
            k -= 1
        if k < 0 or k == number.first - 1 or spoken.bare[k] != "the" or not spoken.same_turn(k, number.first):
            return None
        return replace(
            spoken.candidate(
                "VEHICLE",
                k + 1,
                number.first - 1,
                score=number.score,
                method=self.name,
                cue="vessel",
                kind="boat's name",
            )
        )


def recognisers() -> list[FormatRecogniser]:
    """NHS, National Insurance, vehicles, bank details and references."""
    return [
        FormatRecogniser("nhs-number", NHS),
        FormatRecogniser("ni-number", NI),
        VehicleRecogniser("vehicles", VEHICLE),
        FormatRecogniser("bank", BANK),
        FormatRecogniser("references", REFERENCE),
    ]
