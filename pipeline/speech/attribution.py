"""Words x speaker turns -> words with a speaker.

1. Each word goes to who speaks while it is said. A recogniser stretches the first word after a pause back
   into the pause, so only as much of a word counts as a word of its length can last, taken from its end.
   Where two speak at once, the word goes to whose turn goes on, unless it is a backchannel ("mm-hm") that fills the
   other's short turn.
2. The first and last words of a turn are the classic error. A change of speaker within a sentence is
   moved to an end of sentence or a pause beside it where the turns leave that open.
3. Units cut at sentence ends and pauses of half a second are compared with each speaker's voice (the speaker segments
   that the diariser embedded) and moved whole, but only with a margin.
4. A short backchannel inside the other's turn keeps its speaker and is flagged "backchannel";
   words said while the other speaks are flagged "overlap".
"""

from __future__ import annotations

import bisect
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.core.document import Document, Turn, Word, WordFlag

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from pipeline.core.paths import RecordingPaths

PAUSE_S = 0.5
SENTENCE_END = re.compile(r"[.?!…][\"'”’)]*$")
QUESTION_END = re.compile(r"\?[\"'”’)]*$")
SOUNDS = frozenset(
    {"mm", "mmm", "mhm", "mmhm", "hm", "hmm", "uhhuh", "aha", "ah", "yeah", "yes", "yep", "right", "okay", "ok", "sure"}
)
LISTENING = SOUNDS | frozenset(
    {"oh", "yup", "no", "really", "gosh", "wow", "sorry", "of", "course", "i", "see", "exactly", "absolutely", "true"}
    | {"definitely", "good", "great", "lovely", "brilliant", "wonderful"}
)
LISTENING_WORDS, LISTENING_S = 3, 1.6
BACK_S = 4.0  # the turn goes on within this after a backchannel
LETTER_S, WORD_S = 0.075, 0.14  # how long a word can last: a little, and so much per letter
SNAP_WORDS, SNAP_S = 2, 0.6
MARGIN = 0.15  # of cosine similarity, for a unit to change hands
VOICE_S = 1.0  # a unit with less embedded speech is not judged by its voice
INSIDE = 0.7  # share of a speaker segment that must lie in the unit
OVERLAP_SHARE, OVERLAP_S = 0.6, 0.2


def bare(text: str) -> str:
    """Letters of a word, lower case ("Mm-hm," -> "mmhm")."""
    return re.sub(r"[^a-z]", "", text.lower())


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

    def who(self, word: Word) -> tuple[str | None, float]:
        """Who says `word`, and the share of it that is theirs and nobody else's."""
        start, end = core(word)
        rows = self.near(start, end)
        shares = overlap(rows, start, end)
        if not shares:
            turn = self.nearest(end)
            return (turn.speaker if turn else None), 0.0
        length = end - start
        best = max(shares.values())
        close = [speaker for speaker, share in shares.items() if share > best - 0.25 * length]
        longest = {turn.speaker: 0.0 for turn in rows}
        for turn in rows:
            longest[turn.speaker] = max(longest[turn.speaker], turn.end - turn.start)
        if len(close) > 1 and bare(word.text) in SOUNDS:
            short = min(close, key=lambda speaker: longest[speaker])
            if longest[short] <= LISTENING_S and best >= OVERLAP_SHARE * length:
                return short, 0.5
        chosen = max(close, key=lambda speaker: (longest[speaker], speaker))
        others = sum(share for speaker, share in shares.items() if speaker != chosen)
        return chosen, max(0.0, (shares[chosen] - others) / length)


def core(word: Word) -> tuple[float, float]:
    """The part of a word's time that a word of its length can fill, taken from its end; seconds."""
    assert word.start is not None
    assert word.end is not None
    end = max(word.end, word.start + 0.02)
    return max(word.start, end - WORD_S - LETTER_S * len(bare(word.text) or word.text)), end


