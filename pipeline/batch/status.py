"""Where a study stands: every recording, what became of it, and what to do next. Reads only; runs no model."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Literal

from pipeline.app import runner, snapshots
from pipeline.batch import ledger
from pipeline.batch.folder import recordings
from pipeline.core import keysheet, workspace
from pipeline.core.document import Document
from pipeline.core.errors import BadInputError, IpaError
from pipeline.core.paths import (
    STAGE_NUMBERS,
    RecordingPaths,
    check_id,
    id_from_name,
    nothing_stored,
    read_bytes,
    stored_ids,
)
from pipeline.core.settings import Settings
from pipeline.core.untrusted import Malformed, json_of
from pipeline.exporters.registry import FORMATS
from pipeline.recording.audio import sha256_of_file
from pipeline.review import store
from pipeline.review.edits import digest, in_force
from pipeline.transcript import locking

State = Literal["new", "running", "stopped", "failed", "damaged", "finished", "locked"]
TO_READ = ("docx", "pdf", "html", "txt", "md", "xlsx", "csv", "json")
"""Formats in the order in which somebody would want to open one."""
MAX_JSON = 50_000_000
"""Bytes of a report's figures."""
NONE: Mapping[str, str] = {}
EDITS_WAIT = "`ipa emit {id}` writes the files again: somebody changed something in a review since"


@dataclass(frozen=True)
class Status:
    """One recording or typed transcript.

    Attributes:
        id: its code; empty for a file that can be given none.
        state: "new" (nothing was done), "running" (a process holds it), "stopped" (before the end), "failed" (in the
            last batch), "damaged" (its latest snapshot cannot be read), "finished", "locked".
        last_stage: the last one that finished, None if none did.
        next: what to do, one sentence.
        file: the recording; None where it is not in the folder that was looked at.
        version: of the lock, 0 if there is none.
        duration: seconds, None where unknown and for typed transcripts.
        places: how many places the report names for a second look, None where there is no report.
        listening_s: seconds of sound around them.
        warnings: sentences, the gravest first; never words of the interview.
        transcript, report: the files to open, None where they are not there.
    """

    id: str
    state: State
    last_stage: str | None = None
    next: str = ""
    file: Path | None = None
    version: int = 0
    duration: float | None = None
    places: int | None = None
    listening_s: float = 0.0
    warnings: tuple[str, ...] = ()
    transcript: Path | None = None
    report: Path | None = None

    def plain(self) -> dict[str, Any]:
        """Plain values, for JSON; paths as text."""
        return {k: str(v) if isinstance(v, Path) else v for k, v in asdict(self).items()}


def study(outputs: Path, folder: Path) -> list[Status]:
    """Everything stored below `outputs` and every recording in `folder`, sorted by id. Either may be missing.

    Raises:
        UsageProblem: a folder may not be read.
    """
    files = recordings(folder) if folder.is_dir() else []
    failures = ledger.failures(outputs)
    stored = {name: RecordingPaths(outputs, name) for name in stored_ids(outputs)}
    by_id = {name_of(file): file for file in files}
    rows = [of(paths, by_id.get(name), failures) for name, paths in stored.items()]
    rest = [file for name, file in by_id.items() if name not in stored]
    rest += [file for file in files if file not in by_id.values()]  # two files with one id
    elsewhere = _digests([paths for name, paths in stored.items() if name not in by_id]) if rest else {}
    for file in rest:
        known = elsewhere.get(sha256_of_file(file)) if elsewhere else None
        if known is None:
            rows.append(_new(file, outputs, failures))
        else:
            rows = [of(stored[known], file, failures) if row.id == known else row for row in rows]
    return sorted(rows, key=lambda row: (row.id or str(row.file), str(row.file)))


def chosen(outputs: Path, folder: Path, ids: Sequence[str]) -> list[Status]:
    """Those of `study` that have one of `ids`; all if none is named.

    Raises:
        BadInputError: there is none of that id.
    """
    rows = study(outputs, folder)
    for name in ids:
        if all(row.id != name for row in rows):
            raise BadInputError(nothing_stored(outputs, check_id(name)), hint="`ipa status` lists what there is")
    return [row for row in rows if not ids or row.id in ids]


def of(paths: RecordingPaths, file: Path | None = None, failures: Mapping[str, str] = NONE) -> Status:
    """The status of what is stored under an id.

    Args:
        file: the recording, if it is known where it lies.
        failures: {id: what went wrong} in batches.
    """
    document, last, unreadable = _latest(paths)
    row = Status(paths.id, "stopped", last, file=file, warnings=_warnings(document))
    if document is not None:
        row = replace(row, duration=document.duration)
    if workspace.is_held(paths):
        return replace(row, state="running", next="wait: a run is at work on it")
    if unreadable is not None:
        what = f"work/{unreadable.file.name}: {unreadable.what}" if unreadable.file else unreadable.what
        todo = unreadable.hint or _continue(paths, file)
        return replace(row, state="damaged", warnings=(what, *row.warnings), next=todo)
    if document is not None and last == "emit" and _is_complete(document, paths):
        return _finished(replace(row, state="finished"), paths, document)
    failed = failures.get(paths.id)
    return _failed(row, failed) if failed else replace(row, next=_continue(paths, file))


def _latest(paths: RecordingPaths) -> tuple[Document | None, str | None, BadInputError | None]:
    """The most advanced snapshot that can be read, its stage, and what is wrong with a later one."""
    problem: BadInputError | None = None
    for stage in sorted(STAGE_NUMBERS, key=STAGE_NUMBERS.__getitem__, reverse=True):
        path = paths.snapshot(stage)
        try:
            document = snapshots.load(paths, stage)
        except BadInputError as error:
            problem = problem or error
            continue
        if document is not None:
            return document, stage, problem
        if path.exists():
            problem = problem or BadInputError("the snapshot is damaged", file=path)
    return None, None, problem


