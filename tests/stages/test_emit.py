"""What reaches share/ and what does not: a file that shows too much is withheld, and nothing else is taken away."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pipeline.cli.main import main
from pipeline.core.document import Document
from pipeline.stages import emit
from tests import scripted, sounds

TEXT = "I: How did you first come to the service?\nP: Um, Zebedee took me there. (laughs)\n"


class Study:
    """A folder with one typed transcript, and `ipa` to work on it."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder, self._capsys = folder, capsys
        self.share = folder / "outputs" / "P07" / "share"
        (folder / "quick.yaml").write_text("emit: {formats: [txt, json, csv]}\n")
        (folder / "P07.txt").write_text(TEXT)

    def ipa(self, *arguments: str | Path) -> tuple[int, str]:
        """(exit code, stderr)"""
        with pytest.raises(SystemExit) as caught:
            main([*map(str, arguments), "-o", str(self.folder / "outputs")])
        assert isinstance(caught.value.code, int)
        return caught.value.code, self._capsys.readouterr().err

    def write(self, *more: str) -> tuple[int, str]:
        """`ipa import` of the transcript."""
        settings = ("--settings", str(self.folder / "quick.yaml"), "--quiet")
        return self.ipa("import", self.folder / "P07.txt", *settings, *more)

    @property
    def shown(self) -> dict[str, str]:
        """File name in share/ -> its text."""
        return {p.name: p.read_text("utf-8") for p in self.share.iterdir()}


