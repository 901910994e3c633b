"""What is left readable about a person, taken together."""

from __future__ import annotations

from pipeline.core.document import Document, Entity, Redaction, Word
from pipeline.report import combination


def test_what_remains_names_nobody() -> None:
    words = tuple(Word(text=w, role="P") for w in ["My", "husband", "Will", "was", "a", "plasterer", "in", "2016"])
    document = Document(
        id="P1",
        words=words,
        entities=(Entity(id="E1", category="PERSON", forms=("Will",), replacement="[husband]"),),
        redactions=(Redaction(id="R1", category="PERSON", entity="E1", first=2, last=2, replacement="[husband]"),),
    )
    left = combination.remains(document)
    assert left.people == ("[husband]",)
    assert left.jobs == ("plasterer",)
    assert left.years == ("2016",)
    assert "will" not in str(left).lower()
