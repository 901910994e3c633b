"""Many recordings, one after the other.

Each runs in a process of its own, so that one that exhausts the memory or crashes a library cannot
take the rest with it, and all memory is given back in between. That process ends when the batch does,
also when the batch is killed. What is finished is recognised by the content of the recording, not by
its name, and left alone. Where a graphics card does most of the work, the next recording is decoded on
the processor meanwhile.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from pipeline.app import runner, snapshots
from pipeline.core import installed, parent
from pipeline.core.errors import BadInputError, InterruptedRunError, IpaError, UsageProblem
from pipeline.core.paths import RecordingPaths, disk_errors, make_folder, no_such_file, write_text
from pipeline.core.progress import Progress, Silent
from pipeline.core.settings import Wanted
from pipeline.recording.audio import sha256_of_file
from pipeline.release import key
from pipeline.weights.catalogue import Catalogue

SUFFIXES = frozenset(
    f".{suffix}"
    for suffix in (
        *("3g2", "3gp", "aac", "ac3", "aif", "aiff", "amr", "au", "avi", "caf", "ds2", "dss", "flac", "m4a", "m4b"),
        *("mka", "mkv", "mov", "mp2", "mp3", "mp4", "mpeg", "mpg", "oga", "ogg", "opus", "wav", "weba", "webm"),
        *("wma", "wmv"),
    )
)
LEDGER = "batch.json"


@dataclass(frozen=True)
class Row:
    """What became of one recording. `status` is done, skipped or failed."""

    file: str
    id: str
    status: str
    exit_code: int = 0
    seconds: float = 0.0
    message: str = ""


def recordings(folder: Path) -> list[Path]:
    """Recordings in a folder, by their suffix, sorted by name; hidden files are left out.

    Raises:
        BadInputError: there is no such folder.
    """
    if not folder.is_dir():
        raise no_such_file(folder, "folder")
    with disk_errors(folder):
        return sorted(
            path
            for path in folder.iterdir()
            if path.suffix.lower() in SUFFIXES and not path.name.startswith(".") and not path.is_dir()
        )


def run(
    sources: Sequence[Path], job: runner.Job, wanted: Wanted, progress: Progress, catalogue: Catalogue
) -> list[Row]:
    """Process recordings; one that fails never stops the rest. What is wrong with a key sheet, an id or a file's name
    is said at the start, before the first hour of work.

    Args:
        sources: the recordings.
        job: settings and outputs of all of them; its `source` is ignored.
        wanted: the settings that the command names. A finished recording keeps those of its last run where it names
            none.
        progress: told of each recording's stages.
        catalogue: to see what is done already.

    Raises:
        KeyFileError, UsageProblem: nothing to lock the keys with; no recording was touched.
    """
    finished = known_recordings(job.outputs)
    taken: dict[str, Path] = {}
    named = {source: _identified(source, job, finished) for source in sources}
    for source, name in named.items():
        if isinstance(name, Row) and name.status == "failed":
            progress.message(f"{source.name}: {name.message}", "error")
    ahead = not job.force and (job.device == "cuda" or (job.device == "auto" and installed.can_use_gpu()))

    def plan(source: Path, decode: bool) -> _Planned | Row:
        name = named[source]
        planned = name if isinstance(name, Row) else _plan(source, name, job, wanted, catalogue, taken, finished)
        if decode and isinstance(planned, _Planned):
            # Whatever is wrong with it, its own run says.
            subprocess.run(_command("ingest", planned, folder), capture_output=True, check=False, **tied)
        return planned

    rows: list[Row] = []
    key_is_ready = False
    with tempfile.TemporaryDirectory() as name, parent.lifeline() as tied, ThreadPoolExecutor(1) as aside:
        folder = Path(name)
        plans = [aside.submit(plan, source, False) for source in sources[:1]]
        for number, source in enumerate(sources, 1):
            planned = plans.pop().result()
            if isinstance(planned, _Planned) and not key_is_ready:
                key.find_secret(create=True, say=progress.message)  # what no recording can do without
                key_is_ready = True
            plans += [aside.submit(plan, after, ahead) for after in sources[number : number + 1]]
            rows.append(planned if isinstance(planned, Row) else _run(planned, folder, progress, tied))
            if rows[-1].status == "failed" and rows[-1] is not named[source]:
                progress.message(f"{source.name}: {rows[-1].message}", "error")
            _write_ledger(job.outputs, rows)
    return rows


def known_recordings(outputs: Path) -> dict[str, str]:
    """{sha256 of a recording: id} of everything below `outputs` that finished."""
    known: dict[str, str] = {}
    for path in sorted(outputs.glob("*/work/50-emit.json")):
        paths = RecordingPaths(outputs, path.parent.parent.name)
        document = snapshots.load(paths, "ingest")
        if document is not None and document.recording is not None:
            known[document.recording.sha256] = document.id
    return known


@dataclass(frozen=True)
class _Planned:
    """A recording that has to be run, and how."""

    job: runner.Job
    source: Path
    id: str


def _identified(source: Path, job: runner.Job, finished: dict[str, str]) -> str | Row:
    """The id of a recording, or what becomes of it without one: a file whose name holds a name may be done already
    under a code that was given to it."""
    single = replace(job, source=source)
    try:
        return runner.identify(single, runner.load_key_sheet(single))
    except IpaError as error:
        other = finished.get(sha256_of_file(source)) if isinstance(error, UsageProblem) and not job.force else None
        if other is not None:
            return Row(source.name, other, "skipped", message=f"the same recording is done as '{other}'")
        return Row(source.name, "", "failed", error.exit_code, message=str(error))


def _plan(
    source: Path,
    identifier: str,
    job: runner.Job,
    wanted: Wanted,
    catalogue: Catalogue,
    taken: dict[str, Path],
    finished: dict[str, str],
) -> _Planned | Row:
    """Whether a recording has to be run; else what becomes of it."""
    single = replace(job, source=source)
    try:
        if identifier in taken:
            raise BadInputError(
                f"its id '{identifier}' is also that of {taken[identifier].name}",
                file=source,
                hint="rename one of them, or give each its own id in its key sheet",
            )
        taken[identifier] = source
        other = finished.get(sha256_of_file(source))
        if other is not None and other != identifier and not job.force:
            return Row(source.name, identifier, "skipped", message=f"the same recording is done as '{other}'")
        if other == identifier:
            single = replace(single, settings=wanted.load(runner.stored_settings(job.outputs, identifier)))
        if not job.force and runner.is_done(runner.prepare(single, Silent(), catalogue)):
            return Row(source.name, identifier, "skipped", message="done already")
    except IpaError as error:
        return Row(source.name, identifier, "failed", error.exit_code, message=str(error))
    return _Planned(single, source, identifier)


def _run(planned: _Planned, folder: Path, progress: Progress, tied: Mapping[str, Any]) -> Row:
    started = time.monotonic()
    code, message = _child(_command("run", planned, folder), progress, tied)
    status = "failed" if code else "done"
    return Row(planned.source.name, planned.id, status, code, round(time.monotonic() - started, 1), message)


def _command(what: str, planned: _Planned, folder: Path) -> list[str]:
    """`ipa run` or `ipa ingest` on one recording, for a process of its own, which reads its settings from a file in
    `folder`: whatever can be set is passed on, without a list of options that would have to be kept in step."""
    job = planned.job
    settings = folder / f"{planned.id}.json"
    write_text(settings, job.settings.model_dump_json(), private=True)
    command = [sys.executable, "-m", "pipeline", what, "--json-logs", "-o", str(job.outputs)]
    command += ["--settings", str(settings)]
    command += ["--key-sheet", str(job.key_sheet)] if job.key_sheet is not None else []
    command += ["--id", planned.id, "--device", job.device] if what == "run" else []
    flags = {"--force": job.force, "--hear-again": job.hear_again, "--new-version": job.new_version}
    command += [flag for flag, wanted in flags.items() if wanted and (what == "run" or flag == "--force")]
    return [*command, "--", os.path.abspath(planned.source)]


def _child(command: Sequence[str], progress: Progress, tied: Mapping[str, Any]) -> tuple[int, str]:
    """Run a command, pass on what it reports; returns (exit code, message)."""
    process = subprocess.Popen(
        command,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        errors="replace",
        **tied,
    )
    assert process.stderr is not None
    message = ""
    try:
        for line in process.stderr:
            message = _relay(line, progress) or message
        code = process.wait()
    except KeyboardInterrupt:
        process.terminate()
        process.wait()
        raise
    finally:
        progress.finish()
    if code == 130:
        raise InterruptedRunError("interrupted", hint="run the same command to go on")
    if code < 0:
        message = f"the process was ended by signal {-code}" + (" (out of memory?)" if code == -9 else "")
        return 6 if code == -9 else 1, message
    return code, message


def _relay(line: str, progress: Progress) -> str:
    """Pass a child's report on; returns the text of an error, if it is one."""
    try:
        event = json.loads(line)
    except ValueError:
        return ""
    kind = event.get("event") if isinstance(event, dict) else None
    if kind == "start":
        progress.start(event["recording"], event["stages"])
    elif kind == "stage":
        progress.stage(event["stage"])
    elif kind == "progress":
        progress.update(event["percent"] / 100, event.get("detail", ""))
    elif kind == "message" and event["level"] == "error":
        return str(event["text"])
    elif kind == "message":
        progress.message(event["text"], event["level"])
    return ""


def _write_ledger(outputs: Path, rows: Sequence[Row]) -> None:
    make_folder(outputs)
    write_text(outputs / LEDGER, json.dumps([asdict(row) for row in rows], indent=1) + "\n", private=True)
