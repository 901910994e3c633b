"""What is hidden, and what somebody wants hidden -> edits of redactions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, cast, get_args

from pipeline.core.document import Category, Entity, Redaction
from pipeline.core.errors import BadInputError
from pipeline.redaction.replacements import PLAIN
from pipeline.redaction.text.forms import form_of
from pipeline.redaction.text.spans import split_edges
from pipeline.redaction.text.tables import table
from pipeline.review.anchors import anchor
from pipeline.review.apply import Applied
from pipeline.review.edits import Change, Edit, EntityAnchor, Redact, Reject, Via
from pipeline.review.numbering import label_of as unnumbered
from pipeline.review.script import Mark, Script, label_of, script_of
from pipeline.review.tokens import MEND

UNNAMED = "detail"
"""What stands for words that somebody put between braces without saying what stands for them."""


@dataclass(frozen=True)
class _Stretch:
    """Words `[first, last]` of a script behind one label."""

    first: int
    last: int
    mark: Mark

    def touches(self, other: _Stretch) -> bool:
        return self.first <= other.last and other.first <= self.last


def edits_of_marks(applied: Applied, want: Script, *, via: Via, who: str) -> list[Edit]:
    """The edits after which the words of a document, which say what `want` says, are hidden as it says."""
    return _Hider(applied, want, via, who).edits()


class _Hider:
    def __init__(self, applied: Applied, want: Script, via: Via, who: str) -> None:
        self.document, self.ids = applied.document, applied.ids
        self.live = script_of(self.document)
        self.want = want
        self.common = {"via": via, "who": who}
        self.made: dict[str, EntityAnchor] = {}
        self.renamed: set[str] = set()  # entities that are not called any more as they were

    def edits(self) -> list[Edit]:
        """See `edits_of_marks`."""
        is_ = [w.mark.label if w.mark else "" for w in self.live.words]
        should = [self._label(n) for n in range(len(self.want.words))]
        wrong = {n for n, (a, b) in enumerate(zip(is_, should, strict=True)) if a != b}
        if not wrong:
            return []
        old = [s for s in _stretches(self.live) if not wrong.isdisjoint(range(s.first, s.last + 1))]
        new = [s for s in _stretches(self.want) if not wrong.isdisjoint(range(s.first, s.last + 1))]
        while more := [s for s in _stretches(self.live) if s not in old and any(s.touches(n) for n in new)]:
            old += more
            new += [s for s in _stretches(self.want) if s not in new and any(s.touches(o) for o in old)]
        new += [s for s in _stretches(self.want) if s not in new and any(s.touches(o) for o in old)]
        return [*self._shown(old, new), *self._changed(old, new), *self._hidden(old, new)]

    def _label(self, n: int) -> str:
        """The label that a word should stand behind."""
        mark = self.want.words[n].mark
        if mark is None:
            return ""
        return mark.label or self._unnamed(n)

    def _unnamed(self, n: int) -> str:
        """What stands for words whose mark does not say it: what does elsewhere."""
        first = last = n
        words = self.want.words
        while first and words[first - 1].mark is words[n].mark:
            first -= 1
        while last + 1 < len(words) and words[last + 1].mark is words[n].mark:
            last += 1
        said = form_of(_core(" ".join(w.text for w in words[first : last + 1])))
        known = next((e for e in self.document.entities if said in {form_of(f) for f in e.forms}), None)
        return label_of(known.replacement) if known else UNNAMED

    def _at(self, stretch: _Stretch) -> dict[str, Any]:
        first, last = self.live.places[stretch.first], self.live.places[stretch.last]
        return {"at": anchor(self.document.words, first, last, self.ids), **self.common}

    def _shown(self, old: Sequence[_Stretch], new: Sequence[_Stretch]) -> Iterator[Edit]:
        ranges = {(s.first, s.last) for s in new}
        for stretch in old:
            if (stretch.first, stretch.last) not in ranges:
                yield Reject(**self._at(stretch))

    def _changed(self, old: Sequence[_Stretch], new: Sequence[_Stretch]) -> Iterator[Edit]:
        """Other labels for the same words; where all mentions of an entity got it, for the entity."""
        ranges = {(s.first, s.last): s for s in old}
        both = [(ranges[n.first, n.last], n) for n in new if (n.first, n.last) in ranges]
        done: set[str] = set()
        for before, after in both:
            label = self._label(after.first)
            entity = self._entity_at(before)
            if label == before.mark.label or entity in done:
                continue
            mine = [self._label(n.first) for o, n in both if entity and self._entity_at(o) == entity]
            known = self._known(label)
            if known is None and entity and len(mine) == self._mentions(entity) and set(mine) == {label}:
                done.add(entity)
                self.renamed.add(entity)
                self.made[label] = EntityAnchor(id=entity)
                yield Change(replacement=self._bracketed(label), everywhere=True, **self._at(after))
                continue
            change = Change(
                replacement=None if known else self._bracketed(label),
                entity=known,
                category=cast("Category", after.mark.category) if after.mark.category in get_args(Category) else None,
                **self._at(after),
            )
            if known is None:
                self.made[label] = EntityAnchor(id=f"H{change.id}")
            yield change

    def _hidden(self, old: Sequence[_Stretch], new: Sequence[_Stretch]) -> Iterator[Edit]:
        ranges = {(s.first, s.last) for s in old}
        for stretch in new:
            if (stretch.first, stretch.last) in ranges:
                continue
            label = self._label(stretch.first)
            known = self._known(label)
            edit = Redact(
                category=self._category(label, stretch.mark),
                replacement=self._bracketed(label),
                entity=known,
                **self._at(stretch),
            )
            if known is None:
                self.made[label] = EntityAnchor(id=f"H{edit.id}")
            yield edit

    def _known(self, label: str) -> EntityAnchor | None:
        """The entity that is called so."""
        if label in self.made:
            return self.made[label]
        entity = self._entity(label)
        return EntityAnchor(id=entity.id, forms=entity.forms) if entity else None

    def _entity(self, label: str) -> Entity | None:
        called = (e for e in self.document.entities if label_of(e.replacement) == label)
        return next((e for e in called if e.id not in self.renamed), None)

    def _spans(self, stretch: _Stretch) -> list[Redaction]:
        first, last = self.live.places[stretch.first], self.live.places[stretch.last]
        return [r for r in self.document.applied() if r.first <= last and first <= r.last]

    def _entity_at(self, stretch: _Stretch) -> str:
        spans = self._spans(stretch)
        return spans[0].entity if len(spans) == 1 else ""

    def _mentions(self, entity: str) -> int:
        return sum(r.entity == entity for r in self.document.redactions if r.action == "replace")

    def _bracketed(self, label: str) -> str:
        if len(label) > 80:
            raise BadInputError("what stands for hidden words may have 80 characters at most", hint=MEND)
        return f"[{label}]"

    def _category(self, label: str, mark: Mark) -> Category:
        """The category of words that are hidden as `label`: as it was written, as of the entity that is called so, or
        as the label says."""
        if mark.category in get_args(Category):
            return cast("Category", mark.category)
        if entity := self._entity(label):
            return entity.category
        plain = unnumbered(f"[{label}]").strip("[]")
        if plain in PLAIN.values():
            return next(c for c, text in PLAIN.items() if text == plain)
        kinds: dict[str, Category] = {"place": "PLACE", "organisation": "ORG"}
        for kind, category in kinds.items():
            if plain in table("roles")[kind] or (kind == "place" and plain in ("town", "village", "street", "area")):
                return category
        return "OTHER_ID" if plain == UNNAMED else "PERSON"


def _core(said: str) -> str:
    words = said.split()
    lead, tail = split_edges(words[0])[0], split_edges(words[-1])[2]
    return said[len(lead) : len(said) - len(tail)]


def _stretches(script: Script) -> list[_Stretch]:
    """Words in a row behind one mark."""
    found: list[_Stretch] = []
    for n, word in enumerate(script.words):
        if word.mark is None:
            continue
        if found and found[-1].mark is word.mark and found[-1].last == n - 1:
            found[-1] = _Stretch(found[-1].first, n, word.mark)
        else:
            found.append(_Stretch(n, n, word.mark))
    return found
