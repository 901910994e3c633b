"""A review from end to end on the command line: speech and speakers from a script, redaction and files for real."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pipeline import stages
from pipeline.app import snapshots
from pipeline.cli.main import main
from pipeline.core.paths import RecordingPaths
from pipeline.review import store
from pipeline.review.anchors import anchor
from pipeline.review.apply import apply
from pipeline.review.edits import Edit, Redact, Reject, Replace, Sign, Undo
from tests import scripted, sounds

SAID = [
    ("I", "So that's recording now. Could you tell me about the people who helped you?"),
    ("P", "Well there was my friend Siobhan, and a nurse called Faith Okafor, she was lovely with me."),
    ("I", "And how was the ward for you when you first came there?"),
    ("P", "Loud. There was kerfuffle shouting all night, I could not sleep for weeks and weeks."),
    ("I", "What helped you with that?"),
    ("P", "Siobhan rang me every day, and then Nimah from the cafe came by. It was hope, really."),
]


class Study:
    """One interview and what is done to it."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.recording = sounds.write(folder / "P03.wav", sounds.tone(7.0))
        self.outputs, self._capsys = folder / "outputs", capsys
        self.paths = RecordingPaths(self.outputs, "P03")

    def __call__(self, *arguments: str | Path, code: int = 0) -> str:
        self._capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main([*map(str, arguments), "-o", str(self.outputs)])
        told = self._capsys.readouterr()
        assert ended.value.code == code, told.err
        return told.out + told.err

    def run(self, *arguments: str, code: int = 0) -> str:
        return self("run", self.recording, "--set", "emit.formats=[txt,csv,json]", *arguments, code=code)

    def lines(self) -> dict[str, str]:
        rows = csv.DictReader(io.StringIO((self.paths.share / "transcript.csv").read_text("utf-8-sig")))
        return {row["line"]: row["text"] for row in rows}

    def text(self) -> str:
        return " ".join(self.lines().values())

    def log(self) -> list[dict[str, str]]:
        return list(csv.DictReader(io.StringIO((self.paths.share / "redactions.csv").read_text("utf-8-sig"))))

    def edit(self, said: str, make: Callable[..., Edit], nth: int = 0, **fields: Any) -> Edit:
        """Make an edit on a word of the transcript as it is now."""
        document = snapshots.latest(self.paths)
        stored = store.load(self.paths)
        now = apply(document, stored.edits)
        words = now.document.words
        first = [n for n, w in enumerate(words) if w.text.strip(".,") == said][nth]
        edit = make(at=anchor(words, first, first, now.ids), who="JL", **fields)
        store.append(self.paths, [edit], after=stored.version)
        return edit


