"""The command line (contract C9). Bodies are thin: they read options, call the pipeline, print paths.

Nothing heavy is imported here or by importing it, so that `ipa --help` answers at once.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pipeline.cli.group import cli
from pipeline.cli.jobs import execute, make_job, make_progress, source_or_id
from pipeline.cli.options import (
    id_option,
    output_option,
    report_options,
    run_options,
    settings_options,
    wanted,
)
from pipeline.core.errors import BatchFailedError, UsageProblem

if TYPE_CHECKING:
    from pipeline.core.progress import Progress


@cli.command()
@click.argument("recordings", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="RECORDING...")
@id_option
@run_options()
def run(recordings: tuple[Path, ...], identifier: str | None, **options: Any) -> None:
    """Turn recordings into redacted, line-numbered transcripts.

    What is done already is not done again: after a crash, run the same command.

    \b
    Examples:
      ipa run recordings/P03.m4a
      ipa run P03.m4a --id P03 --preset best --device cuda
      ipa run P03.m4a --key-sheet names.yaml --audio
      ipa run -- -odd-name.wav
    """
    if identifier and len(recordings) > 1:
        raise UsageProblem("--id names one recording, but several were given", hint="run them one by one")
    for recording in recordings:
        execute(make_job(recording, identifier=identifier, **options), ask=not options["yes"])


def _stage_command(stage: str, text: str) -> None:
    @click.argument("recording", metavar="RECORDING|ID")
    @run_options(stage)
    def command(recording: str, **options: Any) -> None:
        source, identifier = source_or_id(recording, options["outputs"])
        job = make_job(source, until=stage, identifier=identifier, **options)
        execute(job, ask=not options["yes"])

    command.__doc__ = f"""{text}

    Stages before it that are missing are run first.

    \b
    Example:
      ipa {stage} recordings/P03.m4a
      ipa {stage} P03
    """
    cli.command(name=stage)(command)


for _name, _text in (
    ("ingest", "Decode a recording and measure its sound."),
    ("diarise", "Find out who speaks when."),
    ("transcribe", "Recognise the words and give each its speaker."),
    ("redact", "Find what identifies people and choose its replacements."),
    ("emit", "Write the numbered transcript and its siblings."),
):
    _stage_command(_name, _text)


@cli.command(name="import")
@click.argument("transcript", type=click.Path(path_type=Path))
@id_option
@click.option("--force", is_flag=True, help="Replace an earlier import of the same id.")
@click.option(
    "--key-sheet", type=click.Path(path_type=Path), help="Names you know [default: TRANSCRIPT's stem + .yaml]."
)
@settings_options
@report_options
@output_option
def import_(transcript: Path, identifier: str | None, **options: Any) -> None:
    """Redact and number a transcript that was typed by hand (txt, docx, vtt).

    Every turn starts on a line of its own with its speaker: "I: ..." or "P: ...".

    \b
    Example:
      ipa import P03.txt --id P03
    """
    from pipeline.app import import_typed

    job = make_job(transcript, identifier=identifier, **options)
    progress = make_progress()
    stored = import_typed.store(job, progress)
    execute(stored)


@cli.command()
@click.argument("folder", type=click.Path(path_type=Path))
@run_options()
def batch(folder: Path, **options: Any) -> None:
    """Process every recording in FOLDER that has no finished transcript yet.

    One that fails never stops the rest; the exit code is 5 if any failed.

    \b
    Examples:
      ipa batch recordings
      ipa batch recordings --preset best --device cuda
    """
    from pipeline.app import batch as batch_module
    from pipeline.weights.catalogue import Catalogue

    sources = batch_module.recordings(folder)
    progress = make_progress()
    if not sources:
        progress.message(f"{folder}: no recordings found", "warning")
        return
    rows = batch_module.run(sources, make_job(None, **options), wanted(options), progress, Catalogue.read())
    show_rows(rows, progress, options["outputs"])
    failed = sum(row.status == "failed" for row in rows)
    if failed:
        raise BatchFailedError(
            f"{failed} of {len(rows)} recordings failed; the others are done",
            hint="mend what is said above and run the same command; what is done is not done again",
        )


def show_rows(rows: list[Any], progress: Progress, outputs: Path) -> None:
    """The summary of a batch: a table on stderr, finished transcripts on stdout.

    What is wrong with a recording was said when it failed, so that its row names the state only.
    """
    if all(row.status == "skipped" for row in rows):
        progress.message(f"nothing to do: {len(rows)} recording{'s' if len(rows) != 1 else ''} finished already")
    else:
        width = max(len(row.file) for row in rows)
        for row in rows:
            note = {"done": f"{row.seconds:.0f} s", "skipped": row.message}.get(row.status, "see above")
            progress.message(f"{row.file:<{width}}  {row.status:<8} {note}")
    for row in rows:
        if row.status == "done":
            click.echo(outputs / row.id / "share" / "transcript.docx")
