"""`ipa import`: typed transcripts go on from the redact stage, by the same id and never over another's."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from pipeline.cli.main import main
from tests import scripted, sounds

TEXT = "I: How did you first come to the service?\nP: Um, Zebedee took me there. (laughs)\n"


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    return scripted.install(monkeypatch)


def _call(*arguments: str | Path) -> int:
    with pytest.raises(SystemExit) as caught:
        main([str(a) for a in arguments])
    assert isinstance(caught.value.code, int)
    return caught.value.code


def _options(tmp_path: Path) -> list[str]:
    (tmp_path / "quick.yaml").write_text("emit: {formats: [txt, json, csv]}\n")
    return ["--settings", str(tmp_path / "quick.yaml"), "-o", str(tmp_path / "outputs"), "--quiet"]


def test_a_typed_transcript_is_redacted_and_numbered(tmp_path: Path, ran: list[str]) -> None:
    source = tmp_path / "P07.txt"
    source.write_text(TEXT)
    assert _call("import", source, *_options(tmp_path)) == 0
    assert ran == ["redact"]
    share = tmp_path / "outputs" / "P07" / "share"
    text = (share / "transcript.txt").read_text()
    assert "Um, [name] took me there. (laughs)" in text
    words = json.loads((share.parent / "private" / "words.json").read_text())
    assert words["duration"] is None
    assert {word["start"] for word in words["words"]} == {None}
    assert not list((share.parent / "private").glob("*.rttm"))


def test_again_does_nothing_and_a_changed_file_asks(
    tmp_path: Path, ran: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    source = tmp_path / "P07.txt"
    source.write_text(TEXT)
    assert _call("import", source, *_options(tmp_path)) == 0
    assert _call("import", source, *_options(tmp_path)) == 0
    assert ran == ["redact"]
    source.write_text(TEXT + "I: Thank you.\n")
    assert _call("import", source, *_options(tmp_path)) == 2
    assert "belongs to another transcript" in capsys.readouterr().err
    assert _call("import", source, "--force", *_options(tmp_path)) == 0
    assert "Thank you." in (tmp_path / "outputs" / "P07" / "share" / "transcript.txt").read_text()


def test_an_import_over_a_recording_says_what_to_do(
    tmp_path: Path, ran: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    options = _options(tmp_path)
    assert _call("run", sounds.write(tmp_path / "P07.wav", sounds.tone(4)), *options) == 0
    source = tmp_path / "P07.txt"
    source.write_text(TEXT)
    for force in ((), ("--force",)):
        assert _call("import", source, *force, *options) == 2
        said = capsys.readouterr().err
        assert "belongs to a recording" in said
        assert "ipa purge P07" in said
        assert "--force" not in said


@pytest.mark.parametrize("content", [b"", b"\x00\x01\x02\x03" * 100, b"Just a paragraph without any speaker.\n"])
def test_what_is_no_transcript_is_refused(tmp_path: Path, ran: list[str], content: bytes) -> None:
    source = tmp_path / "P07.txt"
    source.write_bytes(content)
    code = _call("import", source, *_options(tmp_path))
    assert code == 3
    assert not (tmp_path / "outputs" / "P07" / "share").exists()


def _foreign(snapshot: Path, kind: str) -> None:
    value = json.loads(snapshot.read_text())
    if kind == "folder":
        snapshot.unlink()
        snapshot.mkdir()
        return
    if kind == "another id":
        value["id"] = "P99"
    elif kind == "no recording":
        value["source"] = "recording"
    elif kind == "no records":
        value["records"] = []
    elif kind == "too few words":
        value["words"] = value["words"][:1]
        span = {"id": "R1", "category": "PERSON", "entity": "E1", "first": 5, "last": 7, "replacement": "[x]"}
        value["redactions"] = [span]
    else:
        value = {"list": [], "deep": None, "a package's": {"name": "x", "version": "1.0"}}[kind]
    snapshot.write_text("[" * 100_000 if kind == "deep" else json.dumps(value))


@pytest.mark.parametrize(
    "kind", ["folder", "another id", "no recording", "no records", "too few words", "list", "deep", "a package's"]
)
@pytest.mark.parametrize("name", ["30-import", "40-redact"])
def test_snapshots_that_are_something_else(
    tmp_path: Path, ran: list[str], capsys: pytest.CaptureFixture[str], name: str, kind: str
) -> None:
    """What nothing can come of is made again; what it would be made from is refused. No traceback either way."""
    source = tmp_path / "P07.txt"
    source.write_text(TEXT)
    options = _options(tmp_path)
    assert _call("import", source, *options) == 0
    _foreign(tmp_path / "outputs" / "P07" / "work" / f"{name}.json", kind)
    (tmp_path / "outputs" / "P07" / "work" / "50-emit.json").unlink()
    refused = name == "30-import" or kind in ("folder", "another id")
    assert _call("emit", "P07", *options) == (3 if refused else 0)
    assert "unexpected" not in capsys.readouterr().err


@pytest.mark.parametrize("kind", ["pipe", "device", "folder", "missing", "long name"])
def test_what_is_no_file_is_refused(tmp_path: Path, ran: list[str], kind: str) -> None:
    source = {"device": Path("/dev/zero"), "long name": tmp_path / ("x" * 300)}.get(kind, tmp_path / "P07.txt")
    if kind == "pipe":
        os.mkfifo(source)
    elif kind == "folder":
        source.mkdir()
    assert _call("import", source, *_options(tmp_path)) == 3
