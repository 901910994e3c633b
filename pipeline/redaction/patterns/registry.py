"""All pattern recognisers together: numbers, dates, ages, addresses, contact details.

A new one touches its module and one line of `recognisers`.
"""

from __future__ import annotations

import functools

from pipeline.redaction.patterns import (
    addresses,
    ages,
    contact,
    dates,
    garbled_numbers,
    identifiers,
    phones,
    postcodes,
    presidio,
)
from pipeline.redaction.text.analysis import Analysis
from pipeline.redaction.text.spans import Candidate, Recogniser, resolve


@functools.cache
def recognisers() -> tuple[Recogniser, ...]:
    """One of each, built once."""
    return (
        contact.EmailRecogniser(),
        contact.HandleRecogniser(),
        postcodes.PostcodeRecogniser(),
        phones.PhoneRecogniser(),
        *identifiers.recognisers(),
        dates.DateRecogniser(),
        ages.AgeRecogniser(),
        addresses.AddressRecogniser(),
        presidio.PresidioPatterns(),
    )


def find(transcript: Analysis, *, from_asr: bool = False) -> list[Candidate]:
    """What the patterns find in an interview: no overlaps, in spoken order, nothing from the allow list.

    Read-backs of what was found ("I: four Q Z?") are included. `from_asr` says that a speech recogniser wrote
    the words: then numbers may have lost their shape (see `garbled_numbers`).
    """
    found = [c for r in recognisers() for c in r.find(transcript)]
    found = [c for c in _whole(resolve(found), found) if not transcript.allowed_as(c.first, c.last)]
    found = resolve([*found, *phones.continued(transcript, found)])
    found = resolve([*found, *phones.read_backs(transcript, found), *contact.read_backs(transcript, found)])
    if not from_asr:
        return found
    garbled = [c for c in garbled_numbers.find(transcript, found) if not transcript.allowed_as(c.first, c.last)]
    return resolve([*found, *garbled])


def _whole(kept: list[Candidate], found: list[Candidate]) -> list[Candidate]:
    """Without the remains of numbers in several parts whose first part lost against something better."""
    lost = {(c.method, c.value) for c in set(found) - set(kept) if c.value and c.part == 0}
    return [c for c in kept if not (c.part and (c.method, c.value) in lost)]
