"""Ages of anybody: "I'm fifty-three", "she'd only have been twenty-four", "the little un, eleven, he…", "Fifty-two."

Only the number words are the identifier. Lengths of time and amounts are not ages, and a decade ("in my fifties") is
a band already. Read on the normalised text, where numbers stand as figures.
"""

from __future__ import annotations

import bisect
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from pipeline.core.document import Category
from pipeline.redaction.text.allow_list import MONTHS, UNITS
from pipeline.redaction.text.analysis import Analysis
from pipeline.redaction.text.number_tokens import DIGITS, TEENS, TENS
from pipeline.redaction.text.spans import Candidate, split_edges
from pipeline.redaction.text.tables import table, words_of

_T = table("ages")


def _any(name: str) -> str:
    return "(?:" + "|".join(re.escape(w) for w in sorted(words_of(_T[name]), key=len, reverse=True)) + ")"


FOLLOWERS = frozenset(words_of(_T["followers"]))
NOT_SUBJECTS = frozenset(words_of(_T["not_subjects"]))
_MONTH_NAMES = "|".join(sorted(MONTHS, key=len, reverse=True))
#: Everyday units, without the words that may follow an age as well.
_UNITS = UNITS - {"or", "to", "of", "and", "times", "time"}

_N = r"(?P<age>\b\d{1,3})(?![\w%]|[.:/-]\d|(?:st|nd|rd|th)\b)"
_ADV = rf"(?:,?\s+(?:{_any('adverbs')[3:-1]})\b,?)"
_BE = r"(?:\s+(?:am|is|are|was|were|wis|wus|be|wasn't|weren't|wasnae|isn't|isnae|turned)|['’](?:m|s|re))"
_MODAL = (
    rf"(?:\s*{_any('modals')}(?:\s+(?:only|just|about|nearly|probably|have|hae|'ve|no|not))*"
    r"\s+(?:be|been|have\s+been|hae\s+been|a\s+been))"
)
_PERSON = (
    rf"(?:{_any('subjects')}|(?:the|my|our|her|his|their|your|oor|wee|little|a|an|that|big|old)"
    rf"\s+(?:\w+\s+)?{_any('people')})"
)

