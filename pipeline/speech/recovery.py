"""From windows to words with nothing lost: decode, check, and queue again what was rejected or skipped.

Whisper drops speech without a sign: it closes a window early, or jumps over a sentence after a pause.
So no window is taken at its word:

1. A window's last time stamp says how far the decoder listened; speech behind it goes back into the queue.
2. From where a loop or an impossible rate begins, the text is thrown away and the sound decoded again
   with other settings.
3. Every segment of detected speech without words is decoded in a window of its own.
4. What stays empty is reported as unclear, with its length.
5. Names that were heard go into the prompt of the windows still to come.

Nothing is ever added but what a decoder returned.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from pipeline.core.intervals import Interval, intersect, subtract, total, union
from pipeline.engines.base import DecodeOptions, Recogniser, SpokenWord, WindowResult
from pipeline.speech import hallucinations
from pipeline.speech.activity import FRAME_SECONDS, Mono
from pipeline.speech.windows import Packing, Window, pack, split_long

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MAX_ROUNDS = 12
LEFT_BEHIND_S = 1.0
"""Speech shorter than this, behind the last time stamp or between words, is the tail of a word: time stamps
are that rough, and a decoder that is given half a second again invents something."""
WHOLE_S = 0.4
"""A speech segment of its own, between pauses, is worth decoding from this length on: "yeah", "mm-hm"."""
SHORT_S = 2.0
SHORT_LOGPROB = -0.7
"""A short window without context is accepted only with a better score than a long one."""
UNSURE_LOGPROB = -1.0
COMPRESSED = 2.4
SILENT_LOGPROB = -0.6
SILENT = 0.45
"""Whisper's own probability that there is no speech; combined with a middling text score it is taken at its word."""
VOICE = 0.35
"""Probability of voice that a word needs somewhere under it, if the decoder was not sure either."""
SURE_LOGPROB = -0.7
SURE_SPEECH = 0.3
FIRST = 4
"""Windows of the first batch, which find names for the others. Decoding them again with all names changes nothing."""
MORE = 1.25
"""Names are looked for again when this much more is decoded: the work stays linear."""


@dataclass(frozen=True)
class Heard:
    """A word in the recording: times in seconds from its start."""

    word: SpokenWord
    level: int = 0
    recovered: bool = False


@dataclass(frozen=True)
class Job:
    """A window to decode with the settings of `level`."""

    window: Window
    level: int = 0
    recovery: bool = False


@dataclass
class Tally:
    """Counts for `Coverage`."""

    windows: int = 0
    recovered_windows: int = 0
    recovered_words: int = 0
    dropped_words: int = 0
    loops: int = 0
    hallucinations: int = 0


@dataclass(frozen=True)
class Outcome:
    """Words in spoken order, speech nobody could recognise, and counts."""

    words: tuple[Heard, ...]
    unclear: tuple[Interval, ...]
    tally: Tally = field(default_factory=Tally)


def ladder(first: DecodeOptions) -> tuple[DecodeOptions, ...]:
    """Settings to try one after the other on a window whose text was rejected."""
    plain = replace(first, prompt="", beam_size=max(5, first.beam_size))
    return (first, plain, replace(plain, no_repeat_ngram=4, repetition_penalty=1.1))


