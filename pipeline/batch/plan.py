"""What has to be done with each recording, and with which settings; what is wrong with an id is found here."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, replace
from pathlib import Path

from pipeline import __version__
from pipeline.app import runner, snapshots
from pipeline.batch.ledger import Ledger
from pipeline.core import installed
from pipeline.core.errors import BadInputError, IpaError, UsageProblem
from pipeline.core.paths import STAGE_NUMBERS, RecordingPaths, is_id
from pipeline.core.progress import Silent
from pipeline.core.settings import Wanted, sha256_of
from pipeline.recording.audio import sha256_of_file
from pipeline.weights.catalogue import Catalogue

HARD = (1, 6)
"""Exit codes of what may go better a second time: a crash, and too little memory. Bad input stays bad."""
MOST_TRIES = 2
LOST_GENTLE, LOST_ASIDE = 3, 5
"""So often in a row the batch may be killed over a recording before that is tried gently, and before it is put aside:
power cuts and impatience are not its fault."""


@dataclass(frozen=True)
class Row:
    """What became of one recording. `status` is done, skipped, failed, stopped or waiting; `seconds` is the time of
    work; `known` says that the ledger has it as it is."""

    file: str
    id: str
    status: str
    exit_code: int = 0
    seconds: float = 0.0
    message: str = ""
    sha256: str = ""
    known: bool = False


@dataclass(frozen=True)
class Planned:
    """A recording that has to be run, and how. `gentle`: it took its process, or the whole batch, down before."""

    job: runner.Job
    source: Path
    id: str
    sha256: str
    settings: str
    gentle: bool = False


class Planner:
    """Knows what is finished and which ids are taken."""

    def __init__(
        self, job: runner.Job, wanted: Wanted, catalogue: Catalogue, ledger: Ledger, *, retry_failed: bool = False
    ) -> None:
        self._job, self._wanted, self._catalogue, self._ledger = job, wanted, catalogue, ledger
        self._retry_failed = retry_failed
        self._finished = known_recordings(job.outputs)
        self._taken: dict[str, Path] = {}
        self._under_way: dict[str, str] = {}  # sha256 -> id

    def identify(self, source: Path) -> str | Row:
        """The id of a recording, or what becomes of it without one: a file whose name holds a name may be done already
        under a code that was given to it."""
        single = replace(self._job, source=source)
        try:
            return runner.identify(single, runner.load_sheets(single))
        except IpaError as error:
            failed = Row(source.name, "", "failed", error.exit_code, message=str(error))
            if isinstance(error, UsageProblem):
                with contextlib.suppress(BadInputError):
                    digest = sha256_of_file(source)
                    other = self._finished.get(digest) if not self._job.force else None
                    if other is not None:
                        message = f"the same recording is done as '{other}'"
                        return Row(source.name, other, "skipped", message=message, sha256=digest)
                    return replace(failed, sha256=digest)
            return failed

    def plan(self, source: Path, identifier: str) -> Planned | Row:
        """Whether a recording has to be run; else what becomes of it. Reads all of it once."""
        digest = ""
        try:
            first = self._taken.setdefault(identifier, source)
            if first != source and first.exists():
                raise BadInputError(
                    f"its id '{identifier}' is also that of {first.name}",
                    file=source,
                    hint="rename one of them, or give each its own id in its key sheet",
                )
            self._taken[identifier] = source
            digest = sha256_of_file(source)
            return self._decide(replace(self._job, source=source), source, identifier, digest)
        except IpaError as error:
            return Row(source.name, identifier, "failed", error.exit_code, message=str(error), sha256=digest)

    def finished(self, planned: Planned) -> None:
        """A recording got its transcript."""
        self._finished[planned.sha256] = planned.id

    def _decide(self, single: runner.Job, source: Path, identifier: str, digest: str) -> Planned | Row:
        name, force = source.name, single.force
        other = self._finished.get(digest)
        if other is not None and other != identifier and not force:
            message = f"the same recording is done as '{other}'"
            return Row(name, other, "skipped", message=message, sha256=digest)
        if other == identifier:
            single = replace(single, settings=self._wanted.load(runner.stored_settings(single.outputs, identifier)))
        if not force and runner.is_done(runner.prepare(single, Silent(), self._catalogue)):
            return Row(name, identifier, "skipped", message="done already", sha256=digest)
        first = self._under_way.setdefault(digest, identifier)
        if first != identifier and not force:
            return Row(name, first, "skipped", message=f"the same recording as '{first}'", sha256=digest, known=True)
        return self._with_history(Planned(single, source, identifier, digest, _settings(single)))

    def _with_history(self, planned: Planned) -> Planned | Row:
        """What the ledger knows: a recording that failed twice waits until somebody asks for it again."""
        entry = self._ledger.get(planned.sha256)
        if entry is None:
            return planned
        if self._retry_failed or planned.job.force or entry.settings != planned.settings:
            self._ledger.forgive(planned.sha256)
            return planned
        crashed = entry.state == "failed" and entry.exit_code in HARD
        if crashed and entry.tries >= MOST_TRIES:
            message = f"it failed before: {entry.error}\n  Next: `ipa batch DIR --retry-failed` tries it again"
            return _known(planned, entry.exit_code or 1, message)
        if entry.state == "lost" and entry.tries >= LOST_ASIDE:
            message = (
                f"each of the last {entry.tries} times the batch was killed while it worked on this recording\n"
                "  Next: `ipa batch DIR --retry-failed` tries it again"
            )
            return _known(planned, 1, message)
        return replace(planned, gentle=crashed or (entry.state == "lost" and entry.tries >= LOST_GENTLE))


def _known(planned: Planned, exit_code: int, message: str) -> Row:
    return Row(planned.source.name, planned.id, "failed", exit_code, 0.0, message, planned.sha256, known=True)


def _settings(job: runner.Job) -> str:
    return sha256_of({"settings": job.settings.model_dump(mode="json"), "device": job.device, "version": __version__})


def on_gpu(job: runner.Job) -> bool:
    """Whether the models will run on a graphics card, as far as can be told without loading them."""
    return job.device == "cuda" or (job.device == "auto" and installed.can_use_gpu())


def known_recordings(outputs: Path) -> dict[str, str]:
    """{sha256 of a recording: id} of everything below `outputs` that finished."""
    known: dict[str, str] = {}
    for path in sorted(outputs.glob("*/work/50-emit.json")):
        paths = RecordingPaths(outputs, path.parent.parent.name)
        document = snapshots.load(paths, "ingest")
        if document is not None and document.recording is not None:
            known[document.recording.sha256] = document.id
    return known


def rebuild(outputs: Path, ledger: Ledger) -> int:
    """Fill an empty ledger from the snapshots; returns the number of recordings."""
    found = 0
    for folder in sorted(outputs.glob("*/work")):
        identifier = folder.parent.name
        if not is_id(identifier):
            continue
        with contextlib.suppress(IpaError):  # its own run says what is wrong
            document = snapshots.latest(RecordingPaths(outputs, identifier))
            if document.recording is None:  # typed by hand
                continue
            found += 1
            digest = document.recording.sha256
            done = document.record_of("emit") is not None
            ledger.settle(digest, identifier, document.duration, "done" if done else "stopped")
            for record in document.records:
                if record.stage in STAGE_NUMBERS:
                    ledger.stage(digest, record.stage, "done", record.seconds)
    return found
