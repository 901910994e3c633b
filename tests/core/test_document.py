"""Stored documents: the pieces are the whole, and equal words of a typed transcript are one object."""

from __future__ import annotations

import pytest

from pipeline.core import document as documents
from pipeline.core.document import Document, Note, StageRecord, Word

SAID = ["so", '"words":[]', "I", "said", "so,", "Zoë"]
#: As a stage might record them: nothing in them may be taken for the place of the words.
AFTER = {
    "notes": (Note(code="x", message='"words":[] and \\"words\\":[]', stage="import"),),
    "records": (StageRecord(stage="import", key="k", details={"words": []}),),
}


def typed(count: int) -> Document:
    words = tuple(Word(text=SAID[n % len(SAID)], role="P") for n in range(count))
    return Document(id="P1", source="typed", words=words, **AFTER)


@pytest.mark.parametrize("count", [0, 1, 2, 3, 4, 5, 7])
def test_the_pieces_are_what_pydantic_writes(count: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(documents, "_WORDS_A_PIECE", 2)
    document = typed(count)
    assert b"".join(document.json_pieces()) == document.model_dump_json().encode()


def test_equal_words_without_times_are_one_object_and_no_others() -> None:
    words = (*typed(12).words, Word(text="so", role="I"), *(Word(text="so", role="P", start=1.0, end=2.0),) * 2)
    document = Document(id="P1", words=words)
    read = Document.read(document.model_dump_json().encode())
    assert read == document
    assert read.words[0] is read.words[6]
    assert read.words[0] is not read.words[12]
    assert read.words[13] is not read.words[14]
