"""A study's names, report, verification, retention and purging, with scripted stages between real ones."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import pytest
import yaml

from pipeline.app import study_names, study_report, verify
from pipeline.batch import purge, retention
from pipeline.cli.main import main
from pipeline.core import study_log, studysheet
from pipeline.core.errors import BadInputError, IpaError, KeySheetError, UsageProblem
from pipeline.core.paths import RecordingPaths
from pipeline.release import key, study_key
from pipeline.weights.catalogue import Catalogue
from tests import scripted, sounds

STUDY = """
staff: [{names: [Zebedee Quill], as: nurse}]
retention: {audio: 2027-03-31, identifying: 2030-09-30, transcripts: 2036-09-30}
"""


@pytest.fixture
def study(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two interviews that were run; the current folder holds recordings/ and outputs/."""
    scripted.install(monkeypatch)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "recordings").mkdir()
    for n, name in enumerate(("P01", "P02")):
        sounds.write(tmp_path / "recordings" / f"{name}.wav", sounds.tone(4, hertz=440 + n))
        assert (
            _call("run", f"recordings/{name}.wav", "--set", "emit.formats=[txt]", "--set", "emit.study=PSW", "-q") == 0
        )
    return tmp_path


def _call(*arguments: str) -> int:
    with pytest.raises(SystemExit) as caught:
        main(list(arguments))
    assert isinstance(caught.value.code, int)
    return caught.value.code


def _events(outputs: Path) -> list[tuple[str, str]]:
    return [(e.event, e.id) for e in study_log.read(outputs)][1:]


def test_what_was_done_is_in_the_log_once(study: Path) -> None:
    outputs = study / "outputs"
    assert _call("run", "recordings/P01.wav", "--set", "emit.formats=[txt]", "--set", "emit.study=PSW", "-q") == 0
    assert _events(outputs) == [("run", "P01"), ("run", "P02")]
    assert _call("export", "P01", "-f", "md") == 0
    assert _call("lock", "P01") == 0
    assert _call("key", "export", "P02", "key.csv") == 0
    assert _call("rename", "P02", "P07") == 0
    done = [("export", "P01"), ("lock", "P01"), ("run", "P01"), ("key", "P02"), ("rename", "P07"), ("run", "P07")]
    assert _events(outputs)[2:] == done
    text = study_log.path_of(outputs).read_text()
    assert "Zebedee" not in text
    assert str(study) not in text


def test_a_run_that_was_killed_before_the_log_is_logged_by_the_next(study: Path) -> None:
    path = study_log.path_of(study / "outputs")
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:-1]))
    assert _call("emit", "P02", "-q") == 0
    assert _events(study / "outputs") == [("run", "P01"), ("run", "P02")]


def test_a_damaged_log_takes_no_work_away(study: Path, capsys: pytest.CaptureFixture[str]) -> None:
    study_log.path_of(study / "outputs").write_text("{}\n")
    assert _call("emit", "P02", "--set", "lines.width=50") == 0
    assert "log was not told" in capsys.readouterr().err


def _verify(outputs: Path, *ids: str) -> list[str]:
    said: list[str] = []
    verify.verify(outputs, ids, Catalogue.read(), said.append)
    return said


def test_what_is_whole_is_said_to_be(study: Path) -> None:
    outputs = study / "outputs"
    assert _call("export", "P01", "-f", "md") == 0
    (outputs / "P02" / "share" / "notes.txt").write_text("mine")
    said = "\n".join(_verify(outputs))
    assert "every one follows" in said
    assert "P01: manifest and 6 files" in said
    assert "P02: notes.txt was not written by this program" in said
    shutil.rmtree(outputs / "P01" / "work")
    assert "its working files are gone" in "\n".join(_verify(outputs, "P01"))


