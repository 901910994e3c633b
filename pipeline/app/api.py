"""The program as functions: `from pipeline import transcribe, redact`. The commands of the same work are made of these.

A recording is processed under the same guard against connections as on the command line. The kernel's filter, which
cannot be taken back, is left to the command: whoever wants it in a program of their own calls
`pipeline.core.offline.enforce()`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, TypedDict, Unpack

from pipeline.app import export_and_lock, import_typed, runner
from pipeline.app.runner import Accept, Job, Result
from pipeline.core.progress import Progress, Silent
from pipeline.core.settings import Wanted
from pipeline.weights.catalogue import Catalogue

OUTPUTS = Path("outputs")


class Options(TypedDict, total=False):
    """What can be said about the work; each is an option of `ipa run`.

    Attributes:
        outputs: the folder of all results [outputs].
        id: the participant's code [the key sheet's, else the name of the file].
        preset: "fast", "balanced" or "best".
        settings_file: a YAML file laid over the defaults.
        settings: {section: {key: value}}, laid over everything else.
        key_sheet: the names you know [the file beside the recording with the same stem].
        device: "auto", "cpu" or "cuda".
        force: run again what is done already; replace another typed transcript of the same id.
        hear_again: recognise the speech again, in place of what was heard.
        new_version: allow that on a locked or edited transcript; its lines are then numbered anew.
        accept: asked before what was heard is replaced [yes].
        until: the last stage ["emit"].
    """

    outputs: Path | str
    id: str | None
    preset: str | None
    settings_file: Path | str | None
    settings: Mapping[str, Mapping[str, Any]]
    key_sheet: Path | str | None
    device: str
    force: bool
    hear_again: bool
    new_version: bool
    accept: Accept | None
    until: str


def transcribe(recording: Path | str | None, *, progress: Progress | None = None, **options: Unpack[Options]) -> Result:
    """A redacted, line-numbered transcript of a recording, as `ipa run` makes it. What is done is not done again.

    Args:
        recording: an audio or video file; None continues what is stored under `id`.
        progress: told of stages and messages; without one, only errors are printed, to stderr.
        options: see `Options`.

    Returns:
        The document, the paths of its files (`result.paths.share`), and the stages that ran (none if all was done).

    Raises:
        IpaError: see pipeline/core/errors.py; finished stages are kept, and the same call continues.
    """
    source = Path(recording) if recording is not None else None
    asked, progress = job(source, **options), progress or Silent()
    result = runner.run(asked, progress, Catalogue.read(), options.get("accept"))
    if asked.new_version and "transcribe" in result.ran and result.ran[-1] == "emit":
        return _numbered_anew(asked, result, progress)
    return result


def _numbered_anew(asked: Job, result: Result, progress: Progress) -> Result:
    """Number a locked transcript that was heard again anew, where that changed its lines."""
    identifier = result.paths.id
    before = export_and_lock.version(asked.outputs, identifier)
    if not before:
        return result
    say = progress.message
    frozen = export_and_lock.lock(asked.outputs, identifier, asked.settings, new_version=True, say=say)
    if frozen.version == before:
        return result
    say(f"{identifier}: {len(frozen.lines)} lines locked as v{frozen.version}")
    later = replace(asked, source=None, id=identifier, hear_again=False, new_version=False, force=False)
    return runner.run(later, progress, Catalogue.read())


def redact(transcript: Path | str, *, progress: Progress | None = None, **options: Unpack[Options]) -> Result:
    """A redacted, line-numbered copy of a transcript that was typed by hand (txt, docx, vtt), as `ipa import` makes it.

    Args:
        transcript: the file; every turn begins with its speaker, "I: ..." or "P: ...".
        progress: see `transcribe`.
        options: see `Options`.

    Returns:
        See `transcribe`.

    Raises:
        IpaError: see pipeline/core/errors.py.
    """
    progress = progress or Silent()
    stored = import_typed.store(job(Path(transcript), **options), progress)
    return runner.run(stored, progress, Catalogue.read())


def job(source: Path | None, **options: Unpack[Options]) -> Job:
    """What `transcribe` and `redact` are asked to do.

    Args:
        source: a recording or typed transcript; None for what is stored under `id`, with the settings of its last run.
        options: see `Options`.

    Raises:
        SettingsError, UsageProblem: an unknown setting, preset, format or id.
    """
    outputs, identifier = Path(options.get("outputs", OUTPUTS)), options.get("id")
    wanted = Wanted(options.get("preset"), _path(options.get("settings_file")), options.get("settings", {}))
    stored = runner.stored_settings(outputs, identifier) if source is None and identifier else None
    return Job(
        source=source,
        outputs=outputs,
        settings=wanted.load(stored),
        id=identifier,
        key_sheet=_path(options.get("key_sheet")),
        device=options.get("device", "auto"),
        force=options.get("force", False),
        hear_again=options.get("hear_again", False),
        new_version=options.get("new_version", False),
        until=options.get("until", "emit"),
    )


def _path(value: Path | str | None) -> Path | None:
    return Path(value) if value is not None else None
