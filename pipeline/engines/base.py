"""What an engine is: the types and protocols that keep models out of the stages.

A recogniser gets windows of sound and returns words; it knows nothing of recordings, speakers or
pauses. Which windows to cut and which results to trust is decided in `pipeline.speech`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

"""Every engine works at this rate (Hz)."""

WINDOW_SECONDS = 30.0
"""Whisper's input is always this long; shorter windows are padded with silence."""


@dataclass(frozen=True)
class DecodeOptions:
    """How one batch is decoded.

    Args:
        language: ISO 639-1 code the decoder is told.
        prompt: a short text that sets the style (fillers kept, sentences capitalised); "" for none.
        beam_size: beams at temperature 0.
        temperature: 0 for beam search, above it sampling.
        repetition_penalty: above 1 makes repeats less likely (only where an engine can).
        no_repeat_ngram: forbids repeating n-grams of this size, 0 for off (only where an engine can).
    """

    language: str = "en"
    prompt: str = ""
    beam_size: int = 5
    temperature: float = 0.0
    repetition_penalty: float = 1.0
    no_repeat_ngram: int = 0


@dataclass(frozen=True)
class SpokenWord:
    """A word in a window. `start` and `end` are seconds from the window's start, `probability` is the
    mean of its tokens' probabilities. No space around `text`; punctuation attached."""

    text: str
    start: float
    end: float
    probability: float


@dataclass(frozen=True)
class WindowResult:
    """What a decoder returned for one window.

    `reached` is where the decoder's last time stamp stands (seconds from the window's start): speech after it was not
    decoded. `finished` says that the decoder closed its last segment. `compression` is the text's length over its
    zlib-compressed length (loops compress well).
    """

    words: tuple[SpokenWord, ...]
    reached: float
    finished: bool
    avg_logprob: float
    no_speech: float
    compression: float

    @property
    def text(self) -> str:
        """The words joined with spaces."""
        return " ".join(word.text for word in self.words)


class Recogniser(Protocol):
    """Speech to words with times."""

    @property
    def name(self) -> str:
        """What goes into the record: "ctranslate2", "torch"."""
        ...

    @property
    def device(self) -> str:
        """ "cpu" or "cuda"."""
        ...

    @property
    def precision(self) -> str:
        """Numeric precision: "int8", "float16", "float32"."""
        ...

    def decode(self, windows: Sequence[NDArray[np.float32]], options: DecodeOptions) -> list[WindowResult]:
        """Decode windows of at most 30 s at 16 kHz, each (samples,) in -1..1, in one batch.

        Raises:
            ResourceError: out of memory even with a single window.
        """
        ...

    def detect_language(self, windows: Sequence[NDArray[np.float32]]) -> dict[str, float]:
        """Mean probability of each language over `windows`; {"en": 1.0} for an English-only model."""
        ...


class DeviceFailedError(Exception):
    """The GPU failed, or ran out of memory with a single window; the same work can be done on a CPU.

    Never reaches a user: `pipeline.engines.choose` goes on with the CPU.
    """
