"""Words as they are and as they should read -> the edits that make the one the other.

`Hand` makes edits one after the other, each anchored to the words as those before it left them, so that all of them
apply in this order. `edits_for_text` lets a stretch of words read something else, with as few edits as possible: what
is unchanged is touched by none, and a corrected word stays the word that it was, with its time.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from pipeline.core.document import Document
from pipeline.redaction.text.spans import bare
from pipeline.review.anchors import anchor
from pipeline.review.edits import MAX_TEXT, Delete, Edit, Insert, Replace, Via
from pipeline.review.replay import Text, replay


class Hand:
    """Makes edits on a document, and holds the words (`text`) as these edits leave them. `edits` are those so far."""

    def __init__(self, document: Document, ids: Sequence[str], *, via: Via, who: str) -> None:
        """`document` and `ids` as `apply` returned them, or a document without edits and no ids."""
        words = list(document.words)
        known = list(ids) or [str(n) for n in range(len(words))]
        self.text = Text(words, known, list(document.events), list(document.roles), [], document.duration)
        self.edits: list[Edit] = []
        self.common = {"via": via, "who": who}

    def do(self, kind: type[Any], first: int, last: int, **fields: Any) -> None:
        """An edit of the words first..last (inclusive), or with ``last == first - 1`` of the place before `first`."""
        at = anchor(self.text.words, first, last, self.text.ids)
        edit = kind(at=at, **self.common, **fields)
        replay(self.text, [edit])
        self.edits.append(edit)

    def say(self, first: int, last: int, tokens: Sequence[str], *, within: tuple[int, int]) -> None:
        """Let the words first..last read `tokens`. With ``last == first - 1`` they are added before word `first`.

        `within` are the first and last word of the stretch that these belong to: added words are of its speaker.
        """
        pieces = list(_pieces(tokens))
        if last < first:
            for piece in reversed(pieces):
                self._add(first, piece, within)
        elif not tokens:
            self.do(Delete, first, last)
        else:
            self.do(Replace, first, last, text=" ".join(pieces[0]))
            end = first + len(pieces[0])
            for piece in reversed(pieces[1:]):
                self._add(end, piece, (within[0], within[1] + end - 1 - last))

    def _add(self, place: int, tokens: Sequence[str], within: tuple[int, int]) -> None:
        """Words that were missed, before word `place`: a turn that begins with them still begins there, and what is
        added to a listener's mm-hm belongs to it."""
        words, (first, last) = self.text.words, within
        before = words[place - 1] if place > first else None
        after = words[place] if place <= last else None
        if before is None and after is not None and (after.has("opens_turn") or after.has("backchannel")):
            self.do(Replace, place, place, text=" ".join([*tokens, after.text]))
            return
        aside = before is not None and before.has("backchannel")
        if before is not None and aside and (after is None or (after.has("backchannel") and after.role == before.role)):
            self.do(Replace, place - 1, place - 1, text=" ".join([before.text, *tokens]))
            return
        own = [w for w in (*reversed(words[first:place]), *words[place : last + 1]) if not w.has("backchannel")]
        role = own[0].role if own else None
        left = words[place - 1].role if place else None
        self.do(Insert, place, place - 1, text=" ".join(tokens), role=role if role != left else None)


def edits_for_text(
    document: Document, ids: Sequence[str], first: int, last: int, tokens: Sequence[str], *, via: Via, who: str
) -> list[Edit]:
    """The edits after which the words first..last read `tokens`; none where they do already.

    Args:
        document: as `apply` returned it.
        ids: identities of its words (`Applied.ids`).
        first: index of the first word.
        last: index of the last one, inclusive. All of them should be of one turn: added words are of its speaker.
        tokens: what they are to read; split further at white space.
        via: where the edits come from.
        who: initials of whoever makes them.

    Raises:
        ValueError: there are no such words, or a word is longer than an edit may be.
    """
    if not 0 <= first <= last < len(document.words):
        raise ValueError(f"words {first} to {last} of {len(document.words)}")
    wanted = " ".join(tokens).split()
    hand = Hand(document.with_(events=()), ids, via=via, who=who)
    reword(hand, first, last, wanted)
    return hand.edits


def reword(hand: Hand, first: int, last: int, tokens: Sequence[str]) -> int:
    """Let words first..last (inclusive) read `tokens` with as few edits as possible; returns how many more words there
    are then."""
    said = [w.text for w in hand.text.words[first : last + 1]]
    grown = 0
    for change in changes(said, tokens):
        at = first + change.first + grown
        new = tokens[change.new_first : change.new_last + 1]
        hand.say(at, at + change.last - change.first, new, within=(first, last + grown))
        grown += len(new) - (change.last - change.first + 1)
    return grown


class Difference(NamedTuple):
    """Old words `[first, last]` read the new words `[new_first, new_last]`; all inclusive, each may be empty."""

    first: int
    last: int
    new_first: int
    new_last: int


def changes(old: Sequence[str], new: Sequence[str]) -> list[Difference]:
    """Where two texts differ, in order. Words are first aligned as they are written, then, where that leaves
    differences, as they are compared (without case and punctuation), so that a word that only got a comma is changed
    on its own."""
    found: list[Difference] = []
    for first, end, new_first, new_end in differing(old, new):
        said, wanted = [bare(w) for w in old[first:end]], [bare(w) for w in new[new_first:new_end]]
        at, new_at = 0, 0
        for a, b, c, d in (*differing(said, wanted), (len(said), len(said), len(wanted), len(wanted))):
            for n in range(a - at):  # the same word, written otherwise
                if old[first + at + n] != new[new_first + new_at + n]:
                    place, new_place = first + at + n, new_first + new_at + n
                    found.append(Difference(place, place, new_place, new_place))
            if a < b or c < d:
                found.append(Difference(first + a, first + b - 1, new_first + c, new_first + d - 1))
            at, new_at = b, d
    return found


def differing(old: Sequence[str], new: Sequence[str]) -> Iterator[tuple[int, int, int, int]]:
    """Half-open stretches (old, new) between equal ones."""
    from rapidfuzz.distance import Levenshtein

    waiting: tuple[int, int, int, int] | None = None
    for op in Levenshtein.opcodes(old, new):
        if op.tag == "equal":
            if waiting:
                yield waiting
            waiting = None
        elif waiting:
            waiting = (waiting[0], op.src_end, waiting[2], op.dest_end)
        else:
            waiting = (op.src_start, op.src_end, op.dest_start, op.dest_end)
    if waiting:
        yield waiting


def _pieces(tokens: Sequence[str]) -> Iterator[Sequence[str]]:
    """Stretches of tokens, each no longer than an edit may be."""
    start, size = 0, -1
    for n, token in enumerate(tokens):
        size += len(token) + 1
        if n > start and size > MAX_TEXT // 2:  # room for a word that is there
            yield tokens[start:n]
            start, size = n, len(token)
    if start < len(tokens):
        yield tokens[start:]
