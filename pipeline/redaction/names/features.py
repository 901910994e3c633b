"""Evidence that a piece of a word is a name, as features of the linear model in `propernouns`.

Every feature is a short string; the model adds up one weight vector per feature. Nothing here remembers a name:
the form itself is a feature only for everyday words that are no name of any list.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.redaction.names.sound_alikes import Misheard
from pipeline.redaction.names.spacy_tags import WordTag
from pipeline.redaction.text.lexicon import Lexicon
from pipeline.redaction.text.tables import table, words_of
from pipeline.redaction.text.tokens import NameTokens

_ENDINGS = [
    "ton",
    "ham",
    "ford",
    "ley",
    "thorpe",
    "shire",
    "bury",
    "borough",
    "wick",
    "wich",
    "worth",
    "field",
    "wood",
    "mouth",
    "pool",
    "ness",
    "sea",
    "gate",
    "den",
    "don",
    "dale",
    "holm",
    "by",
    "combe",
    "well",
    "ridge",
    "stead",
    "hurst",
    "minster",
    "chester",
    "caster",
    "burn",
    "kirk",
    "fell",
    "rigg",
    "moor",
    "land",
    "ski",
    "cki",
    "wicz",
    "enko",
    "chuk",
    "uk",
    "ov",
    "ova",
    "eva",
    "escu",
    "akis",
    "idis",
    "ou",
    "dottir",
    "sen",
    "son",
    "man",
    "mann",
    "stein",
    "berg",
    "witz",
    "baum",
    "oglu",
    "zadeh",
    "pour",
    "ian",
    "yan",
    "wala",
    "jee",
    "ji",
    "deep",
    "jit",
    "preet",
    "inder",
    "een",
    "eem",
    "ullah",
    "uddin",
    "een",
    "een",
    "tunde",
    "ola",
    "olu",
    "chi",
    "eka",
    "oke",
    "ade",
    "ayo",
    "wale",
    "bayo",
    "emi",
    "iwe",
    "ije",
    "oma",
    "nna",
]


@dataclass(frozen=True)
class Cues:
    """Word classes of configs/recognisers/names.yaml: class -> its words."""

    classes: dict[str, frozenset[str]]

    def of(self, word: str) -> list[str]:
        """Classes that a word belongs to."""
        return [name for name, words in self.classes.items() if word in words]


def cues() -> Cues:
    """The word classes, read once."""
    return Cues({name: frozenset(words_of(words)) for name, words in table("names").items()})


def bucket(zipf: float) -> str:
    """Coarse frequency: 0 unknown, 1 rare ... 5 very common."""
    return str(sum(zipf > edge for edge in (0.0, 2.7, 3.5, 4.3, 5.2)))


def shape(core: str) -> str:
    """What the letters look like: x lower, X capital, A all capitals, L one capital letter, S spelled, d digits."""
    if any(c.isdigit() for c in core):
        return "d"
    if re.fullmatch(r"(?:[^\W\d_]-){2,}[^\W\d_]", core) or re.fullmatch(r"(?:[^\W\d_]\.){2,}[^\W\d_]?", core):
        return "S"
    if len(core) == 1:
        return "L" if core.isupper() else "l"
    letters = [c for c in core if c.isalpha()]
    if letters and all(c.isupper() for c in letters):
        return "A"
    if core[:1].isupper():
        return "H" if re.search(r"-[A-ZÀ-Ý]", core) else "M" if any(c.isupper() for c in core[1:]) else "X"
    return "m" if any(c.isupper() for c in core) else "x"


class Extractor:
    """Features of every piece of one transcript."""

    def __init__(
        self, pieces: NameTokens, tags: Sequence[WordTag], lexicon: Lexicon, *, from_asr: bool = False
    ) -> None:
        self.pieces = pieces
        self.heard = from_asr
        self.misheard = Misheard(pieces, lexicon) if from_asr else None
        self.tags = [tags[p.word] for p in pieces.items]
        self.lexicon = lexicon
        self.cues = cues()
        self.forms = pieces.folded
        self.shapes = [shape(p.core) for p in pieces.items]
        forms = set(self.forms)  # an interview repeats a few thousand
        classes = {form: self.cues.of(form.removesuffix("'s")) for form in forms}
        lists = {form: self._lists(form) for form in forms}
        self.classes = [classes[form] for form in self.forms]
        self.lists = [lists[form] for form in self.forms]
        self.capital_phrase, self.place_phrase = self._phrases()

    def _lists(self, form: str) -> list[str]:
        lexicon = self.lexicon
        found = []
        for part in dict.fromkeys((form, *form.split("-"))):
            for name, entries in (
                ("go", lexicon.given_own),
                ("g", lexicon.given),
                ("fo", lexicon.family_own),
                ("f", lexicon.family),
                ("po", lexicon.places_own.single),
                ("p", lexicon.places.single),
                ("w", lexicon.world.single),
                ("k", lexicon.capitals.single),
            ):
                if part in entries:
                    found.append(name)
        return sorted(set(found))

    def _phrases(self) -> tuple[list[int], list[int]]:
        """For each piece the length of the phrase of several words it is in: (identifies nobody, place)."""
        known, places = [0] * len(self.forms), [0] * len(self.forms)
        lexicon = self.lexicon
        for at in range(len(self.forms)):
            if not self.pieces[at].capital:
                continue
            if length := lexicon.capitals.match(self.forms, at):
                known[at : at + length] = [length] * length
            length = max(s.match(self.forms, at) for s in (lexicon.places_own, lexicon.places, lexicon.world))
            if length:
                places[at : at + length] = [length] * length
        return known, places

    def everyday(self, form: str) -> bool:
        """True for a word that dictionaries write in lower case, contractions and -in' forms included."""
        everyday = self.lexicon.everyday
        return form in everyday or form.removesuffix("'s") in everyday or form.split("'")[0] in everyday

    def features(self, at: int) -> list[str]:
        """Features of the piece `at`."""
        piece, form, outline = self.pieces[at], self.forms[at], self.shapes[at]
        zipf, lists = self.lexicon.frequency(form), self.lists[at]
        daily = self.everyday(form)
        where = "i" if piece.initial else "m"
        base = f"{outline}{where}"
        out = ["b", f"r={int(self.heard)}{outline}{int(daily)}", f"s={base}", f"z={base}{bucket(zipf)}{int(daily)}"]
        group = "".join(lists)
        out += [f"L={entry}{where}{outline in 'XHM'}" for entry in lists]
        out.append(
            f"LL={base}{bool({'go', 'g'} & set(lists))}{bool({'fo', 'f'} & set(lists))}"
            f"{bool({'po', 'p'} & set(lists))}{'k' in lists}{int(daily)}"
        )
        if self.capital_phrase[at]:
            out.append("kp")
        if self.place_phrase[at]:
            out.append(f"pp{where}")
        if zipf >= 4.0 and daily and not ({"go", "fo", "po"} & set(lists)):
            out.append(f"w={form}")
        mids, lowers = self.pieces.mid_capitals[form] - (piece.capital and not piece.initial), self.pieces.lowers[form]
        out.append(f"d={base}{min(mids, 2)}{min(lowers, 2)}")
        out += self._tag_features(at, base, daily)
        out += self._context_features(at, base, group)
        if self.misheard:
            out += self.misheard.features(at)
        if piece.capital and not daily:
            out += [f"e={ending}" for ending in _ENDINGS if form.endswith(ending)]
            out += [f"h={form[:2]}"] if form[:2] in ("mc", "o'") or form.startswith(("mac", "st-")) else []
        return out

    def _tag_features(self, at: int, base: str, daily: bool) -> list[str]:
        tag = self.tags[at]
        out = [f"t={tag.tag}{base}", f"n={tag.entity}{base}", f"tn={tag.tag}{tag.entity}{base[0]}{int(daily)}"]
        for step in (-1, 1):
            other = at + step
            if 0 <= other < len(self.forms) and self.pieces.same_turn(at, other):
                out.append(f"t{step}={self.tags[other].tag}{base[0]}")
                out.append(f"n{step}={self.tags[other].entity}{base[0]}")
        return out

    def _context_features(self, at: int, base: str, group: str) -> list[str]:
        out = []
        piece, cap = self.pieces[at], base[0] in "XHMALS"
        mark = f"{int(cap)}{base[1]}"
        for step in (-3, -2, -1, 1, 2, 3):
            other = at + step
            if not (0 <= other < len(self.forms)) or not self.pieces.same_turn(at, other):
                if abs(step) == 1:
                    out.append(f"x{step}=edge{mark}")
                continue
            form = self.forms[other]
            low, high = min(at, other), max(at, other)
            broken = any(
                self.pieces[n].after[:1] in (",", ".", "?", "!", ";", ":", "—")
                for n in range(low, high)
                if self.pieces[n].after
            )
            near = "" if abs(step) == 1 else "~"
            out += [f"c{near}{step}={name}{mark}{int(broken)}" for name in self.classes[other]]
            if abs(step) <= 2 and self.lexicon.frequency(form) >= 4.6:
                out.append(f"x{step}={form}{int(cap)}")
            if abs(step) <= 2:
                out.append(
                    f"s{step}={self.shapes[other]}{'i' if self.pieces[other].initial else 'm'}{mark}{int(broken)}"
                )
            if abs(step) == 1:
                out.append(f"l{step}={''.join(self.lists[other])[:6]}{mark}")
        out += [f"c0={name}{mark}" for name in self.classes[at]]
        after = piece.after
        possessive = after.lower().startswith(("'s", "’s"))
        out.append(f"a={'s' if possessive else after[:1]}{mark}")
        out.append(f"q={piece.before[:1]}{mark}")
        before = self.pieces[at - 1].after[:1] if at and self.pieces.same_turn(at - 1, at) else "^"
        out.append(f"v={before}{after[:1]}{mark}")
        return out
