"""From the page to the files: signing, locking, exporting and names for the sheets, with the real redaction."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import pytest

from pipeline import stages
from pipeline.app import api
from pipeline.core import keysheet, study_log
from pipeline.core.errors import KeySheetError
from pipeline.core.paths import RecordingPaths
from pipeline.page import asked
from pipeline.page.problems import Refused
from pipeline.page.sheet_entry import add_to_sheets
from tests import scripted, sounds
from tests.page.worlds import Browser

SAID = [
    ("I", "So that's recording now. Could you tell me about the people who helped you?"),
    ("P", "Well there was my friend Siobhan, and a nurse called Faith Okafor, she was lovely with me."),
    ("I", "And how was the ward for you when you first came there?"),
    ("P", "Loud. There was bramble shouting all night, I could not sleep for weeks and weeks."),
]


@pytest.fixture
def page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Browser:
    """A run with scripted speech and real redaction, open on the page."""
    scripted.install(monkeypatch)
    monkeypatch.setitem(stages.REGISTRY, "redact", "pipeline.stages.redact:Redact")
    monkeypatch.setattr(scripted, "SCRIPT", SAID)
    folder = tmp_path / "recordings"
    folder.mkdir()
    recording = sounds.write(folder / "P03.wav", sounds.tone(5.0))
    emit = {"emit": {"formats": ["txt", "csv", "json"]}}
    api.transcribe(recording, outputs=tmp_path / "outputs", settings=emit)
    browser = Browser(tmp_path / "outputs")
    browser.post("/api/session", {"who": "JL"})
    browser.open()
    return browser


def text_of(page: Browser) -> str:
    share = RecordingPaths(page.pages.outputs, "P03").share
    rows = csv.DictReader(io.StringIO((share / "transcript.csv").read_text("utf-8-sig")))
    return " ".join(row["text"] for row in rows)


def test_from_correcting_to_locked_files(page: Browser) -> None:
    """One interview all the way: a run takes seconds."""
    n = page.at("bramble")
    page.edit({"kind": "text", "first": n, "last": n, "text": "Imogen Tasker"})
    page.edit({"kind": "text", "first": page.at("Loud."), "last": page.at("Loud."), "text": "Awful."})
    answer = page.do("sign", 409, who="JL")
    assert answer["code"] == "changed"  # the corrected name was found, and the page had not shown it as hidden
    page.view = answer["view"]
    assert "Imogen" not in page.read()
    page.post("/api/interviews/P03/heard", {"ranges": [[0, 2]], "rate": 1})
    dialogue = page.get("/api/interviews/P03/signing")
    assert dialogue["open"] == []
    assert dialogue["changed"]["words"] >= 2
    assert 0 < dialogue["heard_share"] < 1
    page.do("sign", who="JL")
    assert page.view["signed"]["who"] == "JL"
    assert page.edit({"kind": "swap_roles"}, code=423)["code"] == "signed"
    done = page.post("/api/interviews/P03/export", {"lock": True, "formats": ["md"]})
    assert {"transcript.txt", "transcript.md", "lock.json"} <= set(done["files"])
    page.open()
    assert page.view["locked"]
    written = text_of(page)
    assert "Awful." in written
    for word in ("Imogen", "Tasker", "Siobhan", "Okafor", "Loud."):
        for path in RecordingPaths(page.pages.outputs, "P03").share.iterdir():
            assert word.encode() not in path.read_bytes(), path
    assert (
        "checked by a person (JL)" in (RecordingPaths(page.pages.outputs, "P03").share / "transcript.txt").read_text()
    )
    shown = page.read().split()
    assert [w for w in shown if w not in written.split()] == []
    assert [entry.event for entry in study_log.read(page.pages.outputs)][-3:] == ["lock", "run", "export"]
    assert {"review", "sign"} <= {entry.event for entry in study_log.read(page.pages.outputs)}
    assert page.edit({"kind": "swap_roles"}, code=423)["code"] == "locked"
    page.edit({"kind": "text", "first": 0, "last": 0, "text": "Well"}, reopen=True)
    assert page.view["signed"] is None
    page.post("/api/interviews/P03/export", {"lock": True, "new_version": True})
    assert page.open()["lock_version"] == 2
    row = page.get("/api/interviews")["interviews"][0]
    assert (row["id"], row["state"], row["has_audio"]) == ("P03", "locked", True)


def test_a_name_joins_the_key_sheet_and_is_hidden(page: Browser, tmp_path: Path) -> None:
    sheet = tmp_path / "recordings" / "P03.yaml"
    sheet.write_text("# who was named\npeople:\n  - {names: [Nobody Else]}\n\nplaces: [Eye]\n")
    entry = {"name": "bramble", "category": "PERSON", "replacement": "[patient]"}
    answer = page.post("/api/interviews/P03/sheet", {"entry": entry, "to": "key"})
    page.view = answer["view"]
    assert "was [patient] shouting" in page.read()
    assert sheet.read_text().startswith("# who was named\npeople:\n  - {names: [Nobody Else]}\n  - {")
    again = page.post("/api/interviews/P03/sheet", {"entry": entry, "to": "key"}, 409)
    assert again["code"] == "there"


#: A sheet, a field's entry, and the sheet then.
SHEETS: dict[str, tuple[str, dict[str, Any], str]] = {
    "empty": ("", {"name": "Eye", "category": "PLACE"}, "places:\n  - Eye\n"),
    "another field": ("keep: [Norfolk]\n", {"name": "Eye", "category": "PLACE"}, "keep: [Norfolk]\nplaces:\n  - Eye\n"),
    "in brackets": ("places: [Diss]  # town\n", {"name": "Eye", "category": "PLACE"}, "places: [Diss, Eye]  # town\n"),
    "empty brackets": ("places: []\n", {"name": "Eye", "category": "PLACE"}, "places: [Eye]\n"),
    "dashes": (
        "places:\n- Diss\n# more\nkeep: [Norfolk]\n",
        {"name": "Eye", "category": "PLACE"},
        "places:\n- Diss\n- Eye\n# more\nkeep: [Norfolk]\n",
    ),
    "a person": (
        "people:\n  - names: [Will Tasker]\n    as: porter\n",
        {"name": "Ada Finch", "category": "PERSON", "replacement": "[aunt]"},
        "people:\n  - names: [Will Tasker]\n    as: porter\n  - {as: aunt, names: [Ada Finch]}\n",
    ),
    "what YAML could misread": ("", {"name": "No: 7", "category": "ORG"}, "organisations:\n  - 'No: 7'\n"),
}


@pytest.mark.parametrize("case", SHEETS)
def test_a_sheet_keeps_its_comments_and_order(case: str, tmp_path: Path) -> None:
    before, entry, after = SHEETS[case]
    (tmp_path / "P03.yaml").write_text(before)
    sounds.write(tmp_path / "P03.wav", sounds.tone(0.1))
    paths = RecordingPaths(tmp_path / "outputs", "P03")
    paths.make()
    wanted = asked.Sheet.model_validate({"entry": entry, "to": "key"})
    add_to_sheets(paths, tmp_path, wanted)
    assert (tmp_path / "P03.yaml").read_text() == after
    assert keysheet.load(paths.key_sheet).all_names()[-1][1] == entry["name"]
    with pytest.raises(Refused, match="already"):
        add_to_sheets(paths, tmp_path, wanted)


@pytest.mark.parametrize("name", ["the", "x", "--"])
def test_a_name_that_would_hide_everything_is_refused(name: str, tmp_path: Path) -> None:
    paths = RecordingPaths(tmp_path / "outputs", "P03")
    paths.make()
    wanted = asked.Sheet.model_validate({"entry": {"name": name, "category": "PERSON"}, "to": "study"})
    with pytest.raises(KeySheetError):
        add_to_sheets(paths, tmp_path, wanted)
    assert not paths.study_sheet.exists()
