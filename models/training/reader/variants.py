"""New versions of an interview for every epoch: other names, a recogniser's writing, its mishearings, no capitals."""

from __future__ import annotations

import functools
import json
import random
import re
from collections import defaultdict
from dataclasses import replace
from pathlib import Path

import rapidfuzz
from corpus import Interview, Item, uncased
from figures import to_figures

from pipeline.redaction.text.lexicon import fold, lexicon
from pipeline.redaction.text.phonetics import key as sound_of

FILLERS = {"um", "er", "erm", "uh", "eh", "mm", "hm", "ehm"}
NAMED = {"PERSON", "PLACE", "ORG"}
_NAME = re.compile(r"[^\W\d_](?:[^\W\d_]|['’-](?=[^\W\d_]))+")
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
    ("ll", "l"),
    ("ie", "y"),
    ("h", ""),
    ("gh", ""),
    ("w", "wh"),
    ("e", "i"),
    ("ai", "ay"),
    ("k", "ck"),
]


@functools.cache
def _pools() -> dict[str, list[str]]:
    words = lexicon()
    names = {"given": words.given_own, "all given": words.given, "family": words.family | words.family_own}
    pools = {k: sorted(v) for k, v in names.items()}
    pools["word given"] = sorted(n for n in words.given_own & words.everyday if 2.5 < words.frequency(n) < 6.2)
    pools["word family"] = sorted(n for n in words.family & words.everyday if 2.5 < words.frequency(n) < 6.0)
    pools["place"] = sorted(words.places_own.single | words.places.single)
    pools["word place"] = sorted(
        p for p in words.places_own.single | words.places.single if p in words.everyday and words.frequency(p) < 6
    )
    pools["long place"] = sorted(
        " ".join((head, *tail)) for head, tails in words.places.phrases.items() for tail in tails
    )
    return pools


@functools.cache
def _by_sound() -> dict[str, list[str]]:
    """Sound key -> everyday words that are frequent enough for a recogniser to prefer them."""
    table: dict[str, list[str]] = defaultdict(list)
    words = lexicon()
    for word in words.everyday:
        if words.frequency(word) >= 3.2 and len(word) > 1:
            table[sound_of(word)].append(word)
    return table


def _capital(name: str) -> str:
    return "".join(p[:1].upper() + p[1:] for p in re.split(r"([-' ])", name))


class Namer:
    """Draws other names; the same form gets the same one throughout an interview."""

    def __init__(self, draw: random.Random, share: float, words: float) -> None:
        self.draw, self.share, self.words = draw, share, words
        self.known: dict[tuple[str, str], str] = {}

    def __call__(self, category: str, part: str) -> str:
        name = (category, fold(part))
        if name not in self.known:
            self.known[name] = self._new(category, fold(part)) if self.draw.random() < self.share else ""
        return self.known[name] or part

    def _new(self, category: str, form: str) -> str:
        pools, draw = _pools(), self.draw
        as_word = draw.random() < self.words
        if category == "PLACE":
            name = draw.choice(pools["word place" if as_word else "place"])
        elif form in lexicon().family and form not in lexicon().given_own:
            name = draw.choice(pools["word family" if as_word else "family"])
        else:
            name = draw.choice(pools["word given" if as_word else "given" if draw.random() < 0.6 else "all given"])
        if draw.random() < 0.12:
            name = mutate(name, draw)
        return _capital(name)


def mutate(name: str, draw: random.Random) -> str:
    """A spelling that stands in no list."""
    ways = [m for m in _MUTATIONS if m[0] in name]
    return name.replace(*draw.choice(ways), 1) if ways else name


def renamed(interview: Interview, draw: random.Random) -> Interview:
    """People and places get other names; spelled-out and generic words ("Ward", "Street") stay."""
    namer = Namer(draw, draw.choice([0.0, 0.5, 0.9]), draw.choice([0.1, 0.3, 0.6]))
    items = []
    everyday = lexicon().everyday
    for item in interview.items:
        category = item.label[2:]
        if category in NAMED and not re.search(r"[A-Z]-[A-Z]", item.text):

            def other(m: re.Match[str], category: str = category) -> str:
                plain = fold(m[0])
                if len(plain) < 3 or not m[0][:1].isupper() or (category != "PERSON" and plain in everyday):
                    return m[0]
                return namer(
                    "PERSON"
                    if category == "ORG" and plain in lexicon().given_own
                    else "PLACE"
                    if category == "ORG"
                    else category,
                    m[0],
                )

            text, _, ending = item.text.partition("'s")
            item = replace(item, text=_NAME.sub(other, text) + ("'s" + ending if _ else ""))
        items.append(item)
    return replace_items(interview, items)


def replace_items(interview: Interview, items: list[Item], kind: str | None = None) -> Interview:
    return Interview(interview.name, kind or interview.kind, tuple(items))