@pytest.fixture
def study(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Study:
    scripted.install(monkeypatch)
    return Study(tmp_path, capsys)


def leak_into(monkeypatch: pytest.MonkeyPatch, file: str) -> None:
    """From now on the writer of `file` writes hidden words at its end."""
    real = emit._write_share

    def leaking(document: Document, *arguments: object) -> dict[str, int]:
        counts = real(document, *arguments)  # type: ignore[arg-type]
        path = Path(str(arguments[-1])) / file
        said = " ".join(document.words[n].text for n in sorted(document.hidden_words()))
        path.write_bytes(path.read_bytes() + said.encode())
        return counts

    monkeypatch.setattr(emit, "_write_share", leaking)


ALL = {"transcript.txt", "transcript.json", "transcript.csv", "report.html", "report.json", "redactions.csv"}


@pytest.mark.parametrize("file", sorted(ALL))
def test_only_the_file_that_leaks_is_withheld(study: Study, monkeypatch: pytest.MonkeyPatch, file: str) -> None:
    leak_into(monkeypatch, file)
    code, said = study.write()
    assert code == 1
    assert file in said
    assert "was withheld" in said
    assert "Zebedee" not in said
    assert "ipa export P07 -f" in said or "ipa emit P07" in said
    assert set(study.shown) == (ALL - {file}) | {"manifest.json"}
    assert set(json.loads(study.shown["manifest.json"])["files"]) == ALL - {file}
    assert not [p for p in study.share.parent.iterdir() if p.name.startswith(emit.STAGING)]


def test_mended_it_is_written_by_the_command_that_was_named(study: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as broken:
        leak_into(broken, "transcript.csv")
        assert "`ipa export P07 -f csv`" in study.write()[1]
    assert study.ipa("export", "P07", "-f", "csv")[0] == 0
    assert "[name] took me" in study.shown["transcript.csv"]
    assert study.write()[0] == 0
    assert "transcript.csv" in json.loads(study.shown["manifest.json"])["files"]


def test_the_older_file_stays_where_it_shows_nothing(study: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    assert study.write()[0] == 0
    before = study.shown
    leak_into(monkeypatch, "transcript.txt")
    (study.folder / "P07.txt").write_text(TEXT + "I: Thank you.\n")
    code, said = study.write("--force")
    assert code == 1
    assert "the older one stays" in said
    assert study.shown["transcript.txt"] == before["transcript.txt"]
    assert "Thank you." in study.shown["transcript.json"]


def test_the_older_file_goes_where_it_shows_the_same(study: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    assert study.write()[0] == 0
    path = study.share / "transcript.txt"
    path.write_text(path.read_text() + "my note: zebedee is his brother\n")
    leak_into(monkeypatch, "transcript.txt")
    code, said = study.write("--force")
    assert code == 1
    assert "so was the older one" in said
    assert "transcript.txt" not in study.shown
    kept = list((study.share.parent / "private" / "edited").iterdir())
    assert ["my note" in p.read_text() for p in kept] == [True]


def test_an_export_that_leaks_takes_nothing_away(study: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    assert study.write()[0] == 0
    before = study.shown
    real = emit.numbered

    def leaking(document: Document, *arguments: object) -> object:
        made = real(document, *arguments)  # type: ignore[arg-type]
        from dataclasses import replace

        return replace(made, version=document.words[sorted(document.hidden_words())[0]].text)

    monkeypatch.setattr(emit, "numbered", leaking)
    code, said = study.ipa("export", "P07", "-f", "html", "-f", "docx")
    assert code == 1
    assert "transcript.html" in said
    assert "transcript.docx" in said
    assert "Zebedee" not in said
    assert study.shown == before


@pytest.mark.parametrize("command", ["import", "run"])
def test_a_name_in_the_files_name_is_said_before_any_work(
    study: Study, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    ran = scripted.install(monkeypatch)
    source = study.folder / ("jane-mark.txt" if command == "import" else "jane-mark.wav")
    source.write_text(TEXT) if command == "import" else sounds.write(source, sounds.tone(4))
    options = ["--settings", str(study.folder / "quick.yaml"), "--quiet"]
    code, said = study.ipa(command, source, *options)
    assert code == 2
    assert "--id P03" in said
    assert ran == []
    assert not (study.folder / "outputs" / "jane-mark").exists()
    assert study.ipa(command, source, *options, "--id", "P03")[0] == 0
    sheet = source.with_suffix(".yaml")
    sheet.write_text("people: [{names: [Jane Larter]}]\n")
    code, said = study.ipa(command, source, *options, "--id", "larter-1")
    assert code == 2
    assert "people[1].names" in said


def test_a_name_that_was_spoken_is_in_the_id_and_nothing_is_lost(
    study: Study, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    ran = scripted.install(monkeypatch)
    source = sounds.write(tmp_path / "zebedee-2.wav", sounds.tone(4))
    options = ["--settings", str(study.folder / "quick.yaml"), "--quiet"]
    code, said = study.ipa("run", source, *options)
    assert code == 1
    assert "the id holds a name" in said
    assert "`ipa rename zebedee-2 P03`" in said
    assert not any((study.folder / "outputs" / "zebedee-2" / "share").iterdir())
    assert ran == ["diarise", "transcribe", "redact"]
    assert study.ipa("rename", "zebedee-2", "P03", "--quiet")[0] == 0
    assert ran == ["diarise", "transcribe", "redact"]
    root = study.folder / "outputs" / "P03"
    assert json.loads((root / "share" / "transcript.json").read_text())["id"] == "P03"
    left = [p for p in root.rglob("*") if p.is_file() and b"zebedee-2" in p.read_bytes()]
    assert [p for p in left if p.parent.name != "work"] == []
    assert study.ipa("run", source, *options, "--id", "P03")[0] == 0
    assert ran == ["diarise", "transcribe", "redact"]


def test_renaming_keeps_the_lock_and_refuses_what_is_taken(study: Study) -> None:
    assert study.write()[0] == 0
    assert study.ipa("lock", "P07", "--quiet")[0] == 0
    (study.share / "transcript.txt").write_text("with my notes")
    code, said = study.ipa("rename", "P07", "P08")
    assert code == 0
    assert "changed by hand" in said
    root = study.folder / "outputs" / "P08"
    assert not study.share.parent.exists()
    assert json.loads((root / "share" / "lock.json").read_text())["id"] == "P08"
    assert json.loads((root / "share" / "transcript.json").read_text())["version"] == "v1"
    assert "P07" not in (root / "share" / "transcript.txt").read_text()
    assert study.ipa("rename", "P08", "P08")[0] == 2
    assert study.ipa("rename", "P99", "P98")[0] == 2


def test_the_pdf_of_an_enormous_transcript_is_made_only_when_asked_for(
    study: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    (study.folder / "quick.yaml").write_text("emit: {formats: [txt, pdf]}\n")
    monkeypatch.setattr(emit, "LONGEST_PDF", len(TEXT.split()) - 5)
    code, _ = study.write()
    files = {path.name for path in study.share.iterdir()}
    assert code == 0
    assert "transcript.txt" in files
    assert "transcript.pdf" not in files
    assert study.ipa("export", "P07", "--format", "pdf")[0] == 0
    assert (study.share / "transcript.pdf").is_file()
    monkeypatch.setattr(emit, "LONGEST_PDF", 10_000)
    assert study.write("--force")[0] == 0
    assert (study.share / "transcript.pdf").is_file()
