"""Telephone numbers, the rest of a number that was broken off, and read-backs of any number already found.

Shapes after Ofcom's National Telephone Numbering Plan.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from pipeline.recognisers.base import Candidate, SpokenText
from pipeline.recognisers.cues import cues_of
from pipeline.recognisers.formats import Format, Found, candidates_of, matches
from pipeline.recognisers.keep import PUBLIC_NUMBERS, is_amount
from pipeline.recognisers.spoken import Run, Shadow, shadow_of

FORMATS = (
    Format("PHONE", "phone number", re.compile(r"0[1237]\d{9}"), 0.95, "phone", 0.97, stops=2),
    Format("PHONE", "phone number", re.compile(r"0[1237]\d{8}"), 0.88, "phone", 0.95, stops=2),
    Format("PHONE", "phone number", re.compile(r"(?:0044|44)0?[1237]\d{8,9}"), 0.9, "phone", 0.96, stops=2),
    Format("PHONE", "phone number", re.compile(r"0[12378]\d{10,12}|00\d{9,13}"), 0.7, "phone", 0.85, stops=2),
    Format("PHONE", "phone number", re.compile(r"0[1237]\d{5,7}"), 0.72, "phone", 0.9, stops=2),
    Format("PHONE", "part of a phone number", re.compile(r"0[127]\d{2,4}"), 0.5, "phone", 0.78, stops=0),
    Format("PHONE", "part of a phone number", re.compile(r"07\d{3}|01\d{3}"), 0.62, "phone", 0.82, stops=0),
    Format("PHONE", "phone number", re.compile(r"[2-9]\d{5,8}"), 0.0, "phone", 0.66, reach=12),
    Format("PHONE", "end of a phone number", re.compile(r"\d{3,4}"), 0.0, "phone_ending", 0.7, reach=2, stops=0),
)
WHOLE = {"PHONE": 11, "NHS_NUMBER": 10}
CONTINUES_WITHIN = 25
READ_BACK_WITHIN = 80


class PhoneRecogniser:
    """Telephone numbers, also said in pieces with other words between them."""

    name = "phones"
    categories = ("PHONE",)

    def find(self, transcript: SpokenText) -> list[Candidate]:
        """See `Recogniser.find`."""
        shadow = shadow_of(transcript)
        out: list[Candidate] = []
        for found in matches(transcript, FORMATS):
            if found.value in PUBLIC_NUMBERS:
                continue
            pieces = candidates_of(shadow, found, self.name)
            out += pieces + continued(shadow, pieces, found)
        return out


def continued(shadow: Shadow, pieces: Sequence[Candidate], found: Found) -> list[Candidate]:
    """The rest of a number whose beginning was found ("07700 - wait, here it is - 900 072")."""
    whole, value, last = WHOLE["PHONE"], found.value, pieces[-1]
    out: list[Candidate] = []
    if not value.startswith("0"):
        return out
    for run in shadow.runs:
        first = run.atoms[0].first
        if first <= last.last or len(value) >= whole:
            continue
        if first - last.last > CONTINUES_WITHIN:
            break
        more = run.value(0, len(run.atoms) - 1)
        same_person = shadow.spoken.roles[first] == shadow.spoken.roles[found.run.atoms[0].first]
        if not (same_person and more.isdigit() and 2 <= len(more) <= whole + 1 - len(value)):
            continue
        end = run.atoms[-1].last
        if (
            is_amount(shadow.spoken, first, end, more)
            or more in PUBLIC_NUMBERS
            or (len(more) == 2 and first - last.last > 6)
        ):
            continue
        value += more
        for a, b in shadow.segments(run, 0, len(run.atoms) - 1):
            last = replace(last, first=a, last=b, score=max(0.7, last.score - 0.05), part=last.part + 1)
            out.append(_edges(shadow.spoken, last))
    return out


def _edges(spoken: SpokenText, candidate: Candidate) -> Candidate:
    fresh = spoken.candidate(candidate.category, candidate.first, candidate.last, score=0, method="")
    return replace(candidate, lead=fresh.lead, tail=fresh.tail)


def read_backs(spoken: SpokenText, found: Sequence[Candidate]) -> list[Candidate]:
    """Runs that repeat (part of) a number already found: "I: four Q Z", "so that's nine hundred…".

    Near the number three characters are enough; anywhere in the interview five are.
    """
    shadow, cues = shadow_of(spoken), cues_of(spoken)
    known = [c for c in found if len(c.value) >= 4 and any(ch.isdigit() for ch in c.value)]
    taken = {n for c in found for n in range(c.first, c.last + 1)}
    out: list[Candidate] = []
    for run in shadow.runs:
        i, j = _trimmed(run)
        if j < i:
            continue
        value = run.value(i, j)
        first, last = run.words(i, j)
        if len(value) < 3 or first in taken or value.isalpha() or is_amount(spoken, first, last, value):
            continue
        if value in PUBLIC_NUMBERS and cues.distance("emergency", first, last, before=3, after=2) is not None:
            continue
        match = next((c for c in known if value in c.value and _close(c, first, value)), None)
        if match is None:
            continue
        for part, (a, b) in enumerate(shadow.segments(run, i, j)):
            out.append(
                replace(
                    spoken.candidate(
                        match.category, a, b, score=0.75, method="read-back", kind=match.kind, value=match.value
                    ),
                    part=part + 1,
                )
            )
    return out


def _close(known: Candidate, first: int, value: str) -> bool:
    return len(value) >= 5 or abs(first - known.last) <= READ_BACK_WITHIN


def _trimmed(run: Run) -> tuple[int, int]:
    """The run without weak letters at its ends."""
    i, j = 0, len(run.atoms) - 1
    while i <= j and run.atoms[i].weak:
        i += 1
    while j >= i and run.atoms[j].weak:
        j -= 1
    return i, j
