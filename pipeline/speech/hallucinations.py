"""Hallucinations, text that nobody said: loops, stock phrases, words in silence, words too fast.

Whisper was trained on subtitles. Given noise, a breath or overlapped speech it may repeat itself until
its window is full, or write what subtitles end with (Koenecke et al., "Careless Whisper", FAccT 2024:
about 1 % of segments). Each check here finds where a text stops being credible; what to do about it
is decided in `recovery`.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence

from pipeline.core.intervals import Interval
from pipeline.engines.base import SpokenWord
from pipeline.redaction.text.tables import SPEECH, table

#: Repeats of an n-gram of that many words that people do produce ("no, no, no, no"): more is a loop.
TOLERATED = {1: 4, 2: 3, 3: 2, 4: 2}
TOLERATED_LONGER = 2
LONGEST_NGRAM = 12

#: More words in one second than anybody can say: a loop squeezed into the time that was left.
RUSH_WORDS = 9
RUSH_SECONDS = 0.8

#: Subtitles' last words; in an interview they are the model's, not the speaker's.
STOCK = re.compile(rf"\b(?:{'|'.join(table('subtitles', SPEECH)['stock'])})\b")
#: This many words of the prompt in a row come from the prompt, not from the speaker.
ECHO_WORDS = 5


def plain(text: str) -> str:
    """Lower case, letters, digits and apostrophes; everything else a single space."""
    return re.sub(r"[^a-z0-9']+", " ", text.lower().replace("’", "'")).strip()


def loop_at(texts: Sequence[str]) -> tuple[int, int] | None:
    """Where a loop begins: indices of its first saying and of its first repeat; None without a loop.

    A loop is an n-gram said more often in a row than anyone would. Whether its first saying was heard or
    is where the decoder lost its way, only decoding again can tell.
    """
    words = [plain(text) for text in texts]
    found: tuple[int, int] | None = None
    for size in range(1, min(LONGEST_NGRAM, len(words) // 2) + 1):
        allowed = TOLERATED.get(size, TOLERATED_LONGER)
        run = 0
        for index in range(size, len(words)):
            run = run + 1 if words[index] == words[index - size] and words[index] else 0
            if run >= size * allowed:
                again = index - run + 1
                found = min(found or (len(words), 0), (again - size, again))
                break
    return found


def rush_at(words: Sequence[SpokenWord]) -> int | None:
    """Index of the first word of a run too fast to have been said, None if there is none."""
    for index in range(len(words) - RUSH_WORDS + 1):
        if words[index + RUSH_WORDS - 1].start - words[index].start < RUSH_SECONDS:
            return index
    return None


def stock_phrases(texts: Sequence[str]) -> list[tuple[int, int]]:
    """Ranges [first, last] of words that make up a stock phrase of subtitles."""
    joined = ""
    starts: list[int] = []
    for text in texts:
        starts.append(len(joined))
        joined += plain(text) + " "
    found = []
    for match in STOCK.finditer(joined):
        first = bisect_left(starts, match.start() + 1) - 1
        last = bisect_left(starts, match.end()) - 1
        found.append((first, last))
    return found


def echo_at(texts: Sequence[str], prompt: str) -> int | None:
    """Index of the first word of an echo of `prompt`, None if there is none."""
    wanted = plain(prompt.replace("-", " ")).split()
    said: list[str] = []
    owners: list[int] = []
    for index, text in enumerate(texts):
        pieces = plain(text.replace("-", " ")).split()
        said += pieces
        owners += [index] * len(pieces)
    for at in range(len(said) - ECHO_WORDS + 1):
        part = said[at : at + ECHO_WORDS]
        if any(part == wanted[place : place + ECHO_WORDS] for place in range(len(wanted) - ECHO_WORDS + 1)):
            return owners[at]
    return None


def in_silence(words: Sequence[SpokenWord], speech: Sequence[Interval], margin: float) -> list[int]:
    """Indices of words that lie `margin` seconds or more away from all detected speech.

    Args:
        words: times in the recording.
        speech: sorted, disjoint.
    """
    starts = [start for start, _ in speech]
    silent = []
    for index, word in enumerate(words):
        place = bisect_left(starts, word.end + margin)
        if place == 0 or speech[place - 1][1] <= word.start - margin:
            silent.append(index)
    return silent
