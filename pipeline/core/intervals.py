"""Intervals `[start, end)` of time in seconds, and what can be done with sets of them."""

from __future__ import annotations

from collections.abc import Iterable

Interval = tuple[float, float]


def union(*groups: Iterable[Interval], bridge: float = 0.0) -> list[Interval]:
    """The union of intervals, sorted; gaps up to `bridge` seconds are closed, empty ones dropped."""
    merged: list[Interval] = []
    for start, end in sorted(i for group in groups for i in group if i[1] > i[0]):
        if merged and start <= merged[-1][1] + bridge:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        else:
            merged.append((start, end))
    return merged


def subtract(intervals: Iterable[Interval], holes: Iterable[Interval]) -> list[Interval]:
    """The parts of `intervals` (sorted, disjoint) that no hole covers."""
    cuts = union(holes)
    left: list[Interval] = []
    first = 0
    for start, end in intervals:
        while first < len(cuts) and cuts[first][1] <= start:
            first += 1
        at = start
        index = first
        while index < len(cuts) and cuts[index][0] < end:
            if cuts[index][0] > at:
                left.append((at, cuts[index][0]))
            at = max(at, cuts[index][1])
            index += 1
        if at < end:
            left.append((at, end))
    return left


def intersect(left: Iterable[Interval], right: Iterable[Interval]) -> list[Interval]:
    """The parts that lie in both (each sorted and disjoint)."""
    whole = list(left)
    return subtract(whole, subtract(whole, right))


def total(intervals: Iterable[Interval]) -> float:
    """Seconds covered by disjoint intervals."""
    return sum(end - start for start, end in intervals)
