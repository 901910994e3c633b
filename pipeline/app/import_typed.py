"""`ipa import`: a transcript typed by hand becomes a stored document, from which the redact stage continues."""

from __future__ import annotations

from dataclasses import replace

from pipeline.app import sheets as sheets_module
from pipeline.app import snapshots
from pipeline.app.runner import Job, identify, load_sheets
from pipeline.core import hashes, offline, study_log, workspace
from pipeline.core.document import StageRecord
from pipeline.core.errors import UsageProblem
from pipeline.core.paths import RecordingPaths, read_bytes, remove_tree
from pipeline.core.progress import Progress
from pipeline.importing import typed
from pipeline.release import key as keys

NAME = "import"


def store(job: Job, progress: Progress) -> Job:
    """Read the transcript, store it as the first snapshot, and return the job that continues from there.

    Raises:
        BadInputError: it cannot be read (see `typed.read`).
        UsageProblem: the id belongs to another recording or transcript already, or holds a name.
    """
    assert job.source is not None
    digest = hashes.of_bytes(read_bytes(job.source, typed.MAX_BYTES))
    sheets = load_sheets(job)
    paths = RecordingPaths(job.outputs, identify(job, sheets))
    key = f"typed:{digest}"
    stored = snapshots.load(paths, NAME)
    if snapshots.load(paths, "ingest") is not None:
        raise UsageProblem(
            f"the id '{paths.id}' belongs to a recording already, which an import does not replace",
            file=job.source,
            hint=f"give this transcript an id of its own with --id, or delete the recording's results with "
            f"`ipa purge {paths.id}` and import again",
        )
    if stored is not None and stored.records[-1].key != key and not job.force:
        raise UsageProblem(
            f"the id '{paths.id}' belongs to another transcript already",
            file=job.source,
            hint="give this one an id of its own with --id, or replace the other with --force",
        )
    keys.ready(paths.key, say=progress.message)
    document = typed.read(job.source, id=paths.id)
    record = StageRecord(
        stage=NAME,
        key=key,
        engine="typed by hand",
        version="1",
        network=offline.state(),
        details={"words": len(document.words)},
    )
    document = document.with_(records=(record,))
    with workspace.held(paths):
        if stored is not None and job.force:
            remove_tree(paths.work)
        paths.make()
        snapshots.save(document, paths.snapshot(NAME))
        sheets_module.keep(sheets, paths)
        if stored is None or stored.records[-1].key != key:
            study_log.add(job.outputs, "import", paths.id, words=len(document.words), transcript_sha256=digest)
    for note in document.notes:
        progress.message(f"{paths.id}: {note.message}", "warning" if note.level != "info" else "info")
    return replace(job, source=None, id=paths.id, key_sheet=None)
