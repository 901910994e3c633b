"""The combination check: details that stay readable and that somebody who knows the area could put together to identify
a person.

They are labels of replacements and single words, all of them on the page, with their lines.
"""

from __future__ import annotations

import functools
import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from pipeline.core.document import Document, Redaction
from pipeline.redaction.text.tables import table, words_of
from pipeline.report.model import Remaining
from pipeline.report.places import Places
from pipeline.transcript.numbered import NumberedTranscript

LABELS = (("ages", "Age"), ("places", "Places"), ("people", "People"), ("organisations", "Services and organisations"))
WORDS = (("years", "Years"), ("jobs", "Work"), ("household", "Household"))
NUMBERED = re.compile(r" \d+\]$")
AT_MOST = 25
"""At most this many entries are listed under one topic, as many as a person can weigh at once."""
LINES_SHOWN = 4


@dataclass(frozen=True)
class Remains:
    """What could still be combined: labels and counts only, no transcript text."""

    ages: tuple[str, ...] = ()
    places: tuple[str, ...] = ()
    people: tuple[str, ...] = ()
    organisations: tuple[str, ...] = ()
    years: tuple[str, ...] = ()
    jobs: tuple[str, ...] = ()
    household: tuple[str, ...] = ()
    flagged: int = 0
    kept: dict[str, int] = field(default_factory=dict)


_WORD_SIGN = re.compile(r"\w")
_YEAR = re.compile(
    r"\b(?:19[3-9]\d|20[0-4]\d)\b|\b(?:nineteen|twenty) (?:\w+ty(?:-\w+)?|\w+teen|oh \w+)\b", re.IGNORECASE
)


def _any(values: Iterable[object]) -> str:
    """One of the words, the longest first."""
    return "|".join(re.escape(word) for word in sorted(words_of(values), key=len, reverse=True))


@functools.cache
def _looked_for(topic: str) -> re.Pattern[str]:
    """What is looked for under "jobs" or "household" (configs/recognisers/combination.yaml)."""
    lists = table("combination")
    alternatives = {
        "jobs": rf"\w+(?:{_any(lists['trade'])}) to trade|{_any(lists['jobs'])}",
        "household": rf"(?:{_any(lists['numbers'])}) (?:{_any(lists['children'])})|{_any(lists['household'])}",
    }
    return re.compile(rf"\b(?:{alternatives[topic]})\b", re.IGNORECASE)


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
        jobs=said(_looked_for("jobs")),
        household=said(_looked_for("household")),
        flagged=sum(1 for r in document.redactions if r.action == "flag"),
    )


def of(document: Document, transcript: NumberedTranscript, places: Places) -> tuple[Remaining, ...]:
    """Rows of the combination check, by topic."""
    found = remains(document)
    return (*_labels(found, document, places), *_words(found, transcript))


def _labels(found: Remains, document: Document, places: Places) -> Iterable[Remaining]:
    """A row per kind of label: `[wife]` as it is, `[town 1]` to `[town 7]` as "[town], 7 different ones"."""
    mentions: dict[str, list[tuple[int, Redaction]]] = {}
    for n, redaction in enumerate(document.applied()):
        mentions.setdefault(redaction.replacement, []).append((n, redaction))
    for kind_of, topic in LABELS:
        kinds: dict[str, list[str]] = {}
        for label in getattr(found, kind_of):
            kinds.setdefault(NUMBERED.sub("]", label), []).append(label)
        described = sorted(kinds.items(), key=lambda kind: len(kind[1]))  # the rarest labels say most about a person
        for kind, labels in described[:AT_MOST]:
            own = sorted(row for label in labels for row in mentions.get(label, ()))
            if own:
                text = kind if len(labels) == 1 else f"{kind}, {len(labels)} different ones"
                lines = shortened(places.of_words(r.first, r.last) for _, r in own)
                yield Remaining(topic=topic, text=text, lines=lines)


def _words(found: Remains, transcript: NumberedTranscript) -> Iterable[Remaining]:
    text = transcript.text.replace("\n", " ").lower()
    starts = [line.char_start for line in transcript.lines]
    for kind_of, topic in WORDS:
        for phrase in getattr(found, kind_of)[:AT_MOST]:
            lines = shortened(
                transcript.lines[max(0, bisect_right(starts, at) - 1)].label for at in _said(phrase.lower(), text)
            )
            if lines:  # a phrase that runs across a replacement is not on the page as it was said
                yield Remaining(topic=topic, text=phrase, lines=lines)


def _said(phrase: str, text: str) -> Iterator[int]:
    """Where a phrase stands in a text as words of their own. A regular expression would take ten times as long."""
    at = text.find(phrase)
    while at >= 0:
        end = at + len(phrase)
        whole = not any(_WORD_SIGN.match(sign) for sign in (text[at - 1 : at], text[end : end + 1]))
        if whole:
            yield at
        at = text.find(phrase, end if whole else at + 1)


def shortened(lines: Iterable[str]) -> str:
    """ "12, 40, 41, 93, ...": the first few lines, each once."""
    shown: dict[str, None] = {}
    for line in lines:
        shown |= {line: None} if line else {}
        if len(shown) > LINES_SHOWN:
            break
    return ", ".join(list(shown)[:LINES_SHOWN]) + (", ..." if len(shown) > LINES_SHOWN else "")