class Search:
    """One recording's way from speech to words. Use `recognise`.

    Args:
        sound: the recording.
        speech: detected speech, sorted and disjoint.
        probabilities: voice per 32 ms, to cut long speech segments where it is least.
        recogniser: the engine.
        options: settings of the first attempt; the others follow from them.
        packing: how windows are filled.
        batch_size: windows decoded together.
        progress: called with a fraction 0..1.
        names: from the words heard so far, in spoken order, and the language to names for the prompt.
    """

    def __init__(
        self,
        sound: Mono,
        speech: Sequence[Interval],
        probabilities: NDArray[np.float32],
        recogniser: Recogniser,
        options: DecodeOptions,
        packing: Packing,
        batch_size: int,
        progress: Callable[[float], None],
        names: Callable[[Sequence[SpokenWord], str], Sequence[str]] = lambda words, language: (),
    ) -> None:
        self._sound = sound
        self._speech = list(speech)
        self._probabilities = probabilities
        self._recogniser = recogniser
        self._options = options
        self._levels = ladder(options)
        self._packing = packing
        self._batch = batch_size
        self._progress = progress
        self._names = names
        self._known: tuple[str, ...] = ()
        self._learned = 0
        self._heard: list[Heard] = []
        self._tally = Tally()
        self._segments = frozenset(self._speech)
        self._seconds = max(1e-9, total(self._speech))
        self._done = 0.0
        self.windows = self._pack(self._speech)

    def run(self, language: str) -> Outcome:
        """All passes, with the decoder told that `language` is spoken."""
        self._options = replace(self._options, language=language)
        self._levels = ladder(self._options)
        self._learn()
        self._drain([Job(window) for window in self.windows])
        for attempt in range(2):
            gaps = self.uncovered()
            if not gaps:
                break
            self._drain([Job(self._around(gap), 1 + attempt, recovery=True) for gap in gaps])
        words = sorted(self._heard, key=lambda h: (h.word.start, h.word.end))
        # Where no word was found at all, one note for the whole recording says more than many marks.
        return Outcome(tuple(words), tuple(self.uncovered()) if words else (), self._tally)

    def _pack(self, speech: Sequence[Interval], earliest: float = 0.0) -> list[Window]:
        longest = self._packing.longest - 2 * self._packing.edge
        parts = split_long(speech, self._probabilities, longest)
        return pack(parts, self._packing, self._sound.duration, earliest)

    def _drain(self, jobs: Sequence[Job]) -> None:
        queue = list(jobs)
        for _ in range(MAX_ROUNDS):
            if not queue:
                return
            queue.sort(key=lambda job: (job.level, -job.window.length))
            again: list[Job] = []
            while queue:
                level = queue[0].level
                size = self._batch if self._heard else min(FIRST, self._batch)
                batch = [job for job in queue[:size] if job.level == level]
                queue = queue[len(batch) :]
                windows = [job.window.samples(self._sound) for job in batch]
                results = self._recogniser.decode(windows, self._levels[level])
                self._tally.windows += len(batch)
                for job, result in zip(batch, results, strict=True):
                    more = self._take(job, result)
                    again.extend(more)
                    self._done += job.window.length - sum(m.window.length for m in more)
                self._progress(min(0.99, self._done / self._seconds))
                if level == 0:
                    self._learn()
            queue = again

    def _learn(self) -> None:
        """Put the names known so far into the prompt; looked for again whenever a quarter more words are heard."""
        if self._heard and len(self._heard) < MORE * self._learned:
            return
        self._learned = len(self._heard)
        words = [h.word for h in sorted(self._heard, key=lambda h: (h.word.start, h.word.end))]
        names = tuple(self._names(words, self._options.language))
        if names and names != self._known:
            self._known = names
            prompt = f"{self._options.prompt} {', '.join(names)}.".strip()
            self._levels = ladder(replace(self._options, prompt=prompt))

    def _take(self, job: Job, result: WindowResult) -> list[Job]:
        """Keep what is credible of a result; return what has to be decoded again."""
        window = job.window
        last = job.level + 1 >= len(self._levels)
        cut, looped = self._believed(result, job.level, window.length)
        kept = result.words[:cut]
        words = [replace(w, start=window.at(w.start), end=window.at(w.end, ending=True)) for w in kept]
        phrases = hallucinations.stock_phrases([w.text for w in words])
        dropped = {i for first, final in phrases for i in range(first, final + 1)}
        silent = set(hallucinations.in_silence(words, self._speech, 0.5)) | self._unvoiced(words, result)
        self._tally.hallucinations += len(phrases)
        self._tally.dropped_words += len(dropped | silent)
        good = [Heard(w, job.level, job.recovery) for i, w in enumerate(words) if i not in dropped | silent]
        if job.recovery:
            self._tally.recovered_windows += bool(good)
            self._tally.recovered_words += len(good)
        self._heard.extend(good)
        if cut < len(result.words):
            self._tally.loops += looped
            self._tally.hallucinations += not looped
            self._tally.dropped_words += len(result.words) - cut
            return [] if last else self._again(window, result.words[cut].start, job.level + 1, job.recovery)
        if result.reached < window.length:
            return self._again(
                window, result.reached, job.level if result.reached > 1.0 else job.level + 1, job.recovery
            )
        return []

    def _believed(self, result: WindowResult, level: int, length: float) -> tuple[int, bool]:
        """How many of a result's words are accepted, and whether a loop is why no more are."""
        words = result.words
        texts = [w.text for w in words]
        last = level + 1 >= len(self._levels)
        loop, rush = hallucinations.loop_at(texts), hallucinations.rush_at(words)
        loops = [] if rush is None else [rush]
        if loop is not None:
            loops.append(loop[1] if last else loop[0])
        echo = hallucinations.echo_at(texts, self._levels[level].prompt)
        if loops or echo is not None:
            cut = min([*loops, *([] if echo is None else [echo])])
            return cut, cut != echo
        if result.compression > COMPRESSED:
            return 0, True
        nobody = result.no_speech > SILENT and result.avg_logprob < SILENT_LOGPROB
        least = SHORT_LOGPROB if length < SHORT_S else UNSURE_LOGPROB
        return (0 if nobody or result.avg_logprob < least else len(words)), False

    def _unvoiced(self, words: Sequence[SpokenWord], result: WindowResult) -> set[int]:
        """Indices of words without any voice under them, where the decoder had doubts, too.

        A diariser may take a ringing telephone for speech. But it also hears somebody far from the
        microphone whom voice activity misses: a decoder that is sure is trusted.
        """
        if result.no_speech < SURE_SPEECH and result.avg_logprob > SURE_LOGPROB:
            return set()
        found = set()
        for index, word in enumerate(words):
            first = max(0, int((word.start - 0.2) / FRAME_SECONDS))
            under = self._probabilities[first : int((word.end + 0.2) / FRAME_SECONDS) + 1]
            if not len(under) or float(under.max()) < VOICE:
                found.add(index)
        return found

    def _again(self, window: Window, time: float, level: int, recovery: bool) -> list[Job]:
        rest = union(window.after(time))
        left = intersect(rest, self._speech)
        if level >= len(self._levels) or not (total(left) >= LEFT_BEHIND_S or any(map(self._whole, left))):
            return []
        return [Job(w, level, recovery) for w in self._pack(left, rest[0][0])]

    def uncovered(self) -> list[Interval]:
        """Detected speech without words that is worth another look."""
        holes = [(h.word.start - 0.25, h.word.end + 0.25) for h in self._heard]
        gaps = subtract(self._speech, union(holes))
        return [gap for gap in gaps if gap[1] - gap[0] >= LEFT_BEHIND_S or self._whole(gap)]

    def _whole(self, part: Interval) -> bool:
        """Whether a part of the speech is a whole speech segment and not the tail of one."""
        return part[1] - part[0] >= WHOLE_S and part in self._segments

    def _around(self, gap: Interval) -> Window:
        edge = self._packing.edge
        return Window(((max(0.0, gap[0] - edge), min(self._sound.duration, gap[1] + edge)),))
