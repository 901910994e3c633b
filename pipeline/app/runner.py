"""One recording through the stages: preflight, resume, snapshots, provenance.

After each stage the document is written to work/NN-stage.json. Every snapshot carries a key for each
stage so far: a hash over the stage's version, its settings, its weights and the key of the stage before,
with the recording's own hash at the root. A stage is skipped when its key still matches, so a run that was killed at
any moment continues where it was, and after a change of settings only the stages that depend on it run.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from pipeline import stages
from pipeline.app import account, hearing, snapshots
from pipeline.app import sheets as sheets_module
from pipeline.app.sheets import Sheets
from pipeline.app.stage_keys import stage_keys, weights_hashes
from pipeline.core import offline, workspace
from pipeline.core.document import Document, Entity, StageRecord
from pipeline.core.errors import BadInputError, InterruptedRunError, ResourceError, UsageProblem
from pipeline.core.paths import RecordingPaths, check_id, disk_errors, id_from_name, nothing_stored, write_text
from pipeline.core.progress import Progress
from pipeline.core.settings import Settings, sha256_of
from pipeline.engines import choose, memory
from pipeline.exporters import registry
from pipeline.recording import audio
from pipeline.redaction import naming
from pipeline.release import key as keys
from pipeline.release import study_key
from pipeline.review import numbering, store
from pipeline.review.edits import SwapRoles
from pipeline.stages.base import Context, Stage
from pipeline.weights.catalogue import Catalogue


@dataclass(frozen=True)
class Job:
    """What to run: a recording (or, with `source` None, the stored snapshots of `id`).

    `force` runs again what is done already, `hear_again` also what was heard; `new_version` allows that on a locked or
    edited transcript.

    Raises:
        UsageProblem: the settings name a format that there is none of: said now, not after an hour of work.
    """

    source: Path | None
    outputs: Path
    settings: Settings
    id: str | None = None
    key_sheet: Path | None = None
    device: str = "auto"
    force: bool = False
    until: str = "emit"
    hear_again: bool = False
    new_version: bool = False

    def __post_init__(self) -> None:
        registry.resolve(self.settings.emit.formats)


@dataclass(frozen=True)
class Result:
    """The result of a job. `ran` are the stages that were not skipped."""

    document: Document
    paths: RecordingPaths
    ran: tuple[str, ...]


Accept = Callable[[hearing.Change], bool]
"""Told what hearing again would change; whether it is to be so."""


@dataclass
class _Prepared:
    """A job that passed its checks, with the settings that count. `heard` is what was heard before; `again` if it is to
    be heard again, `swap` if roles are to be exchanged that were told at the time."""

    job: Job
    root: Document
    digest: str
    stages: list[Stage]
    context: Context
    keys: list[str]
    settings: Settings
    sheets: Sheets
    heard: Document | None = None
    again: bool = False
    swap: bool = False


def load_sheets(job: Job) -> Sheets:
    """The key sheet that was named, or the one beside the recording, and the study sheet there; for a stored recording
    those of its last run.

    Raises:
        KeySheetError: see `sheets.find`.
    """
    paths = RecordingPaths(job.outputs, check_id(job.id)) if job.source is None and job.id else None
    return sheets_module.find(job.source, job.key_sheet, paths)


def stored_settings(outputs: Path, identifier: str) -> Path | None:
    """The file with the settings of a recording's last run, None where there was none."""
    path = RecordingPaths(outputs, check_id(identifier)).settings
    return path if path.is_file() else None


def _remember(prepared: _Prepared) -> None:
    """Keep settings and sheets with the recording: a later `ipa emit ID` must not fall back to the defaults (and
    transcribe again), nor forget the names."""
    paths = prepared.context.paths
    write_text(paths.settings, prepared.job.settings.model_dump_json(indent=1) + "\n", private=True)
    sheets_module.keep(prepared.sheets, paths)


def identify(job: Job, sheets: Sheets) -> str:
    """The id: as asked for, else the key sheet's, else from the file's name.

    Raises:
        UsageProblem: there is none, it is not valid, or it (or the study code) holds a name (see `naming`).
    """
    own, study = sheets.own, sheets.study
    asked = job.id or (own.id if own is not None else None)
    if asked is None and job.source is None:
        raise UsageProblem("neither a recording nor an id was given")
    identifier = check_id(asked) if asked else id_from_name(job.source)  # type: ignore[arg-type]
    for sheet in (own, study.as_key_sheet() if study is not None else None):
        naming.refuse_known(identifier, job.settings.emit.study, sheet, job.source)
    if not asked and job.source is not None:
        naming.refuse_listed(identifier, job.source)
    return identifier


