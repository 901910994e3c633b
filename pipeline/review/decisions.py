"""Edits of redactions: hide, show, change, merge, divide, decide. Applied to the spans that the redact stage found."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from pipeline.core.document import Category, Entity, Redaction, Word
from pipeline.redaction.text.forms import form_of
from pipeline.redaction.text.spans import split_edges
from pipeline.review.anchors import Place
from pipeline.review.edits import (
    Accept,
    Change,
    Decide,
    Divide,
    Edit,
    EntityAnchor,
    Merge,
    Redact,
    Reject,
)
from pipeline.review.replay import Unfitting

NOT_HIDDEN = "nothing is hidden there any more"
NO_ENTITY = "the entity is not there any more"
NO_FORMS = "none of these forms is hidden any more"
METHOD = "reviewer"


@dataclass
class Spans:
    """Redactions and entities while edits are applied to them. `shown` are words that a person wants readable."""

    words: Sequence[Word]
    redactions: list[Redaction]
    entities: list[Entity]
    shown: set[int] = field(default_factory=set)
    unfitting: list[Unfitting] = field(default_factory=list)

    def said(self, first: int, last: int, lead: str = "", tail: str = "") -> str:
        """Words without what survives at their edges. Private."""
        text = " ".join(w.text for w in self.words[first : last + 1])
        return text[len(lead) : len(text) - len(tail)]

    def form(self, span: Redaction) -> str:
        """What a span hides, as it is compared."""
        return form_of(self.said(span.first, span.last, span.lead, span.tail))

    def at(self, place: Place) -> list[int]:
        """Positions in `redactions` of the live spans that share a word with `place`."""
        return [n for n, r in enumerate(self.redactions) if r.first <= place.last and place.first <= r.last]

    def entity(self, wanted: EntityAnchor) -> Entity | None:
        """An entity by its id, where a form agrees; else by its forms."""
        forms = {form_of(f) for f in wanted.forms}
        same = [e for e in self.entities if e.id == wanted.id]
        if same and (not forms or forms & {form_of(f) for f in same[0].forms}):
            return same[0]
        return next((e for e in self.entities if forms & {form_of(f) for f in e.forms}), None)


def decide(spans: Spans, edits: Iterable[Edit], places: dict[str, Place | None]) -> Spans:
    """`spans` with the edits applied in order; `places` has the words of each (None: deleted since)."""
    for edit in edits:
        step = _APPLY.get(edit.kind)
        if step is None:
            continue
        place = places.get(edit.id)
        if place is None and not isinstance(edit, Merge | Divide):
            continue  # listed as unfitting already, or its words were deleted by the reviewer
        why = step(spans, edit, place)
        if why:
            spans.unfitting.append(Unfitting(edit, why))
    return spans


def _signed(span: Redaction, edit: Edit, decision: str, **changes: Any) -> Redaction:
    return span.model_copy(update={"decision": decision, "reviewer": edit.who, "decided": edit.when, **changes})


def _add_entity(spans: Spans, edit: Edit, category: Category, replacement: str, forms: Sequence[str]) -> Entity:
    made = Entity(id=f"H{edit.id}", category=category, forms=tuple(forms), replacement=replacement, source=METHOD)
    spans.entities.append(made)
    return made


def _add_forms(spans: Spans, entity: Entity, forms: Iterable[str]) -> Entity:
    changed = entity.model_copy(update={"forms": tuple(dict.fromkeys((*entity.forms, *forms)))})
    spans.entities = [changed if e.id == entity.id else e for e in spans.entities]
    return changed


def _redact(spans: Spans, edit: Redact, place: Place) -> str:
    first, last = spans.words[place.first].text, spans.words[place.last].text
    lead, tail = split_edges(first)[0], split_edges(last)[2]
    said = spans.said(place.first, place.last, lead, tail)
    entity = spans.entity(edit.entity) if edit.entity else None
    if entity is None:
        entity = _add_entity(spans, edit, edit.category, edit.replacement, [said])
    else:
        entity = _add_forms(spans, entity, [said])
    spans.redactions = [r for r in spans.redactions if not (place.first <= r.first and r.last <= place.last)]
    made = Redaction(
        id=f"H{edit.id}",
        category=entity.category,
        entity=entity.id,
        first=place.first,
        last=place.last,
        replacement=entity.replacement,
        lead=lead,
        tail=tail,
        method=METHOD,
        decision="accepted",
        reviewer=edit.who,
        decided=edit.when,
    )
    spans.redactions.append(made)
    spans.shown -= set(range(place.first, place.last + 1))
    return ""


def _same_entity(spans: Spans, place: Place, everywhere: bool) -> list[int]:
    """Spans at a place; with `everywhere` those of the same entities. Where none is there, those of the same form."""
    here = spans.at(place)
    if not everywhere:
        return here
    owners = {spans.redactions[n].entity for n in here} - {""}
    if not here:
        said = form_of(spans.said(place.first, place.last, *_edges(spans, place)))
        owners = {e.id for e in spans.entities if said in {form_of(f) for f in e.forms}}
    mine = [n for n, r in enumerate(spans.redactions) if r.entity in owners]
    return sorted({*here, *mine})


def _edges(spans: Spans, place: Place) -> tuple[str, str]:
    return split_edges(spans.words[place.first].text)[0], split_edges(spans.words[place.last].text)[2]


def _reject(spans: Spans, edit: Reject, place: Place) -> str:
    spans.shown |= set(range(place.first, place.last + 1))
    for n in _same_entity(spans, place, edit.everywhere):
        span = spans.redactions[n]
        spans.redactions[n] = _signed(span, edit, "rejected", action="keep")
        spans.shown |= set(range(span.first, span.last + 1))
    return ""  # where nothing is hidden any more, it is as the reviewer wanted it


def _accept(spans: Spans, edit: Accept, place: Place) -> str:
    found = [n for n in _same_entity(spans, place, edit.everywhere) if spans.redactions[n].action == "replace"]
    for n in found:
        spans.redactions[n] = _signed(spans.redactions[n], edit, "accepted")
    return "" if found else NOT_HIDDEN


def _change(spans: Spans, edit: Change, place: Place) -> str:
    found = [n for n in _same_entity(spans, place, edit.everywhere) if spans.redactions[n].action != "keep"]
    if not found:
        return NOT_HIDDEN
    known = spans.entity(edit.entity) if edit.entity else None
    if edit.entity is not None and known is None:
        return NO_ENTITY
    if known is None and edit.everywhere:
        return _change_entities(spans, edit, found)
    first = spans.redactions[found[0]]
    forms = [spans.said(r.first, r.last, r.lead, r.tail) for r in (spans.redactions[n] for n in found)]
    if known is None:
        category, text = edit.category or first.category, edit.replacement or first.replacement
        known = _add_entity(spans, edit, category, text, list(dict.fromkeys(forms)))
    else:
        known = _add_forms(spans, known, forms)
    for n in found:
        spans.redactions[n] = _of_entity(spans.redactions[n], known, edit)
    return ""


def _change_entities(spans: Spans, edit: Change, found: Sequence[int]) -> str:
    owners = {spans.redactions[n].entity for n in found}
    changes: dict[str, Any] = {"category": edit.category, "replacement": edit.replacement}
    changes = {k: v for k, v in changes.items() if v is not None}
    spans.entities = [e.model_copy(update=changes) if e.id in owners else e for e in spans.entities]
    for n in found:
        spans.redactions[n] = _signed(spans.redactions[n], edit, "edited", action="replace", **changes)
    return ""


def _of_entity(span: Redaction, entity: Entity, edit: Edit) -> Redaction:
    return _signed(
        span,
        edit,
        "edited",
        entity=entity.id,
        category=entity.category,
        replacement=entity.replacement,
        action="replace",
    )


def _decide(spans: Spans, edit: Decide, place: Place) -> str:
    flags = [n for n in spans.at(place) if spans.redactions[n].action == "flag"]
    if edit.decision == "keep":
        for n in flags:
            spans.redactions[n] = _signed(spans.redactions[n], edit, "rejected", action="keep")
        return ""
    text = edit.replacement or (spans.redactions[flags[0]].replacement if flags else "[identifying detail]")
    category: Category = spans.redactions[flags[0]].category if flags else "QUASI"
    if not flags and any(spans.redactions[n].action == "replace" for n in spans.at(place)):
        return ""
    hidden = Place(*_widest([spans.redactions[n] for n in flags], place))
    redact = Redact(id=edit.id, who=edit.who, when=edit.when, at=edit.at, category=category, replacement=text)
    return _redact(spans, redact, hidden)


def _widest(flags: Sequence[Redaction], place: Place) -> tuple[int, int]:
    return min([place.first, *(r.first for r in flags)]), max([place.last, *(r.last for r in flags)])


def _merge(spans: Spans, edit: Merge, place: Place | None) -> str:
    into = spans.entity(edit.into)
    if into is None:
        return NO_ENTITY
    others = [e for wanted in edit.entities if (e := spans.entity(wanted)) is not None and e.id != into.id]
    if not others:
        return NO_ENTITY
    into = _add_forms(spans, into, [f for e in others for f in e.forms])
    gone = {e.id for e in others}
    spans.entities = [e for e in spans.entities if e.id not in gone]
    for n, span in enumerate(spans.redactions):
        if span.entity in gone:
            spans.redactions[n] = _taken_over(span, into, edit)
    return ""


def _taken_over(span: Redaction, entity: Entity, edit: Edit) -> Redaction:
    changes = {"entity": entity.id, "category": entity.category, "replacement": entity.replacement}
    if span.action == "keep":
        return span.model_copy(update=changes)
    return _signed(span, edit, "edited", **changes)


def _divide(spans: Spans, edit: Divide, place: Place | None) -> str:
    entity = spans.entity(edit.entity)
    if entity is None:
        return NO_ENTITY
    wanted = {form_of(f) for f in edit.forms}
    found = [n for n, r in enumerate(spans.redactions) if r.entity == entity.id and spans.form(r) in wanted]
    if not found:
        return NO_FORMS
    theirs = [f for f in entity.forms if form_of(f) in wanted]
    rest = tuple(f for f in entity.forms if form_of(f) not in wanted)
    made = _add_entity(spans, edit, edit.category, edit.replacement, theirs or list(edit.forms))
    spans.entities = [e.model_copy(update={"forms": rest}) if e.id == entity.id else e for e in spans.entities]
    for n in found:
        spans.redactions[n] = _taken_over(spans.redactions[n], made, edit)
    return ""


_APPLY: dict[str, Callable[[Spans, Any, Any], str]] = {
    "redact": _redact,
    "reject": _reject,
    "accept": _accept,
    "change": _change,
    "decide": _decide,
    "merge": _merge,
    "divide": _divide,
}