def _warnings(document: Document | None) -> tuple[str, ...]:
    notes = [note for note in document.notes if note.level != "info"] if document is not None else []
    return tuple(note.message for note in sorted(notes, key=lambda note: note.level != "alarm"))


def _is_complete(document: Document, paths: RecordingPaths) -> bool:
    """Whether all files of share/ are there that the last run wrote."""
    record = document.record_of("emit")
    names = record.details.get("files", []) if record else []
    return bool(names) and all((paths.share / name).is_file() for name in names)


def _continue(paths: RecordingPaths, file: Path | None) -> str:
    """The command that goes on with something unfinished."""
    if snapshots.load(paths, "ingest") or snapshots.load(paths, "import"):
        return f"`ipa emit {paths.id}`"
    if paths.snapshot("import").exists():
        return f"import the transcript again with `ipa import FILE --id {paths.id} --force`"
    return _run(file, paths.id) if file is not None else f"`ipa run FILE --id {paths.id}` with the recording"


def _run(file: Path, identifier: str) -> str:
    """The command that runs a recording."""
    named = f" --id {identifier}" if name_of(file) != identifier else ""
    path = shlex.quote(str(file))
    return f"`ipa run {'-- ' if path.startswith('-') else ''}{path}{named}`"


def _failed(row: Status, message: str) -> Status:
    what, _, hint = message.partition("\n  Next: ")
    return replace(row, state="failed", warnings=(what, *row.warnings), next=hint or "run the same command again")


def _finished(row: Status, paths: RecordingPaths, document: Document) -> Status:
    figures = _json(paths.share / "report.json")
    places, seconds = None, 0.0
    if isinstance(figures, dict) and isinstance(figures.get("attention"), list):
        places = len(figures["attention"])
        seconds = figures["listening_s"] if isinstance(figures.get("listening_s"), int | float) else 0.0
    report = paths.share / "report.html"
    try:
        lock = locking.load(paths)
    except IpaError as error:
        row = replace(row, warnings=(error.what, *row.warnings))
        lock = None
    row = replace(
        row,
        state="locked" if lock else "finished",
        version=lock.version if lock else 0,
        places=places,
        listening_s=seconds,
        transcript=next((p for f in TO_READ if (p := paths.share / FORMATS[f].file).is_file()), None),
        report=report if report.is_file() else None,
    )
    try:
        waiting = _edits_wait(document, paths)
    except IpaError as error:
        return replace(row, warnings=(error.what, *row.warnings), next=error.hint or "")
    return replace(row, next=EDITS_WAIT.format(id=row.id) if waiting else _next_of_finished(row, paths))


def _next_of_finished(row: Status, paths: RecordingPaths) -> str:
    if row.file is not None and _sheet_changed(row.file, paths):
        return f"the key sheet has changed: {_run(row.file, paths.id)}"
    if row.state == "locked":
        return f"analyse it; `ipa export {paths.id} --format NAME` writes it for other programs"
    return f"`ipa review {paths.id}`: listen, correct and sign, then `ipa lock {paths.id}`"


def _edits_wait(document: Document, paths: RecordingPaths) -> bool:
    """Whether somebody changed something in a review after the files were written."""
    record = document.record_of("review")
    written = record.details.get("edits_sha256") if record else None
    edits = in_force(store.load(paths).edits)
    return (digest(edits) if edits else None) != written


def _sheet_changed(file: Path, paths: RecordingPaths) -> bool:
    """Whether the key sheet beside the recording is newer than the transcript and says something else."""
    sheet = keysheet.beside(file)
    try:
        if sheet is None or sheet.stat().st_mtime <= paths.snapshot("emit").stat().st_mtime:
            return False
        return not paths.key_sheet.is_file() or keysheet.load(sheet) != keysheet.load(paths.key_sheet)
    except (OSError, IpaError):
        return True


def _new(file: Path, outputs: Path, failures: Mapping[str, str]) -> Status:
    """A recording that nothing is stored of."""
    job = runner.Job(source=file, outputs=outputs, settings=Settings())
    try:
        name = runner.identify(job, runner.load_sheets(job))
    except IpaError as error:  # a name in its name, or a key sheet with an error
        return Status("", "new", file=file, warnings=(error.what,), next=error.hint or "")
    row = Status(name, "new", file=file, next=_run(file, name))
    return _failed(row, failures[name]) if name in failures else row


def name_of(file: Path) -> str:
    """The id that a run would give to a recording, without the checks of a run."""
    try:
        sheet = keysheet.beside(file)
        return (keysheet.load(sheet).id if sheet else None) or id_from_name(file)
    except IpaError:
        return id_from_name(file)


def _digests(stored: Sequence[RecordingPaths]) -> dict[str, str]:
    """{sha256 of the recording: id} of what is stored under another id than the file's name gives."""
    found = {}
    for paths in stored:
        document, _, _ = _latest(paths)
        if document is not None and document.recording is not None:
            found[document.recording.sha256] = paths.id
    return found


def _json(path: Path) -> Any:
    try:
        return json_of(read_bytes(path, MAX_JSON))
    except (BadInputError, Malformed):
        return None


def to_json(rows: Sequence[Status]) -> str:
    """The rows as a JSON list; times in seconds."""
    return json.dumps([row.plain() for row in rows], indent=1, ensure_ascii=False)
