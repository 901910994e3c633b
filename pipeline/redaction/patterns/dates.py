"""Exact dates: a day and a month, with or without a year, as spoken or written.

"the twelfth of November nineteen seventy-one", "December the 20th", "ninth o January", "12/11/71", "fourth of the
fifth seventy-nine", a date of birth as bare figures. A month, a weekday or a year by itself is not a date here.
Read on the normalised text, where "twelfth" stands as "12th" and "nineteen seventy-one" as "19 71".
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable, Iterator, Sequence

from pipeline.core.document import Category
from pipeline.redaction.text.analysis import Analysis
from pipeline.redaction.text.spans import Candidate
from pipeline.redaction.text.tables import inverted, table, words_of

_T = table("dates")
MONTHS = {word: int(number) for word, number in inverted(_T["months"]).items()}
#: Short forms and months that are verbs: they need a capital, or "of" before them.
DOUBTFUL = frozenset(words_of(_T["doubtful"]))


def _any(words: Iterable[str]) -> str:
    return "(?:" + "|".join(re.escape(w).replace("\\ ", r"\s+") for w in sorted(words, key=len, reverse=True)) + ")"


_MONTH = f"(?P<month>{_any(MONTHS)})" + r"\b(?:(?<=\b\w{3})\.)?"
_DAY = r"(?P<day>[12]?\d|3[01])(?P<suffix>th)?"
_WEEKDAY = r"(?:(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day,?\s+)"
_PAUSE = r"(?:,?\s+(?:um|er|erm|uh|arm),?\s+)"
_SEP = rf"(?:{_PAUSE}|,?\s+)"
_YEAR = (
    rf"(?:(?:{_SEP}(?:in\s+)?)(?P<year>(?:19|20)\s?\d\d|(?:19|20)\s0\s\d|'?0\s?\d"
    rf"|'?\d\d(?!\w|[,.]?\s+(?:of|people|years|minutes|hours|weeks|times|quid|pound)))\b)?"
)
_OF = r"(?:\s+(?:of|o'?|day\s+of|in)\s+|\s+)"
_THE = r"(?:the\s+)?"

#: day first: "[Thursday, the] 6th of February[, 2019]"
DAY_FIRST = re.compile(rf"(?:{_WEEKDAY}{_THE})?\b{_DAY}{_OF}{_THE}{_MONTH}{_YEAR}", re.IGNORECASE)
#: month first: "December the 20th[, 2019]", "May 2"
MONTH_FIRST = re.compile(
    rf"(?:{_WEEKDAY}{_THE})?\b{_MONTH}(?:{_PAUSE}|\s+|,\s+(?=the\b|\d+th))"
    rf"{_THE}{_DAY}\b(?!\s*[%/:]|\s+(?:or|of|and)\b){_YEAR}",
    re.IGNORECASE,
)
#: "4th of the 5th, 79"
BY_NUMBER = re.compile(
    rf"(?:{_WEEKDAY}{_THE})?\b(?P<day>[12]?\d|3[01])th{_SEP}"
    rf"(?:of\s+{_THE}(?P<month>1[0-2]|[1-9])(?:th)?|{_THE}(?P<month2>1[0-2]|[1-9])th)\b{_YEAR}",
    re.IGNORECASE,
)
#: 12/11/71, 12.11.1971, 12-11-71, 1971-11-12
WRITTEN = re.compile(
    r"\b(?:(?P<day>0?[1-9]|[12]\d|3[01])[/.-](?P<month>0?[1-9]|1[0-2])[/.-](?P<year>(?:19|20)?\d\d)"
    r"|(?P<year2>(?:19|20)\d\d)-(?P<month2>0[1-9]|1[0-2])-(?P<day2>0[1-9]|[12]\d|3[01]))\b"
)
#: a date of birth as bare figures: "12 11 71", "the twelve eleven nineteen seventy-one"; only with a cue
FIGURES = re.compile(
    rf"\b(?P<day>0\s?[1-9]|[12]\s?\d|3\s?[01]|[1-9])(?:th)?{_SEP}(?P<month>0\s?[1-9]|[123]\s?\d|[1-9])(?:th)?{_SEP}"
    r"(?P<year>(?:19|20)\s?\d\s?\d|\d\s?\d)\b"
)


#: "New Year's Day, 2005": a day everybody knows, with its year
HOLIDAY = re.compile(
    rf"\b{_any(words_of(_T['holidays']))},?\s+(?:in\s+)?(?P<year>(?:19|20)\s?\d\d|(?:19|20)\s0\s\d)\b", re.IGNORECASE
)
#: "the twelfth of Adar, taf shin…": other calendars; a year in Hebrew letters belongs to it
OTHER_CALENDAR = re.compile(
    rf"\b{_DAY}(?:\s+day)?(?:\s+of)?\s+(?P<other>{_any(words_of(_T['other_months']))})\b"
    rf"(?:,?\s+(?:{_any(words_of(_T['hebrew_letters']))}\b\s*)+|,?\s+(?P<year>1[34]\s?\d\d|5\s?7\s?\d\d)\b)?",
    re.IGNORECASE,
)


def _number(text: str) -> int:
    return int(re.sub(r"\D", "", text) or 0)


def year_of(text: str | None) -> int | None:
    """A year as spoken: "19 71" -> 1971, "79" -> 1979, "04" -> 2004, "2 000 and 4" -> 2004."""
    if not text:
        return None
    figures = [int(f) for f in re.findall(r"\d+", text)]
    if figures and figures[0] in (19, 20) and len(figures) > 1:
        return figures[0] * 100 + int("".join(str(f) for f in figures[1:])[-2:])
    value = sum(figures) if len(figures) > 1 else figures[0]
    if value < 100:
        return 2000 + value if value <= 30 else 1900 + value
    return value


class DateRecogniser:
    """Exact dates; `kind` is "date of birth" near a cue, `value` is "1971-11-12", or "--11-12" without a year."""

    name = "dates"
    categories: tuple[Category, ...] = ("DATE",)

    def find(self, transcript: Analysis) -> list[Candidate]:
        """See `Recogniser.find`."""
        normalised = transcript.normalised
        out: list[Candidate] = []
        taken: set[int] = set()
        for pattern in (DAY_FIRST, MONTH_FIRST, WRITTEN, BY_NUMBER, OTHER_CALENDAR, HOLIDAY, FIGURES):
            for match in pattern.finditer(normalised.text):
                start, end = match.span()
                if not taken.isdisjoint(range(start, end)):
                    continue
                found = self._judge(transcript, match, pattern)
                if found:
                    taken.update(range(start, end))
                    out.append(found)
        return sorted([*out, *self._repeated(transcript, out)])

    def _judge(self, spoken: Analysis, match: re.Match[str], pattern: re.Pattern[str]) -> Candidate | None:
        first, last = spoken.normalised.word_span(*match.span())
        if not spoken.same_turn(first, last):
            return None
        birth = spoken.cues.near("date_of_birth", first, last)
        groups = match.groupdict()
        year = year_of(groups.get("year") or groups.get("year2"))
        if pattern in (HOLIDAY, OTHER_CALENDAR):
            return self._candidate(spoken, first, last, 0.85, birth, "")
        said = groups.get("month") or groups.get("month2") or ""
        month = MONTHS.get(said.lower(), 0) or _number(said)
        day = _number(groups.get("day") or groups.get("day2") or "")
        if pattern is FIGURES and month > 12 >= day:  # month first, as Americans say it
            day, month = month, day
        if not 1 <= month <= 12 or not 1 <= day <= 31 or (year is not None and not 1880 <= year <= 2100):
            return None
        if pattern in (DAY_FIRST, MONTH_FIRST) and not self._is_month(match, said, groups.get("suffix")):
            return None
        if pattern is BY_NUMBER and not (birth or year is not None):
            return None
        if pattern is FIGURES and (not birth or not _valid(year, month, day)):
            return None
        return self._candidate(
            spoken, first, last, SCORES.get(pattern, 0.9), birth, f"{year or '-'}-{month:02d}-{day:02d}"
        )

    def _candidate(self, spoken: Analysis, first: int, last: int, score: float, birth: bool, value: str) -> Candidate:
        kind, cue = ("date of birth", "date_of_birth") if birth else ("date", "")
        return spoken.candidate("DATE", first, last, score=score, method=self.name, cue=cue, kind=kind, value=value)

    @staticmethod
    def _is_month(match: re.Match[str], said: str, suffix: str | None) -> bool:
        """ "may" and "march" are verbs too: without a capital they need "of" before them."""
        if said.lower() not in DOUBTFUL or said[:1].isupper():
            return True
        before = match.string[match.start() : match.start("month")]
        return bool(re.search(r"\bof\s+$", before)) and bool(suffix)

    def _repeated(self, spoken: Analysis, dates: Sequence[Candidate]) -> Iterator[Candidate]:
        """A date found, said again as bare figures: "second of Feb ninety-four… so, oh two, oh two"."""
        codes = {code: date for date in dates for code in _codes(date.value)}
        taken = {n for d in dates for n in range(d.first, d.last + 1)}
        if not codes:
            return
        for run in spoken.normalised.runs:
            start = 0
            for k in range(1, len(run.tokens) + 1):
                if k < len(run.tokens) and run.gaps[k] in ("", "comma"):
                    continue
                date = codes.get(run.value(start, k - 1))
                first, last = run.words(start, k - 1)
                if date and first not in taken:
                    yield self._candidate(spoken, first, last, 0.8, date.kind != "date", date.value)
                start = k


#: How sure a shape is by itself; a day and month by numbers alone need a year or a cue.
SCORES = {DAY_FIRST: 0.93, BY_NUMBER: 0.88, FIGURES: 0.9}


def _codes(value: str) -> set[str]:
    """Figures that a date is said with: 1994-02-03 -> 0302, 0302 94, 0302 1994, 0203 94."""
    match = re.fullmatch(r"(\d{4}|-)-(\d\d)-(\d\d)", value)
    if not match:
        return set()
    year, month, day = match.groups()
    short = {f"{day}{month}", f"{int(day)}{month}"}
    if year == "-":
        return {code for code in short if len(code) >= 4}
    full = {f"{d}{m}{y}" for y in (year, year[2:]) for d in (day, str(int(day))) for m in (month, str(int(month)))}
    full |= {f"{month}{day}{year[2:]}"}
    return {code for code in short | full if len(code) >= 4}


def _valid(year: int | None, month: int, day: int) -> bool:
    try:
        datetime.date(year or 2000, month, day)
    except ValueError:
        return False
    return True
