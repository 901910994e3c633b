"""Name tokens: words split into the parts that can be names of their own.

"Bara—he's" is one word of the transcript and two tokens. A token knows whether it starts a sentence, where a capital
letter means nothing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

from pipeline.redaction.text.lexicon import fold
from pipeline.redaction.text.spans import Candidate, SpokenText, split_edges

_CUT = re.compile(r"[—–…/]+|\.\.\.+|--+")
_SENTENCE_END = re.compile(r"[.?!:…][\"'”’)\]]*$")
_OPEN_QUOTE = re.compile(r"^[\"“‘']")


@dataclass(frozen=True, slots=True)
class NameToken:
    """Part of one word. `start`/`end` are characters of the word that the core takes; `before` and `after` are
    the punctuation between this core and its neighbours within the word."""

    word: int
    start: int
    end: int
    core: str
    initial: bool
    before: str
    after: str

    @property
    def folded(self) -> str:
        """The form that is looked up."""
        return fold(self.core)

    @property
    def capital(self) -> bool:
        """True if it starts with a capital letter."""
        return self.core[:1].isupper()


class NameTokens:
    """All name tokens of a transcript, in spoken order."""

    def __init__(self, transcript: SpokenText) -> None:
        self.transcript = transcript
        self.items: list[NameToken] = []
        self.of_word: list[list[int]] = []
        ended = True
        for n, word in enumerate(transcript.words):
            if n and transcript.turns[n] != transcript.turns[n - 1]:
                ended = True
            self.of_word.append([])
            for start, end in _parts(word.text):
                lead, core, tail = split_edges(word.text[start:end])
                if not any(c.isalnum() for c in core):
                    ended = ended or bool(_SENTENCE_END.search(word.text[start:end]))
                    continue
                begin = start + len(lead)
                initial = ended or bool(_OPEN_QUOTE.match(lead)) or (start > 0)
                self.of_word[n].append(len(self.items))
                self.items.append(
                    NameToken(n, begin, begin + len(core), core, initial, lead, tail + word.text[end : end + 1])
                )
                ended = bool(_SENTENCE_END.search(tail))

    def __len__(self) -> int:
        return len(self.items)

    def __getitem__(self, at: int) -> NameToken:
        return self.items[at]

    @cached_property
    def folded(self) -> list[str]:
        """Every token in the form that is looked up."""
        return [piece.folded for piece in self.items]

    def same_turn(self, a: int, b: int) -> bool:
        """True if both tokens are in one turn."""
        turns = self.transcript.turns
        return turns[self.items[a].word] == turns[self.items[b].word]

    def candidate(self, first: int, last: int, **facts: object) -> Candidate:
        """A candidate over the tokens first..last; what remains of its outer words becomes lead and tail."""
        words = self.transcript.words
        a, b = self.items[first], self.items[last]
        return Candidate(
            a.word,
            b.word,
            lead=words[a.word].text[: a.start],
            tail=words[b.word].text[b.end :],
            **facts,  # type: ignore[arg-type]
        )


def _parts(text: str) -> list[tuple[int, int]]:
    """Character spans between dashes; a word without any is one part."""
    spans, at = [], 0
    for cut in _CUT.finditer(text):
        if cut.start() > at:
            spans.append((at, cut.start()))
        at = cut.end()
    if at < len(text):
        spans.append((at, len(text)))
    return spans or [(0, len(text))]
