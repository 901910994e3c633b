"""Options shared by several commands. Every option that stands for a setting is declared here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pipeline.cli import completing
from pipeline.core.errors import nearest

if TYPE_CHECKING:
    from pipeline.core.settings import Wanted

Command = Callable[..., Any]
Decorator = Callable[[Command], Command]

OUTPUTS = completing.OUTPUTS
STAGES = ("ingest", "diarise", "transcribe", "redact", "emit")
"""In order. Written out, because importing the registry of stages would slow down `ipa --help`."""


class Choice(click.Choice[str]):
    """A choice that suggests the nearest value when it is given an unknown one."""

    def get_invalid_choice_message(self, value: Any, ctx: click.Context | None) -> str:
        """See click.Choice."""
        said = super().get_invalid_choice_message(value, ctx)
        return said.removesuffix(".") + nearest(str(value), self.choices)


def together(*options: Decorator) -> Decorator:
    """Adds several options to a command; its help shows them in this order."""

    def decorate(command: Command) -> Command:
        for option in reversed(options):
            command = option(command)
        return command

    return decorate


@dataclass(frozen=True)
class RunOption:
    """An option of the commands that run stages.

    Attributes:
        declarations: as click expects them ("--model", or "--settings" and the name of its parameter).
        parameters: the other arguments of `click.option`.
        stage: the first stage that uses it; commands that stop before it do not show it.
        setting: section and key of the setting that it stands for, if any.
    """

    declarations: tuple[str, ...]
    parameters: Mapping[str, Any]
    stage: str = "ingest"
    setting: tuple[str, str] | None = None

    @property
    def decorator(self) -> Decorator:
        """Adds the option to a command."""
        return click.option(*self.declarations, **self.parameters)

    @property
    def name(self) -> str:
        """The parameter's name."""
        return self.declarations[-1].lstrip("-").replace("-", "_")


def _option(
    *declarations: str, stage: str = "ingest", setting: tuple[str, str] | None = None, **parameters: Any
) -> RunOption:
    return RunOption(declarations, parameters, stage, setting)


PRESET = _option(
    "--preset",
    stage="transcribe",
    type=Choice(["fast", "balanced", "best"]),
    help="Balance of speed and accuracy [default: balanced].",
)
DEVICE = _option(
    "--device",
    stage="diarise",
    type=Choice(["auto", "cpu", "cuda"]),
    default="auto",
    show_default=True,
    help="Where the models run.",
)
ENGINE = _option(
    "--engine",
    stage="transcribe",
    setting=("transcribe", "engine"),
    type=Choice(["auto", "ctranslate2", "torch"]),
    help="Speech recogniser [default: auto].",
)
MODEL = _option(
    "--model",
    stage="transcribe",
    setting=("transcribe", "model"),
    shell_complete=completing.whisper_models,
    help="Whisper weights: base, small, medium.en, large-v3-turbo, large-v3 [default: base].",
)
SPEAKERS = _option(
    "--speakers",
    stage="diarise",
    setting=("diarise", "speakers"),
    type=click.IntRange(0, 8),
    help="Number of speakers; 0 estimates it [default: 2].",
)
LANGUAGE = _option(
    "--language",
    stage="transcribe",
    setting=("transcribe", "language"),
    help="Spoken language, such as en; 'auto' detects it [default: en].",
)
EARLIER = _option(
    "--earlier",
    stage="redact",
    setting=("redact", "earlier"),
    metavar="ID",
    shell_complete=completing.ids,
    help="An earlier interview with the same person, whose replacements are used again.",
)
KEY_SHEET = _option(
    "--key-sheet",
    type=click.Path(path_type=Path),
    help="File with the names you know [default: RECORDING's stem + .yaml].",
)
SETTINGS = _option(
    "--settings",
    "settings_file",
    type=click.Path(path_type=Path),
    help="A YAML file laid over configs/default.yaml.",
)
SET = _option(
    "--set",
    "assignments",
    multiple=True,
    metavar="SECTION.KEY=VALUE",
    shell_complete=completing.settings,
    help="Any setting, such as lines.width=72; repeat for several.",
)
SWAP_ROLES = _option(
    "--swap-roles",
    stage="transcribe",
    setting=("transcribe", "swap_roles"),
    is_flag=True,
    default=None,
    help="Exchange interviewer and participant.",
)
AUDIO = _option(
    "--audio",
    stage="emit",
    setting=("emit", "audio"),
    is_flag=True,
    default=None,
    help="Also write a listening copy with the identifiers silenced.",
)
FORCE = _option("--force", is_flag=True, help="Repeat finished stages, but keep the speech as recognised.")
HEAR_AGAIN = _option("--hear-again", is_flag=True, help="Recognise the speech again, replacing the earlier result.")
NEW_VERSION = _option(
    "--new-version",
    is_flag=True,
    help="Recognise again even if the transcript is locked or edited; edits are kept.",
)
YES = _option("--yes", is_flag=True, help="Do not ask before recognised speech is replaced.")

