"""Transcripts and key sheets that are unlike any other: what comes out is sane, and ordinary words stay."""

from __future__ import annotations

import pytest

from pipeline.core.document import Document, Word
from pipeline.core.keysheet import KeySheet, Person
from tests.redaction import shipped

TYPED = [
    ("I", "Thanks for coming in today. Where were you living when it began?"),
    ("P", "In Waybridge, with my sister Siobhan Larter. I rang her on 07700 900461 most nights."),
    ("P", "It was like carrying a bucket with a hole in it, you fill it and you fill it."),
]
NAMES = {"Waybridge", "Siobhan", "Larter", "07700", "900461"}


def document(turns: list[tuple[str, str]]) -> Document:
    words = [Word(text=w, role=role) for role, text in turns for w in text.split()]
    return Document(id="odd", source="typed", words=tuple(words))


def hidden(turns: list[tuple[str, str]], sheet: KeySheet | None = None) -> tuple[set[int], list[str]]:
    made = document(turns)
    decided = shipped.decided(made, sheet)
    spans = {n for s in decided.redactions if s.action == "replace" for n in range(s.first, s.last + 1)}
    return spans, [w.text for w in made.words]


@pytest.mark.parametrize(
    "write",
    [
        pytest.param(str, id="as typed"),
        pytest.param(str.upper, id="all capitals"),
        pytest.param(str.lower, id="all small"),
        pytest.param(lambda t: t.translate(str.maketrans("", "", ".,?")), id="no punctuation"),
        pytest.param(lambda t: t.lower().translate(str.maketrans("", "", ".,?")), id="small, no punctuation"),
    ],
)
def test_however_it_is_written_the_names_go_and_the_metaphor_stays(write: object) -> None:
    turns = [(role, write(text)) for role, text in TYPED]  # type: ignore[operator]
    spans, words = hidden(turns)
    wanted = {n.lower() for n in NAMES}
    assert {words[n].lower().strip(".,?") for n in spans} >= wanted
    metaphor = next(n for n, w in enumerate(words) if w.lower() == "bucket")
    assert not spans & set(range(metaphor - 4, metaphor + 6))


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("Je ne savais pas quoi faire, alors je suis restée à la maison toute la journée.", id="French"),
        pytest.param("Я не знала, что делать, и осталась дома.", id="Cyrillic"),
        pytest.param("لم أكن أعرف ماذا أفعل", id="right to left"),
        pytest.param("我不知道该怎么办", id="without spaces"),
        pytest.param("😀 🙂 — … ?? !!", id="no letters"),
        pytest.param("Yes.", id="one word"),
        pytest.param("a" * 5_000, id="one endless word"),
    ],
)
def test_what_is_no_english_interview_ends_without_an_error(text: str) -> None:
    spans, words = hidden([("P", text)])
    assert len(words) == len(text.split())
    assert len(spans) <= len(words)


def test_no_words_at_all() -> None:
    assert hidden([]) == (set(), [])


ORDINARY = [
    ("P", "I may go, I will see, it was page two and the two of us will wait in May."),
    ("I", "You said you may stop. What will you do on the next page?"),
]


def test_names_that_are_ordinary_words_hide_no_ordinary_words() -> None:
    """ "May", "Will", "Page" and "Two" on the key sheet: only where they are read as names."""
    people = tuple(Person(names=(n,)) for n in ("May", "Will", "Page", "Two"))
    spans, words = hidden(ORDINARY, KeySheet(people=people))
    assert [words[n] for n in sorted(spans)] in ([], ["May."])


def test_and_are_hidden_where_they_are_names() -> None:
    people = (Person(names=("Will Page",), label="brother"), Person(names=("May",), label="aunt"))
    turns = [("P", "My brother Will Page rang, and then Auntie May came round. Will said he may move."), *ORDINARY]
    spans, words = hidden(turns, KeySheet(people=people))
    assert {2, 3, 8, 11} <= spans, [words[n] for n in sorted(spans)]
    assert 14 not in spans
