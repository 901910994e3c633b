"""Interviews and random edits for the tests of review."""

from __future__ import annotations

import random
from collections.abc import Sequence

from hypothesis import strategies as st

from pipeline.core.document import Document, Entity, Event, Redaction, SpeakerRole, Word
from pipeline.review.anchors import anchor
from pipeline.review.apply import apply
from pipeline.review.edits import (
    Accept,
    Change,
    Confirm,
    Decide,
    Delete,
    Divide,
    Edit,
    EntityAnchor,
    Insert,
    InsertEvent,
    Join,
    Merge,
    Overlap,
    Redact,
    Reject,
    RemoveEvent,
    Replace,
    Sign,
    Speaker,
    Split,
    SwapRoles,
    Undo,
)
from tests.builders import RECORDING

SAID = [
    ("I", "So how was it on the ward when you first came"),
    ("P", "well Hope said that Nimah would come to Eye and I was um I was glad you know"),
    ("I", "mm"),
    ("P", "and then Nimah rang me the only left handed scribe north of Manchester laughing"),
    ("I", "what was that like for you just sitting there"),
    ("P", "safe really it sounds daft but Will and Hope were there and I and I could breathe"),
]
WHEN = "2026-03-01T21:00:00+00:00"
NEW_WORDS = ("er", "Siobhan", "the kettle", "did not", "Kestrel Ward", "نعم", "🙂", "<script>")


def interview(*, typed: bool = False) -> Document:
    """Two names twice, a place, a flag, a laugh; with times or, typed, without."""
    words: list[Word] = []
    at = 0.5
    for role, text in SAID:
        for said in text.split():
            speaker = role if typed else f"SPEAKER_0{'IP'.index(role)}"
            times = {} if typed else {"start": round(at, 2), "end": round(at + 0.3, 2), "confidence": 0.8}
            words.append(Word(text=said, role=role, speaker=speaker, **times))  # type: ignore[arg-type]
            at += 0.4
        at += 0.8
    index = {w.text: n for n, w in reversed(list(enumerate(words)))}
    last = {w.text: n for n, w in enumerate(words)}
    spans = [
        ("PERSON", "E1", index["Hope"], "[participant]", "replace"),
        ("PERSON", "E2", index["Nimah"], "[person 1]", "replace"),
        ("PLACE", "E3", index["Eye"], "[town]", "replace"),
        ("PERSON", "E2", last["Nimah"], "[person 1]", "replace"),
        ("QUASI", "", index["left"], "[identifying detail]", "flag"),
        ("PERSON", "E4", index["Will"], "[person 2]", "replace"),
        ("PERSON", "E1", last["Hope"], "[participant]", "replace"),
    ]
    redactions = tuple(
        Redaction(id=f"R{n + 1}", category=c, entity=e, first=i, last=i, replacement=t, action=a)  # type: ignore[arg-type]
        for n, (c, e, i, t, a) in enumerate(spans)
    )
    entities = (
        Entity(id="E1", category="PERSON", forms=("Hope",), replacement="[participant]"),
        Entity(id="E2", category="PERSON", forms=("Nimah",), replacement="[person 1]"),
        Entity(id="E3", category="PLACE", forms=("Eye",), replacement="[town]"),
        Entity(id="E4", category="PERSON", forms=("Will",), replacement="[person 2]"),
    )
    return Document(
        id="P03",
        source="typed" if typed else "recording",
        recording=None if typed else RECORDING.model_copy(update={"duration": at}),
        words=tuple(words),
        events=(Event(kind="nonverbal", before_word=last["laughing"], text="laughs", role="P"),),
        roles=()
        if typed
        else tuple(SpeakerRole(speaker=f"SPEAKER_0{n}", role=r, confidence=0.9) for n, r in enumerate("IP")),
        redactions=redactions,
        entities=entities,
    )


def text_of(document: Document) -> str:
    """The words."""
    return " ".join(w.text for w in document.words)


def shown(document: Document) -> str:
    """The words with replacements in place of what is hidden."""
    spans = {r.first: r for r in document.applied()}
    hidden = document.hidden_words()
    pieces = []
    for n, word in enumerate(document.words):
        if n in spans:
            pieces.append(spans[n].lead + spans[n].replacement + spans[n].tail)
        elif n not in hidden:
            pieces.append(word.text)
    return " ".join(pieces)