class Mishearing:
    """What a recogniser makes of words, and how sure it is, as measured on interviews read aloud (mishearings.json)."""

    def __init__(self, path: Path) -> None:
        table = json.loads(path.read_text("utf-8"))
        self.words: dict[str, list[str]] = table["words"]
        self.confidence: dict[str, list[float]] = table["confidence"]
        self.rate: float = table["rate"]

    def sure(self, kind: str, draw: random.Random) -> float:
        return draw.choice(self.confidence[kind])


def _misheard_name(word: str, draw: random.Random) -> str:
    """What a name may become: another spelling, everyday words that sound like it, parts."""
    core = _NAME.search(word)
    if not core or len(core[0]) < 2:
        return word
    plain, roll = fold(core[0]), draw.random()
    tail = word[core.end() :]
    if roll < 0.4:
        for _ in range(draw.choice([1, 1, 2])):
            plain = mutate(plain, draw)
        new = _capital(plain) if draw.random() < 0.75 else plain
    elif roll < 0.8:
        near = _by_sound().get(sound_of(plain), [])
        if not near:
            near = _near_sounds(sound_of(plain))
        new = draw.choice(near) if near else mutate(plain, draw)
        new = _capital(new) if draw.random() < 0.35 else new
    elif len(plain) > 5:
        cut = draw.randint(2, len(plain) - 2)
        new = plain[:cut] + draw.choice([" ", "-", " "]) + plain[cut:]
        new = _capital(new) if draw.random() < 0.4 else new
    else:
        new = plain
    return word[: core.start()] + new + tail


@functools.lru_cache(maxsize=8192)
def _near_sounds(sound: str) -> list[str]:
    table = _by_sound()
    keys = rapidfuzz.process.extract(
        sound, table.keys(), scorer=rapidfuzz.distance.Levenshtein.distance, limit=4, score_cutoff=1
    )
    return [w for k, *_ in keys for w in table[k]][:40]


def recognised(interview: Interview, draw: random.Random, table: Mishearing) -> Interview:
    """As a recogniser writes: figures, lost fillers and punctuation, mishearings, confidences, pauses."""
    source = to_figures(interview.items, draw) if draw.random() < 0.85 else interview.items
    names, ordinary = draw.choice([0.1, 0.3, 0.5]), draw.choice([0.2, 0.5, 1.0]) * table.rate
    lost_comma, lost_stop, small = draw.uniform(0, 0.5), draw.uniform(0, 0.25), draw.uniform(0, 0.25)
    items: list[Item] = []
    capital = False
    for item in source:
        plain = re.sub(r"[^\w']", "", item.text).lower()
        if (plain in FILLERS and draw.random() < 0.35 and not item.new) or (not plain and not item.new):
            continue
        text = re.sub(r"[—–]+", draw.choice([",", "", ","]), item.text)
        text = re.sub(r"[“”\"()]", "", text)
        category, kind = item.label[2:], "sure"
        if category in NAMED and not text[:1].isdigit():
            kind = "name"
            if draw.random() < names:
                text, kind = _misheard_name(text, draw), "wrong name"
            elif draw.random() < small:
                text = text.lower()
        elif item.label == "O" and plain in table.words:
            new = draw.choice(table.words[plain])
            if draw.random() < 2 * ordinary:
                tail = re.search(r"[.,?!]*$", text)
                text, kind = (_capital(new) if text[:1].isupper() else new) + (tail[0] if tail else ""), "wrong"
        if text.endswith(",") and draw.random() < lost_comma:
            text = text[:-1]
        if capital:
            text, capital = text[:1].upper() + text[1:], False
        if text.endswith(".") and draw.random() < lost_stop:
            text = text[:-1] + draw.choice([",", ""])
        elif item.label == "O" and draw.random() < 0.01 and text[-1:].isalpha():
            text, capital = text + ".", True
        pause = (
            draw.choice([0.1, 0.1, 0.1, 0.1, 0.5, 1.5])
            if re.search(r"[.,?!]$", items[-1].text if items else ".")
            else 0.05
        )
        for k, part in enumerate(text.split()):
            label = item.label if not k else item.label.replace("B-", "I-")
            items.append(
                Item(
                    part,
                    item.role,
                    label,
                    item.new and not k,
                    table.sure(kind, draw),
                    None if draw.random() < 0.1 else pause,
                )
            )
    return replace_items(interview, items, "asr")


def fresh(interview: Interview, style: str, draw: random.Random, table: Mishearing) -> Interview:
    """One version in the style "typed", "asr" or "uncased"."""
    if interview.kind == "asr":
        return uncased(interview) if style == "uncased" else interview
    other = renamed(interview, draw)
    if style == "asr" or (style == "uncased" and draw.random() < 0.4):
        other = recognised(other, draw, table)
    elif draw.random() < 0.3:
        other = replace_items(other, list(to_figures(other.items, draw)))
    return uncased(other) if style == "uncased" else other