RUN_OPTIONS = (
    *(PRESET, DEVICE, ENGINE, MODEL, SPEAKERS, LANGUAGE, EARLIER, KEY_SHEET, SETTINGS, SET, SWAP_ROLES, AUDIO, FORCE),
    *(HEAR_AGAIN, NEW_VERSION, YES),
)
"""In the order in which the help lists them."""

output_option = click.option(
    "-o",
    "--outputs",
    type=click.Path(path_type=Path),
    default=OUTPUTS,
    show_default=True,
    help="Folder of all results.",
)
id_option = click.option(
    "--id", "identifier", help="The participant's code [default: key sheet's id, or the file's name]."
)


settings_options = together(SETTINGS.decorator, SET.decorator)
"""--settings and --set."""


def run_options(until: str = "emit") -> Decorator:
    """The options that the stages up to `until` use, and the report options."""
    used = [option for option in RUN_OPTIONS if STAGES.index(option.stage) <= STAGES.index(until)]
    return together(*(option.decorator for option in used), output_option, report_options)


def wanted(options: Mapping[str, Any]) -> Wanted:
    """The settings that the options of a command ask for; a dedicated option takes precedence over --set.

    Raises:
        SettingsError: see `settings.assignment`.
    """
    from pipeline.core import settings

    overrides: dict[str, Any] = {}
    for text in options.get("assignments", ()):
        overrides = settings.merge(overrides, settings.assignment(text))
    for option in RUN_OPTIONS:
        if option.setting is not None and options.get(option.name) is not None:
            section, key = option.setting
            overrides = settings.merge(overrides, {section: {key: options[option.name]}})
    return settings.Wanted(options.get("preset"), options.get("settings_file"), overrides)


@dataclass
class Reporting:
    """How a command reports. The flags may stand before its name (`ipa --debug run ...`), after it, or both.

    `shuts_off`: the command shuts the network off itself, after it has opened a socket to listen on.
    """

    quiet: bool = False
    debug: bool = False
    json_logs: bool = False
    shuts_off: bool = False


REPORT_FLAGS = frozenset(["-q", "--quiet", "--debug", "--json-logs"])


def reporting() -> Reporting:
    """The reporting options of the command that is running."""
    return click.get_current_context().find_root().ensure_object(Reporting)


def _remember(context: click.Context, option: click.Parameter, value: bool) -> None:
    if value and option.name:
        setattr(context.find_root().ensure_object(Reporting), option.name, True)


def _flag(*names: str, help: str) -> Decorator:
    return click.option(*names, is_flag=True, expose_value=False, callback=_remember, help=help)


report_options = together(
    _flag("-q", "--quiet", help="Print only the paths of results, and errors."),
    _flag("--debug", help="Show a traceback when something goes wrong."),
    _flag("--json-logs", help="Report as JSON lines on stderr."),
)
"""--quiet, --debug, --json-logs; see `reporting`."""
