"""`ipa edit` and `ipa apply`: a transcript out to Word or a text editor, and what was changed there back as edits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from pydantic import ValidationError

from pipeline.app import runner, snapshots
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
from pipeline.core.settings import Wanted
from pipeline.recording.audio import sha256_of_file
from pipeline.release.publish import EDITED, Say
from pipeline.review import reread, store
from pipeline.review.apply import apply
from pipeline.review.differences import Difference, table
from pipeline.review.edit_copy import OVERLAP, render
from pipeline.review.edits import Edit, Via
from pipeline.review.files import edit_file, log_file, opening, shared_file
from pipeline.review.from_log import edits_from_log
from pipeline.review.printed import paragraphs_of
from pipeline.review.script import script_of
from pipeline.review.sync import edits_for
from pipeline.stages import emit
from pipeline.transcript.notation import load as load_notation

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
    via: Via
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
        new = _held(paths, file, latest, stored.edits, who, cuts)
    except IpaError as error:
        error.file = error.file or file
        raise
    rows = table(apply(new.document, new.before), apply(new.document, [*new.before, *new.edits]), new.edits)
    made = {edit.id for edit in new.edits}
    unfitting = [u for u in apply(latest, [*stored.edits, *new.edits]).unfitting if u.edit.id in made]
    return Plan(paths, tuple(new.edits), tuple(rows), stored.version, len(unfitting), new.via, file, new.stamp)


def _held(paths: RecordingPaths, file: Path, latest: Document, stored: Sequence[Edit], who: str, cuts: bool) -> _Held:
    """The file against what it was made from, whatever it is a copy of."""
    if (rows := log_file.rows_of(file)) is not None:
        edits = edits_from_log(rows, latest, apply(latest, stored).ids)
        return _Held(_printed(latest), (), [e if e.who else e.model_copy(update={"who": who}) for e in edits], "sheet")
    if opening.is_workbook(file):
        return _of_share(paths, shared_file.of_workbook(file), latest, "sheet", who, cuts)
    found = opening.blocks_of(file)
    lines = opening.lines_of(found)
    via: Via = "docx" if opening.is_package(file) else "text"
    if (said := edit_file.stamp_of(lines)) is None:
        if any(isinstance(block, list) for block in found) and (shared := shared_file.of_docx(found)) is not None:
            return _of_share(paths, shared, latest, via, who, cuts)
        if via == "text" and shared_file.is_text(lines):
            return _of_share(paths, shared_file.of_text(lines), latest, via, who, cuts)
    elif said[0] != paths.id:
        raise BadInputError(
            f"it is a copy of '{said[0]}', not of '{paths.id}'", hint=f"run `ipa apply {said[0]}` with it"
        )
    return _of_edit_copy(paths, lines, _Held(latest, stored, (), via, said[1] if said else ""), who, cuts)


def _of_edit_copy(paths: RecordingPaths, lines: Sequence[str], held: _Held, who: str, cuts: bool) -> _Held:
    """An edited copy against what it was made from; without its stamp, against the transcript as it is."""
    document, before = held.document, held.before
    if held.stamp:
        copied = _copied(paths, held.stamp)
        document, before = copied.document, [e for e in held.before if e.id in copied.edits]
        if len(before) != len(copied.edits):
            raise BadInputError(
                "the list of edits is not the one that this copy was made from",
                hint="write a new copy with `ipa edit` and make your changes there",
            )
    now = apply(document, before).document
    script = script_of(now)
    base = render(script, now)
    rows = edit_file.rows(lines, [p.role for p in base], paths.id, held.stamp)
    want = reread.wanted(script, base, rows, now.entities, cuts=cuts)
    edits = edits_for(document, before, want, via=held.via, who=who)
    return replace(held, document=document, before=before, edits=edits)


def _printed(latest: Document) -> Document:
    """The stored document as it is printed, with no edits to be applied to it again."""
    return latest.with_(unreviewed=None)


def _of_share(
    paths: RecordingPaths, shared: shared_file.Shared, latest: Document, via: Via, who: str, cuts: bool
) -> _Held:
    """A file of share/ against the transcript as it is printed now."""
    settings = Wanted().load(runner.stored_settings(paths.outputs, paths.id))
    transcript = emit.numbered(latest, settings, paths)
    if shared.hash and shared.hash != transcript.short_hash:
        raise BadInputError(
            f"its lines are those of {shared.hash}, and the transcript's are {transcript.short_hash} now: it was "
            "changed since the file was written, or the file is of another interview",
            hint=f"write it anew with `ipa export {paths.id}`, or use `ipa edit {paths.id}`; nothing was changed",
        )
    document = _printed(latest)
    script = script_of(document)
    base = paragraphs_of(transcript, script)
    marks = load_notation(transcript.meta.notation_name).overlap_open
    want = reread.wanted(
        script, base, shared.rows, document.entities, cuts=cuts, printed=True, overlaps=marks == OVERLAP
    )
    edits = [_without_ids(edit) for edit in edits_for(document, (), want, via=via, who=who)]
    return _Held(document, (), edits, via)


def _without_ids(edit: Edit) -> Edit:
    """The edit anchored by what is said and where alone: identities count from the words as they were recognised."""
    at = getattr(edit, "at", None)
    return edit if at is None else edit.model_copy(update={"at": at.model_copy(update={"ids": ()})})


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
