"""The study's log: who did what with which interview, append-only and hash-chained (outputs/study-log.jsonl).

One JSON object a line; each holds the hash of the line before and its own. An entry holds ids, counts, versions and
hashes: no text, no name, no path. A line that was cut short by a kill was never acknowledged and is taken away by the
next entry. That the last lines were removed altogether no chain can tell; `ipa verify` holds the log against the
manifests for that.
"""

from __future__ import annotations

import json
import os
import platform
import re
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any, Literal

from pydantic import ValidationError

from pipeline import __version__
from pipeline.core import hashes, workspace
from pipeline.core.document import Frozen
from pipeline.core.errors import BadInputError
from pipeline.core.paths import ID_PATTERN, disk_errors, make_folder, read_bytes

FILE = "study-log.jsonl"
LOCK = ".study-log.lock"
MAX_BYTES = 100_000_000
WHO_VARIABLE = "IPA_WHO"
Event = Literal["begin", "run", "import", "lock", "export", "rename", "review", "sign", "key", "purge", "protect"]
START = "0" * 64
_TOKEN = re.compile(r"[A-Za-z0-9._:+-]{1,100}")


class Entry(Frozen):
    """One line. `who` is the code in IPA_WHO, or one made from the account's name, which it does not show."""

    n: int
    at: str
    event: Event
    id: str = ""
    who: str
    version: str
    details: dict[str, Any]
    before: str
    sha256: str = ""

    def digest(self) -> str:
        """The hash that the line must have."""
        plain = self.model_dump(mode="json", exclude={"sha256"})
        return hashes.of_bytes(json.dumps(plain, sort_keys=True, separators=(",", ":")).encode())


def path_of(outputs: Path) -> Path:
    """Where the log is."""
    return outputs / FILE


def add(outputs: Path, event: Event, identifier: str = "", **details: Any) -> Entry:
    """Write one entry.

    Args:
        outputs: the folder of all results.
        event: what was done.
        identifier: of the interview, if it was one.
        details: numbers, truth values, hashes, versions, categories: plain tokens, never text.

    Raises:
        ValueError: a detail is no such thing.
        BadInputError: the log is damaged. ResourceError, UsageProblem: it cannot be written.
    """
    _require_plain(details)
    make_folder(outputs)
    path = path_of(outputs)
    with workspace.locked_file(outputs / LOCK, "the study's log is being written by another run"), disk_errors(outputs):
        flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0)
        with os.fdopen(os.open(path, flags, 0o600), "r+b") as file:
            _drop_half_line(file)
            file.seek(0)
            lines = file.read().splitlines()
            first = (
                _entry(lines[0], path, 1) if lines else _line(None, "begin", "", "-", {"salt": secrets.token_hex(16)})
            )
            last = _entry(lines[-1], path, len(lines)) if lines else first
            entry = _line(last, event, identifier, _who(str(first.details.get("salt", ""))), details)
            file.write((b"" if lines else _text(first)) + _text(entry))
            file.flush()
            os.fsync(file.fileno())
    return entry


def _line(before: Entry | None, event: Event, identifier: str, who: str, details: Mapping[str, Any]) -> Entry:
    entry = Entry(
        n=before.n + 1 if before else 1,
        at=datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        event=event,
        id=identifier,
        who=who,
        version=__version__,
        details=dict(details),
        before=before.sha256 if before else START,
    )
    return entry.model_copy(update={"sha256": entry.digest()})


def _text(entry: Entry) -> bytes:
    return (entry.model_dump_json() + "\n").encode()


def _drop_half_line(file: IO[bytes]) -> None:
    file.seek(0)
    data = file.read()
    if data and not data.endswith(b"\n"):
        file.truncate(data.rfind(b"\n") + 1)


def _who(salt: str) -> str:
    asked = os.environ.get(WHO_VARIABLE, "")
    return asked if ID_PATTERN.fullmatch(asked) else _anonymous(salt)


def _anonymous(salt: str) -> str:
    """A code for the account and the machine: the same through a study, of no meaning in another."""
    # Not getpass.getuser(), which asks a name service over a socket.
    account = str(os.getuid()) if hasattr(os, "getuid") else os.environ.get("USERNAME", "")
    return "u-" + hashes.of_bytes(f"{salt}/{account}/{platform.node()}".encode())[:8]


def _require_plain(value: Any) -> None:
    if isinstance(value, Mapping):
        for key, item in value.items():
            _require_plain(str(key))
            _require_plain(item)
    elif isinstance(value, list | tuple):
        for item in value:
            _require_plain(item)
    elif isinstance(value, str):
        if value and not _TOKEN.fullmatch(value):
            raise ValueError("the log takes no text")
    elif value is not None and not isinstance(value, bool | int | float):
        raise ValueError(f"the log takes no {type(value).__name__}")


def read(outputs: Path) -> list[Entry]:
    """All entries, the chain checked; none where there is no log. An unfinished last line is left out.

    Raises:
        BadInputError: a line is damaged, changed, missing or in another place; the first one is named.
    """
    path = path_of(outputs)
    if not path.exists():
        return []
    data = read_bytes(path, MAX_BYTES)
    entries: list[Entry] = []
    for number, line in enumerate(data[: data.rfind(b"\n") + 1].splitlines(), 1):
        entry = _entry(line, path, number)
        before = entries[-1].sha256 if entries else START
        if entry.n != number or entry.before != before:
            raise _broken(path, number, "does not follow the line before: lines were removed, added or moved")
        if entry.sha256 != entry.digest():
            raise _broken(path, number, "was changed after it was written")
        entries.append(entry)
    return entries


def _entry(line: bytes, path: Path, number: int) -> Entry:
    try:
        return Entry.model_validate_json(line)
    except ValidationError:
        raise _broken(path, number, "is damaged") from None


def _broken(path: Path, number: int, what: str) -> BadInputError:
    return BadInputError(
        f"line {number} {what}", file=path, hint="compare it with a backup, and keep both; the program mends no log"
    )
