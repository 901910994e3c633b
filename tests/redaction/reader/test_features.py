"""What the reader sees of a word beside its letters."""

from __future__ import annotations

import pytest

from pipeline.redaction.reader.features import SHAPES, SeenWord, core, integers, list_features, shape, style_of


@pytest.mark.parametrize(
    ("word", "name"),
    [
        ("went,", "lower"),
        ("“Ellie's", "capital"),
        ("NHS.", "upper"),
        ("McRae", "mixed"),
        ("07700", "figures"),
        ("IP23", "mixed figures"),
        ("—", "other"),
    ],
)
def test_shapes(word: str, name: str) -> None:
    assert SHAPES[shape(word)] == name


@pytest.mark.parametrize(
    ("word", "plain"), [("“Ellie's,", "Ellie"), ("James’", "James"), ("@temi", "@temi"), ("...", "")]
)
def test_core(word: str, plain: str) -> None:
    assert core(word) == plain


@pytest.mark.parametrize(
    ("words", "recognised", "style"),
    [
        (["Then", "I", "went", "home."], False, "typed"),
        (["Then", "I", "went", "home."], True, "asr"),
        (["then", "i", "went", "home"], True, "uncased"),
        (["THEN", "I", "WENT", "HOME."], False, "uncased"),
        ([], False, "typed"),
        (["...", "1", "2"], True, "asr"),
    ],
)
def test_style(words: list[str], recognised: bool, style: str) -> None:
    assert style_of(words, recognised) == style


def test_capitals_say_nothing_where_there_are_none() -> None:
    words = [SeenWord("Rose", "P", True), SeenWord("07700", "P")]
    assert integers(words, "typed")[0, 0] == SHAPES.index("capital")
    assert integers(words, "uncased")[:, 0].tolist() == [0, SHAPES.index("figures")]


def test_lists_know_places_of_several_words() -> None:
    found = list_features(["in", "Great", "Yarmouth", "then"])
    assert found[1:3, 9].tolist() == [1.0, 1.0]
    assert found[0, 9] == 0.0
