"""Names of all files (contract C1), whole-or-absent writes, permissions.

    outputs/<id>/work/      snapshots 10-ingest.json ... 40-redact.json
    outputs/<id>/private/   words.json, key.enc, audio: whatever can identify
    outputs/<id>/share/     what is safe to analyse and to share inside the study

Folders with identifying content are 0700 and their files 0600, whatever the umask; on Windows as far as modes exist
there. outputs/<id> itself is 0700, so that share/ is shared by handing its files on, not by leaving it open.
"""

from __future__ import annotations

import contextlib
import errno
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from pipeline.core.errors import BadInputError, IpaError, ResourceError, UsageProblem, nearest

#: How the temporary files of `atomic` begin.
TEMPORARY = ".tmp-"
#: Names that Windows keeps for devices, with whatever ending.
RESERVED = frozenset(["CON", "PRN", "AUX", "NUL", *(f"{port}{n}" for port in ("COM", "LPT") for n in range(10))])
#: Stage -> number of its snapshot, in the order in which they run. `import` stands in place of the first three where a
#: transcript was typed by hand.
STAGE_NUMBERS = {
    "ingest": 10,
    "diarise": 20,
    "transcribe": 30,
    "import": 30,
    "correct": 35,
    "redact": 40,
    "review": 45,
    "emit": 50,
}
ID_PATTERN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


@dataclass(frozen=True)
class RecordingPaths:
    """All files of one recording below `outputs`."""

    outputs: Path
    id: str

    @property
    def root(self) -> Path:
        """outputs/<id> (0700)."""
        return self.outputs / self.id

    @property
    def work(self) -> Path:
        """Snapshots (0700)."""
        return self.root / "work"

    @property
    def private(self) -> Path:
        """Whatever can identify (0700)."""
        return self.root / "private"

    @property
    def share(self) -> Path:
        """Redacted files."""
        return self.root / "share"

    @property
    def audio(self) -> Path:
        """The decoded working copy: 16 kHz, 16 bit, mono or two microphones."""
        return self.private / "audio.wav"

    @property
    def words(self) -> Path:
        """Contract C2."""
        return self.private / "words.json"

    @property
    def rttm(self) -> Path:
        """Contract C4."""
        return self.private / f"{self.id}.rttm"

    @property
    def key(self) -> Path:
        """The encrypted key."""
        return self.private / "key.enc"

    @property
    def settings(self) -> Path:
        """The settings of the last run."""
        return self.work / "settings.json"

    @property
    def key_sheet(self) -> Path:
        """The key sheet of the last run."""
        return self.private / "key-sheet.json"

    @property
    def study_sheet(self) -> Path:
        """The study sheet of the last run."""
        return self.private / "study-sheet.json"

    @property
    def manifest(self) -> Path:
        """How the transcript was made."""
        return self.share / "manifest.json"

    @property
    def lock(self) -> Path:
        """The frozen line division."""
        return self.share / "lock.json"

    @property
    def voices(self) -> Path:
        """Embeddings of the speaker segments, which the diarise stage leaves for attribution."""
        return self.work / f"{STAGE_NUMBERS['diarise']}-voices.npz"

    @property
    def listening_copy(self) -> Path:
        """The sound with the identifiers silenced: private, because a voice identifies, too."""
        return self.private / "listening-copy.flac"

    def snapshot(self, stage: str) -> Path:
        """The document after `stage`."""
        return self.work / f"{STAGE_NUMBERS[stage]}-{stage}.json"

    def make(self) -> None:
        """Create the folders with their permissions.

        Raises:
            IpaError: the folder cannot be written.
        """
        with disk_errors(self.root):
            for folder, mode in ((self.root, 0o700), (self.work, 0o700), (self.private, 0o700), (self.share, 0o755)):
                make_folder(folder)
                os.chmod(folder, mode)


def is_id(identifier: str) -> bool:
    """True if it can name a folder on every system; Windows keeps some names for devices ("CON", "nul.txt")."""
    return (
        ID_PATTERN.fullmatch(identifier) is not None
        and not identifier.endswith(".")
        and identifier.split(".")[0].upper() not in RESERVED
    )


def check_id(identifier: str) -> str:
    """The id itself if it can name a folder on every system.

    Raises:
        UsageProblem: it is empty, too long, reserved, or has other characters than letters, digits, dot, dash,
            underscore.
    """
    if not is_id(identifier):
        raise UsageProblem(
            f"'{identifier}' cannot be the id of a recording",
            hint="use up to 64 letters, digits, dots, dashes or underscores, for example --id P03",
        )
    return identifier


def id_from_name(path: Path) -> str:
    """An id from a file's name: other characters become dashes ("P03 follow up.m4a" -> "P03-follow-up")."""
    stem = re.sub(r"[^A-Za-z0-9._-]+", "-", path.stem).strip("-._")
    stem = stem[:64].rstrip("-._") or "recording"
    return stem if is_id(stem) else f"recording-{stem}"[:64].rstrip("-._")


def stored_ids(outputs: Path) -> list[str]:
    """Ids of all recordings of which something is stored below `outputs`, sorted."""
    return sorted(work.parent.name for work in outputs.glob("*/work") if is_id(work.parent.name) and work.is_dir())