@pytest.mark.parametrize(
    ("file", "change", "said"),
    [
        ("share/transcript.txt", "more", "changed after it was written"),
        ("share/transcript.md", "more", "changed after it was written"),
        ("share/report.html", "gone", "it is not there"),
        ("share/manifest.json", "more", "not the one that the log knows"),
        ("share/manifest.json", "{}", "the manifest is damaged"),
        ("share/manifest.json", "gone", "no such file"),
        ("work/40-redact.json", "key", "other stages"),
        ("../study-log.jsonl", "gone", "the log has no entry"),
    ],
)
def test_the_first_thing_that_does_not_hold_is_named(file: str, change: str, said: str, study: Path) -> None:
    assert _call("export", "P01", "-f", "md") == 0
    path = study / "outputs" / "P01" / file
    if change == "gone":
        path.unlink()
    elif change == "key":
        path.write_text(path.read_text().replace('"key":"', '"key":"0', 1))
    else:
        path.write_text(change if change == "{}" else path.read_text() + "\n")
    with pytest.raises(BadInputError, match=said) as caught:
        _verify(study / "outputs", "P01")
    assert caught.value.hint
    assert caught.value.file is not None
    assert caught.value.file.name == (path.name if "log" not in path.name else "manifest.json")


def test_the_report_shows_every_interview_and_no_name(study: Path) -> None:
    outputs = study / "outputs"
    assert _call("lock", "P01") == 0
    study_log.add(outputs, "sign", "P01", heard=1.0)
    (outputs / "P02" / "share" / "report.json").write_text("{}")
    page = study_report.write(outputs)
    text = page.read_text()
    assert page.stat().st_mode & 0o077 == 0
    assert "<h1>Study PSW</h1>" in text
    assert "signed, locked v1" in text
    assert "another version: P02" in text
    assert "Zebedee" not in text
    assert "<script" not in text
    with pytest.raises(UsageProblem, match="no interview"):
        study_report.write(study / "elsewhere")


