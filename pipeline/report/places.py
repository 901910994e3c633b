"""Finds the line numbers at which words and times of a document stand."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator

from pipeline.core.document import Document
from pipeline.transcript.numbered import Line, NumberedTranscript


class Places:
    """Finds the lines of words and stretches of time.

    Words with times are found by time and role, words of a typed transcript by their order.
    """

    def __init__(self, document: Document, transcript: NumberedTranscript) -> None:
        self._lines = transcript.lines
        self._order = {line.label: n for n, line in enumerate(transcript.lines)}
        timed = [line for line in transcript.lines if line.start is not None]
        self._timed = sorted(timed, key=lambda line: line.start or 0.0)
        self._starts = [line.start or 0.0 for line in self._timed]
        self._longest = max((_end(line) - (line.start or 0.0) for line in timed), default=0.0)
        self._of_word = [] if timed else typed_words(document, transcript)
        self._words = document.words
        self.first = transcript.lines[0].label if transcript.lines else ""

    def at(self, time: float, role: str | None = None) -> Line | None:
        """The line that is being said at `time` (by `role`, if anybody of that role speaks then); between lines, the
        one before."""
        last = bisect_right(self._starts, time + 1e-6)
        before: Line | None = self._timed[last - 1] if last else (self._timed[0] if self._timed else None)
        holding: list[Line] = []
        for line in reversed(self._timed[:last]):
            if (line.start or 0.0) < time - self._longest - 1e-6:
                break
            if time <= _end(line) + 1e-6:
                holding.append(line)
        own = [line for line in holding if line.role == role]
        chosen = own or holding
        return chosen[0] if chosen else before

    def of_word(self, index: int) -> Line | None:
        """The line a word stands on, None where it cannot be told."""
        word = self._words[index]
        if word.start is None or not self._timed:
            return self._of_word[index] if self._of_word else None
        end = word.end if word.end is not None else word.start
        return self.at((word.start + end) / 2, word.role)

    def of_words(self, first: int, last: int) -> str:
        """Line range of words `[first, last]`."""
        return self.range([self.of_word(first), self.of_word(last)])

    def between(self, start: float, end: float, role: str | None = None) -> str:
        """Line range of a stretch of time."""
        return self.range([self.at(start, role), self.at(max(start, end - 0.01), role)])

    def range(self, lines: Iterable[Line | None]) -> str:
        """ "214", "214-219", or "" for none."""
        found = sorted({self._order[line.label] for line in lines if line is not None})
        if not found:
            return ""
        first, last = self._lines[found[0]].label, self._lines[found[-1]].label
        return first if first == last else f"{first}-{last}"


def _end(line: Line) -> float:
    return line.end if line.end is not None else (line.start or 0.0)


def typed_words(document: Document, transcript: NumberedTranscript) -> list[Line | None]:
    """The line of each word for a transcript without times: words and replacements stand on the page in spoken order.

    Empty where the order does not fit (a backchannel that was put inside another turn).
    """
    shown: list[Line] = []
    for turn in transcript.turns:
        at, lines = 0, list(turn.lines)
        starts = [line.char_start - lines[0].char_start for line in lines]
        for n, segment in enumerate(turn.segments):
            if n and not segment.glued:
                at += 1
            if segment.kind != "note" and lines:
                shown.append(lines[max(0, bisect_right(starts, at) - 1)])
            at += len(segment.text)
    result: list[Line | None] = [None] * len(document.words)
    at = 0
    for first_word, last_word, number in _segments_of_words(document):
        if number and at < len(shown):
            for index in range(first_word, last_word + 1):
                result[index] = shown[at]
        at += number
    return result if at == len(shown) else []


def _segments_of_words(document: Document) -> Iterator[tuple[int, int, int]]:
    """(first word, last word, segments shown for them) in order."""
    from pipeline.transcript.segments import clean, spans_of

    spans = {span.first: span for span in spans_of(document)}
    index = 0
    while index < len(document.words):
        span = spans.get(index)
        if span is None:
            yield index, index, 1 if clean(document.words[index].text) else 0
            index += 1
        else:
            number = bool(clean(span.lead)) + len(span.parts) + bool(clean(span.tail))
            yield span.first, span.last, number
            index = span.last + 1
