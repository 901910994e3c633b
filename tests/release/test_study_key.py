"""The study key: one replacement a person, place or team, in whatever order interviews are run."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.core import studysheet
from pipeline.core.errors import KeyFileError, UsageProblem
from pipeline.release import key, study_key
from tests import builders

SECRET = key.passphrase("a long enough one")
STAFF = "staff: [{names: [Will Tasker], as: nurse}, {names: [Ines Fairclough], as: nurse}, {names: [Tunde Okafor]}]"


def _study(text: str) -> studysheet.StudySheet:
    return studysheet.parse(text.encode(), "study.yaml")


@pytest.fixture(autouse=True)
def _passphrase(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IPA_PASSPHRASE", "a long enough one")


def _record(outputs: Path, identifier: str, study: studysheet.StudySheet, *shown: str) -> dict[str, str]:
    (outputs / identifier).mkdir(exist_ok=True, parents=True)
    labels = study_key.written(outputs, study)
    document = builders.typed([("P", " ".join(f"word{n}" for n in range(9)))], identifier)
    spans = [(n, n, "PERSON", text) for n, text in enumerate(shown)]
    study_key.record(outputs, study, labels, builders.redacted(document, *spans), SECRET)
    return labels


def _entries(outputs: Path) -> dict[str, tuple[str, ...]]:
    return {e.replacement: e.interviews for e in key.load(study_key.path_of(outputs), SECRET).entries}


def test_words_come_from_the_sheet_and_numbers_from_its_order() -> None:
    study = _study(STAFF + "\nteams: [Kestrel Ward, Lifeboat]\nplaces: [Diss]\ninterviewers: [{names: [Ada Quill]}]")
    assert study_key.assign(study, ()) == {
        "interviewers[1]": "interviewer",
        "staff[1]": "nurse 1",
        "staff[2]": "nurse 2",
        "staff[3]": "member of staff",
        "teams[1]": "ward",
        "teams[2]": "organisation",
        "places[1]": "town",
    }


@pytest.mark.slow
def test_what_was_given_stays_whatever_the_sheet_becomes(tmp_path: Path) -> None:
    _record(tmp_path, "P01", _study(STAFF), "[nurse 2]")
    more = "staff: [{names: [Bea Nudd], as: nurse}, {names: [Ines Fairclough, Ines], as: nurse}, "
    labels = _record(tmp_path, "P02", _study(more + "{names: [Tunde Okafor]}, {names: [Cy Mobbs]}]"), "[nurse 2]")
    # "nurse 1" was somebody else
    assert labels == {
        "staff[1]": "nurse 3",
        "staff[2]": "nurse 2",
        "staff[3]": "member of staff",
        "staff[4]": "member of staff 1",
    }
    assert _entries(tmp_path) == {
        "[nurse 3]": (),
        "[nurse 2]": ("P01", "P02"),
        "[member of staff]": (),
        "[member of staff 1]": (),
    }


def test_other_words_on_the_sheet_count_and_the_old_ones_are_known_until_no_transcript_shows_them(
    tmp_path: Path,
) -> None:
    _record(tmp_path, "P01", _study("staff: [{names: [Will Tasker], as: nurse}]"), "[nurse]")
    changed = _study("staff: [{names: [Will Tasker], as: psychologist}, {names: [Cy Mobbs], as: nurse}]")
    labels = _record(tmp_path, "P02", changed, "[psychologist]")
    assert labels == {"staff[1]": "psychologist", "staff[2]": "nurse 1"}
    assert _entries(tmp_path) == {"[psychologist]": ("P02",), "[nurse 1]": (), "[nurse]": ("P01",)}
    _record(tmp_path, "P01", changed, "[psychologist]")
    assert _entries(tmp_path) == {"[psychologist]": ("P01", "P02"), "[nurse 1]": ()}


@pytest.mark.slow
def test_who_left_the_sheet_keeps_the_words_that_transcripts_show(tmp_path: Path) -> None:
    _record(tmp_path, "P01", _study("staff: [{names: [Will Tasker], as: nurse}]"), "[nurse]")
    assert _record(tmp_path, "P02", _study("staff: [{names: [Cy Mobbs], as: nurse}]")) == {"staff[1]": "nurse 1"}
    back = _study("staff: [{names: [Cy Mobbs], as: nurse}, {names: [Will Tasker], as: nurse}]")
    assert study_key.written(tmp_path, back) == {"staff[1]": "nurse 1", "staff[2]": "nurse"}


def test_an_interview_can_be_forgotten(tmp_path: Path) -> None:
    _record(tmp_path, "P01", _study(STAFF), "[nurse 1]")
    _record(tmp_path, "P02", _study(STAFF), "[nurse 1]", "[nurse 2]")
    study_key.forget(tmp_path, "P02", SECRET)
    assert _entries(tmp_path) == {"[nurse 1]": ("P01",), "[nurse 2]": (), "[member of staff]": ()}


def test_two_runs_with_other_sheets_at_once_do_not_give_one_word_twice(tmp_path: Path) -> None:
    (tmp_path / "P01").mkdir()
    mine = _study("staff: [{names: [Will Tasker], as: nurse}]")
    labels = study_key.written(tmp_path, mine)
    _record(tmp_path, "P02", _study("staff: [{names: [Cy Mobbs], as: nurse}]"), "[nurse]")
    with pytest.raises(UsageProblem, match="another run meanwhile"):
        study_key.record(tmp_path, mine, labels, builders.typed([("P", "a")], "P01"), SECRET)


def test_it_is_encrypted_and_private(tmp_path: Path) -> None:
    _record(tmp_path, "P01", _study(STAFF))
    path = study_key.path_of(tmp_path)
    assert b"Tasker" not in path.read_bytes()
    assert path.stat().st_mode & 0o077 == 0


def test_another_secret_is_said_to_be_the_study_keys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _record(tmp_path, "P01", _study(STAFF))
    monkeypatch.setenv("IPA_PASSPHRASE", "quite another one")
    with pytest.raises(KeyFileError, match="study key is locked with another") as caught:
        study_key.written(tmp_path, _study(STAFF))
    assert "ipa study rekey" in str(caught.value)


def test_without_a_study_sheet_there_is_no_study_key(tmp_path: Path) -> None:
    assert study_key.written(tmp_path, None) == {}
    study_key.record(tmp_path, None, {}, builders.typed([("P", "a")], "P01"), SECRET)
    assert not list(tmp_path.iterdir())
