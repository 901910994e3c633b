"""The file of edits: whole lines only, nothing written over, readable by its owner alone."""

from __future__ import annotations

import errno
import multiprocessing
import os
from pathlib import Path

import pytest

from pipeline.core.errors import BadInputError, ResourceError, UsageProblem
from pipeline.core.paths import RecordingPaths
from pipeline.review import store
from pipeline.review.edits import SwapRoles, to_json


@pytest.fixture
def paths(tmp_path: Path) -> RecordingPaths:
    return RecordingPaths(tmp_path, "P03")


def test_what_is_added_is_there_in_its_order(paths: RecordingPaths) -> None:
    assert store.load(paths) == store.Stored()
    edits = [SwapRoles(id=f"e{n}", who="JL") for n in range(5)]
    first = store.append(paths, edits[:2])
    second = store.append(paths, edits[2:], after=first.version)
    assert store.load(paths) == second
    assert list(second.edits) == edits
    assert first.version != second.version
    if os.name != "nt":
        assert store.file_of(paths).stat().st_mode & 0o777 == 0o600
        assert paths.private.stat().st_mode & 0o777 == 0o700


def test_two_tabs_do_not_write_over_each_other(paths: RecordingPaths) -> None:
    seen = store.append(paths, [SwapRoles(id="a")])
    store.append(paths, [SwapRoles(id="b")], after=seen.version)
    before = store.file_of(paths).read_bytes()
    with pytest.raises(store.StaleEditsError, match="changed elsewhere"):
        store.append(paths, [SwapRoles(id="c")], after=seen.version)
    assert store.file_of(paths).read_bytes() == before
    assert [e.id for e in store.append(paths, [SwapRoles(id="c")]).edits] == ["a", "b", "c"]


@pytest.mark.parametrize("edits", [["a"], ["x", "x"]])
def test_an_id_is_used_once(paths: RecordingPaths, edits: list[str]) -> None:
    store.append(paths, [SwapRoles(id="a")])
    with pytest.raises(UsageProblem, match="this id"):
        store.append(paths, [SwapRoles(id=i) for i in edits])
    assert [e.id for e in store.load(paths).edits] == ["a"]


def test_a_line_cut_off_anywhere_is_no_edit_and_makes_way(paths: RecordingPaths) -> None:
    store.append(paths, [SwapRoles(id="a")])
    whole = store.file_of(paths).read_bytes()
    line = (to_json(SwapRoles(id="b", who="Ä")) + "\n").encode()
    for cut in range(len(line)):
        store.file_of(paths).write_bytes(whole + line[:cut])
        assert [e.id for e in store.load(paths).edits] == ["a"]
        assert [e.id for e in store.append(paths, [SwapRoles(id="c")]).edits] == ["a", "c"]
        assert [e.id for e in store.load(paths).edits] == ["a", "c"]


@pytest.mark.parametrize("bad", [b"{}", b"not json", b'{"kind":"fly"}', b"\xff\xfe", b"[]", b""])
def test_a_damaged_line_is_named_and_nothing_is_added(paths: RecordingPaths, bad: bytes) -> None:
    store.append(paths, [SwapRoles(id="a"), SwapRoles(id="b")])
    first, second = store.file_of(paths).read_bytes().splitlines(keepends=True)
    damaged = first + bad + b"\n" + second
    store.file_of(paths).write_bytes(damaged)
    for work in (lambda: store.load(paths), lambda: store.append(paths, [SwapRoles()])):
        with pytest.raises(BadInputError, match="line 2 of the edits is damaged"):
            work()
    assert store.file_of(paths).read_bytes() == damaged


def test_a_full_disk_leaves_the_edits_as_they_were(paths: RecordingPaths, monkeypatch: pytest.MonkeyPatch) -> None:
    store.append(paths, [SwapRoles(id="a")])
    before, write = store.file_of(paths).read_bytes(), os.write

    def full(handle: int, data: bytes) -> int:
        if len(data) > 10:
            return write(handle, bytes(data[:10]))
        raise OSError(errno.ENOSPC, "no space left")

    with monkeypatch.context() as broken:
        broken.setattr(os, "write", lambda h, d: full(h, bytes(d)[: max(1, len(d) // 2)]))
        with pytest.raises(ResourceError, match="disk is full"):
            store.append(paths, [SwapRoles(id="b")])
    assert store.file_of(paths).read_bytes() == before
    assert [e.id for e in store.append(paths, [SwapRoles(id="b")]).edits] == ["a", "b"]


def _add(folder: Path, name: str) -> None:
    for n in range(15):
        store.append(RecordingPaths(folder, "P03"), [SwapRoles(id=f"{name}{n}")])


@pytest.mark.skipif(os.name == "nt", reason="no file locks here")
def test_processes_that_write_at_once_lose_nothing(paths: RecordingPaths) -> None:
    context = multiprocessing.get_context("fork")
    workers = [context.Process(target=_add, args=(paths.outputs, name)) for name in "xyz"]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert sorted(e.id for e in store.load(paths).edits) == sorted(f"{name}{n}" for name in "xyz" for n in range(15))
