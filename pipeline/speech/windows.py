"""Windows that follow the speech, and keep its neighbours.

Whisper hears 30 s at a time. Cut anywhere it breaks words; cut at every pause it hears two words in 30 s of nothing,
and makes things up. So windows are filled with what was recorded, pauses and all, and end where the voice rests. Only
a very long pause is shortened, as faster-whisper does, too: given one, Whisper may skip what comes after. Times are
mapped back piece by piece.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from pipeline.core.intervals import Interval, intersect, total, union
from pipeline.speech.activity import FRAME_SECONDS, Mono

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

REST_S = 0.6
"""A rest of the voice is looked for as the least of the mean over so many seconds: the middle of a pause."""
SPEECH_WITHOUT_VOICE = 0.5
"""What counts as probability of voice, at least, where the diariser heard somebody."""


@dataclass(frozen=True)
class Packing:
    """How windows are filled, in seconds.

    `longest` is a window's length; pauses up to `bridge` are kept whole, of longer ones `edge` on both sides (both as
    in faster-whisper). A window ends where the voice rests most in its last `slack`.
    """

    longest: float = 28.0
    bridge: float = 2.0
    edge: float = 0.4
    slack: float = 8.0


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

    @cached_property
    def length(self) -> float:
        """Seconds the decoder hears."""
        return total(self.pieces)

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

    def samples(self, sound: Mono) -> NDArray[np.float32]:
        """The window's sound, shape (samples,)."""
        import numpy as np

        return np.concatenate([sound.mono(s, e) for s, e in self.pieces])


class Tape:
    """A recording without its very long pauses, from which windows are cut.

    Args:
        speech: detected speech, sorted and disjoint.
        probabilities: voice per 32 ms.
        duration: the recording's length.
    """

    def __init__(
        self, speech: Sequence[Interval], probabilities: NDArray[np.float32], duration: float, packing: Packing
    ) -> None:
        import numpy as np

        self._packing = packing
        edge = packing.edge
        wide = [(max(0.0, start - edge), min(duration, end + edge)) for start, end in speech]
        self.pieces = union(wide, bridge=max(0.0, packing.bridge - 2 * edge))
        self._starts = np.array([start for start, _ in self.pieces])
        self._played = np.cumsum([0.0, *[end - start for start, end in self.pieces]])
        voice = np.zeros(int(duration / FRAME_SECONDS) + 1, np.float32)
        voice[: len(probabilities)] = probabilities[: len(voice)]
        for start, end in speech:
            part = slice(int(start / FRAME_SECONDS), int(end / FRAME_SECONDS) + 1)
            voice[part] = np.maximum(voice[part], SPEECH_WITHOUT_VOICE)
        width = max(1, round(REST_S / FRAME_SECONDS))
        self._voice = np.convolve(voice, np.ones(width, np.float32) / width, "same")

    @property
    def length(self) -> float:
        """Seconds that are played."""
        return float(self._played[-1])

    def played(self, time: float) -> float:
        """A time in the recording as a time on the tape."""
        import numpy as np

        place = max(0, int(np.searchsorted(self._starts, time, "right")) - 1)
        start, end = self.pieces[place]
        return float(self._played[place]) + min(max(0.0, time - start), end - start)

    def recorded(self, time: float) -> float:
        """A time on the tape as a time in the recording."""
        import numpy as np

        return float(self._recorded(np.array([time]))[0])

    def _recorded(self, times: NDArray[np.float64]) -> NDArray[np.float64]:
        import numpy as np

        place = np.clip(np.searchsorted(self._played, times) - 1, 0, len(self.pieces) - 1)
        found: NDArray[np.float64] = self._starts[place] + times - self._played[place]
        return found

    def windows(self) -> list[Window]:
        """All of the tape: every second in exactly one window."""
        found = []
        at = 0.0
        while (left := self.length - at) > self._packing.longest:
            # The last two share what is left: no window holds a few words and nothing else.
            end = self._end(at, at, min(self._packing.longest, (left + self._packing.slack) / 2))
            found.append(self._cut(at, end))
            at = end
        if self.length - at > 0:
            found.append(self._cut(at, self.length))
        return found

    def around(self, start: float, end: float, before: float) -> Window:
        """A full window around [start, end) of the recording, with `before` seconds or a little more to lead in."""
        packing = self._packing
        first, last = self.played(start), self.played(end)
        latest = max(0.0, min(first - before, self.length - packing.longest + packing.slack / 2))
        begin = self._rest(max(0.0, latest - packing.slack / 2), latest)
        if self.length - begin <= packing.longest:
            return self._cut(begin, self.length)
        return self._cut(begin, self._end(begin, last, packing.longest))

    def _end(self, begin: float, least: float, longest: float) -> float:
        """Where on the tape a window ends that begins at `begin` and should hold all until `least`: in its last
        seconds, but earlier before anybody is interrupted."""
        import numpy as np

        limit = begin + longest
        for most in (self._packing.slack, longest / 2):
            end = self._rest(min(max(least, limit - most), limit), limit)
            if self._voice_at(np.array([end]))[0] < SPEECH_WITHOUT_VOICE:
                break
        return end

    def _rest(self, low: float, high: float) -> float:
        """Where on the tape, between two times of it, the voice rests most."""
        import numpy as np

        if low <= 0.0:
            return 0.0
        times = np.arange(low, high, FRAME_SECONDS)
        if not len(times):
            return high
        quiet = self._voice_at(times)
        # Of equally quiet places take the last: fuller windows.
        return float(times[len(times) - 1 - int(np.argmin(quiet[::-1]))])

    def _voice_at(self, times: NDArray[np.float64]) -> NDArray[np.float32]:
        import numpy as np

        frames = (self._recorded(times) / FRAME_SECONDS).astype(int)
        found: NDArray[np.float32] = self._voice[np.minimum(frames, len(self._voice) - 1)]
        return found

    def _cut(self, start: float, end: float) -> Window:
        return Window(tuple(intersect(self.pieces, [(self.recorded(start), self.recorded(end))])))
