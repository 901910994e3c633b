"""What is printed: groups, ten lines at the end, nothing but paths with -q, the nearest word for a mistyped one."""

from __future__ import annotations

import json
from pathlib import Path

import click
import pytest

from pipeline.cli import group
from pipeline.cli.group import cli
from pipeline.cli.main import main
from pipeline.core.document import Note
from pipeline.stages.base import StageResult
from tests import scripted, sounds


@pytest.fixture
def study(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    scripted.install(monkeypatch)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    Path("recordings").mkdir()
    sounds.write(Path("recordings/P03.wav"), sounds.tone(4))
    Path("study.yaml").write_text("emit: {formats: [txt, json]}\n")
    return tmp_path


RUN = ("run", "recordings/P03.wav", "--settings", "study.yaml")


def _call(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    capsys.readouterr()
    with pytest.raises(SystemExit) as caught:
        main(list(arguments))
    assert isinstance(caught.value.code, int)
    return (caught.value.code, *capsys.readouterr())


def test_every_command_is_in_one_group() -> None:
    listed = [name for names in group.SECTIONS.values() for name in names]
    assert sorted(listed) == sorted(cli.commands)
    sections = ["Everyday", "Single stages", "Finished transcripts", "Whole study", "Weights and machine"]
    assert list(group.SECTIONS) == sections


def test_help_lists_the_groups_and_cuts_no_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = _call(capsys, "--help")
    assert [line for line in out.splitlines() if line.rstrip(":") in group.SECTIONS] == [
        f"{h}:" for h in group.SECTIONS
    ]
    assert "..." not in out.split("Everyday:")[1]


def test_a_stage_names_what_it_uses_itself_first() -> None:
    def shown(name: str) -> str:
        command = cli.commands[name]  # which keeps its --help as the first context has it
        return command.get_help(click.Context(command, **command.context_settings))

    own, other = shown("emit").split("For stages before it")
    assert "--audio" in own
    assert "--swap-roles" in other
    assert "For stages before it" not in shown("ingest")


def test_a_finished_run_fits_ten_lines(
    study: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    notes = [Note(code=f"n{n}", message="A long sentence on what is wrong. " * 20, stage="redact") for n in range(9)]
    real = scripted.Redact.run

    def noisy(self: scripted.Redact, document, settings, context) -> StageResult:  # type: ignore[no-untyped-def]
        result = real(self, document, settings, context)
        return StageResult(result.document.noting(*notes))

    monkeypatch.setattr(scripted.Redact, "run", noisy)
    code, _, _ = _call(capsys, *RUN, "-q")  # the key file is made, and said, once
    assert code == 0
    _, out, err = _call(capsys, *RUN, "--force")
    assert out.splitlines() == ["outputs/P03/share/transcript.txt", "outputs/P03/share/report.html"]
    printed = [line for line in err.splitlines() if not line.startswith("Recognising")]
    assert len(printed) + 2 <= 10, err
    said = " ".join(err.split())
    count = len(json.loads(Path("outputs/P03/share/report.json").read_text())["attention"])
    assert count > 1
    assert f"{count} places want a look" in said
    assert "Next: `ipa review P03`: listen, correct and sign, then `ipa lock P03`" in said
    assert "more in the report)" in said
    _, again, err = _call(capsys, *RUN)
    assert again == out
    assert "up to date" in err


def test_a_single_stage_names_the_next(study: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _, out, err = _call(capsys, "diarise", "recordings/P03.wav")
    assert out == "outputs/P03/work\n"
    assert "Next: `ipa transcribe P03`" in err


def test_quiet_prints_nothing_but_paths(study: Path, capsys: pytest.CaptureFixture[str]) -> None:
    edited = Path("outputs/P03/share/transcript.txt")
    for arguments in (
        RUN,
        ("export", "P03", "-f", "csv"),
        ("lock", "P03"),
        ("lock", "P03", "--new-version"),
        ("lock", "P03", "--diff"),
        ("key", "rekey", "P03", "--new-key-file", "new-key"),
        ("status",),
        ("models", "verify", "segmentation-3.0"),
    ):
        if arguments[0] == "export":
            edited.write_text("by hand")  # which a run without -q would say
        code, out, err = _call(capsys, *arguments, "-q")
        if arguments[0] != "models":  # weights may not be here: an error may be said then
            assert (code, err) == (0, ""), arguments
        assert all(Path(line).exists() for line in out.splitlines()), (arguments, out)


def test_quiet_rename_and_purge(
    study: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert _call(capsys, *RUN, "-q")[0] == 0
    code, out, err = _call(capsys, "rename", "P03", "P08", "-q")
    assert (code, err) == (0, "")
    assert out.splitlines()[0] == "outputs/P08/share/transcript.txt"
    code, out, err = _call(capsys, "purge", "P08", "--yes", "-q")
    assert (code, err) == (0, "")
    assert out.startswith("outputs/purged-P08-")  # the certificate


@pytest.mark.parametrize(
    ("arguments", "near"),
    [
        (["rnu", "x.wav"], "'run'"),
        (["statsu"], "'status'"),
        (["models", "fecth"], "'fetch'"),
        (["run", "x.wav", "--speeker", "2"], "--speakers"),
        (["run", "x.wav", "--preset", "balenced"], "'balanced'"),
        (["run", "x.wav", "--device", "cude"], "'cuda'"),
        (["export", "P03", "-f", "docs"], "'docx'"),
        (["run", "recordings/P03.wav", "--set", "emit.formats=txt,docs"], "'docx'"),
        (["run", "recordings/P03.wav", "--set", "emit.formats=[tx]"], "'txt'"),
        (["batch", "recordings", "--set", "emit.formats=docs"], "'docx'"),
        (["run", "x.wav", "--set", "lines.widht=72"], "'lines.width'"),
        (["run", "x.wav", "--set", "redact.style=pseudonim"], "'pseudonym'"),
        (["models", "verify", "whisper-bas"], "'whisper-base'"),
        (["run", "recordings/P03.wav", "--earlier", "P3"], "'P03'"),
        (["export", "P3", "-f", "csv"], "'P03'"),
        (["emit", "P3"], "'P03'"),
        (["run", "P3"], "'P03'"),
        (["lock", "P3"], "'P03'"),
        (["rename", "P3", "P9"], "'P03'"),
        (["key", "show", "P3"], "'P03'"),
        (["purge", "P3", "--yes"], "'P03'"),
        (["status", "P3"], "'P03'"),
    ],
)
def test_a_mistyped_word_proposes_the_nearest(
    study: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], near: str
) -> None:
    assert _call(capsys, *RUN, "-q")[0] == 0
    code, out, err = _call(capsys, *arguments)
    assert code in (2, 3)
    assert out == ""
    assert "did you mean" in err.lower()
    assert near in err


def test_what_resembles_nothing_proposes_nothing(study: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for arguments in (["xyzzy"], ["run", "x.wav", "--device", "qqqq"], ["export", "ZZZ", "-f", "csv"]):
        assert "did you mean" not in _call(capsys, *arguments)[2].lower()


def test_status_is_a_narrow_table(study: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert _call(capsys, *RUN, "-q")[0] == 0
    long = "P" + "0123456789" * 6
    sounds.write(Path(f"recordings/{long}.wav"), sounds.tone(4))
    _, out, _ = _call(capsys, "status")
    assert max(map(len, out.splitlines())) <= 100
    row = next(line for line in out.splitlines() if line.startswith("P03"))
    assert "finished" in row
    assert "emit" in row
    rows = json.loads(_call(capsys, "status", "--json")[1])
    assert [entry["id"] for entry in rows] == [long, "P03"]
    assert _call(capsys, "status", "-q")[1] == "outputs/P03/share/transcript.txt\n"
    assert "! P03: " in _call(capsys, "status", "P03")[1]


def test_status_of_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    code, out, err = _call(capsys, "status")
    assert (code, out) == (0, "")
    assert "no recordings in recordings" in err
    assert _call(capsys, "status", "--json")[1] == "[]\n"
