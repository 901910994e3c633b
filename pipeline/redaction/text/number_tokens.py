"""Splits one word into number tokens: digits, letters, signs, ordinals, or an ordinary word.

Whisper writes a spoken number as words ("oh seven"), as figures ("07700"), as both in one breath
("ninety nine 9 4"), glued to letters ("IP23"), hyphenated ("-900", "T-H-I-R-T-L-E"): each becomes the same tokens.
"""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass, replace
from typing import Literal

from pipeline.redaction.text.spans import bare, split_edges
from pipeline.redaction.text.tables import inverted, table, words_of

NumberTokenKind = Literal["digits", "letters", "ordinal", "repeat", "symbol", "word"]


@dataclass(frozen=True, slots=True)
class NumberToken:
    """The smallest spoken unit: the words `first`..`last` (inclusive) stand for `value`.

    `weak`: an everyday word too ("oh", "for", "a", "mike"), counts only beside numbers and letters. `quantity`:
    an amount ("250,000", "£40", "10:30"), never part of an identifier. `spoken`: "unit", "teen", "tens" for a
    number word that may join the next, "hundred", "and", or "" for figures. `after` is the punctuation that follows.
    `inner` is true for a later piece of the same word.
    """

    kind: NumberTokenKind
    value: str
    first: int
    last: int
    weak: bool = False
    quantity: bool = False
    spoken: str = ""
    after: str = ""
    inner: bool = False

    @property
    def alnum(self) -> bool:
        """True for digits and letters that can be part of an identifier."""
        return self.kind in ("digits", "letters") and not self.quantity


_SPOKEN = table("spoken")
DIGITS = inverted(_SPOKEN["digits"])
WEAK_DIGITS = inverted(_SPOKEN["weak_digits"])
TEENS = inverted(_SPOKEN["teens"])
TENS = inverted(_SPOKEN["tens"])
REPEATS = inverted(_SPOKEN["repeats"])
ORDINALS = inverted(_SPOKEN["ordinals"])
SYMBOLS = inverted(_SPOKEN["symbols"])
NATO = inverted(_SPOKEN["nato"])
LETTER_NAMES = inverted(_SPOKEN["letter_names"])
SCALES = {word: int(value) for word, value in inverted(_SPOKEN["scales"]).items()}
#: Everyday words of two letters: never two letters of a registration or postcode.
SHORT_WORDS = frozenset(words_of(_SPOKEN["short_words"]))

_ORDINAL = re.compile(r"(\d{1,2})(?:st|nd|rd|th)", re.IGNORECASE)
_QUANTITY = re.compile(
    r"[£$€]\d[\d,.]*[kmb]?|\d[\d,.]*%|\d{1,3}(?:,\d{3})+|\d+[.:]\d{1,2}(?:am|pm)?|\d+(?:am|pm|mg|ml|kg|g|km|cm|mm|mph|p|k)"
    r"|\d{2,4}'?s",
    re.IGNORECASE,
)
_PIECE = re.compile(r"\d+|[^\W\d_]+|_|[^\w\s]", re.UNICODE)
_SPELLED = re.compile(r"[^\W\d_](?:[-.·][^\W\d_])+", re.UNICODE)


def _number_word(core: str, n: int) -> NumberToken | None:
    """A token for one number word, or for "twenty-three" and "twenty-third" with a hyphen."""
    if core in DIGITS:
        return NumberToken("digits", DIGITS[core], n, n, spoken="unit")
    if core in TEENS:
        return NumberToken("digits", TEENS[core], n, n, spoken="teen")
    if core in TENS:
        return NumberToken("digits", TENS[core], n, n, spoken="tens")
    if core in ORDINALS:
        return NumberToken("ordinal", ORDINALS[core], n, n, spoken="ordinal")
    head, _, rest = core.partition("-")
    if rest and head in TENS:
        if rest in DIGITS and DIGITS[rest] != "0":
            return NumberToken("digits", str(int(TENS[head]) + int(DIGITS[rest])), n, n, spoken="pair")
        if rest in ORDINALS and int(ORDINALS[rest]) < 10:
            return NumberToken("ordinal", str(int(TENS[head]) + int(ORDINALS[rest])), n, n, spoken="ordinal")
    return None


