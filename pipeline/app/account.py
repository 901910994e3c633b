"""What the study's log is told of runs and exports."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from pipeline.core import hashes, study_log
from pipeline.core.errors import BadInputError
from pipeline.core.paths import RecordingPaths, read_bytes
from pipeline.core.progress import Progress
from pipeline.core.untrusted import Malformed, json_of

MAX_MANIFEST = 20_000_000


def ran(paths: RecordingPaths, stages: Sequence[str], progress: Progress) -> None:
    """Log a run whose transcript is not in the log yet (also one that was killed just before).

    A damaged log takes no work away: that it is, is said.
    """
    try:
        _ran(paths, stages)
    except BadInputError as error:
        progress.message(f"The study's log was not told of this run: {error}", "warning")


def _ran(paths: RecordingPaths, stages: Sequence[str]) -> None:
    manifest = manifest_of(paths)
    digest = hashes.of_file(paths.manifest)
    if last_run(study_log.read(paths.outputs), paths.id) == digest:
        return
    found = manifest.get("input") or {}
    study_log.add(
        paths.outputs,
        "run",
        paths.id,
        stages=list(stages),
        manifest_sha256=digest,
        settings_sha256=manifest["settings"]["sha256"],
        recording_sha256=found.get("sha256", ""),
        files=len(manifest["files"]),
    )


def exported(paths: RecordingPaths, written: Iterable[Path], formats: Sequence[str]) -> None:
    """Log files that were written to share/ or handed out: names of formats and hashes, no folder."""
    files = {path.name: hashes.of_file(path) for path in written if path.is_file()}
    inside = all(path.parent == paths.share for path in written)
    study_log.add(paths.outputs, "export", paths.id, formats=list(formats), into_share=inside, files=files)


def last_run(entries: Iterable[study_log.Entry], identifier: str) -> str:
    """Hash of the manifest that the log knows, "" where it knows none."""
    found = [e for e in entries if e.event == "run" and e.id == identifier]
    return str(found[-1].details.get("manifest_sha256", "")) if found else ""


def manifest_of(paths: RecordingPaths) -> dict[str, Any]:
    """A manifest as plain values.

    Raises:
        BadInputError: it is missing or damaged.
    """
    try:
        value = json_of(read_bytes(paths.manifest, MAX_MANIFEST))
        if not (isinstance(value, dict) and isinstance(value["files"], dict) and value["settings"]["sha256"]):
            raise Malformed("it is no manifest")
    except (Malformed, KeyError, TypeError):
        hint = f"run `ipa emit {paths.id}` to write it anew"
        raise BadInputError("the manifest is damaged", file=paths.manifest, hint=hint) from None
    return value
