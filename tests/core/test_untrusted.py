"""Files that somebody else wrote: refused within bounds, and without a word of what stands in them."""

from __future__ import annotations

import io
import random
import zipfile

import pytest

from pipeline.core.untrusted import MAX_DEPTH, Malformed, json_of, yaml_of, zip_member


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("", None),
        ("a: [1, x]", {"a": [1, "x"]}),
        ("a: 2024-12-25", None),  # a date that is one
        ('a: "caf\\u00e9"', {"a": "café"}),
        ("[" * MAX_DEPTH + "]" * MAX_DEPTH, None),
        ("? x\n: y", {"x": "y"}),
    ],
)
def test_yaml_that_is_taken(text: str, value: object) -> None:
    result = yaml_of(text.encode())
    assert value is None or result == value


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a: b\nplaces: [Zebedee", 2),
        ("a: b\nplaces:\n\t- Zebedee", 3),
        ("people: &a [Zebedee]\nplaces: *a", 2),
        ("a: &a [*a]", 1),
        ("a: [" + "[" * 50_000, 1),
        ("a: " + "{a: " * 50_000, 1),
        ("[" * (MAX_DEPTH + 1) + "]" * (MAX_DEPTH + 1), 1),
        ('a: "Zebedee \\ud800"', 1),
        ("a: x\nb: 2024-13-45", 2),
        ("a: " + "9" * 5_000, 1),
        ("a: !!float Zebedee", 1),
        ("a: !!bool Zebedee", 1),
        ("a: !!timestamp Zebedee", 1),
        ('a: !!binary "Zebedee%"', 1),
        ("a: !!python/name:os.system Zebedee", 1),
        ("? [Zebedee]\n: x", 1),
        ("a: Zebedee\x07", 0),
    ],
)
def test_yaml_that_is_refused(text: str, line: int) -> None:
    with pytest.raises(Malformed) as caught:
        yaml_of(text.encode())
    assert caught.value.line == line
    assert "Zebedee" not in caught.value.what
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None or caught.value.__suppress_context__


def test_yaml_in_another_encoding() -> None:
    with pytest.raises(Malformed):
        yaml_of(b"places: [Zebed\xff]")


@pytest.mark.parametrize("data", [b"", b"{", b"[" * 100_000, b"\xff\xfe{", b'{"a": 1}}', b"9" * 5_000])
def test_json_that_is_refused(data: bytes) -> None:
    with pytest.raises(Malformed):
        json_of(data)


def archive(content: bytes = b"x" * 1000, *, method: int = zipfile.ZIP_DEFLATED, files: int = 1) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as packed:
        for n in range(files):
            packed.writestr(f"part{n}" if n else "part", content)
    return out.getvalue()


def test_a_member_is_unpacked_up_to_its_bound() -> None:
    assert zip_member(archive(), "part", 1000) == b"x" * 1000
    with pytest.raises(Malformed, match="unpacks to more"):
        zip_member(archive(b"x" * 1001), "part", 1000)


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b"", "whole archive"),
        (b"PK\x03\x04", "whole archive"),
        (archive()[:-30], "whole archive"),
        (archive(method=zipfile.ZIP_BZIP2), "unusual"),
        (archive(b"", files=20_000), "too many files"),
    ],
    ids=["nothing", "a signature", "cut off", "bzip2", "too many files"],
)
def test_archives_that_are_refused(data: bytes, what: str) -> None:
    with pytest.raises(Malformed, match=what):
        zip_member(data, "part", 1_000_000)


def test_no_such_member() -> None:
    with pytest.raises(Malformed):
        zip_member(archive(), "other", 1_000_000)


@pytest.mark.parametrize("seed", range(200))
def test_whatever_is_damaged_is_read_or_refused(seed: int) -> None:
    chance = random.Random(seed)
    packed, sheet = (
        bytearray(archive()),
        bytearray(b"id: P1\npeople:\n  - {names: [Zebedee], as: friend}\nplaces: [Eye]\n"),
    )
    for data in (packed, sheet):
        for _ in range(chance.choice([1, 3, 10])):
            at = chance.randrange(len(data))
            data[at : at + chance.randrange(3)] = bytes(chance.randrange(256) for _ in range(chance.randrange(4)))
    for read in (lambda: zip_member(bytes(packed), "part", 10_000), lambda: yaml_of(bytes(sheet))):
        refused = ""
        try:
            read()
        except Malformed as error:
            refused = str(error)
        assert "Zebedee" not in refused
