"""Garbled numbers: the recogniser took a digit for a word, so no format matches ("J.I.A., double fall 1 7").

Two rules, for recognised speech only, applied after all exact formats: a number that was found is extended over
neighbouring words that still sound like digits and letters; and what sounds like digits right after a cue ("my NHS
number is") is taken for a number. Both hide a few words too many rather than leave part of a number readable.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from pipeline.core.document import Category
from pipeline.redaction.text.allow_list import is_amount
from pipeline.redaction.text.analysis import Analysis
from pipeline.redaction.text.number_tokens import DIGITS, NATO, REPEATS, TEENS, TENS, WEAK_DIGITS
from pipeline.redaction.text.spans import Candidate, split_edges
from pipeline.redaction.text.tables import table, words_of

METHOD = "misheard number"
GROWING: frozenset[Category] = frozenset(["PHONE", "NHS_NUMBER", "NI_NUMBER", "VEHICLE", "POSTCODE", "OTHER_ID"])
#: Cue group -> what the number after it is.
CUED: dict[str, Category] = {
    "nhs_number": "NHS_NUMBER",
    "ni_number": "NI_NUMBER",
    "phone": "PHONE",
    "vehicle": "VEHICLE",
    "reference": "OTHER_ID",
    "bank": "OTHER_ID",
}
#: Words that recognisers write for digits; they count only inside a number.
ASR_CONFUSIONS = frozenset(words_of(table("spoken")["misheard_digits"]))
REACH = 8
GROWTH = 10
LEAST = 4
"""Digits or letters that a number after a cue has at least."""


def find(spoken: Analysis, found: Sequence[Candidate]) -> list[Candidate]:
    """Candidates beside and beyond those found; none overlaps them."""
    taken = {n for c in found for n in range(c.first, c.last + 1)}
    return [*_grown(spoken, found, taken), *_cued(spoken, taken)]


def _grown(spoken: Analysis, found: Sequence[Candidate], taken: set[int]) -> list[Candidate]:
    out = []
    for number in found:
        if number.category not in GROWING or number.method == "presidio":
            continue
        for step, edge in ((1, number.last), (-1, number.first)):
            words = _reach(spoken, edge, step, taken)
            if words:
                first, last = min(words), max(words)
                part = spoken.candidate(number.category, first, last, score=0.55, method=METHOD)
                out.append(replace(part, cue=number.cue, kind=number.kind, value=number.value, part=number.part + 1))
                taken |= set(range(first, last + 1))
    return out


def _reach(spoken: Analysis, edge: int, step: int, taken: set[int]) -> list[int]:
    """Words next to `edge` that sound like more of a number, up to the last one that surely does."""
    kept: list[int] = []
    tried: list[int] = []
    at = edge + step
    while 0 <= at < len(spoken) and len(tried) < GROWTH and spoken.same_turn(edge, at):
        if at in taken:
            kept = tried  # between two parts of a number
            break
        kind = sounding(spoken, at)
        if not kind:
            break
        tried.append(at)
        if kind == "firm":
            kept = list(tried)
        at += step
    if kept and is_amount(spoken, min(kept), max(kept), "1"):
        return []
    return kept


def _cued(spoken: Analysis, taken: set[int]) -> list[Candidate]:
    cues, out = spoken.cues, []
    at = 0
    while at < len(spoken):
        if at in taken or sounding(spoken, at) != "firm":
            at += 1
            continue
        last, weight = at, 0
        for n in range(at, min(at + 16, len(spoken))):
            kind = sounding(spoken, n)
            if not kind or n in taken or not spoken.same_turn(at, n):
                break
            if kind == "firm":
                last = n
                weight += max(1, sum(c.isdigit() for c in spoken.words[n].text))
        near = (g for g in CUED if cues.distance(g, at, last, before=REACH, after=0) is not None)
        group = next(near, "") if weight >= LEAST else ""
        if group and not is_amount(spoken, at, last, "1"):
            out.append(spoken.candidate(CUED[group], at, last, score=0.5, method=METHOD, cue=group))
        at = last + 1
    return out


def sounding(spoken: Analysis, at: int) -> str:
    """ "firm" for a digit, a number word or a letter, "weak" for what may be one beside others, else ""."""
    word = spoken.bare[at]
    core = split_edges(spoken.words[at].text)[1]
    if spoken.words[at].text[:1] in "£$€" or (word.endswith(("%", "p", "pm", "am")) and word[:1].isdigit()):
        return ""
    if any(c.isdigit() for c in core):
        return "firm" if sum(c.isalpha() for c in core) <= 4 else ""
    if word in DIGITS or word in TEENS or word in TENS or word == "hundred":
        return "firm"
    if len(core) == 1 and core.isalpha():
        return "weak" if word in ("a", "i", "o") else "firm"
    if word in REPEATS or word in WEAK_DIGITS or word in NATO or word in ASR_CONFUSIONS:
        return "weak"
    return ""
