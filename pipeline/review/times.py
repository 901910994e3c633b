"""Which old word each new one comes from, and its times: a corrected word keeps its place in the recording."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.core.document import Word, WordFlag
from pipeline.redaction.text.spans import bare

KEPT: tuple[WordFlag, ...] = ("backchannel", "overlap")
"""What is true of a word however it is written. The others are a recogniser's doubts."""
OPENS: WordFlag = "opens_turn"
"""Goes to the first word in place of the one that opened a turn."""
REACH_S, LEAST_GAP_S = 0.1, 0.05
"""Seconds of the words beside it that a word may lie in, where the gap between them is shorter than so much."""


def descent(old: Sequence[str], new: Sequence[str]) -> list[int]:
    """For every new word the index of the old one that it comes from; never decreasing.

    Equal words (as they are compared) go together, stretches between them in proportion to their letters. `old` is
    not empty.
    """
    result: list[int] = []
    for src, dest, same in _stretches([bare(w) for w in old], [bare(w) for w in new]):
        if same or len(src) == len(dest):
            result += src
        elif not src:  # added words belong to the one before them, or to the first
            result += [max(0, src.start - 1)] * len(dest)
        else:
            result += [src[n] for n in _in_proportion([len(old[k]) for k in src], [len(new[k]) for k in dest])]
    return result


def _stretches(old: Sequence[str], new: Sequence[str]) -> list[tuple[range, range, bool]]:
    """(old words, new words, whether they are equal): what differs between two equal stretches is one."""
    from rapidfuzz.distance import Levenshtein

    rows: list[tuple[range, range, bool]] = []
    for op in Levenshtein.opcodes(old, new):
        src, dest, same = range(op.src_start, op.src_end), range(op.dest_start, op.dest_end), op.tag == "equal"
        if rows and not same and not rows[-1][2]:
            before = rows.pop()
            src, dest = range(before[0].start, src.stop), range(before[1].start, dest.stop)
        rows.append((src, dest, same))
    return rows


def _in_proportion(old: Sequence[int], new: Sequence[int]) -> list[int]:
    """For every length of `new` the index of the length of `old` in which its middle falls."""
    ends, at = [], 0
    for length in old:
        at += max(1, length)
        ends.append(at)
    total = sum(max(1, n) for n in new)
    result, done = [], 0.0
    for length in new:
        middle = (done + max(1, length) / 2) / total * at
        result.append(next((n for n, end in enumerate(ends) if middle < end), len(ends) - 1))
        done += max(1, length)
    return result


def replaced(old: Sequence[Word], texts: Sequence[str]) -> tuple[list[Word], list[int]]:
    """New words in place of `old` (not empty), each with the times, speaker and role of the one that it comes from.

    Words that come from one share its time in proportion to their letters. Of words that are gone, the time goes to
    the one before them (to the one after, at the beginning), so that no sound is left without its word.
    """
    origin = descent([w.text for w in old], texts)
    opening = {next((n for n, o in enumerate(origin) if o >= k), None) for k, w in enumerate(old) if w.has(OPENS)}
    words: list[Word] = []
    for n, text in enumerate(texts):
        source = old[origin[n]]
        flags = tuple(f for f in source.flags if f != OPENS and (f in KEPT or source.text == text))
        flags = (*flags, OPENS) if n in opening else flags
        if source.text != text:
            words.append(source.model_copy(update={"text": text, "confidence": None, "flags": flags}))
        else:
            words.append(source.model_copy(update={"flags": flags}) if set(flags) != set(source.flags) else source)
    bounds = sorted(set(origin))
    for place, bound in enumerate(bounds):
        group = [n for n, o in enumerate(origin) if o == bound]
        first = 0 if place == 0 else bound
        last = (bounds[place + 1] if place + 1 < len(bounds) else len(old)) - 1
        if len(group) > 1 or first < last:
            start, end = (
                old[first].start,
                max((w.end for w in old[first : last + 1] if w.end is not None), default=None),
            )
            for n, word in zip(group, spread([words[n] for n in group], start, end), strict=True):
                words[n] = word
    return words, origin


def spread(words: Sequence[Word], start: float | None, end: float | None) -> list[Word]:
    """The words over `[start, end)` in proportion to their letters; unchanged where there are no times."""
    if start is None or end is None:
        return [word.model_copy(update={"start": None, "end": None}) for word in words]
    total = sum(max(1, len(word.text)) for word in words)
    result, done = [], 0
    for word in words:
        size = max(1, len(word.text))
        times = [round(start + (end - start) * part / total, 3) for part in (done, done + size)]
        result.append(word.model_copy(update={"start": times[0], "end": max(times)}))
        done += size
    return result


def between(before: Word | None, after: Word | None, words: Sequence[Word], duration: float | None) -> list[Word]:
    """Words that were missed, over the gap between two others. Where there is none they reach a little into both:
    their sound is somewhere there, and what is silenced should rather be too much."""
    start = before.end if before else 0.0
    end = after.start if after else duration
    if (before is None and after is None) or start is None or (after and after.start is None):
        return spread(words, None, None)
    if end is None:
        end = start
    if end - start < LEAST_GAP_S:
        reach_before = min(REACH_S, (before.end - before.start) / 2) if before and _timed(before) else 0.0  # type: ignore[operator]
        reach_after = min(REACH_S, (after.end - after.start) / 2) if after and _timed(after) else 0.0  # type: ignore[operator]
        low, high = min(start, end) - reach_before, max(start, end) + reach_after
        start, end = max(0.0, low), high
    return spread(words, start, end)


def _timed(word: Word) -> bool:
    return word.start is not None and word.end is not None
