"""From the options of a command to a job, and running it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from pipeline.app.runner import Job
    from pipeline.core.progress import Progress


def make_progress(*, quiet: bool, json_logs: bool) -> Progress:
    """How this run reports."""
    from pipeline.core import progress

    if json_logs:
        return progress.JsonLines()
    return progress.Silent() if quiet else progress.RichProgress()


def make_job(source: Path | None, until: str = "emit", identifier: str | None = None, **options: Any) -> Job:
    """A job from the options of `run_options`."""
    from pipeline.app import runner
    from pipeline.core import settings

    overrides: dict[str, dict[str, Any]] = {}
    for section, key, option in (
        ("diarise", "speakers", "speakers"),
        ("transcribe", "engine", "engine"),
        ("transcribe", "model", "model"),
        ("transcribe", "language", "language"),
        ("redact", "earlier", "earlier"),
    ):
        if options.get(option) is not None:
            overrides.setdefault(section, {})[key] = options[option]
    if options.get("swap_roles"):
        overrides.setdefault("transcribe", {})["swap_roles"] = True
    if options.get("audio"):
        overrides.setdefault("emit", {})["audio"] = True
    file = options.get("settings_file")
    if source is None and identifier and file is None and options.get("preset") is None:
        file = runner.stored_settings(options["outputs"], identifier)
    chosen = settings.load(preset=options.get("preset"), file=file, overrides=overrides)
    return runner.Job(
        source=source,
        outputs=options["outputs"],
        settings=chosen,
        id=identifier,
        key_sheet=options.get("key_sheet"),
        device=options.get("device", "auto"),
        force=options.get("force", False),
        until=until,
    )


def execute(job: Job, *, quiet: bool, json_logs: bool) -> None:
    """Run a job and print where its results are."""
    from pipeline.app import runner
    from pipeline.weights.catalogue import Catalogue

    progress = make_progress(quiet=quiet, json_logs=json_logs)
    result = runner.run(job, progress, Catalogue.read())
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


def source_or_id(value: str, outputs: Path) -> tuple[Path | None, str | None]:
    """A recording's path, or the id of a stored one."""
    from pipeline.core.paths import ID_PATTERN

    if Path(value).exists() or not ID_PATTERN.fullmatch(value) or not (outputs / value).is_dir():
        return Path(value), None
    return None, value
