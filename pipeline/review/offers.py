"""What else a reviewer may want hidden, who hides some words: the same name elsewhere, and what sounds like it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from pipeline.core.document import Document
from pipeline.redaction.text import phonetics
from pipeline.redaction.text.forms import plain, tokens
from pipeline.redaction.text.lexicon import distinctive
from pipeline.review.anchors import Place

LEAST_ALIKE = 4
"""Letters that a word must have to be offered for its sound."""


@dataclass(frozen=True)
class Offer:
    """Words that may be another mention: the same words, a part of the name, or words that sound like it."""

    place: Place
    how: Literal["same", "part", "sounds alike"]


def mentions(document: Document, place: Place) -> list[Offer]:
    """Visible words that may be other mentions of the words at `place`, in spoken order, without overlaps.

    The same words in a row come first, whatever they are; parts of a longer name and words of the same sound are
    offered only if they are no everyday words.
    """
    said = [_plain(document.words[n].text) for n in range(place.first, place.last + 1)]
    said = [word for word in said if word]
    if not said:
        return []
    taken = document.hidden_words() | set(range(place.first, place.last + 1))
    folded = [_plain(word.text) for word in document.words]
    found: list[Offer] = []
    for first in range(len(folded) - len(said) + 1):
        span = range(first, first + len(said))
        if folded[first : first + len(said)] == said and taken.isdisjoint(span):
            found.append(Offer(Place(first, span[-1]), "same"))
            taken |= set(span)
    telling = [word for word in said if distinctive(word)]
    for n, word in enumerate(folded):
        if n in taken or not word:
            continue
        if word in telling:
            found.append(Offer(Place(n, n), "part"))
        elif (
            len(word) >= LEAST_ALIKE and distinctive(word) and any(phonetics.same_to_the_ear(word, t) for t in telling)
        ):
            found.append(Offer(Place(n, n), "sounds alike"))
    return sorted(found, key=lambda offer: offer.place)


def _plain(text: str) -> str:
    return " ".join(plain(token) for token in tokens(text))
