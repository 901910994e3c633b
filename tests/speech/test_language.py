"""The language is asked for, and a wrong one said out loud."""

from __future__ import annotations

import pytest

from pipeline.engines.scripted import Clock, ScriptedRecogniser
from pipeline.speech import language
from pipeline.speech.windows import Window


@pytest.mark.parametrize(
    ("found", "sure", "used", "loud"),
    [("cy", 0.9, "en", True), ("cy", 0.5, "en", False), ("en", 0.9, "en", False), ("", 0.0, "en", False)],
)
def test_a_note_where_another_language_is_spoken(found: str, sure: float, used: str, loud: bool) -> None:
    note = language.note(found, sure, used, "transcribe")
    assert (note is not None) is loud
    if note:
        assert note.level == "alarm"
        assert "Welsh" in note.message
        assert "--language cy" in note.message


def test_asked_at_a_few_places() -> None:
    windows = [Window(((n * 30.0, n * 30.0 + 20),)) for n in range(9)]
    code, sure = language.detect(ScriptedRecogniser([], language="pl"), Clock(300), windows)
    assert (code, sure) == ("pl", 0.9)
    assert language.detect(ScriptedRecogniser([]), Clock(3), []) == ("", 0.0)
    assert language.name_of("pl") == "Polish"
    assert language.name_of("xx") == "language 'xx'"
