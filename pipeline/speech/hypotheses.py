"""Two hearings of the same sound, each cut in another way: where they agree both are believed, where they differ the
likelier one."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from pipeline.core.intervals import Interval, intersect
from pipeline.engines.base import SpokenWord
from pipeline.speech.hallucinations import plain

LEAST = 1e-3
"""Probabilities are not taken to be smaller: one impossible word does not outweigh the rest of a phrase."""


CREDIBLE = 0.3
"""Words where there were none need this probability in the mean: below it the decoder fills the time."""
SAME_S = 2.0
"""The same word at times further apart is another one."""
GAP_S = 1.0
"""A silence between words that divides phrases."""


@dataclass(frozen=True)
class Heard:
    """A word in the recording: times in seconds from its start."""

    word: SpokenWord
    level: int = 0
    recovered: bool = False


def merge(first: Sequence[Heard], second: Sequence[Heard], wanted: Sequence[Interval]) -> list[Heard]:
    """The words of `first`, but where both differ in or at a stretch of `wanted`, those of the likelier.

    Args:
        first, second: words of the same window, in spoken order.
        wanted: stretches in which `first` is doubted or has no words; sorted and disjoint.
    """
    found: list[Heard] = []
    for ours, theirs in _differences(first, second):
        for heard in _chosen(ours, theirs, wanted):
            # Words of two hearings side by side: a rough time must not change their order.
            start = max(heard.word.start, found[-1].word.start if found else heard.word.start)
            found.append(replace(heard, word=replace(heard.word, start=start, end=max(start, heard.word.end))))
    return found


def _differences(first: Sequence[Heard], second: Sequence[Heard]) -> Iterator[tuple[Sequence[Heard], Sequence[Heard]]]:
    """What each has where they differ, in time order; where they agree, the words of the first, and nothing."""
    a = b = 0
    for ours, theirs in _agreed(first, second):
        yield from _together(first[a:ours], second[b:theirs])
        yield first[ours : ours + 1], ()
        a, b = ours + 1, theirs + 1
    yield from _together(first[a:], second[b:])


def _agreed(first: Sequence[Heard], second: Sequence[Heard]) -> list[tuple[int, int]]:
    """Which words are the same in both: as many as can be, of several like ones the nearest in time."""
    ours, theirs = [plain(h.word.text) for h in first], [plain(h.word.text) for h in second]
    # best[a][b]: how well first[a:] and second[b:] agree.
    best = [[0.0] * (len(theirs) + 1) for _ in range(len(ours) + 1)]

    def worth(a: int, b: int) -> float:
        apart = abs(first[a].word.start - second[b].word.start)
        return 2 * SAME_S - apart if ours[a] == theirs[b] and apart < SAME_S else 0.0

    for a in reversed(range(len(ours))):
        for b in reversed(range(len(theirs))):
            best[a][b] = max(best[a + 1][b], best[a][b + 1], worth(a, b) + best[a + 1][b + 1])
    pairs = []
    a = b = 0
    while a < len(ours) and b < len(theirs) and best[a][b]:
        if best[a][b] == best[a + 1][b]:
            a += 1
        elif best[a][b] == best[a][b + 1]:
            b += 1
        else:
            pairs.append((a, b))
            a, b = a + 1, b + 1
    return pairs


def _together(ours: Sequence[Heard], theirs: Sequence[Heard]) -> Iterator[tuple[Sequence[Heard], Sequence[Heard]]]:
    """Divide a difference into what was said at the same time."""
    while ours and theirs:
        left, right = _phrase(ours), _phrase(theirs)
        (a, b), (c, d) = _span(ours[:left]), _span(theirs[:right])
        if b <= c:
            yield ours[:left], ()
            ours = ours[left:]
        elif d <= a:
            yield (), theirs[:right]
            theirs = theirs[right:]
        else:
            yield ours[:left], theirs[:right]
            ours, theirs = ours[left:], theirs[right:]
    if ours or theirs:
        yield ours, theirs


def _phrase(words: Sequence[Heard]) -> int:
    """How many words come before the first gap."""
    gaps = [n for n in range(1, len(words)) if words[n].word.start - words[n - 1].word.end > GAP_S]
    return gaps[0] if gaps else len(words)


def _span(words: Sequence[Heard]) -> Interval:
    return words[0].word.start, max(h.word.end for h in words)


def _chosen(ours: Sequence[Heard], theirs: Sequence[Heard], wanted: Sequence[Interval]) -> Sequence[Heard]:
    if not ours:
        inside = [h for h in theirs if intersect([_span([h])], wanted)]
        return inside if inside and likelihood(inside) >= math.log(CREDIBLE) else ()
    if not theirs or not intersect([_span(ours)], wanted):
        return ours
    return theirs if likelihood(theirs) > likelihood(ours) else ours


def likelihood(words: Sequence[Heard]) -> float:
    """Mean log probability of words."""
    return sum(math.log(max(LEAST, h.word.probability)) for h in words) / len(words)
