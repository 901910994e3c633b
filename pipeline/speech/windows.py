"""Windows that follow the speech.

Whisper hears 30 s at a time. Cut anywhere it breaks words; cut at every pause it wastes most of its 30 s; given a long
pause it may skip what comes after. So speech segments are packed one after the other until a window is nearly full, and
a long pause inside is shortened, never bridged: the decoder sees no silence it could stop at, and times are mapped back
piece by piece.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.core.intervals import Interval, union
from pipeline.speech.activity import FRAME_SECONDS, Mono

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True)
class Packing:
    """How windows are filled, in seconds.

    `longest` is a window's length; pauses up to `bridge` are kept whole; longer ones keep `edge` on both
    sides when `splice` is set, or else end the window.
    """

    longest: float = 28.0
    bridge: float = 1.0
    edge: float = 0.3
    splice: bool = False


@dataclass(frozen=True)
class Window:
    """Pieces of the recording, `[start, end)` in seconds, played one after the other."""

    pieces: tuple[Interval, ...]

    @property
    def start(self) -> float:
        """Where the first piece starts in the recording."""
        return self.pieces[0][0]

    @property
    def end(self) -> float:
        """Where the last piece ends in the recording."""
        return self.pieces[-1][1]

    @property
    def length(self) -> float:
        """Seconds the decoder hears."""
        return sum(e - s for s, e in self.pieces)

    def at(self, time: float, *, ending: bool = False) -> float:
        """A time in the window as a time in the recording.

        At a seam `ending` takes the end of the earlier piece instead of the start of the later.
        """
        offset = 0.0
        for start, end in self.pieces:
            span = end - start
            if time < offset + span or (ending and time <= offset + span):
                return start + max(0.0, time - offset)
            offset += span
        return self.end

    def after(self, time: float) -> list[Interval]:
        """The parts of the recording that lie after `time` in the window."""
        rest: list[Interval] = []
        offset = 0.0
        for start, end in self.pieces:
            span = end - start
            if time < offset + span:
                rest.append((start + max(0.0, time - offset), end))
            offset += span
        return rest

    def samples(self, sound: Mono) -> NDArray[np.float32]:
        """The window's sound, shape (samples,)."""
        import numpy as np

        return np.concatenate([sound.mono(s, e) for s, e in self.pieces])


def pack(speech: Sequence[Interval], packing: Packing, duration: float, earliest: float = 0.0) -> list[Window]:
    """Fill windows with speech segments, in order; every segment is in exactly one window.

    Args:
        speech: disjoint, sorted, none longer than `packing.longest` (see `split_long`).
        duration: the recording's length; edges are cut to it.
        earliest: no window reaches back before it: what is there was decoded already.
    """
    windows: list[Window] = []
    pieces: list[Interval] = []
    for start, end in speech:
        wide = (max(earliest, start - packing.edge), min(duration, end + packing.edge))
        if pieces:
            last = pieces[-1]
            near = wide[0] - last[1] <= max(0.0, packing.bridge - 2 * packing.edge)
            grown = [*pieces[:-1], (last[0], wide[1])] if near else [*pieces, wide]
            fits = sum(e - s for s, e in grown) <= packing.longest + 1e-6
            if fits and (near or packing.splice):
                pieces = grown
                continue
            # Two windows may not hear the same sound twice: they meet in the middle of the pause.
            if wide[0] < last[1]:
                middle = max(min((wide[0] + last[1]) / 2, start), min(end, last[1] - packing.edge))
                pieces[-1] = (last[0], middle)
                wide = (middle, wide[1])
            windows.append(Window(tuple(pieces)))
        pieces = [wide]
    if pieces:
        windows.append(Window(tuple(pieces)))
    return windows


def split_long(speech: Sequence[Interval], probabilities: NDArray[np.float32], longest: float) -> list[Interval]:
    """Cut speech segments longer than `longest` seconds where voice is least probable in their second half."""
    import numpy as np

    short: list[Interval] = []
    for start, end in speech:
        at = start
        while end - at > longest:
            low, high = at + longest / 2, at + longest
            frames = probabilities[int(low / FRAME_SECONDS) : int(high / FRAME_SECONDS)]
            # Of equally quiet frames take the last: fuller windows.
            cut = low + (len(frames) - 1 - int(np.argmin(frames[::-1]))) * FRAME_SECONDS if len(frames) else high
            short.append((at, cut))
            at = cut
        short.append((at, end))
    return short


def cut_at(speech: Sequence[Interval], times: Sequence[float], shortest: float = 0.5) -> list[Interval]:
    """Cut speech segments at `times` (turn changes) that lie at least `shortest` seconds inside them."""
    points = sorted(times)
    parts: list[Interval] = []
    for start, end in union(speech):
        at = start
        for index in range(bisect_right(points, start), len(points)):
            if points[index] >= end:
                break
            if points[index] - at >= shortest and end - points[index] >= shortest:
                parts.append((at, points[index]))
                at = points[index]
        parts.append((at, end))
    return parts
