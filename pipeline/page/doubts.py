"""What to look at first: places that may be wrong, the gravest first. Each is done once a person has dealt with it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from pipeline.core.document import Document, Redaction, Word
from pipeline.redaction.text.lexicon import distinctive, fold, lexicon
from pipeline.redaction.text.spans import bare
from pipeline.report.attention import DOUBTFUL_WORD, ROLE_SURE, STRETCH_GAP_S, STRETCH_WORDS, joined
from pipeline.report.figures import LOW_REDACTION
from pipeline.review.apply import Applied

Why = Literal["recovered", "low confidence", "speaker", "may be a name", "may be no name", "flag", "unclear"]
STRETCH_GAP_WORDS = 8
"""Words between two doubtful ones that still are one stretch, beside the seconds between them."""
MOST_NAMES = 80
_ENDS = (".", "?", "!", "…", ":")


@dataclass(frozen=True)
class Doubt:
    """Words first..last (inclusive) and why they want a look. `text` is a sentence for the list, never words of the
    interview. `key` is the same in the next version."""

    key: str
    first: int
    last: int
    why: Why
    text: str
    weight: float
    done: bool = False


def at_first(document: Document) -> list[Doubt]:
    """What was in doubt before any edit: `first` and `last` are identities of words, too."""
    made = document.unreviewed
    document = document.with_(words=made.words, events=made.events, redactions=()) if made else document
    return _found(document, [str(n) for n in range(len(document.words))], frozenset())


def ranked(now: Applied, before: Sequence[Doubt]) -> list[Doubt]:
    """All doubts, those that are done at the end.

    Args:
        now: the interview with its edits.
        before: see `at_first`: what was in doubt there, and is not now, is done.
    """
    still = _found(now.document, now.ids, now.shown)
    open_keys = {doubt.key for doubt in still}
    where = {identity: n for n, identity in enumerate(now.ids)}
    done = [doubt for doubt in still if doubt.done]
    for doubt in before:
        first = where.get(str(doubt.first))
        if doubt.why not in ("flag", "may be no name", "unclear") and doubt.key not in open_keys and first is not None:
            last = max(first, where.get(str(doubt.last), first))
            done.append(replace(doubt, first=first, last=last, done=True))
    waiting = sorted((doubt for doubt in still if not doubt.done), key=lambda doubt: (-doubt.weight, doubt.first))
    return [*waiting, *sorted(done, key=lambda doubt: (-doubt.weight, doubt.first))]


def _found(document: Document, ids: Sequence[str], shown: frozenset[int]) -> list[Doubt]:
    if not document.words:
        return []
    finders = (_flags, _roles, _no_names, _unclear, _moved, _names, _recovered, _low)
    return [doubt for find in finders for doubt in find(document, ids, shown)]


def _at(why: Why, ids: Sequence[str], first: int, last: int, text: str, weight: float, done: bool = False) -> Doubt:
    return Doubt(f"{why.replace(' ', '-')}:{ids[first]}", first, last, why, text, round(weight, 2), done)


def _flags(document: Document, ids: Sequence[str], shown: frozenset[int]) -> Iterator[Doubt]:
    for span in document.redactions:
        if span.action == "flag" or (span.category == "QUASI" and span.decision):
            text = "Together with what else is known, this could single a person out: keep it, or hide it."
            yield _at("flag", ids, span.first, span.last, text, 90 + 5 * span.confidence, bool(span.decision))


def _roles(document: Document, ids: Sequence[str], shown: frozenset[int]) -> Iterator[Doubt]:
    sure = min((row.confidence for row in document.roles), default=1.0)
    if sure < ROLE_SURE:
        text = "Is this the interviewer? If not, swap interviewer and participant for the whole transcript."
        last = next((n for n, w in enumerate(document.words) if w.role != document.words[0].role), 1) - 1
        yield _at("speaker", ids, 0, max(0, last), text, 99.0)


def _no_names(document: Document, ids: Sequence[str], shown: frozenset[int]) -> Iterator[Doubt]:
    groups: dict[str, list[Redaction]] = {}
    for span in document.redactions:
        if span.action != "flag" and span.confidence < LOW_REDACTION and span.category != "QUASI":
            groups.setdefault(span.entity or span.id, []).append(span)
    for spans in groups.values():
        waiting = [span for span in spans if not span.decision and span.action == "replace"]
        first = (waiting or spans)[0]
        often = f" ({len(spans)} mentions)" if len(spans) > 1 else ""
        text = f"Hidden as {first.replacement}{often}, and the program was not sure."
        weight = 60 - 10 * min(span.confidence for span in spans)
        yield _at("may be no name", ids, first.first, first.last, text, weight, not waiting)


def _unclear(document: Document, ids: Sequence[str], shown: frozenset[int]) -> Iterator[Doubt]:
    for event in document.events:
        if event.kind == "unclear":
            near = min(event.before_word, len(document.words) - 1)
            long = (event.end or 0.0) - (event.start or 0.0) if event.start is not None else 0.0
            text = "Somebody speaks here, and nothing could be made out: type what you hear."
            yield _at("unclear", ids, near, near, text, 50 + min(8.0, long))


def _moved(document: Document, ids: Sequence[str], shown: frozenset[int]) -> Iterator[Doubt]:
    for first, last, number in _stretches(document.words, lambda n, word: word.has("moved")):
        text = "Who says this? By its sound it was given to the other speaker."
        yield _at("speaker", ids, first, last, text, 45 + min(5.0, number / 2))


def _names(document: Document, ids: Sequence[str], shown: frozenset[int]) -> Iterator[Doubt]:
    hidden, lists = document.hidden_words(), lexicon()
    said: dict[str, list[int]] = {}
    for n, word in enumerate(document.words):
        if (
            n in hidden
            or n in shown
            or not word.text[:1].isupper()
            or (word.confidence is None and word.start is not None)
        ):
            continue
        folded = fold(bare(word.text))
        before = document.words[n - 1] if n else None
        opens = before is None or before.role != word.role or before.text.rstrip("\"'”’)").endswith(_ENDS)
        known = lists.is_given(folded) or folded in lists.family or folded in lists.places.single
        if distinctive(folded) and (known or not opens) and (known or lists.frequency(folded) == 0.0):
            said.setdefault(folded, []).append(n)
    for places in list(said.values())[:MOST_NAMES]:
        often = f" It is said {len(places)} times." if len(places) > 1 else ""
        yield _at("may be a name", ids, places[0], places[0], f"This may be a name, and it is readable.{often}", 55.0)


def _recovered(document: Document, ids: Sequence[str], shown: frozenset[int]) -> Iterator[Doubt]:
    hidden = document.hidden_words()
    for first, last, number in _stretches(document.words, lambda n, w: w.has("recovered") and n not in hidden):
        text = "Heard only at the second attempt: is it what was said?"
        yield _at("recovered", ids, first, last, text, 35 + min(5.0, number / 4))


def _low(document: Document, ids: Sequence[str], shown: frozenset[int]) -> Iterator[Doubt]:
    hidden = document.hidden_words()

    def doubtful(n: int, word: Word) -> bool:
        low = word.confidence is not None and word.confidence < DOUBTFUL_WORD
        return n not in hidden and not word.has("recovered") and (low or word.has("uncertain"))

    for first, last, number in _stretches(document.words, doubtful):
        if number >= STRETCH_WORDS:
            text = f"Hard to hear: the program was unsure of {number} words close together."
            yield _at("low confidence", ids, first, last, text, 30 + min(9.0, number))


def _stretches(words: Sequence[Word], wanted: Callable[[int, Word], bool]) -> Iterator[tuple[int, int, int]]:
    """(first, last, how many) of the words that are wanted, joined over short gaps."""

    def apart(before: int, after: int) -> bool:
        return after - before > STRETCH_GAP_WORDS or _gap(words[before], words[after]) > STRETCH_GAP_S

    return joined((n for n, word in enumerate(words) if wanted(n, word)), apart)


def _gap(before: Word, after: Word) -> float:
    return after.start - before.end if after.start is not None and before.end is not None else 0.0
