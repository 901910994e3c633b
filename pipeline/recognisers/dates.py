"""Exact dates: a day and a month, with or without a year, as spoken or written.

"the twelfth of November nineteen seventy-one", "December the 20th", "ninth o January", "12/11/71", "fourth of the
fifth seventy-nine", a date of birth as bare figures. A month, a weekday or a year by itself is not a date here.
Read on the shadow text, where "twelfth" stands as "12th" and "nineteen seventy-one" as "19 71".
"""

from __future__ import annotations

import datetime
import re

from pipeline.recognisers.base import Candidate, SpokenText
from pipeline.recognisers.cues import cues_of
from pipeline.recognisers.spoken import shadow_of
from pipeline.recognisers.tables import inverted, table

MONTHS = {word: int(number) for word, number in inverted(table("dates")["months"]).items()}
_MONTH = "(?P<month>" + "|".join(sorted(MONTHS, key=len, reverse=True)) + r")\b\.?"
_DAY = r"(?P<day>[12]?\d|3[01])(?P<suffix>th)?"
_WEEKDAY = r"(?:(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day,?\s+)"
_PAUSE = r"(?:,?\s+(?:um|er|erm|uh|arm),?\s+)"
_SEP = rf"(?:{_PAUSE}|,?\s+)"
_YEAR = (
    rf"(?:(?:{_SEP}(?:in\s+)?)(?P<year>(?:19|20)\s?\d\d|(?:19|20)\s0\s\d|2\s?000(?:\s(?:and\s)?\d\d?)?"
    rf"|'?\d\d(?!\w|[,.]?\s+(?:of|people|years|minutes|hours|weeks|times|quid|pound)))\b)?"
)
_OF = r"(?:\s+(?:of|o'?|day\s+of|in)\s+|\s+)"
_THE = r"(?:the\s+)?"

#: day first: "[Thursday, the] 6th of February[, 2019]"
DAY_FIRST = re.compile(rf"(?:{_WEEKDAY}{_THE})?\b{_DAY}{_OF}{_THE}{_MONTH}{_YEAR}", re.IGNORECASE)
#: month first: "December the 20th[, 2019]", "May 2"
MONTH_FIRST = re.compile(rf"(?:{_WEEKDAY}{_THE})?\b{_MONTH}{_SEP}{_THE}{_DAY}\b(?!\s*[%/:]){_YEAR}", re.IGNORECASE)
#: "4th of the 5th, 79"
BY_NUMBER = re.compile(
    rf"(?:{_WEEKDAY}{_THE})?\b(?P<day>[12]?\d|3[01])th{_SEP}(?:of\s+)?{_THE}(?P<month>1[0-2]|[1-9])(?:th)?\b{_YEAR}",
    re.IGNORECASE,
)
#: 12/11/71, 12.11.1971, 12-11-71, 1971-11-12
WRITTEN = re.compile(
    r"\b(?:(?P<day>0?[1-9]|[12]\d|3[01])[/.-](?P<month>0?[1-9]|1[0-2])[/.-](?P<year>(?:19|20)?\d\d)"
    r"|(?P<year2>(?:19|20)\d\d)-(?P<month2>0[1-9]|1[0-2])-(?P<day2>0[1-9]|[12]\d|3[01]))\b"
)
#: a date of birth as bare figures: "12 11 71", "the twelve eleven nineteen seventy-one"; only with a cue
FIGURES = re.compile(
    rf"\b(?P<day>0\s?[1-9]|[12]?\d|3[01])(?:th)?{_SEP}(?P<month>0\s?[1-9]|1[0-2]|[1-9])(?:th)?{_SEP}"
    r"(?P<year>(?:19|20)\s?\d\d|\d\d)\b"
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
    """Exact dates; `kind` is "date of birth" near a cue, `value` is ISO ("1971-11-12", "--11-12" without a year)."""

    name = "dates"
    categories = ("DATE",)

    def find(self, transcript: SpokenText) -> list[Candidate]:
        """See `Recogniser.find`."""
        shadow = shadow_of(transcript)
        out: list[Candidate] = []
        taken: list[tuple[int, int]] = []
        for pattern, score in ((DAY_FIRST, 0.93), (MONTH_FIRST, 0.9), (WRITTEN, 0.9), (BY_NUMBER, 0.6), (FIGURES, 0.0)):
            for match in pattern.finditer(shadow.text):
                start, end = match.span()
                if any(start < b and a < end for a, b in taken):
                    continue
                found = self._judge(transcript, match, pattern, score)
                if found:
                    taken.append((start, end))
                    out.append(found)
        return sorted(out)

    def _judge(
        self, spoken: SpokenText, match: re.Match[str], pattern: re.Pattern[str], score: float
    ) -> Candidate | None:
        groups = match.groupdict()
        said_month = groups.get("month") or groups.get("month2") or ""
        month = MONTHS.get(said_month.lower(), 0) or _number(said_month)
        day = _number(groups.get("day") or groups.get("day2") or "")
        year = year_of(groups.get("year") or groups.get("year2"))
        if not 1 <= month <= 12 or not 1 <= day <= 31 or (year is not None and not 1880 <= year <= 2100):
            return None
        shadow = shadow_of(spoken)
        first, last = shadow.word_span(*match.span())
        near_birth = cues_of(spoken).near("date_of_birth", first, last)
        if pattern in (DAY_FIRST, MONTH_FIRST) and not self._is_month(match, said_month, groups.get("suffix")):
            return None
        if pattern is BY_NUMBER and not (near_birth or year is not None):
            return None
        if pattern is FIGURES and (not near_birth or not _valid(year, month, day)):
            return None
        if pattern in (BY_NUMBER, FIGURES) and near_birth:
            score = 0.9
        if not spoken.same_turn(first, last):
            return None
        return spoken.candidate(
            "DATE",
            first,
            last,
            score=score,
            method=self.name,
            cue="date_of_birth" if near_birth else "",
            kind="date of birth" if near_birth else "date",
            value=f"{year or '-'}-{month:02d}-{day:02d}",
        )

    @staticmethod
    def _is_month(match: re.Match[str], said: str, suffix: str | None) -> bool:
        """ "may" and "march" are verbs too: without a capital they need "of" before them."""
        if said.lower() not in (
            "may",
            "march",
            "mar",
            "dec",
            "sep",
            "jan",
            "jun",
            "nov",
            "oct",
            "apr",
            "jul",
            "aug",
            "feb",
        ):
            return True
        if said[:1].isupper():
            return True
        before = match.string[match.start() : match.start("month")]
        return bool(re.search(r"\bof\s+$", before)) and bool(suffix)


def _valid(year: int | None, month: int, day: int) -> bool:
    try:
        datetime.date(year or 2000, month, day)
    except ValueError:
        return False
    return True