class Hand:
    """A reviewer: every edit is made on the document as the edits before it left it."""

    def __init__(self, document: Document, edits: Sequence[Edit] = ()) -> None:
        self.document, self.edits = document, list(edits)

    @property
    def now(self) -> Document:
        """The document as it is."""
        return apply(self.document, self.edits).document

    def on(self, said: str, nth: int = 0, count: int = 1) -> dict[str, object]:
        """The fields of an edit on the nth word that says `said`, and those after it."""
        result = apply(self.document, self.edits)
        words = result.document.words
        first = [n for n, w in enumerate(words) if w.text == said][nth]
        return self._fields(anchor(words, first, first + count - 1, result.ids))

    def before(self, said: str, nth: int = 0) -> dict[str, object]:
        """The same for the place before it."""
        result = apply(self.document, self.edits)
        first = [n for n, w in enumerate(result.document.words) if w.text == said][nth]
        return self._fields(anchor(result.document.words, first, first - 1, result.ids))

    def _fields(self, at: object) -> dict[str, object]:
        return {"at": at, **self.fields}

    @property
    def fields(self) -> dict[str, object]:
        """Who, when, and an id that counts."""
        return {"id": f"e{len(self.edits)}", "who": "JL", "when": WHEN}

    def do(self, edit: Edit) -> Edit:
        """Make an edit."""
        self.edits.append(edit)
        return edit


def random_edits(document: Document, random_: random.Random, count: int) -> list[Edit]:
    """Edits of every kind, each on what those before it left."""
    hand = Hand(document)
    for _ in range(count):
        result = apply(document, hand.edits)
        words, ids = result.document.words, result.ids
        first = random_.randrange(len(words)) if words else 0
        last = min(len(words) - 1, first + random_.choice((0, 0, 0, 1, 2)))
        inside, place = anchor(words, first, last, ids), anchor(words, first, first - 1, ids)
        e, new = hand.fields, random_.choice(NEW_WORDS)
        entity = random_.choice(result.document.entities)
        other = random_.choice(result.document.entities)
        known, into = (EntityAnchor(id=x.id, forms=x.forms) for x in (entity, other))
        span = random_.choice(result.document.redactions)
        over = anchor(words, span.first, span.last, ids)
        made: list[Edit] = [
            Insert(at=place, text=new, role=random_.choice((None, "I", "P", "I2")), **e),
            InsertEvent(at=place, event="nonverbal", text="sighs", **e),
            RemoveEvent(at=place, event="nonverbal", **e),
            SwapRoles(**e),
            Reject(at=over, everywhere=random_.random() < 0.5, **e),
            Accept(at=over, **e),
            Change(at=over, replacement="[friend]", everywhere=random_.random() < 0.5, **e),
            Decide(at=over, decision=random_.choice(("keep", "replace")), **e),
            Merge(entities=(known,), into=into, **e),
            Divide(entity=known, forms=entity.forms[:1] or ("x",), category="ORG", replacement="[club]", **e),
            Sign(heard=0.5, **e),
        ]
        if inside.words:
            made += [
                Replace(at=inside, text=new, **e),
                Delete(at=inside, **e),
                Split(at=inside, **e),
                Join(at=inside, **e),
                Speaker(at=inside, role=random_.choice(("I", "P", "P2")), aside=random_.random() < 0.3, **e),
                Overlap(at=inside, **e),
                Confirm(at=inside, **e),
                Redact(at=inside, category="PERSON", replacement="[person 9]", **e),
                Redact(at=inside, category="PERSON", replacement="[person 9]", entity=known, **e),
            ]
        if hand.edits:
            made += [Undo(edit=random_.choice(hand.edits).id, **e)]
        hand.do(random_.choice(made))
    return hand.edits


edit_lists = st.tuples(st.randoms(use_true_random=False), st.integers(0, 12), st.booleans()).map(
    lambda drawn: (interview(typed=drawn[2]), random_edits(interview(typed=drawn[2]), drawn[0], drawn[1]))
)
"""(interview, edits made on it one after the other)."""