#: "I'm … N", "she'd only have been … N", "my lad is N", "what am I, N"
SUBJECT = re.compile(rf"\b{_PERSON}(?:{_BE}|{_MODAL}){_ADV}{{0,5}},?\s+{_N}", re.IGNORECASE)
INVERTED = re.compile(
    rf"\b(?:am\s+i|is\s+s?he|was\s+(?:i|s?he)|are\s+you|were\s+you){_ADV}{{0,4}},?\s+{_N}", re.IGNORECASE
)
#: "Temi is N", "Torquil, N, he…": a capital inside a sentence
NAMED = re.compile(rf"\b(?P<who>[A-Z][\w’'-]+)(?:\s+(?:is|was|were)|['’]s)(?i:{_ADV}){{0,3}},?\s+{_N}")
#: "aged N", "the age of N", "turned N"; "hit N" only for grown-up numbers
LEAD = re.compile(rf"\b(?:{_any('leads')[3:-1]}|(?:at\s+)?(?:the\s+)?age(?:\s+of)?){_ADV}{{0,2}}\s+{_N}", re.IGNORECASE)
MILESTONE = re.compile(rf"\b{_any('milestones')}{_ADV}{{0,2}}\s+{_N}", re.IGNORECASE)
#: "N years old", "N year old", "N, she is", "N when I…"
OLD = re.compile(
    rf"{_N}(?=[\s-]+(?:and\s+a\s+half[\s-]+)?(?:years?|yrs?)[\s-]+(?:old|auld|owd|of\s+age)\b)", re.IGNORECASE
)
BACKWARDS = re.compile(
    rf"{_N}(?=,?\s+(?:he|she|i|they|you)(?:\s+(?:is|was|am|are|were|be|will|would|must)\b|['’](?:ll|d)\s+be))",
    re.IGNORECASE,
)
WHEN = re.compile(rf"{_N}(?=,?\s+when\s+(?:i|he|she|they|we|my|our|his|her|it)\b)", re.IGNORECASE)
#: "at N," for thirteen and over; clock times are smaller or have "o'clock"
AT = re.compile(rf"\bat{_ADV}{{0,2}}\s+{_N}", re.IGNORECASE)
#: ", N," after a person
BESIDE = re.compile(
    rf"\b(?P<who>(?i:{_any('people')}|me|him|her|them|myself|himself|herself)|[A-Z][\w’'-]+)\s*[,—–-]+\s*"
    rf"(?i:now|only|just|aged|about|maybe|probably|nearly|what)?,?\s*{_N}(?=\s*[,.—–-]|$)"
)
GUESS = re.compile(
    rf"\b{_any('people')}\b[^.?!\n]{{0,40}},\s+(?:probably|maybe|about|nearly|around|perhaps|must\s+be|what),?\s+{_N}(?=\s*[,.])",
    re.IGNORECASE,
)
#: a sentence that is nothing but the number, or goes on "and I…"
ALONE = re.compile(
    rf"(?:^|[.?!…\n]\s*[\"“”]?|\n){_N}(?=[.!…]+[\"”]?(?:\s|$)|,\s+[a-z’']|,?\s+and\s+(?!a\b|\d)\w)", re.IGNORECASE
)
#: "nearly ninety and still driving", "just gone sixty", "being fourteen"
NEARLY = re.compile(
    rf"\b(?:nearly|almost|rising|getting\s+on\s+for|going\s+on|gone|just\s+gone|only\s+just|well\s+over|being|been)\s+{_N}",
    re.IGNORECASE,
)
#: "she looks ninety", "I felt about sixty"
LOOKED = re.compile(rf"\b(?:looks?|looked|feels?|felt|acts?|acted|sounded){_ADV}{{0,2}}\s+{_N}", re.IGNORECASE)
#: "by fourteen I was…", "from sixteen on"
SINCE = re.compile(
    rf"\b(?:by|from|since){_ADV}{{0,2}}\s+{_N}(?=,?\s+(?:i|he|she|they|we|on|onwards|upwards)\b)", re.IGNORECASE
)
#: "ninety come August", "seventy next birthday"
COMING = re.compile(
    rf"{_N}(?=,?\s+(?:come|next|this|in|last|back\s+in)\s+(?:birthday|{_MONTH_NAMES}|spring|summer|autumn|winter|christmas|"
    rf"easter|back\s+end)\b|,?\s+if\s+(?:he|she|they|i|a)\b[^.?!,]{{0,12}}\bday\b)",
    re.IGNORECASE,
)
#: "a lad of nineteen"
LAD_OF = re.compile(
    rf"\b(?!mum|mam|mom|mother|father|dad|parent|one\b){_any('people')}s?\s+of\s+(?:about\s+|just\s+|only\s+)?{_N}",
    re.IGNORECASE,
)
#: "her Auntie, sat there, eighty-eight, and up she gets"
ASIDE = re.compile(
    rf"\b[\w’']+,\s+{_N}(?=,\s+(?:and\s+)?(?:up\s+|then\s+|out\s+|in\s+|off\s+)?(?:he|she|they|his|her|bless)\b)",
    re.IGNORECASE,
)
#: "I was sixteen, and they wrote nineteen": only near another age
WROTE = re.compile(
    rf"\b(?:wrote|put|said|says|say|looks?|looked|thought|guessed|reckoned|down\s+as|told\s+them|told\s+him|told\s+her)"
    rf"(?:\s+(?:me|him|her|i|he|she|was|down|as))*{_ADV}{{0,2}}\s+[\"“]?{_N}",
    re.IGNORECASE,
)
#: what a recogniser leaves of "so I'm, er, what am I, fifty-three. Blimey": "I'm Irwater My 53, Blimey"
HEARD = re.compile(
    rf"(?:\bI['’]m(?:\s+(?!on\b|in\b|at\b|number\b|not\b|the\b|to\b)[\w’']+){{1,3}}\s+|\bI\s-M\s-){_N}(?=[,.])"
)
KIN_NOW = re.compile(
    rf"\b(?:my|her|his|our|their|your)\s+(?:\w+\s+)?{_any('people')}s?\s+{_N}(?=\s+now\b|[,.])", re.IGNORECASE
)
#: a number between marks: said again, quoted
AGAIN = re.compile(rf"(?:^|[.?!…,\n\"“]\s*){_N}(?=[.!?…,]|\s*[\"”])")
#: "didn't see thirty", "lived to ninety"
REACHED = re.compile(
    rf"\b(?:see|saw|live\s+to|lived\s+to|living\s+to|(?:live|lived)\s+to\s+be|make\s+it\s+to|made\s+it\s+to){_ADV}{{0,1}}\s+{_N}(?=\s*[,.!?—])",
    re.IGNORECASE,
)
#: "three kids, nine, six and two"
KIDS = re.compile(
    rf"\b{_any('plurals')},?\s+(?:they're\s+|aged\s+|are\s+|were\s+|is\s+)?{_N}(?=,\s+\d|\s+and\s+\d)", re.IGNORECASE
)
GOING_ON = re.compile(rf"{_N}(?=,?\s+going\s+on\s+\d)", re.IGNORECASE)
QUESTION = re.compile(
    rf"\b(?:how\s+(?:old|auld)|what\s+age)\b[^.?!]{{0,40}}\?[\"”]?\s+(?:\w+[,.]?\s+){{0,6}}?{_N}", re.IGNORECASE
)

