"""Who had a number keeps it, and nobody else gets it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from pipeline.core.document import Document, Entity, Redaction, Word
from pipeline.core.errors import BadInputError
from pipeline.core.paths import RecordingPaths
from pipeline.review import numbering


def entity(identity: str, form: str, replacement: str, category: str = "PERSON", source: str = "names") -> Entity:
    return Entity(id=identity, category=category, forms=tuple(form.split("|")), replacement=replacement, source=source)  # type: ignore[arg-type]


def document(*entities: Entity) -> Document:
    words = tuple(Word(text=e.forms[0], role="P") for e in entities)
    spans = tuple(
        Redaction(id=f"R{n}", category=e.category, entity=e.id, first=n, last=n, replacement=e.replacement)
        for n, e in enumerate(entities)
    )
    return Document(id="x", words=words, redactions=spans, entities=entities)


KNOWN = (
    entity("E1", "Hope|Hope Larter", "[participant]"),
    entity("E2", "Niamh", "[person 1]"),
    entity("E3", "Will", "[person 2]"),
    entity("E4", "Diss", "[town]", "PLACE"),
    entity("E5", "ninth of May", "[date]", "DATE"),
    entity("He1", "Kestrel", "[ward]", "ORG", "reviewer"),
)

#: What is found now (form, replacement, category), and what it is called: id and replacement.
CASES: dict[str, tuple[list[tuple[str, ...]], set[str], list[tuple[str, str]]]] = {
    "the same": (
        [("Niamh", "[person 1]"), ("Will", "[person 2]")],
        set(),
        [("E2", "[person 1]"), ("E3", "[person 2]")],
    ),
    "somebody new before them": (
        [("Siobhan", "[person 1]"), ("Niamh", "[person 2]"), ("Will", "[person 3]")],
        set(),
        [("E6", "[person 3]"), ("E2", "[person 1]"), ("E3", "[person 2]")],
    ),
    "one is gone": (
        [("Will", "[person 1]"), ("Siobhan", "[person 2]")],
        set(),
        [("E3", "[person 2]"), ("E6", "[person 3]")],
    ),
    "another spelling": ([("NIAMH,", "[person 1]")], set(), [("E2", "[person 1]")]),
    "a form in common": ([("Hopey|Hope", "[person 1]")], set(), [("E1", "[participant]")]),
    "better described": ([("Niamh", "[sister]")], set(), [("E2", "[person 1]")]),
    "named in the key sheet": ([("Niamh", "[sister]")], {"sister"}, [("E2", "[sister]")]),
    "the key sheet's participant": ([("Hopey", "[participant]")], {"participant"}, [("E1", "[participant]")]),
    "an earlier interview's": ([("Niamh", "[friend 2]")], {"[friend 2]"}, [("E2", "[friend 2]")]),
    "a second town": (
        [("Eye", "[town]", "PLACE"), ("Diss", "[town]", "PLACE")],
        set(),
        [("E6", "[town 2]"), ("E4", "[town]")],
    ),
    "a place that was a person": ([("Will", "[place]", "PLACE")], set(), [("E3", "[place]")]),
    "dates say their value": ([("ninth of May", "[date in 2019]", "DATE")], set(), [("E5", "[date in 2019]")]),
    "dates are not numbered": ([("first of June", "[date]", "DATE")], set(), [("E6", "[date]")]),
    "what a person called": ([("Kestrel", "[organisation]", "ORG")], set(), [("He1", "[ward]")]),
    "pseudonyms now": ([("Niamh", "[Alder]"), ("Siobhan", "[Bryce]")], set(), [("E2", "[Alder]"), ("E6", "[Bryce]")]),
}


@pytest.mark.parametrize("case", CASES)
def test_who_is_called_what(case: str) -> None:
    found, explicit, wanted = CASES[case]
    made = [entity(f"E{n + 1}", row[0], row[1], *row[2:]) for n, row in enumerate(found)]
    settled = numbering.settle(document(*made), KNOWN, explicit)
    assert [(e.id, e.replacement) for e in settled.entities] == wanted
    assert [(r.entity, r.replacement) for r in settled.redactions] == wanted


def test_a_pseudonym_that_is_taken_goes_to_nobody_else() -> None:
    known = (entity("E1", "Niamh", "[Alder]"),)
    found = [entity("E1", "Siobhan", "[Alder]"), entity("E2", "Niamh", "[Bryce]")]
    assert [e.replacement for e in numbering.settle(document(*found), known).entities] == ["[Bryce]", "[Alder]"]


def test_the_first_time_everybody_is_called_as_they_come() -> None:
    made = document(entity("E1", "A", "[friend 3]"), entity("E2", "B", "[friend 3]"))
    assert numbering.settle(made, ()) == made


@pytest.mark.parametrize(
    ("label", "taken", "free"),
    [
        ("sister", [], "[sister]"),
        ("person", [], "[person 1]"),
        ("sister", ["[sister]"], "[sister 2]"),
        ("person", ["[person 1]", "[person 7]"], "[person 8]"),
        ("town", ["[town hall]", "[town hall 4]"], "[town]"),
    ],
)
def test_the_next_free_one(label: str, taken: list[str], free: str) -> None:
    assert numbering.next_free(label, taken) == free


def test_nobody_is_forgotten(tmp_path: Path) -> None:
    paths = RecordingPaths(tmp_path, "P03")
    paths.private.mkdir(parents=True)
    assert numbering.load(paths) == ()
    known = numbering.remember(paths, (), KNOWN)
    more: list[Any] = [entity("E2", "Niamh Roe", "[person 1]"), entity("E9", "Jo", "[person 3]")]
    numbering.remember(paths, known, more)
    stored = {e.id: e for e in numbering.load(paths)}
    assert stored["E2"].forms == ("Niamh", "Niamh Roe")
    assert set(stored) == {*(e.id for e in KNOWN), "E9"}
    (paths.private / "entities.json").write_text("[{]")
    with pytest.raises(BadInputError, match="list of entities is damaged"):
        numbering.load(paths)
