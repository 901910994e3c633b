"""Pauses are measured between voices; unclear speech is no pause."""

from __future__ import annotations

from pipeline.core.document import Word
from pipeline.speech import pauses


def _words(*rows: tuple[float, float, str]) -> list[Word]:
    return [Word(text="x", start=s, end=e, role=role) for s, e, role in rows]


WORDS = _words((1.0, 2.0, "I"), (5.0, 6.0, "P"), (8.5, 9.0, "P"))


def test_pauses_are_gaps_of_voice_and_not_of_words() -> None:
    found = pauses.events(WORDS, [(0.9, 2.5), (4.8, 6.2), (8.4, 9.1)], [])
    assert [(e.kind, e.start, e.end, e.before_word) for e in found] == [("pause", 2.5, 4.8, 1), ("pause", 6.2, 8.4, 2)]


def test_a_word_outside_detected_speech_ends_a_pause() -> None:
    found = pauses.events(WORDS, [(0.9, 2.5), (8.4, 9.1)], [])
    assert [(e.start, e.end) for e in found] == [(2.5, 5.0), (6.0, 8.4)]


def test_short_gaps_and_the_ends_of_the_recording_are_none() -> None:
    assert pauses.events(WORDS[:1], [(0.9, 1.4), (2.2, 2.5)], []) == ()


def test_unclear_speech_stands_between_its_pauses() -> None:
    found = pauses.events(WORDS, [(0.9, 6.2), (8.0, 9.1), (10.5, 12.0)], [(3.0, 4.0), (10.5, 12.0)])
    assert [(e.kind, e.before_word) for e in found] == [("unclear", 1), ("pause", 2), ("pause", 3), ("unclear", 3)]


def test_a_pause_belongs_to_who_pauses() -> None:
    found = pauses.events(WORDS, [(0.9, 2.5), (4.8, 6.2), (8.4, 9.1)], [(2.0, 2.5)])
    assert [e.role for e in pauses.with_roles(found, WORDS)] == [None, None, "P"]


def test_no_words_no_trouble() -> None:
    (event,) = pauses.with_roles(pauses.events([], [], [(1.0, 2.0)]), [])
    assert (event.kind, event.before_word) == ("unclear", 0)
