"""What unsure words sound like."""

from __future__ import annotations

import pytest

from pipeline.core.document import Word
from pipeline.redaction.names.organisations import NamedOrganisations
from pipeline.redaction.names.sound_alikes import Misheard, nearest, sureness
from pipeline.redaction.names.tagger import has_no_word
from pipeline.redaction.text.analysis import Analysis
from pipeline.redaction.text.lexicon import lexicon
from pipeline.redaction.text.tokens import NameTokens


def listened(text: str, unsure: str = "") -> Misheard:
    """Words of `unsure` have a confidence of 0.4, the others of 0.99."""
    words = [Word(text=w, role="P", confidence=0.4 if w.strip(".,") in unsure.split() else 0.99) for w in text.split()]
    return Misheard(NameTokens(Analysis(words)), lexicon())


def test_an_unsure_word_like_a_name_of_the_interview() -> None:
    found = listened("My husband, Tunde. Then Tunde came. My husband turned. He turned up.", "turned")
    assert found.alone[found.pieces.folded.index("turned")] >= 0.85


def test_a_sure_word_is_what_it_is() -> None:
    found = listened("My husband, Tunde. Then Tunde came. He turned up.")
    assert found.alone == {}
    assert found.joined == {}


def test_two_words_like_one_name() -> None:
    found = listened(
        "I met Yetunde. We saw Yetunde there. So yet und was not happy. Out of lowest off.", "yet und lowest"
    )
    forms = found.pieces.folded
    assert found.joined[forms.index("yet")] >= 0.9
    assert found.joined[forms.index("und")] >= 0.9
    assert found.nearly[forms.index("lowest")] >= 0.85


def test_without_confidence_there_is_no_evidence() -> None:
    found = Misheard(NameTokens(Analysis.from_lines(["P: Tunde came and turned."])), lexicon())
    assert found.features(0) == []


@pytest.mark.parametrize(
    ("said", "like"), [("lowestoff", True), ("felixsto", True), ("andthen", False), ("sothe", False)]
)
def test_names_of_the_lists(said: str, like: bool) -> None:
    assert (nearest(said) >= 0.85) is like


@pytest.mark.parametrize(("confidence", "level"), [(1.0, 0), (0.95, 0), (0.9, 1), (0.69, 3), (0.0, 5)])
def test_sureness(confidence: float, level: int) -> None:
    assert sureness(confidence) == level


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("that's poppy lodge over there", ["poppy lodge"]),
        ("all of living fountain assembly were praying", ["living fountain assembly"]),
        ("we stayed at the lodge with them", []),
        ("it was a mental health assembly", []),
        ("the first assembly, they sang", []),
    ],
)
def test_organisations_in_small_letters(line: str, found: list[str]) -> None:
    spoken = Analysis.from_lines([line])
    assert [spoken.said(c.first, c.last) for c in NamedOrganisations().find(spoken, from_asr=True)] == found
    assert NamedOrganisations().find(spoken) == []


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        ("heart-preat", True),  # Harpreet
        ("heart-preat's", True),
        ("off-bocking", True),
        ("sister-in-law", False),
        ("half-heartedly", False),
        ("co-quetiapine", False),  # a medicine's name is hidden by nothing
        ("w-was", False),  # a false start
        ("twenty-3rd", False),
        ("preat", False),  # not a compound: the model is asked anyway
    ],
)
def test_a_compound_with_a_part_that_is_no_word(form: str, expected: bool) -> None:
    assert has_no_word(form, lexicon()) is expected
