"""The report as written: complete, self-contained, without anything that identifies."""

from __future__ import annotations

import base64
import hashlib
import re
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from pipeline import report
from pipeline.core.document import Coverage, Document, Note, StageRecord
from pipeline.core.settings import Settings
from pipeline.report import Remaining, Report, methods, ticks, words
from pipeline.report.picture import draw, row_length, time_ticks
from tests.annotated import INTERVIEWS
from tests.builders import USER_VARIABLES
from tests.invented import SECRETS, document, hour, numbered, reference_document, typed_document

KINDS = ["invented", "typed", "empty", "hour", "real size", "unredacted"]


def make(kind: str) -> Document:
    if kind == "unredacted":
        made = document()
        return made.with_(redactions=(), entities=(), records=tuple(r for r in made.records if r.stage != "redact"))
    makers: dict[str, Any] = {
        "invented": document, "typed": typed_document, "empty": lambda: document([]), "hour": hour,
        "real size": lambda: reference_document(INTERVIEWS[0]),
    }  # fmt: skip
    result: Document = makers[kind]()
    return result


def files(made: Document, **options: Any) -> tuple[str, Report]:
    result = report.files(made, numbered(made), Settings(), **options)
    assert set(result) == {"report.html", "report.json"}
    return result["report.html"].decode("utf-8"), Report.model_validate_json(result["report.json"])


