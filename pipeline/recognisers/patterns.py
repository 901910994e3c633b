"""All pattern recognisers together: numbers, dates, ages, addresses, contact details.

A new one touches its module and one line of `recognisers`.
"""

from __future__ import annotations

import functools

from pipeline.recognisers import addresses, ages, contact, dates, identifiers, numbers, postcodes
from pipeline.recognisers.base import Candidate, Recogniser, SpokenText, resolve
from pipeline.recognisers.keep import is_kept


@functools.cache
def recognisers() -> tuple[Recogniser, ...]:
    """One of each, built once."""
    return (
        contact.EmailRecogniser(),
        contact.HandleRecogniser(),
        postcodes.recogniser(),
        numbers.PhoneRecogniser(),
        *identifiers.recognisers(),
        dates.DateRecogniser(),
        ages.AgeRecogniser(),
        addresses.AddressRecogniser(),
    )


def find(transcript: SpokenText) -> list[Candidate]:
    """What the patterns find in an interview: no overlaps, in spoken order, nothing from the keep-list.

    Read-backs of what was found ("I: four Q Z?") are included.
    """
    found = [c for r in recognisers() for c in r.find(transcript)]
    found = [c for c in resolve(found) if not is_kept(transcript, c.first, c.last)]
    return resolve([*found, *numbers.read_backs(transcript, found)])
