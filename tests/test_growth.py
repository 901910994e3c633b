"""Work grows with the length of an interview, not with its square: function calls are counted, no time is taken."""

from __future__ import annotations

import itertools
import random
import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

import pytest

from pipeline import report
from pipeline.core.document import Document, Event, Word
from pipeline.core.settings import Settings
from pipeline.redaction import values
from pipeline.redaction.text.analysis import Analysis
from pipeline.stages import redact
from pipeline.transcript import notation
from pipeline.transcript.lines import number
from tests.redaction import shipped

SYLLABLES = ["ba", "ro", "len", "ka", "mi", "shu", "tor", "vel", "an", "dri", "pe", "lo", "gun", "sa", "ter", "no"]
SAID = (
    "so I went to see {a} {b} in {c} on the fourth of May {year}. {a} was {age} then, and my number was 07700 {p}, "
    "and I took sertraline for it. Thank you, {d}. So {a} rang the {e} Surgery"
)


def interview(parts: int) -> Document:
    """Every part with names, a date, an age and a number of its own; one turn in eight is long."""
    chance = random.Random(parts)
    names = itertools.count()
    words: list[Word] = []
    events: list[Event] = []

    def name() -> str:
        at = next(names)
        return "".join(SYLLABLES[at // 16**k % 16] for k in range(4)).capitalize()

    for n in range(parts):
        said = SAID.format(
            a=name(), b=name(), c=name(), d=name(), e=name(), p=f"{chance.randrange(10**6):06d}",
            year=1950 + n % 50, age=20 + n % 60,
        )  # fmt: skip
        role = "I" if n % 8 == 0 else "P"
        words += [Word(text=word, speaker=role, role=role) for word in said.split()]
        events.append(Event(kind="note", before_word=len(words), role=role, text=f"points at {name().lower()}"))
    return Document(id="P1", source="typed", words=tuple(words), events=tuple(events))


def calls(work: Callable[[], object]) -> int:
    """Calls of Python and built-in functions, steps of generators included."""
    count = 0

    def counted(frame: FrameType, event: str, argument: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(counted)
    try:
        work()
    finally:
        sys.setprofile(None)
    return count


def steps(work: Callable[[], object]) -> int:
    """Instructions of Python: also those that a comprehension takes without a call."""
    count = 0

    def counted(frame: FrameType, event: str, argument: Any) -> Any:
        nonlocal count
        frame.f_trace_opcodes = True
        count += event == "opcode"
        return counted

    sys.settrace(counted)
    try:
        work()
    finally:
        sys.settrace(None)
    return count


def find(document: Document) -> object:
    return shipped.found(Analysis.of(document))


def decide(document: Document) -> Callable[[], object]:
    spoken = Analysis.of(document)
    found = shipped.found(spoken)
    return lambda: redact.decide(document, spoken, found, Settings().redact, None, {})


def lines(document: Document) -> Callable[[], object]:
    done = shipped.decided(document)
    return lambda: number(done, Settings().lines, notation.load("default"))


def reported(document: Document) -> Callable[[], object]:
    done = shipped.decided(document)
    page = number(done, Settings().lines, notation.load("default"))
    return lambda: report.files(done, page, Settings())


@pytest.mark.slow
@pytest.mark.parametrize(
    "prepared",
    [lambda document: lambda: find(document), decide, lines, reported],
    ids=["find", "decide", "lines", "report"],
)
def test_twice_the_words_are_twice_the_work(prepared: Callable[[Document], Callable[[], object]]) -> None:
    prepared(interview(20))()  # tables are read, caches filled
    once, twice = calls(prepared(interview(70))), calls(prepared(interview(140)))
    assert twice < 2.3 * once


def test_one_mention_takes_no_longer_in_a_long_interview() -> None:
    def reading(parts: int) -> int:
        spoken = Analysis.of(interview(parts))
        date = next(n for n, word in enumerate(spoken.words) if word.text == "fourth")
        mention = spoken.candidate("DATE", date, date + 3, score=0.9, method="reader")
        spoken.normalised, spoken.bare  # noqa: B018 made once for all mentions
        return steps(lambda: values.with_values(spoken, [mention]))

    reading(1)  # patterns are compiled
    assert reading(200) < 1.5 * reading(5)
