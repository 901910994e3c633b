"""Maximal runs of spoken digits and letters, ignoring what people say in the middle of a number.

That is: fillers ("um", "hang on"), commas, the listener's "yeah", and the listener repeating the last digits. The
formats are matched against slices of a run.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal

from pipeline.redaction.text.number_merging import SIGNS_INSIDE
from pipeline.redaction.text.number_tokens import NumberToken
from pipeline.redaction.text.spans import SpokenText
from pipeline.redaction.text.tables import table, words_of

Gap = Literal["", "comma", "filler", "stop", "turn"]

_TABLE = table("spoken")
FILLERS = frozenset(words_of(_TABLE["fillers"]))
HEARD_FILLERS = FILLERS | frozenset(words_of(_TABLE["fillers_misheard"]))
FILLER_PHRASES = sorted((tuple(p.split()) for p in words_of(_TABLE["filler_phrases"])), key=len, reverse=True)
MAX_FILLERS = 6
MAX_RUN = 48


@dataclass(frozen=True)
class Run:
    """Digits and letters said one after the other by one person.

    `gaps[k]` is what lies before `tokens[k]`. `echoes` are the listener's read-backs inside the run: (first word,
    last word, value).
    """

    tokens: tuple[NumberToken, ...]
    gaps: tuple[Gap, ...]
    echoes: tuple[tuple[int, int, str], ...] = ()

    def value(self, i: int, j: int) -> str:
        """Digits and letters of tokens i..j (inclusive), for example "NR31AB"."""
        return "".join(a.value for a in self.tokens[i : j + 1])

    def words(self, i: int, j: int) -> tuple[int, int]:
        """Word span of tokens i..j."""
        return self.tokens[i].first, self.tokens[j].last


@dataclass
class _Open:
    """A run that may still grow."""

    role: str
    tokens: list[NumberToken] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)
    echoes: list[tuple[int, int, str]] = field(default_factory=list)

    def value(self) -> str:
        return "".join(a.value for a in self.tokens)


def _filler_length(spoken: SpokenText, n: int) -> int:
    """How many words from `n` on are one filler, 0 if none."""
    for phrase in FILLER_PHRASES:
        if spoken.bare[n : n + len(phrase)] == phrase and spoken.same_turn(n, n + len(phrase) - 1):
            return len(phrase)
    return 1 if spoken.bare[n] in HEARD_FILLERS or not spoken.bare[n] else 0


def runs_of(spoken: SpokenText, tokens: Sequence[NumberToken]) -> Iterator[Run]:
    """Group tokens into runs. See `Run`."""
    current: _Open | None = None
    gap: Gap = ""
    skipped = 0
    k = 0
    while k < len(tokens):
        token = tokens[k]
        role = spoken.roles[token.first]
        if current and role != current.role:
            until = _listener(spoken, tokens, k, current)
            if until is not None:
                gap, k = "turn", until
                continue
            yield from _close(current)
            current = None
        if token.alnum and (current is None or len(current.tokens) < MAX_RUN):
            if current is None:
                current, gap = _Open(role), ""
            current.tokens.append(token)
            current.gaps.append(gap)
            gap, skipped = _gap_after(token), 0
            k += 1
            continue
        if current is not None and token.kind == "symbol" and token.value in SIGNS_INSIDE:
            k += 1
            continue
        length = _filler_length(spoken, token.first) if current is not None and not token.quantity else 0
        if current is not None and length and skipped + length <= MAX_FILLERS:
            last = token.first + length - 1
            skipped += length
            gap = "filler" if gap != "stop" else gap
            while k < len(tokens) and tokens[k].first <= last:
                k += 1
            continue
        if current is not None:
            yield from _close(current)
            current, skipped = None, 0
        k += 0 if token.alnum else 1
    if current is not None:
        yield from _close(current)


def _gap_after(token: NumberToken) -> Gap:
    if not token.after:
        return ""
    return "comma" if token.after[0] == "," else "stop"


def _close(run: _Open) -> Iterator[Run]:
    if run.tokens:
        yield Run(tuple(run.tokens), tuple(run.gaps), tuple(run.echoes))


def _listener(spoken: SpokenText, tokens: Sequence[NumberToken], k: int, run: _Open) -> int | None:
    """Where the listener's turn ends if it only encourages ("yeah") or repeats digits; None if it says more.

    The span of the repeated digits is noted in the run, because it is an identifier as well.
    """
    turn = spoken.turns[tokens[k].first]
    end = k
    while end < len(tokens) and spoken.turns[tokens[end].first] == turn:
        end += 1
    said, first, last = "", -1, -1
    m = k
    while m < end:
        token = tokens[m]
        if token.alnum and not (token.weak and not said):
            said, first, last = said + token.value, (first if first >= 0 else token.first), token.last
        elif token.kind != "symbol":
            length = _filler_length(spoken, token.first)
            if not length:
                return None
            while m + 1 < end and tokens[m + 1].first < token.first + length:
                m += 1
        m += 1
    if tokens[end - 1].last - tokens[k].first >= 14:
        return None
    if said:
        if len(said) < 2 or said not in run.value():
            return None
        run.echoes.append((first, last, said))
    return end
