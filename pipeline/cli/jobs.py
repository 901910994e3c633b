"""From the options of a command to a job, and running it."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pipeline.cli.options import reporting, wanted

if TYPE_CHECKING:
    from pipeline.app.hearing import Change
    from pipeline.app.runner import Job, Result
    from pipeline.core.progress import Progress


def make_progress() -> Progress:
    """How this command reports."""
    from pipeline.core import progress

    asked = reporting()
    if asked.json_logs:
        return progress.JsonLines()
    return progress.Silent() if asked.quiet else progress.RichProgress()


def make_job(source: Path | None, until: str = "emit", identifier: str | None = None, **options: Any) -> Job:
    """A job from the options of `run_options`."""
    from pipeline.app import runner

    stored = runner.stored_settings(options["outputs"], identifier) if source is None and identifier else None
    return runner.Job(
        source=source,
        outputs=options["outputs"],
        settings=wanted(options).load(stored),
        id=identifier,
        key_sheet=options.get("key_sheet"),
        device=options.get("device", "auto"),
        force=options.get("force", False),
        until=until,
        hear_again=options.get("hear_again", False),
        new_version=options.get("new_version", False),
    )


def execute(job: Job, *, ask: bool = False) -> None:
    """Run a job and print where its results are.

    Args:
        ask: let whoever sits there say yes or no before what was heard is replaced.
    """
    from pipeline.app import runner
    from pipeline.weights.catalogue import Catalogue

    progress = make_progress()

    def accept(change: Change) -> bool:
        progress.finish()
        return click.confirm("Replace what was heard before?", err=True)

    heard_now = ask and sys.stdin.isatty() and not reporting().json_logs
    result = runner.run(job, progress, Catalogue.read(), accept if heard_now else None)
    if job.new_version and "transcribe" in result.ran and result.ran[-1] == "emit":
        result = _new_version(job, result, progress)
    if not result.ran:
        progress.message(f"{result.paths.id}: nothing to do, everything is up to date")
    for note in result.document.notes:
        if note.level != "info" and result.ran:
            progress.message(f"{result.paths.id}: {note.message}", "warning")
    if job.until == "emit":
        for path in sorted(p for p in result.paths.share.iterdir() if p.is_file() and not p.name.startswith(".")):
            click.echo(path)
    else:
        click.echo(result.paths.work)


def _new_version(job: Job, result: Result, progress: Progress) -> Result:
    """Number a locked transcript anew that was heard again, where that changed its lines."""
    from pipeline.app import export_and_lock, runner
    from pipeline.weights.catalogue import Catalogue

    identifier = result.paths.id
    before = export_and_lock.version(job.outputs, identifier)
    if not before:
        return result
    frozen = export_and_lock.lock(job.outputs, identifier, job.settings, new_version=True, say=progress.message)
    if frozen.version == before:
        return result
    progress.message(f"{identifier}: {len(frozen.lines)} lines locked as v{frozen.version}")
    later = replace(job, source=None, id=identifier, hear_again=False, new_version=False, force=False)
    return runner.run(later, progress, Catalogue.read())


def source_or_id(value: str, outputs: Path) -> tuple[Path | None, str | None]:
    """A recording's path, or the id of a stored one."""
    from pipeline.core.paths import ID_PATTERN

    if Path(value).exists() or not ID_PATTERN.fullmatch(value) or not (outputs / value).is_dir():
        return Path(value), None
    return None, value
