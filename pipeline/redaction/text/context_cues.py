"""Cues: phrases near an identifier ("NHS number", "number plate") that raise the score of what follows.

The tables are configs/recognisers/cues.yaml. A cue never vetoes.
"""

from __future__ import annotations

import bisect
from dataclasses import dataclass

from pipeline.redaction.text.spans import SpokenText
from pipeline.redaction.text.tables import table, words_of


@dataclass(frozen=True)
class _Group:
    before: int
    after: int
    phrases: tuple[tuple[str, ...], ...]


def _groups() -> dict[str, _Group]:
    return {
        name: _Group(int(raw["before"]), int(raw["after"]), tuple(tuple(p.split()) for p in words_of(raw["phrases"])))
        for name, raw in table("cues").items()
    }


class Cues:
    """Where the cues of each group stand in a transcript."""

    def __init__(self, spoken: SpokenText) -> None:
        self._groups = _groups()
        bare = [w.removesuffix("'s") for w in spoken.bare]
        self._starts: dict[str, list[int]] = {}
        self._ends: dict[str, list[int]] = {}
        first: dict[str, list[tuple[str, tuple[str, ...]]]] = {}
        for name, group in self._groups.items():
            for phrase in group.phrases:
                first.setdefault(phrase[0].removesuffix("'s"), []).append((name, phrase))
        hits: dict[str, set[tuple[int, int]]] = {name: set() for name in self._groups}
        for n, word in enumerate(bare):
            here: list[tuple[int, str]] = []
            for name, phrase in first.get(word, ()):
                last = n + len(phrase) - 1
                if spoken.bare[n + 1 : last + 1] == phrase[1:] or tuple(bare[n + 1 : last + 1]) == phrase[1:]:
                    here.append((last, name))
            longest = max(here, default=(n, ""))[0]  # "number plate" is no "number"
            for last, name in here:
                if last == longest:
                    hits[name].add((n, last))
        for name, found in hits.items():
            self._starts[name] = sorted(s for s, _ in found)
            self._ends[name] = sorted(e for _, e in found)

    def distance(
        self, group: str, first: int, last: int, *, before: int | None = None, after: int | None = None
    ) -> int | None:
        """Words between the span first..last and the nearest cue of `group`, None if none is near enough.

        A cue inside the span counts as distance 0. `before` and `after` narrow the table's windows.
        """
        g = self._groups[group]
        reach_before = g.before if before is None else before
        reach_after = g.after if after is None else after
        ends, starts = self._ends[group], self._starts[group]
        best: int | None = None
        k = bisect.bisect_right(ends, last) - 1
        if k >= 0:
            gap = max(0, first - ends[k] - 1)
            if gap <= reach_before:
                best = gap
        k = bisect.bisect_left(starts, first)
        if k < len(starts):
            gap = max(0, starts[k] - last - 1)
            if gap <= reach_after and (best is None or gap < best):
                best = gap
        return best

    def near(self, group: str, first: int, last: int) -> bool:
        """True if a cue of `group` is near the span."""
        return self.distance(group, first, last) is not None
