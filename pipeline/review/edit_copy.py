"""The text that a person edits: a script on paper, each piece of it with the words that it stands for."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pipeline.core.clock import clock
from pipeline.core.document import Document
from pipeline.redaction.text.spans import split_edges
from pipeline.review.script import EVENT, TIME, Heard, Said, Script, guarded

OVERLAP = "//"
STAMP = "Edit copy"


@dataclass(frozen=True)
class Piece:
    """What stands between two spaces. `words` and `events` are positions in the script. A mark of overlap is a piece
    of its own and stands close to what is before it, or after it if it is `opening`."""

    text: str
    words: tuple[int, ...] = ()
    events: tuple[int, ...] = ()
    opening: bool = False


@dataclass(frozen=True)
class Paragraph:
    """A turn: who speaks, since when (seconds), what."""

    role: str
    start: float | None
    pieces: tuple[Piece, ...]

    @property
    def text(self) -> str:
        """The pieces as they are written."""
        made, glued = "", True
        for piece in self.pieces:
            closing = piece.text == OVERLAP and not piece.opening
            made += piece.text if glued or closing else f" {piece.text}"
            glued = piece.text == OVERLAP and piece.opening
        return made

    @property
    def label(self) -> str:
        """ "P: 0:12:03", with which the paragraph begins."""
        return f"{self.role}: {clock(int(self.start))}" if self.start is not None else f"{self.role}:"

    @property
    def line(self) -> str:
        """The whole as one line."""
        return f"{self.label}\t{self.text}" if self.start is not None else f"{self.label} {self.text}"


def header(identifier: str, stamp: str) -> list[str]:
    """What stands above the first turn: which copy this is, and how to use it."""
    return [
        f"{STAMP} of {identifier}, {stamp}. Private: names stand in it.",
        "Type over the words. A turn begins with who speaks (I: or P:); to split one, begin a paragraph with I: or P:.",
        "Hidden words stand between braces: {{Hope|friend}} is printed as [friend]. Take the braces away to show the "
        "words, put them around others to hide those.",
        "(laughs), (sighs), (pause 4s), (unclear) are what was heard; (I: mm-hm) is the listener; //word// was said "
        "while somebody else spoke.",
        "When you are done, save, and give the file to `ipa apply`.",
    ]


def render(script: Script, document: Document) -> list[Paragraph]:
    """The script of `document`, a paragraph a turn."""
    events: dict[int, list[tuple[int, Heard]]] = {}
    for n, event in enumerate(script.events):
        events.setdefault(event.before, []).append((n, event))
    starts = [n for n, word in enumerate(script.words) if word.opens or not n]
    made = []
    for first, end in itertools.pairwise([*starts, len(script.words)]):
        words = script.words[first:end]
        role = next((w.role for w in words if not w.aside), words[0].role)
        pieces = _pieces(script, events, first, end)
        made.append(Paragraph(role, document.words[script.places[first]].start, tuple(pieces)))
    if not script.words and script.events:
        made.append(Paragraph("?", None, tuple(_event(n, e) for n, e in enumerate(script.events))))
    return made


def _pieces(script: Script, events: dict[int, list[tuple[int, Heard]]], first: int, end: int) -> Iterator[Piece]:
    """The pieces of the words `[first, end)`, with the events among them."""
    words, at, overlap = script.words, first, False
    while at < end:
        for n, event in events.get(at, ()):
            if at > first or not first or event.late:
                yield _event(n, event)
        word = words[at]
        last = at
        while last + 1 < end and last + 1 not in events and _together(word, words[last + 1]):
            last += 1
        if not word.aside and word.overlap != overlap:
            yield Piece(OVERLAP, opening=word.overlap)
            overlap = word.overlap
        run = words[at : last + 1]
        said = _aside(run) if word.aside else marked(run)
        yield Piece(said, tuple(range(at, last + 1)))
        at = last + 1
    if overlap:
        yield Piece(OVERLAP)
    for n, event in events.get(end, ()):
        if end == len(words) or not event.late:
            yield _event(n, event)


def _together(word: Said, other: Said) -> bool:
    """Whether the second goes into the piece of the first: listeners' words, and words behind one mark."""
    if word.aside or other.aside:
        return word.aside and other.aside and word.role == other.role
    return word.mark is not None and word.mark is other.mark and word.overlap == other.overlap


def _aside(run: Sequence[Said]) -> str:
    groups = itertools.groupby(run, key=lambda w: w.mark)
    texts = [t for mark, group in groups for t in ([marked(list(group))] if mark else [guarded(w.text) for w in group])]
    return f"({run[0].role}: {' '.join(texts)})"


def marked(run: Sequence[Said]) -> str:
    """Words behind one mark, or a single word, as they are written."""
    mark = run[0].mark
    if mark is None:
        text = guarded(run[0].text)
        return TIME.sub(lambda m: m[0].replace(":", ":\u2060"), text) if TIME.match(text) else text
    said = " ".join(w.text for w in run)
    lead, tail = split_edges(run[0].text)[0], split_edges(run[-1].text)[2]
    core = said[len(lead) : len(said) - len(tail)]
    if not core.strip() or " " in lead + tail:
        lead, core, tail = "", said, ""
    return f"{guarded(lead)}{{{{{guarded(core)}|{mark.label}}}}}{guarded(tail)}"


def _event(n: int, event: Heard) -> Piece:
    if event.role:
        return Piece(f"(({event.role}: {event.shown}))", events=(n,))
    return Piece(f"({event.shown})" if EVENT.fullmatch(event.shown) else f"(({event.shown}))", events=(n,))
