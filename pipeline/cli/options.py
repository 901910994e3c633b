"""Options that several commands share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

Command = Callable[..., Any]


OUTPUTS = Path("outputs")


def output_option(command: Command) -> Command:
    """-o, where results are kept."""
    return click.option(
        "-o",
        "--outputs",
        type=click.Path(path_type=Path),
        default=OUTPUTS,
        show_default=True,
        help="Folder of all results.",
    )(command)


def settings_option(command: Command) -> Command:
    """--settings FILE."""
    return click.option(
        "--settings",
        "settings_file",
        type=click.Path(path_type=Path),
        help="A YAML file laid over configs/default.yaml.",
    )(command)


def audio_option(command: Command) -> Command:
    """--audio."""
    return click.option("--audio", is_flag=True, help="Also write a listening copy with the identifiers silenced.")(
        command
    )


def id_option(command: Command) -> Command:
    """--id CODE."""
    return click.option(
        "--id", "identifier", help="The participant's code [default: key sheet's id, or the file's name]."
    )(command)


def report_options(command: Command) -> Command:
    """--quiet, --debug, --json-logs."""
    for option in (
        click.option("--json-logs", is_flag=True, help="Report as JSON lines on stderr."),
        click.option("--debug", is_flag=True, help="Show a traceback when something goes wrong."),
        click.option("-q", "--quiet", is_flag=True, help="Report errors only."),
    ):
        command = option(command)
    return command


def run_options(command: Command) -> Command:
    """Options of everything that runs stages."""
    for option in (
        click.option("--force", is_flag=True, help="Run all stages again, even those that are done."),
        click.option("--swap-roles", is_flag=True, help="Exchange interviewer and participant."),
        settings_option,
        click.option(
            "--key-sheet", type=click.Path(path_type=Path), help="Names you know [default: RECORDING's stem + .yaml]."
        ),
        click.option(
            "--earlier", metavar="ID", help="An earlier interview of the same person: its replacements are kept."
        ),
        click.option("--language", help="Language spoken, such as en; 'auto' detects it [default: en]."),
        click.option("--speakers", type=click.IntRange(0, 8), help="How many people speak; 0 finds out [default: 2]."),
        click.option(
            "--model", help="Whisper weights: base, small, medium.en, large-v3-turbo, large-v3 [default: base]."
        ),
        click.option(
            "--engine", type=click.Choice(["auto", "ctranslate2", "torch"]), help="Speech recogniser [default: auto]."
        ),
        click.option(
            "--device",
            type=click.Choice(["auto", "cpu", "cuda"]),
            default="auto",
            show_default=True,
            help="Where the models run.",
        ),
        click.option(
            "--preset",
            type=click.Choice(["fast", "balanced", "best"]),
            help="Speed against accuracy [default: balanced].",
        ),
    ):
        command = option(command)
    return report_options(output_option(command))
