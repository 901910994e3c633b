"""Annotated interviews as labelled words, typed (`I: …` lines with [[CATEGORY|words]]) or recognised (heard/*.tsv)."""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass, replace
from pathlib import Path

MARK = re.compile(r"\[\[([A-Z_]+)\|(.+?)\]\]")
NOISE = re.compile(r"[(\[](?:[a-z ]+|pause [\d.]+|pause [\d.]+ ?s)[)\]]")
_EDGE = re.compile(r"['’]?s?[^\w\s]*$")


@dataclass(frozen=True)
class Item:
    """A word with its label ("O", "B-PERSON", …). `new` says that a turn begins; `confidence`, `pause`: None, unknown.
    `said` is False for a backchannel or marker that scoring leaves out."""

    text: str
    role: str
    label: str = "O"
    new: bool = False
    confidence: float | None = None
    pause: float | None = None


@dataclass(frozen=True)
class Interview:
    """`kind` is "typed" or "asr"; `family` names the interview, so that all versions of one fall into the same fold."""

    name: str
    kind: str
    items: tuple[Item, ...]

    @property
    def family(self) -> str:
        return self.name


def typed(path: Path) -> Interview:
    items: list[Item] = []
    for line in path.read_text("utf-8").splitlines():
        match = re.match(r"([IP])[:>]\s*(.+)$", line.strip())
        if not match:
            continue
        role, text = match[1], NOISE.sub(" ", match[2])
        pairs: list[tuple[str, str]] = []
        at, glued = 0, False
        for mark in MARK.finditer(text):
            pairs += _plain(text[at : mark.start()], pairs)
            inside = mark[2].split()
            joined = bool(pairs) and mark.start() > 0 and not text[mark.start() - 1].isspace()
            for k, word in enumerate(inside):
                label = ("I-" if k else "B-") + mark[1]
                if not k and joined:  # an opening quotation mark, a dash
                    pairs[-1] = (pairs[-1][0] + word, label)
                else:
                    pairs.append((word, label))
            at = mark.end()
            glued = at < len(text) and not text[at].isspace()
            if glued:
                rest = re.match(r"\S+", text[at:])
                assert rest
                pairs[-1] = (pairs[-1][0] + rest[0], pairs[-1][1])
                at += rest.end()
        pairs += _plain(text[at:], pairs)
        items += [Item(w, role, label, new=n == 0) for n, (w, label) in enumerate(pairs)]
    return Interview(path.stem, "typed", tuple(items))


def _plain(text: str, before: list[tuple[str, str]]) -> list[tuple[str, str]]:
    return [(w, "O") for w in text.split()]


def heard(path: Path) -> Interview:
    items: list[Item] = []
    for line in path.read_text("utf-8").splitlines():
        fields = line.split("\t")
        if len(fields) == 4:
            new = not items or items[-1].role != fields[0]
            items.append(Item(fields[3], fields[0], fields[2], new, float(fields[1])))
    return Interview(path.stem, "asr", tuple(items))


def uncased(interview: Interview) -> Interview:
    """Lower case, no punctuation: as some recognisers and typists write."""
    items = []
    for item in interview.items:
        text = re.sub(r"[.,?!;:\"“”()…—–]", "", item.text).lower()
        if text.strip("-' "):
            items.append(replace(item, text=text))
        elif item.new:
            items.append(replace(item, text="um"))
    return Interview(interview.name, interview.kind, tuple(items))


def fold_of(interview: Interview, folds: int) -> int:
    """Which part of the data an interview belongs to, in all of its versions."""
    return zlib.crc32(interview.family.encode()) % folds


def load(*folders: Path) -> list[Interview]:
    found = []
    for folder in folders:
        found += [typed(p) for p in sorted(folder.glob("*.txt"))]
        found += [heard(p) for p in sorted(folder.glob("heard/*.tsv"))]
    return found