class Reader(HTMLParser):
    """Collects text, attributes and whether every element is closed."""

    VOID = frozenset(("meta", "br", "link", "img", "hr", "input"))

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.texts: list[str] = []
        self.attributes: list[tuple[str, str, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.attributes += [(tag, name, value or "") for name, value in attrs]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.texts.append(data)


def read(page: str) -> Reader:
    reader = Reader()
    reader.feed(page)
    reader.close()
    assert reader.open == []
    return reader


@pytest.mark.parametrize("kind", KINDS)
def test_the_page_is_whole_and_loads_nothing(kind: str) -> None:
    page, _ = files(make(kind))
    reader = read(page)
    assert not {tag for tag, _, _ in reader.attributes} & {"link", "img", "iframe", "object", "form"}
    assert not {
        name for _, name, _ in reader.attributes if name in ("src", "srcset", "action") or name.startswith("on")
    }
    links = [value for _, name, value in reader.attributes if name == "href"]
    ids = {value for _, name, value in reader.attributes if name == "id"}
    assert links
    assert all(link.removeprefix("#") in ids for link in links)
    assert "http" not in page.replace("http-equiv", "")
    assert re.findall(r"url\(([^)]*)\)", page) in ([], ["#hatch"])
    assert "default-src 'none'" in page


@pytest.mark.parametrize("kind", KINDS)
def test_no_original_no_machine_and_the_right_words(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in USER_VARIABLES:
        monkeypatch.setenv(variable, "wilhelmina")
    page, figures = files(make(kind))
    whole = page + figures.model_dump_json()
    if kind != "unredacted":
        for secret in SECRETS:
            assert secret not in whole
    assert str(Path.home()) + "/" not in whole
    assert "wilhelmina" not in whole.lower()
    assert "anonym" not in whole.lower()


HOMOGRAPHS = frozenset(
    re.findall(
        r"\w+",
        """
        will may mark marks grace hope dawn bill pat clare eye diss holt reading bath rose joy faith ray
        jack art guy sue rob drew frank summer april june august ivy ruby pearl amber olive daisy iris
        sandwich deal rugby ware ash wells ford battle rye hook wing ham lee max chase miles dean georgia
        roman ariel charlotte florence victoria lincoln
        """,
    )
)


@pytest.mark.parametrize("kind", ["empty", "typed", "invented"])
def test_its_own_words_are_not_names(kind: str) -> None:
    """An interview with somebody called Will must not fail the search for originals because of the report's prose."""
    page, _ = files(make(kind))
    own = page
    for line in numbered(make(kind)).lines:
        own = own.replace(line.text, "")
    found = {word.lower() for word in re.findall(r"[A-Za-z]+", own)} & HOMOGRAPHS
    assert found == set()


def test_the_same_every_time() -> None:
    assert files(document()) == files(document())


def test_figures_of_the_page_are_those_of_the_json() -> None:
    page, figures = files(document())
    text = " ".join(" ".join(read(page).texts).split())
    assert figures.methods in text
    for person in figures.speakers:
        assert f"{person.words:,}" in text
    for item in figures.attention:
        assert item.detail in text
    assert figures.short_hash == numbered().short_hash
    assert figures.lines == len(numbered().lines)
    assert [a.question for a in figures.ethics] == re.findall(r"<dt>(.*?)</dt>", page)


@pytest.mark.parametrize("kind", KINDS)
def test_every_box_has_a_key_of_its_own_and_the_only_script_is_the_one_the_policy_names(kind: str) -> None:
    made = make(kind)
    page, figures = files(made, remaining=[Remaining(topic="Work", text="a weighbridge", lines="3")] * 2)
    keys = [value for tag, name, value in read(page).attributes if (tag, name) == ("input", "data-tick")]
    assert len(keys) == len(set(keys)) == len(figures.attention) + 2
    assert not any("weighbridge" in key for key in keys)
    assert f'<body data-transcript="{figures.id} {figures.short_hash}">' in page
    (script,) = re.findall(r"<script>(.*?)</script>", page, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}';" in page
    assert ticks.LOST in page


def test_everything_written_is_escaped() -> None:
    evil = '<script>alert("1")</script> & <b>'
    note = Note(code="x", message=evil, stage="ingest", level="alarm")
    record = StageRecord(stage=evil, key="", engine=evil, device=evil, weights={evil: evil})
    made = document().noting(note)
    page, _ = files(
        made.with_(records=(*made.records, record)), remaining=[Remaining(topic=evil, text=evil, lines=evil)]
    )
    assert page.count("<script") == 1
    assert "alert(&quot;1&quot;)" in page
    read(page)


@pytest.mark.parametrize("kind", KINDS)
def test_the_picture_is_well_formed(kind: str) -> None:
    made = make(kind)
    svg = draw(report.build(made, numbered(made), Settings()))
    if kind == "empty":
        assert svg == ""
        return
    tree = etree.fromstring(svg)
    width, height = (float(v) for v in tree.get("viewBox").split()[2:])
    for box in tree.iter("rect"):
        x, y, w, h = (float(box.get(name)) for name in ("x", "y", "width", "height"))
        assert x >= -0.1
        assert x + w <= width + 8
        assert y >= 0
        assert y + h <= height
    assert len(tree.findall(".//rect[@class='redaction']")) >= len(list(made.applied()))


@pytest.mark.parametrize(
    ("duration", "seconds"),
    [(1, 30), (60, 30), (73, 30), (471, 120), (1800, 300), (3600, 600), (5400, 900), (28800, 3600)],
)
def test_rows_of_the_picture(duration: float, seconds: float) -> None:
    assert row_length(duration) == seconds


def test_the_picture_of_a_typed_transcript_counts_words() -> None:
    made = typed_document()
    line = report.build(made, numbered(made), Settings()).timeline
    assert (line.unit, line.extent) == ("words", len(made.words))
    assert line.ticks[0] == (0, "line 1")
    assert line.speech[0].start == 0
    assert line.speech[-1].end == len(made.words)
    assert all(a.end == b.start for a, b in pairwise(line.speech))
    assert [r.lines for r in line.redactions][:2] == ["3", "4"]


@pytest.mark.parametrize("extent", [1, 30, 73, 471, 1800.5, 3719, 28800])
def test_every_row_of_the_picture_begins_with_a_label(extent: float) -> None:
    row, marks = row_length(extent), time_ticks(extent)
    starts = {at for at, _ in marks}
    assert {n * row for n in range(int(extent / row) + 1)} <= starts
    assert all(at <= extent for at in starts)


def test_an_hour_is_quick_and_small() -> None:
    page, figures = files(hour())
    assert len(page) < 400_000
    assert figures.turns == 260


def test_the_combination_check_names_lines() -> None:
    made = document(
        [("P", 1.0, "I was a teacher back in 2011, and my wife is [[AGE|fifty-three|[fifties]]] now. A teacher, yes.")]
    )
    _, figures = files(made)
    assert figures.remaining is not None
    rows = {(row.topic, row.text): row.lines for row in figures.remaining}
    assert rows[("Age", "[fifties]")] == "1"
    assert rows[("Work", "teacher")] in ("1", "1, 2")
    assert ("Years", "2011") in rows


def test_numbered_replacements_are_one_row_of_the_combination_check() -> None:
    said = " ".join(f"I lived in [[PLACE|Place{n}|[town {n}]]]." for n in range(1, 8))
    _, figures = files(document([("P", 1.0, f"{said} My wife's from [[PLACE|Eye|[village]]].")]))
    rows = [(row.topic, row.text) for row in figures.remaining or ()]
    assert rows[:2] == [("Places", "[village]"), ("Places", "[town], 7 different ones")]


def test_a_document_that_was_not_redacted_says_so() -> None:
    page, figures = files(make("unredacted"))
    assert "not de-identified: do not share" in figures.status
    assert "has not been de-identified yet" in figures.methods
    assert figures.remaining is None
    assert "What remains, taken together" not in page


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"speech_s": 100.0, "unclear_s": 5.0, "unclear": 2}, "95% of 1 min 40 s"),
        ({"recovered_words": 12, "recovered_windows": 1}, "12 words in 1 stretch were"),
        ({"unclear": 1, "unclear_s": 2.0}, "1 stretch (2.0 s) stayed unclear and is"),
        ({"dropped_words": 9, "loops": 1}, "9 words that the recogniser invented were removed (1 loop)."),
        ({"dropped_words": 1}, "1 word that the recogniser invented was removed."),
        ({"moved_words": 3, "retimed_words": 1}, "3 words moved to the other speaker at the edge of a turn and 1 word"),
    ],
)
def test_coverage_in_sentences(changes: dict[str, float], expected: str) -> None:
    rows = report.coverage_sentences(document(coverage=Coverage(**changes)))  # type: ignore[arg-type]
    assert any(expected in row for row in rows)
    assert report.coverage_sentences(document(coverage=Coverage())) == ()


