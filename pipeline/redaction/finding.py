"""All mentions that identify somebody: the findings of the reader, of the formats and of the key sheet, merged.

Findings that overlap become one mention over all of their words. It takes its category and value from the key sheet if
possible, else from a format, else from the reader.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from pipeline.core.keysheet import KeySheet
from pipeline.redaction import keysheet, values
from pipeline.redaction.patterns import formats, written
from pipeline.redaction.reader import mentions
from pipeline.redaction.reader.model import Model
from pipeline.redaction.text import allow_list
from pipeline.redaction.text.analysis import Analysis
from pipeline.redaction.text.forms import NAMED, core_of, form_of
from pipeline.redaction.text.spans import Candidate

RANK = {keysheet.METHOD: 2, mentions.METHOD: 0}
"""Whose category and value win; formats rank between the two."""
NAMED_FOR_A_MONTH = 0.9
"""The reader's probability from which "April" is a person; in held-out interviews real months got up to 0.83."""


@dataclass(frozen=True)
class Found:
    """What was found, in spoken order: mentions without overlaps, and passages (first word, last word) that may
    identify somebody indirectly. `style` says how the transcript is written."""

    mentions: tuple[Candidate, ...]
    indirect: tuple[tuple[int, int], ...]
    style: str


def find(transcript: Analysis, model: Model, sheet: KeySheet | None, *, from_asr: bool) -> Found:
    """Find everything that identifies somebody. `from_asr`: a speech recogniser wrote the words."""
    sheet = sheet or KeySheet()
    reading = model.reader.read(transcript, from_asr=from_asr)
    limits = model.limits[reading.style]
    read = mentions.find(transcript, reading, limits)
    known = keysheet.find(transcript, reading, sheet)
    joined = join(transcript, [*known, *formats.find(transcript), *written.find(transcript), *read])
    kept = without_kept(transcript, values.with_values(transcript, joined), sheet.keep)
    return Found(tuple(kept), tuple(mentions.flags(transcript, reading, limits)), reading.style)


def join(transcript: Analysis, found: Iterable[Candidate]) -> list[Candidate]:
    """Mentions without overlaps: those that overlap within a turn become one over all of their words."""
    result: list[Candidate] = []
    for one in sorted(found, key=lambda c: (c.first, -c.last)):
        if not result or not result[-1].overlaps(one) or not transcript.same_turn(result[-1].first, one.last):
            result.append(one)
            continue
        before = result.pop()
        best = max((before, one), key=lambda c: (RANK.get(c.method, 1), len(c), c.score))
        lead = before.lead if before.first < one.first else min(before.lead, one.lead, key=len)
        end = max((before, one), key=lambda c: (c.last, -len(c.tail)))
        result.append(replace(best, first=before.first, last=end.last, lead=lead, tail=end.tail))
    return result


def without_kept(transcript: Analysis, found: Sequence[Candidate], always: Sequence[str]) -> list[Candidate]:
    """Mentions without those that stay readable because of the allow list or the researcher (`always`).

    A month that is very likely somebody's name (June, April) is hidden although months are on the allow list.
    """
    spared = {form_of(entry) for entry in always}
    return [
        c
        for c in found
        if form_of(core_of(transcript, c)) not in spared
        and not (c.category in values.NUMBERS and c.value in allow_list.PUBLIC_NUMBERS)
        and (c.method == keysheet.METHOD or not _allowed(transcript, c))
    ]


def _allowed(transcript: Analysis, mention: Candidate) -> bool:
    why = set(transcript.allowed_as(mention.first, mention.last))
    certain = mention.category in NAMED and mention.score >= NAMED_FOR_A_MONTH
    name_of_month = certain and transcript.bare[mention.first] not in allow_list.WEEKDAYS
    return bool(why) and not (why == {"calendar"} and name_of_month)
