"""From windows to words with nothing lost: decode, check, and hear again what was rejected, skipped or doubted.

Whisper drops speech without a sign: it closes a window early, or jumps over a sentence after a pause.
So no window is taken at its word:

1. From where a loop or an impossible rate begins, the text is thrown away.
2. Every stretch of detected speech without words, and every one whose words the decoder was not sure of, is heard again
   in another full window with the speech around it, cut where the voice rests.
3. Where both hearings differ there, the likelier one is believed (`hypotheses`).
4. What has no words then is tried with other settings, at last in a window of its own.
5. What stays empty is reported as unclear, with its length.
6. Names that were heard go into the prompt of the windows still to come.

Nothing is ever added but what a decoder returned.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby
from typing import TYPE_CHECKING

from pipeline.core.intervals import Interval, subtract, total, union
from pipeline.engines.base import DecodeOptions, Recogniser, SpokenWord, WindowResult
from pipeline.speech import hallucinations
from pipeline.speech.activity import FRAME_SECONDS, Mono
from pipeline.speech.hypotheses import Heard, merge
from pipeline.speech.windows import Packing, Tape, Window

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
DOUBT = 0.4
"""Three words in a row are doubted when the mean of their probabilities is below. Not tuned: with it, the development
excerpts of bench/SPEECH.md still take less processor time than sequential decoding."""
LEAD_IN_S = (1.0, 9.0)
"""Speech before a stretch that is heard again: first the stretch near the window's start, then in its middle."""
STUCK = 0.9
"""Another round with the same settings is worth it where the last left less than this of the speech without words."""
LOST = 0.35
"""Words of less probability right before a loop belong to it: "the- or- or- or-"."""
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
class Job:
    """A window to decode with the settings of `level`; `wanted` is what for, nothing at first: all of it."""

    window: Window
    level: int = 0
    wanted: tuple[Interval, ...] = ()


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
    return (first, plain, plain, replace(plain, no_repeat_ngram=4, repetition_penalty=1.1))


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
        self._tape = Tape(self._speech, probabilities, sound.duration, packing)
        self.windows = self._tape.windows()

    def run(self, language: str) -> Outcome:
        """All passes, with the decoder told that `language` is spoken."""
        self._options = replace(self._options, language=language)
        self._levels = ladder(self._options)
        self._learn()
        self._drain([Job(window) for window in self.windows])
        doubted = self.doubted()
        for level in range(1, len(self._levels)):
            for _ in range(MAX_ROUNDS):
                missing = self.uncovered()
                wanted = union(missing, doubted)
                if not wanted:
                    break
                self._drain(self._jobs(wanted, level))
                doubted = []
                if total(self.uncovered()) > STUCK * total(missing):
                    break
        unclear = [part for part in self.uncovered() if part[1] - part[0] >= LEFT_BEHIND_S or self._whole(part)]
        # Where no word was found at all, one note for the whole recording says more than many marks.
        return Outcome(tuple(self._heard), tuple(unclear) if self._heard else (), self._tally)

    def _jobs(self, wanted: Sequence[Interval], level: int) -> list[Job]:
        """Windows that hear all stretches once, those of neighbours together; with the last settings each alone."""
        jobs: list[Job] = []
        edge = self._packing.edge
        for stretch in wanted:
            if level + 1 == len(self._levels):
                start, end = max(0.0, stretch[0] - edge), min(self._sound.duration, stretch[1] + edge)
                jobs.append(Job(Window(((start, end),)), level, (stretch,)))
            elif jobs and stretch[1] <= jobs[-1].window.end:
                jobs[-1] = replace(jobs[-1], wanted=(*jobs[-1].wanted, stretch))
            else:
                window = self._tape.around(*stretch, LEAD_IN_S[level - 1])
                jobs.append(Job(window, level, (stretch,)))
        return jobs

    def _drain(self, jobs: Sequence[Job]) -> None:
        queue = sorted(jobs, key=lambda job: -job.window.length)
        seconds, done = sum(job.window.length for job in jobs), 0.0
        while queue:
            size = self._batch if self._heard else min(FIRST, self._batch)
            batch, queue = queue[:size], queue[size:]
            level = batch[0].level
            windows = [job.window.samples(self._sound) for job in batch]
            results = self._recogniser.decode(windows, self._levels[level])
            self._tally.windows += len(batch)
            for job, result in zip(batch, results, strict=True):
                self._take(job, result)
            done += sum(job.window.length for job in batch)
            if level == 0:
                self._progress(min(0.99, done / seconds))
                self._learn()

    def _learn(self) -> None:
        """Put the names known so far into the prompt; looked for again whenever a quarter more words are heard."""
        if self._heard and len(self._heard) < MORE * self._learned:
            return
        self._learned = len(self._heard)
        names = tuple(self._names([h.word for h in self._heard], self._options.language))
        if names and names != self._known:
            self._known = names
            prompt = f"{self._options.prompt} {', '.join(names)}.".strip()
            self._levels = ladder(replace(self._options, prompt=prompt))

    def _take(self, job: Job, result: WindowResult) -> None:
        """Keep what is credible of a result, and of two hearings of a stretch the likelier."""
        window = job.window
        first = bisect_left(self._heard, window.start, key=lambda h: h.word.start)
        last = bisect_left(self._heard, window.end, lo=first, key=lambda h: h.word.start)
        before = self._heard[first:last]
        found = self._credible(job, result)
        after = merge(before, found, job.wanted) if job.wanted else found
        if job.wanted:
            new = sum(h.recovered for h in after) - sum(h.recovered for h in before)
            self._tally.recovered_windows += new > 0
            self._tally.recovered_words += max(0, new)
        self._heard[first:last] = after

    def _credible(self, job: Job, result: WindowResult) -> list[Heard]:
        """The words of a result that somebody may have said, with their times in the recording."""
        window = job.window
        cut, looped = self._believed(result, job.level, window.length)
        kept = result.words[:cut]
        words = [replace(w, start=window.at(w.start), end=window.at(w.end, ending=True)) for w in kept]
        phrases = hallucinations.stock_phrases([w.text for w in words])
        dropped = {i for first, final in phrases for i in range(first, final + 1)}
        dropped |= set(hallucinations.in_silence(words, self._speech, 0.5)) | self._unvoiced(words, result)
        self._tally.hallucinations += len(phrases)
        self._tally.dropped_words += len(dropped)
        if cut < len(result.words):
            self._tally.loops += looped
            self._tally.hallucinations += not looped
            self._tally.dropped_words += len(result.words) - cut
        recovered = bool(job.wanted)
        return [Heard(w, job.level, recovered) for i, w in enumerate(words) if i not in dropped]

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
            looped = cut != echo
            while cut and words[cut - 1].probability < LOST:
                cut -= 1
            return cut, looped
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

    def uncovered(self) -> list[Interval]:
        """Detected speech without words that is worth another look; what only a pause divides counts together."""
        holes = union([(h.word.start - 0.25, h.word.end + 0.25) for h in self._heard])
        gaps = subtract(self._speech, holes)
        starts = [start for start, _ in holes]
        found: list[Interval] = []
        for _, together in groupby(gaps, key=lambda gap: bisect_left(starts, gap[1])):
            parts = list(together)
            if total(parts) >= LEFT_BEHIND_S or any(map(self._whole, parts)):
                found += parts
        return found

    def doubted(self) -> list[Interval]:
        """Where the decoder was not sure of several words in a row."""
        found = []
        for index, heard in enumerate(self._heard):
            near = self._heard[max(0, index - 1) : index + 2]
            if sum(h.word.probability for h in near) < DOUBT * len(near):
                found.append((heard.word.start, heard.word.end))
        return union(found, bridge=1.0)

    def _whole(self, part: Interval) -> bool:
        """Whether a part of the speech is a whole speech segment and not the tail of one."""
        return part[1] - part[0] >= WHOLE_S and part in self._segments
