"""txt, md, csv, lines.csv, json, html: golden files, and what a reader gets back."""

from __future__ import annotations

import csv
import io
import json
import os
from html.parser import HTMLParser
from pathlib import Path

import pytest

from pipeline.exporters import csv_, html, json_, markdown, txt
from pipeline.exporters.base import ExportContext, Exporter
from pipeline.exporters.registry import FORMATS
from pipeline.transcript.lines import NumberedTranscript
from tests.exporters.pages import CASES, NAMES, reference, rows

GOLDEN = Path(__file__).parent / "golden"
CONTEXT = ExportContext(study="PSW-IPA", timestamps=True)


@pytest.mark.parametrize("name", ["txt", "md", "csv", "lines", "json", "html"])
def test_golden(name: str) -> None:
    """Written anew with UPDATE_GOLDEN=1; look at the difference before it is committed."""
    path = GOLDEN / FORMATS[name].file
    data = FORMATS[name].load()(CASES["invented"], CONTEXT)
    if os.environ.get("UPDATE_GOLDEN"):
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(data)
    assert data == path.read_bytes()


def read_txt(data: bytes) -> list[tuple[str, str]]:
    found = []
    for row in data.decode("utf-8").split("\n")[5:]:
        label, _, rest = row.lstrip().partition("  ")
        if label[:1].isdigit():
            found.append((label, rest.split(":", 1)[1].lstrip() if rest[:1] != " " else rest.lstrip()))
    return found


def read_csv(data: bytes) -> list[dict[str, str]]:
    assert data.startswith(b"\xef\xbb\xbf")
    return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline="")))


class Page(HTMLParser):
    """Lines of a web page by their anchors; fails on anything that would be fetched or run."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[tuple[str, str]] = []
        self.ids: list[str] = []
        self._open = False

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = dict(attributes)
        assert tag not in ("script", "img", "link", "iframe", "object")
        assert "src" not in given
        assert (given.get("href") or "#").startswith("#")
        assert not any(key.startswith("on") for key in given)
        if "id" in given:
            self.ids.append(given["id"] or "")
        if given.get("class") == "line":
            self.lines.append(((given["id"] or "")[1:], ""))
        self._open = self._open or (tag == "span" and "dir" in given)

    def handle_endtag(self, tag: str) -> None:
        self._open = self._open and tag != "span"

    def handle_data(self, data: str) -> None:
        if self._open:
            label, text = self.lines[-1]
            self.lines[-1] = (label, text + data)


def all_of(page: NumberedTranscript) -> None:
    expected = rows(page)
    if all("  " not in text for _, text in expected):
        assert read_txt(txt.write(page, ExportContext())) == expected
    table = read_csv(csv_.write(page, ExportContext()))
    unguarded = [
        row["text"][1:] if row["text"].startswith("'") and row["text"][1:2] in "=+-@" else row["text"] for row in table
    ]
    assert list(zip([row["line"] for row in table], unguarded, strict=True)) == expected
    data = json.loads(json_.write(page, ExportContext()))
    assert [(row.get("label", str(row["line"])), row["text"]) for row in data["lines"]] == expected
    reader = Page()
    reader.feed(html.write(page, ExportContext()).decode("utf-8"))
    assert reader.lines == expected
    assert len(set(reader.ids)) == len(reader.ids)


@pytest.mark.parametrize("name", NAMES)
def test_the_same_lines_in_all(name: str) -> None:
    all_of(CASES[name])


def test_the_same_lines_in_all_of_a_real_interview() -> None:
    all_of(reference())


@pytest.mark.parametrize("name", NAMES)
def test_times_and_offsets_of_lines_csv(name: str) -> None:
    page = CASES[name]
    table = read_csv(csv_.write_lines(page, ExportContext()))
    assert len(table) == len(page.lines)
    text = page.text
    for row, line in zip(table, page.lines, strict=True):
        assert text[int(row["char_start"]) : int(row["char_end"])] == line.text
        assert row["turn_id"] == line.turn
        assert row["t_start_ms"] == ("" if line.start is None else str(round(line.start * 1000)))


def test_cells_that_a_spreadsheet_would_compute_are_guarded() -> None:
    table = read_csv(csv_.write(CASES["odd signs"], ExportContext()))
    assert [row["text"] for row in table[-4:]] == ["'=1+1", "'-x", "'@y", "'+z"]


@pytest.mark.parametrize("write", [html.write, markdown.write])
def test_hashes_and_weights_stand_behind_the_text(write: Exporter) -> None:
    page = CASES["invented"]
    text = write(page, CONTEXT).decode("utf-8")
    last = text.index("(phone rings)")
    assert text.index("not yet checked by a person") < text.index("Interview" if write is markdown.write else "<main>")
    assert text.index("sha256") > last
    assert text.index(page.short_hash) > last


def test_json_has_one_token_for_a_replacement() -> None:
    data = json.loads(json_.write(CASES["invented"], CONTEXT))
    tokens = [token for turn in data["turns"] for token in turn["tokens"] if token["kind"] == "replacement"]
    assert [(token["text"], token["category"]) for token in tokens] == [
        ("[PSW]", "PERSON"),
        ("[participant]", "PERSON"),
        ("[town]", "PLACE"),
    ]
    assert data["turns"][1]["lines"] == ["3", "4", "5", "6", "7", "8"]
    assert {"id", "version", "lines", "turns"} <= set(data)


def test_line_ends_are_those_asked_for() -> None:
    windows = txt.write(CASES["invented"], ExportContext(line_ends="\r\n")).decode()
    assert windows.replace("\r\n", "\n") == txt.write(CASES["invented"], ExportContext()).decode()
    assert windows.count("\n") == windows.count("\r\n")


def test_time_stamps_of_the_reading_copy_are_off_unless_asked_for() -> None:
    assert "00:00:08\n" not in txt.write(CASES["invented"], ExportContext()).decode()
    assert "00:00:08\n" in txt.write(CASES["invented"], CONTEXT).decode()


MARKDOWN = [
    ("plain (laughs) [town]'s", "plain (laughs) [town]'s"),
    ("*a* _b_ `c` <d> & ~e~ |", r"\*a\* \_b\_ \`c\` \<d\> \& \~e\~ \|"),
    ("[a](b) [c][d] [e]: f", r"[a\](b) [c\][d] [e\]: f"),
    ("# x", r"\# x"),
    ("- x", r"\- x"),
    ("-- x", r"\-- x"),
    ("1. x", r"1\. x"),
    ("1990 x", "1990 x"),
    ("wor- x", "wor- x"),
    ("#x", "#x"),
]


@pytest.mark.parametrize(("text", "expected"), MARKDOWN)
def test_markdown_shows_text_as_it_is(text: str, expected: str) -> None:
    assert markdown.escape(text) == expected


@pytest.mark.parametrize("name", NAMES)
def test_markdown_of_odd_text(name: str) -> None:
    text = markdown.write(CASES[name], ExportContext()).decode("utf-8")
    assert text.count("\n**") == len(CASES[name].turns)
