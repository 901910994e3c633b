"""What this program put into share/, so that what a person wrote there is never lost.

Somebody writes notes into transcript.docx and runs the program again: the notes are moved to private/edited/ before
the new file takes the place. The hash of every published file is kept in work/published.json.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from pipeline.core.paths import RecordingPaths, disk_errors, write_bytes, write_text
from pipeline.recording.audio import sha256_of_file

RECORD = "published.json"
EDITED = "edited"
Say = Callable[[str], None]


def publish(staged: Path, paths: RecordingPaths, target: Path, say: Say = lambda text: None) -> None:
    """Move checked files into place, one whole file at a time; what was changed by hand there is kept.

    Args:
        staged: the files, on the same disk as share/.
        target: share/, or another folder, for which no record is kept.
        say: told where a file that was changed by hand is now.

    Raises:
        ResourceError: they cannot be written.
    """
    staged_files = sorted(staged.iterdir())
    if target == paths.share:
        with disk_errors(target):
            known = _load(paths)
            for path in staged_files:
                if path.name in known:
                    _keep_edited(target / path.name, known[path.name], paths, say)
                # The old file's hash stays listed: if the run is killed between record and file, neither file is taken
                # for one that a person changed.
                known[path.name] = [sha256_of_file(path), *known.get(path.name, [])[:1]]
            _save(paths, known)
            for path in staged_files:
                os.replace(path, target / path.name)
            return
    for path in staged_files:  # perhaps on another disk
        write_bytes(target / path.name, path.read_bytes())


def withdraw(path: Path, paths: RecordingPaths, say: Say = lambda text: None) -> None:
    """Take a file away: what the program wrote is deleted, what a person changed is moved to private/edited/."""
    with disk_errors(path):
        _keep_edited(path, _load(paths).get(path.name, []), paths, say)
        path.unlink(missing_ok=True)


def _keep_edited(path: Path, ours: list[str], paths: RecordingPaths, say: Say) -> None:
    if not path.is_file() or sha256_of_file(path) in ours:
        return
    changed = datetime.fromtimestamp(path.stat().st_mtime, UTC).strftime("%Y%m%d-%H%M%S")
    folder = paths.private / EDITED
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    kept = folder / f"{path.stem} {changed}{path.suffix}"
    shutil.move(path, kept)  # it may lie on another disk
    say(f"{path.name} was changed by hand; that copy is now {kept}")


def _load(paths: RecordingPaths) -> dict[str, list[str]]:
    """File name -> hashes of what was published under it, the latest first."""
    try:
        value = json.loads((paths.work / RECORD).read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return {str(k): [str(d) for d in v] for k, v in value.items()} if isinstance(value, dict) else {}


def _save(paths: RecordingPaths, known: dict[str, list[str]]) -> None:
    write_text(paths.work / RECORD, json.dumps(known, indent=1, sort_keys=True) + "\n", private=True)
