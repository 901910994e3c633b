"""Names that entities have in the text, for good: who was [person 10] is never [person 6].

private/entities.json remembers every entity that ever was in the transcript, with its id and its replacement. After
each redaction the entities are told again by their forms; what is new gets a number that nobody had.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence

from pydantic import TypeAdapter, ValidationError

from pipeline.core.document import Document, Entity
from pipeline.core.errors import BadInputError
from pipeline.core.paths import RecordingPaths, read_bytes, write_text
from pipeline.redaction.replacements import NUMBERED, PLAIN_NUMBERED
from pipeline.redaction.text.forms import form_of
from pipeline.redaction.text.tables import table

MAX_BYTES = 20_000_000
"""Bytes of the file; a long interview with hundreds of names takes some 100 kB."""
_NUMBER = re.compile(r"^\[(?P<label>.+?)(?: (?P<number>\d+))?\]$")
_ENTITIES = TypeAdapter(tuple[Entity, ...])


def settle(document: Document, known: Sequence[Entity], explicit: Collection[str] = ()) -> Document:
    """The document with the ids and replacements that its entities have had before.

    Args:
        document: as the redact stage made it.
        known: every entity that there ever was, see `remember`.
        explicit: what somebody asked for: labels without brackets and number (key sheet), or whole replacements (an
            earlier interview). They are taken even where the entity was called otherwise.
    """
    if not known:
        return document
    pairs = _matched(document.entities, known, explicit)
    taken = [e.replacement for e in known]
    ids = {e.id for e in known}
    changed: dict[str, Entity] = {}
    for entity in document.entities:
        old = pairs.get(entity.id)
        if old is not None and _stays(entity, old, explicit):
            changed[entity.id] = entity.model_copy(update={"id": old.id, "replacement": old.replacement})
    taken += [e.replacement for e in changed.values()]
    for entity in (e for e in document.entities if e.id not in changed):
        old = pairs.get(entity.id)
        identity = old.id if old is not None else _next_id(ids)
        ids.add(identity)
        text = entity.replacement
        own = text in explicit or (old is not None and old.replacement == text)
        if entity.category in NUMBERED and not own:
            text = _free(text, taken)
            taken.append(text)
        changed[entity.id] = entity.model_copy(update={"id": identity, "replacement": text})
    return _renamed(document, changed)


def _matched(entities: Sequence[Entity], known: Sequence[Entity], explicit: Collection[str]) -> dict[str, Entity]:
    """Entity -> the one that it was before: most forms in common, of one category first, each only once. The key
    sheet's "[participant]" is the same whatever it is called."""
    rows = []
    for place, entity in enumerate(entities):
        forms = {form_of(f) for f in entity.forms}
        for n, old in enumerate(known):
            common = len(forms & {form_of(f) for f in old.forms})
            same = entity.replacement == old.replacement and label_of(old.replacement) in explicit
            if common or same:
                rows.append((old.category != entity.category, old.source == "reviewer", -common, n, place))
    found: dict[str, Entity] = {}
    used: set[int] = set()
    for *_, n, place in sorted(rows):
        if n not in used and entities[place].id not in found:
            used.add(n)
            found[entities[place].id] = known[n]
    return found


def _stays(entity: Entity, old: Entity, explicit: Collection[str]) -> bool:
    """Whether an entity keeps its replacement. A date or an age says what its value is; an entity of another category,
    one whose label somebody gave, and one in another style (pseudonyms) is called anew."""
    if old.source == "reviewer":
        return True
    if entity.category not in NUMBERED or entity.category != old.category:
        return False
    label, before = label_of(entity.replacement), label_of(old.replacement)
    if label == before:
        return True
    return not {label, entity.replacement} & set(explicit) and (label in _pseudonyms()) == (before in _pseudonyms())


def _pseudonyms() -> list[str]:
    return [str(name) for name in table("roles")["pseudonyms"]]


def label_of(replacement: str) -> str:
    """The label of a replacement, without its number: "[friend 2]" -> "friend"."""
    match = _NUMBER.match(replacement)
    return match["label"] if match else replacement


def _free(wanted: str, taken: Sequence[str]) -> str:
    """A replacement like `wanted` that nobody has or had."""
    label = label_of(wanted)
    if label in _pseudonyms() and wanted in taken:
        return next((f"[{name}]" for name in _pseudonyms() if f"[{name}]" not in taken), next_free(label, taken))
    alone = all(label_of(text) != label for text in taken)
    return wanted if alone else next_free(label, taken)


def next_free(label: str, taken: Iterable[str]) -> str:
    """A replacement with this label that is not taken: "[sister]", "[sister 2]", "[person 11]"."""
    numbers = [int(m["number"] or 1) for text in taken if (m := _NUMBER.match(text)) and m["label"] == label]
    if not numbers:
        return f"[{label} 1]" if label in PLAIN_NUMBERED else f"[{label}]"
    return f"[{label} {max(numbers) + 1}]"


def _next_id(ids: Collection[str]) -> str:
    numbers = [int(i[1:]) for i in ids if re.fullmatch(r"E\d+", i)]
    return f"E{max(numbers, default=0) + 1}"


def _renamed(document: Document, changed: dict[str, Entity]) -> Document:
    before = {e.id: e for e in document.entities}
    spans = []
    for span in document.redactions:
        entity = changed.get(span.entity)
        if entity is None:
            spans.append(span)
            continue
        shown = entity.replacement if span.replacement == before[span.entity].replacement else span.replacement
        hint = shown if span.suggestion == before[span.entity].replacement else span.suggestion
        spans.append(span.model_copy(update={"entity": entity.id, "replacement": shown, "suggestion": hint}))
    return document.with_(redactions=tuple(spans), entities=tuple(changed[e.id] for e in document.entities))


def remembered(known: Sequence[Entity], entities: Iterable[Entity]) -> tuple[Entity, ...]:
    """`known` with these entities: their forms are added, their replacement is the latest. Nothing is forgotten."""
    rows = {e.id: e for e in known}
    for entity in entities:
        old = rows.get(entity.id)
        forms = tuple(dict.fromkeys((*(old.forms if old else ()), *entity.forms)))
        rows[entity.id] = entity.model_copy(update={"forms": forms})
    return tuple(rows.values())


def load(paths: RecordingPaths) -> tuple[Entity, ...]:
    """Every entity that there ever was in this interview.

    Raises:
        BadInputError: the file is damaged.
    """
    path = paths.private / "entities.json"
    if not path.is_file():
        return ()
    try:
        return _ENTITIES.validate_json(read_bytes(path, MAX_BYTES))
    except ValidationError:
        raise BadInputError(
            "the list of entities is damaged",
            file=path,
            hint="restore it from your backup; without it (remove it then) numbers such as [person 3] are given anew",
        ) from None


def remember(paths: RecordingPaths, known: Sequence[Entity], entities: Iterable[Entity]) -> tuple[Entity, ...]:
    """Add entities to private/entities.json; returns all."""
    rows = remembered(known, entities)
    if rows != tuple(known):
        write_text(paths.private / "entities.json", _ENTITIES.dump_json(rows, indent=1).decode() + "\n", private=True)
    return rows
