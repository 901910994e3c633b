"""Files are whole or absent, and private ones are private."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from pipeline.core import paths
from pipeline.core.errors import IpaError, ResourceError, UsageProblem


@pytest.mark.parametrize("good", ["P03", "a", "P03-follow_up.2", "9", "x" * 64, "conrad", "COM", "COM10", "nul-1"])
def test_ids(good: str) -> None:
    assert paths.check_id(good) == good


@pytest.mark.parametrize(
    "bad", ["", ".", "..", "-x", "a/b", "a b", "ü", "a.", "x" * 65, "a\n", "CON", "nul", "Aux.2", "com1", "LPT9.txt"]
)
def test_ids_that_cannot_be_folders(bad: str) -> None:
    with pytest.raises(UsageProblem):
        paths.check_id(bad)


@pytest.mark.parametrize(
    ("name", "identifier"),
    [
        ("P03.m4a", "P03"),
        ("P03 follow up.m4a", "P03-follow-up"),
        ("-dash.wav", "dash"),
        ('it\'s "odd" 😀.wav', "it-s-odd"),
        ("😀.wav", "recording"),
        ("x" * 99 + ".wav", "x" * 64),
    ],
)
def test_ids_from_names_are_valid(name: str, identifier: str) -> None:
    assert paths.id_from_name(Path(name)) == identifier
    assert paths.check_id(identifier)


def test_modes(tmp_path: Path) -> None:
    where = paths.RecordingPaths(tmp_path, "P03")
    where.make()
    paths.write_text(where.words, "{}", private=True)
    paths.write_text(where.manifest, "{}")
    if os.name != "nt":
        assert [p.stat().st_mode & 0o777 for p in (where.work, where.private, where.share)] == [0o700, 0o700, 0o755]
        assert where.words.stat().st_mode & 0o777 == 0o600
        assert where.manifest.stat().st_mode & 0o777 == 0o644


def test_a_failed_write_leaves_the_old_file(tmp_path: Path) -> None:
    target = tmp_path / "x.json"
    paths.write_text(target, "old")

    def write_half() -> None:
        with paths.atomic(target) as file:
            file.write(b"half")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        write_half()
    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]


@pytest.mark.parametrize(
    ("number", "kind", "code"),
    [
        (errno.ENOSPC, ResourceError, 6),
        (errno.EACCES, UsageProblem, 2),
        (errno.EROFS, UsageProblem, 2),
        (errno.ENOTDIR, UsageProblem, 2),
        (errno.EIO, IpaError, 1),
    ],
)
def test_disk_errors_are_ours(tmp_path: Path, number: int, kind: type[IpaError], code: int) -> None:
    with pytest.raises(kind) as caught, paths.disk_errors(tmp_path):
        raise OSError(number, os.strerror(number))
    assert caught.value.exit_code == code
    assert caught.value.file == tmp_path


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
def test_a_full_disk_is_said_and_the_old_file_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The kernel itself refuses the write: the temporary file is /dev/full."""
    target = tmp_path / "x.json"
    paths.write_text(target, "old")
    full = tmp_path / ".tmp-full"
    full.symlink_to("/dev/full")
    monkeypatch.setattr(paths.tempfile, "mkstemp", lambda **_: (os.open(full, os.O_WRONLY), str(full)))
    with pytest.raises(ResourceError, match="disk is full") as caught:
        paths.write_text(target, "new")
    assert caught.value.exit_code == 6
    assert target.read_text() == "old"
    assert not full.is_symlink()


@pytest.mark.skipif(not Path("/sys/kernel").is_dir(), reason="no /sys here")
def test_a_folder_that_nobody_may_write() -> None:
    with pytest.raises(UsageProblem, match="cannot be written"):
        paths.RecordingPaths(Path("/sys/kernel"), "P03").make()
