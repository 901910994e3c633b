"""`ipa edit` and `ipa apply`: a transcript out to Word or a text editor, and what was changed there back as edits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from pydantic import ValidationError

from pipeline.app import snapshots
from pipeline.core import hashes, study_log
from pipeline.core.document import Document, Frozen
from pipeline.core.errors import BadInputError, IpaError
from pipeline.core.paths import (
    RecordingPaths,
    check_id,
    disk_errors,
    make_folder,
    read_bytes,
    write_bytes,
    write_text,
)
from pipeline.recording.audio import sha256_of_file
from pipeline.release.publish import EDITED, Say
from pipeline.review import reread, store
from pipeline.review.apply import apply
from pipeline.review.differences import Difference, table
from pipeline.review.edit_copy import render
from pipeline.review.edits import Edit, Via
from pipeline.review.files import edit_file, opening
from pipeline.review.script import script_of
from pipeline.review.sync import edits_for

KNOWN = "edit-known.txt"
COPIES = 10
"""Copies that are remembered; the oldest are forgotten."""


class Copied(Frozen):
    """What a copy for editing holds: the document that was stored when it was written, with the edits of these ids.
    Those that were taken over from it are added, so that it can be edited on and taken over again."""

    document: Document
    edits: tuple[str, ...]


@dataclass(frozen=True)
class Plan:
    """What a file changes. `version` is that of the stored edits that it was held against, `unfitting` how many of the
    new edits fit nothing any more because somebody changed the same words meanwhile."""

    paths: RecordingPaths
    edits: tuple[Edit, ...]
    rows: tuple[Difference, ...]
    version: str
    unfitting: int
    via: Via
    file: Path
    stamp: str = ""


@dataclass(frozen=True)
class _Held:
    """A file held against what it was made from: the document, the edits that are in it, and the new ones. `stamp` is
    that of the copy, if it is one for editing."""

    document: Document
    before: Sequence[Edit]
    edits: Sequence[Edit]
    stamp: str = ""


def write(outputs: Path, identifier: str, *, text: bool = False, say: Say = lambda text: None) -> Path:
    """Write private/ID-edit.docx, or .txt. `say` is told where a copy is now that holds changes.

    Raises:
        BadInputError: nothing is stored under the id.
    """
    paths = RecordingPaths(outputs, check_id(identifier))
    document, stored = snapshots.latest(paths), store.load(paths).edits
    now = apply(document, stored).document
    data = Copied(document=document, edits=tuple(e.id for e in stored)).model_dump_json().encode()
    stamp = hashes.of_bytes(data)[:8]
    write_bytes(_base(paths, stamp), data, private=True)
    for old in sorted(paths.private.glob("edit-base-*.json"), key=lambda p: p.stat().st_mtime)[:-COPIES]:
        old.unlink(missing_ok=True)
    make = edit_file.write_text if text else edit_file.write_docx
    target = paths.private / f"{paths.id}-edit.{'txt' if text else 'docx'}"
    made = make(paths.id, stamp, render(script_of(now), now))
    _keep_changed(target, paths, say)
    write_bytes(target, made, private=True)
    _know(paths, target)
    return target


def _known(paths: RecordingPaths) -> set[str]:
    """Hashes of the copies that hold nothing which is stored nowhere else: as written, or taken over."""
    try:
        return set((paths.private / KNOWN).read_text("utf-8").split())
    except FileNotFoundError:
        return set()


def _know(paths: RecordingPaths, file: Path) -> None:
    known = sorted({*_known(paths), sha256_of_file(file)})
    write_text(paths.private / KNOWN, "\n".join(known) + "\n", private=True)


def _keep_changed(target: Path, paths: RecordingPaths, say: Say) -> None:
    """An hour's work that was not taken over yet is moved aside, not written over."""
    if not target.is_file() or sha256_of_file(target) in _known(paths):
        return
    changed = datetime.fromtimestamp(target.stat().st_mtime, UTC).strftime("%Y%m%d-%H%M%S")
    kept = paths.private / EDITED / f"{target.stem} {changed}{target.suffix}"
    make_folder(kept.parent)
    with disk_errors(kept):
        target.rename(kept)
    say(f"{target.name} has changes that were not taken over; that copy is now {kept}")


