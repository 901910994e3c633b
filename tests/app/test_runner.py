"""Resume, keys, ids, locks: with scripted stages between the real ingest and the real emit."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pipeline.app import export_and_lock, import_typed, runner
from pipeline.app.runner import Job
from pipeline.core.errors import BadInputError, InterruptedRunError, IpaError, KeyFileError, ResourceError, UsageProblem
from pipeline.core.progress import Silent
from pipeline.core.settings import build, load
from pipeline.release import key
from pipeline.weights.catalogue import Catalogue
from tests import scripted, sounds


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    return scripted.install(monkeypatch)


@pytest.fixture
def job(tmp_path: Path) -> Job:
    source = sounds.write(tmp_path / "P03.wav", sounds.tone(4.0))
    return Job(source, tmp_path / "outputs", build({"emit": {"formats": ["txt", "json", "csv"]}}))


def _run(job: Job) -> runner.Result:
    return runner.run(job, Silent(), Catalogue.read())


def test_a_whole_run_writes_the_contract(job: Job, ran: list[str]) -> None:
    result = _run(job)
    paths = result.paths
    assert result.ran == ("ingest", "diarise", "transcribe", "redact", "emit")
    assert sorted(p.name for p in paths.work.iterdir()) == [
        "10-ingest.json",
        "20-diarise.json",
        "30-transcribe.json",
        "40-redact.json",
        "50-emit.json",
        "published.json",
        "settings.json",
    ]
    words = json.loads(paths.words.read_text())["words"]
    assert [w["redaction"] for w in words if w["text"].startswith("Zebedee")] == ["PERSON", "PERSON"]
    assert {w["entity"] for w in words} == {None, "E1"}
    assert "SPEAKER P03 1 0.000 1.000 <NA> <NA> I" in paths.rttm.read_text()
    assert "Zebedee" in paths.words.read_text()


def test_nothing_shared_holds_what_was_replaced_or_where_it_came_from(job: Job, ran: list[str]) -> None:
    paths = _run(job).paths
    for path in paths.share.iterdir():
        text = path.read_bytes().decode("utf-8")
        assert "Zebedee" not in text
        assert str(job.outputs.parent) not in text
        assert "P03.wav" not in text
    assert "[name]" in (paths.share / "transcript.txt").read_text()


def test_private_files_are_private(job: Job, ran: list[str]) -> None:
    paths = _run(job).paths
    if os.name != "nt":
        for folder in (paths.work, paths.private):
            assert folder.stat().st_mode & 0o077 == 0
            for path in folder.iterdir():
                assert path.stat().st_mode & 0o077 == 0, path


def test_a_second_run_does_nothing(job: Job, ran: list[str]) -> None:
    _run(job)
    ran.clear()
    result = _run(job)
    assert result.ran == ()
    assert ran == []


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"redact": {"style": "pseudonym"}}, ["redact"]),
        ({"lines": {"width": 50}}, []),
    ],
)
def test_a_changed_setting_runs_what_depends_on_it(
    job: Job, ran: list[str], change: dict[str, dict[str, object]], expected: list[str]
) -> None:
    _run(job)
    ran.clear()
    raw = {**job.settings.model_dump(mode="json", include={"emit"}), **change}
    result = _run(replace(job, settings=build(raw)))
    assert ran == expected
    assert result.ran[-1] == "emit"


def test_force_runs_everything_that_follows_what_was_heard(job: Job, ran: list[str]) -> None:
    assert _run(replace(job, force=True)).ran == ("ingest", "diarise", "transcribe", "redact", "emit")
    assert _run(replace(job, force=True)).ran == ("redact", "emit")


def test_one_stage_at_a_time(job: Job, ran: list[str]) -> None:
    assert _run(replace(job, until="diarise")).ran == ("ingest", "diarise")
    assert _run(replace(job, until="transcribe")).ran == ("transcribe",)
    assert _run(job).ran == ("redact", "emit")


def test_by_id_without_the_recording(job: Job, ran: list[str]) -> None:
    _run(replace(job, until="transcribe"))
    stored = replace(job, source=None, id="P03")
    assert _run(stored).ran == ("redact", "emit")
    assert job.source is not None
    assert _run(job).ran == ()


@pytest.mark.parametrize("damage", ["truncate", "remove", "garbage"])
@pytest.mark.parametrize("snapshot", ["10-ingest", "20-diarise", "30-transcribe", "40-redact", "50-emit"])
def test_a_damaged_snapshot_is_made_again(job: Job, ran: list[str], snapshot: str, damage: str) -> None:
    paths = _run(job).paths
    shared = (paths.share / "transcript.txt").read_bytes()
    for path in sorted(paths.work.iterdir()):
        if path.stem != "settings" and path.stem >= snapshot:
            if damage == "remove":
                path.unlink()
            else:
                path.write_bytes(path.read_bytes()[: 40 if damage == "truncate" else 0] + b"\x00?")
    assert _run(job).ran[-1] == "emit"
    assert (paths.share / "transcript.txt").read_bytes() == shared


def test_a_lost_product_is_made_again(job: Job, ran: list[str]) -> None:
    paths = _run(job).paths
    (paths.share / "transcript.csv").unlink()
    assert _run(job).ran == ("emit",)
    assert (paths.share / "transcript.csv").is_file()


def test_a_lost_working_copy_is_decoded_again(job: Job, ran: list[str]) -> None:
    paths = _run(replace(job, until="ingest")).paths
    paths.audio.unlink()
    assert _run(job).ran[0] == "ingest"


def test_the_id_of_another_recording_is_refused(job: Job, ran: list[str], tmp_path: Path) -> None:
    _run(job)
    other = sounds.write(tmp_path / "other.wav", sounds.tone(3.0))
    with pytest.raises(UsageProblem, match="belongs to another recording") as caught:
        _run(replace(job, source=other, id="P03"))
    assert "purge P03" in str(caught.value)


def test_id_comes_from_option_then_key_sheet_then_name(job: Job, ran: list[str]) -> None:
    assert job.source is not None
    assert runner.identify(job, runner.load_sheets(job)) == "P03"
    job.source.with_suffix(".yaml").write_text("id: S1-P03\n")
    assert runner.identify(job, runner.load_sheets(job)) == "S1-P03"
    assert runner.identify(replace(job, id="X"), runner.load_sheets(job)) == "X"


def test_a_stored_recording_keeps_its_settings_and_its_names(job: Job, ran: list[str]) -> None:
    assert job.source is not None
    job.source.with_suffix(".yaml").write_text("id: P03\nplaces: [Diss]\n")
    mine = build({"emit": {"formats": ["txt"]}, "transcribe": {"beam_size": 2}})
    _run(replace(job, settings=mine))
    kept = runner.stored_settings(job.outputs, "P03")
    assert kept is not None
    again = replace(job, source=None, id="P03", settings=load(file=kept))
    assert runner.load_sheets(again) == runner.load_sheets(job)
    assert _run(again).ran == ()


def test_replacements_of_an_earlier_interview_are_known(job: Job, ran: list[str]) -> None:
    _run(job)
    raw = {**job.settings.model_dump(mode="json", include={"emit"}), "redact": {"earlier": "P03"}}
    later = replace(job, id="P03-2", settings=build(raw))
    prepared = runner.prepare(later, Silent(), Catalogue.read())
    assert prepared.context.earlier == {"zebedee": "[name]"}


def test_nothing_stored(job: Job, ran: list[str]) -> None:
    with pytest.raises(BadInputError, match="nothing stored"):
        _run(replace(job, source=None, id="P99"))


def test_missing_recording_leaves_no_folder(job: Job, ran: list[str]) -> None:
    with pytest.raises(BadInputError, match="no such file"):
        _run(replace(job, source=job.outputs / "missing.wav"))
    assert not job.outputs.exists()


def _damaged_key_file(folder: Path) -> str:
    (folder / "key").write_text("not a key file")
    return str(folder / "key")


#: What is wrong with the key: environment from a folder of the test, whether the key is there and locked, what is said.
UNREADY = {
    "a weak passphrase": (lambda folder: {"IPA_PASSPHRASE": "weak"}, False, "8 characters"),
    "no such key file": (lambda folder: {"IPA_KEY_FILE": str(folder / "none")}, False, "no such file"),
    "a folder as key file": (lambda folder: {"IPA_KEY_FILE": str(folder)}, False, "this is a folder"),
    "below a file": (lambda folder: {"IPA_KEY_FILE": f"{folder / 'P03.wav'}/key"}, False, "no such file"),
    "a damaged key file": (lambda folder: {"IPA_KEY_FILE": _damaged_key_file(folder)}, False, "not a key file"),
    "no place for a key file": (lambda folder: {"XDG_CONFIG_HOME": str(folder / "P03.wav")}, False, "no key file can"),
    "another passphrase": (lambda folder: {"IPA_PASSPHRASE": "another one"}, True, "not the one it was locked with"),
    "a damaged key": (lambda folder: {"IPA_PASSPHRASE": "the right one"}, None, "the key is damaged"),
    "the key file is lost": (lambda folder: {"XDG_CONFIG_HOME": str(folder / "new")}, True, "no passphrase"),
}


@pytest.fixture(params=UNREADY)
def unready(request: pytest.FixtureRequest, job: Job, monkeypatch: pytest.MonkeyPatch) -> str:
    """Something is wrong with the key of P03; returns what has to be said."""
    if os.name == "nt":
        pytest.skip("the configuration folder has another name there")
    environment, locked, said = UNREADY[request.param]
    path = runner.RecordingPaths(job.outputs, "P03").key
    if locked is not False:
        path.parent.mkdir(parents=True)
        key.save(path, key.Key(id="P03"), key.passphrase("the right one"))
    if locked is None:
        path.write_bytes(path.read_bytes()[:-40])
    assert job.source is not None
    for name, value in environment(job.source.parent).items():
        monkeypatch.setenv(name, value)
    return said


def test_the_key_is_tried_before_the_first_stage(job: Job, ran: list[str], unready: str) -> None:
    key_before = [path.read_bytes() for path in job.outputs.rglob("key.enc")]
    with pytest.raises(IpaError, match=unready) as caught:
        _run(job)
    assert caught.value.exit_code in (2, 3)
    assert caught.value.hint
    assert ran == []
    paths = runner.RecordingPaths(job.outputs, "P03")
    assert not paths.work.exists()
    assert not paths.audio.exists()
    assert [path.read_bytes() for path in job.outputs.rglob("key.enc")] == key_before


def test_the_key_is_tried_before_a_typed_transcript_is_read(
    job: Job, ran: list[str], unready: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert job.source is not None
    typed = job.source.with_suffix(".txt")
    typed.write_text("I: So, how was it?\nP: Fine.\n")
    monkeypatch.setattr(import_typed.typed, "read", lambda *_, **__: pytest.fail("read before the key was tried"))
    with pytest.raises(IpaError, match=unready):
        import_typed.store(replace(job, source=typed, id="P03"), Silent())
    assert not runner.RecordingPaths(job.outputs, "P03").work.exists()


def test_what_needs_no_key_asks_for_none(job: Job, ran: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IPA_PASSPHRASE", "weak")
    assert _run(replace(job, until="redact")).ran == ("ingest", "diarise", "transcribe", "redact")
    with pytest.raises(UsageProblem, match="8 characters"):
        _run(job)
    monkeypatch.delenv("IPA_PASSPHRASE")
    assert _run(job).ran == ("emit",)
    monkeypatch.setenv("IPA_PASSPHRASE", "weak")
    assert _run(job).ran == ()


def test_the_key_is_locked_with_the_secret_that_was_tried(
    job: Job, ran: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also if the key file is gone when the last stage writes it: a stick that was pulled out."""
    assert job.source is not None
    file = job.source.with_name("key")
    secret = key.make_key_file(file)
    monkeypatch.setenv("IPA_KEY_FILE", str(file))
    inner = scripted.Redact.run

    def pull_out(*arguments: Any) -> Any:
        file.unlink()
        return inner(*arguments)

    monkeypatch.setattr(scripted.Redact, "run", pull_out)
    assert [entry.forms for entry in key.load(_run(job).paths.key, secret).entries] == [("Zebedee",)]


