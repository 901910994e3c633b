"""The leak check: every planted leak is found, wherever a file can hide it, and no ordinary document trips it."""

from __future__ import annotations

import gzip
import io
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.core.document import Document, Event
from pipeline.exporters.registry import FORMATS
from pipeline.release import leakcheck
from tests import builders, invented, named_interviews, planting
from tests.redaction_properties import write_all

#: Names that are also words of the program, its templates and fonts, or of everybody.
NAMES = ["Will", "May", "Names", "Two", "Six", "Page", "Jefferson", "Kartika", "Line", "Siobhan", "Ng", "Zoë"]


def document(names: list[str] = NAMES, heard: bool = True) -> Document:
    """Every name hidden once, and everyday words that look like them said openly."""
    said = "may I say two or six names on a page and will you line up. Yes. Will you? May be."
    turns = [("I", "So how is that?")]
    for name in names:
        turns += [("P", f"I saw {name} on the bus, and {said}"), ("I", "Yeah.")]
    made = builders.spoken(turns) if heard else builders.typed(turns)
    at = [n + 1 for n, w in enumerate(made.words) if w.text == "saw"]
    return builders.redacted(made, *[(n, n, "PERSON", f"[friend {k}]") for k, n in enumerate(at, 1)])


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Files of every format, and their twins."""
    root = tmp_path_factory.mktemp("written")
    leakcheck.Twins(root, document()).write(write_all)
    return root


def twins_of(written: Path, tmp_path: Path) -> leakcheck.Twins:
    """A copy of what was written, for a test to plant something in."""
    twins = leakcheck.Twins(tmp_path, document())
    shutil.copytree(written / "files", twins.files, dirs_exist_ok=True)
    shutil.copytree(written / "twins", twins.twins, dirs_exist_ok=True)
    return twins


@pytest.mark.slow
@pytest.mark.parametrize("heard", [True, False])
def test_ordinary_documents_trip_nothing(tmp_path: Path, heard: bool) -> None:
    made = document(heard=heard)
    if not heard:
        made = made.with_(events=(Event(kind="nonverbal", before_word=9, text="Siobhan laughs, will go"),))
    twins = leakcheck.Twins(tmp_path, made)
    twins.write(write_all)
    assert twins.withhold([("the home folder", "/home/nobody")]) == []
    formats = {form.file for form in FORMATS.values() if heard or not form.timed}
    assert {p.name for p in twins.files.iterdir()} == formats | {"report.html", "report.json", "redactions.csv"}


def test_whole_interviews_trip_nothing(tmp_path: Path) -> None:
    """With pauses, unclear speech, notes and flags, and a filler and an uncertain word inside what is hidden."""
    made = invented.document()
    twins = leakcheck.Twins(tmp_path, made)
    twins.write(write_all)
    assert twins.withhold() == []
    number = builders.spoken(
        [("I", "So?"), ("P", "It's oh seven seven double oh, um, nine hundred, er, one. Um, yes.")]
    )
    unsure = tuple(w.model_copy(update={"confidence": 0.1}) for w in number.words)
    made = builders.redacted(number.with_(words=unsure), (2, 11, "PHONE", "[phone number]"))
    (tmp_path / "number").mkdir()
    twins = leakcheck.Twins(tmp_path / "number", made)
    twins.write(write_all)
    assert twins.withhold() == []
    assert "1 hesitation such" in (twins.files / "report.html").read_text("utf-8")


@pytest.mark.parametrize(("how", "name"), [(how, NAMES[n % len(NAMES)]) for n, how in enumerate(planting.WAYS)])
def test_planted_leaks_are_found(written: Path, tmp_path: Path, how: str, name: str) -> None:
    twins = twins_of(written, tmp_path)
    leaking = planting.WAYS[how](twins.files, name)
    before = {p.name for p in twins.files.iterdir()}
    hits = twins.withhold()
    assert [hit.file for hit in hits] == [leaking]
    assert {p.name for p in twins.files.iterdir()} == before - {leaking}
    assert (twins.withheld / leaking).is_file()
    assert name not in str(hits[0])


@pytest.mark.parametrize("seed", [*range(3), *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(3, 30))])
def test_people_who_are_called_by_words_of_the_program(seed: int) -> None:
    """See bench/leaks.py for two thousand of them."""
    _, withheld, readable, missed = named_interviews.check(seed, plant=seed * 7)
    assert (withheld, readable, missed) == ([], 0, "")


def test_every_format_has_a_leak_planted() -> None:
    suffixes = {Path(form.file).suffix for form in FORMATS.values()}
    assert suffixes <= {Path(how.split(":")[0]).suffix for how in planting.WAYS}


PLACES = {
    "transcript.txt: the first line": "line 1",
    "transcript.pdf: its metadata": "metadata",
    "transcript.docx: an app property": "docProps/app.xml",
    "transcript.docx: text": "word/document.xml",
    "transcript.xlsx: a cell": "xl/worksheets/sheet1.xml",
    "transcript.qdpx: a file in it": "a part that should not be in it",
    "a file name": "its name",
    "transcript.qdpx: a note in the project": "project.qde",
}


@pytest.mark.parametrize("how", PLACES)
def test_the_place_is_named(written: Path, tmp_path: Path, how: str) -> None:
    twins = twins_of(written, tmp_path)
    planting.WAYS[how](twins.files, "Siobhan")
    assert PLACES[how] in twins.withhold()[0].place


CODES: dict[str, Callable[[str], str]] = {
    "as it is": str,
    "other case": str.upper,
    "without accents": lambda text: text.replace("ë", "e"),
    "initials": lambda text: text[:1],
    "length": lambda text: str(len(text)),
    "backwards": lambda text: text[::-1],
    "bytes": lambda text: text.encode().hex(),
}


@pytest.mark.parametrize("code", CODES)
def test_a_writer_that_tells_of_hidden_words_is_caught(tmp_path: Path, code: str) -> None:
    """In whatever form it tells of them."""

    def writer(made: Document, folder: Path) -> None:
        hidden = [CODES[code](made.words[n].text) for n in sorted(made.hidden_words())]
        (folder / "transcript.txt").write_text(" ".join(hidden), "utf-8")
        (folder / "clean.txt").write_text(" ".join(w.text for w in made.words[:3]))

    twins = leakcheck.Twins(tmp_path, document())
    twins.write(writer)
    assert [hit.file for hit in twins.withhold()] == ["transcript.txt"]


def test_a_form_of_an_entity_and_a_name_in_a_file_name_are_caught(tmp_path: Path) -> None:
    def writer(made: Document, folder: Path) -> None:
        (folder / "forms.txt").write_text(" ".join(f for e in made.entities for f in e.forms), "utf-8")
        (folder / f"{made.words[6].text}.txt").write_text("nothing")

    twins = leakcheck.Twins(tmp_path, document(["Siobhan"]))
    twins.write(writer)
    hits = twins.withhold()
    assert {hit.file for hit in hits} == {"forms.txt", "Siobhan.txt"}
    assert {hit.place for hit in hits} == {"line 1", "its name"}


@pytest.mark.parametrize(
    ("old", "held"),
    [
        ("  1  P:  I saw Siobhan on the bus", True),
        ("  1  P:  I saw SIOBHAN on the bus", True),
        ("  1  P:  I saw [friend] on the bus", False),
        ("  1  P:  something else altogether", False),
    ],
)
def test_whether_the_older_file_shows_the_same(written: Path, tmp_path: Path, old: str, held: bool) -> None:
    twins = twins_of(written, tmp_path)
    planting.WAYS["transcript.txt: a line"](twins.files, "Siobhan")
    (hit,) = twins.withhold()
    (tmp_path / "old.txt").write_text(old)
    assert twins.holds(tmp_path / "old.txt", hit) is held


def test_forbidden_text(tmp_path: Path) -> None:
    def writer(made: Document, folder: Path) -> None:
        (folder / "a.txt").write_text("1\nmade from P03 Hope.m4a")
        (folder / "b.txt").write_text("made from a recording")
        with zipfile.ZipFile(folder / "c.zip", "w") as archive:
            archive.writestr("in/side.xml", "<?xml version='1.0'?><a path='/home/jo/x'/>")

    twins = leakcheck.Twins(tmp_path, document())
    twins.write(writer)
    hits = twins.withhold([("the file's name", "p03 hope.m4a"), ("the home folder", "/home/jo")])
    assert [(h.file, h.place, h.kind) for h in hits] == [
        ("a.txt", "line 2", "the file's name"),
        ("c.zip", "in/side.xml", "the home folder"),
    ]


@pytest.mark.parametrize("damage", [b"PK\x03\x04 damaged", gzip.compress(b"x" * 50, mtime=0)[:-9], b"%PDF-1.7 no"])
def test_what_cannot_be_read_back_is_withheld(written: Path, tmp_path: Path, damage: bytes) -> None:
    twins = twins_of(written, tmp_path)
    (twins.files / "transcript.docx").write_bytes(damage)
    assert [hit.file for hit in twins.withhold()] == ["transcript.docx"]


def test_the_twin_keeps_what_is_visible_and_nothing_else() -> None:
    made = document()
    other = leakcheck.twin(made)
    hidden = made.hidden_words()
    assert hidden
    for n, (a, b) in enumerate(zip(made.words, other.words, strict=True)):
        assert (a == b) is (n not in hidden)
        if n in hidden:
            assert not set(a.text.casefold()) & set(b.text)
            assert len(a.text) != len(b.text)
    assert all(entity.forms == () for entity in other.entities)


def test_repacked_archives_are_compared_member_by_member(tmp_path: Path) -> None:
    """A hit says which member differs, not only that the archive does."""
    names = {}
    for folder, text in (("files", b"with Siobhan"), ("twins", b"with [friend]")):
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as archive:
            archive.writestr("a.txt", b"same")
            archive.writestr("b.txt", text)
        names[folder] = out.getvalue()
    (tmp_path / "t.zip").write_bytes(names["files"])
    (tmp_path / "u.zip").write_bytes(names["twins"])
    hit = leakcheck.compare(tmp_path / "t.zip", tmp_path / "u.zip")
    assert hit is not None
    assert hit.place == "b.txt, line 1"
    assert hit.tokens == {"siobhan"}
