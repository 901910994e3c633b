"""The combination check: what stays readable and could be put together by somebody who knows the area.

Labels of replacements and single words that are on the page anyway, with the lines where they stand.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from pipeline.document import Document, Redaction
from pipeline.numbered import NumberedTranscript
from pipeline.report.model import Remaining
from pipeline.report.places import Places

if TYPE_CHECKING:
    from pipeline.flags import Remains

LABELS = (("ages", "Age"), ("places", "Places"), ("people", "People"), ("organisations", "Services and organisations"))
WORDS = (("years", "Years"), ("jobs", "Work"), ("household", "Household"))
NUMBERED = re.compile(r" \d+\]$")
AT_MOST = 25
"""Entries of one topic; a page is what somebody can weigh at once."""
LINES_SHOWN = 4


def of(document: Document, transcript: NumberedTranscript, places: Places) -> tuple[Remaining, ...]:
    """Rows of the combination check, by topic."""
    from pipeline.flags import remains

    found = remains(document)
    return (*_labels(found, document, places), *_words(found, transcript))


def _labels(found: Remains, document: Document, places: Places) -> Iterable[Remaining]:
    """A row per kind of label: `[wife]` as it is, `[town 1]` to `[town 7]` as "[town], 7 different ones"."""
    mentions: dict[str, list[tuple[int, Redaction]]] = {}
    for n, redaction in enumerate(document.applied()):
        mentions.setdefault(redaction.replacement, []).append((n, redaction))
    for field, topic in LABELS:
        kinds: dict[str, list[str]] = {}
        for label in getattr(found, field):
            kinds.setdefault(NUMBERED.sub("]", label), []).append(label)
        described = sorted(kinds.items(), key=lambda kind: len(kind[1]))  # what says most about somebody comes first
        for kind, labels in described[:AT_MOST]:
            own = sorted(row for label in labels for row in mentions.get(label, ()))
            if own:
                text = kind if len(labels) == 1 else f"{kind}, {len(labels)} different ones"
                lines = shortened(places.of_words(r.first, r.last) for _, r in own)
                yield Remaining(topic=topic, text=text, lines=lines)


def _words(found: Remains, transcript: NumberedTranscript) -> Iterable[Remaining]:
    text = transcript.text.replace("\n", " ").lower()
    starts = [line.char_start for line in transcript.lines]
    for field, topic in WORDS:
        for phrase in getattr(found, field)[:AT_MOST]:
            hits = re.finditer(rf"(?<!\w){re.escape(phrase.lower())}(?!\w)", text)
            labels = [transcript.lines[max(0, bisect_right(starts, hit.start()) - 1)].label for hit in hits]
            if labels:  # a phrase that runs across a replacement is not on the page as it was said
                yield Remaining(topic=topic, text=phrase, lines=shortened(labels))


def shortened(lines: Iterable[str]) -> str:
    """ "12, 40, 41, 93, ...": the first few lines, each once."""
    shown: Sequence[str] = [line for line in dict.fromkeys(lines) if line]
    return ", ".join(shown[:LINES_SHOWN]) + (", ..." if len(shown) > LINES_SHOWN else "")
