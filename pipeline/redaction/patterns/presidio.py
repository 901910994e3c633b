"""Our patterns inside Presidio, and Presidio's own checks as further finders of ours.

`SpokenRecognizer` lets Presidio's AnalyzerEngine (or anybody's) use what this package knows of spoken numbers;
`PresidioPatterns` adds what Presidio does well and nobody says aloud: IBAN, cryptographic wallets, IP addresses, and
telephone numbers of all countries (libphonenumber), read on the normalised text.
"""

from __future__ import annotations

import functools
from typing import Any

from pipeline.core.document import Category
from pipeline.redaction.text.analysis import Analysis
from pipeline.redaction.text.spans import Candidate

#: Presidio's entity -> (our category, kind, score); anything else it finds is left to our own recognisers.
ENTITIES: dict[str, tuple[Category, str, float]] = {
    "PHONE_NUMBER": ("PHONE", "phone number", 0.6),
    "IBAN_CODE": ("OTHER_ID", "bank details", 0.8),
    "CREDIT_CARD": ("OTHER_ID", "card number", 0.8),
    "CRYPTO": ("OTHER_ID", "account", 0.8),
    "IP_ADDRESS": ("OTHER_ID", "IP address", 0.6),
}
REGIONS = ("GB", "IE", "PL", "RO", "IN", "PK", "NG", "US")


@functools.cache
def _recognizers() -> tuple[Any, ...]:
    from presidio_analyzer.predefined_recognizers import (
        CreditCardRecognizer,
        CryptoRecognizer,
        IbanRecognizer,
        IpRecognizer,
        PhoneRecognizer,
    )

    return (
        PhoneRecognizer(supported_regions=REGIONS, leniency=2),
        IbanRecognizer(),
        CreditCardRecognizer(),
        CryptoRecognizer(),
        IpRecognizer(),
    )


class PresidioPatterns:
    """Presidio's pattern recognisers on the normalised text, as one recogniser of ours."""

    name = "presidio"
    categories: tuple[Category, ...] = ("PHONE", "OTHER_ID")

    def find(self, transcript: Analysis) -> list[Candidate]:
        """See `Recogniser.find`."""
        normalised = transcript.normalised
        text = normalised.text.replace("\n", " ")
        found: list[Candidate] = []
        for recognizer in _recognizers():
            for result in recognizer.analyze(text, list(ENTITIES), None) or ():
                category, kind, score = ENTITIES[result.entity_type]
                first, last = normalised.word_span(result.start, result.end)
                digits = "".join(c for c in text[result.start : result.end] if c.isdigit())
                short_ip = result.entity_type == "IP_ADDRESS" and len(digits) < 8  # "1.2" is a section, not a machine
                if transcript.same_turn(first, last) and not short_ip:
                    found.append(
                        transcript.candidate(
                            category, first, last, score=score, method=self.name, kind=kind, value=digits
                        )
                    )
        return sorted(found)