def _timed(word: Word) -> bool:
    return word.start is not None and word.end is not None


def _gap(before: Word, after: Word) -> float:
    if before.end is None or after.start is None:
        return 0.0
    return after.start - before.end


def _cut(before: Word, after: Word) -> bool:
    """True if a unit may end between two words."""
    return bool(SENTENCE_END.search(before.text)) or _gap(before, after) >= PAUSE_S


@dataclass
class _Guess:
    """Where a word stands: who says it, and how sure the turns are of that (0..1)."""

    speaker: str | None
    sure: float


def attribute(words: Sequence[Word], document: Document, paths: RecordingPaths) -> tuple[list[Word], int]:
    """Words with their speaker set, and how many were moved after the first guess by the turns.

    Args:
        words: in spoken order; without times a word goes to who spoke before it.
        document: with turns and voices.
        paths: where the diariser left its embeddings; without them voices are not compared.
    """
    guesses = _by_turns(words, Timeline(document.turns))
    first = [guess.speaker for guess in guesses]
    _snap(words, guesses)
    spans, vectors = _embeddings(paths)
    if len(document.voices) > 1 and len(spans):
        _by_voice(words, guesses, document, spans, vectors)
    moved = [before is not None and guess.speaker != before for guess, before in zip(guesses, first, strict=True)]
    result = [
        word.model_copy(update={"speaker": guess.speaker, "flags": _with(word, "moved") if shifted else word.flags})
        for word, guess, shifted in zip(words, guesses, moved, strict=True)
    ]
    return _flagged(result, Timeline(document.turns)), sum(moved)


def _with(word: Word, flag: WordFlag) -> tuple[WordFlag, ...]:
    return word.flags if flag in word.flags else (*word.flags, flag)


def _by_turns(words: Sequence[Word], timeline: Timeline) -> list[_Guess]:
    guesses: list[_Guess] = []
    before: str | None = None
    for word in words:
        speaker, sure = timeline.who(word) if _timed(word) else (before, 0.0)
        before = speaker or before
        guesses.append(_Guess(before, sure))
    return guesses


def _snap(words: Sequence[Word], guesses: list[_Guess]) -> None:
    """Move a change of speaker within a sentence to the end of a sentence or a pause beside it, over words that the
    turns are not sure of."""
    for n in range(1, len(words)):
        left, right = guesses[n - 1].speaker, guesses[n].speaker
        if left == right or _cut(words[n - 1], words[n]):
            continue
        for distance in range(1, SNAP_WORDS + 1):
            early, late = n - distance, n + distance
            if early > 0 and _cut(words[early - 1], words[early]) and _open(words, guesses, early, n, left):
                for guess in guesses[early:n]:
                    guess.speaker = right
                break
            if late < len(words) and _cut(words[late - 1], words[late]) and _open(words, guesses, n, late, right):
                for guess in guesses[n:late]:
                    guess.speaker = left
                break


def _open(words: Sequence[Word], guesses: list[_Guess], first: int, last: int, speaker: str | None) -> bool:
    """True if the words [first, last) are all `speaker`'s by a guess the turns leave open, and soon said."""
    if any(guess.speaker != speaker or guess.sure > 0.6 for guess in guesses[first:last]):
        return False
    start, end = words[first].start, words[last - 1].end
    return start is not None and end is not None and end - start <= SNAP_S * (last - first)


