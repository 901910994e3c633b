"""The study sheet: read strictly, laid under a key sheet, and held against it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pipeline.core import keysheet, settings, studysheet
from pipeline.core.errors import KeySheetError

STUDY = b"""
interviewers: [{names: [Ada Winterbourne]}]
staff:
  - {names: [Will Tasker, Tasker], as: "peer support worker"}
  - {names: [Ines Fairclough]}
teams: [Kestrel Ward]
places: [Eye, Diss]
keep: [Norfolk]
"""


def _study(text: bytes = STUDY) -> studysheet.StudySheet:
    return studysheet.parse(text, "study.yaml")


def _own(text: str) -> keysheet.KeySheet:
    return keysheet.parse(text.encode(), "P03.yaml")


def test_the_example_is_valid_and_survives_being_kept(tmp_path: Path) -> None:
    sheet = studysheet.load(settings.configs_folder() / "study-sheet.example.yaml")
    assert [row.place for row in sheet.named()][:3] == ["interviewers[1]", "staff[1]", "staff[2]"]
    assert str(sheet.retention.identifying) == "2030-09-30"
    studysheet.store(sheet, tmp_path / "kept.json")
    assert studysheet.load(tmp_path / "kept.json") == sheet


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("- a", "the study sheet is a list"),
        ("stafff: []", r"field 1 is not known; did you mean 'staff'\?"),
        ("emit: {study: X}", r"field 1 is not known\n  Next: .*another name: settings.yaml"),
        ("staff: [{name: [Zebedee]}]", r"'staff\.0"),
        ("staff: [{names: [Zebedee]}, {names: [zebedee]}]", r"'staff\[1\]' and 'staff\[2\]' hold the same name"),
        ("teams: [Zebedee]\nkeep: [Zebedee]", r"'teams\[1\]' and 'keep\[1\]' hold the same name"),
        ("teams: [a]", "single letter"),
        ("places: [the]", "everyday word"),
        ("actions: {PLCE: keep}", "'actions"),
        ("actions: {PLACE: hide}", r"'actions\.\?'"),
        ("retention: {audio: soon}", r"'retention\.\?'"),
        ("retention: {audio: 2027-02-30}", "an invalid date or number"),
    ],
)
def test_useless_sheets_are_refused(text: str, said: str) -> None:
    with pytest.raises(KeySheetError) as caught:
        _study(text.encode())
    assert re.search(said, str(caught.value))
    assert "Zebedee" not in str(caught.value)
    assert caught.value.hint


def test_the_study_lies_under_the_interview() -> None:
    own = _own(
        "participant: {names: [Hope Larter]}\npeople: [{names: [Siobhan], as: sister}, {names: [Willy, Will Tasker]}]\n"
        "places: [Bungay, eye]\nkeep: [Suffolk]\n"
    )
    merged = studysheet.merge(own, _study(), {"staff[1]": "peer support worker 1", "staff[2]": "member of staff"})
    assert merged is not None
    assert merged.participant == own.participant
    assert merged.interviewer is not None
    assert merged.interviewer.names == ("Ada Winterbourne",)
    assert [(p.names, p.label) for p in merged.people] == [
        (("Siobhan",), "sister"),
        (("Willy", "Will Tasker", "Tasker"), "peer support worker 1"),
        (("Ines Fairclough",), "member of staff"),
    ]
    assert merged.places == ("Bungay", "eye", "Diss")
    assert merged.organisations == ("Kestrel Ward",)
    assert merged.keep == ("Suffolk", "Norfolk")


def test_without_one_of_the_two() -> None:
    own = _own("places: [Eye]")
    assert studysheet.merge(own, None, {}) is own
    assert studysheet.merge(None, None, {}) is None
    alone = studysheet.merge(None, _study(), {})
    assert alone is not None
    assert alone.places == ("Eye", "Diss")


def test_of_several_interviewers_the_key_sheet_says_which() -> None:
    study = _study(b"interviewers: [{names: [Ada Winterbourne]}, {names: [Jo Quill]}]")
    written = {"interviewers[1]": "interviewer 1", "interviewers[2]": "interviewer 2"}
    nobody = studysheet.merge(None, study, written)
    assert nobody is not None
    assert nobody.interviewer is None
    assert [p.label for p in nobody.people] == ["interviewer 1", "interviewer 2"]
    one = studysheet.merge(_own("interviewer: {names: [Jo Quill]}"), study, written)
    assert one is not None
    assert one.interviewer is not None
    assert one.interviewer.label == "interviewer 2"
    assert [p.label for p in one.people] == ["interviewer 1"]


@pytest.mark.parametrize(
    ("own", "places"),
    [
        ("people: [{names: [Will Tasker], as: friend}]", ("people[1]", "staff[1]")),
        ("participant: {names: [will  tasker]}", ("participant", "staff[1]")),
        ("people: [{names: [Will Tasker, Ines Fairclough]}]", ("people[1]", "staff[2]")),
        ("organisations: [Eye]", ("organisations[1]", "places[1]")),
        ("places: [Kestrel Ward]", ("places[1]", "teams[1]")),
        ("places: [Norfolk]", ("places[1]", "keep[1]")),
        ("keep: [Suffolk, Diss]", ("keep[2]", "places[2]")),
        ("keep: [Tasker]", ("keep[1]", "staff[1]")),
        ("keep: [Will]", ("keep[1]", "staff[1]")),
        ("participant: {names: [Norfolk Nan]}", ("participant", "keep[1]")),
        ("interviewer: {names: [Ines Fairclough]}", ("interviewer", "staff[2]")),
    ],
)
def test_contradictions_name_both_places_and_no_name(own: str, places: tuple[str, str]) -> None:
    with pytest.raises(KeySheetError) as caught:
        studysheet.require_agreement(_own(own), Path("P03.yaml"), _study(), Path("study.yaml"))
    said = str(caught.value)
    assert "P03.yaml" in said
    assert "study.yaml" in said
    assert all(f"'{place}'" in said for place in places)
    assert not any(name in said.lower() for name in ("tasker", "eye'", "kestrel", "norfolk", "diss", "fairclough"))


@pytest.mark.parametrize(
    "own",
    [
        "",
        "people: [{names: [Will Tasker], as: peer support worker}]",
        "people: [{names: [Ines Fairclough], as: psychologist}]",
        "people: [{names: [Will], as: brother}]",
        "interviewer: {names: [Ada Winterbourne]}",
        "interviewer: {names: [Jo Quill]}",
        "places: [Eye, Norfolk Street]\nkeep: [Norfolk, Eye Hospital]",
        "organisations: [Kestrel Ward, Eye Hospital]",
    ],
)
def test_what_agrees_or_says_more_is_fine(own: str) -> None:
    studysheet.require_agreement(_own(own), Path("P03.yaml"), _study(), Path("study.yaml"))


def test_where_it_is(tmp_path: Path) -> None:
    assert studysheet.beside(tmp_path / "P03.m4a") is None
    (tmp_path / "study.yml").write_bytes(STUDY)
    assert studysheet.beside(tmp_path / "P03.m4a") == tmp_path / "study.yml"
    assert keysheet.beside(tmp_path / "study.m4a") is None
