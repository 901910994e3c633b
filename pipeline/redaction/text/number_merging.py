"""Merges the number tokens of single words into whole numbers: "twenty" + "three" are 23, "oh" beside a digit is 0.

The tokens of single words come from `number_tokens`.
"""

from __future__ import annotations

import re
from dataclasses import replace

from pipeline.redaction.text.number_tokens import SCALES, NumberToken, tokens_of_word
from pipeline.redaction.text.spans import SpokenText
from pipeline.redaction.text.tables import table, words_of

ACRONYMS = frozenset(word.upper() for word in words_of(table("keep")["acronyms"]))
SIGNS_INSIDE = "-/._"
_DECIMAL = re.compile(r"\d{1,3}\.\d{1,3}")


def number_tokens(spoken: SpokenText) -> tuple[NumberToken, ...]:
    """The number tokens of an interview in spoken order, merged, and with the weak ones decided."""
    return tuple(_settle(spoken, _merge(spoken, _read(spoken))))


def _read(spoken: SpokenText) -> list[NumberToken]:
    tokens: list[NumberToken] = []
    for n, word in enumerate(spoken.words):
        tokens += tokens_of_word(word.text, n)
    return tokens


def _join(left: NumberToken, right: NumberToken, value: str, **changes: object) -> NumberToken:
    return replace(left, value=value, last=right.last, after=right.after, **changes)  # type: ignore[arg-type]


def _merge(spoken: SpokenText, tokens: list[NumberToken]) -> list[NumberToken]:
    """Join "twenty" + "three", "nine" + "hundred" (+ "and" + "two"), "double" + "oh", "N" + "for" + "Norwich"."""
    out: list[NumberToken] = []
    k = 0
    while k < len(tokens):
        token, used = _merge_at(spoken, tokens, k)
        out.append(token)
        k += used
    return out


def _merge_at(spoken: SpokenText, tokens: list[NumberToken], k: int) -> tuple[NumberToken, int]:
    """The token that begins at `k` and how many raw tokens it takes."""
    token = tokens[k]
    following = tokens[k + 1 : k + 6]
    near = bool(following) and not token.after and spoken.same_turn(token.last, following[0].first)
    if not near:
        return token, 1
    second = following[0]
    if token.kind == "repeat" and second.kind in ("digits", "letters") and not second.quantity:
        times, weak = int(token.value), second.weak and second.spoken not in ("unit",)
        value = second.value[0] * (times - 1) + second.value
        return replace(_join(second, second, value, weak=weak, spoken="repeat"), first=token.first, inner=False), 2
    if token.kind == "letters" and len(token.value) == 1 and len(following) > 1 and not second.after:
        third = following[1]
        glue = spoken.bare[second.first]
        text = spoken.bare[third.first]
        if glue in ("for", "as", "like") and text[:1].upper() == token.value and len(text) > 2:
            return _join(token, third, token.value, weak=False, spoken="phonetic"), 3
        if glue == "as" and len(following) > 2 and spoken.bare[third.first] == "in":
            fourth = following[2]
            return _join(token, fourth, token.value, weak=False, spoken="phonetic"), 4
    if token.kind == "digits" and not token.quantity:
        return _number(spoken, tokens, k)
    if token.kind == "letters" and token.value == "A" and second.spoken in ("hundred", "scale"):
        one = replace(token, kind="digits", value="1", weak=False, spoken="unit", quantity=False)
        number, used = _number(spoken, [*tokens[:k], one, *tokens[k + 1 : k + 8]], k)
        return replace(number, quantity=True, spoken="sum"), used
    return token, 1


def _number(spoken: SpokenText, tokens: list[NumberToken], k: int) -> tuple[NumberToken, int]:
    """Number words from `k` on that are one number: "twenty three", "nine hundred and two", "two thousand and four"."""
    token, used = tokens[k], 1

    def peek(offset: int = 0) -> NumberToken | None:
        n = k + used + offset
        previous = tokens[n - 1]
        ok = n < len(tokens) and not previous.after and spoken.same_turn(previous.last, tokens[n].first)
        return tokens[n] if ok and not tokens[n].inner else None

    nxt = peek()
    if token.spoken == "tens" and nxt is not None:
        if nxt.spoken == "unit" and nxt.value != "0" and not nxt.weak:
            token, used = _join(token, nxt, str(int(token.value) + int(nxt.value)), spoken="pair"), used + 1
        elif nxt.kind == "ordinal" and nxt.spoken == "ordinal" and int(nxt.value) < 10:
            value = str(int(token.value) + int(nxt.value))
            return _join(token, nxt, value, kind="ordinal", spoken="ordinal"), used + 1
    nxt = peek()
    if nxt is not None and nxt.spoken == "hundred" and len(token.value) <= 2 and not token.weak:
        token, used = _join(token, nxt, token.value + "00", spoken="hundreds"), used + 1
        token, used = _tail_sum(tokens, k, token, used, peek())
    nxt = peek()
    if nxt is not None and nxt.spoken == "scale" and not token.weak:
        total = int(token.value) * SCALES[nxt.value.lower()]
        token, used = _join(token, nxt, str(total), spoken="sum", quantity=True), used + 1
        nxt = peek()
        if nxt is not None and nxt.spoken == "and":
            rest = peek(1)
            if rest is not None and rest.kind == "digits" and rest.spoken in ("unit", "teen", "tens", "pair"):
                total += int(rest.value)
                token, used = _join(token, rest, str(total)), used + 2
        elif nxt is not None and nxt.kind == "digits" and nxt.spoken in ("teen", "tens", "pair") and total % 1000 == 0:
            token, used = _join(token, nxt, str(total + int(nxt.value))), used + 1
    return token, used


