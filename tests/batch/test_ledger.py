"""The ledger: what it keeps, who may read it, and that nothing is lost with it."""

from __future__ import annotations

import os
import sqlite3
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.app import runner
from pipeline.batch import ledger, plan
from pipeline.batch.folder import Shard
from pipeline.batch.ledger import Ledger
from pipeline.core.errors import IpaError, ResourceError
from tests.batch.nights import Heard, batch

A, B = "a" * 64, "b" * 64


def _nothing(_: Ledger) -> int:
    return 0


def _mute(text: str, level: str) -> None:
    raise AssertionError(text)


def test_attempts_stages_and_times(tmp_path: Path) -> None:
    with ledger.opened(tmp_path, _nothing, _mute) as book:
        assert book.get(A) is None
        book.begin(A, "P01", 60.0, "s", gentle=False)
        book.stage(A, "ingest", "running")
        book.stage(A, "ingest", "done", 1.5)
        book.stage(A, "diarise", "running")
        book.end(A, "failed", 6, "out of memory", 10.0)
        assert book.stages(A) == {"ingest": ("done", 1.5), "diarise": ("failed", None)}
        assert book.rate("s") is None
        book.begin(A, "P01", None, "s", gentle=True)
        assert [(e.state, e.tries, e.length) for e in book.entries()] == [("running", 2, 60.0)]
        book.end(A, "done", 0, "", 30.0)
        entry = book.get(A)
        assert entry is not None
        assert (entry.state, entry.tries, entry.exit_code, entry.error, entry.seconds) == ("done", 0, 0, "", 40.0)
        assert book.attempts(A) == 2
        assert book.rate("s") == 0.5
        assert book.rate("other") is None


@pytest.mark.parametrize(("state", "tries"), [("failed", 1), ("stopped", 0), ("done", 0)])
def test_what_counts_as_a_try(tmp_path: Path, state: str, tries: int) -> None:
    with ledger.opened(tmp_path, _nothing, _mute) as book:
        book.begin(A, "P01", 60.0, "s", gentle=False)
        book.end(A, state, 1, "", 1.0)
        entry = book.get(A)
        assert entry is not None
        assert entry.tries == tries


def test_what_was_running_when_it_was_killed_is_lost(tmp_path: Path) -> None:
    with ledger.opened(tmp_path, _nothing, _mute) as book:
        book.begin(A, "P01", 60.0, "s", gentle=False)
        book.begin(B, "P02", 60.0, "s", gentle=False)
        book.end(B, "done", 0, "", 1.0)
    with ledger.opened(tmp_path, _nothing, _mute) as book:
        assert [(e.id, e.state, e.tries) for e in book.entries()] == [("P01", "lost", 1), ("P02", "done", 0)]


@pytest.mark.skipif(os.name == "nt", reason="no modes here")
@pytest.mark.parametrize("umask", [0o000, 0o022])
def test_only_its_owner_may_read_it(tmp_path: Path, umask: int) -> None:
    before = os.umask(umask)
    try:
        with ledger.opened(tmp_path, _nothing, _mute) as book:
            book.begin(A, "P01", 60.0, "s", gentle=False)
            files = list(tmp_path.iterdir())
            assert len(files) == 3  # the write-ahead log and its index, too
            assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}
    finally:
        os.umask(before)


def test_the_account_of_versions_before_goes(tmp_path: Path) -> None:
    (tmp_path / "batch.json").write_text('[{"file": "jane.wav"}]')
    with ledger.opened(tmp_path, _nothing, _mute):
        assert not (tmp_path / "batch.json").exists()


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:5000])


