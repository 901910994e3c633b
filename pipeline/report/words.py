"""Wording that the parts of the report share: lengths, numbers, names of roles and categories."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.core.document import Category

CATEGORY_NAMES: dict[Category, tuple[str, str]] = {
    "PERSON": ("name of a person", "names of people"),
    "PLACE": ("place", "places"),
    "ORG": ("organisation or service", "organisations and services"),
    "DATE": ("date", "dates"),
    "AGE": ("age", "ages"),
    "PHONE": ("telephone number", "telephone numbers"),
    "EMAIL": ("e-mail address", "e-mail addresses"),
    "HANDLE": ("social media name", "social media names"),
    "POSTCODE": ("postcode", "postcodes"),
    "ADDRESS": ("address", "addresses"),
    "NHS_NUMBER": ("NHS number", "NHS numbers"),
    "NI_NUMBER": ("National Insurance number", "National Insurance numbers"),
    "OTHER_ID": ("other reference number", "other reference numbers"),
    "VEHICLE": ("vehicle registration", "vehicle registrations"),
    "QUASI": ("indirect detail", "indirect details"),
}
ROLE_NAMES = {"I": "Interviewer", "P": "Participant"}
_SMALL = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


def role_name(role: str) -> str:
    """ "I" -> "Interviewer", "P2" -> "Participant 2"; other labels stay."""
    base, number = role[:1], role[1:]
    if base in ROLE_NAMES and (not number or number.isdigit()):
        return ROLE_NAMES[base] + (f" {number}" if number else "")
    return role if role != "?" else "Unknown speaker"


def category_name(category: Category, count: int = 2) -> str:
    """The category in words, in the plural unless `count` is 1."""
    return CATEGORY_NAMES[category][0 if count == 1 else 1]


def count(number: int, one: str, many: str | None = None) -> str:
    """ "1 line", "1,024 lines"."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def spelled(number: int, one: str, many: str | None = None) -> str:
    """As `count`, with numbers up to ten in words."""
    return f"{_SMALL[number]} {one if number == 1 else many or one + 's'}" if number <= 10 else count(number, one, many)


def length(seconds: float) -> str:
    """ "4.2 s", "2 min 14 s", "1 h 2 min"."""
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s" if whole % 60 else f"{whole // 60} min"
    minutes = round(seconds / 60)
    return f"{minutes // 60} h {minutes % 60:02d} min"


def percent(share: float) -> str:
    """ "71%"; below 10 % with one decimal."""
    value = 100 * share
    return f"{value:.0f}%" if value >= 9.95 or value == 0 else f"{value:.1f}%"


def listed(items: Sequence[str]) -> str:
    """ "a, b and c"."""
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} and {items[-1]}" if items else ""


def sentence(text: str) -> str:
    """First letter in upper case."""
    return text[:1].upper() + text[1:]


def lines_text(lines: str) -> str:
    """ "line 214", "lines 214–219" (with an en dash) or "lines 14, 33"; empty for no lines."""
    if not lines:
        return ""
    return f"lines {lines.replace('-', '–')}" if "-" in lines or "," in lines else f"line {lines}"