def _tail_sum(
    tokens: list[NumberToken], k: int, token: NumberToken, used: int, nxt: NumberToken | None
) -> tuple[NumberToken, int]:
    """ "and two", "and twenty three" after a hundred. Without "and" what follows are digits of their own."""
    if nxt is None or nxt.spoken != "and" or nxt.after or k + used + 1 >= len(tokens):
        return token, used
    rest = tokens[k + used + 1]
    if rest.kind != "digits" or rest.weak or rest.spoken not in ("unit", "teen", "tens", "pair"):
        return token, used
    total, used = int(token.value) + int(rest.value), used + 2
    token = _join(token, rest, str(total), spoken="sum")
    unit = tokens[k + used] if k + used < len(tokens) else None
    joins = rest.spoken == "tens" and not rest.after and unit is not None and unit.spoken == "unit"
    if unit is not None and joins and unit.value != "0" and not unit.weak:
        token, used = _join(token, unit, str(total + int(unit.value))), used + 1
    return token, used


def _settle(spoken: SpokenText, tokens: list[NumberToken]) -> list[NumberToken]:
    """Decide the weak forms: "oh" beside a digit is nought, "for" between two digits is four, else a word.

    "a", "I" and "O" stay weak letters: only a format can tell.
    """
    out = [replace(a, kind="word") if a.spoken == "acronym" and a.value in ACRONYMS else a for a in tokens]
    out = [replace(a, quantity=False) if _is_grouped(spoken, out, k) else a for k, a in enumerate(out)]
    for _ in range(2):  # a second pass lets "oh oh seven" and "hotel oscar papa" settle from the right
        for k, token in enumerate(out):
            if not token.weak:
                continue
            if _is_letter_o(spoken, out, k):
                out[k] = replace(token, kind="letters", value="O", weak=False)
                continue
            left = _beside(spoken, out, k, -1)
            right = _beside(spoken, out, k, 1)
            if token.kind == "digits" and token.spoken in ("unit", "repeat"):
                is_zero = token.value.strip("0") == ""
                firm = (left or right) if is_zero else (left and right)
            elif token.spoken == "nato":
                firm = _nato_beside(out, k) or ((left or right) and spoken.bare[token.first] != "november")
            elif token.spoken == "name" and len(token.value) == 1:
                firm = left and right
            else:
                continue
            if firm:
                out[k] = replace(token, weak=False)
    # a number word that stayed weak is a word; letters that stayed weak may still be read by a format
    return [replace(a, kind="word") if a.weak and a.kind == "digits" else a for a in out]


def _is_grouped(spoken: SpokenText, tokens: list[NumberToken], k: int) -> bool:
    """True for the "9.99" of "9.99. 118. 6225": digits in groups, which a recogniser may write as a decimal."""
    if not tokens[k].quantity or not _DECIMAL.fullmatch(spoken.words[tokens[k].first].text.rstrip(".,;?")):
        return False
    near = [tokens[m] for m in (k - 1, k + 1) if 0 <= m < len(tokens)]
    return any(a.kind == "digits" and spoken.same_turn(a.first, tokens[k].first) and not a.weak for a in near)


def _beside(spoken: SpokenText, tokens: list[NumberToken], k: int, step: int) -> bool:
    """True if the neighbour is a firm digit, letter or sign with nothing stronger than a comma between."""
    m = k + step
    if not 0 <= m < len(tokens) or not spoken.same_turn(min(tokens[k].first, tokens[m].first), tokens[max(k, m)].last):
        return False
    left, right = (tokens[m], tokens[k]) if step < 0 else (tokens[k], tokens[m])
    if left.after and left.after[0] not in ",":
        return False
    other = right if step > 0 else left
    if other.kind == "symbol":
        return other.value in SIGNS_INSIDE and not other.inner
    return other.alnum and not other.weak and (other.spoken != "acronym" or len(other.value) <= 3)


def _is_letter_o(spoken: SpokenText, tokens: list[NumberToken], k: int) -> bool:
    """True for the O of "I O Q": a capital, and no neighbour but letters; else "O" is nought."""
    token = tokens[k]
    if token.kind != "digits" or len(token.value) > 1 or not spoken.words[token.first].text.strip(".,;:?!").isupper():
        return False
    near = [tokens[m] for m in (k - 1, k + 1) if 0 <= m < len(tokens)]
    return bool(near) and all(a.kind == "letters" and len(a.value) <= 2 for a in near)


def _nato_beside(tokens: list[NumberToken], k: int) -> bool:
    return any(0 <= m < len(tokens) and tokens[m].spoken == "nato" and not tokens[m].inner for m in (k - 1, k + 1))