def run(job: Job, progress: Progress, catalogue: Catalogue, accept: Accept | None = None) -> Result:
    """Run the stages up to `job.until`, skipping those whose result exists already.

    Args:
        accept: asked before what was heard is replaced by what was heard again; None for yes.

    Raises:
        IpaError: see errors.py; snapshots of the finished stages are kept.
    """
    memory.keep_freed()
    try:
        with offline.guard():
            prepared = prepare(job, progress, catalogue)
            with workspace.held(prepared.context.paths):
                if prepared.swap:
                    store.append(prepared.context.paths, [SwapRoles(via="command")])
                    prepared = prepare(job, progress, catalogue)
                result = _run_stages(prepared, accept)
                if job.until == "emit":
                    account.ran(result.paths, result.ran, progress)
                return result
    except KeyboardInterrupt as error:
        raise InterruptedRunError("interrupted", hint="run the same command to go on") from error
    except MemoryError as error:
        raise ResourceError(
            "out of memory", file=job.source, hint="close other programs, or take a smaller model or --preset fast"
        ) from error
    finally:
        progress.finish()


def prepare(job: Job, progress: Progress, catalogue: Catalogue) -> _Prepared:
    """Check everything that can be checked before an hour of work: input, key sheet, id, weights, space."""
    sheets = load_sheets(job)
    paths = RecordingPaths(job.outputs, identify(job, sheets))
    sheets = replace(sheets, written=study_key.written(job.outputs, sheets.study))
    digest = audio.sha256_of_file(job.source) if job.source is not None else ""
    root = _root_document(paths, digest, job)
    edits = store.load(paths).edits
    heard = snapshots.load(paths, "transcribe") if root.source == "recording" else None
    job, again, swap = hearing.frozen(job, paths, heard, edits, say=progress.message)
    settings = sheets.settings(job.settings)
    wanted = stages.names() if root.source == "recording" else list(stages.TYPED)
    wanted = stages.needed(wanted[: wanted.index(job.until) + 1], edits)
    chosen = [stages.get(name) for name in wanted]
    context = Context(
        paths=paths,
        progress=progress,
        catalogue=catalogue,
        source=job.source,
        digest=digest,
        key_sheet=sheets.merged,
        device=job.device,
        earlier={**_earlier(job), **sheets.forms()},
        edits=edits,
        named=_named(paths),
    )
    keys = stage_keys(root, digest, chosen, settings, context, heard=None if again else heard)
    return _Prepared(job, root, digest, chosen, context, keys, settings, sheets, heard, again, swap)


def _named(paths: RecordingPaths) -> tuple[Entity, ...]:
    """Everybody who ever was in the transcript; of one that was made before that was kept, who is in it now."""
    if known := numbering.load(paths):
        return known
    redacted = snapshots.load(paths, "redact")
    return redacted.entities if redacted is not None else ()


def _earlier(job: Job) -> dict[str, str]:
    """Folded form -> replacement of the participant's earlier interview, from its key."""
    if not job.settings.redact.earlier:
        return {}
    from pipeline.redaction.text.forms import form_of

    paths = RecordingPaths(job.outputs, check_id(job.settings.redact.earlier))
    if not paths.root.is_dir():
        raise BadInputError(
            nothing_stored(job.outputs, paths.id), file=paths.root, hint="give --earlier the id of a finished interview"
        )
    entries = keys.load(paths.key, keys.find_secret()).entries
    return {form_of(form): entry.replacement for entry in entries for form in entry.forms}


def _root_document(paths: RecordingPaths, digest: str, job: Job) -> Document:
    """The document before the first stage; an earlier one of the same id must be of the same recording."""
    stored = snapshots.load(paths, "ingest") or snapshots.load(paths, "import") or snapshots.load(paths, "transcribe")
    if stored is None:
        if job.source is None:
            raise BadInputError(
                nothing_stored(paths.outputs, paths.id),
                file=paths.root,
                hint="run it with the recording's path first",
            )
        return Document(id=paths.id)
    if stored.source == "typed":
        if job.source is not None:
            raise _taken(paths, job)
        return stored
    assert stored.recording is not None
    if digest and stored.recording.sha256 != digest:
        raise _taken(paths, job)
    return Document(id=paths.id)


def _taken(paths: RecordingPaths, job: Job) -> UsageProblem:
    return UsageProblem(
        f"the id '{paths.id}' belongs to another recording already",
        file=job.source,
        hint=f"give this one its own with --id, or remove the other with `ipa purge {paths.id}`",
    )


def is_done(prepared: _Prepared) -> bool:
    """Whether every stage's result is there and current."""
    return not (prepared.swap or prepared.again) and _resume(prepared)[1] == len(prepared.stages)


def _resume(prepared: _Prepared) -> tuple[Document, int]:
    """The latest document whose keys all match, and how many stages that covers."""
    for count in range(len(prepared.stages), 0, -1):
        stage = prepared.stages[count - 1]
        document = snapshots.load(prepared.context.paths, stage.name)
        if document is None:
            continue
        records = {record.stage: record.key for record in document.records}
        wanted = {s.name: k for s, k in zip(prepared.stages[:count], prepared.keys[:count], strict=True)}
        if all(records.get(name) == key for name, key in wanted.items()) and _products_exist(prepared, document, count):
            return document, count
    return prepared.root, 0


