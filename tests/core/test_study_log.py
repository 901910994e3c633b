"""The study's log: a chain that shows every change, takes no text, and survives a kill."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from pipeline.core import study_log
from pipeline.core.errors import BadInputError


def _filled(outputs: Path) -> Path:
    for n in range(4):
        study_log.add(outputs, "run", f"P0{n}", files=n, manifest_sha256="a" * 64, stages=["redact", "emit"])
    return study_log.path_of(outputs)


def test_entries_follow_each_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = _filled(tmp_path)
    monkeypatch.setenv("IPA_WHO", "R1")
    study_log.add(tmp_path, "sign", "P01", heard=0.98)
    entries = study_log.read(tmp_path)
    assert [e.event for e in entries] == ["begin", "run", "run", "run", "run", "sign"]
    assert entries[-1].who == "R1"
    assert len({e.who for e in entries[1:5]}) == 1
    assert path.stat().st_mode & 0o077 == 0


def test_who_is_no_name_and_not_the_same_in_another_study(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IPA_WHO", "Zebedee Quill")  # no code: not taken
    whos = {study_log.add(tmp_path / study, "run", "P01").who for study in ("a", "b")}
    assert len(whos) == 2
    assert not any("ebedee" in who for who in whos)


@pytest.mark.parametrize("detail", ["two words", "Zebedee said", "/home/x", {"a b": 1}, ["x y"], object()])
def test_text_is_not_taken(detail: object, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="the log takes no"):
        study_log.add(tmp_path, "run", "P01", what=detail)
    assert not list(tmp_path.iterdir())


def _changed(lines: list[bytes]) -> list[bytes]:
    return [*lines[:2], lines[2].replace(b'"files":1', b'"files":7'), *lines[3:]]


def _forged(lines: list[bytes]) -> list[bytes]:
    """A changed entry with its own hash made anew: the next one gives it away."""
    entry = study_log.Entry.model_validate_json(lines[2]).model_copy(update={"details": {"files": 9}})
    forged = entry.model_copy(update={"sha256": entry.digest()})
    return [*lines[:2], forged.model_dump_json().encode() + b"\n", *lines[3:]]


@pytest.mark.parametrize(
    ("damage", "line", "said"),
    [
        (_changed, 3, "was changed"),
        (_forged, 4, "does not follow"),
        (lambda lines: [*lines[:2], *lines[3:]], 3, "does not follow"),
        (lambda lines: [lines[1], lines[0], *lines[2:]], 1, "does not follow"),
        (lambda lines: [*lines, lines[-1]], 6, "does not follow"),
        (lambda lines: lines[1:], 1, "does not follow"),
        (lambda lines: [*lines[:1], b"{}\n", *lines[2:]], 2, "is damaged"),
        (lambda lines: [*lines[:1], b"\xff\n", *lines[2:]], 2, "is damaged"),
    ],
)
def test_the_first_break_is_named(
    damage: Callable[[list[bytes]], list[bytes]], line: int, said: str, tmp_path: Path
) -> None:
    path = _filled(tmp_path)
    path.write_bytes(b"".join(damage(path.read_bytes().splitlines(keepends=True))))
    with pytest.raises(BadInputError, match=f"line {line} {said}"):
        study_log.read(tmp_path)


@pytest.mark.parametrize("cut", [1, 20, 200])
def test_a_line_that_a_kill_cut_short_was_never_written(cut: int, tmp_path: Path) -> None:
    path = _filled(tmp_path)
    path.write_bytes(path.read_bytes()[:-cut])
    assert len(study_log.read(tmp_path)) == 4
    study_log.add(tmp_path, "lock", "P09")
    assert [e.id for e in study_log.read(tmp_path)][-2:] == ["P02", "P09"]


def test_many_at_once_make_one_chain(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: study_log.add(tmp_path, "run", f"P{n}"), range(40)))
    entries = study_log.read(tmp_path)
    assert len(entries) == 41
    assert json.loads(study_log.path_of(tmp_path).read_text().splitlines()[0])["event"] == "begin"
