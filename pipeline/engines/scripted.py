"""A recogniser that returns what a script says, and misbehaves on request: for tests of what surrounds it.

It gets sound like any engine. `Clock` is a sound whose samples tell the time, so that the engine knows which
part of the recording a window holds, however it was cut and joined.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from pipeline.engines.base import DecodeOptions, SpokenWord, WindowResult
from pipeline.engines.tokens import compression
from pipeline.recording import SAMPLE_RATE

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SCALE = 1.0e5
"""Seconds per unit of a `Clock` sample."""
STRIDE = 160
"""The clock is read every 10 ms."""

Misbehave = Callable[[WindowResult, DecodeOptions], WindowResult]


@dataclass(frozen=True)
class Clock:
    """A sound of `duration` seconds whose every sample is its own time / SCALE."""

    duration: float

    def mono(self, start: float = 0.0, end: float | None = None) -> NDArray[np.float32]:
        """Samples of [start, end), shape (n,)."""
        import numpy as np

        last = self.duration if end is None else min(end, self.duration)
        first = round(max(0.0, start) * SAMPLE_RATE)
        return (np.arange(first, max(first, round(last * SAMPLE_RATE))) / SAMPLE_RATE / SCALE).astype(np.float32)


@dataclass
class ScriptedRecogniser:
    """Returns the words of `script` (times in the recording) that lie in a window of a `Clock`.

    `misbehave` may change each result: lose words, loop, stop early. `asked` keeps what was decoded.
    """

    script: Sequence[SpokenWord]
    misbehave: Misbehave | None = None
    language: str = "en"
    name: str = "scripted"
    device: str = "cpu"
    precision: str = "none"
    asked: list[tuple[float, DecodeOptions]] = field(default_factory=list)

    def decode(self, windows: Sequence[NDArray[np.float32]], options: DecodeOptions) -> list[WindowResult]:
        """See Recogniser."""
        return [self._one(window, options) for window in windows]

    def detect_language(self, windows: Sequence[NDArray[np.float32]]) -> dict[str, float]:
        """See Recogniser."""
        return {self.language: 0.9, "la": 0.1}

    def _one(self, window: NDArray[np.float32], options: DecodeOptions) -> WindowResult:
        import numpy as np

        self.asked.append((len(window) / SAMPLE_RATE, options))
        times = window[::STRIDE].astype(np.float64) * SCALE
        rate = SAMPLE_RATE / STRIDE
        words = []
        for word in self.script:
            inside = np.flatnonzero((times >= word.start - 0.005) & (times < word.end - 0.005))
            if len(inside) >= 0.6 * (word.end - word.start) * rate and len(inside):
                words.append(replace(word, start=float(inside[0] / rate), end=float((inside[-1] + 1) / rate)))
        text = " ".join(word.text for word in words)
        result = WindowResult(tuple(words), len(window) / SAMPLE_RATE, True, -0.2, 0.02, compression(text))
        return self.misbehave(result, options) if self.misbehave else result
