"""Numbers said in words, written as a speech recogniser writes them: "oh seven seven double oh" -> "07700"."""

from __future__ import annotations

import random
import re
from dataclasses import replace

from corpus import Item

ONES = {
    w: str(n) for n, w in enumerate(["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"])
} | {
    "oh": "0",
    "nought": "0",
    "o": "0",
}
TEENS = {
    w: str(n + 10)
    for n, w in enumerate(
        ["ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"]
    )
}
TENS = {
    w: str(10 * (n + 2))
    for n, w in enumerate(["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"])
}
ORDINALS = {
    w: n
    for n, w in enumerate(
        [
            "zeroth",
            "first",
            "second",
            "third",
            "fourth",
            "fifth",
            "sixth",
            "seventh",
            "eighth",
            "ninth",
            "tenth",
            "eleventh",
            "twelfth",
            "thirteenth",
            "fourteenth",
            "fifteenth",
            "sixteenth",
            "seventeenth",
            "eighteenth",
            "nineteenth",
            "twentieth",
        ]
    )
} | {"thirtieth": 30}
TIMES = {"double": 2, "treble": 3, "triple": 3}
NUMERIC = {"PHONE", "NHS_NUMBER", "NI_NUMBER", "OTHER_ID", "POSTCODE", "VEHICLE", "DATE", "AGE", "ADDRESS"}


def _parts(text: str) -> tuple[str, str]:
    match = re.match(r"(.*?)([.,?!;:'\"”’]*)$", text)
    assert match
    return match[1], match[2]


def _value(word: str) -> tuple[str, str] | None:
    """(kind, figures) of one number word: kind "digit", "teen", "tens", "both" ("twenty-one"), "ordinal"."""
    plain = word.lower()
    if plain in ONES:
        return "digit", ONES[plain]
    if plain in TEENS:
        return "teen", TEENS[plain]
    if plain in TENS:
        return "tens", TENS[plain]
    if "-" in plain:
        a, _, b = plain.partition("-")
        if a in TENS and b in ONES and ONES[b] != "0":
            return "both", TENS[a][0] + ONES[b]
        if a in TENS and b in ORDINALS and 0 < ORDINALS[b] < 10:
            return "ordinal", _ordinal(int(TENS[a]) + ORDINALS[b])
    if plain in ORDINALS and ORDINALS[plain] > 0:
        return "ordinal", _ordinal(ORDINALS[plain])
    return None


def _ordinal(n: int) -> str:
    ending = "th" if 10 <= n % 100 <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(n % 10, "th")
    return f"{n}{ending}"


def to_figures(items: tuple[Item, ...], draw: random.Random) -> tuple[Item, ...]:
    """Number words of marked spans become figures, and most others from ten up; the first word keeps the label."""
    style = draw.choice([" ", "", "-"])
    out: list[Item] = []
    at = 0
    while at < len(items):
        item = items[at]
        marked = item.label[2:] in NUMERIC
        found = _run(items, at, marked)
        if not found or (not marked and draw.random() < 0.25):
            out.append(item)
            at += 1
            continue
        length, pieces, tail = found
        text = [pieces[0]]
        for piece in pieces[1:]:
            text[-1:] = (
                [text[-1] + ("-" if style == "-" else "") + piece]
                if style != " " or len(text[-1]) + len(piece) < 4
                else [text[-1], piece]
            )
        for k, piece in enumerate(text):
            label = item.label if not k else item.label.replace("B-", "I-")
            end = tail if k == len(text) - 1 else ""
            out.append(replace(item, text=piece + end, label=label, new=item.new and not k))
        at += length
    return tuple(out)


def _run(items: tuple[Item, ...], at: int, marked: bool) -> tuple[int, list[str], str] | None:
    """(words taken, groups of figures, punctuation after) of the number that starts at `at`."""
    groups: list[str] = [""]
    taken, tail, times = 0, "", 1
    previous = ""
    while at + taken < len(items):
        item = items[at + taken]
        if taken and (item.new or item.label[2:] != items[at].label[2:] or item.label.startswith("B-")):
            break
        core, punctuation = _parts(item.text)
        if core.lower() in TIMES and marked:
            times = TIMES[core.lower()]
            taken += 1
            previous = "times"
            continue
        if core.lower() == "hundred" and groups[-1] and marked and previous == "digit":
            groups[-1] += "00"
            taken, previous, tail = taken + 1, "hundred", punctuation
            if punctuation:
                groups.append("")
            continue
        value = _value(core)
        if marked and not value and len(core) == 1 and core.isupper() and core not in "AI":
            value = ("letter", core)
        if not value:
            break
        kind, figures = value
        if not marked:
            if kind in ("digit", "ordinal"):
                break
            if previous == "tens" or previous:
                year = (groups[0] in ("18", "19", "20") and previous == "teen") or groups[0] == "20"
                if not (year and taken == 1 and kind in ("teen", "both", "tens")):
                    break
        if kind == "ordinal" and taken:
            break
        if previous == "tens" and kind == "digit" and figures != "0" and times == 1:
            groups[-1] = groups[-1][:-1] + figures
        else:
            groups[-1] += figures * times
        times = 1
        taken, previous, tail = taken + 1, kind, punctuation
        if kind == "ordinal":
            break
        if punctuation:
            if not marked or punctuation.strip(","):
                break
            groups.append("")
    if previous == "times" or not groups[0]:
        return None
    return taken, [g for g in groups if g], tail
