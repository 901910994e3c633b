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
from pipeline.redaction.text.context_cues import cues_of
from pipeline.redaction.text.number_runs import Run, shadow_of
from pipeline.redaction.text.spans import Candidate, SpokenText

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
    """Telephone numbers. What was said in pieces with other words between them is joined by `continued`."""

    name = "phones"
    categories: tuple[Category, ...] = ("PHONE",)

    def find(self, transcript: SpokenText) -> list[Candidate]:
        """See `Recogniser.find`."""
        shadow = shadow_of(transcript)
        found = [f for f in matches(transcript, FORMATS) if f.value not in PUBLIC_NUMBERS]
        return [c for f in found for c in candidates_of(shadow, f, self.name)]


@dataclass(frozen=True)
class Piece:
    """Digits and letters said in one breath: words first..last, by one person."""

    first: int
    last: int
    value: str


def pieces_of(spoken: SpokenText, taken: set[int]) -> list[Piece]:
    """What is left of the runs outside the words `taken`, cut at fillers, sentence ends and turns."""
    out: list[Piece] = []
    for run in shadow_of(spoken).runs:
        out += [Piece(a, b, value) for a, b, value in run.echoes if a not in taken]
        start = 0
        for k in range(1, len(run.atoms) + 1):
            if k < len(run.atoms) and run.gaps[k] in ("", "comma") and run.atoms[k].first not in taken:
                if run.atoms[start].first not in taken:
                    continue
                start = k
                continue
            piece = _trimmed(run, start, k - 1)
            if piece and piece.first not in taken and piece.last not in taken:
                out.append(piece)
            start = k
    return sorted(out, key=lambda p: p.first)


def _trimmed(run: Run, i: int, j: int) -> Piece | None:
    """Atoms i..j without weak letters ("a", "I") at the ends."""
    while i <= j and run.atoms[i].weak:
        i += 1
    while j >= i and run.atoms[j].weak:
        j -= 1
    return Piece(run.atoms[i].first, run.atoms[j].last, run.value(i, j)) if i <= j else None


def continued(spoken: SpokenText, found: Sequence[Candidate]) -> list[Candidate]:
    """The rest of a number whose beginning was found ("07700 - wait, here it is - 900 072"), with its read-backs.

    Only for kinds whose whole length is known, and only until it is reached.
    """
    taken = {n for c in found for n in range(c.first, c.last + 1)}
    pieces = pieces_of(spoken, taken)
    firsts = [piece.first for piece in pieces]
    out: list[Candidate] = []
    lasts = {(c.method, c.value): c for c in found}  # the last part of each number
    for start in lasts.values():
        whole = WHOLE.get(start.category)
        if not whole or not start.value.isdigit() or len(start.value) >= whole:
            continue
        out += _follow(spoken, start, whole, islice(pieces, bisect.bisect_right(firsts, start.last), None))
    return out


def _follow(spoken: SpokenText, start: Candidate, whole: int, pieces: Iterable[Piece]) -> list[Candidate]:
    out: list[Candidate] = []
    value, role, at = start.value, spoken.roles[start.first], start.last
    for piece in pieces:
        gap = piece.first - at - 1
        if gap > CONTINUES_WITHIN:
            break
        if not piece.value.isdigit() or is_amount(spoken, piece.first, piece.last, piece.value):
            continue
        repeat = piece.value in value[-len(piece.value) - 4 :] and (len(piece.value) > 1 or gap <= 6)
        if repeat and (spoken.roles[piece.first] != role or len(value) >= whole):
            pass  # a read-back
        elif spoken.roles[piece.first] == role and len(value) < whole and len(value) + len(piece.value) <= whole + 1:
            if gap > (6 if len(piece.value) < 3 else CONTINUES_WITHIN):
                continue
            value += piece.value
        else:
            continue
        part = spoken.candidate(
            start.category, piece.first, piece.last, score=max(0.7, start.score - 0.05), method=start.method
        )
        out.append(replace(part, cue=start.cue, kind=start.kind, value=start.value, part=start.part + 1 + len(out)))
        at = piece.last
    return out


def read_backs(spoken: SpokenText, found: Sequence[Candidate]) -> list[Candidate]:
    """Pieces that repeat (part of) a number already found: "I: four Q Z", "so that's nine hundred…".

    Near the number three characters are enough; anywhere in the interview five are.
    """
    cues = cues_of(spoken)
    whole = {
        (c.method, c.value)
        for c in found
        if any(ch.isdigit() for ch in c.value) and len(c.value) >= 4 and c.category not in ("DATE", "AGE")
    }
    known = _Known([c for c in found if (c.method, c.value) in whole])
    taken = {n for c in found for n in range(c.first, c.last + 1)}
    out: list[Candidate] = []
    for piece in pieces_of(spoken, taken):
        value = piece.value
        if len(value) < 3 or value.isalpha() or is_amount(spoken, piece.first, piece.last, value):
            continue
        if (
            value in PUBLIC_NUMBERS
            and cues.distance("emergency", piece.first, piece.last, before=3, after=2) is not None
        ):
            continue
        match = next((c for c in known.near(value, piece.first) if value in c.value), None)
        if match is not None:
            part = spoken.candidate(
                match.category, piece.first, piece.last, score=0.75, method="read-back", kind=match.kind
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
        """Numbers that a piece at the word `first` may repeat, in the order in which they were found."""
        if len(value) >= ANYWHERE:
            yield from self._holding.get(value[:ANYWHERE], ())
            return
        low = bisect.bisect_left(self._lasts, first - READ_BACK_WITHIN)
        high = bisect.bisect_right(self._lasts, first + READ_BACK_WITHIN)
        yield from (self._found[n] for n in sorted(self._order[low:high]))
