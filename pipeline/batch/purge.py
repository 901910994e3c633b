"""Deleting an interview for good, with a certificate that says what was deleted and what that does not promise."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from pipeline import __version__
from pipeline.app import snapshots
from pipeline.batch import ledger
from pipeline.core import hashes, keysheet, study_log, workspace
from pipeline.core.errors import UsageProblem
from pipeline.core.paths import (
    RecordingPaths,
    check_id,
    disk_errors,
    no_such_file,
    nothing_stored,
    remove_tree,
    write_text,
)
from pipeline.release import key as keys
from pipeline.release import study_key

What = Literal["everything", "identifying", "audio"]
WHAT: dict[str, What] = {"everything": "everything", "identifying": "identifying", "audio": "audio"}
DOES_NOT_PROMISE = """\
What this does not promise. Files were deleted, not overwritten, because overwriting promises nothing on the disks of
today. What they held can remain
  - in the journal of the file system, in snapshots and shadow copies, until the system uses that space again;
  - in cells of an SSD or a memory card that the disk has set aside; whole-disk encryption is what helps there;
  - in backups, in synchronised folders and on the recorder;
  - in copies that somebody made: exported to other folders, by mail, in a QDA program, on paper.
Delete those by hand, and write down when.
"""


@dataclass(frozen=True)
class Plan:
    """What is going to be deleted. `files` lie below outputs, `recordings` beside the key sheets; `digest` is the
    recording's."""

    paths: RecordingPaths
    what: What
    files: tuple[Path, ...]
    recordings: tuple[Path, ...]
    digest: str
    with_key: bool

    @property
    def total(self) -> int:
        """How many files."""
        return len(self.files) + len(self.recordings)


def plan(outputs: Path, identifier: str, what: What, *, recordings: Path | None, with_key: bool) -> Plan:
    """Find what is to be deleted; nothing is touched.

    Args:
        outputs: the folder of all results.
        identifier: the interview.
        what: everything, what identifies (all but share/), or the sound.
        recordings: the folder in which the recording itself is looked for, by its content; None leaves it.
        with_key: take the interview out of the study key as well.

    Raises:
        UsageProblem: nothing is stored, or the recording is not in that folder.
        KeyFileError: the study key cannot be opened. BadInputError: the log is damaged.
    """
    paths = RecordingPaths(outputs, check_id(identifier))
    if not paths.root.is_dir():
        hint = "`ipa status` lists what is stored"
        raise UsageProblem(nothing_stored(outputs, identifier), file=paths.root, hint=hint)
    study_log.read(outputs)  # what cannot be written down is not deleted
    digest = _digest(paths)
    found = _of_content(recordings, digest, paths) if recordings is not None else []
    if what != "audio":
        found += [sheet for sheet in map(keysheet.beside, found) if sheet is not None]
    if with_key and study_key.path_of(outputs).exists():
        study_key.check(outputs, keys.find_secret())
    files = sorted(path for path in paths.root.rglob("*") if path.is_file() and _belongs(path, paths, what))
    return Plan(paths, what, tuple(files), tuple(dict.fromkeys(found)), digest, with_key)


def _digest(paths: RecordingPaths) -> str:
    """SHA-256 of the recording or the typed transcript, "" where no snapshot tells."""
    document = snapshots.load(paths, "ingest") or snapshots.load(paths, "import")
    if document is None:
        return ""
    return document.recording.sha256 if document.recording else document.records[0].key.removeprefix("typed:")


def _of_content(folder: Path, digest: str, paths: RecordingPaths) -> list[Path]:
    if not folder.is_dir():
        raise no_such_file(folder, "folder")
    with disk_errors(folder):
        files = [p for p in sorted(folder.rglob("*")) if p.is_file() and not p.is_relative_to(paths.outputs)]
        found = [p for p in files if digest and hashes.of_file(p) == digest]
    if not found:
        raise UsageProblem(
            f"the recording of '{paths.id}' is not in this folder; nothing was deleted",
            file=folder,
            hint="name its folder with --folder, or leave --recordings out if it is deleted already",
        )
    return found


def _belongs(path: Path, paths: RecordingPaths, what: What) -> bool:
    if what == "everything":
        return True
    if what == "identifying":
        return not path.is_relative_to(paths.share)
    return path in (paths.audio, paths.listening_copy, paths.voices)


def carry_out(planned: Plan) -> Path:
    """Delete, write it down in the log and in a certificate, whose path is returned.

    Raises:
        UsageProblem: a run is at it, or a file cannot be deleted: the certificate is written only for what is gone.
    """
    paths, outputs = planned.paths, planned.paths.outputs
    size = sum(path.stat().st_size for path in (*planned.files, *planned.recordings))
    with workspace.locked(paths), disk_errors(paths.root):
        if planned.with_key and study_key.path_of(outputs).exists():
            study_key.forget(outputs, paths.id, keys.find_secret())
        for path in (*planned.recordings, *planned.files):
            path.unlink(missing_ok=True)
        if planned.what == "everything":
            remove_tree(paths.root)
        elif planned.what == "identifying":
            remove_tree(paths.work)
            remove_tree(paths.private)
    if planned.what == "everything":
        ledger.forget(outputs, paths.id)
    entry = study_log.add(
        outputs,
        "purge",
        paths.id,
        what=planned.what,
        files=len(planned.files),
        recordings=len(planned.recordings),
        bytes=size,
        study_key=planned.with_key,
        recording_sha256=planned.digest,
    )
    now = datetime.now(UTC)
    target = outputs / f"purged-{paths.id}-{now:%Y%m%dT%H%M%SZ}.txt"
    write_text(target, _certificate(planned, size, entry), private=True)
    return target


def _certificate(planned: Plan, size: int, entry: study_log.Entry) -> str:
    paths = planned.paths
    kinds = {
        "everything": "everything kept of it: sound, words, key and transcripts",
        "identifying": "whatever identifies: sound, words and key; the redacted files in share/ stay",
        "audio": "the sound: decoded copy, silenced copy and the numbers that describe voices; words and key stay",
    }
    rows = [
        ("interview", paths.id),
        ("when", entry.at),
        ("by", entry.who),
        ("program", f"ipa-transcripts {__version__}"),
        ("deleted", kinds[planned.what]),
        ("files", f"{len(planned.files)} in the output folder, by folder: {_by_folder(planned.files, paths)}"),
        ("recording", _recordings(planned)),
        ("study key", "the interview was taken out of it" if planned.with_key else "not touched"),
        ("bytes", f"{size:,}"),
        ("recording's SHA-256", planned.digest or "not known"),
        ("entry in the log", f"{entry.n}, {entry.sha256}"),
    ]
    width = max(len(name) for name, _ in rows)
    body = "\n".join(f"{name:<{width}}  {text}" for name, text in rows)
    return f"Certificate of deletion\n\n{body}\n\n{DOES_NOT_PROMISE}"


def _by_folder(files: Sequence[Path], paths: RecordingPaths) -> str:
    counts: dict[str, int] = {}
    for path in files:
        parts = path.relative_to(paths.root).parts
        counts[parts[0] if len(parts) > 1 else "."] = counts.get(parts[0] if len(parts) > 1 else ".", 0) + 1
    return ", ".join(f"{name} {number}" for name, number in sorted(counts.items())) or "none"


def _recordings(planned: Plan) -> str:
    if not planned.recordings:
        return "not touched: delete it yourself if it is to go"
    return f"deleted, with its key sheet if it had one ({len(planned.recordings)} files)"
