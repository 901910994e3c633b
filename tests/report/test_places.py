"""Words and times are found on the line where they stand."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.core.document import Document, Word
from pipeline.report.places import Places
from tests.annotated import INTERVIEWS
from tests.invented import document, numbered, reference_document, typed_document


@pytest.mark.parametrize("make", [document, typed_document])
def test_every_readable_word_is_on_its_line(make: object) -> None:
    made: Document = make()  # type: ignore[operator]
    transcript = numbered(made)
    places = Places(made, transcript)
    hidden = {n for r in made.applied() for n in range(r.first, r.last + 1)}
    for n, word in enumerate(made.words):
        line = places.of_word(n)
        assert line is not None
        if n not in hidden:
            assert word.text in line.text, (n, line.label)


def test_redactions_are_found_by_their_replacement() -> None:
    for made in (document(), typed_document()):
        transcript = numbered(made)
        places = Places(made, transcript)
        by_label = {line.label: line.text for line in transcript.lines}
        for redaction in made.applied():
            label = places.of_words(redaction.first, redaction.last)
            assert redaction.replacement in by_label[label]


@pytest.mark.parametrize("name", ["sample", INTERVIEWS[0]])
def test_redactions_of_an_interview_of_real_size(name: str) -> None:
    made = reference_document(name)
    transcript = numbered(made)
    places = Places(made, transcript)
    text = {line.label: line.text for line in transcript.lines}
    for redaction in made.applied():
        label = places.of_words(redaction.first, redaction.last)
        first, _, last = label.partition("-")
        both = text[first] + " " + text[last or first]
        assert redaction.replacement in both


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.sampled_from("IP"), st.lists(st.integers(0, 10**6), min_size=1, max_size=40)), max_size=8))
def test_typed_words_whatever_the_turns(turns: list[tuple[str, list[int]]]) -> None:
    said = [(role, f"w{number}") for role, numbers in turns for number in numbers]
    words = tuple(Word(text=text, role=role) for role, text in said)
    made = Document(id="T", source="typed", words=words)
    places = Places(made, numbered(made))
    for n, (role, text) in enumerate(said):
        line = places.of_word(n)
        assert line is not None
        assert line.role == role
        assert re.search(rf"\b{text}\b", line.text)


def test_times_between_lines_belong_to_the_line_before() -> None:
    places = Places(document(), numbered())
    line = places.at(30.0)
    assert line is not None
    assert line.label == "6"
    assert places.at(0.0).label == "1"  # type: ignore[union-attr]
    assert places.between(0.8, 7.0) == "1-2"
    assert places.between(32.1, 32.2, "I") == "7"


def test_nothing_is_found_in_an_empty_transcript() -> None:
    empty = document([])
    places = Places(empty, numbered(empty))
    assert places.at(3.0) is None
    assert places.between(1, 2) == ""
    assert places.first == ""
