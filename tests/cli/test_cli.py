"""The command line: exit codes, messages, what goes to which stream."""

from __future__ import annotations

import io
import json
import sqlite3
import subprocess
import sys
from pathlib import Path

import click
import pytest

from pipeline.cli.group import cli
from pipeline.cli.main import main
from pipeline.core import offline
from pipeline.stages.base import StageResult
from tests import scripted, sounds
from tests.core.test_seccomp import here


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    return scripted.install(monkeypatch)


@pytest.fixture
def quick(tmp_path: Path) -> list[str]:
    """Options that write few formats, to a folder of the test."""
    (tmp_path / "quick.yaml").write_text("emit: {formats: [txt, json]}\n")
    return ["--settings", str(tmp_path / "quick.yaml"), "-o", str(tmp_path / "outputs")]


def _call(*arguments: str) -> int:
    with pytest.raises(SystemExit) as caught:
        main(list(arguments))
    assert isinstance(caught.value.code, int)
    return caught.value.code


def _all_commands(group: click.Group, prefix: str = "") -> list[tuple[str, click.Command]]:
    found = []
    for name in group.list_commands(click.Context(group)):
        command = group.commands[name]
        if isinstance(command, click.Group):
            found += _all_commands(command, f"{prefix}{name} ")
        else:
            found.append((prefix + name, command))
    return found


@pytest.mark.parametrize(("name", "command"), _all_commands(cli))
def test_every_command_and_option_has_help(name: str, command: click.Command) -> None:
    assert command.help, name
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            assert parameter.help, f"{name} {parameter.name}"


@pytest.mark.parametrize(
    "name",
    [
        "run",
        "ingest",
        "diarise",
        "transcribe",
        "redact",
        "emit",
        "import",
        "batch",
        "export",
        "lock",
        "rename",
        "purge",
        "retention",
        "verify",
    ],
)
def test_help_carries_an_example(name: str) -> None:
    assert f"ipa {name} " in (cli.commands[name].help or "")


