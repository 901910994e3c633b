"""A printed transcript, of share/, as a copy that somebody edited: its pieces, with the words that they stand for.

The page may put words together that were not said so (a listener's), join what a recogniser cut off, and write marks
of its own. So it is held against the script once, and every word of the script belongs to a piece of the page.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pipeline.redaction.text.spans import split_edges
from pipeline.review.edit_copy import OVERLAP, Paragraph, Piece
from pipeline.review.reread import aligned
from pipeline.review.script import Said, Script, key
from pipeline.review.tokens import raw
from pipeline.transcript.numbered import NumberedTranscript


def paragraphs_of(transcript: NumberedTranscript, script: Script) -> list[Paragraph]:
    """The turns of a transcript, of which `script` is the document."""
    rows = [raw(turn.text) for turn in transcript.turns]
    page = [token for tokens in rows for token in tokens if token != OVERLAP]
    own = list(_in_print(script))
    words: list[list[int]] = [[] for _ in page]
    events: list[list[int]] = [[] for _ in page]
    for n, owner in enumerate(_owners(page, [text for text, _, _ in own])):
        if page:
            words[owner] += own[n][1]
            events[owner] += own[n][2]
    made, at = [], 0
    for turn, tokens in zip(transcript.turns, rows, strict=True):
        pieces = []
        for token in tokens:
            if token == OVERLAP:
                pieces.append(Piece(OVERLAP))
                continue
            pieces.append(Piece(token, tuple(words[at]), tuple(events[at])))
            at += 1
        made.append(Paragraph(turn.role, turn.start, tuple(pieces)))
    return made


def _owners(page: Sequence[str], own: Sequence[str]) -> list[int]:
    """For each token of the script the one of the page to which it belongs."""
    owners: list[int] = []
    at = 0
    for a, b, c, d in [*aligned([key(t) for t in page], [key(t) for t in own]), (len(page), len(page), len(own), 0)]:
        owners += range(at, at + c - len(owners))
        owners += [a + (n - c) * (b - a) // (d - c) if b > a else max(0, a - 1) for n in range(c, d)]
        at = b
    return owners


def _in_print(script: Script) -> Iterator[tuple[str, list[int], list[int]]]:
    """(text, words, events) of the script's tokens, much as the page has them."""
    words, at = script.words, 0
    events: dict[int, list[int]] = {}
    for n, event in enumerate(script.events):
        events.setdefault(event.before, []).append(n)
    while at < len(words):
        yield from ((f"({script.events[n].shown})", [], [n]) for n in events.get(at, ()))
        word, last = words[at], at
        while last + 1 < len(words) and last + 1 not in events and _one_token(word, words[last + 1]):
            last += 1
        run = words[at : last + 1]
        texts = [f"({word.role}: {' '.join(_token(run)).lower()})"] if word.aside else _token(run)
        yield texts[0], list(range(at, last + 1)), []
        yield from ((text, [], []) for text in texts[1:])
        at = last + 1
    yield from ((f"({script.events[n].shown})", [], [n]) for n in events.get(len(words), ()))


def _one_token(word: Said, other: Said) -> bool:
    if word.aside or other.aside:
        return word.aside and other.aside and word.role == other.role
    return word.mark is not None and word.mark is other.mark


def _token(run: Sequence[Said]) -> list[str]:
    """A word, or what stands in place of hidden ones."""
    mark = run[0].mark
    if mark is None:
        return [word.text for word in run]
    lead, tail = split_edges(run[0].text)[0], split_edges(run[-1].text)[2]
    labels = [f"[{label}]" for label in mark.label.split(" + ")]
    labels[0] = lead + labels[0]
    labels[-1] += tail
    return labels