_NEXT = re.compile(r"[\s\"”]*([\w’'%°/-]+)")
_STOP = re.compile(r"\s*(?:[,.;:?!…)—–\"”]|--|$|\n)")
_CHAIN = re.compile(r"(?:,\s*|\s+)(?:or\s+|and\s+|to\s+|maybe\s+|,\s*)?(\d{1,3})\b(?![%:/]|\.\d)")
_NUMBER = "|".join([*(f"{t}-{d}" for t in TENS for d in DIGITS), *TENS, *TEENS, *DIGITS, r"\d{1,3}"])
COMPOUND = re.compile(rf"(?P<age>{_NUMBER})(?P<rest>-(?:and-a-half-)?years?-olds?)", re.IGNORECASE)


class AgeRecogniser:
    """Exact ages; `value` is the number as figures."""

    name = "ages"
    categories: tuple[Category, ...] = ("AGE",)

    #: pattern, score, smallest age, whether what follows must look like the end of an age
    RULES = (
        (SUBJECT, 0.85, 2, True),
        (INVERTED, 0.8, 2, True),
        (NAMED, 0.6, 2, True),
        (LEAD, 0.85, 1, True),
        (MILESTONE, 0.6, 16, True),
        (OLD, 0.95, 0, False),
        (BACKWARDS, 0.7, 2, False),
        (WHEN, 0.7, 3, False),
        (AT, 0.55, 13, True),
        (NEARLY, 0.5, 16, True),
        (LOOKED, 0.5, 16, True),
        (SINCE, 0.55, 5, False),
        (COMING, 0.7, 1, False),
        (LAD_OF, 0.8, 10, True),
        (ASIDE, 0.55, 16, False),
        (WROTE, 0.6, 5, True),
        (HEARD, 0.5, 16, False),
        (KIN_NOW, 0.55, 2, False),
        (BESIDE, 0.65, 2, True),
        (GUESS, 0.6, 2, True),
        (ALONE, 0.5, 16, False),
        (REACHED, 0.6, 16, True),
        (KIDS, 0.7, 1, False),
        (GOING_ON, 0.8, 2, False),
        (QUESTION, 0.8, 1, True),
    )

    def find(self, transcript: Analysis) -> list[Candidate]:
        """See `Recogniser.find`."""
        normalised = transcript.normalised
        best: dict[tuple[int, int], Candidate] = {}
        for pattern, score, least, ends in self.RULES:
            for match in pattern.finditer(normalised.text):
                for start, end in self._numbers(normalised.text, match, least, ends, pattern):
                    first, last = normalised.word_span(start, end)
                    value = normalised.text[start:end]
                    kind = "stated" if pattern is WROTE else "age"
                    found = transcript.candidate(
                        "AGE", first, last, score=score, method=self.name, kind=kind, value=value
                    )
                    if score > (best[first, last].score if (first, last) in best else 0.0):
                        best[first, last] = found
        firm = sorted(c.first for c in best.values() if c.kind == "age")
        near = [c for c in best.values() if c.kind == "age" or _any_within(firm, c.first - 15, c.first + 15)]
        near += [c for c in self._again(transcript, near) if (c.first, c.last) not in best]
        return sorted([*(replace(c, kind="age") for c in near), *self._compounds(transcript)])

    def _again(self, spoken: Analysis, ages: Sequence[Candidate]) -> Iterator[Candidate]:
        """The same age said again by itself soon after ("He's ninety-one." "Ninety-one!")."""
        normalised = spoken.normalised
        lasts: dict[str, list[int]] = {}
        for age in sorted(ages, key=lambda c: c.last):
            lasts.setdefault(age.value, []).append(age.last)
        for match in AGAIN.finditer(normalised.text):
            first, last = normalised.word_span(*match.span("age"))
            if _any_within(lasts.get(match["age"], []), first - 30, first - 1):
                yield spoken.candidate("AGE", first, last, score=0.6, method=self.name, kind="age", value=match["age"])

    def _numbers(
        self, text: str, match: re.Match[str], least: int, ends: bool, pattern: re.Pattern[str]
    ) -> Iterator[tuple[int, int]]:
        """The number of a match and those chained to it ("eighteen, nineteen"), if what follows allows an age."""
        start, end = match.span("age")
        if not least <= int(match["age"]) <= 115 or not _plausible(text, match, pattern):
            return
        chain, at = [(start, end)], end
        while follower := _CHAIN.match(text, at):
            chain.append(follower.span(1))
            at = follower.end()
        if pattern is not OLD and _is_amount(text, at):
            return
        if ends and not _ends_like_an_age(text, at):
            return
        if pattern in (ALONE, AT, BESIDE, GUESS) and len(chain) > 1:
            return
        yield from (span for span in chain if 1 <= int(text[span[0] : span[1]]) <= 115)

    def _compounds(self, spoken: Analysis) -> Iterator[Candidate]:
        """ "twenty-year-old" is one word: the number goes, "-year-old" stays as the tail."""
        for n, word in enumerate(spoken.words):
            lead, core, tail = split_edges(word.text)
            if match := COMPOUND.fullmatch(core):
                found = spoken.candidate(
                    "AGE", n, n, score=0.95, method=self.name, kind="age", value=match["age"].lower()
                )
                yield replace(found, lead=lead, tail=match["rest"] + tail)


