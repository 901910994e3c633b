"""Work on finished transcripts without running models: export more formats, lock the lines."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

from pipeline.app import account, snapshots
from pipeline.core import study_log, workspace
from pipeline.core.document import Document
from pipeline.core.errors import BadInputError, UsageProblem
from pipeline.core.paths import RecordingPaths, atomic, check_id, disk_errors, make_folder, nothing_stored
from pipeline.core.settings import Settings
from pipeline.exporters import registry
from pipeline.exporters.base import ExportContext
from pipeline.redaction import naming
from pipeline.release import key, leakcheck, publish
from pipeline.review import store
from pipeline.review.edits import digest, in_force
from pipeline.stages import emit
from pipeline.transcript import locking
from pipeline.transcript.locking import Change, Lock
from pipeline.transcript.notation import load as load_notation
from pipeline.transcript.numbered import hash_of


def redacted(paths: RecordingPaths) -> Document:
    """The stored document after redaction.

    Raises:
        BadInputError: it has not come that far.
        UsageProblem: a person has changed something since, which is not in it yet (see `is_current`).
    """
    document = snapshots.latest(paths)
    if not _holds_all(document, paths):
        raise UsageProblem(
            "the transcript was changed in the review since its files were written",
            file=paths.root,
            hint=f"run `ipa emit {paths.id}` first",
        )
    if document.record_of("redact") is None:
        raise BadInputError(
            f"'{paths.id}' has not been redacted yet", file=paths.root, hint=f"run `ipa emit {paths.id}` first"
        )
    return document


def is_current(outputs: Path, identifier: str) -> bool:
    """Whether everything that a person changed is in the stored document."""
    paths = RecordingPaths(outputs, check_id(identifier))
    return _holds_all(snapshots.latest(paths), paths)


def _holds_all(document: Document, paths: RecordingPaths) -> bool:
    edits = in_force(store.load(paths).edits)
    record = document.record_of("review")
    if record is None:
        return not edits
    return bool(record.details.get("edits_sha256") == digest(edits))


@contextlib.contextmanager
def _held(outputs: Path, identifier: str) -> Iterator[tuple[RecordingPaths, Document]]:
    """A stored recording and its redacted document; no other run may touch it meanwhile."""
    paths = RecordingPaths(outputs, check_id(identifier))
    redacted(paths)  # no folder is made for a recording that is not there
    with workspace.held(paths):
        yield paths, redacted(paths)


def export(
    outputs: Path,
    identifier: str,
    formats: Sequence[str],
    settings: Settings,
    *,
    target: Path | None = None,
    line_ends: str = "\n",
    timestamps: bool = False,
    with_audio: bool = False,
    say: publish.Say = lambda text: None,
) -> list[Path]:
    """Write formats of a stored transcript; like the emit stage, nothing is published that still names anybody.

    Args:
        target: a folder; the recording's share/ if None.
        line_ends: "\\n" or "\\r\\n" for text files.
        timestamps: a time stamp before every turn of the reading copies.
        say: told of files that were changed by hand and are kept elsewhere.
        with_audio: put the listening copy into formats that can hold sound, and beside those that link to it.

    Raises:
        UsageProblem: an unknown format; or sound was asked for and there is no listening copy, or it would have to
            lie in share/ beside a file that links to it.
        LeakError: see the emit stage.
    """
    with _held(outputs, identifier) as (paths, document):
        naming.require_unspoken(document, settings.emit.study, paths)
        chosen = registry.suited(emit.numbered(document, settings, paths), formats)
        links = with_audio and any(registry.FORMATS[name].links_sound for name in chosen)
        if with_audio:
            _check_sound(paths, into_share=links and (target or paths.share) == paths.share)
        context = _export_context(settings, line_ends, timestamps, paths.listening_copy if with_audio else None)

        def write(document: Document, into: Path) -> dict[str, Path]:
            transcript = emit.numbered(document, settings, paths)
            return registry.export(transcript, chosen, into, context)

        folder = target or paths.share
        make_folder(folder, 0o755)
        with emit.staging(paths) as name:  # unchecked files are never in share/ nor in anybody's folder
            twins = leakcheck.Twins(Path(name), document)
            written = twins.write(write)
            emit.publish_passed(twins, twins.withhold(emit.origins(paths)), paths, folder, say)
        if links:
            _copy_whole(paths.listening_copy, folder)
        there = sorted(folder / path.name for path in (*written.values(), *([paths.listening_copy] if links else [])))
        account.exported(paths, there, chosen)
        return there


def _check_sound(paths: RecordingPaths, *, into_share: bool) -> None:
    """Refuse what cannot be exported with sound, before anything is written."""
    if not paths.listening_copy.is_file():
        raise UsageProblem(
            "there is no listening copy with the identifiers silenced yet",
            file=paths.listening_copy,
            hint=f"run `ipa emit {paths.id} --audio` first",
        )
    if into_share:
        raise UsageProblem(
            "a format that links to the sound was asked for, and a voice identifies: it is not put into share/",
            hint="name a folder for the transcript and its sound with --to",
        )


def _copy_whole(source: Path, folder: Path) -> None:
    """Copy a file into a folder, perhaps on another disk, whole or not at all."""
    with source.open("rb") as old, atomic(folder / source.name) as new:
        shutil.copyfileobj(old, new)


def _export_context(settings: Settings, line_ends: str, timestamps: bool, audio: Path | None) -> ExportContext:
    context = emit.export_context(settings)
    return replace(
        context,
        line_ends="\r\n" if line_ends == "\r\n" else "\n",
        timestamps=timestamps or context.timestamps,
        with_audio=audio is not None,
        audio=audio,
    )


def rename(outputs: Path, old: str, new: str, say: publish.Say = lambda text: None) -> RecordingPaths:
    """Give a stored transcript another id. Nothing is computed again; the files of share/, which hold the old id, are
    taken away (what a person wrote into them is kept in private/), and `ipa emit` writes them anew.

    Raises:
        UsageProblem: there is nothing under the old id, or something under the new one.
    """
    source, target = RecordingPaths(outputs, check_id(old)), RecordingPaths(outputs, check_id(new))
    if not source.work.is_dir():
        raise UsageProblem(nothing_stored(outputs, old), file=source.root, hint="`ipa status` lists what is stored")
    if target.root.exists():
        raise UsageProblem(f"the id '{new}' is taken", file=target.root, hint="choose another")
    with workspace.locked(source), disk_errors(source.root):
        frozen = locking.load(source)
        for path in [p for p in source.share.glob("*") if p.is_file() and p != source.lock]:
            publish.withdraw(path, source, say)
        source.rttm.unlink(missing_ok=True)
        # If killed in between, the same command completes the move.
        for snapshot in sorted(source.work.glob("[0-9][0-9]-*.json")):
            snapshots.save(Document.read(snapshot.read_bytes()).with_(id=new), snapshot)
        source.root.rename(target.root)
        if frozen is not None:
            locking.save(target, frozen.model_copy(update={"id": new}))
        study_log.add(outputs, "rename", new)  # the old id is not named: it may hold a name
    return target


def lock(
    outputs: Path,
    identifier: str,
    settings: Settings,
    *,
    new_version: bool = False,
    say: publish.Say = lambda text: None,
) -> Lock:
    """Freeze the lines as they are; with `new_version`, number a corrected transcript anew.

    Where a new version would have the same lines, the lock in force is kept and returned.

    Args:
        say: told if a key file is made.

    Raises:
        UsageProblem: locked already, or nothing to lock.
        KeyFileError: the key cannot be opened.
    """
    from pipeline.transcript.lines import number

    with _held(outputs, identifier) as (paths, document):
        previous = locking.load(paths)
        if previous is not None and not new_version:
            raise UsageProblem(
                f"'{identifier}' is locked already (v{previous.version})",
                file=paths.lock,
                hint="see `ipa lock --diff` for what moved since, or number anew with --new-version",
            )
        fresh = number(document, settings.lines, load_notation(settings.lines.notation))
        if previous is not None and previous.sha256 == hash_of(fresh.lines):
            return previous
        key.ready(paths.key, say)  # the files are written again on the locked lines, and the key with them
        frozen = locking.freeze(fresh, settings.lines, previous=previous, locked_on=date.today().isoformat())
        locking.save(paths, frozen)
        study_log.add(
            outputs, "lock", paths.id, lock=frozen.version, lines=len(frozen.lines), lines_sha256=frozen.sha256
        )
        return frozen


def version(outputs: Path, identifier: str) -> int:
    """The number of the locked version, 0 for a transcript that is not locked."""
    frozen = locking.load(RecordingPaths(outputs, check_id(identifier)))
    return frozen.version if frozen is not None else 0


def changes(outputs: Path, identifier: str, settings: Settings) -> list[Change]:
    """What happened to the locked lines since; empty where nothing changed.

    Raises:
        UsageProblem: the transcript is not locked.
    """
    paths = RecordingPaths(outputs, check_id(identifier))
    frozen = locking.load(paths)
    if frozen is None:
        raise UsageProblem(f"'{identifier}' is not locked", file=paths.root, hint=f"run `ipa lock {identifier}`")
    transcript = emit.numbered(redacted(paths), settings, paths)
    return [change for change in locking.diff(frozen, transcript) if change.kind != "same"]