def _scribble(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[4096:4400] = bytes(range(256)) + bytes(48)
    path.write_bytes(data)


def _other(path: Path) -> None:
    path.unlink()
    database = sqlite3.connect(path)
    database.execute("CREATE TABLE recordings (name TEXT)")
    database.commit()
    database.close()


DAMAGE: list[Callable[[Path], object]] = [
    lambda path: path.write_bytes(b"nothing of the kind\n" * 400),
    lambda path: path.write_bytes(b"SQLite format 3\0"),
    _cut,
    _scribble,
    _other,
]


@pytest.mark.slow
def test_a_damaged_or_lost_ledger_is_made_anew_from_the_outputs(folder: Path, job: runner.Job) -> None:
    sources = [folder / "P01.wav", folder / "P02.m4a"]
    assert [row.status for row in batch(sources, job)] == ["done", "failed"]
    path = job.outputs / "batch.sqlite"
    for damage in DAMAGE:
        damage(path)
        heard = Heard()
        assert [row.status for row in batch(sources, job, heard)] == ["skipped", "failed"]
        assert "batch.sqlite was damaged: it was made anew from 1 transcripts" in heard.texts
        assert (job.outputs / "batch.sqlite.damaged").exists()
    path.unlink()
    heard = Heard()
    batch(sources, job, heard)
    assert "batch.sqlite was not there: it was made from 1 transcripts" in heard.texts
    with ledger.opened(job.outputs, _nothing, _mute) as book:
        done = [entry for entry in book.entries() if entry.state == "done"]
        assert [(entry.id, round(entry.length or 0)) for entry in done] == [("P01", 4)]
        assert set(book.stages(done[0].sha256)) == {"ingest", "diarise", "transcribe", "redact", "emit"}


def test_an_empty_folder_has_nothing_to_say(tmp_path: Path) -> None:
    with ledger.opened(tmp_path, lambda book: plan.rebuild(tmp_path, book), _mute) as book:
        assert book.entries() == []


def test_the_whole_takes_over_what_shards_left(tmp_path: Path) -> None:
    for number, digest in ((1, A), (2, B)):
        with ledger.opened(tmp_path, _nothing, _mute, Shard(number, 2)) as book:
            book.begin(digest, f"P0{number}", 60.0, "s", gentle=False)
            book.end(digest, "done", 0, "", 5.0)
    (tmp_path / "batch-3-of-3.sqlite").write_bytes(b"nothing of the kind")
    heard = Heard()
    with ledger.opened(tmp_path, _nothing, heard.message) as book:
        assert [entry.id for entry in book.entries()] == ["P01", "P02"]
        assert book.attempts(B) == 1
    assert "batch-3-of-3.sqlite is damaged" in heard.texts
    assert [path.name for path in tmp_path.glob("batch-?-of-2.sqlite*")] == []


@pytest.mark.parametrize(
    ("code", "expected", "said"),
    [
        (sqlite3.SQLITE_FULL, ResourceError, "the disk is full"),
        (sqlite3.SQLITE_CORRUPT, IpaError, "makes it anew"),
        (sqlite3.SQLITE_IOERR, IpaError, "is the disk all right"),
    ],
)
def test_what_the_disk_refuses_is_said(tmp_path: Path, code: int, expected: type[IpaError], said: str) -> None:
    class Refusing:
        def execute(self, *_: object) -> None:
            error = sqlite3.OperationalError("refused")
            error.sqlite_errorcode = code
            raise error

    with pytest.raises(expected, match=said):
        Ledger(Refusing(), tmp_path / "batch.sqlite").entries()  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("message", "identifier", "expected"),
    [
        ("{folder}/jane.wav: the file is empty", "", "…: the file is empty"),
        ("jane.wav has no sound", "", "… has no sound"),
        ("'jane' is a name", "", "'…' is a name"),
        ("P01 belongs to another", "P01", "P01 belongs to another"),
        ("{folder}: a file is in the way", "P01", "…: a file is in the way"),
    ],
)
def test_messages_lose_the_names_of_files(tmp_path: Path, message: str, identifier: str, expected: str) -> None:
    source = tmp_path / ("P01.wav" if identifier else "jane.wav")
    said = ledger.nameless(message.format(folder=tmp_path), source, identifier, tmp_path / "outputs")
    assert said == expected


def test_what_was_deleted_is_forgotten(tmp_path: Path) -> None:
    ledger.forget(tmp_path, "P01")  # there is no ledger: none is made
    assert list(tmp_path.iterdir()) == []
    with ledger.opened(tmp_path, _nothing, _mute) as book:
        for sha256, identifier in ((A, "P01"), (B, "P02")):
            book.begin(sha256, identifier, 60.0, "s", gentle=False)
            book.end(sha256, "done", 0, "", 1.0)
    ledger.forget(tmp_path, "P01")
    with ledger.opened(tmp_path, _nothing, _mute) as book:
        assert [entry.id for entry in book.entries()] == ["P02"]
        assert book.attempts(A) == 0
