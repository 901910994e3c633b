"""private/edits.jsonl: one edit a line, in the order in which they were made, only ever added to.

A line counts once its end is on the disk. What a killed process left of a line is no edit: it is passed over when
reading and cut off by the next append. Several processes may append (the page, another command): each holds the file
while it writes, and one that built on an older state is told so instead of writing over the other.
"""

from __future__ import annotations

import contextlib
import functools
import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from pipeline.core import hashes
from pipeline.core.errors import BadInputError, UsageProblem
from pipeline.core.paths import RecordingPaths, disk_errors, make_folder
from pipeline.review.edits import Edit, from_json, to_json

MAX_BYTES = 200_000_000
"""Bytes of a file of edits; an hour of review makes a few hundred kilobytes."""


class StaleEditsError(UsageProblem):
    """Somebody else added edits since these were made."""


@dataclass(frozen=True)
class Stored:
    """The edits of an interview. `version` changes with every edit; "" for none."""

    edits: tuple[Edit, ...] = ()
    version: str = ""


def file_of(paths: RecordingPaths) -> Path:
    """Where the edits are."""
    return paths.private / "edits.jsonl"


def load(paths: RecordingPaths) -> Stored:
    """All edits so far.

    Raises:
        BadInputError: a line is damaged (not the last, which a crash may have cut off), or the file cannot be read.
    """
    path = file_of(paths)
    if not path.is_file():
        return Stored()
    with _held(path) as handle:
        return _parse(_read(handle, path), path)


def append(paths: RecordingPaths, edits: Sequence[Edit], *, after: str | None = None) -> Stored:
    """Add edits, all or none; they are on the disk when this returns.

    Args:
        after: the `version` that they build on; None to add them whatever was added meanwhile.

    Returns:
        All edits, the new ones included.

    Raises:
        StaleEditsError: `after` is not the latest version. Nothing is written.
        UsageProblem, ResourceError: the file cannot be written, or the disk is full. Nothing is written.
        BadInputError: see `load`.
    """
    path = file_of(paths)
    make_folder(paths.private)
    with _held(path) as handle:
        data = _read(handle, path)
        stored = _parse(data, path)
        if after is not None and after != stored.version:
            raise StaleEditsError(
                "the transcript was changed elsewhere meanwhile",
                file=path,
                hint="load it again; what was changed there is kept, and nothing of yours was written over it",
            )
        known = {edit.id for edit in stored.edits}
        if len({e.id for e in edits} - known) != len(edits):
            raise UsageProblem("an edit with this id is stored already", file=path, hint="load the transcript again")
        if not edits:
            return stored
        whole = _whole(data)
        added = "".join(to_json(edit) + "\n" for edit in edits).encode()
        _write(handle, path, whole, added)
        return _parse(whole + added, path)


@contextlib.contextmanager
def _held(path: Path) -> Iterator[int]:
    """The file, open and locked against other processes until the end (no lock on Windows)."""
    with disk_errors(path):
        handle = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o600)
    try:
        if sys.platform != "win32":
            import fcntl

            fcntl.flock(handle, fcntl.LOCK_EX)
            os.fchmod(handle, 0o600)
        yield handle
    finally:
        os.close(handle)


def _read(handle: int, path: Path) -> bytes:
    size = os.fstat(handle).st_size
    if size > MAX_BYTES:
        raise BadInputError(f"it is larger than {MAX_BYTES / 1e6:g} MB", file=path, hint="restore it from your backup")
    os.lseek(handle, 0, os.SEEK_SET)
    pieces = []
    while piece := os.read(handle, 1 << 20):
        pieces.append(piece)
    return b"".join(pieces)


def _write(handle: int, path: Path, whole: bytes, added: bytes) -> None:
    """`added` after `whole`, down to the disk; where that fails, the file is as it was."""
    try:
        with disk_errors(path):
            os.ftruncate(handle, len(whole))
            os.lseek(handle, len(whole), os.SEEK_SET)
            rest = memoryview(added)
            while rest:
                rest = rest[os.write(handle, rest) :]
            os.fsync(handle)
    except BaseException:
        with contextlib.suppress(OSError):
            os.ftruncate(handle, len(whole))
        raise


def _whole(data: bytes) -> bytes:
    """The lines that have their end."""
    return data[: data.rfind(b"\n") + 1]


_edit = functools.lru_cache(maxsize=4096)(from_json)
"""The edits of an hour, as they were read before: whoever reviews reads the file again with every change."""


def forget() -> None:
    """Drop the edits that were read, which hold words of transcripts, from memory."""
    _edit.cache_clear()


def _parse(data: bytes, path: Path) -> Stored:
    whole = _whole(data)
    edits = []
    for number, line in enumerate(whole.splitlines(), start=1):
        try:
            edits.append(_edit(line))
        except ValidationError:
            raise BadInputError(
                f"line {number} of the edits is damaged",
                file=path,
                hint="restore the file from your backup, or remove this line; the other edits are whole",
            ) from None
    return Stored(tuple(edits), hashes.of_bytes(whole)[:16] if edits else "")
