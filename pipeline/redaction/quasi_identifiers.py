"""What identifies indirectly: flagged for a person to decide, never replaced by the machine.

"The only left-handed scribe north of Manchester" names nobody and points at one person. Also the material of the
one-page combination check: what remains after redaction and could be put together by somebody who knows the area.
"""

from __future__ import annotations

import re
from collections.abc import Set

from pipeline.core.document import Redaction
from pipeline.redaction.text.spans import SpokenText, split_edges

_STOP = re.compile(r"[.?!;:]|,(?=\s+(?:so|and I|but|you know|that's|she|he|they|if|which)\b)|—|\n")
_SINGLING = re.compile(
    r"\b(?:(?:the|that|this) (?:only|first|last|one|longest-serving|youngest|oldest) (?:\S+ ){0,6}?"
    r"(?:who|whose|what|that|in|to|ever|on|with|wi'?|out of|of the|from|around|between|within|"
    r"this side of|(?:north|south|east|west) (?:of|from))\b"
    r"|(?:the|that) (?:\S+ ){1,2}(?:who|what|that) \S+(?: \S+){2}"
    r"|(?:first|only|last|one) (?:\S+ ){0,4}(?:who|what|that|ever|in the) \S+)",
    re.IGNORECASE,
)
_PERSON = re.compile(
    r"\b(?:man|woman|girl|boy|lad|lass|fella|bloke|teacher|nurse|one|eejit|vet|matron|doctor|consultant|driver|"
    r"conductor|engineer|plasterer|pilot|kid|baby|peeler|scribe|person|midwife|officer|soldier|farmer|priest|vicar)\b",
    re.IGNORECASE,
)
_RARE = re.compile(r"\b(?:only|first|last|longest-serving|youngest|oldest)\b")
_SELF = re.compile(
    r"(?:\bI'?m|\bI was|\bI am|\bhe's|\bshe's|\bhe was|\bshe was|\bknown as|\bthat's me|\bthat was me)\W+(?:\w+\W+){0,2}$",
    re.IGNORECASE,
)
_PUBLIC = re.compile(
    r"\b(?:on the news|in the paper|in the papers|in the local paper|on the telly|on the radio|inquest|tribunal|went viral)\b",
    re.IGNORECASE,
)
_LONGEST = 22
SUGGESTION = "describe it more generally, or cut it"


def find(transcript: SpokenText, taken: Set[int] = frozenset()) -> list[Redaction]:
    """Flags for phrases that single somebody out. Words in `taken` (already replaced) are never part of one."""
    spans: list[tuple[int, int]] = []
    for match in _SINGLING.finditer(transcript.text):
        before = transcript.text[max(0, match.start() - 40) : match.start()]
        if not (_SELF.search(before) or (_PERSON.search(match.group()) and _RARE.search(match.group()))):
            continue
        stop = _STOP.search(transcript.text, match.end())
        end = stop.start() if stop else len(transcript.text)
        first, last = transcript.word_span(match.start(), max(match.end(), end))
        spans.append((first, min(last, first + _LONGEST)))
    for match in _PUBLIC.finditer(transcript.text):
        spans.append(transcript.word_span(match.start(), match.end()))
    return [_flag(transcript, a, b) for first, last in _merged(spans) for a, b in _free(first, last, taken)]


def _merged(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    result: list[tuple[int, int]] = []
    for first, last in sorted(spans):
        if result and first <= result[-1][1]:
            result[-1] = (result[-1][0], max(last, result[-1][1]))
        else:
            result.append((first, last))
    return result


def _free(first: int, last: int, taken: Set[int]) -> list[tuple[int, int]]:
    """The parts of first..last that are not taken, at least two words each."""
    runs: list[list[int]] = []
    for n in range(first, last + 1):
        if n in taken:
            continue
        if runs and runs[-1][-1] == n - 1:
            runs[-1].append(n)
        else:
            runs.append([n])
    return [(run[0], run[-1]) for run in runs if len(run) >= 2]


def _flag(transcript: SpokenText, first: int, last: int) -> Redaction:
    return Redaction(
        id="R0",
        category="QUASI",
        entity="",
        first=first,
        last=last,
        replacement="[identifying detail]",
        lead=split_edges(transcript.words[first].text)[0],
        tail=split_edges(transcript.words[last].text)[2],
        action="flag",
        method="indirect",
        confidence=0.5,
        suggestion=SUGGESTION,
    )
