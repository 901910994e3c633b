"""Matching formats (shape, checksum, cue) against the runs of the normalised text.

A `Format` is a shape over digits and letters with fillers, commas and spoken forms already gone. Its score says how
sure the shape alone is; a checksum adds to it; a cue near by lifts it to `with_cue`. Neither vetoes: a recogniser
drops digits, and HMRC's own sample number fails HMRC's rules.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from pipeline.core.document import Category
from pipeline.redaction.text.allow_list import is_amount
from pipeline.redaction.text.analysis import Analysis
from pipeline.redaction.text.context_cues import Cues
from pipeline.redaction.text.normalised_text import NormalisedText
from pipeline.redaction.text.number_runs import Run
from pipeline.redaction.text.spans import Candidate

MAX_ATOMS = 26
CERTAIN = 0.97
#: Not a table of phrases but a way of speaking: see `_spelt_out`.
SPELLING = "spelling"
SIGNS_SAID = frozenset(["stroke", "slash", "dash", "hyphen", "oblique", "underscore"])


@dataclass(frozen=True)
class Format:
    """One shape. `score` without, `with_cue` with a cue of group `cue` (within `reach` words before, if given).

    A score of 0 means: only with the cue. `check` returns a bonus (may be negative) for a value.
    `weak_edges` allows "a", "I" and "O" at the ends. `stops` is how many sentence ends may lie inside. `no_list`
    refuses numbers that are all set apart by commas ("ten, nine, ten").
    """

    category: Category
    kind: str
    pattern: re.Pattern[str]
    score: float
    cue: str = ""
    with_cue: float = 0.0
    reach: int | None = None
    check: Callable[[str], float] | None = None
    weak_edges: bool = True
    stops: int = 1
    no_list: bool = False

    def scored(self, value: str, distance: int | None) -> float:
        """Score of a value whose nearest cue is `distance` words away (None: no cue)."""
        base = self.score
        if distance is not None:
            base = max(base, self.with_cue - 0.002 * distance)
        if base and self.check:
            base += self.check(value)
        return min(CERTAIN, base)


@dataclass(frozen=True)
class Found:
    """A slice of a run that matched: tokens `i`..`j` of `run`."""

    run: Run
    i: int
    j: int
    format: Format
    value: str
    score: float
    cue: str


def matches(spoken: Analysis, formats: Sequence[Format]) -> list[Found]:
    """The best matching slices of all runs, without overlaps: higher score, then longer."""
    normalised, cues = spoken.normalised, spoken.cues
    chosen: list[Found] = []
    for run in normalised.runs:
        if len(run.value(0, len(run.tokens) - 1)) < 3:
            continue
        taken: set[int] = set()
        found = _in_run(spoken, run, formats, cues)
        for item in sorted(found, key=lambda f: (-f.score, -len(f.value), f.run.tokens[f.i].first)):
            tokens = range(item.i, item.j + 1)
            if taken.isdisjoint(tokens):
                chosen.append(item)
                taken.update(tokens)
    return sorted(chosen, key=lambda f: f.run.tokens[f.i].first)


def _in_run(spoken: Analysis, run: Run, formats: Sequence[Format], cues: Cues) -> Iterable[Found]:
    count = len(run.tokens)
    for i in range(count):
        value, stops, breaks = "", 0, 0
        for j in range(i, min(count, i + MAX_ATOMS)):
            value += run.tokens[j].value
            if j > i:
                stops += run.gaps[j] == "stop"
                breaks += run.gaps[j] in ("filler", "turn")
            if len(value) < 3:
                continue
            for shape in formats:
                if not shape.pattern.fullmatch(value) or stops > shape.stops:
                    continue
                found = _judge(spoken, run, i, j, value, shape, cues, 0.08 * stops + 0.01 * breaks)
                if found:
                    yield found


def _judge(
    spoken: Analysis, run: Run, i: int, j: int, value: str, shape: Format, cues: Cues, penalty: float
) -> Found | None:
    if _loose_edge(run, i, j, strict=not shape.weak_edges):
        return None
    penalty += 0.25 * _cut(run, i - 1, i) + 0.1 * _cut(run, j, j + 1)
    first, last = run.words(i, j)
    if shape.cue == SPELLING:
        distance = 0 if _spelt_out(spoken, run, i, j) else None
    else:
        distance = cues.distance(shape.cue, first, last, before=shape.reach) if shape.cue else None
    if shape.no_list and j > i and all(gap in ("comma", "stop") for gap in run.gaps[i + 1 : j + 1]):
        return None
    score = shape.scored(value, distance) - penalty
    if score <= 0.3 or is_amount(spoken, first, last, value):
        return None
    return Found(run, i, j, shape, value, score, shape.cue if distance is not None else "")


def _spelt_out(spoken: Analysis, run: Run, i: int, j: int) -> bool:
    """True if somebody spells with a phonetic alphabet ("N for nuts") or says the signs ("stroke"): a cue by itself."""
    phonetic = sum(a.spoken in ("phonetic", "nato") for a in run.tokens[i : j + 1])
    first, last = run.words(i, j)
    return phonetic > 0 or any(spoken.bare[n] in SIGNS_SAID for n in range(first, last + 1))


def _loose_edge(run: Run, i: int, j: int, *, strict: bool) -> bool:
    """True if an "a" or "I" at an end does not belong: not allowed there, or set apart from the rest."""
    if run.tokens[i].weak and (strict or (j > i and run.gaps[i + 1] not in ("", "comma"))):
        return True
    return run.tokens[j].weak and (strict or (j > i and run.gaps[j] not in ("", "comma")))


def _cut(run: Run, left: int, right: int) -> bool:
    """True if two neighbours are said in one breath: a slice that parts them is probably half of something."""
    if left < 0 or right >= len(run.tokens) or run.gaps[right] not in ("", "comma"):
        return False
    return not (run.tokens[left].weak or run.tokens[right].weak) and run.gaps[right] == ""


def candidates_of(normalised: NormalisedText, found: Found, method: str) -> list[Candidate]:
    """One candidate per stretch of words; all of a number share its `value`, later ones have `part` > 0."""
    out: list[Candidate] = []
    for part, (first, last) in enumerate(normalised.segments(found.run, found.i, found.j)):
        candidate = normalised.spoken.candidate(
            found.format.category,
            first,
            last,
            score=round(found.score, 3),
            method=method,
            cue=found.cue,
            kind=found.format.kind,
            value=found.value,
        )
        out.append(replace(candidate, part=part))
    return out


class FormatRecogniser:
    """A recogniser made of formats alone."""

    def __init__(self, name: str, formats: Sequence[Format]) -> None:
        self.name = name
        self.formats = tuple(formats)
        self.categories: tuple[Category, ...] = tuple(dict.fromkeys(f.category for f in formats))

    def find(self, transcript: Analysis) -> list[Candidate]:
        """See `Recogniser.find`."""
        normalised = transcript.normalised
        return [c for f in matches(transcript, self.formats) for c in candidates_of(normalised, f, self.name)]
