"""Find and replace in the words of an interview."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from pipeline.core.document import Document
from pipeline.page import asked
from pipeline.redaction.text.spans import split_edges
from pipeline.review.anchors import Place


class _Found(NamedTuple):
    """Words with a hit, and where it is in their text: offsets in the words joined by spaces."""

    place: Place
    start: int
    end: int


def said(document: Document, place: Place) -> str:
    """Words as they are spoken."""
    return " ".join(word.text for word in document.words[place.first : place.last + 1])


def hits(document: Document, wanted: asked.Find) -> list[Place]:
    """Where it stands, in spoken order, without overlaps."""
    return [found.place for found in _found(document, wanted)]


def replacements(document: Document, wanted: asked.Find) -> Iterator[tuple[Place, Sequence[str]]]:
    """The words of every hit and what they are to read, from the last to the first. Commas and quotes around a hit
    stay; two hits that share a word are replaced together."""
    groups: list[list[_Found]] = []
    for found in _found(document, wanted):
        if groups and found.place.first <= groups[-1][-1].place.last:
            groups[-1].append(found)
        else:
            groups.append([found])
    for group in reversed(groups):
        place = Place(group[0].place.first, group[-1].place.last)
        text = said(document, place)
        begin = _offset(document, group[0].place.first)
        for found in reversed(group):
            text = text[: found.start - begin] + wanted.text + text[found.end - begin :]
        yield place, [] if not wanted.text.strip() and not _letters(text) else text.split()


def _letters(text: str) -> bool:
    return any(split_edges(word)[1] for word in text.split())


def _offset(document: Document, index: int) -> int:
    return sum(len(word.text) + 1 for word in document.words[:index])


def _found(document: Document, wanted: asked.Find) -> list[_Found]:
    text, starts = "", []
    pieces, at = [], 0
    for word in document.words:
        starts.append(at)
        pieces.append(word.text)
        at += len(word.text) + 1
    text = " ".join(pieces)
    phrase = r"\s+".join(re.escape(part) for part in wanted.find.split())
    if not phrase:
        return []
    if wanted.whole_words:
        phrase = rf"(?<!\w){phrase}(?!\w)"
    found = []
    n = 0
    for match in re.finditer(phrase, text, 0 if wanted.case else re.IGNORECASE):
        while n + 1 < len(starts) and starts[n + 1] <= match.start():
            n += 1
        last = n
        while last + 1 < len(starts) and starts[last + 1] < match.end():
            last += 1
        found.append(_Found(Place(n, last), match.start(), match.end()))
    return found
