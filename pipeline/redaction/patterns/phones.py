"""Telephone numbers, the rest of a number that was broken off, and read-backs of any number already found.

Shapes after Ofcom's National Telephone Numbering Plan.
"""

from __future__ import annotations

import bisect
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from pipeline.core.document import Category
from pipeline.redaction.patterns.formats import Format, candidates_of, matches
from pipeline.redaction.text.allow_list import PUBLIC_NUMBERS, is_amount
from pipeline.redaction.text.analysis import Analysis
from pipeline.redaction.text.number_runs import Run
from pipeline.redaction.text.spans import Candidate

FORMATS = (
    Format("PHONE", "phone number", re.compile(r"0[1237]\d{9}"), 0.95, "phone", 0.97, stops=2),
    Format("PHONE", "phone number", re.compile(r"0[1237]\d{8}"), 0.88, "phone", 0.95, stops=2),
    Format("PHONE", "phone number", re.compile(r"(?:0044|44)0?[1237]\d{8,9}"), 0.9, "phone", 0.96, stops=2),
    Format("PHONE", "phone number", re.compile(r"0[12378]\d{10,12}|00\d{9,13}"), 0.7, "phone", 0.85, stops=2),
    Format("PHONE", "phone number", re.compile(r"0[1237]\d{5,7}"), 0.72, "phone", 0.84, stops=2),
    Format("PHONE", "part of a phone number", re.compile(r"0[127]\d{2,4}"), 0.5, "phone", 0.78, stops=0),
    Format("PHONE", "part of a phone number", re.compile(r"07\d{3}|01\d{3}"), 0.62, "phone", 0.82, stops=0),
    Format("PHONE", "phone number", re.compile(r"[2-9]\d{5,8}"), 0.0, "phone", 0.66, reach=12),
    Format("PHONE", "end of a phone number", re.compile(r"\d{3,4}"), 0.0, "phone_ending", 0.7, reach=2, stops=0),
)
WHOLE = {"PHONE": 11, "NHS_NUMBER": 10}
CONTINUES_WITHIN = 25
READ_BACK_WITHIN = 80
#: So many characters of a number are a read-back wherever they are said.
ANYWHERE = 5


class PhoneRecogniser:
    """Telephone numbers. What was said in parts with other words between them is joined by `continued`."""

    name = "phones"
    categories: tuple[Category, ...] = ("PHONE",)

    def find(self, transcript: Analysis) -> list[Candidate]:
        """See `Recogniser.find`."""
        normalised = transcript.normalised
        found = [f for f in matches(transcript, FORMATS) if f.value not in PUBLIC_NUMBERS]
        return [c for f in found for c in candidates_of(normalised, f, self.name)]


@dataclass(frozen=True)
class NumberChunk:
    """Digits and letters said in one breath: words first..last, by one person."""

    first: int
    last: int
    value: str


def chunks_of(spoken: Analysis, taken: set[int]) -> list[NumberChunk]:
    """What is left of the runs outside the words `taken`, cut at fillers, sentence ends and turns."""
    out: list[NumberChunk] = []
    for run in spoken.normalised.runs:
        out += [NumberChunk(a, b, value) for a, b, value in run.echoes if a not in taken]
        start = 0
        for k in range(1, len(run.tokens) + 1):
            if k < len(run.tokens) and run.gaps[k] in ("", "comma") and run.tokens[k].first not in taken:
                if run.tokens[start].first not in taken:
                    continue
                start = k
                continue
            chunk = _trimmed(run, start, k - 1)
            if chunk and chunk.first not in taken and chunk.last not in taken:
                out.append(chunk)
            start = k
    return sorted(out, key=lambda p: p.first)


def _trimmed(run: Run, i: int, j: int) -> NumberChunk | None:
    """Tokens i..j without weak letters ("a", "I") at the ends."""
    while i <= j and run.tokens[i].weak:
        i += 1
    while j >= i and run.tokens[j].weak:
        j -= 1
    return NumberChunk(run.tokens[i].first, run.tokens[j].last, run.value(i, j)) if i <= j else None


