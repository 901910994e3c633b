"""A batch holds its outputs: a second one on them says who is at it, and leaves.

The folder outputs/.batch (0700) holds the lock and the settings that are handed to the processes; it is emptied at the
start, so that what a killed batch left does not stay. Shards of a cluster run beside each other, each with a folder of
its own, but not beside a batch of everything.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import socket
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pipeline.batch.folder import Shard
from pipeline.core.errors import UsageProblem
from pipeline.core.paths import disk_errors, make_folder, write_text

FOLDER = ".batch"
LOCK, WHO, SETTINGS = "lock", "who.json", "settings"


@contextlib.contextmanager
def held(outputs: Path, shard: Shard | None = None) -> Iterator[Path]:
    """Hold the outputs for this process; yields an empty private folder for what is handed to others.

    Raises:
        UsageProblem: another batch holds them; the message says which.
    """
    common = outputs / FOLDER
    own = common / str(shard) if shard else common
    make_folder(own)
    with contextlib.ExitStack() as stack:
        if shard is not None:
            stack.enter_context(_locked(common, shared=True))
        stack.enter_context(_locked(own, shared=False))
        who = {"pid": os.getpid(), "host": socket.gethostname(), "since": time.strftime("%Y-%m-%d %H:%M")}
        write_text(own / WHO, json.dumps(who) + "\n", private=True)
        handed = own / SETTINGS
        for left in (handed,) if shard else [path for path in own.iterdir() if path.is_dir()]:
            shutil.rmtree(left, ignore_errors=True)
        make_folder(handed)
        try:
            yield handed
        finally:
            shutil.rmtree(handed, ignore_errors=True)
            with contextlib.suppress(OSError):
                (own / WHO).unlink()


@contextlib.contextmanager
def _locked(folder: Path, *, shared: bool) -> Iterator[None]:
    """A lock of the file system, where it has any; it ends with the process."""
    if sys.platform == "win32":
        yield
        return
    with disk_errors(folder):
        handle = os.open(folder / LOCK, os.O_CREAT | os.O_RDWR, 0o600)
    try:
        try:
            with disk_errors(folder):
                _try(handle, shared=shared)
        except _TakenError as error:
            raise UsageProblem(
                f"another batch is at work on these outputs ({_who(folder)})",
                file=folder.parent,
                hint="wait for it to end, or end it; what it has finished stays",
            ) from error
        yield
    finally:
        os.close(handle)


class _TakenError(Exception):
    """Another process has the lock."""


def _try(handle: int, *, shared: bool) -> None:
    import fcntl

    try:
        fcntl.flock(handle, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise _TakenError from error


def _who(folder: Path) -> str:
    """Process, machine and beginning of the batches that hold the outputs, as far as they left word."""
    said = []
    for path in sorted((folder / WHO, *folder.glob(f"*/{WHO}"))):
        with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
            who: dict[str, Any] = json.loads(path.read_text("utf-8"))
            said.append(f"process {who['pid']} on {who['host']} since {who['since']}")
    return "; ".join(said) or "it did not leave its number"
