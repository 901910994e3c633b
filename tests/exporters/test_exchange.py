"""What the exchange formats share: times, plain text, identifiers, archives."""

from __future__ import annotations

import io
import re
import unicodedata
import uuid
import zipfile
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.core.errors import UsageProblem
from pipeline.exporters.base import ExportContext
from pipeline.exporters.exchange import (
    TimedLine,
    apart,
    ascii_text,
    audio_name,
    chronological,
    filled,
    guid,
    line_range,
    old_style_bytes,
    xml_text,
)
from pipeline.exporters.packing import pack
from pipeline.transcript.numbered import Line


@pytest.mark.parametrize(
    ("spans", "expected"),
    [
        ([], []),
        ([(1.0, 2.0)], [(1000, 2000)]),
        ([(None, None)], [(0, 1)]),
        ([(1.0, 2.0), (None, None), (5.0, 6.0)], [(1000, 2000), (2000, 5000), (5000, 6000)]),
        ([(None, None), (5.0, 6.0)], [(0, 5000), (5000, 6000)]),
        ([(1.0, 2.0), (None, None)], [(1000, 2000), (2000, 2001)]),
        ([(1.0, None), (3.0, 4.0)], [(1000, 3000), (3000, 4000)]),
        ([(2.0, 2.0)], [(2000, 2001)]),
        ([(-0.3, 0.1)], [(0, 100)]),
        ([(0.0004, 0.0006)], [(0, 1)]),
    ],
)
def test_unknown_times_get_the_gap(
    spans: list[tuple[float | None, float | None]], expected: list[tuple[int, int]]
) -> None:
    assert filled(spans) == expected


def timed(spans: list[tuple[int, int]]) -> list[TimedLine]:
    return [
        TimedLine(Line(n, "", "T1", "P", "x", 0.0, 0.0, 0, 1), start, max(end, start + 1))
        for n, (start, end) in enumerate(spans, start=1)
    ]


spans = st.lists(st.tuples(st.integers(0, 5000), st.integers(0, 6000)), max_size=30).map(timed)


@given(spans)
def test_a_tier_holds_one_thing_at_a_time(rows: list[TimedLine]) -> None:
    result = apart(rows)
    assert sorted(row.line.number for row in result) == sorted(row.line.number for row in rows)
    assert all(row.start < row.end for row in result)
    assert all(a.end <= b.start for a, b in pairwise(result))


@given(spans)
def test_rows_keep_their_place_and_never_go_back(rows: list[TimedLine]) -> None:
    result = chronological(rows)
    assert [row.line for row in result] == [row.line for row in rows]
    assert all(a.start <= b.start for a, b in pairwise(result))
    assert all(row.start < row.end for row in result)


def test_times_that_fit_stay_as_they_are() -> None:
    rows = timed([(0, 10), (10, 25), (30, 31)])
    assert apart(rows) == rows == chronological(rows)


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("plain", "plain"),
        ("‘it’s’ – “so” … wait—", "'it's' - \"so\" ... wait-"),
        ("café naïve Łódź Søren straße", "cafe naive Lodz Soren strasse"),
        ("£4 and 20°", "GBP 4 and 20 degrees"),
        ("½ cup", "1/2 cup"),
        ("ﬁne ２", "fine 2"),
        ("سلام", "سلام"),
        ("你好 – ok", "你好 - ok"),
    ],
)
def test_plain_text(text: str, plain: str) -> None:
    assert ascii_text(text) == plain


@given(st.text())
def test_plain_text_never_grows_foreign_and_settles(text: str) -> None:
    once = ascii_text(text)
    assert ascii_text(once) == once


@pytest.mark.parametrize("base", ["A", "E", "I", "O", "U", "C", "N", "S", "Z"])
def test_accented_letters_lose_their_accents(base: str) -> None:
    start = re.compile(rf"LATIN SMALL LETTER {base} WITH (ACUTE|GRAVE|CIRCUMFLEX|DIAERESIS|TILDE|CARON|CEDILLA)$")
    letters = [chr(n) for n in range(0x80, 0x2000) if start.match(unicodedata.name(chr(n), ""))]
    assert len(letters) >= 3
    assert ascii_text("".join(letters)) == base.lower() * len(letters)


def test_a_byte_order_mark_only_where_it_is_needed() -> None:
    assert old_style_bytes("a ’b’\nc\n", "\r\n") == b"a 'b'\r\nc\r\n"
    assert old_style_bytes("سلام\n", "\n").startswith(b"\xef\xbb\xbf")


@given(st.text())
def test_xml_text_can_be_parsed(text: str) -> None:
    from xml.etree import ElementTree as ET

    root = ET.Element("a")
    root.text = xml_text(text)
    assert ET.fromstring(ET.tostring(root, encoding="utf-8")) is not None


@pytest.mark.parametrize(("labels", "text"), [(["7"], "7"), (["7", "8", "9"], "7-9"), (["7", "7a"], "7-7a")])
def test_line_range(labels: list[str], text: str) -> None:
    assert line_range(labels) == text


def test_identifiers_depend_on_their_parts_alone() -> None:
    assert guid("source", "P03") == guid("source", "P03")
    assert uuid.UUID(guid("source", "P03")).version == 5
    assert len({guid("a", "bc"), guid("ab", "c"), guid("abc")}) == 3


def test_archives_are_the_same_every_time() -> None:
    files = [("project.qde", b"x" * 1000), ("sources/a.txt", b"y")]
    assert pack(files, stored=("sources/a.txt",)) == pack(files, stored=("sources/a.txt",))
    with zipfile.ZipFile(io.BytesIO(pack(files))) as archive:
        assert archive.testzip() is None
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_sound_only_where_it_was_asked_for() -> None:
    assert audio_name(ExportContext(audio=Path("a/redacted.wav"))) is None
    assert audio_name(ExportContext(with_audio=True, audio=Path("a/redacted.wav"))) == "redacted.wav"
    with pytest.raises(UsageProblem, match="no listening copy"):
        audio_name(ExportContext(with_audio=True))
