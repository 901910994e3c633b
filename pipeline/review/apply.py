"""A document and its edits -> the document as a person wants it. Pure: the same edits give the same document.

Edits are always applied to what the program made (`Document.unreviewed`), never to what earlier edits made of it, so a
document can be given its edits as often as one likes, with more of them or fewer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.core.document import Document, Redaction, Unreviewed
from pipeline.review import decisions
from pipeline.review.decisions import Spans
from pipeline.review.edits import Edit, Sign, in_force
from pipeline.review.replay import Text, Unfitting, replay


@dataclass(frozen=True)
class Applied:
    """What came of edits.

    `ids` are the identities of the document's words: anchors to them are made with them. `shown` are words that a
    person wants readable. `unfitting` are the edits that no longer fit anything, in order. `signed` is the signature,
    where nothing was changed after it.
    """

    document: Document
    unfitting: tuple[Unfitting, ...]
    ids: tuple[str, ...]
    shown: frozenset[int] = frozenset()
    signed: Sign | None = None


def apply(document: Document, edits: Sequence[Edit]) -> Applied:
    """All edits, of words and of redactions, applied to a document after any stage from transcribe (or import) on.

    The redactions of the document move with its words. What a corrected word may now give away is found by the redact
    stage only, which runs on the corrected words (see `corrected`): this is for showing at once what an edit does.
    """
    base = unreviewed(document)
    return decided(document, base, replay(Text.of(base, document.duration), in_force(edits)), edits)


def decided(document: Document, base: Unreviewed, text: Text, edits: Sequence[Edit]) -> Applied:
    """The second half of `apply`: the edits of redactions, on words to which those of words were applied already."""
    counted = in_force(edits)
    spans = Spans(text.words, _carried(base, text), list(base.entities or ()))
    spans = decisions.decide(spans, counted, text.places)
    changed = _with_words(document, base, text).with_(
        redactions=tuple(sorted(spans.redactions, key=lambda r: (r.first, r.last))), entities=tuple(spans.entities)
    )
    order = {edit.id: n for n, edit in enumerate(counted)}
    unfitting = sorted([*text.unfitting, *spans.unfitting], key=lambda u: order[u.edit.id])
    return Applied(
        changed,
        tuple(unfitting),
        tuple(text.ids),
        frozenset(spans.shown),
        signature(edits),
    )


def signature(edits: Sequence[Edit]) -> Sign | None:
    """The signature that is in force: nothing counts that did not when it was given, and all that did still does."""
    counted = in_force(edits)
    if not counted or not isinstance(last := counted[-1], Sign):
        return None
    given = next(n for n, edit in enumerate(edits) if edit.id == last.id)
    return last if in_force(edits[: given + 1]) == counted else None


def corrected(document: Document, edits: Sequence[Edit]) -> Applied:
    """The edits of words alone, on a document that is yet to be redacted: its redactions are taken off."""
    base = unreviewed(document)
    base = base.model_copy(update={"redactions": None, "entities": None})
    text = replay(Text.of(base, document.duration), in_force(edits))
    base = base.model_copy(update={"ids": tuple(text.ids)})
    changed = _with_words(document, base, text).with_(redactions=(), entities=())
    return Applied(changed, tuple(text.unfitting), tuple(text.ids))


def unreviewed(document: Document) -> Unreviewed:
    """What the program made of the interview, before any edit."""
    base = document.unreviewed
    if base is None:
        base = Unreviewed(
            words=document.words,
            events=document.events,
            roles=document.roles,
            turns=document.turns,
            ids=tuple(str(n) for n in range(len(document.words))),
        )
    if base.redactions is None:
        base = base.model_copy(update={"redactions": document.redactions, "entities": document.entities})
    return base


def _with_words(document: Document, base: Unreviewed, text: Text) -> Document:
    return document.with_(
        words=tuple(text.words),
        events=tuple(text.events),
        roles=tuple(text.roles),
        turns=tuple(text.turns),
        unreviewed=base,
    )


def _carried(base: Unreviewed, text: Text) -> list[Redaction]:
    """The redactions that were found, over the words as they are now.

    A span whose words are all gone is gone. Words that come from a hidden one are hidden, too. A word as recognised
    that was not there when the redactions were found (its correction was undone since) is hidden if the word before it
    is: rather one too many.
    """
    now, known = text.where(), set(base.ids)
    children: dict[str, list[int]] = {}
    for n, identity in enumerate(text.ids):
        while identity not in known and identity in text.parents:
            identity = text.parents[identity]
        children.setdefault(identity, []).append(n)
    found: list[Redaction] = []
    for span in base.redactions or ():
        mine = base.ids[span.first : span.last + 1]
        places = [n for i in mine for n in (*([now[i]] if i in now else ()), *children.get(i, ()))]
        if not places:
            continue
        first, last = min(places), max(places)
        while last + 1 < len(text.ids) and text.ids[last + 1].isdigit() and text.ids[last + 1] not in known:
            last += 1
        found.append(span.model_copy(update={"first": first, "last": last}))
    return found
