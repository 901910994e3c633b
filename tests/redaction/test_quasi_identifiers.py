"""Passages that single somebody out are flagged, never replaced."""

from __future__ import annotations

from pipeline.redaction import quasi_identifiers
from pipeline.redaction.text.analysis import Analysis
from tests.redaction.shipped import found


def test_a_flag_says_what_to_do() -> None:
    transcript = Analysis.from_lines(["P: He's the only left-handed scribe north of Manchester, you know."])
    (flag,) = quasi_identifiers.find(transcript, [(1, 7)], set())
    assert (flag.action, flag.category, flag.suggestion) == ("flag", "QUASI", quasi_identifiers.SUGGESTION)
    assert transcript.said(flag.first, flag.last) == "the only left-handed scribe north of Manchester,"


def test_replaced_words_are_not_part_of_a_flag() -> None:
    transcript = Analysis.from_lines(["P: I'm the one who drove Sam home that night."])
    flags = quasi_identifiers.find(transcript, [(1, 8)], {5})
    assert [transcript.said(flag.first, flag.last) for flag in flags] == ["the one who drove", "home that night."]
    assert quasi_identifiers.find(transcript, [(1, 8)], set(range(10))) == []
    assert quasi_identifiers.find(transcript, [(1, 8)], {2, 4, 6}) == [
        *quasi_identifiers.find(transcript, [(7, 8)], set())
    ]


def test_the_reader_finds_them() -> None:
    said = "I'm known for it round here, I'm the only woman who ever skippered a crabber out of that harbour, so."
    transcript = Analysis.from_lines([f"P: {said}"])
    (stretch,) = found(transcript).indirect
    assert "only woman who ever skippered" in transcript.said(*stretch)
