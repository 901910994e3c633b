"""From what the page asks for to edits: indices become anchors, ids of spans the words that they cover.

Everything that is asked for in one request counts the words of one version, while each edit stands on those before it:
words are followed by their identities. The edits of one request share the beginning of their ids, by which undo finds
them again.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from pipeline.core.document import Category, Document, Entity, Redaction
from pipeline.page import asked
from pipeline.page.problems import Refused, unknown
from pipeline.redaction.replacements import PLAIN
from pipeline.review import edits as kinds
from pipeline.review.anchors import Place, anchor
from pipeline.review.compare import edits_for_text
from pipeline.review.edits import Anchor, Edit, EntityAnchor
from pipeline.review.numbering import next_free
from pipeline.review.replay import Text
from pipeline.review.running import Running

FOUND_ELSEWHERE = re.compile(r"S\d+")
"""Ids of spans that no edit can take hold of: they repeat what another one hides (see `stages.review`)."""
GONE = "These words are gone: another change of the same request took them away."


class _New(NamedTuple):
    """An entity that a request made."""

    category: Category
    replacement: str
    at: EntityAnchor


class Maker:
    """Makes edits on one version of an interview. `made` are those so far, in order."""

    def __init__(
        self, running: Running, before: Sequence[Edit], shown: Document, ids: Sequence[str], known: Sequence[Entity]
    ) -> None:
        self._running, self._before, self._shown, self._ids = running, before, shown, ids
        self._spans = {span.id: span for span in shown.redactions}
        self._entities = {entity.id: entity for entity in (*known, *shown.entities)}
        self._group = kinds.new_id()
        self._moved = False
        self._new: dict[tuple[Category, str | None], _New] = {}
        self.who = ""
        self.made: list[Edit] = []

    def make(self, wanted: asked.Asked) -> None:
        """Add the edits for one change.

        Raises:
            Refused: there are no such words, spans or entities, or the change is not possible there.
        """
        _MAKE[wanted.kind](self, wanted)

    def replace(self, place: Place, tokens: Sequence[str]) -> None:
        """Other words at a place of the version. Several places from the last to the first: those before stay where
        they are."""
        if not tokens:
            self._add(kinds.Delete, at=self._anchor(place))
        else:
            self._add(kinds.Replace, at=self._anchor(place), text=" ".join(tokens))

    @property
    def _text(self) -> Text:
        return self._running.words([*self._before, *self.made])

    def _anchor(self, place: Place) -> Anchor:
        text = self._text
        return anchor(text.words, place.first, place.last, text.ids)

    def _add(self, kind: Callable[..., Edit], **fields: Any) -> Edit:
        edit = kind(id=f"{self._group}-{len(self.made)}", who=self.who, via="page", **fields)
        return self._push(edit)

    def _push(self, edit: Edit) -> Edit:
        failed = len(self._text.unfitting)
        self.made.append(edit)
        after = self._text.unfitting[failed:]
        if after:
            raise Refused(400, "impossible", f"That is not possible here: {after[0].why}.")
        self._moved = self._moved or isinstance(edit, kinds.Replace | kinds.Insert | kinds.Delete)
        return edit

    def _words(self, first: int, last: int) -> Place:
        """Words of the version where they are now."""
        if not first <= last < len(self._ids):
            raise unknown(f"stretch of words {first} to {last}")
        if not self._moved:
            return Place(first, last)
        now = self._text.where()
        found = sorted(now[i] for i in self._ids[first : last + 1] if i in now)
        if not found:
            raise Refused(400, "gone", GONE)
        return Place(found[0], found[-1])

    def _gap(self, before: int) -> Place:
        """The place before a word of the version, or at the end."""
        if before > len(self._ids):
            raise unknown(f"place before word {before}")
        if before == len(self._ids):
            return Place(n := len(self._text.words), n - 1)
        first = self._words(before, before).first if self._ids else 0
        return Place(first, first - 1)

    def _over(self, identity: str) -> tuple[Redaction, Anchor]:
        span = self._spans.get(identity)
        if span is None:
            raise unknown(f"redaction {identity}")
        return span, self._anchor(self._words(span.first, span.last))

    def _entity(self, identity: str) -> Entity:
        if identity not in self._entities:
            raise unknown(f"entity {identity}")
        return self._entities[identity]

    def _free(self, category: Category) -> str:
        """A replacement of a category that nobody has."""
        label = PLAIN[category]
        made = [getattr(edit, "replacement", None) for edit in self.made]
        taken = [*(e.replacement for e in self._entities.values()), *(text for text in made if text)]
        return next_free(label, taken) if category in ("PERSON", "PLACE", "ORG") else f"[{label}]"

    def text(self, wanted: asked.TextOf) -> None:
        """See `compare.edits_for_text`."""
        tokens = wanted.text.split()
        place, text = self._words(wanted.first, wanted.last), self._text
        document = self._shown.with_(words=tuple(text.words))
        made = edits_for_text(document, text.ids, place.first, place.last, tokens, via="page", who=self.who)
        for edit in self._renamed(made):
            self._push(edit)

    def _renamed(self, edits: Sequence[Edit]) -> list[Edit]:
        """Edits with ids of this request, also where one stands on words that another put in."""
        ids = {edit.id: f"{self._group}-{len(self.made) + n}" for n, edit in enumerate(edits)}
        result = []
        for edit in edits:
            changes: dict[str, Any] = {"id": ids[edit.id]}
            at: Anchor | None = getattr(edit, "at", None)
            if at is not None:
                parts = [identity.partition(":") for identity in at.ids]
                named = tuple(f"{ids.get(head, head)}{colon}{tail}" for head, colon, tail in parts)
                changes["at"] = at.model_copy(update={"ids": named})
            result.append(edit.model_copy(update=changes))
        return result

    def insert(self, wanted: asked.Insert) -> None:
        """Words that were missed."""
        if wanted.text.split():
            self._add(kinds.Insert, at=self._anchor(self._gap(wanted.before)), text=wanted.text, role=wanted.role)

    def stretch(self, wanted: asked.Delete | asked.Speaker | asked.Overlap | asked.Confirm) -> None:
        """Edits of words first..last that need nothing else."""
        fields = wanted.model_dump(exclude={"kind", "first", "last"})
        place = self._words(wanted.first, wanted.last)
        self._add(_STRETCHES[wanted.kind], at=self._anchor(place), **fields)

    def turn(self, wanted: asked.Split | asked.Join) -> None:
        """Begin a turn at a word, or end that."""
        first = wanted.before if isinstance(wanted, asked.Split) else wanted.first
        kind = kinds.Split if isinstance(wanted, asked.Split) else kinds.Join
        self._add(kind, at=self._anchor(self._words(first, first)))

    def swap_roles(self, wanted: asked.SwapRoles) -> None:
        """Everybody the other way round."""
        self._add(kinds.SwapRoles)

    def event(self, wanted: asked.EventThere | asked.RemoveEvent) -> None:
        """Something that is no word, there or not."""
        fields = wanted.model_dump(exclude={"kind", "before"})
        kind = kinds.InsertEvent if isinstance(wanted, asked.EventThere) else kinds.RemoveEvent
        self._add(kind, at=self._anchor(self._gap(wanted.before)), **fields)

    def redact(self, wanted: asked.Redact) -> None:
        """Hide words: as somebody known, or as somebody new."""
        at = self._anchor(self._words(wanted.first, wanted.last))
        if wanted.entity is not None:
            self._hide(at, self._entity(wanted.entity))
            return
        new = (wanted.category, wanted.replacement)
        text = wanted.replacement or self._free(wanted.category)
        if new in self._new:  # a name and its other mentions, hidden at once, are one entity
            known = self._new[new]
            self._add(kinds.Redact, at=at, category=known.category, replacement=known.replacement, entity=known.at)
            return
        made = self._add(kinds.Redact, at=at, category=wanted.category, replacement=text)
        self._new[new] = _New(wanted.category, text, EntityAnchor(id=f"H{made.id}"))

    def _hide(self, at: Anchor, entity: Entity) -> None:
        known = _anchor_of(entity)
        self._add(kinds.Redact, at=at, category=entity.category, replacement=entity.replacement, entity=known)

    def _own(self, span: Redaction, at: Anchor) -> None:
        """Make a span that only repeats another one a redaction in its own right."""
        if FOUND_ELSEWHERE.fullmatch(span.id):
            self._hide(at, self._entity(span.entity))

    def reject(self, wanted: asked.Reject) -> None:
        """Show words again."""
        _, at = self._over(wanted.span)
        self._add(kinds.Reject, at=at, everywhere=wanted.all)

    def accept(self, wanted: asked.Accept) -> None:
        """A redaction is right; of a flag, that it is to be hidden."""
        span, at = self._over(wanted.span)
        if span.action == "flag":
            self._add(kinds.Decide, at=at, decision="replace")
            return
        if span.action == "keep":
            self._hide_again(span, at)
            return
        self._own(span, at)
        self._add(kinds.Accept, at=at, everywhere=wanted.all)

    def _hide_again(self, span: Redaction, at: Anchor) -> None:
        """What was shown is hidden after all."""
        if span.entity in self._entities:
            self._hide(at, self._entities[span.entity])
        else:
            self._add(kinds.Redact, at=at, category=span.category, replacement=span.replacement)

    def change(self, wanted: asked.Change) -> None:
        """Another category or replacement."""
        span, at = self._over(wanted.span)
        self._own(span, at)
        text = wanted.replacement
        if wanted.category is not None and text is None and wanted.category != span.category:
            text = self._free(wanted.category)
        self._add(kinds.Change, at=at, category=wanted.category, replacement=text, everywhere=wanted.all)

    def decide(self, wanted: asked.Decide) -> None:
        """What becomes of a flag."""
        _, at = self._over(wanted.span)
        self._add(kinds.Decide, at=at, decision=wanted.decision, replacement=wanted.replacement)

    def merge(self, wanted: asked.Merge) -> None:
        """Two entities are one."""
        entities = (_anchor_of(self._entity(wanted.entity)),)
        self._add(kinds.Merge, entities=entities, into=_anchor_of(self._entity(wanted.into)))

    def divide(self, wanted: asked.Divide) -> None:
        """Some mentions are somebody else: the first becomes an entity of its own, the others join it."""
        entity = self._entity(wanted.entity)
        text = wanted.replacement or self._free(entity.category)
        own: EntityAnchor | None = None
        for identity in wanted.spans:
            span, at = self._over(identity)
            if span.entity != entity.id:
                raise unknown(f"mention {identity} of {entity.replacement}")
            self._own(span, at)
            made = self._add(kinds.Change, at=at, replacement=text, entity=own)
            own = own or EntityAnchor(id=f"H{made.id}")


def _anchor_of(entity: Entity) -> EntityAnchor:
    return EntityAnchor(id=entity.id, forms=entity.forms)


_STRETCHES: dict[str, Callable[..., Edit]] = {
    "delete": kinds.Delete,
    "speaker": kinds.Speaker,
    "overlap": kinds.Overlap,
    "confirm": kinds.Confirm,
}
_MAKE: dict[str, Callable[[Maker, Any], None]] = {
    "text": Maker.text,
    "insert": Maker.insert,
    "delete": Maker.stretch,
    "speaker": Maker.stretch,
    "overlap": Maker.stretch,
    "confirm": Maker.stretch,
    "split": Maker.turn,
    "join": Maker.turn,
    "swap_roles": Maker.swap_roles,
    "event": Maker.event,
    "remove_event": Maker.event,
    "redact": Maker.redact,
    "reject": Maker.reject,
    "accept": Maker.accept,
    "change": Maker.change,
    "decide": Maker.decide,
    "merge": Maker.merge,
    "divide": Maker.divide,
}
