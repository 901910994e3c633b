"""What identifies indirectly: flagged for a person to decide, never replaced by the machine.

"The only left-handed scribe north of Manchester" names nobody and points at one person. Also the material of the
one-page combination check: what remains after redaction and could be put together by somebody who knows the area.
"""

from __future__ import annotations

import re
from collections.abc import Set
from dataclasses import dataclass, field

from pipeline.document import Document, Redaction
from pipeline.recognisers.base import SpokenText, split_edges

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


@dataclass(frozen=True)
class Remains:
    """What is left for somebody to combine: labels and counts only, no transcript text."""

    ages: tuple[str, ...] = ()
    places: tuple[str, ...] = ()
    people: tuple[str, ...] = ()
    organisations: tuple[str, ...] = ()
    years: tuple[str, ...] = ()
    jobs: tuple[str, ...] = ()
    household: tuple[str, ...] = ()
    flagged: int = 0
    kept: dict[str, int] = field(default_factory=dict)


_YEAR = re.compile(
    r"\b(?:19[3-9]\d|20[0-4]\d)\b|\b(?:nineteen|twenty) (?:\w+ty(?:-\w+)?|\w+teen|oh \w+)\b", re.IGNORECASE
)
_HOUSEHOLD = re.compile(
    r"\b(?:wife|husband|partner|boyfriend|girlfriend|divorced|widow(?:ed|er)?|single (?:mum|dad|parent)|twins?|triplets|"
    r"(?:two|three|four|five|six) (?:kids|children|boys|girls|sons|daughters|sisters|brothers)|foster(?:ed)?|adopted|on my own|live alone)\b",
    re.IGNORECASE,
)
_JOBS = re.compile(
    r"\b(?:\w+(?:er|or|ist|ian|man|woman) to trade|teacher|nurse|plasterer|slater|plumber|electrician|baker|farmer|fisherman|"
    r"vet|solicitor|barrister|police officer|soldier|postman|bus driver|lorry driver|taxi driver|lifeboat|chef|carpenter|"
    r"joiner|builder|engineer|accountant|librarian|vicar|priest|imam|rabbi|midwife|doctor|hairdresser|mechanic|miner|"
    r"shepherd|gamekeeper|lighthouse|pilot|musician|scientist|lecturer|councillor|firefighter|paramedic)\b",
    re.IGNORECASE,
)


def remains(document: Document) -> Remains:
    """The combination check: what the redacted transcript still says about who this is."""
    hidden = document.hidden_words()
    visible = " ".join(w.text for n, w in enumerate(document.words) if n not in hidden)

    def labels(category: str) -> tuple[str, ...]:
        return tuple(dict.fromkeys(e.replacement for e in document.entities if e.category == category))

    def said(pattern: re.Pattern[str]) -> tuple[str, ...]:
        return tuple(sorted({m.group().lower() for m in pattern.finditer(visible)}))

    return Remains(
        ages=labels("AGE"),
        places=labels("PLACE"),
        people=labels("PERSON"),
        organisations=labels("ORG"),
        years=said(_YEAR),
        jobs=said(_JOBS),
        household=said(_HOUSEHOLD),
        flagged=sum(1 for r in document.redactions if r.action == "flag"),
    )