def test_the_methods_paragraph() -> None:
    _, figures = files(document())
    for part in ("ipa-transcripts", "Whisper on CTranslate2", "SHA-256 d0d0d0d0", "127 words", "64 characters",
                 "name of a person (1)", "1 pause", "de-identified (pseudonymised)", methods.BLANK):  # fmt: skip
        assert part in figures.methods
    typed = files(typed_document())[1].methods
    assert "transcribed by hand" in typed
    assert "recording" not in typed


def test_a_review_is_mentioned() -> None:
    made = document()
    reviewed = made.with_(records=(*made.records, StageRecord(stage="review", key="", details={"unfitting": 0})))
    assert "not yet checked by a person" in files(reviewed)[1].status
    record = StageRecord(stage="review", key="", details={"signed": {"who": "JL", "when": "", "heard": 1.0}})
    reviewed = made.with_(records=(*made.records, record))
    assert "checked by a person (JL)" in files(reviewed)[1].status
    assert "To complete after the check" not in files(reviewed)[1].methods


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0.0 s"),
        (4.24, "4.2 s"),
        (9.96, "10 s"),
        (59.6, "1 min"),
        (134, "2 min 14 s"),
        (3600, "1 h 00 min"),
        (3719, "1 h 02 min"),
    ],
)
def test_lengths(seconds: float, text: str) -> None:
    assert words.length(seconds) == text


@pytest.mark.parametrize(("share", "text"), [(0, "0%"), (0.005, "0.5%"), (0.0996, "10%"), (0.714, "71%"), (1, "100%")])
def test_shares(share: float, text: str) -> None:
    assert words.percent(share) == text


@pytest.mark.parametrize(
    ("role", "name"),
    [("I", "Interviewer"), ("P2", "Participant 2"), ("?", "Unknown speaker"), ("SPEAKER_02", "SPEAKER_02")],
)
def test_role_names(role: str, name: str) -> None:
    assert words.role_name(role) == name
