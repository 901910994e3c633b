"""Where an edit belongs: anchors are made from words, and found again in words that may have changed.

The same words at the same identities are the place at once. Otherwise every place within reach is held against the
anchor: what is said there, what stands beside it, and how far it is away in time (in a typed transcript: in words). The
best one counts, if it is good enough; an edit on the wrong words is worse than one that is listed as unfitting.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from pipeline.core.document import Word
from pipeline.redaction.text.spans import bare
from pipeline.review.edits import Anchor

BESIDE = 3
"""Words remembered on either side."""
REACH_S = 3.0
"""Seconds that words may move between two transcriptions."""
SAME_S = 0.25
"""Seconds within which words of one transcription are the same ones."""
REACH_WORDS = 400
"""Words that a place may move in a typed transcript."""
GOOD = 0.62
"""Score 0..1 from which a place is taken for the right one."""
LEAST_ALIKE = 0.5
"""Likeness 0..1 that the words themselves must have, wherever they stand."""
LEAST_BESIDE, LEAST_BESIDE_TYPED = 0.25, 0.5
"""Share 0..1 of its neighbours that a place must have: more the further it is away in time; without times, half."""


class Place(NamedTuple):
    """Words `[first, last]`, both inclusive; a place before word `first` has `last == first - 1`."""

    first: int
    last: int


def anchor(words: Sequence[Word], first: int, last: int, ids: Sequence[str] = ()) -> Anchor:
    """An anchor to the words first..last (inclusive), or with ``last == first - 1`` to the place before word `first`.

    Args:
        words: all words, as they stand now.
        ids: their identities, see `replay.Text`; without them the anchor is found by content and time only.

    Raises:
        ValueError: there are no such words.
    """
    if not 0 <= first <= len(words) or not first - 1 <= last < len(words):
        raise ValueError(f"words {first} to {last} of {len(words)}")
    inside = words[first : last + 1]
    before, after = words[max(0, first - BESIDE) : first], words[last + 1 : last + 1 + BESIDE]
    if inside:
        start, end = inside[0].start, inside[-1].end
    else:
        start, end = (before[-1].end if before else None), (after[0].start if after else None)
    return Anchor(
        index=first,
        words=tuple(w.text for w in inside),
        ids=tuple(ids[first : last + 1]),
        start=start,
        end=end,
        before=tuple(w.text for w in before),
        after=tuple(w.text for w in after),
    )


def locate(at: Anchor, words: Sequence[Word], ids: Sequence[str] = ()) -> Place | None:
    """Where an anchor's words are now, None where nothing fits well enough."""
    return identical(at, words, ids) or _nearest(at, words)


def identical(at: Anchor, words: Sequence[Word], ids: Sequence[str]) -> Place | None:
    """The place with the same identities (or the same index), texts and neighbours or times."""
    count = len(at.words)
    for first in dict.fromkeys((_index_of(at, ids), at.index)):
        if first is None or first + count > len(words):
            continue
        said = tuple(w.text for w in words[first : first + count])
        if said != at.words:
            continue
        left = tuple(w.text for w in words[max(0, first - BESIDE) : first]) == at.before
        right = tuple(w.text for w in words[first + count : first + count + BESIDE]) == at.after
        if (left and right) or (count and (left or right) and _same_time(at, words, first)):
            return Place(first, first + count - 1)
        if count and at.start is not None and _same_time(at, words, first):
            return Place(first, first + count - 1)
    return None


def _index_of(at: Anchor, ids: Sequence[str]) -> int | None:
    if not at.ids or not ids:
        return None
    hint = at.index
    for away in range(REACH_WORDS):
        for n in (hint - away, hint + away):
            if 0 <= n < len(ids) and ids[n] == at.ids[0]:
                return n
    return None


def _same_time(at: Anchor, words: Sequence[Word], first: int) -> bool:
    start = words[first].start
    if at.start is None or start is None:
        return at.start is None and start is None
    return abs(start - at.start) <= SAME_S


def _nearest(at: Anchor, words: Sequence[Word]) -> Place | None:
    """The best place within reach."""
    best: tuple[float, float, Place] | None = None
    count = len(at.words)
    sizes = (0,) if not count else tuple(dict.fromkeys(max(1, n) for n in (count, count - 1, count + 1)))
    for first in _within_reach(at, words):
        away = _away(at, words, first)
        for size in sizes:
            if first + size > len(words):
                continue
            score = _score(at, words, first, size, away)
            row = (score, -abs(first - at.index), Place(first, first + size - 1))
            if score >= GOOD and (best is None or row[:2] > best[:2]):
                best = row
    return best[2] if best else None


def _within_reach(at: Anchor, words: Sequence[Word]) -> range | list[int]:
    if at.start is None and at.end is None:
        return range(max(0, at.index - REACH_WORDS), min(len(words) + 1, at.index + REACH_WORDS))
    return [n for n in range(len(words) + 1) if _away(at, words, n) <= 1.0]


def _away(at: Anchor, words: Sequence[Word], first: int) -> float:
    """Distance of a place from the anchor: 0 there, 1 at the end of the reach."""
    here = words[first].start if first < len(words) else (words[-1].end if words else None)
    there = at.start if at.words or at.end is None else at.end
    if here is None or there is None:
        return abs(first - at.index) / REACH_WORDS
    return abs(here - there) / REACH_S


def _score(at: Anchor, words: Sequence[Word], first: int, size: int, away: float) -> float:
    beside = _beside(at, words, first, size)
    if not at.words:
        return 0.75 * beside + 0.25 * (1 - away)
    said = [w.text for w in words[first : first + size]]
    alike = _alike(at.words, said)
    if beside < (LEAST_BESIDE_TYPED if at.start is None else LEAST_BESIDE + away):
        return 0.0
    if alike < LEAST_ALIKE and not (beside >= 0.99 and away <= 0.2):
        return 0.0
    return 0.5 * alike + 0.3 * beside + 0.2 * (1 - away)


def _beside(at: Anchor, words: Sequence[Word], first: int, size: int) -> float:
    """Share 0..1 of the neighbours that are the same; the nearest weigh most."""
    total = same = 0.0
    for there, here in (
        (at.before[::-1], [w.text for w in words[max(0, first - BESIDE) : first]][::-1]),
        (at.after, [w.text for w in words[first + size : first + size + BESIDE]]),
    ):
        total += 0 if there or here else 1  # both at the edge of the transcript
        same += 0 if there or here else 1
        for n, word in enumerate(there):
            weight = 1 / (n + 1)
            total += weight
            same += weight if n < len(here) and bare(here[n]) == bare(word) else 0
    return same / total if total else 1.0


def _alike(old: Sequence[str], new: Sequence[str]) -> float:
    """Likeness 0..1 of words as they are compared."""
    from rapidfuzz.distance import Levenshtein

    a, b = " ".join(map(bare, old)), " ".join(map(bare, new))
    return 1.0 if a == b else float(Levenshtein.normalized_similarity(a, b))
