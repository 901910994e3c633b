"""The key sheet: valid ones are read, useless ones refused by the field's name."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.cli.main import main
from pipeline.core import keysheet, settings
from pipeline.core.errors import BadInputError, KeySheetError


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
        ("places: [2024-13-45]", "an invalid date or number"),
        ('places: ["Eye \\ud800"]', "surrogate"),
        ("places: &a [*a]", "aliases"),
        ("places: " + "[" * 5_000, "nested too deeply"),
        ("id: CON", "'id' cannot be the id"),
    ],
)
def test_useless_sheets_are_refused(text: str, said: str) -> None:
    with pytest.raises(KeySheetError, match=said) as caught:
        keysheet.parse(text.encode(), "k.yaml")
    assert caught.value.exit_code == 3
    assert caught.value.hint


OFFENDING = [
    "participant: {names: [Zebedee, '']}",
    "Zebedee: friend",
    "people: [{Zebedee: friend}]",
    "people: [{names: [Eve], Zebedee: friend}]",
    "participant: Zebedee",
    "id: Zebedee Quill",
    'places: ["Zebedee',
    "places:\n\t- Zebedee",
    "places: [!!float Zebedee]",
    "places: [!!python/name:os.system Zebedee]",
    "places: [{Zebedee: {Zebedee: Zebedee}}]",
]


@pytest.mark.parametrize("text", OFFENDING)
def test_errors_never_quote_a_name(text: str) -> None:
    with pytest.raises(KeySheetError) as caught:
        keysheet.parse(text.encode(), "k.yaml")
    assert "Zebedee" not in str(caught.value)


@pytest.mark.parametrize("text", OFFENDING)
def test_nor_does_a_traceback(text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "t.txt").write_text("I: And then?\nP: Home.\n")
    (tmp_path / "t.yaml").write_text(text)
    with pytest.raises(SystemExit) as caught:
        main(["import", str(tmp_path / "t.txt"), "-o", str(tmp_path / "out"), "--debug"])
    assert caught.value.code == 3
    said = "".join(capsys.readouterr())
    assert "Traceback" in said
    assert "Zebedee" not in said


def test_a_sheet_of_a_town_is_refused_before_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "k.yaml"
    path.write_text("places: [" + ", ".join(f"Town{n}" for n in range(200_000)) + "]")
    with pytest.raises(BadInputError, match="larger than"):
        keysheet.load(path)


def test_beside_a_recording(tmp_path: Path) -> None:
    assert keysheet.beside(tmp_path / "P03.m4a") is None
    (tmp_path / "P03.yml").write_text("id: P03\n")
    assert keysheet.beside(tmp_path / "P03.m4a") == tmp_path / "P03.yml"
