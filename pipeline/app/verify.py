"""`ipa verify`: the study's log, manifests, shared files, stored stages and weights, held against each other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from pipeline.app import account, snapshots
from pipeline.app.study_names import interviews_of
from pipeline.core import hashes, study_log
from pipeline.core.errors import BadInputError
from pipeline.core.paths import RecordingPaths, check_id, disk_errors
from pipeline.weights.catalogue import Catalogue

NOT_LISTED = ("manifest.json", "lock.json")
"""Files of share/ that the manifest does not list; its own hash is in the log."""
Say = Callable[[str], None]


def verify(outputs: Path, wanted: Sequence[str], catalogue: Catalogue, say: Say) -> None:
    """Check the log's chain, then each interview's manifest, files and stages, then the weights.

    Args:
        outputs: the folder of all results.
        wanted: ids; all interviews if empty.
        catalogue: of the weights.
        say: told one sentence for each thing that holds, and what cannot be checked here.

    Raises:
        BadInputError: the first thing that does not hold.
        WeightsError: weights on this machine are not what the catalogue says.
    """
    entries = study_log.read(outputs)
    say(f"log: {len(entries)} entries, every one follows the one before" if entries else "log: there is none yet")
    stored = [p for p in interviews_of(outputs) if p.manifest.is_file()]
    if wanted:
        stored = [RecordingPaths(outputs, check_id(name)) for name in wanted]
    used: dict[str, str] = {}
    for paths in stored:
        manifest = account.manifest_of(paths)
        count = _files(paths, manifest, entries, say)
        _stages(paths, manifest, say)
        used.update(manifest.get("weights") or {})
        say(f"{paths.id}: manifest and {count} files are as they were written")
    _weights(used, catalogue, say)


def _files(paths: RecordingPaths, manifest: dict[str, Any], entries: Sequence[study_log.Entry], say: Say) -> int:
    """Hold share/ against manifest and log; returns how many files were compared."""
    again = f"move it elsewhere if somebody wrote into it, delete it here, and run `ipa emit {paths.id}`"
    unlogged = f"run `ipa emit {paths.id}`, which writes it into the log"
    logged = account.last_run(entries, paths.id)
    if not logged:
        raise BadInputError("the log has no entry of this transcript", file=paths.manifest, hint=unlogged)
    with disk_errors(paths.share):
        if hashes.of_file(paths.manifest) != logged:
            raise BadInputError("the manifest is not the one that the log knows", file=paths.manifest, hint=again)
        expected = dict(manifest["files"])
        for entry in entries:
            if entry.event == "export" and entry.id == paths.id and entry.details.get("into_share"):
                expected = {**dict(entry.details.get("files", {})), **expected}
        for name, digest in sorted(expected.items()):
            path = paths.share / name
            if not path.is_file() and name in manifest["files"]:
                raise BadInputError("the manifest lists it, and it is not there", file=path, hint=again)
            if path.is_file() and hashes.of_file(path) != digest:
                raise BadInputError("it was changed after it was written", file=path, hint=again)
        for path in sorted(paths.share.iterdir()):
            if path.is_file() and path.name not in (*expected, *NOT_LISTED):
                say(f"{paths.id}: {path.name} was not written by this program")
    return len(expected) + 1


def _stages(paths: RecordingPaths, manifest: dict[str, Any], say: Say) -> None:
    """Hold the stages that the manifest names against the stored ones."""
    document = snapshots.load(paths, "redact")
    if document is None:
        say(f"{paths.id}: its working files are gone, so only what is in share/ was checked")
        return
    stored = [record.key for record in document.records]
    named = [str(row.get("key")) for row in manifest.get("stages", []) if isinstance(row, dict)]
    if stored != named[: len(stored)]:
        raise BadInputError(
            "share/ was made from other stages than the stored ones",
            file=paths.snapshot("redact"),
            hint=f"run `ipa emit {paths.id}`",
        )


def _weights(used: dict[str, str], catalogue: Catalogue, say: Say) -> None:
    """Verify the weights on this machine that the transcripts were made with."""
    for name in sorted({file.split("/")[0] for file in used}):
        if name not in catalogue.entries or (catalogue.missing(name) and catalogue.entry(name).onnx is None):
            say(f"weights: {name} is not on this machine")
            continue
        catalogue.check(name)
        known = catalogue.sha256(name)
        other = [file for file, digest in used.items() if known.get(file, digest) != digest]
        say(f"weights: {name} is whole" + (", but a transcript was made with another version" if other else ""))
