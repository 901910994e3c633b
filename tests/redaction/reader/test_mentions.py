"""From chances to mentions: where they begin and end, and what the same word elsewhere counts for."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from pipeline.core.document import Category
from pipeline.redaction.reader.mentions import evidence, find, flags, second_look
from pipeline.redaction.reader.reader import parts_of
from pipeline.redaction.text.analysis import Analysis
from tests.redaction.scripted_reading import PLAIN, reading


def hidden(
    *lines: str, chances: dict[int, float | tuple[float, Category]], begins: tuple[int, ...] = ()
) -> list[tuple[str, str]]:
    """(category, what is hidden) of every mention."""
    transcript = Analysis.from_lines(lines)
    result = []
    for m in find(transcript, reading(transcript, chances, frozenset(begins)), PLAIN):
        said = transcript.said(m.first, m.last)
        assert said.startswith(m.lead)
        assert said.endswith(m.tail)
        result.append((m.category, said[len(m.lead) : len(said) - len(m.tail)]))
    return result


def test_one_mention_over_several_words() -> None:
    assert hidden("P: so Ann Larter's here", chances={1: 0.9, 2: 0.8}) == [("PERSON", "Ann Larter")]


def test_two_mentions_side_by_side() -> None:
    assert hidden("P: with Joe, Ellie.", chances={1: 0.9, 2: 0.9}, begins=(2,)) == [
        ("PERSON", "Joe"),
        ("PERSON", "Ellie"),
    ]


def test_a_turn_ends_a_mention() -> None:
    found = hidden("P: it's oh seven", "I: seven", chances={1: (0.9, "PHONE"), 2: (0.9, "PHONE"), 3: (0.9, "PHONE")})
    assert found == [("PHONE", "oh seven"), ("PHONE", "seven")]


def test_the_category_with_the_most_weight() -> None:
    found = hidden("P: at Mill Ward then", chances={1: (0.9, "PLACE"), 2: (0.95, "ORG")})
    assert found == [("ORG", "Mill Ward")]


def test_less_than_the_threshold_stays() -> None:
    assert hidden("P: so will he", chances={1: 0.49}) == []


@pytest.mark.parametrize(
    ("word", "chances", "kept"),
    [("“Bara—he's", {0: 0.9, 1: 0.0}, ("“", "—he's")), ("he—Bara.", {0: 0.0, 1: 0.9}, ("he—", "."))],
)
def test_half_a_word(word: str, chances: dict[int, float], kept: tuple[str, str]) -> None:
    transcript = Analysis.from_lines([f"P: {word}"])
    made = reading(transcript, {})
    for n, chance in chances.items():
        made.inside[n, 0] = chance
    (mention,) = find(transcript, made, PLAIN)
    assert (mention.lead, mention.tail) == kept


def test_parts_cover_the_words() -> None:
    transcript = Analysis.from_lines(["P: Bara—he's / yes... and/or -", "I: no…so"])
    parts = parts_of(transcript)
    assert "".join(p.text for p in parts) == "".join(w.text for w in transcript.words)
    assert [p.text for p in parts][:2] == ["Bara—", "he's"]


def test_the_same_name_elsewhere_speaks_for_one() -> None:
    texts, direct = ["Rose", "and", "rose"], np.array([0.99, 0.001, 0.2], np.float32)
    looked = second_look(texts, direct, (1.0, 0.5, 0.0, 0.0, 0.0, 0.0, 0.0))
    assert looked[2] > 0.5 > direct[2]
    assert looked[1] == pytest.approx(direct[1], rel=1e-3)


def test_nothing_elsewhere_no_evidence() -> None:
    assert not evidence(["one", "two"], np.array([0.5, 0.9], np.float32))[:, 1:].any()


def test_flags_have_two_words_at_least() -> None:
    transcript = Analysis.from_lines(["P: the only scribe there"])
    chances: dict[int, float | tuple[float, Category]] = {1: (0.9, "QUASI"), 2: (0.8, "QUASI")}
    assert flags(transcript, reading(transcript, chances), PLAIN) == [(1, 2)]
    assert flags(transcript, reading(transcript, {1: (0.9, "QUASI")}), PLAIN) == []
    assert flags(transcript, reading(transcript, chances), replace(PLAIN, flag=0.95)) == []
    assert find(transcript, reading(transcript, chances), PLAIN) == []
