"""Study sheet and key sheet through a run: found, merged, kept, in the keys of the stages."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from pipeline.app import import_typed, runner
from pipeline.app.runner import Job
from pipeline.core.errors import KeySheetError, UsageProblem
from pipeline.core.paths import RecordingPaths
from pipeline.core.progress import Silent
from pipeline.core.settings import build
from pipeline.release import key, study_key
from pipeline.stages.redact import Redact
from pipeline.stages.transcribe import Transcribe
from pipeline.weights.catalogue import Catalogue
from tests import scripted, sounds

STUDY = """
interviewers: [{names: [Ada Winterbourne]}]
staff: [{names: [Will Tasker], as: nurse}, {names: [Ines Fairclough], as: nurse}]
teams: [Kestrel Ward]
places: [Diss]
"""


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    return scripted.install(monkeypatch)


@pytest.fixture
def job(tmp_path: Path) -> Job:
    source = sounds.write(tmp_path / "P03.wav", sounds.tone(4.0))
    return Job(source, tmp_path / "outputs", build({"emit": {"formats": ["txt"]}}))


def _run(job: Job) -> runner.Result:
    return runner.run(job, Silent(), Catalogue.read())


def test_a_study_sheet_is_part_of_the_run_and_kept_for_the_next(job: Job, ran: list[str]) -> None:
    assert job.source is not None
    sheet = job.source.with_name("study.yaml")
    _run(job)
    ran.clear()
    sheet.write_text(STUDY)
    paths = _run(job).paths
    assert ran == ["redact"]  # the scripted recogniser asks for no names
    assert "Tasker" in paths.study_sheet.read_text()
    assert paths.study_sheet.stat().st_mode & 0o077 == 0
    ran.clear()
    assert _run(replace(job, source=None, id="P03")).ran == ()  # by id: that of the last run
    sheet.write_text(STUDY + "keep: [Norfolk]\n")
    _run(job)
    assert ran == ["redact"]
    sheet.unlink()
    _run(job)
    assert not paths.study_sheet.exists()


def test_another_key_sheet_by_id_still_lies_on_the_study_sheet(job: Job, ran: list[str], tmp_path: Path) -> None:
    assert job.source is not None
    job.source.with_name("study.yaml").write_text(STUDY)
    _run(job)
    named = tmp_path / "names.yaml"
    named.write_text("people: [{names: [Siobhan]}]")
    sheet = runner.load_sheets(replace(job, source=None, id="P03", key_sheet=named)).merged
    assert sheet is not None
    assert [p.names[0] for p in sheet.people] == ["Siobhan", "Will Tasker", "Ines Fairclough"]


def test_what_the_stages_are_asked_again_for(job: Job, tmp_path: Path) -> None:
    assert job.source is not None
    sheet = job.source.with_name("study.yaml")
    seen = []
    for text in (STUDY, STUDY.replace("nurse", "doctor"), STUDY + "keep: [Norfolk]"):
        sheet.write_text(text)
        prepared = runner.prepare(job, Silent(), Catalogue.read())
        stages = (Transcribe(), Redact())
        seen.append([json.dumps(s.fingerprint(prepared.settings, prepared.context), sort_keys=True) for s in stages])
    heard, hidden = zip(*seen, strict=True)
    assert len(set(heard)) == 1  # words to write or to keep are not heard
    assert len(set(hidden)) == 3
    sheet.write_text(STUDY.replace("Diss", "Eye"))
    prepared = runner.prepare(job, Silent(), Catalogue.read())
    assert "Eye" in json.dumps(Transcribe().fingerprint(prepared.settings, prepared.context))
    assert "Eye" not in heard[0]


@pytest.mark.parametrize(("own", "fate"), [({}, "keep"), ({"redact": {"actions": {"AGE": "flag"}}}, "flag")])
def test_the_fate_of_a_category_counts_unless_the_settings_say_otherwise(
    job: Job, ran: list[str], own: dict[str, object], fate: str
) -> None:
    assert job.source is not None
    job.source.with_name("study.yaml").write_text("actions: {AGE: keep, PLACE: flag}")
    job = replace(job, settings=build({**own, "emit": {"formats": ["txt"]}}))
    prepared = runner.prepare(job, Silent(), Catalogue.read())
    assert prepared.settings.redact.actions == {"AGE": fate, "PLACE": "flag"}
    paths = _run(job).paths
    stored = json.loads(paths.settings.read_text())  # as they were named: the sheet may change
    assert stored["redact"]["actions"] == own.get("redact", {}).get("actions", {})  # type: ignore[attr-defined]
    manifest = json.loads(paths.manifest.read_text())
    assert manifest["settings"]["values"]["redact"]["actions"]["AGE"] == fate


def test_a_contradiction_is_said_before_anything_is_done(job: Job, ran: list[str]) -> None:
    assert job.source is not None
    job.source.with_name("study.yaml").write_text(STUDY)
    job.source.with_suffix(".yaml").write_text("keep: [Diss]")
    with pytest.raises(KeySheetError, match=r"keep\[1\].*places\[1\]"):
        _run(job)
    assert ran == []
    assert not job.outputs.exists()


def test_an_id_that_holds_a_name_of_the_study_is_refused_with_its_place(job: Job, ran: list[str]) -> None:
    assert job.source is not None
    job.source.with_name("study.yaml").write_text(STUDY)
    with pytest.raises(UsageProblem, match=r"staff\[2\]\.names in the study sheet"):
        _run(replace(job, id="fairclough-2"))


INTERVIEWS = {
    "P01": "I: I'm Ada. And then?\nP: Well, Will Tasker rang, from Diss. Then Will came with my sister Sarah.\n",
    "P02": "I: How was that?\nP: Ines Fairclough rang, from Diss. My friend Sarah knows Ines from the Kestrel Ward.\n",
}


@pytest.mark.usefixtures("weights")
@pytest.mark.parametrize("order", [("P01", "P02"), ("P02", "P01")])
def test_the_same_person_through_the_whole_study(order: tuple[str, str], tmp_path: Path) -> None:
    (tmp_path / "study.yaml").write_text(STUDY)
    outputs = tmp_path / "outputs"
    for name in order:
        source = tmp_path / f"{name}.txt"
        source.write_text(INTERVIEWS[name])
        job = Job(source, outputs, build({"emit": {"formats": ["txt"]}}))
        runner.run(import_typed.store(job, Silent()), Silent(), Catalogue.read())
    texts = [" ".join((outputs / n / "share" / "transcript.txt").read_text().split()) for n in ("P01", "P02")]
    assert "I'm [interviewer]" in texts[0]
    assert texts[0].count("[nurse 1]") == 2
    assert texts[1].count("[nurse 2]") == 2
    assert all("from [town]" in text for text in texts)
    assert "[sister]" in texts[0]
    assert "[friend 1]" in texts[1]  # another Sarah, for all that anybody knows
    entries = key.load(study_key.path_of(outputs), key.find_secret()).entries
    assert {e.replacement: e.interviews for e in entries} == {
        "[interviewer]": ("P01",),
        "[nurse 1]": ("P01",),
        "[nurse 2]": ("P02",),
        "[ward]": ("P02",),
        "[town]": ("P01", "P02"),
    }
    assert RecordingPaths(outputs, "P01").study_sheet.is_file()