def nothing_stored(outputs: Path, identifier: str) -> str:
    """The sentence for an id that nothing is stored of; proposes the nearest id."""
    return f"there is nothing stored for '{identifier}'{nearest(identifier, stored_ids(outputs))}"


@contextlib.contextmanager
def disk_errors(path: Path) -> Iterator[None]:
    """Turn the system's errors about writing below `path` into ours (C6)."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise ResourceError(
                "the disk is full", file=path, hint="free some space and run the same command"
            ) from error
        if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
            raise UsageProblem(
                "the output folder cannot be written",
                file=path,
                hint="choose another with -o, or change its permissions",
            ) from error
        if error.errno in (errno.ENOTDIR, errno.EEXIST, errno.EISDIR):
            raise UsageProblem(
                "a file has the name of a folder that is needed", file=path, hint="choose another folder with -o"
            ) from error
        raise IpaError(f"the system says: {error.strerror or error}", file=path) from error


def make_folder(path: Path, mode: int = 0o700) -> None:
    """Create a folder, and those above it that are missing, with these permissions whatever the umask.

    One that exists is left as it is.

    Raises:
        UsageProblem: no permission, or a file has the folder's name. ResourceError: the disk is full.
    """
    with disk_errors(path):
        missing = [folder for folder in (path, *path.parents) if not folder.exists()]
        for folder in reversed(missing):
            folder.mkdir(mode=mode, exist_ok=True)
            os.chmod(folder, mode)
        if not path.is_dir():
            raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(path))


@contextlib.contextmanager
def atomic(path: Path, *, private: bool = False, new: bool = False) -> Iterator[IO[bytes]]:
    """Open a file that is whole or absent: written beside `path`, fsynced, renamed onto it.

    Args:
        path: the file.
        private: 0600 instead of 0644.
        new: never replace a file, even one that another process has made in the meantime.

    Raises:
        ResourceError: the disk is full. UsageProblem: no permission, or, with `new`, the file exists.
    """
    with disk_errors(path):
        handle, name = tempfile.mkstemp(prefix=TEMPORARY, dir=path.parent)
        temporary = Path(name)
        try:
            with os.fdopen(handle, "wb") as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            os.chmod(temporary, 0o600 if private else 0o644)
            if new:
                _rename_to_new(temporary, path)
            else:
                os.replace(temporary, path)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
    with contextlib.suppress(OSError):  # not every file system can sync a folder
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def _rename_to_new(temporary: Path, path: Path) -> None:
    try:
        os.link(temporary, path)
    except FileExistsError:
        raise
    except OSError:  # a file system without hard links
        if os.path.lexists(path):
            raise
        os.replace(temporary, path)
    else:
        temporary.unlink()


def write_bytes(path: Path, data: bytes, *, private: bool = False, new: bool = False) -> None:
    """Write a whole file, or none (see `atomic`)."""
    with atomic(path, private=private, new=new) as file:
        file.write(data)


def write_text(path: Path, text: str, *, private: bool = False) -> None:
    """Write a whole UTF-8 file with the line ends of `text`, or none."""
    write_bytes(path, text.encode("utf-8"), private=private)


def no_such_file(path: Path, kind: str = "file") -> BadInputError:
    """The error for a file or folder that is missing; suggests the most similar name in its folder."""
    try:
        names = [entry.name for entry in path.parent.iterdir() if entry.is_dir() == (kind == "folder")]
    except OSError:
        names = []
    return BadInputError(f"there is no such {kind}{nearest(path.name, names)}", file=path, hint="check the path")


def read_bytes(path: Path, at_most: int | None = None) -> bytes:
    """A file's bytes.

    Raises:
        BadInputError: it is missing, may not be read, is no regular file (a pipe, a device) or has more than `at_most`
            bytes.
    """
    try:
        if not path.is_dir() and path.exists() and not path.is_file():
            raise BadInputError("this is not a regular file", file=path, hint="copy its content into a file first")
        with path.open("rb") as file:
            data = file.read(-1 if at_most is None else at_most + 1)
        if at_most is not None and len(data) > at_most:
            raise BadInputError(
                f"it is larger than {at_most / 1e6:g} MB", file=path, hint="is this really the file you meant?"
            )
        return data
    except (FileNotFoundError, NotADirectoryError) as error:
        raise no_such_file(path) from error
    except IsADirectoryError as error:
        raise BadInputError(
            "this is a folder, not a file", file=path, hint="name a file, or use `ipa batch`"
        ) from error
    except PermissionError as error:
        raise BadInputError("no permission to read it", file=path, hint="change its permissions or copy it") from error
    except (OSError, ValueError) as error:  # a name that is too long or holds a zero byte, a loop of links
        what = getattr(error, "strerror", None) or "its name is not a valid file name"
        raise BadInputError(f"it cannot be read: {what}", file=path, hint="check the path") from error


def remove_tree(path: Path) -> None:
    """Remove a folder and everything in it, if it exists."""
    if path.exists():
        with disk_errors(path):
            shutil.rmtree(path)
