"""Variants of an annotated interview for training: other names in the same sentences, and the punctuation that a
speech recogniser would leave.

Names of people become other given names (many of them everyday words, some unknown to every list), family names
stay family names, places become other British places; one form becomes the same other form throughout. In the
second kind of variant commas and full stops get lost now and then, and names lose their capitals.
"""

from __future__ import annotations

import random
import re

from annotated import Annotated

from pipeline.core.document import Word
from pipeline.redaction.text.analysis import Analysis
from pipeline.redaction.text.lexicon import fold, lexicon

_SHAPE = re.compile(r"[A-ZÀ-Ý][\wà-ž'-]+")
_MUTATIONS = [
    ("ee", "ea"),
    ("ph", "f"),
    ("i", "y"),
    ("c", "k"),
    ("a", "o"),
    ("n", "nn"),
    ("er", "a"),
    ("th", "f"),
    ("s", "sh"),
    ("o", "u"),
]


#: Share of names that a heard variant writes in small letters.
SMALL = 0.22


class Namer:
    """Draws replacements; the same form gets the same one."""

    def __init__(self, draw: random.Random) -> None:
        words = lexicon()
        self.draw = draw
        self.given = sorted(words.given_own - words.everyday)
        self.word_names = sorted(n for n in words.given_own & words.everyday if 2.5 < words.frequency(n) < 6.2)
        self.family = sorted(words.family_own)
        self.places = sorted(words.places_own.single | words.places.single)
        self.word_places = sorted(p for p in words.places_own.single if p in words.everyday and words.frequency(p) < 6)
        self.known: dict[tuple[str, str], str] = {}

    def other(self, category: str, part: str) -> str:
        """Another name for one word of a marked name."""
        key = (category, fold(part))
        if key not in self.known:
            self.known[key] = self._new(category, fold(part))
        return self.known[key]

    def _new(self, category: str, form: str) -> str:
        roll, words = self.draw.random(), lexicon()
        if category == "PLACE":
            pool = self.word_places if roll < 0.35 else self.places
        elif form in words.family_own and form not in words.given_own:
            pool = self.family
        else:
            pool = self.word_names if roll < 0.4 else self.given
        name = self.draw.choice(pool)
        if roll > 0.8:
            old, new = self.draw.choice(_MUTATIONS)
            name = name.replace(old, new, 1)
        return "-".join(p[:1].upper() + p[1:] for p in name.split("-"))


def variants(interview: Annotated, count: int, draw: random.Random) -> list[Annotated]:
    """`count` variants, renamed; every second one with lost punctuation."""
    return [_variant(interview, Namer(draw), draw, loses=n % 2 == 1) for n in range(count)]


def _variant(interview: Annotated, namer: Namer, draw: random.Random, loses: bool) -> Annotated:
    text, transcript = interview.transcript.text, interview.transcript
    pieces: list[tuple[str, str | None]] = []
    at = 0
    for category, start, end in interview.spans:
        pieces.append((text[at:start], None))
        span = text[start:end]
        if category in ("PERSON", "PLACE") and draw.random() < (0.3 if loses else 0.85):
            span = _SHAPE.sub(lambda m: namer.other(category, m.group()), span)  # noqa: B023
        if loses and category in ("PERSON", "PLACE", "ORG") and draw.random() < SMALL:
            span = span.lower()
        pieces.append((span, category))
        at = end
    pieces.append((text[at:], None))
    joined, spans = "", []
    for piece, category in pieces:
        if category:
            spans.append((category, len(joined), len(joined) + len(piece)))
        joined += piece
    if loses:
        joined = _lose(joined, draw)
    return _rebuild(interview.name, joined, spans, transcript)


def _lose(text: str, draw: random.Random) -> str:
    """Commas and sentence ends become spaces here and there; offsets stay the same."""

    def comma(match: re.Match[str]) -> str:
        return " " * len(match.group()) if draw.random() < 0.4 else match.group()

    def stop(match: re.Match[str]) -> str:
        if draw.random() < 0.2:
            return f"{',' if draw.random() < 0.5 else '.'} {match.group(1)}"
        return match.group()

    return re.sub(r"[.] ([A-Z])", stop, re.sub(r",(?= )", comma, text))


def _rebuild(name: str, text: str, spans: list[tuple[str, int, int]], old: Analysis) -> Annotated:
    """Words and spans again; runs of spaces are closed up."""
    words, mapped, role_at = [], [], []
    turn_roles = []
    for n, role in enumerate(old.roles):
        if n == 0 or old.turns[n] != old.turns[n - 1]:
            turn_roles.append(role)
    lines, offset = text.split("\n"), 0
    for line, role in zip(lines, turn_roles, strict=True):
        for match in re.finditer(r"\S+", line):
            words.append(Word(text=match.group(), role=role))
            role_at.append((offset + match.start(), offset + match.end()))
        offset += len(line) + 1
    transcript = Analysis(words)
    for category, start, end in spans:
        inside = [n for n, (a, b) in enumerate(role_at) if a < end and b > start]
        if inside:
            a, b = inside[0], inside[-1]
            mapped.append(
                (
                    category,
                    transcript.starts[a] + max(0, start - role_at[a][0]),
                    transcript.starts[b] + min(end, role_at[b][1]) - role_at[b][0],
                )
            )
    return Annotated(name, transcript, tuple(mapped))
