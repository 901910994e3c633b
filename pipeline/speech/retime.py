"""Word times put right from the detected speech.

Cross-attention places the short words of running speech within a tenth of a second. A long number is one
word to the decoder, whose attention sits on its last digits: it starts seconds late. Bleeping relies on
these times, so a number is given all of the speech around it that no other word claims.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence

from pipeline.core.document import Word, WordFlag
from pipeline.core.intervals import Interval
from pipeline.speech.recovery import Heard

NUMERIC = re.compile(r"\d")
SHORTEST_WORD_S = 0.04
SMALL_SHIFT_S = 0.25
"""Shifts below this are within the accuracy of word times, and are not flagged."""
REACH_S = 6.0
"""The longest that a number may be stretched to one side: a telephone number read slowly."""
PLAIN_REACH_S = 0.6
"""The same for other words, which start late after a breath, but by less."""
UNSURE = 0.35


def to_words(heard: Sequence[Heard], speech: Sequence[Interval]) -> tuple[list[Word], int]:
    """Document words in spoken order with times put right, and how many were retimed.

    Args:
        heard: in spoken order.
        speech: detected speech, sorted and disjoint.
    """
    starts = [h.word.start for h in heard]
    ends = [h.word.end for h in heard]
    _untangle(starts, ends)
    found = (list(starts), list(ends))
    numbers = [n for n, item in enumerate(heard) if NUMERIC.search(item.word.text)]
    spread = frozenset(numbers)
    for index in range(len(heard)):
        starts[index], ends[index] = _trim(starts[index], ends[index], speech, whole=index in spread)
    # Numbers first: speech that they do not claim may go to a word that starts late.
    for indices, reach in ((numbers, REACH_S), (range(len(heard)), PLAIN_REACH_S)):
        for index in indices:
            before = ends[index - 1] if index else 0.0
            starts[index] = _back(starts[index], ends[index], before, reach, speech)
        for index in indices:
            after = starts[index + 1] if index + 1 < len(heard) else float("inf")
            ends[index] = _forward(starts[index], ends[index], after, reach, speech)
    moved = [max(a - b, d - c) for a, b, c, d in zip(found[0], starts, found[1], ends, strict=True)]
    retimed = [shift > SMALL_SHIFT_S for shift in moved]
    words = []
    for index, item in enumerate(heard):
        flags: list[WordFlag] = []
        if item.recovered:
            flags.append("recovered")
        if item.word.probability < UNSURE:
            flags.append("uncertain")
        if retimed[index]:
            flags.append("retimed")
        words.append(
            Word(
                text=item.word.text,
                start=round(starts[index], 3),
                end=round(ends[index], 3),
                confidence=round(min(1.0, max(0.0, item.word.probability)), 3),
                flags=tuple(flags),
            )
        )
    return words, sum(retimed)


def _untangle(starts: list[float], ends: list[float]) -> None:
    """In place: starts never go back, words end where the next begins, none is shorter than 40 ms
    unless the next one starts sooner."""
    for index in range(1, len(starts)):
        starts[index] = max(starts[index], starts[index - 1])
    for index in range(len(starts)):
        ends[index] = max(ends[index], starts[index] + SHORTEST_WORD_S)
        if index + 1 < len(starts) and ends[index] > starts[index + 1]:
            ends[index] = max(starts[index], starts[index + 1])


def _trim(start: float, end: float, speech: Sequence[Interval], *, whole: bool) -> Interval:
    """The part of a word that is spoken: silence before and after it goes.

    A word that reaches over a pause stays on the side where most of it is; a number (`whole`) keeps both.
    """
    first = max(0, bisect_left(speech, (start, start)) - 1)
    under: list[Interval] = []
    for left, right in speech[first:]:
        if left >= end:
            break
        if min(end, right) - max(start, left) > 0:
            under.append((max(start, left), min(end, right)))
    if not under:
        return start, end
    if whole:
        return under[0][0], under[-1][1]
    return max(under, key=lambda part: part[1] - part[0])


def _segment_at(time: float, speech: Sequence[Interval]) -> Interval | None:
    """The speech segment that holds `time`."""
    place = bisect_left(speech, (time, float("inf"))) - 1
    return speech[place] if place >= 0 and speech[place][1] >= time else None


def _back(start: float, end: float, before: float, reach: float, speech: Sequence[Interval]) -> float:
    segment = _segment_at(start, speech) or _segment_at(end, speech)
    if segment is None:
        return start
    earliest = max(segment[0], before)
    return earliest if 0.0 < start - earliest <= reach else start


def _forward(start: float, end: float, after: float, reach: float, speech: Sequence[Interval]) -> float:
    segment = _segment_at(end, speech) or _segment_at(start, speech)
    if segment is None:
        return end
    latest = min(segment[1], after)
    return latest if 0.0 < latest - end <= reach else end