def _any_within(places: Sequence[int], low: int, high: int) -> bool:
    """True if one of the sorted numbers lies between `low` and `high`, both inclusive."""
    at = bisect.bisect_left(places, low)
    return at < len(places) and places[at] <= high


def _plausible(text: str, match: re.Match[str], pattern: re.Pattern[str]) -> bool:
    """What a rule's own words cannot say: who may have an age, and what is a clock time."""
    if re.search(r"\bscale\b[^.?!]*$|\bout\s+of\s+\d*$", text[max(0, match.start() - 40) : match.end()]):
        return False
    who = match.groupdict().get("who")
    if who and (who.lower() in NOT_SUBJECTS or who.lower() in MONTHS):
        return False
    if (
        pattern is BESIDE
        and who
        and who[0].isupper()
        and not re.match(
            r",\s+(?:he|she|who|they|we|and\s+s?he|i|his|her)\b|\.", text[match.end() : match.end() + 16], re.IGNORECASE
        )
    ):
        return False
    if pattern in (AT, SINCE):
        after = text[match.end() : match.end() + 14].lower()
        return not re.match(
            r"\s*(?:o['’]?clock|am\b|pm\b|thirty|\d|past|to\b|hundred|in\s+the\s+(?:morn|after|even|night))", after
        )
    if pattern is ALONE:
        before = text[max(0, match.start() - 60) : match.start() + 2].lower()
        return not re.search(r"how\s+(?:many|long|much|often)|what\s+(?:time|number)|which\b|\d\W*$|number\W*$", before)
    return True


def _is_amount(text: str, end: int) -> bool:
    """True if a unit follows ("twenty minutes", "two and a half hours"), unless it is "years old"."""
    rest = text[end : end + 60]
    if re.match(r"[,.;:?!]", rest):
        return False
    rest = re.sub(r"^\s+and\s+a\s+(?:half|bit)\b|^[\s-]+(?:odd|something)\b", "", rest, flags=re.IGNORECASE)
    if re.match(r"[\s-]+years?[\s-]+(?:old|auld|of\s+age)", rest, re.IGNORECASE):
        return False
    word = _NEXT.match(rest)
    return bool(word) and not _STOP.match(rest) and word[1].lower().strip("'’-") in _UNITS  # type: ignore[index]


def _ends_like_an_age(text: str, end: int) -> bool:
    if _STOP.match(text, end):
        return True
    word = _NEXT.match(text, end)
    if not word:
        return True
    after = word[1].lower().replace("’", "'")
    if after in ("year", "years", "yrs", "yr"):
        return bool(re.match(r"\s+\S+[\s-]+(?:old|auld|of\s+age)", text[end : end + 30], re.IGNORECASE))
    if after == "to":  # "when I was 23 to Peckham", heard without its comma
        return bool(re.match(r"\s+to\s+[A-Z]", text[end : end + 8]))
    return after in FOLLOWERS
