"""The commands that run stages (contract C9). They read options, call the API and print paths.

Heavy packages are imported inside functions only, so that `ipa --help` answers at once.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from pipeline.cli import completing
from pipeline.cli.group import cli
from pipeline.cli.jobs import finish, finish_stage, job_options, make_progress, source_or_id
from pipeline.cli.options import (
    RUN_OPTIONS,
    id_option,
    output_option,
    report_options,
    run_options,
    settings_options,
)
from pipeline.core.errors import UsageProblem


@cli.command()
@click.argument("recordings", nargs=-1, required=True, metavar="RECORDING...", shell_complete=completing.ids_or_files)
@id_option
@run_options()
def run(recordings: tuple[str, ...], identifier: str | None, **options: Any) -> None:
    """Turn recordings into redacted, line-numbered transcripts.

    Finished work is not repeated: after a crash, run the same command again.

    \b
    Examples:
      ipa run recordings/P03.m4a
      ipa run P03.m4a --id P03 --preset best --device cuda
      ipa run P03.m4a --key-sheet names.yaml --audio
      ipa run -- -odd-name.wav
    """
    from pipeline.app import api

    if identifier and len(recordings) > 1:
        raise UsageProblem("--id names one recording, but several were given", hint="run them one by one")
    for recording in recordings:
        progress = make_progress()
        source, stored = source_or_id(recording, options["outputs"])
        result = api.transcribe(
            source, progress=progress, **job_options(options, identifier or stored, progress=progress)
        )
        finish(result, progress, source)


class StageCommand(click.Command):
    """Shows the options of its own stage before those of the stages that it may have to run first."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Two sections; only the first where the stage needs no other."""
        others = {option.name for option in RUN_OPTIONS if option.stage not in ("ingest", self.name)}
        rows = [(p.name in others, record) for p in self.get_params(ctx) if (record := p.get_help_record(ctx))]
        for heading, earlier in (("Options", False), ("For stages before it that are missing", True)):
            if chosen := [record for is_other, record in rows if is_other == earlier]:
                with formatter.section(heading):
                    formatter.write_dl(chosen)


def _stage_command(stage: str, text: str) -> None:
    @click.argument("recording", metavar="RECORDING|ID", shell_complete=completing.ids_or_files)
    @run_options(stage)
    def command(recording: str, **options: Any) -> None:
        from pipeline.app import api

        source, identifier = source_or_id(recording, options["outputs"])
        progress = make_progress()
        result = api.transcribe(source, progress=progress, **job_options(options, identifier, stage, progress))
        finish(result, progress, source) if stage == "emit" else finish_stage(result, progress, stage)

    command.__doc__ = f"""{text}

    Stages before it that are missing are run first.

    \b
    Example:
      ipa {stage} recordings/P03.m4a
      ipa {stage} P03
    """
    cli.command(name=stage, cls=StageCommand)(command)


for _name, _text in (
    ("ingest", "Decode a recording and measure its sound."),
    ("diarise", "Find out who speaks when."),
    ("transcribe", "Recognise the words and give each its speaker."),
    ("redact", "Find what identifies people and choose replacements."),
    ("emit", "Write the transcript, the report and the other files."),
):
    _stage_command(_name, _text)


@cli.command(name="import")
@click.argument("transcript", type=click.Path(path_type=Path))
@id_option
@click.option("--force", is_flag=True, help="Replace an earlier import of the same id.")
@click.option(
    "--key-sheet",
    type=click.Path(path_type=Path),
    help="File with the names you know [default: TRANSCRIPT's stem + .yaml].",
)
@settings_options
@report_options
@output_option
def import_(transcript: Path, identifier: str | None, **options: Any) -> None:
    """Redact and number a typed transcript (txt, docx, vtt).

    Every turn starts on a line of its own with its speaker: "I: ..." or "P: ...".

    \b
    Example:
      ipa import P03.txt --id P03
    """
    from pipeline.app import api

    progress = make_progress()
    finish(api.redact(transcript, progress=progress, **job_options(options, identifier)), progress)
