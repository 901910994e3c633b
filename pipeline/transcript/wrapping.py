"""Filling lines: what is never broken, how wide it is, and where lines end."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.transcript.numbered import (
    Segment,
    joined,
    span_of,
)


@dataclass(frozen=True, slots=True)
class Unbreakable:
    """What is never broken: a word with its marks, a replacement, a note that fits on a line. Times in seconds;
    `words`: see `numbered.Segment`."""

    text: str
    start: float | None = None
    end: float | None = None
    words: tuple[int, int] | None = None


@dataclass(frozen=True)
class Placed:
    """What stands on one line and where it stands: label parts and turn id."""

    number: int
    suffix: str
    turn: str
    unbreakables: tuple[Unbreakable, ...]


def display_width(text: str) -> int:
    """Columns that `text` takes in a fixed-width font.

    Combining marks and format characters take none, East Asian wide and full-width characters two
    (Unicode Standard Annex 11; the rules of wcwidth).
    """
    if text.isascii():
        return len(text)
    width = 0
    for character in text:
        if unicodedata.category(character) in ("Mn", "Me", "Cf") or "\u1160" <= character <= "\u11ff":
            continue
        width += 2 if unicodedata.east_asian_width(character) in "WF" else 1
    return width


def wrap(texts: Sequence[str], width: int) -> list[tuple[int, int]]:
    """Fill lines greedily with unbreakable texts, one space between.

    Returns:
        half-open ranges of `texts`, one per line. Only a line with a single text may be wider than `width`.
    """
    ranges: list[tuple[int, int]] = []
    first, used = 0, 0
    for n, text in enumerate(texts):
        needed = display_width(text)
        if n > first and used + 1 + needed > width:
            ranges.append((first, n))
            first, used = n, needed
        else:
            used += needed + (1 if n > first else 0)
    if first < len(texts):
        ranges.append((first, len(texts)))
    return ranges


def unbreakables_of(segments: Sequence[Segment], width: int) -> list[Unbreakable]:
    """Segments as unbreakable parts; glued segments stay together.

    A note that is wider than a line (a typed remark of a sentence) is broken at its spaces.
    """
    groups: list[list[Segment]] = []
    for segment in segments:
        if segment.glued and groups:
            groups[-1].append(segment)
        else:
            groups.append([segment])
    unbreakables: list[Unbreakable] = []
    for group in groups:
        if len(group) == 1 and " " not in group[0].text:
            unbreakables.append(Unbreakable(group[0].text, group[0].start, group[0].end, group[0].words))
            continue
        text = joined(group)
        start = min((s.start for s in group if s.start is not None), default=None)
        end = max((s.end for s in group if s.end is not None), default=None)
        breakable = all(s.kind == "note" for s in group) and display_width(text) > width
        breakable = breakable or all(s.kind == "word" for s in group)  # a word that holds a space is two words
        words = span_of(s.words for s in group)
        unbreakables += [Unbreakable(piece, start, end, words) for piece in (text.split(" ") if breakable else [text])]
    return unbreakables
