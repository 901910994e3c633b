"""An interview as the page gets it: plain values, indices of words, nothing that the page would have to compute."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pipeline.core.document import Document, Event
from pipeline.page import history, listening
from pipeline.page.interview import Shown
from pipeline.page.listening import Heard
from pipeline.report import combination
from pipeline.report.words import role_name
from pipeline.transcript import notation
from pipeline.transcript.lines import with_thresholds
from pipeline.transcript.notation import Notation
from pipeline.transcript.numbered import NumberedTranscript, span_of

TOPICS = {
    "ages": "Age",
    "jobs": "Work",
    "household": "Household",
    "places": "Places",
    "people": "People",
    "organisations": "Services and organisations",
    "years": "Years",
}
"""Field of the combination check -> its heading, what tells most first."""


def build(shown: Shown, heard: Heard, who: str) -> dict[str, Any]:
    """The view of one version."""
    document, applied = shown.document, shown.applied
    turns = list(_stretches(shown.transcript, "turn", len(document.words)))
    lines = list(_stretches(shown.transcript, "line", len(document.words)))
    done, undone = history.steps(shown.edits)
    own = heard.of(who)
    signed = applied.signed
    return {
        "id": document.id,
        "version": shown.version,
        "locked": shown.lock is not None,
        "lock_version": shown.lock.version if shown.lock else 0,
        "signed": {"who": signed.who, "when": signed.when} if signed else None,
        "seconds": document.duration,
        "has_audio": has_audio(shown),
        "has_silenced": shown.paths.listening_copy.is_file(),
        "roles": {role: role_name(role) for role in dict.fromkeys(word.role or "?" for word in document.words)},
        "words": _words(document, turns),
        "turns": turns,
        "lines": lines,
        "events": _events(shown),
        "spans": _spans(document),
        "entities": _entities(document),
        "doubts": found(shown),
        "combination": remaining(document),
        "heard": own.ranges,
        "heard_share": listening.share(own.ranges, document) or 0.0,
        "stretches": heard.sample.stretches if heard.sample else [],
        "unfitting": [{"id": u.edit.id, "kind": u.edit.kind, "why": u.why} for u in applied.unfitting],
        "undo": len(done),
        "redo": len(undone),
    }


def has_audio(shown: Shown) -> bool:
    """Whether there is a sound to play."""
    return shown.document.source == "recording" and shown.paths.audio.is_file()


def found(shown: Shown) -> list[dict[str, Any]]:
    """What to look at, ranked."""
    return [
        {
            "id": doubt.key,
            "first": doubt.first,
            "last": doubt.last,
            "why": doubt.why,
            "text": doubt.text,
            "weight": doubt.weight,
            "done": doubt.done,
        }
        for doubt in shown.doubts
    ]


def _stretches(transcript: NumberedTranscript, what: str, count: int) -> Iterator[list[Any]]:
    """Turns as [first, last, role], lines as [number, first, last, turn]: every word is in just one of each. What
    holds notes alone ends before it begins (last = first - 1)."""
    if what == "turn":
        rows = [(turn.role, span_of(line.words for line in turn.lines)) for turn in transcript.turns]
    else:
        rows = [(line.label, line.words) for turn in transcript.turns for line in turn.lines]
    turn_of = [number for number, turn in enumerate(transcript.turns) for _ in turn.lines]
    cursor = 0
    final = max((n for n, (_, words) in enumerate(rows) if words is not None), default=-1)
    for n, (label, words) in enumerate(rows):
        last = count - 1 if n == final else max(cursor - 1, words[1]) if words is not None else cursor - 1
        yield [cursor, last, label] if what == "turn" else [label, cursor, last, turn_of[n]]
        cursor = last + 1


def _words(document: Document, turns: list[list[Any]]) -> list[list[Any]]:
    turn_of = [0] * len(document.words)
    for number, (first, last, _) in enumerate(turns):
        turn_of[first : last + 1] = [number] * (last + 1 - first)
    return [
        [w.text, w.start, w.end, w.role or "?", turn_of[n], w.confidence, " ".join(w.flags)]
        for n, w in enumerate(document.words)
    ]


def _events(shown: Shown) -> list[list[Any]]:
    """[before_word, kind, text, role, mark]: the mark is what will be printed, "" for a pause too short for one."""
    lines = shown.lock.settings if shown.lock else shown.settings.lines
    marks = with_thresholds(notation.load(lines.notation), lines)
    return [[e.before_word, e.kind, e.text, e.role, _mark(e, marks)] for e in shown.document.events]


def _mark(event: Event, marks: Notation) -> str:
    if event.kind == "pause":
        measured = event.start is not None and event.end is not None
        return marks.pause(event.end - event.start if measured else None)  # type: ignore[operator]
    if event.kind == "unclear":
        return marks.unclear_at(event.start)
    return marks.nonverbal.format(text=event.text) if event.text else ""


def _spans(document: Document) -> list[dict[str, Any]]:
    return [
        {
            "id": span.id,
            "first": span.first,
            "last": span.last,
            "entity": span.entity,
            "category": span.category,
            "shown": span.replacement,
            "lead": span.lead,
            "tail": span.tail,
            "action": "hide" if span.action == "replace" else span.action,
            "method": span.method,
            "confidence": span.confidence,
            "suggestion": span.suggestion,
            "decision": span.decision,
            "reviewer": span.reviewer,
        }
        for span in document.redactions
    ]


def _entities(document: Document) -> list[dict[str, Any]]:
    mentions: dict[str, int] = {}
    for span in document.redactions:
        mentions[span.entity] = mentions.get(span.entity, 0) + (span.action == "replace")
    return [
        {
            "id": entity.id,
            "category": entity.category,
            "replacement": entity.replacement,
            "forms": entity.forms,
            "mentions": mentions.get(entity.id, 0),
        }
        for entity in document.entities
    ]


def remaining(document: Document) -> list[dict[str, Any]]:
    """What is left that could be put together: see `combination`."""
    left = combination.remains(document)
    rows = [(heading, getattr(left, field)) for field, heading in TOPICS.items()]
    return [{"what": heading, "values": list(values)} for heading, values in rows if values]
