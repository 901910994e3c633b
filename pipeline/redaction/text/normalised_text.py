"""The normalised text: the words with numbers, letters and signs in one form, and maps back to the words.

"it's oh seven seven double oh, nine hundred" -> "it's 0 7 7 00, 900". Grammars for dates, ages, addresses and e-mail
read `NormalisedText.text`; `NormalisedText.word_span` maps its character offsets to word indices exactly. The same
number tokens as runs, for formats with a checksum, are in `NormalisedText.runs` (see `number_runs`).
"""

from __future__ import annotations

import bisect
from collections.abc import Iterator, Sequence

from pipeline.redaction.text.number_merging import number_tokens
from pipeline.redaction.text.number_runs import Run, runs_of
from pipeline.redaction.text.number_tokens import NumberToken
from pipeline.redaction.text.spans import SpokenText, split_edges


class NormalisedText:
    """The tokens of an interview as text and as runs. See `Analysis.normalised`."""

    def __init__(self, spoken: SpokenText) -> None:
        self.spoken = spoken
        self.tokens: tuple[NumberToken, ...] = number_tokens(spoken)
        self._compose()
        self.runs: tuple[Run, ...] = tuple(runs_of(spoken, self.tokens))

    def _compose(self) -> None:
        """`text` and the offsets of its pieces; a piece is one word, or the words of one merged token."""
        pieces: list[str] = []
        self._starts: list[int] = []
        self._ends: list[int] = []
        self._spans: list[tuple[int, int]] = []
        at = 0
        for group in _by_word(self.tokens):
            first, last = group[0].first, group[-1].last
            if self._spans:
                previous = self._spans[-1][1]
                pieces.append(" " if self.spoken.same_turn(previous, first) else "\n")
                at += 1
            piece = _render(self.spoken, group, first, last)
            pieces.append(piece)
            self._starts.append(at)
            at += len(piece)
            self._ends.append(at)
            self._spans.append((first, last))
        self.text = "".join(pieces)

    def word_span(self, start: int, end: int) -> tuple[int, int]:
        """Words (first, last) that the characters `[start, end)` of `text` stand for."""
        k = min(bisect.bisect_right(self._ends, start), len(self._ends) - 1)
        m = max(k, bisect.bisect_left(self._starts, end) - 1)
        return self._spans[k][0], self._spans[m][1]

    def between(self, first: int, last: int) -> str:
        """The words first..last in normal form."""
        k = bisect.bisect_left(self._spans, first, key=lambda span: span[1])
        m = bisect.bisect_right(self._spans, last, key=lambda span: span[0]) - 1
        return self.text[self._starts[k] : self._ends[m]]

    def tokens_in(self, first: int, last: int) -> Iterator[NumberToken]:
        """Number tokens of the words first..last."""
        at = bisect.bisect_left(self.tokens, first, key=lambda token: token.first)
        while at < len(self.tokens) and self.tokens[at].last <= last:
            yield self.tokens[at]
            at += 1

    def segments(self, run: Run, i: int, j: int) -> list[tuple[int, int]]:
        """Word spans of tokens i..j of a run without the fillers and turn changes between them, echoes included."""
        spans: list[tuple[int, int]] = []
        for k in range(i, j + 1):
            token = run.tokens[k]
            if spans and run.gaps[k] in ("", "comma", "stop") and self.spoken.same_turn(spans[-1][1], token.first):
                spans[-1] = (spans[-1][0], max(spans[-1][1], token.last))
            else:
                spans.append((token.first, token.last))
        low, high = run.words(i, j)
        spans += [(e[0], e[1]) for e in run.echoes if low < e[0] and e[1] < high]
        return sorted(spans)


def _by_word(tokens: Sequence[NumberToken]) -> Iterator[list[NumberToken]]:
    """Tokens that share a word, together."""
    group: list[NumberToken] = []
    for token in tokens:
        if group and not token.inner:
            yield group
            group = []
        group.append(token)
    if group:
        yield group


def _render(spoken: SpokenText, group: list[NumberToken], first: int, last: int) -> str:
    """How a group of tokens stands in the normalised text: edges as written, numbers as figures."""
    token = group[0]
    said = spoken.said(first, last)
    if len(group) > 1 or token.kind in ("word", "repeat") or (token.weak and token.kind == "letters") or "@" in said:
        return said
    if token.kind == "letters" and token.spoken not in ("spelled", "repeat", "nato", "phonetic"):
        return said
    lead = split_edges(spoken.words[first].text)[0]
    tail = split_edges(spoken.words[last].text)[2]
    if token.kind == "ordinal":
        return f"{lead}{token.value}th{tail}"
    if token.quantity or (token.weak and token.spoken == "unit"):
        return said if token.spoken != "sum" else f"{lead}{token.value}{tail}"
    if token.kind == "symbol" and not spoken.words[first].text.lower().strip(",.").isalpha():
        return said
    return f"{lead}{token.value}{tail}"


def normalised_number(text: str) -> str:
    """Digits of a written or spoken number ("double oh seven" -> "007"), for tests and key sheets."""
    normalised = NormalisedText(SpokenText.from_lines([text]))
    return "".join(a.value for run in normalised.runs for a in run.tokens if a.kind == "digits")