def _products_exist(prepared: _Prepared, document: Document, count: int) -> bool:
    """Files that a snapshot relies on: the working copy for what is still to come, share/ after emit."""
    paths = prepared.context.paths
    if count == len(prepared.stages) and prepared.stages[-1].name == "emit":
        record = document.record_of("emit")
        names = record.details.get("files", []) if record else []
        return bool(names) and all((paths.share / name).is_file() for name in names)
    needs_audio = document.source == "recording" and count < 3
    return not needs_audio or paths.audio.is_file()


def _run_stages(prepared: _Prepared, accept: Accept | None) -> Result:
    context, progress, job = prepared.context, prepared.context.progress, prepared.job
    document, done = _start(prepared)
    memory.give_back()  # a snapshot takes several times what the document does while it is read
    remaining = prepared.stages[done:]
    if not remaining:
        return Result(document, context.paths, ())
    if remaining[-1].name == "emit":
        context.secret = keys.ready(context.paths.key, say=progress.message)
        study_key.check(job.outputs, context.secret)
    context.paths.make()
    _check_space(context, job)
    if not prepared.again:
        _remember(prepared)
    for stage in remaining:  # all weights and packages before the first minute of work
        for name in stage.weights(prepared.settings):
            context.catalogue.ready(name)
    choose.check(prepared.settings, [stage.name for stage in remaining], job.device, context.catalogue)
    progress.start(context.paths.id, [stage.name for stage in remaining])
    if prepared.again:
        if (heard := _hear_again(prepared, document, done, accept)) is None:
            return Result(prepared.heard or document, context.paths, ())
        document, done = heard, len(hearing.STAGES)
    for stage, key in zip(prepared.stages[done:], prepared.keys[done:], strict=True):
        document = _run_stage(stage, key, document, prepared.settings, context)
        snapshots.save(document, context.paths.snapshot(stage.name))
        if stage.name in ("redact", "review"):
            made = [e for e in document.entities if stage.name == "redact" or e.source == "reviewer"]
            context.named = numbering.remember(context.paths, context.named, made)
    if context.secret is not None:
        study_key.record(job.outputs, prepared.sheets.study, prepared.sheets.written, document, context.secret)
    return Result(document, context.paths, tuple(stage.name for stage in remaining))


def _start(prepared: _Prepared) -> tuple[Document, int]:
    """The document to go on from, and how many stages it has behind it."""
    if prepared.again:
        ingested = snapshots.load(prepared.context.paths, "ingest") if prepared.job.source is None else None
        return (ingested, 1) if ingested is not None and prepared.context.paths.audio.is_file() else (prepared.root, 0)
    if not prepared.job.force:
        return _resume(prepared)
    return (prepared.heard, len(hearing.STAGES)) if prepared.heard is not None else (prepared.root, 0)


def _hear_again(prepared: _Prepared, document: Document, done: int, accept: Accept | None) -> Document | None:
    """The recording heard anew, stored in place of what was heard before; None if it is not to be so."""
    context, old = prepared.context, prepared.heard
    assert old is not None
    made = []
    for stage, key in list(zip(prepared.stages, prepared.keys, strict=True))[done : len(hearing.STAGES)]:
        made.append((stage.name, document := _run_stage(stage, key, document, prepared.settings, context)))
    document = hearing.with_settled_roles(old, document, context.edits, prepared.job.settings)
    change = hearing.compare(old, document, context.edits)
    context.progress.message(f"{context.paths.id}: {change}")
    if accept is not None and not accept(change):
        return None
    hearing.replace(context.paths, old)
    for name, snapshot in [*made[:-1], (made[-1][0], document)]:
        snapshots.save(snapshot, context.paths.snapshot(name))
    _remember(prepared)
    return document


def _run_stage(stage: Stage, key: str, document: Document, settings: Settings, context: Context) -> Document:
    """The document after a stage, with the record of it."""
    context.progress.stage(stage.name)
    started = time.monotonic()
    result = stage.run(document, settings, context)
    record = StageRecord(
        stage=stage.name,
        key=key,
        engine=result.engine,
        weights=weights_hashes(stage, settings, context),
        settings_sha256=sha256_of(stage.fingerprint(settings, context)),
        version=stage.version,
        device=result.device,
        seconds=round(time.monotonic() - started, 3),
        network=offline.state(),
        details=dict(result.details),
    )
    context.progress.update(1.0)
    memory.give_back()
    return result.document.with_(records=(*result.document.records, record))


def _check_space(context: Context, job: Job) -> None:
    """Make sure of half a gigabyte, into which the working copy and outputs of two hours fit."""
    import shutil

    with disk_errors(context.paths.root):
        free = shutil.disk_usage(context.paths.root).free
    needed = 100_000_000 + (job.source.stat().st_size if job.source else 0)
    if free < needed:
        raise ResourceError(
            f"not enough disk space: about {needed / 1e6:.0f} MB needed, {free / 1e6:.0f} MB free",
            file=context.paths.root,
            hint="free some space, or choose another folder with -o",
        )