def _embeddings(paths: RecordingPaths) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Spans (n, 2) in seconds and unit vectors (n, d) that the diariser left; empty where there are none."""
    import numpy as np

    file = paths.voices
    if not file.is_file():
        return np.zeros((0, 2), np.float32), np.zeros((0, 0), np.float32)
    with np.load(file) as stored:
        return stored["spans"].astype(np.float32), stored["vectors"].astype(np.float32)


def _units(words: Sequence[Word], guesses: list[_Guess]) -> list[tuple[int, int]]:
    """Words [first, last) of one speaker between sentence ends, pauses and changes."""
    units: list[tuple[int, int]] = []
    first = 0
    for n in range(1, len(words) + 1):
        if n == len(words) or _cut(words[n - 1], words[n]) or guesses[n].speaker != guesses[n - 1].speaker:
            units.append((first, n))
            first = n
    return units


def _by_voice(
    words: Sequence[Word],
    guesses: list[_Guess],
    document: Document,
    spans: NDArray[np.float32],
    vectors: NDArray[np.float32],
) -> None:
    """Move units that sound like another speaker than the one they were given to, with a margin."""
    import numpy as np

    names = [voice.speaker for voice in document.voices]
    centroids = np.array([voice.centroid for voice in document.voices], np.float32)
    if vectors.shape[1] != centroids.shape[1]:
        return
    likeness = vectors @ centroids.T
    starts = spans[:, 0]
    for first, last in _units(words, guesses):
        begin, end, mine = words[first].start, words[last - 1].end, guesses[first].speaker
        if begin is None or end is None or end - begin < VOICE_S or mine not in names:
            continue
        low, high = np.searchsorted(starts, (begin - 2.5, end))
        rows = np.arange(low, high)
        shared = np.minimum(spans[rows, 1], end) - np.maximum(spans[rows, 0], begin)
        rows, shared = (x[shared >= INSIDE * (spans[rows, 1] - spans[rows, 0])] for x in (rows, shared))
        if shared.sum() < VOICE_S or shared.sum() < 0.5 * (end - begin):
            continue
        mean = (likeness[rows] * shared[:, None]).sum(0) / shared.sum()
        best = int(mean.argmax())
        if names[best] != mine and mean[best] - mean[names.index(mine)] > MARGIN:
            for guess in guesses[first:last]:
                guess.speaker = names[best]


def _flagged(words: list[Word], timeline: Timeline) -> list[Word]:
    """Flag backchannels inside the other's turn, and words said while the other speaks."""
    result = list(words)
    runs: list[tuple[int, int]] = []
    first = 0
    for n in range(1, len(words) + 1):
        if n == len(words) or words[n].speaker != words[n - 1].speaker:
            runs.append((first, n))
            first = n
    for before, run, after in zip(runs, runs[1:], runs[2:], strict=False):
        if _is_listening(words, before, run, after):
            for n in range(*run):
                result[n] = result[n].model_copy(update={"flags": _with(result[n], "backchannel")})
    for n, word in enumerate(result):
        if not _timed(word) or word.has("backchannel"):
            continue
        start, end = core(word)
        others = sum(
            s for speaker, s in overlap(timeline.near(start, end), start, end).items() if speaker != word.speaker
        )
        own = overlap(timeline.near(start, end), start, end).get(word.speaker or "", 0.0)
        if others >= max(OVERLAP_S, OVERLAP_SHARE * (end - start)) and own >= OVERLAP_SHARE * (end - start):
            result[n] = word.model_copy(update={"flags": _with(word, "overlap")})
    return result


def _is_listening(words: Sequence[Word], before: tuple[int, int], run: tuple[int, int], after: tuple[int, int]) -> bool:
    """True if `run` is a short backchannel while one other person goes on; the answer to a question is not one."""
    said = words[run[0] : run[1]]
    left, right = words[before[1] - 1], words[after[0]]
    if len(said) > LISTENING_WORDS or left.speaker != right.speaker or QUESTION_END.search(left.text):
        return False
    if not all(bare(word.text) in LISTENING for word in said) or any(QUESTION_END.search(w.text) for w in said):
        return False
    if SENTENCE_END.search(left.text) and not any(bare(word.text) in SOUNDS for word in said):
        return False
    if not all(map(_timed, (left, right, *said))):
        return False
    assert left.end is not None
    assert right.start is not None
    start, end = core(said[0])[0], said[-1].end
    return right.start - left.end <= BACK_S and end is not None and end - start <= LISTENING_S