def test_names_by_interview_and_proposals_that_can_be_pasted(study: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert _call("study", "names") == 0
    out = capsys.readouterr().out
    assert "Zebedee: P01 [name], P02 [name]" in out
    proposed = out.partition("true:\n")[2]
    assert yaml.safe_load(proposed) == {"staff": [{"names": ["Zebedee"], "as": "name"}]}
    assert studysheet.parse(proposed.encode(), "study.yaml").staff
    (study / "recordings" / "study.yaml").write_text(STUDY)
    assert _call("study", "names") == 0
    out = capsys.readouterr().out
    assert "(staff[1] of the study sheet)" in out
    assert "staff:" not in out


def test_proposals_doubt_that_one_name_is_one_person() -> None:
    rows = [
        study_names.Found("PERSON", ["Sarah"], {"P01": "[sister]", "P05": "[friend 2]"}, 4),
        study_names.Found("PLACE", ["Eye"], {"P01": "[town 1]", "P05": "[town 1]"}, 4),
        study_names.Found("PLACE", ["Diss"], {"P01": "[town 2]"}, 9),
        study_names.Found("ORG", ["Mind: the shop"], {"P01": "[organisation]", "P02": "[shop]"}, 2),
        study_names.Found("PERSON", ["Will"], {"P01": "[nurse]", "P02": "[nurse]"}, 2, listed="staff[1]"),
    ]
    text = study_names.proposals(rows, taken={"eye"})
    assert "one person, or several?" in text
    assert yaml.safe_load(text) == {"staff": [{"names": ["Sarah"]}], "teams": ["Mind: the shop"]}


@pytest.mark.parametrize(
    ("today", "due"),
    [(date(2027, 3, 30), []), (date(2027, 3, 31), ["audio"]), (date(2031, 1, 1), ["audio", "identifying"])],
)
def test_what_is_due(today: date, due: list[str], study: Path) -> None:
    (study / "recordings" / "study.yaml").write_text(STUDY)
    rows = retention.due(study / "recordings", study / "outputs", today)
    assert [row.due for row in rows] == ["audio", "identifying", "transcripts"]
    assert [row.due for row in rows if row.has_come] == due
    assert {row.ids for row in rows} == {("P01", "P02")}
    assert [p.name for p in rows[0].files] == ["P01.wav", "P02.wav"]


@pytest.mark.parametrize("text", [None, "staff: []", "retention: {}", "retention: {sound: 2027-01-01}"])
def test_without_dates_retention_says_how_to_give_them(text: str | None, study: Path) -> None:
    if text is not None:
        (study / "recordings" / "study.yaml").write_text(text)
    with pytest.raises((UsageProblem, KeySheetError)) as caught:
        retention.due(study / "recordings", study / "outputs", date(2027, 1, 1))
    assert caught.value.hint


def test_every_command_that_retention_names_does_what_is_due(study: Path) -> None:
    sheet = study / "recordings" / "study.yaml"
    sheet.write_text(STUDY)
    for kind in retention.ORDER:
        for name in ("P01", "P02"):
            command = retention.COMMANDS[kind].format(name).split()[1:]
            if kind != "audio":
                command = [c for c in command if c != "--recordings"]  # gone already
            assert _call(*command, "--yes") == 0
        rows = retention.due(study / "recordings", study / "outputs", date(2040, 1, 1))
        assert [row.due for row in rows if not row.ids] == list(retention.ORDER[: retention.ORDER.index(kind) + 1])
    assert sorted(p.name for p in (study / "recordings").iterdir()) == ["study.yaml"]
    assert not [p for p in (study / "outputs").iterdir() if p.is_dir()]


def test_a_purge_leaves_a_certificate_and_an_entry(study: Path, capsys: pytest.CaptureFixture[str]) -> None:
    recordings, outputs = study / "recordings", study / "outputs"
    (recordings / "study.yaml").write_text(STUDY)
    shutil.move(recordings / "P01.wav", recordings / "Zebedee P01.wav")
    (recordings / "Zebedee P01.yaml").write_text("places: [Diss]")
    assert _call("run", str(recordings / "Zebedee P01.wav"), "--id", "P01", "-q") == 0
    assert _call("purge", "P01", "--recordings", "--key", "--yes") == 0
    captured = capsys.readouterr()
    assert "does not promise" in captured.err
    certificate = Path(captured.out.splitlines()[-1])
    text = certificate.read_text()
    assert "SSD" in text
    assert "Zebedee" not in text
    entry = study_log.read(outputs)[-1]
    assert (entry.event, entry.id, entry.details["recordings"]) == ("purge", "P01", 2)
    assert entry.sha256 in text
    assert sorted(p.name for p in recordings.iterdir()) == ["P02.wav", "study.yaml"]
    assert not (outputs / "P01").exists()
    assert (outputs / "P02").is_dir()
    entries = key.load(study_key.path_of(outputs), key.find_secret()).entries
    assert all("P01" not in e.interviews for e in entries)


def test_nothing_is_deleted_where_something_is_wrong(study: Path, tmp_path: Path) -> None:
    outputs = study / "outputs"
    before = sorted(p for p in study.rglob("*") if p.is_file())
    (tmp_path / "empty").mkdir()
    with pytest.raises(UsageProblem, match="not in this folder"):
        purge.plan(outputs, "P01", "everything", recordings=tmp_path / "empty", with_key=False)
    log = study_log.path_of(outputs)
    text = log.read_text()
    log.write_text(text.replace('"files":', '"filez":'))
    with pytest.raises(IpaError, match="was changed"):
        purge.plan(outputs, "P01", "everything", recordings=None, with_key=False)
    log.write_text(text)
    assert sorted(p for p in study.rglob("*") if p.is_file()) == before


@pytest.mark.parametrize(("what", "left"), [("audio", "words.json"), ("identifying", "")])
def test_parts_of_an_interview(what: purge.What, left: str, study: Path) -> None:
    paths = RecordingPaths(study / "outputs", "P01")
    purge.carry_out(purge.plan(paths.outputs, "P01", what, recordings=None, with_key=False))
    assert not paths.audio.exists()
    assert paths.words.is_file() == bool(left)
    assert (paths.share / "transcript.txt").is_file()
    assert (study / "recordings" / "P01.wav").is_file()
    if what == "audio":
        assert _call("emit", "P01", "-q") == 0
