"""Which files of a folder are recordings, whose turn it is, and which new ones are whole."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pipeline.core import keysheet
from pipeline.core.errors import UsageProblem
from pipeline.core.paths import disk_errors, no_such_file

SUFFIXES = frozenset(
    f".{suffix}"
    for suffix in (
        *("3g2", "3gp", "aac", "ac3", "aif", "aiff", "amr", "au", "avi", "caf", "ds2", "dss", "flac", "m4a", "m4b"),
        *("mka", "mkv", "mov", "mp2", "mp3", "mp4", "mpeg", "mpg", "oga", "ogg", "opus", "wav", "weba", "webm"),
        *("wma", "wmv"),
    )
)
STILL_S = 20.0
"""A file that did not change for so long is whole: recorders and copying programs write several times a second."""

Signature = tuple[int, ...]


def recordings(folder: Path) -> list[Path]:
    """Recordings in a folder, by their suffix, sorted by name; hidden files are left out.

    Raises:
        BadInputError: there is no such folder.
    """
    if not folder.is_dir():
        raise no_such_file(folder, "folder")
    with disk_errors(folder):
        return sorted(
            path
            for path in folder.iterdir()
            if path.suffix.lower() in SUFFIXES and not path.name.startswith(".") and not path.is_dir()
        )


@dataclass(frozen=True)
class Shard:
    """One of several equal parts of a folder, for machines that each take one. `number` counts from 1."""

    number: int
    of: int

    @classmethod
    def parse(cls, text: str) -> Shard:
        """From "2/8".

        Raises:
            UsageProblem: it is not of that form, or there is no such part.
        """
        match = re.fullmatch(r"(\d{1,6})/(\d{1,6})", text.strip())
        if match is None or not 1 <= int(match[1]) <= int(match[2]):
            raise UsageProblem(
                f"'{text}' is no part of a whole", hint="write its number and how many there are, such as --shard 2/8"
            )
        return cls(int(match[1]), int(match[2]))

    def __str__(self) -> str:
        return f"{self.number}-of-{self.of}"

    def take(self, sources: Sequence[Path]) -> list[Path]:
        """Every `of`-th of the recordings: each belongs to one shard, as long as all see the same folder."""
        return list(sources[self.number - 1 :: self.of])


def signature(source: Path) -> Signature:
    """What changes when a recording does, without reading it: size and time of change; all zero if it is gone."""
    try:
        facts = os.stat(source)
    except OSError:
        return (0, 0)
    return (facts.st_size, facts.st_mtime_ns)


class Watch:
    """Names new recordings of a folder when they are whole, and those that changed, or whose key sheet did."""

    def __init__(self, folder: Path, shard: Shard | None = None, still: float = STILL_S) -> None:
        self._folder, self._shard, self._still = folder, shard, still
        self._seen: dict[Path, tuple[Signature, float]] = {}
        self._taken: dict[Path, Signature] = {}
        self._first = True

    def look(self, now: float) -> list[Path]:
        """Recordings that are ready and were not named yet as they are.

        Args:
            now: seconds of a clock that is not set back.

        Raises:
            BadInputError: the folder is not there.
        """
        found = recordings(self._folder)
        if self._shard is not None:
            found = self._shard.take(found)
        ready = []
        for path in found:
            state = self._state(path)
            if self._taken.get(path) == state:
                continue
            before, since = self._seen.get(path, (None, 0.0))
            if before != state:
                # What lay here before the watch began is as old as it says; a copy that arrives may keep an old date.
                since = now - (max(0.0, time.time() - state[1] / 1e9) if self._first else 0.0)
                self._seen[path] = (state, since)
            if now - since >= self._still:
                self._taken[path] = state
                ready.append(path)
        for gone in set(self._seen) - set(found):
            self._seen.pop(gone)
            self._taken.pop(gone, None)
        self._first = False
        return ready

    @staticmethod
    def _state(path: Path) -> Signature:
        sheet = keysheet.beside(path)
        return signature(path) + (signature(sheet) if sheet is not None else ())
