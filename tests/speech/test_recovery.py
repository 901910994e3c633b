"""Nothing is lost and nothing invented, whatever the decoder does."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from pipeline.core.intervals import Interval
from pipeline.engines.base import DecodeOptions, SpokenWord, WindowResult
from pipeline.engines.scripted import Clock, Misbehave, ScriptedRecogniser
from pipeline.speech.recovery import Outcome, Search
from pipeline.speech.windows import Packing

PROMPT = "Um, er, I- I mean, you know."


def _script(speech: list[Interval]) -> list[SpokenWord]:
    """A different word every 0.3 s of speech."""
    words = []
    for start, end in speech:
        for n in range(int((end - start) / 0.3)):
            at = start + n * 0.3
            text = hashlib.sha256(str(len(words)).encode()).hexdigest()[:6]  # compresses no better than speech
            words.append(SpokenWord(text, at, at + 0.28, 0.9))
    return words


def _search(
    speech: list[Interval],
    misbehave: Misbehave | None = None,
    voice: float = 1.0,
    script: list[SpokenWord] | None = None,
    names: Callable[[Sequence[SpokenWord], str], Sequence[str]] = lambda words, language: (),
) -> tuple[Outcome, list[str], ScriptedRecogniser]:
    clock = Clock(speech[-1][1] + 2)
    probabilities = np.zeros(int(clock.duration / 0.032) + 1, np.float32)
    for start, end in speech:
        probabilities[int(start / 0.032) : int(end / 0.032) + 1] = voice
    script = _script(speech) if script is None else script
    recogniser = ScriptedRecogniser(script, misbehave)
    options = DecodeOptions(prompt=PROMPT, beam_size=2)
    search = Search(clock, speech, probabilities, recogniser, options, Packing(), 4, lambda fraction: None, names)
    return search.run("en"), [w.text for w in script], recogniser


def _texts(outcome: Outcome) -> list[str]:
    return [heard.word.text for heard in outcome.words]


SPEECH: list[Interval] = [(1.0, 7.0), (7.6, 18.1), (21.0, 40.0), (44.0, 47.0)]


def stops_early(result: WindowResult, options: DecodeOptions) -> WindowResult:
    """Closes its window after six seconds, as Whisper does after a pause."""
    if result.reached <= 6.5:
        return result
    return replace(result, words=tuple(w for w in result.words if w.end <= 6.0), reached=6.0)


def loops_with_a_prompt(result: WindowResult, options: DecodeOptions) -> WindowResult:
    """Repeats itself to the end of the window from its fifth word on."""
    if not options.prompt or len(result.words) < 6:
        return result
    looped = tuple(w if n < 5 else replace(w, text="Yes.") for n, w in enumerate(result.words))
    return replace(result, words=looped)


def skips_the_middle(result: WindowResult, options: DecodeOptions) -> WindowResult:
    """Loses what stands three to six seconds into a long window."""
    if result.reached < 10:
        return result
    return replace(result, words=tuple(w for w in result.words if not 3.0 <= w.start < 6.0))


def doubts_with_a_prompt(result: WindowResult, options: DecodeOptions) -> WindowResult:
    """Is unsure of everything in the first attempt."""
    return replace(result, avg_logprob=-1.4) if options.prompt else result


@pytest.mark.parametrize("misbehave", [None, stops_early, loops_with_a_prompt, skips_the_middle, doubts_with_a_prompt])
def test_every_word_is_found_whatever_the_decoder_does(misbehave: Misbehave | None) -> None:
    outcome, script, _ = _search(SPEECH, misbehave)
    assert _texts(outcome) == script
    assert outcome.unclear == ()


def test_what_is_found_again_is_counted_and_marked() -> None:
    outcome, _, _ = _search(SPEECH, skips_the_middle)
    recovered = [h for h in outcome.words if h.recovered]
    assert recovered
    assert outcome.tally.recovered_words == len(recovered)
    assert outcome.tally.recovered_windows >= 2


def test_a_loop_is_counted_and_its_words_dropped() -> None:
    outcome, _, recogniser = _search(SPEECH, loops_with_a_prompt)
    assert outcome.tally.loops >= 3
    assert outcome.tally.dropped_words > 50
    assert any(not options.prompt for _, options in recogniser.asked)


def test_speech_that_stays_empty_is_unclear_with_its_length() -> None:
    speech = [(1.0, 7.0), (9.0, 12.0)]
    outcome, _, _ = _search(speech, script=_script(speech[:1]))
    ((start, end),) = outcome.unclear
    assert (start, end) == (9.0, 12.0)


def test_a_recording_without_any_words_has_no_unclear_marks() -> None:
    outcome, _, _ = _search([(1.0, 7.0)], script=[])
    assert outcome.words == ()
    assert outcome.unclear == ()


@pytest.mark.parametrize(
    ("voice", "no_speech", "logprob", "kept"),
    [
        (0.0, 0.6, -0.8, False),  # a ringing telephone that the diariser took for speech
        (0.0, 0.4, -0.5, False),
        (0.0, 0.1, -0.3, True),  # somebody far from the microphone: the decoder is sure
        (0.9, 0.4, -0.5, True),
        (0.9, 0.8, -0.3, True),
        (0.9, 0.8, -0.9, False),
    ],
)
def test_words_need_a_voice_or_a_sure_decoder(voice: float, no_speech: float, logprob: float, kept: bool) -> None:
    def doubt(result: WindowResult, options: DecodeOptions) -> WindowResult:
        return replace(result, no_speech=no_speech, avg_logprob=logprob)

    outcome, script, _ = _search([(1.0, 4.0)], doubt, voice)
    assert _texts(outcome) == (script if kept else [])


def test_an_endless_loop_ends() -> None:
    def always(result: WindowResult, options: DecodeOptions) -> WindowResult:
        return replace(result, words=tuple(replace(w, text="You") for w in result.words))

    outcome, _, recogniser = _search(SPEECH, always)
    assert len(recogniser.asked) < 80
    assert set(_texts(outcome)) <= {"You"}


def test_a_decoder_that_never_gets_anywhere_ends() -> None:
    def stuck(result: WindowResult, options: DecodeOptions) -> WindowResult:
        return replace(result, words=(), reached=0.0, finished=False)

    outcome, _, recogniser = _search(SPEECH, stuck)
    assert outcome.words == ()
    assert len(recogniser.asked) < 80


lengths = st.lists(st.tuples(st.integers(2, 40), st.integers(4, 300)), min_size=1, max_size=8)


@hypothesis_settings(max_examples=15, deadline=None)
@given(lengths, st.sampled_from([None, stops_early, skips_the_middle]))
def test_no_word_is_lost_doubled_or_invented(
    rows: list[tuple[int, int]], misbehave: Callable[[WindowResult, DecodeOptions], WindowResult] | None
) -> None:
    speech: list[Interval] = []
    at = 0.0
    for gap, length in rows:
        speech.append((round(at + gap / 10, 3), round(at + gap / 10 + length * 0.3, 3)))
        at = speech[-1][1]
    outcome, script, _ = _search(speech, misbehave)
    found = _texts(outcome)
    assert set(found) <= set(script)
    assert len(set(script) - set(found)) <= 2 * len(outcome.words) // 20 + len(rows)  # words cut by a window's edge
    times = [h.word.start for h in outcome.words]
    assert times == sorted(times)


def test_names_heard_in_the_first_windows_go_into_the_prompt_of_the_others() -> None:
    speech = [(n * 40.0, n * 40.0 + 20.0) for n in range(8)]
    told: list[int] = []

    def names(words: Sequence[SpokenWord], language: str) -> list[str]:
        told.append(len(words))
        return ["Yetunde", "Joy"] if words else []

    outcome, script, recogniser = _search(speech, names=names)
    assert _texts(outcome) == script
    first, *others = dict.fromkeys(options.prompt for _, options in recogniser.asked)
    assert [prompt.replace(first, "").strip() for prompt in others] == ["Yetunde, Joy."]
    assert told[0] == 0
    assert told == sorted(told)
