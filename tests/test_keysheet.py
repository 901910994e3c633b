"""The key sheet: valid ones are read, useless ones refused by the field's name."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline import keysheet, settings
from pipeline.errors import KeySheetError


def test_the_example_is_valid() -> None:
    sheet = keysheet.load(settings.configs_folder() / "key-sheet.example.yaml")
    assert sheet.id == "P03"
    assert sheet.people[0].label == "peer support worker"
    assert ("participant.names", "Hopey") in sheet.all_names()


@pytest.mark.parametrize(
    "text", ["", "# nothing yet\n", "id: P1\n", "keep: [I, A]\n".replace("I, A", "Norfolk, Suffolk")]
)
def test_short_sheets_are_fine(text: str) -> None:
    assert keysheet.parse(text.encode(), "k.yaml")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("- a\n- b", "is a list"),
        ("Hope", "is a single value"),
        ("participnt: {names: [A B]}", r"field 1 is not known; did you mean 'participant'\?"),
        ("participant: Hope", "'participant'"),
        ("participant: {name: [Hope]}", r"'participant\."),
        ("people: [{names: ['']}]", r"'people\[1\].names' has an empty name"),
        ("people: [{names: ['  ']}]", "empty name"),
        ("places: [X]", "'places' has a single letter"),
        ("organisations: [the]", "'organisations' has an everyday word"),
        ("places: [" + ", ".join(f"Town{n}" for n in range(500)) + "]", "500 names"),
        ("a: [", "not valid YAML"),
    ],
)
def test_useless_sheets_are_refused(text: str, said: str) -> None:
    with pytest.raises(KeySheetError, match=said) as caught:
        keysheet.parse(text.encode(), "k.yaml")
    assert caught.value.exit_code == 3
    assert caught.value.hint


def test_errors_never_quote_a_name() -> None:
    with pytest.raises(KeySheetError) as caught:
        keysheet.parse(b"participant: {names: [Zebedee, '']}", "k.yaml")
    assert "Zebedee" not in str(caught.value)


def test_beside_a_recording(tmp_path: Path) -> None:
    assert keysheet.beside(tmp_path / "P03.m4a") is None
    (tmp_path / "P03.yml").write_text("id: P03\n")
    assert keysheet.beside(tmp_path / "P03.m4a") == tmp_path / "P03.yml"
