"""The account of a batch: each recording by the hash of its content, its state at every stage, attempts, errors, time.

SQLite with a write-ahead log, in outputs/batch.sqlite (0600). It holds ids and no other names: no name of a file, no
folder, nothing that was said. Whether a recording is done is never asked here but of its outputs, so a ledger that is
lost or damaged is made anew from them; what only it knew are failures and times.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from pipeline.batch.folder import Shard
from pipeline.core.errors import IpaError, ResourceError
from pipeline.core.paths import disk_errors, make_folder

NAME = "batch.sqlite"
OLD = "batch.json"  # the account of versions before; its names of files do not stay
VERSION = 1
APPLICATION = 0x69706162  # "ipab"
TABLES = """
CREATE TABLE recordings (
    sha256 TEXT PRIMARY KEY, id TEXT NOT NULL, length REAL, state TEXT NOT NULL, tries INTEGER NOT NULL DEFAULT 0,
    settings TEXT NOT NULL DEFAULT '', exit_code INTEGER, error TEXT NOT NULL DEFAULT '', seconds REAL, at REAL NOT NULL
) WITHOUT ROWID;
CREATE TABLE attempts (
    sha256 TEXT NOT NULL REFERENCES recordings ON DELETE CASCADE, number INTEGER NOT NULL, began REAL NOT NULL,
    gentle INTEGER NOT NULL, seconds REAL, exit_code INTEGER, error TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (sha256, number)
) WITHOUT ROWID;
CREATE TABLE stages (
    sha256 TEXT NOT NULL REFERENCES recordings ON DELETE CASCADE, stage TEXT NOT NULL, state TEXT NOT NULL,
    seconds REAL, PRIMARY KEY (sha256, stage)
) WITHOUT ROWID;
"""

Say = Callable[[str, str], None]


@dataclass(frozen=True)
class Entry:
    """A recording in the ledger. `state` is running, lost (the batch was killed meanwhile), stopped, failed or done;
    `tries` counts attempts since it was last settled; `length` and `seconds` (of all attempts) are in seconds."""

    sha256: str
    id: str
    length: float | None
    state: str
    tries: int
    settings: str
    exit_code: int | None
    error: str
    seconds: float | None


class Ledger:
    """An open ledger. Times are of the wall clock and only told, never compared."""

    def __init__(self, database: sqlite3.Connection, path: Path) -> None:
        self._database, self._path = database, path

    def get(self, sha256: str) -> Entry | None:
        """What is known of a recording."""
        with self._errors():
            row = self._database.execute(f"SELECT {COLUMNS} FROM recordings WHERE sha256 = ?", (sha256,)).fetchone()
        return Entry(*row) if row else None

    def entries(self) -> list[Entry]:
        """Everything, by id."""
        with self._errors():
            rows = self._database.execute(f"SELECT {COLUMNS} FROM recordings ORDER BY id, sha256").fetchall()
        return [Entry(*row) for row in rows]

    def stages(self, sha256: str) -> dict[str, tuple[str, float | None]]:
        """Stage -> (done, running or failed; seconds)."""
        with self._errors():
            rows = self._database.execute("SELECT stage, state, seconds FROM stages WHERE sha256 = ?", (sha256,))
            return {stage: (state, seconds) for stage, state, seconds in rows}

    def attempts(self, sha256: str) -> int:
        """How often it was begun, ever."""
        with self._errors():
            row = self._database.execute("SELECT count(*) FROM attempts WHERE sha256 = ?", (sha256,)).fetchone()
        return int(row[0])

    def begin(self, sha256: str, identifier: str, length: float | None, settings: str, *, gentle: bool) -> None:
        """An attempt begins."""
        with self._errors(), self._database as database:
            database.execute(
                "INSERT INTO recordings (sha256, id, length, state, tries, settings, at) "
                "VALUES (?, ?, ?, 'running', 1, ?, ?) ON CONFLICT (sha256) DO UPDATE SET id = excluded.id, "
                "length = coalesce(excluded.length, length), state = 'running', tries = tries + 1, "
                "settings = excluded.settings, at = excluded.at",
                (sha256, identifier, length, settings, time.time()),
            )
            database.execute(
                "INSERT INTO attempts (sha256, number, began, gentle) "
                "SELECT ?, coalesce(max(number), 0) + 1, ?, ? FROM attempts WHERE sha256 = ?",
                (sha256, time.time(), gentle, sha256),
            )

    def stage(self, sha256: str, stage: str, state: str, seconds: float | None = None) -> None:
        """A stage is running, done or failed."""
        with self._errors(), self._database as database:
            database.execute(
                "INSERT INTO stages VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET state = excluded.state, "
                "seconds = coalesce(excluded.seconds, seconds)",
                (sha256, stage, state, seconds),
            )

    def end(self, sha256: str, state: str, exit_code: int, error: str, seconds: float) -> None:
        """An attempt ended: done, failed, or stopped by the user or the hour, which counts as no try."""
        left = {"done": "0", "stopped": "max(tries - 1, 0)"}.get(state, "tries")
        with self._errors(), self._database as database:
            database.execute(
                "UPDATE attempts SET seconds = ?, exit_code = ?, error = ? WHERE sha256 = ? AND number = "
                "(SELECT max(number) FROM attempts WHERE sha256 = ?)",
                (seconds, exit_code, error, sha256, sha256),
            )
            database.execute(
                f"UPDATE recordings SET state = ?, tries = {left}, exit_code = ?, error = ?, "
                "seconds = (SELECT sum(seconds) FROM attempts WHERE attempts.sha256 = recordings.sha256), at = ? "
                "WHERE sha256 = ?",
                (state, exit_code, error, time.time(), sha256),
            )
            if state == "failed":
                database.execute("UPDATE stages SET state = 'failed' WHERE sha256 = ? AND state = 'running'", (sha256,))

    def settle(
        self, sha256: str, identifier: str, length: float | None, state: str, exit_code: int = 0, error: str = ""
    ) -> None:
        """What became of a recording without an attempt: done before, or something is wrong with its id."""
        with self._errors(), self._database as database:
            database.execute(
                "INSERT INTO recordings (sha256, id, length, state, exit_code, error, at) VALUES (?, ?, ?, ?, ?, ?, ?) "
                "ON CONFLICT (sha256) DO UPDATE SET id = excluded.id, length = coalesce(excluded.length, length), "
                "state = excluded.state, tries = 0, exit_code = excluded.exit_code, error = excluded.error",
                (sha256, identifier, length, state, exit_code, error, time.time()),
            )

    def forgive(self, sha256: str) -> None:
        """Forget the tries of a recording that failed, so that it is tried again."""
        with self._errors(), self._database as database:
            database.execute("UPDATE recordings SET tries = 0 WHERE sha256 = ?", (sha256,))

    def rate(self, settings: str) -> float | None:
        """Seconds of work for a second of sound, over what was done with these settings; None before the first."""
        with self._errors():
            spent, length = self._database.execute(
                "SELECT sum(attempts.seconds), sum(length) FROM recordings JOIN attempts USING (sha256) "
                "WHERE state = 'done' AND settings = ? AND length > 0 AND attempts.exit_code = 0",
                (settings,),
            ).fetchone()
        return spent / length if spent and length else None

    def lose(self) -> None:
        """Mark what was running when a batch was killed. Only for who holds the outputs."""
        with self._errors(), self._database as database:
            database.execute("UPDATE recordings SET state = 'lost' WHERE state = 'running'")
            database.execute("UPDATE attempts SET error = 'the batch was killed' WHERE seconds IS NULL AND error = ''")

    def absorb(self, other: Path) -> None:
        """Take over what a shard's ledger knows, and remove it."""
        with self._errors():
            self._database.execute("ATTACH ? AS shard", (str(other),))
            try:
                with self._database as database:
                    for table in ("recordings", "attempts", "stages"):
                        database.execute(f"INSERT OR REPLACE INTO main.{table} SELECT * FROM shard.{table}")
            finally:
                self._database.execute("DETACH shard")
        for suffix in SUFFIXES:
            Path(f"{other}{suffix}").unlink(missing_ok=True)

    @contextlib.contextmanager
    def _errors(self) -> Iterator[None]:
        with _as_ours(self._path):
            yield


