"""One recording, held by one process, with a private temporary folder.

Libraries write temporary files wherever TMPDIR points: usually a folder that every user of the machine can list, and
where a killed program leaves its files behind. While a recording is held, TMPDIR is outputs/<id>/.tmp (0700), for child
processes, too. It is emptied at the start and at the end.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from pipeline.core.errors import UsageProblem
from pipeline.core.paths import TEMPORARY, RecordingPaths, disk_errors, make_folder

FOLDER = ".tmp"
LOCK = ".lock"
VARIABLES = ("TMPDIR", "TEMP", "TMP")
PROBE_S = 0.1
"""Seconds, a hundred times as long as `is_held` has a lock."""


@contextlib.contextmanager
def held(paths: RecordingPaths) -> Iterator[None]:
    """Hold a recording for this process; what a killed one left behind is removed first.

    Raises:
        UsageProblem: another process holds it, or the folder cannot be written.
    """
    make_folder(paths.root)
    with disk_errors(paths.root):
        os.chmod(paths.root, 0o700)
    with locked(paths), _temporary(paths):
        yield


@contextlib.contextmanager
def locked(paths: RecordingPaths) -> Iterator[None]:
    """A lock of the file system on a recording, where it has any; it ends with the process."""
    with locked_file(paths.root / LOCK, f"'{paths.id}' is being processed by another run", wait=False):
        yield


@contextlib.contextmanager
def locked_file(path: Path, busy: str, *, wait: bool = True) -> Iterator[None]:
    """A lock of the file system, where it has any; it ends with the process.

    Args:
        path: the file that is locked; made if it is not there.
        busy: what is the matter when it is taken.
        wait: until it is free, instead of refusing.

    Raises:
        UsageProblem: it is taken.
    """
    if sys.platform == "win32":
        yield
        return
    import fcntl

    with disk_errors(path.parent):
        handle = os.open(path, os.O_CREAT | os.O_RDWR, 0o600)
    try:
        if wait:
            fcntl.flock(handle, fcntl.LOCK_EX)
        elif not _taken(handle, fcntl.LOCK_EX):
            time.sleep(PROBE_S)  # perhaps `is_held` was looking at this moment
            if not _taken(handle, fcntl.LOCK_EX):
                raise UsageProblem(busy, file=path.parent, hint="wait until it has finished")
        yield
    finally:
        os.close(handle)


def is_held(paths: RecordingPaths) -> bool:
    """Whether a process holds a recording now; False where the system has no locks. Changes nothing."""
    if sys.platform == "win32":
        return False
    import fcntl

    try:
        handle = os.open(paths.root / LOCK, os.O_RDONLY)
    except OSError:
        return False
    try:
        return not _taken(handle, fcntl.LOCK_SH)
    finally:
        os.close(handle)


def _taken(handle: int, kind: int) -> bool:
    """Take a lock now or not at all."""
    import fcntl

    try:
        fcntl.flock(handle, kind | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def tidy(paths: RecordingPaths) -> None:
    """Remove what a killed process left of its temporary files, unless another one holds the recording."""
    if paths.root.is_dir():
        with contextlib.suppress(UsageProblem), locked(paths):
            _clear(paths)


@contextlib.contextmanager
def _temporary(paths: RecordingPaths) -> Iterator[None]:
    folder = paths.root.absolute() / FOLDER
    _clear(paths)
    make_folder(folder)
    with disk_errors(folder):
        os.chmod(folder, 0o700)
    before = {name: os.environ.get(name) for name in VARIABLES}
    default = tempfile.tempdir
    os.environ.update(dict.fromkeys(VARIABLES, str(folder)))
    tempfile.tempdir = str(folder)
    try:
        yield
    finally:
        tempfile.tempdir = default
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
        _clear(paths)


def _clear(paths: RecordingPaths) -> None:
    """Remove the temporary folder and half-written files.

    What cannot be removed (a library on Windows still has it open) is removed next time.
    """
    shutil.rmtree(paths.root / FOLDER, ignore_errors=True)
    for folder in (paths.root, paths.work, paths.private, paths.share):
        for half in folder.glob(f"{TEMPORARY}*"):
            _remove(half)


def _remove(path: Path) -> None:
    with contextlib.suppress(OSError):
        path.unlink()