def _lexical(core: str, n: int) -> NumberToken | None:
    """A token for a word of the tables."""
    if number := _number_word(core, n):
        return number
    if core in REPEATS:
        return NumberToken("repeat", REPEATS[core], n, n)
    if core in SYMBOLS:
        return NumberToken("symbol", SYMBOLS[core], n, n)
    if core == "hundred":
        return NumberToken("word", core, n, n, spoken="hundred")
    if core in SCALES:
        return NumberToken("word", core, n, n, spoken="scale")
    if core == "and":
        return NumberToken("word", core, n, n, spoken="and")
    if core in WEAK_DIGITS:
        return NumberToken("digits", WEAK_DIGITS[core], n, n, weak=True, spoken="unit")
    if core in NATO:
        return NumberToken("letters", NATO[core], n, n, weak=True, spoken="nato")
    if core in LETTER_NAMES:
        return NumberToken("letters", LETTER_NAMES[core], n, n, weak=True, spoken="name")
    return None


def _letters(piece: str, n: int, *, glued: bool) -> NumberToken | None:
    """A token for a run of letters that may be letters of an identifier, None for an ordinary word."""
    if len(piece) == 1:
        return NumberToken("letters", piece.upper(), n, n, weak=piece.lower() in "aio" and not glued)
    if glued and len(piece) <= 4:
        return NumberToken("letters", piece.upper(), n, n)
    if piece.isupper() and len(piece) <= 5:
        return NumberToken("letters", piece, n, n, spoken="acronym")
    if len(piece) == 2 and piece.lower() not in SHORT_WORDS:
        return NumberToken("letters", piece.upper(), n, n, weak=True, spoken="name")
    return None


def _pieces(core: str, n: int) -> list[NumberToken]:
    """Tokens of a word that mixes figures, letters and signs ("IP23", "900-123", "QQ18", "12/11/71")."""
    found: list[NumberToken] = []
    has_digit = any(c.isdigit() for c in core)
    for match in _PIECE.finditer(core):
        piece = match.group()
        token: NumberToken | None
        if piece.isdigit():
            token = NumberToken("digits", piece, n, n)
        elif piece[0].isalpha():
            token = _lexical(piece.lower(), n) if len(piece) > 2 else None
            token = token or _letters(piece, n, glued=has_digit) or NumberToken("word", piece, n, n)
        else:
            token = NumberToken("symbol", piece, n, n)
        found.append(replace(token, inner=bool(found)))
    return found


def _hyphenated(core: str) -> str:
    """Digits of "double-seven", "oh-seven-seven", "treble-nine-oh"; empty if any part is something else."""
    out, times = "", 1
    for part in core.split("-"):
        if part in REPEATS:
            times = int(REPEATS[part])
            continue
        digit = DIGITS.get(part, "0" if part in ("oh", "o") else "")
        if not digit:
            return ""
        out, times = out + digit * times, 1
    return out


def tokens_of_word(text: str, n: int) -> list[NumberToken]:
    """The tokens of word `n`. An ordinary word is one token of kind "word"."""
    return [
        NumberToken(t.kind, t.value, n, n, t.weak, t.quantity, t.spoken, t.after, t.inner) for t in _tokens_of(text)
    ]


@functools.lru_cache(maxsize=1 << 14)  # more than the different words of an interview
def _tokens_of(text: str) -> tuple[NumberToken, ...]:
    """The tokens of a word, as if it were the first."""
    n = 0
    lead, core, tail = split_edges(text)
    clean = bare(core)
    after = "".join(c for c in tail if c in ",.;:?!…—–")
    if tail and not after and (tail.endswith("-") or '"' in tail or "”" in tail):
        after = ","
    found: list[NumberToken]
    whole = core if not lead.endswith(("£", "$", "€")) else lead[-1] + core
    if match := _ORDINAL.fullmatch(core):
        found = [NumberToken("ordinal", str(int(match[1])), n, n)]
    elif _QUANTITY.fullmatch(whole + ("%" if tail.startswith("%") else "")):
        found = [NumberToken("digits", re.sub(r"\D", "", core), n, n, quantity=True)]
    elif _SPELLED.fullmatch(core):
        found = [
            NumberToken("letters", c.upper(), n, n, inner=k > 0, spoken="spelled")
            for k, c in enumerate(c for c in core if c.isalpha())
        ]
    elif lexical := _lexical(core.lower(), n) or (_lexical(clean, n) if clean.isalpha() else None):
        found = [lexical]
    elif "-" in core and (digits := _hyphenated(core.lower())):
        found = [NumberToken("digits", digits, n, n)]
    elif any(c.isdigit() for c in core):
        found = _pieces(core, n)
    elif core.isalpha() and (letters := _letters(core, n, glued=False)):
        found = [letters]
    else:
        found = [NumberToken("word", core, n, n)]
    if core == text and not core.strip("-–—_.,'\"") and core:  # punctuation alone
        found = [NumberToken("symbol", core[0], n, n)]
    found[-1] = replace(found[-1], after=after)
    return tuple(found)
