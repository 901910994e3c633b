"""Our patterns inside Presidio, and Presidio's checks inside ours."""

from __future__ import annotations

from pipeline.redaction.patterns import registry
from pipeline.redaction.patterns.presidio import PresidioPatterns
from pipeline.redaction.presidio_plugin import spoken_recognizer
from tests.redaction.said import case, spans


def test_presidio_runs_our_patterns() -> None:
    text = "My mobile's “oh seven seven double oh, nine hundred, one two three”,\nand I'm fifty-three."
    results = spoken_recognizer().analyze(text, ["PHONE", "AGE"])
    found = [(r.entity_type, text[r.start : r.end]) for r in results]
    assert found == [("PHONE", "oh seven seven double oh, nine hundred, one two three"), ("AGE", "fifty-three")]
    assert spoken_recognizer().analyze(text, ["EMAIL"]) == []


def test_what_presidio_adds() -> None:
    transcript, expected = case(
        "call me on [[+48 22 123 45 67]] or pay into [[GB82WEST12345698765432]], it's 1.2 and three"
    )
    assert spans(transcript, PresidioPatterns().find(transcript)) == expected
    assert spans(transcript, registry.find(transcript)) == expected
