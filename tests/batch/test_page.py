"""The report of a batch: everything is on it, what needs a look first, and no name."""

from __future__ import annotations

import os
import re
import stat
from pathlib import Path

import lxml.html
import pytest

from pipeline.batch import ledger, page
from pipeline.batch.plan import Row


@pytest.fixture
def rows(tmp_path: Path) -> list[tuple[Path, Row]]:
    (tmp_path / "jane.wav").write_bytes(bytes(2_500_000))
    return [
        (tmp_path / "P01.wav", Row("P01.wav", "P01", "done", sha256="a" * 64)),
        (tmp_path / "P02.wav", Row("P02.wav", "P02", "skipped", sha256="b" * 64)),
        (
            tmp_path / "P03.wav",
            Row("P03.wav", "P03", "failed", 3, message=f"{tmp_path}/P03.wav: <b>\n  Next: do & say", sha256="c" * 64),
        ),
        (tmp_path / "jane.wav", Row("jane.wav", "", "failed", 2, message=f"{tmp_path}/jane.wav: holds a name")),
        (tmp_path / "P04.wav", Row("P04.wav", "P04", "stopped", 130, message="the time was up")),
        (tmp_path / "P05.wav", Row("P05.wav", "P05", "waiting", message="not begun: the time was up")),
    ]


def _written(rows: list[tuple[Path, Row]], folder: Path) -> str:
    with ledger.opened(folder / "outputs", lambda _: 0, lambda *_: None) as book:
        book.begin("a" * 64, "P01", 3600.0, "s", gentle=False)
        book.stage("a" * 64, "ingest", "done", 65.4)
        book.stage("a" * 64, "diarise", "done", None)
        book.end("a" * 64, "done", 0, "", 100.0)
        book.begin("c" * 64, "P03", 60.0, "s", gentle=False)
        book.stage("c" * 64, "ingest", "running")
        book.end("c" * 64, "failed", 3, "", 1.0)
        page.write(folder / "outputs" / page.NAME, rows, book, 1_700_000_000.0)
    return (folder / "outputs" / page.NAME).read_text("utf-8")


def test_what_needs_a_look_comes_first(rows: list[tuple[Path, Row]], tmp_path: Path) -> None:
    text = _written(rows, tmp_path)
    tree = lxml.html.fromstring(text)
    assert tree.findtext(".//h1") == "2 recordings failed"
    assert "2 failed, 1 not finished, 1 not begun, 1 done and 1 done before." in text
    trouble, every = tree.findall(".//table")
    assert len(trouble.findall(".//tbody/tr")) == 4
    names = [row.findtext(".//strong") for row in every.findall(".//tbody/tr")]
    assert names == ["P03", None, "P04", "P05", "P01", "P02"]
    cells = [cell.text_content() for cell in every.findall(".//tbody/tr")[4]]
    assert cells == ["P01", "done", "01:00:00", "1", "1:05", "done", "", "", ""]
    assert [cell.text_content() for cell in every.findall(".//tbody/tr")[0]][4] == "failed"
    assert "&lt;b&gt;" in text
    assert "do &amp; say" in text


def test_no_name_of_a_file_stands_there(rows: list[tuple[Path, Row]], tmp_path: Path) -> None:
    text = _written(rows, tmp_path)
    assert "jane" not in text
    assert str(tmp_path) not in text
    assert "a file without an id" in text
    assert "2.5 MB, changed" in text
    assert not re.search(r"(src|href)=|url\([^#]|<script|@import", text)


@pytest.mark.skipif(os.name == "nt", reason="no modes here")
def test_only_its_owner_may_read_it(rows: list[tuple[Path, Row]], tmp_path: Path) -> None:
    _written(rows, tmp_path)
    assert stat.S_IMODE((tmp_path / "outputs" / page.NAME).stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("states", "heading"),
    [
        (["done", "skipped"], "All done"),
        (["done", "failed"], "1 recording failed"),
        (["done", "stopped", "waiting"], "2 recordings left over"),
        ([], "All done"),
    ],
)
def test_the_heading_says_how_it_went(tmp_path: Path, states: list[str], heading: str) -> None:
    rows = [(tmp_path / f"P{n}.wav", Row(f"P{n}.wav", f"P{n}", state)) for n, state in enumerate(states)]
    assert lxml.html.fromstring(_written(rows, tmp_path)).findtext(".//h1") == heading