COLUMNS = "sha256, id, length, state, tries, settings, exit_code, error, seconds"
SUFFIXES = ("", "-wal", "-shm")


class DamagedError(Exception):
    """The file is no ledger of this version."""


@contextlib.contextmanager
def opened(outputs: Path, rebuild: Callable[[Ledger], int], say: Say, shard: Shard | None = None) -> Iterator[Ledger]:
    """Open the ledger of these outputs, or make one.

    Args:
        outputs: the folder of all results, held by the caller (see `hold`).
        rebuild: fills an empty ledger from the outputs; returns how many recordings it found.
        say: told (text, level) if the ledger was damaged or missing.
        shard: whose ledger; that of the whole takes over what shards left.

    Raises:
        IpaError: it cannot be written.
    """
    make_folder(outputs)
    path = outputs / (f"batch-{shard}.sqlite" if shard else NAME)
    existed, damaged = path.exists(), False
    try:
        database = _connect(path)
    except DamagedError:
        damaged = True
        for suffix in SUFFIXES:
            with disk_errors(path), contextlib.suppress(FileNotFoundError):
                os.replace(f"{path}{suffix}", f"{path}.damaged{suffix}")
        database = _connect(path)
    try:
        ledger = Ledger(database, path)
        if damaged or (not existed and shard is None):
            found = rebuild(ledger)
            if damaged:
                aside = f"{path.name}.damaged"
                say(f"{path.name} was damaged: it was made anew from {found} transcripts and put aside as {aside}; "
                    "what had failed before is not known any more and is tried again", "warning")  # fmt: skip
            elif found:
                say(f"{path.name} was not there: it was made from {found} transcripts", "info")
        if shard is None:
            for other in sorted(outputs.glob("batch-*-of-*.sqlite")):
                _absorb(ledger, other, say)
        ledger.lose()
        (outputs / OLD).unlink(missing_ok=True)
        yield ledger
    finally:
        database.close()