def test_the_key_is_tried_before_lines_are_locked(job: Job, ran: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    paths = _run(job).paths
    monkeypatch.setenv("IPA_PASSPHRASE", "another one")
    with pytest.raises(KeyFileError, match="it was locked with a key file"):
        export_and_lock.lock(job.outputs, "P03", job.settings)
    assert not paths.lock.exists()
    assert not (paths.private / "lock.json").exists()
    # A further format holds nothing of the key, and asks for nothing.
    assert export_and_lock.export(job.outputs, "P03", ["srt"], job.settings) == [paths.share / "transcript.srt"]


def test_two_runs_of_one_recording_do_not_mix(job: Job, ran: list[str]) -> None:
    if os.name == "nt":
        pytest.skip("no file locks here")
    import fcntl

    paths = _run(replace(job, until="ingest")).paths
    with (paths.root / ".lock").open("w") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        with pytest.raises(UsageProblem, match="another run"):
            _run(job)


@pytest.mark.parametrize(
    ("raised", "kind", "code"), [(KeyboardInterrupt, InterruptedRunError, 130), (MemoryError, ResourceError, 6)]
)
def test_a_stage_that_breaks_off_keeps_the_stages_before(
    job: Job,
    ran: list[str],
    monkeypatch: pytest.MonkeyPatch,
    raised: type[BaseException],
    kind: type[IpaError],
    code: int,
) -> None:
    with monkeypatch.context() as broken:

        def fail(*_: object) -> None:
            raise raised

        broken.setattr(scripted.Transcribe, "run", fail)
        with pytest.raises(kind) as caught:
            _run(job)
    assert caught.value.exit_code == code
    assert _run(job).ran == ("transcribe", "redact", "emit")


def test_no_disk_space(job: Job, ran: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    import shutil

    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(10**9, 10**9, 10**6))  # type: ignore[attr-defined]
    with pytest.raises(ResourceError, match="not enough disk space"):
        _run(job)


@pytest.mark.skipif(not Path("/sys/kernel").is_dir(), reason="no /sys here")
def test_read_only_outputs(job: Job, ran: list[str]) -> None:
    """A folder of the kernel, in which the superuser may write nothing either."""
    with pytest.raises(UsageProblem, match="cannot be written"):
        _run(replace(job, outputs=Path("/sys/kernel")))
    assert ran == []