def continued(spoken: Analysis, found: Sequence[Candidate]) -> list[Candidate]:
    """The rest of a number whose beginning was found ("07700 - wait, here it is - 900 072"), with its read-backs.

    Only for kinds whose whole length is known, and only until it is reached.
    """
    taken = {n for c in found for n in range(c.first, c.last + 1)}
    chunks = chunks_of(spoken, taken)
    firsts = [chunk.first for chunk in chunks]
    out: list[Candidate] = []
    lasts = {(c.method, c.value): c for c in found}  # the last part of each number
    for start in lasts.values():
        whole = WHOLE.get(start.category)
        if not whole or not start.value.isdigit() or len(start.value) >= whole:
            continue
        out += _follow(spoken, start, whole, islice(chunks, bisect.bisect_right(firsts, start.last), None))
    return out


def _follow(spoken: Analysis, start: Candidate, whole: int, chunks: Iterable[NumberChunk]) -> list[Candidate]:
    out: list[Candidate] = []
    value, role, at = start.value, spoken.roles[start.first], start.last
    for chunk in chunks:
        gap = chunk.first - at - 1
        if gap > CONTINUES_WITHIN:
            break
        if not chunk.value.isdigit() or is_amount(spoken, chunk.first, chunk.last, chunk.value):
            continue
        repeat = chunk.value in value[-len(chunk.value) - 4 :] and (len(chunk.value) > 1 or gap <= 6)
        if repeat and (spoken.roles[chunk.first] != role or len(value) >= whole):
            pass  # a read-back
        elif spoken.roles[chunk.first] == role and len(value) < whole and len(value) + len(chunk.value) <= whole + 1:
            if gap > (6 if len(chunk.value) < 3 else CONTINUES_WITHIN):
                continue
            value += chunk.value
        else:
            continue
        part = spoken.candidate(
            start.category, chunk.first, chunk.last, score=max(0.7, start.score - 0.05), method=start.method
        )
        out.append(replace(part, cue=start.cue, kind=start.kind, value=start.value, part=start.part + 1 + len(out)))
        at = chunk.last
    return out


def read_backs(spoken: Analysis, found: Sequence[Candidate]) -> list[Candidate]:
    """NameTokens that repeat (part of) a number already found: "I: four Q Z", "so that's nine hundred…".

    Near the number three characters are enough; anywhere in the interview five are.
    """
    cues = spoken.cues
    whole = {
        (c.method, c.value)
        for c in found
        if any(ch.isdigit() for ch in c.value) and len(c.value) >= 4 and c.category not in ("DATE", "AGE")
    }
    known = _Known([c for c in found if (c.method, c.value) in whole])
    taken = {n for c in found for n in range(c.first, c.last + 1)}
    out: list[Candidate] = []
    for chunk in chunks_of(spoken, taken):
        value = chunk.value
        if len(value) < 3 or value.isalpha() or is_amount(spoken, chunk.first, chunk.last, value):
            continue
        if (
            value in PUBLIC_NUMBERS
            and cues.distance("emergency", chunk.first, chunk.last, before=3, after=2) is not None
        ):
            continue
        match = next((c for c in known.near(value, chunk.first) if value in c.value), None)
        if match is not None:
            part = spoken.candidate(
                match.category, chunk.first, chunk.last, score=0.75, method="read-back", kind=match.kind
            )
            out.append(replace(part, value=match.value, part=1))
    return out


class _Known:
    """Numbers found, by the strings of ANYWHERE characters in them and by where they stand."""

    def __init__(self, found: Sequence[Candidate]) -> None:
        self._found = found
        self._holding: dict[str, list[Candidate]] = {}
        for candidate in found:
            value = candidate.value
            for part in {value[k : k + ANYWHERE] for k in range(len(value) - ANYWHERE + 1)}:
                self._holding.setdefault(part, []).append(candidate)
        self._order = sorted(range(len(found)), key=lambda n: found[n].last)
        self._lasts = [found[n].last for n in self._order]

    def near(self, value: str, first: int) -> Iterator[Candidate]:
        """Numbers that a chunk at the word `first` may repeat, in the order in which they were found."""
        if len(value) >= ANYWHERE:
            yield from self._holding.get(value[:ANYWHERE], ())
            return
        low = bisect.bisect_left(self._lasts, first - READ_BACK_WITHIN)
        high = bisect.bisect_right(self._lasts, first + READ_BACK_WITHIN)
        yield from (self._found[n] for n in sorted(self._order[low:high]))
