"""Where somebody speaks: silero's voice activity, united with what the diariser found.

Silero (MIT, in faster-whisper's package) gives one probability per 32 ms. It hears short and quiet
speech that a diariser drops; the diariser hears overlapped speech that silero drops.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from pipeline.core.intervals import Interval, union
from pipeline.recording import SAMPLE_RATE

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

FRAME = 512
FRAME_SECONDS = FRAME / SAMPLE_RATE
BLOCK_FRAMES = 10_000
"""Frames per block (320 s): memory stays flat however long the recording is."""
WARM_UP_FRAMES = 64
"""Frames before a block that only bring the recurrent state up to date (2 s)."""


class Mono(Protocol):
    """What is needed of `pipeline.recording.audio.Sound`."""

    @property
    def duration(self) -> float:
        """Seconds."""
        ...

    def mono(self, start: float = 0.0, end: float | None = None) -> NDArray[np.float32]:
        """Samples of [start, end) at 16 kHz, all channels mixed."""
        ...


def voice_probabilities(sound: Mono) -> NDArray[np.float32]:
    """Probability of voice per 32 ms frame, shape (frames,)."""
    import numpy as np
    from faster_whisper.vad import get_vad_model

    model = get_vad_model()
    frames = int(sound.duration / FRAME_SECONDS)
    found = np.zeros(frames, dtype=np.float32)
    for first in range(0, frames, BLOCK_FRAMES):
        last = min(frames, first + BLOCK_FRAMES)
        begin = max(0, first - WARM_UP_FRAMES)
        samples = sound.mono(begin * FRAME_SECONDS, last * FRAME_SECONDS)
        wanted = (last - begin) * FRAME
        samples = np.pad(samples[:wanted], (0, max(0, wanted - len(samples))))
        found[first:last] = np.asarray(model(samples)).reshape(-1)[first - begin :]
    return found


def voiced(
    probabilities: Sequence[float] | NDArray[np.float32],
    *,
    threshold: float = 0.5,
    release: float = 0.35,
    shortest: float = 0.1,
    pause: float = 0.16,
    margin: float = 0.06,
) -> list[Interval]:
    """Speech segments in seconds. A segment begins at `threshold` and ends where the probability stays under `release`
    for `pause` seconds; segments under `shortest` are dropped, the rest get `margin` seconds on each side.
    """
    found: list[Interval] = []
    begin: int | None = None
    quiet: int | None = None
    for index, probability in enumerate([*probabilities, *[0.0] * (int(pause / FRAME_SECONDS) + 2)]):
        if probability >= threshold:
            begin = index if begin is None else begin
            quiet = None
        elif begin is not None and probability < release:
            quiet = index if quiet is None else quiet
            if (index - quiet + 1) * FRAME_SECONDS >= pause:
                found.append((begin * FRAME_SECONDS, quiet * FRAME_SECONDS))
                begin = quiet = None
        elif begin is not None:
            quiet = None
    longest = len(probabilities) * FRAME_SECONDS
    kept = [(max(0.0, s - margin), min(longest, e + margin)) for s, e in found if e - s >= shortest]
    return union(kept)


def detected(
    probabilities: NDArray[np.float32], diarised: Sequence[Interval], duration: float, shortest: float = 0.1
) -> list[Interval]:
    """Detected speech: voice activity united with the diariser's segments, cut to the recording."""
    found = union(voiced(probabilities), diarised, bridge=0.1)
    return [(max(0.0, s), min(duration, e)) for s, e in found if min(duration, e) - max(0.0, s) >= shortest]