def test_results_go_to_stdout_and_nothing_else(
    tmp_path: Path, ran: list[str], quick: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    source = sounds.write(tmp_path / "P03.wav", sounds.tone(4))
    assert _call("run", str(source), "--quiet", *quick) == 0
    out, err = capsys.readouterr()
    lines = [Path(line) for line in out.splitlines()]
    assert tmp_path / "outputs" / "P03" / "share" / "transcript.txt" in lines
    assert all(path.is_file() for path in lines)
    assert err == ""


@pytest.mark.parametrize("name", ["with space.wav", "it's.wav", 'say "hi".wav', "smile 😀.wav", "-dash.wav"])
def test_odd_names(
    tmp_path: Path, ran: list[str], quick: list[str], name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    sounds.write(tmp_path / name, sounds.tone(4))
    monkeypatch.chdir(tmp_path)
    assert _call("run", "--quiet", *quick, "--", name) == 0
    (folder,) = (path for path in (tmp_path / "outputs").iterdir() if path.is_dir())
    shared = b"".join(path.read_bytes() for path in (folder / "share").iterdir())
    assert name.encode() not in shared


def test_json_logs(tmp_path: Path, ran: list[str], quick: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    source = sounds.write(tmp_path / "P03.wav", sounds.tone(4))
    assert _call("run", str(source), "--json-logs", *quick) == 0
    events = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert [e["stage"] for e in events if e["event"] == "stage"] == [
        "ingest",
        "diarise",
        "transcribe",
        "redact",
        "emit",
    ]


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["run", "missing.wav"], 3, "no such file"),
        (["run"], 2, "Missing argument"),
        (["run", "x.wav", "--device", "tpu"], 2, "tpu"),
        (["run", "x.wav", "--settings", "nowhere.yaml"], 3, "no such file"),
        (["batch", "nowhere"], 3, "no such folder"),
        (["batch", ".", "--until", "25:00"], 2, "a time of day, such as 07:00"),
        (["batch", ".", "--until", "7"], 2, "a time of day, such as 07:00"),
        (["batch", ".", "--shard", "3/2"], 2, "--shard 2/8"),
        (["batch", ".", "--watch", "--force"], 2, "would never end"),
        (["batch", ".", "--jobs", "0"], 2, "0"),
        (["nonsense"], 2, "No such command"),
        (["models", "verify", "nonsense"], 2, "no weights 'nonsense'"),
        (["export", "P99", "--format", "pdf"], 3, "nothing stored"),
        (["purge", "P99", "--yes"], 2, "nothing stored"),
        (["purge", "../x", "--yes"], 2, "cannot be the id"),
    ],
)
def test_errors_have_codes_and_words(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    code: int,
    said: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    assert _call(*arguments) == code
    err = capsys.readouterr().err
    assert said in err
    assert "Traceback" not in err
    assert not (tmp_path / "outputs").exists()


def test_unexpected_errors_never_quote_what_was_said(
    tmp_path: Path,
    ran: list[str],
    quick: list[str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def fail(*_: object) -> None:
        raise ValueError("Zebedee said something private")

    monkeypatch.setattr(scripted.Redact, "run", fail)
    source = sounds.write(tmp_path / "P03.wav", sounds.tone(4))
    assert _call("run", str(source), *quick) == 1
    err = capsys.readouterr().err
    assert "unexpected ValueError" in err
    assert "Zebedee" not in err
    assert _call("run", str(source), "--debug", *quick) == 1
    assert "Traceback" in capsys.readouterr().err


def test_interruption(
    tmp_path: Path,
    ran: list[str],
    quick: list[str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(scripted.Diarise, "run", interrupt)
    source = sounds.write(tmp_path / "P03.wav", sounds.tone(4))
    assert _call("run", str(source), *quick) == 130


def test_stage_commands_take_a_path_or_an_id(
    tmp_path: Path, ran: list[str], quick: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    source = sounds.write(tmp_path / "P03.wav", sounds.tone(4))
    assert _call("diarise", str(source), *quick) == 0
    assert ran == ["diarise"]
    assert _call("transcribe", "P03", "-o", str(tmp_path / "outputs")) == 0
    assert ran == ["diarise", "transcribe"]
    assert _call("emit", "P03", "-o", str(tmp_path / "outputs")) == 0
    assert ran == ["diarise", "transcribe", "redact"]


def test_export_lock_purge(
    tmp_path: Path, ran: list[str], quick: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    source = sounds.write(tmp_path / "P03.wav", sounds.tone(4))
    outputs = ["-o", str(tmp_path / "outputs")]
    assert _call("run", str(source), "--quiet", *quick) == 0
    capsys.readouterr()
    assert _call("export", "P03", "-f", "csv", "-f", "vtt", "--to", str(tmp_path / "out"), *outputs) == 0
    assert capsys.readouterr().out.split() == [str(tmp_path / "out" / f"transcript.{x}") for x in ("csv", "vtt")]
    assert _call("lock", "P03", *outputs) == 0
    assert _call("lock", "P03", *outputs) == 2
    assert _call("lock", "P03", "--diff", *outputs) == 0
    assert "every line is as it was locked" in capsys.readouterr().err
    assert _call("lock", "P03", "--new-version", *outputs) == 0
    assert "v1 stays and no new version was made" in " ".join(capsys.readouterr().err.split())
    lock = json.loads((tmp_path / "outputs" / "P03" / "share" / "lock.json").read_text())
    assert (lock["version"], lock["maps"]) == ("v1", [])
    assert ran == ["diarise", "transcribe", "redact"]
    assert _call("purge", "P03", "--yes", *outputs) == 0
    assert not (tmp_path / "outputs" / "P03").exists()
    assert source.exists()


@pytest.mark.slow
def test_a_new_secret_is_made_only_where_the_old_one_opens_the_key(
    tmp_path: Path,
    ran: list[str],
    quick: list[str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    source = sounds.write(tmp_path / "P03.wav", sounds.tone(4))
    monkeypatch.setenv("IPA_PASSPHRASE", "the right one")
    assert _call("run", str(source), "--quiet", *quick) == 0
    new = tmp_path / "new" / "key"
    rekey = ["key", "rekey", "P03", "--new-key-file", str(new), "-o", str(tmp_path / "outputs")]
    monkeypatch.setenv("IPA_PASSPHRASE", "another one")
    assert _call(*rekey) == 3
    assert "not the one it was locked with" in capsys.readouterr().err
    assert not new.parent.exists()
    monkeypatch.setenv("IPA_PASSPHRASE", "the right one")
    assert _call(*rekey) == 0
    assert _call("key", "show", "P03", "--key-file", str(new), "-o", str(tmp_path / "outputs")) == 0
    assert "Zebedee" in capsys.readouterr().out


def test_id_for_several_recordings_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert _call("run", "a.wav", "b.wav", "--id", "P03") == 2
    assert "--id names one recording" in capsys.readouterr().err


def test_purge_that_is_declined_deletes_nothing_and_says_so(
    tmp_path: Path,
    ran: list[str],
    quick: list[str],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    source = sounds.write(tmp_path / "P03.wav", sounds.tone(4))
    assert _call("run", str(source), "--quiet", *quick) == 0
    before = sorted((tmp_path / "outputs" / "P03").rglob("*"))
    capsys.readouterr()
    for answer in ("n\n", "\n"):
        monkeypatch.setattr("sys.stdin", io.StringIO(answer))
        assert _call("purge", "P03", "-o", str(tmp_path / "outputs")) == 0
        out, err = capsys.readouterr()
        assert out == ""
        assert err.endswith("nothing deleted\n")
    assert sorted((tmp_path / "outputs" / "P03").rglob("*")) == before


@pytest.mark.parametrize(
    ("typed", "kind", "near"),
    [("P3.wav", "run", "'P03.wav'"), ("p03.wav", "run", "'P03.wav'"), ("recordigns", "batch", "'recordings'")],
)
def test_a_missing_file_proposes_the_nearest_name(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], typed: str, kind: str, near: str
) -> None:
    (tmp_path / "P03.wav").touch()
    (tmp_path / "recordings").mkdir()
    assert _call(kind, str(tmp_path / typed), "-o", str(tmp_path / "outputs")) == 3
    assert f"did you mean {near}?" in capsys.readouterr().err


def test_a_missing_file_that_resembles_none_proposes_none(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "minutes-of-the-meeting.txt").touch()
    (tmp_path / "P03.wav").mkdir()  # a folder is not proposed for a file
    assert _call("run", str(tmp_path / "P3.wav"), "-o", str(tmp_path / "outputs")) == 3
    assert "did you mean" not in capsys.readouterr().err


@pytest.mark.slow
def test_what_is_wrong_with_a_recording_of_a_batch_is_printed_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "recordings"
    folder.mkdir()
    (folder / "P01.wav").write_bytes(b"not a recording at all")
    assert _call("batch", str(folder), "-o", str(tmp_path / "outputs")) == 5
    err = " ".join(capsys.readouterr().err.split())
    database = sqlite3.connect(tmp_path / "outputs" / "batch.sqlite")
    message = database.execute("SELECT error FROM recordings").fetchone()[0].split("\n")[0]
    database.close()
    assert len(message) > 20
    assert err.count(message.split(": ", 1)[-1]) == 1
    assert "P01.wav failed see above" in err


def test_an_export_with_sound_puts_it_beside_the_file_that_links_to_it(
    tmp_path: Path, ran: list[str], quick: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    source = sounds.write(tmp_path / "P03.wav", sounds.tone(4))
    outputs, out = ["-o", str(tmp_path / "outputs")], tmp_path / "out"
    assert _call("run", str(source), "--quiet", *quick) == 0
    assert _call("export", "P03", "-f", "eaf", "--with-audio", "--to", str(out), *outputs) == 2
    assert "ipa emit P03 --audio" in capsys.readouterr().err
    assert not out.exists()
    private = tmp_path / "outputs" / "P03" / "private"
    (private / "listening-copy.flac").write_bytes(b"fLaC silenced")
    assert _call("export", "P03", "-f", "eaf", "--with-audio", *outputs) == 2
    assert "--to" in capsys.readouterr().err
    assert _call("export", "P03", "-f", "eaf", "--with-audio", "--to", str(out), *outputs) == 0
    printed = capsys.readouterr().out.split()
    assert printed == [str(out / "listening-copy.flac"), str(out / "transcript.eaf")]
    assert (out / "listening-copy.flac").read_bytes() == b"fLaC silenced"
    assert 'RELATIVE_MEDIA_URL="./listening-copy.flac"' in (out / "transcript.eaf").read_text()
    assert _call("export", "P03", "-f", "vtt", "--with-audio", "--to", str(tmp_path / "captions"), *outputs) == 0
    assert [path.name for path in (tmp_path / "captions").iterdir()] == ["transcript.vtt"]


def test_an_export_from_before_is_written_again_with_the_new_replacements(
    tmp_path: Path, ran: list[str], quick: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name that was found later must not live on in a file that was exported earlier."""
    source = sounds.write(tmp_path / "P03.wav", sounds.tone(4))
    share, outputs = tmp_path / "outputs" / "P03" / "share", ["-o", str(tmp_path / "outputs")]
    with monkeypatch.context() as blind:
        blind.setattr(scripted.Redact, "run", lambda self, document, settings, context: StageResult(document))
        blind.setattr(scripted.Redact, "version", "blind")
        assert _call("run", str(source), "--quiet", *quick) == 0
        assert _call("export", "P03", "-f", "srt", "-f", "html", *outputs) == 0
    assert "Zebedee" in (share / "transcript.srt").read_text()
    assert _call("run", str(source), "--quiet", *quick) == 0
    for path in share.iterdir():
        assert "Zebedee" not in path.read_text(), path.name
    assert "[name]" in (share / "transcript.srt").read_text()


def test_an_interrupted_export_leaves_nothing_in_share(
    tmp_path: Path, ran: list[str], quick: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Unchecked files are never in share/, not even for the moment of the check."""
    source = sounds.write(tmp_path / "P03.wav", sounds.tone(4))
    assert _call("run", str(source), "--quiet", *quick) == 0
    share = tmp_path / "outputs" / "P03" / "share"
    before, seen = {path.name for path in share.iterdir()}, []

    def look(*_: object, **__: object) -> list[object]:
        seen.append({path.name for path in share.iterdir()})
        return []

    monkeypatch.setattr("pipeline.release.leakcheck.Twins.withhold", look)
    assert _call("export", "P03", "-f", "srt", "-o", str(tmp_path / "outputs")) == 0
    assert seen == [before]


def test_unchecked_files_are_in_no_folder_that_is_handed_over(
    tmp_path: Path, ran: list[str], quick: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    source = sounds.write(tmp_path / "P03.wav", sounds.tone(4))
    assert _call("run", str(source), "--quiet", *quick) == 0
    target, seen = tmp_path / "handover", []
    monkeypatch.setattr(
        "pipeline.release.leakcheck.Twins.withhold", lambda *_: seen.append(list(target.iterdir())) or []
    )
    assert _call("export", "P03", "-f", "srt", "--to", str(target), "-o", str(tmp_path / "outputs")) == 0
    assert seen == [[]]
    assert [path.name for path in target.iterdir()] == ["transcript.srt"]


@pytest.mark.parametrize("device", ["cpu", "auto"])
def test_the_device_of_the_last_run_does_not_matter_to_the_next(tmp_path: Path, device: str) -> None:
    """What ran with --device must not be transcribed again by a command that names none."""
    from pipeline import stages
    from pipeline.core.paths import RecordingPaths
    from pipeline.core.progress import Silent
    from pipeline.core.settings import Settings
    from pipeline.stages.base import Context
    from pipeline.weights.catalogue import Catalogue

    def prints(asked: str) -> list[object]:
        context = Context(RecordingPaths(tmp_path, "P03"), Silent(), Catalogue.read(), device=asked)
        return [stages.get(name).fingerprint(Settings(), context) for name in stages.names()]

    assert prints(device) == prints("cuda")


@pytest.mark.parametrize(
    ("arguments", "shut"),
    [
        (["models", "fetch", "no-such-weights"], False),
        (["--debug", "-q", "models", "fetch", "no-such-weights"], False),
        (["models", "list"], True),
        (["--debug", "run", "models", "fetch"], True),
        (["run", "fetch"], True),
        (["import", "models"], True),
        (["export", "P03", "--format", "pdf"], True),
        (["batch", "no-such-folder"], True),
        (["--version"], True),
        ([], True),
    ],
)
def test_the_entry_point_shuts_the_network_off(
    arguments: list[str], shut: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(offline, "enforce", lambda: asked.append("enforce"))
    monkeypatch.setattr("sys.argv", ["ipa", *arguments])
    with pytest.raises(SystemExit):
        main()
    assert asked == (["enforce"] if shut else [])


def test_a_call_from_within_another_program_leaves_that_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    monkeypatch.setattr(offline, "enforce", lambda: asked.append("enforce"))
    _call("models", "list")
    assert asked == []


@here
@pytest.mark.parametrize(("command", "code"), [("fetch", 0), ("verify", 1)])
def test_weights_are_fetched_outside_the_kernel_filter(command: str, code: int) -> None:
    program = (
        "import socket, sys; from pipeline.cli import main; from pipeline.weights import catalogue\n"
        "def opened(*_, **__): socket.socket().close(); return []\n"
        "catalogue.Catalogue.fetch = catalogue.Catalogue.verify = opened\n"
        f"sys.argv = ['ipa', 'models', {command!r}]; main.main()"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode == code, done.stderr
    assert ("PermissionError" in done.stderr) == (code == 1)
