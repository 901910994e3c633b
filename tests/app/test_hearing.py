"""What was heard stays: with scripted stages between the real ingest and the real emit."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from pipeline.app import export_and_lock, hearing, runner, snapshots
from pipeline.app.runner import Job
from pipeline.core.document import Document, SpeakerRole, Word
from pipeline.core.errors import UsageProblem
from pipeline.core.paths import RecordingPaths
from pipeline.core.progress import Silent
from pipeline.core.settings import Settings, build, load
from pipeline.review import store
from pipeline.review.anchors import anchor
from pipeline.review.edits import Replace, SwapRoles, Undo
from pipeline.weights.catalogue import Catalogue
from tests import scripted, sounds
from tests.builders import words_of

ALL = ("ingest", "diarise", "transcribe", "redact", "emit")


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    return scripted.install(monkeypatch)


@pytest.fixture
def job(tmp_path: Path) -> Job:
    source = sounds.write(tmp_path / "P03.wav", sounds.tone(4.0))
    return Job(source, tmp_path / "outputs", build({"emit": {"formats": ["txt"]}}))


class Told(Silent):
    """Keeps what it is told."""

    def __init__(self) -> None:
        self.said: list[str] = []

    def message(self, text: str, level: str = "info") -> None:
        self.said.append(text)


def _run(job: Job, accept: Callable[[hearing.Change], bool] | None = None, told: Told | None = None) -> runner.Result:
    return runner.run(job, told or Told(), Catalogue.read(), accept)


def _with(job: Job, **changes: dict[str, object]) -> Job:
    return replace(job, settings=build({"emit": {"formats": ["txt"]}, **changes}))


def _correct(job: Job, index: int = 0, text: str = "Corrected") -> Replace:
    paths = RecordingPaths(job.outputs, "P03")
    document = snapshots.load(paths, "transcribe")
    assert document is not None
    edit = Replace(at=anchor(document.words, index, index, [str(n) for n in range(len(document.words))]), text=text)
    store.append(paths, [edit])
    return edit


def test_a_name_that_is_added_later_changes_what_follows_only(job: Job, ran: list[str]) -> None:
    _run(job)
    ran.clear()
    assert job.source is not None
    job.source.with_suffix(".yaml").write_text("id: P03\nplaces: [Diss]\n")
    assert _run(job).ran == ("redact", "emit")
    assert ran == ["redact"]


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"diarise": {"speakers": 3}}, "diarise.speakers"),
        ({"transcribe": {"beam_size": 7}}, "transcribe.beam_size"),
        ({"transcribe": {"model": "small"}}, "transcribe.model"),
    ],
)
def test_other_settings_of_hearing_are_named_and_wait(
    job: Job, ran: list[str], change: dict[str, dict[str, object]], name: str
) -> None:
    paths = _run(job).paths
    before, told = paths.settings.read_bytes(), Told()
    assert _run(_with(job, **change), told=told).ran == ()
    assert any(name in text and "--hear-again" in text for text in told.said)
    assert paths.settings.read_bytes() == before
    assert load(file=paths.settings).transcribe == Settings().transcribe


def test_hear_again_hears_with_what_is_wanted_now(job: Job, ran: list[str]) -> None:
    paths = _run(job).paths
    told = Told()
    again = replace(_with(job, transcribe={"beam_size": 7}), hear_again=True)
    assert _run(again, told=told).ran == ALL
    assert any("heard again: 0 of" in text for text in told.said)
    assert load(file=paths.settings).transcribe.beam_size == 7
    assert _run(_with(job, transcribe={"beam_size": 7})).ran == ()


def test_without_the_recording_its_working_copy_is_heard_again(job: Job, ran: list[str]) -> None:
    _run(job)
    stored = replace(job, source=None, id="P03", hear_again=True)
    assert _run(stored).ran == ("diarise", "transcribe", "redact", "emit")


@pytest.mark.parametrize("until", ["ingest", "diarise", "transcribe"])
def test_a_stage_that_hears_is_forced_by_its_name(job: Job, ran: list[str], until: str) -> None:
    _run(job)
    assert _run(replace(job, force=True, until=until)).ran == ("ingest", "diarise", "transcribe")
    assert _run(job).ran == ("redact", "emit")


def test_who_says_no_keeps_what_was_heard(job: Job, ran: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    paths = _run(job).paths
    before = {p.name: p.read_bytes() for p in paths.work.iterdir() if p.suffix == ".json"}
    monkeypatch.setattr(scripted, "SCRIPT", [("I", "Other words here?"), *scripted.SCRIPT[1:]])
    asked: list[hearing.Change] = []

    def refuse(change: hearing.Change) -> bool:
        asked.append(change)
        return False

    assert _run(replace(job, hear_again=True), refuse).ran == ()
    assert asked[0].words_changed > 0
    assert {p.name: p.read_bytes() for p in paths.work.iterdir() if p.suffix == ".json"} == before
    assert _run(job).ran == ()


def test_what_is_locked_is_not_heard_again(job: Job, ran: list[str]) -> None:
    paths = _run(job).paths
    export_and_lock.lock(job.outputs, "P03", job.settings)
    for wish in ({"hear_again": True}, {"force": True, "until": "transcribe"}):
        with pytest.raises(UsageProblem, match=r"locked \(v1\)") as caught:
            _run(replace(job, **wish))  # type: ignore[arg-type]
        assert "--new-version" in str(caught.value)
    assert _run(replace(job, hear_again=True, new_version=True)).ran == ALL
    assert (paths.work / hearing.BEFORE).is_file()


def test_what_was_edited_is_not_heard_again_and_survives_it(job: Job, ran: list[str]) -> None:
    paths = _run(job).paths
    edit = _correct(job)
    assert _run(job).ran == ("correct", "redact", "review", "emit")
    with pytest.raises(UsageProblem, match=r"edited \(1 change\)"):
        _run(replace(job, hear_again=True))
    told = Told()
    assert _run(replace(job, hear_again=True, new_version=True), told=told).ran[-4:] == (
        "correct",
        "redact",
        "review",
        "emit",
    )
    assert any("0 of 1 changes made in the review fit no longer" in text for text in told.said)
    assert json.loads(paths.words.read_text())["words"][0]["text"] == "Corrected"
    store.append(paths, [Undo(edit=edit.id)])
    assert _run(replace(job, hear_again=True)).ran == ALL


def test_swapped_roles_stay_swapped(job: Job, ran: list[str]) -> None:
    paths = _run(job).paths
    first = [w["role"] for w in json.loads(paths.words.read_text())["words"]]
    swap = _with(job, transcribe={"swap_roles": True})
    ran.clear()
    for again in (swap, swap, job, replace(job, source=None, id="P03")):
        _run(again)
        roles = [w["role"] for w in json.loads(paths.words.read_text())["words"]]
        assert roles == [{"I": "P", "P": "I"}[role] for role in first]
    assert "transcribe" not in ran
    assert [e.kind for e in store.load(paths).edits] == ["swap_roles"]


def test_roles_that_were_swapped_at_first_stay(job: Job, ran: list[str]) -> None:
    paths = _run(_with(job, transcribe={"swap_roles": True})).paths
    assert _run(job).ran == ()
    assert load(file=paths.settings).transcribe.swap_roles


def test_roles_that_a_person_settled_go_to_whoever_speaks_at_the_time() -> None:
    def heard(roles: str, speakers: str) -> Document:
        words: list[Word] = []
        for n, (role, speaker) in enumerate(zip(roles, speakers, strict=True)):
            words += [w.model_copy(update={"speaker": speaker}) for w in words_of("one two three", role, n, n + 0.9)]
        told = [
            SpeakerRole(speaker=s, role=r, confidence=0.5) for s, r in dict(zip(speakers, roles, strict=True)).items()
        ]
        return Document(id="x", words=tuple(words), roles=tuple(told))

    old, new = heard("IPIP", "abab"), heard("PIPI", "xyxy")
    plain = hearing.with_settled_roles(old, new, [], Settings())
    assert plain == new
    settled = hearing.with_settled_roles(old, new, [SwapRoles()], Settings())
    assert [w.role for w in settled.words] == [w.role for w in old.words]