def _absorb(ledger: Ledger, other: Path, say: Say) -> None:
    try:
        _connect(other).close()
    except DamagedError:
        say(f"{other.name} is damaged and was left out; the transcripts of that part are found all the same", "warning")
        return
    ledger.absorb(other)


def _connect(path: Path) -> sqlite3.Connection:
    """An open database with our tables.

    Raises:
        DamagedError: the file is something else.
    """
    with disk_errors(path):
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))  # SQLite gives its other files the same mode
        os.chmod(path, 0o600)
    database = sqlite3.connect(path, timeout=30)
    try:
        with _as_ours(path, damage=True):
            empty = path.stat().st_size == 0
            database.execute("PRAGMA journal_mode = WAL")
            database.execute("PRAGMA synchronous = FULL")
            database.execute("PRAGMA foreign_keys = ON")
            if empty:
                database.executescript(f"BEGIN; {TABLES} PRAGMA application_id = {APPLICATION}; "
                                       f"PRAGMA user_version = {VERSION}; COMMIT;")  # fmt: skip
            _check(database)
    except BaseException:
        database.close()
        raise
    return database


def _check(database: sqlite3.Connection) -> None:
    marks = [database.execute(f"PRAGMA {name}").fetchone()[0] for name in ("application_id", "user_version")]
    if marks != [APPLICATION, VERSION]:
        raise DamagedError
    if database.execute("PRAGMA integrity_check(1)").fetchone()[0] != "ok":
        raise DamagedError
    database.execute(f"SELECT {COLUMNS} FROM recordings LIMIT 1").fetchall()


@contextlib.contextmanager
def _as_ours(path: Path, *, damage: bool = False) -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        if code == sqlite3.SQLITE_FULL:
            raise ResourceError(
                "the disk is full", file=path, hint="free some space; the same command goes on"
            ) from None
        if code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_ERROR):
            if damage:
                raise DamagedError from error
            raise IpaError(
                "the ledger was damaged while it was in use", file=path, hint="the same command makes it anew"
            ) from error
        raise IpaError(f"the ledger cannot be used: {error}", file=path, hint="is the disk all right?") from error


def failures(outputs: Path) -> dict[str, str]:
    """{id: what went wrong} of recordings that failed in a batch and were not done since. Changes nothing; of a ledger
    that cannot be read it says nothing."""
    path = outputs / NAME
    beside = Path(f"{path}-wal").exists()  # a batch is at work; SQLite cannot make these files without writing
    try:
        address = f"{path.absolute().as_uri()}?{'mode=ro' if beside else 'immutable=1'}"
        with contextlib.closing(sqlite3.connect(address, uri=True)) as database:
            rows = database.execute("SELECT id, error FROM recordings WHERE state = 'failed' ORDER BY at").fetchall()
    except sqlite3.Error:
        return {}
    return {identifier: error.removeprefix("…: ") for identifier, error in rows if identifier}


def forget(outputs: Path, identifier: str) -> None:
    """Drop a recording that was deleted. A ledger that cannot be read stays for the next batch to mend."""
    if not (outputs / NAME).is_file():
        return
    with (
        contextlib.suppress(DamagedError, IpaError),
        contextlib.closing(_connect(outputs / NAME)) as database,
        database,
    ):
        database.execute("DELETE FROM recordings WHERE id = ?", (identifier,))


def nameless(message: str, source: Path, identifier: str, outputs: Path) -> str:
    """A message without the names of files and folders: they can hold somebody's name."""
    places = (os.path.abspath(source), source, os.path.abspath(outputs), os.path.abspath(source.parent), Path.home())
    for place in (*map(str, places), source.name):
        message = message.replace(place, "…") if len(place) > 1 else message
    stem = source.stem
    return message.replace(stem, "…") if stem != identifier and len(stem) > 2 else message
