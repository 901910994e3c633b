"""Our patterns inside Presidio, and Presidio's own checks as further finders of ours.

`SpokenRecognizer` lets Presidio's AnalyzerEngine (or anybody's) use what this package knows of spoken numbers;
`PresidioPatterns` adds what Presidio does well and nobody says aloud: IBAN, cryptographic wallets, IP addresses, and
telephone numbers of all countries (libphonenumber), read on the shadow text.
"""

from __future__ import annotations

import functools
from typing import Any

from pipeline.document import Category, Word
from pipeline.recognisers.base import Candidate, SpokenText
from pipeline.recognisers.spoken import shadow_of

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
    """Presidio's pattern recognisers on the shadow text, as one recogniser of ours."""

    name = "presidio"
    categories: tuple[Category, ...] = ("PHONE", "OTHER_ID")

    def find(self, transcript: SpokenText) -> list[Candidate]:
        """See `Recogniser.find`."""
        shadow = shadow_of(transcript)
        text = shadow.text.replace("\n", " ")
        found: list[Candidate] = []
        for recognizer in _recognizers():
            for result in recognizer.analyze(text, list(ENTITIES), None) or ():
                category, kind, score = ENTITIES[result.entity_type]
                first, last = shadow.word_span(result.start, result.end)
                digits = "".join(c for c in text[result.start : result.end] if c.isdigit())
                short_ip = result.entity_type == "IP_ADDRESS" and len(digits) < 8  # "1.2" is a section, not a machine
                if transcript.same_turn(first, last) and not short_ip:
                    found.append(
                        transcript.candidate(
                            category, first, last, score=score, method=self.name, kind=kind, value=digits
                        )
                    )
        return sorted(found)


@functools.cache
def spoken_recognizer() -> Any:
    """A Presidio `EntityRecognizer` that finds what our patterns find, with their categories as entity types."""
    from presidio_analyzer import EntityRecognizer, RecognizerResult

    from pipeline.recognisers import patterns

    class SpokenRecognizer(EntityRecognizer):
        """See the module."""

        def __init__(self) -> None:
            categories: list[str] = sorted({c for r in patterns.recognisers() for c in r.categories})
            super().__init__(supported_entities=categories, name="spoken", supported_language="en")

        def load(self) -> None:
            """Nothing to load."""

        def analyze(self, text: str, entities: list[str], nlp_artifacts: Any = None) -> list[Any]:
            """Results with character offsets into `text`; a text without labels is one person's."""
            words: list[Word] = []
            starts: list[int] = []
            at = 0
            for piece in text.split():
                at = text.index(piece, at)
                words.append(Word(text=piece, role="P"))
                starts.append(at)
                at += len(piece)
            results = []
            for found in patterns.find(SpokenText(words)):
                if found.category in entities:
                    start = starts[found.first] + len(found.lead)
                    end = starts[found.last] + len(words[found.last].text) - len(found.tail)
                    results.append(RecognizerResult(found.category, start, end, found.score))
            return results

    return SpokenRecognizer()