def _base(paths: RecordingPaths, stamp: str) -> Path:
    return paths.private / f"edit-base-{stamp}.json"


def plan(outputs: Path, identifier: str, file: Path, *, who: str = "", cuts: bool = False) -> Plan:
    """What a file that somebody edited changes. Nothing is stored yet.

    Raises:
        BadInputError: the file cannot be read or does not fit this interview; the message names the place.
    """
    paths = RecordingPaths(outputs, check_id(identifier))
    latest, stored = snapshots.latest(paths), store.load(paths)
    try:
        found = opening.blocks_of(file)
        via: Via = "text" if file.suffix.lower() in (".txt", ".text", ".md") else "docx"
        new = _of_edit_copy(paths, opening.lines_of(found), latest, stored.edits, via, who, cuts)
    except IpaError as error:
        if error.file is None:
            error.file = file
        raise
    rows = table(apply(new.document, new.before), apply(new.document, [*new.before, *new.edits]), new.edits)
    made = {edit.id for edit in new.edits}
    unfitting = [u for u in apply(latest, [*stored.edits, *new.edits]).unfitting if u.edit.id in made]
    return Plan(paths, tuple(new.edits), tuple(rows), stored.version, len(unfitting), via, file, new.stamp)


def _of_edit_copy(
    paths: RecordingPaths,
    lines: Sequence[str],
    latest: Document,
    stored: Sequence[Edit],
    via: Via,
    who: str,
    cuts: bool,
) -> _Held:
    """What an edited copy holds, against what it was made from."""
    said = edit_file.stamp_of(lines)
    if said is not None and said[0] != paths.id:
        raise BadInputError(
            f"it is a copy of '{said[0]}', not of '{paths.id}'", hint=f"run `ipa apply {said[0]}` with it"
        )
    document, before, stamp = latest, list(stored), said[1] if said is not None else ""
    if said is not None:
        copied = _copied(paths, stamp)
        document, before = copied.document, [e for e in stored if e.id in copied.edits]
        if len(before) != len(copied.edits):
            raise BadInputError(
                "the list of edits is not the one that this copy was made from",
                hint="write a new copy with `ipa edit` and make your changes there",
            )
    now = apply(document, before).document
    script = script_of(now)
    base = render(script, now)
    rows = edit_file.rows(lines, [p.role for p in base], paths.id, stamp)
    want = reread.wanted(script, base, rows, now.entities, cuts=cuts)
    return _Held(document, before, edits_for(document, before, want, via=via, who=who), stamp)


def _copied(paths: RecordingPaths, stamp: str) -> Copied:
    path = _base(paths, stamp)
    try:
        return Copied.model_validate_json(read_bytes(path, snapshots.MAX_SNAPSHOT))
    except (BadInputError, ValidationError):
        raise BadInputError(
            "what this copy was made from is not stored any more",
            hint="write a new copy with `ipa edit` and carry your changes over by hand",
        ) from None


def carry_out(plan: Plan) -> None:
    """Store what a file changes.

    Raises:
        StaleEditsError: somebody changed the transcript since the plan was made. ResourceError: the disk is full.
    """
    store.append(plan.paths, plan.edits, after=plan.version)
    study_log.add(plan.paths.outputs, "review", plan.paths.id, edits=len(plan.edits), via=plan.via)
    if plan.stamp:
        copied = _copied(plan.paths, plan.stamp)
        copied = copied.model_copy(update={"edits": (*copied.edits, *(e.id for e in plan.edits))})
        write_bytes(_base(plan.paths, plan.stamp), copied.model_dump_json().encode(), private=True)
    if plan.file.parent.resolve() == plan.paths.private.resolve():
        _know(plan.paths, plan.file)