@pytest.fixture
def study(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Study:
    scripted.install(monkeypatch)
    monkeypatch.setitem(stages.REGISTRY, "redact", "pipeline.stages.redact:Redact")
    monkeypatch.setattr(scripted, "SCRIPT", SAID)
    made = Study(tmp_path, capsys)
    made.run()
    scripted.ran.clear()
    return made


def numbers(text: str) -> list[str]:
    return re.findall(r"\[[^\]]+\]", text)


@pytest.mark.slow
def test_a_name_added_after_the_lock_changes_only_the_lines_in_which_it_was_said(study: Study) -> None:
    study("lock", "P03")
    before, called = study.lines(), numbers(study.text())
    said = [label for label, text in before.items() if "kerfuffle" in text]
    study.recording.with_suffix(".yaml").write_text("people:\n  - {names: [Kerfuffle]}\n")
    study.run()
    after = study.lines()
    assert scripted.ran == []
    assert [label for label in before if after[label] != before[label]] == said
    assert list(after) == list(before)
    assert [n for n in numbers(study.text()) if n in called] == called
    shown = study("lock", "P03", "--diff")
    assert "- " + before[said[0]] in shown
    assert "+ " + after[said[0]] in shown
    assert "kerfuffle" in before[said[0]]
    assert "kerfuffle" not in after[said[0]]


@pytest.mark.slow
def test_a_corrected_word_that_is_a_name_is_replaced_in_every_file(study: Study) -> None:
    study.recording.with_suffix(".yaml").write_text("people:\n  - {names: [Niamh], as: cousin}\n")
    study.edit("shouting", Replace, text="Niamh shouting")
    study.run()
    assert scripted.ran == []
    assert "[cousin]" in study.text()
    for path in study.paths.share.iterdir():
        assert b"Niamh" not in path.read_bytes(), path
    words = json.loads(study.paths.words.read_text())["words"]
    assert [w["redaction"] for w in words if w["text"] == "Niamh"] == ["PERSON"]
    assert any(w["text"] == "Niamh" and w["end"] > w["start"] for w in words)


def test_decisions_reach_the_files_and_the_log(study: Study) -> None:
    assert "Siobhan" not in study.text()
    study.edit("Siobhan", Reject, everywhere=True)
    study.edit("kerfuffle", Redact, category="PERSON", replacement="[patient]")
    study("emit", "P03")
    assert study.text().count("Siobhan") == 2
    assert "was [patient] shouting" in study.text()
    decided = {(row["decision"], row["reviewer"], row["replacement"]) for row in study.log() if row["reviewer"]}
    assert decided == {("rejected", "JL", ""), ("accepted", "JL", "[patient]")}
    assert all(row["timestamp"] for row in study.log() if row["reviewer"])
    for path in study.paths.share.iterdir():
        assert b"kerfuffle" not in path.read_bytes(), path


@pytest.mark.slow
def test_what_a_person_hides_once_is_hidden_elsewhere_unless_they_say_otherwise(study: Study) -> None:
    study.edit("weeks", Redact, category="PERSON", replacement="[patient]")
    study.edit("cafe", Replace, text="Kestrel and Kestrel")
    study.edit("Kestrel", Redact, category="ORG", replacement="[ward]")
    study("emit", "P03")
    assert "Kestrel" not in study.text()
    study.edit("Kestrel", Reject, nth=1)
    study("emit", "P03")
    assert study.text().count("Kestrel") == 1
    assert "[ward] and Kestrel" in study.text()


@pytest.mark.slow
def test_everything_undone_is_as_it_was(study: Study) -> None:
    before = {p.name: p.read_bytes() for p in study.paths.share.iterdir() if p.suffix in (".txt", ".csv")}
    made = [study.edit("Siobhan", Reject), study.edit("weeks", Replace, text="days")]
    study("emit", "P03")
    assert {p.name: p.read_bytes() for p in study.paths.share.iterdir() if p.name in before} != before
    store.append(study.paths, [Undo(edit=e.id) for e in made])
    study("emit", "P03")
    assert {p.name: p.read_bytes() for p in study.paths.share.iterdir() if p.name in before} == before


@pytest.mark.slow
def test_an_export_and_a_lock_hold_what_was_changed_a_moment_ago(study: Study) -> None:
    study.edit("lovely", Replace, text="splendid")
    study("export", "P03", "-f", "md")
    assert "splendid" in (study.paths.share / "transcript.md").read_text()
    study.edit("sleep", Replace, text="slumber")
    study("lock", "P03")
    assert "slumber" in study.text()
    study.edit("slumber", Replace, text="doze off at all in that noise, believe me, not a wink, and then")
    assert "doze" in study("lock", "P03", "--diff")
    assert any(label.endswith("a") for label in study.lines())


@pytest.mark.slow
def test_a_signature_is_on_the_files_until_something_is_changed(study: Study) -> None:
    assert "not yet checked by a person" in (study.paths.share / "transcript.txt").read_text()
    store.append(study.paths, [Sign(who="JL", heard=0.98, minutes=61)])
    study("emit", "P03")
    assert "checked by a person (JL)" in (study.paths.share / "transcript.txt").read_text()
    study.edit("lovely", Replace, text="kind")
    study("emit", "P03")
    assert "not yet checked by a person" in (study.paths.share / "transcript.txt").read_text()


@pytest.mark.slow
def test_what_was_edited_is_heard_again_only_as_a_new_version(study: Study) -> None:
    study.edit("lovely", Replace, text="kind")
    told = study.run("--hear-again", code=2)
    assert "edited (1 change)" in told
    assert "--new-version" in told
    study("lock", "P03")
    told = study("transcribe", "P03", "--force", code=2)
    assert "locked (v1) and edited (1 change)" in told
    told = " ".join(study.run("--hear-again", "--new-version", "--yes").split())
    assert "0 of 1 changes made in the review fit no longer" in told
    assert "kind" in study.text()
    assert json.loads(study.paths.lock.read_text())["version"] in ("v1", "v2")
    assert all(not label[-1].isalpha() for label in study.lines())


@pytest.mark.slow
def test_edits_that_fit_no_longer_are_counted_in_the_report(study: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    study.edit("lovely", Replace, text="kind")
    study.edit("sleep", Replace, text="rest")
    study("emit", "P03")
    other = [(r, t.replace("she was lovely with me", "and that is all of it")) for r, t in SAID]
    monkeypatch.setattr(scripted, "SCRIPT", other)
    told = " ".join(study.run("--hear-again", "--new-version", "--yes").split())
    assert "1 of 2 changes made in the review fit no longer" in told
    told = " ".join(study("status", "P03").split())
    assert "one of the reviewer's changes fits the transcript no longer" in told
    assert "rest" in study.text()
    assert "kind" not in study.text()


def test_figures_of_the_review(study: Study) -> None:
    assert "nothing was changed" in study("review-stats", code=2)
    study.edit("lovely", Replace, text="kind")
    table = study("review-stats", "P03").splitlines()
    assert table[0].split()[0] == "hours"
    assert table[1].split()[0] == "P03"


@pytest.mark.slow
def test_a_typed_transcript_is_reviewed_like_a_recording(study: Study, tmp_path: Path) -> None:
    typed = tmp_path / "T01.txt"
    typed.write_text("I: How was the ward?\nP: Loud. Siobhan rang me, and kerfuffle was there.\n")
    study("import", typed, "--set", "emit.formats=[txt,csv]")
    study.paths = RecordingPaths(study.outputs, "T01")
    study.edit("Loud", Replace, text="Awful.")
    study.edit("kerfuffle", Redact, category="PERSON", replacement="[patient]")
    study("emit", "T01")
    assert "Awful." in study.text()
    assert "and [patient] was there" in study.text()


@pytest.mark.slow
def test_a_locked_transcript_that_is_heard_otherwise_gets_new_lines_and_a_map(
    study: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    study("lock", "P03")
    other = [(r, t.replace("loud", "noisy").replace("and a nurse", "and also there was then a nurse")) for r, t in SAID]
    monkeypatch.setattr(scripted, "SCRIPT", other)
    study.run("--hear-again", "--new-version", "--yes")
    lock = json.loads(study.paths.lock.read_text())
    assert lock["version"] == "v2"
    assert lock["maps"][0]["from"] == "v1"
    assert all(not label[-1].isalpha() for label in study.lines())
    assert "also there was then" in study.text()


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["P99"], "nothing stored for 'P99'"),
        (["../x"], "cannot be the id"),
        (["--sample", "10%"], "needs the id"),
        (["P03", "--sample", "0"], "is no share"),
        (["P03", "--sample", "ten"], "is no share"),
        (["P03", "--idle", "0"], "idle"),
    ],
)
def test_a_review_that_cannot_begin_says_why(study: Study, arguments: list[str], told: str) -> None:
    told_now = " ".join(study("review", *arguments, "--no-browser", code=3 if "P99" in arguments else 2).split())
    assert told in told_now


def test_a_review_serves_the_page_and_draws_a_sample(study: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    from pipeline.page import server

    asked: dict[str, Any] = {}
    monkeypatch.setattr(server, "serve", lambda outputs, **options: asked.update(options))
    told = study("review", "P03", "--no-browser", "--sample", "50%", "--idle", "5")
    assert (asked["only"], asked["idle_s"], asked["open_browser"], asked["enforce"]) == ("P03", 300.0, False, False)
    assert "drawn for a second listener" in told
    assert json.loads((study.paths.private / "heard.json").read_text())["sample"]["share"] == 0.5
