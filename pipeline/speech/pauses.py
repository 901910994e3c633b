"""Pauses and unclear speech as events, measured from the sound and not from word gaps alone.

A word's end is a guess of the decoder; where a voice stops is measured. So a pause is the time in which
neither voice was detected nor a word placed.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from itertools import pairwise

from pipeline.core.document import Event, Word
from pipeline.core.intervals import Interval, union

SHORTEST_PAUSE_S = 1.0


def events(
    words: Sequence[Word], speech: Sequence[Interval], unclear: Sequence[Interval], shortest: float = SHORTEST_PAUSE_S
) -> tuple[Event, ...]:
    """Pauses of `shortest` seconds or more between the first and the last sound of a voice, and unclear speech.

    Args:
        words: in spoken order, with times.
        speech: detected speech, sorted and disjoint.
        unclear: speech without words, part of `speech`.

    Returns:
        Events in time order; each stands before the first word that starts after its middle.
    """
    spoken = [(w.start, w.end) for w in words if w.start is not None and w.end is not None]
    busy = union(speech, spoken)
    found = [
        Event(kind="pause", before_word=0, start=round(left, 3), end=round(right, 3))
        for (_, left), (right, _) in pairwise(busy)
        if right - left >= shortest
    ]
    found += [Event(kind="unclear", before_word=0, start=round(s, 3), end=round(e, 3)) for s, e in unclear]
    starts: list[float] = []
    for word in words:
        starts.append(max(word.start if word.start is not None else 0.0, starts[-1] if starts else 0.0))
    placed = []
    for event in sorted(found, key=lambda e: (e.start or 0.0, e.end or 0.0)):
        assert event.start is not None
        assert event.end is not None
        place = bisect_left(starts, (event.start + event.end) / 2)
        placed.append(event.model_copy(update={"before_word": place}))
    return tuple(placed)


def with_roles(found: Sequence[Event], words: Sequence[Word]) -> tuple[Event, ...]:
    """Pauses inside one person's speech get that person's role; those between two people's keep none."""
    result = []
    for event in found:
        before = words[event.before_word - 1].role if event.before_word > 0 else None
        after = words[event.before_word].role if event.before_word < len(words) else None
        same = event.kind == "pause" and before is not None and before == after
        result.append(event.model_copy(update={"role": before}) if same else event)
    return tuple(result)
