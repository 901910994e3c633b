"""The command line (contract C9). Bodies are thin: they read options, call the pipeline, print paths.

Nothing heavy is imported here or by importing it, so that `ipa --help` answers at once.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pipeline import __version__, offline
from pipeline.errors import BatchFailedError, IpaError, ResourceError, UsageProblem

if TYPE_CHECKING:
    from pipeline.reporting import Progress
    from pipeline.runner import Job

Command = Callable[..., Any]
OUTPUTS = Path("outputs")
NETWORKED = (("models", "fetch"),)
"""Commands that may open connections. The one place for exceptions: every other is under `offline.enforce`."""


class Group(click.Group):
    """Lists commands in the order of their use, not of the alphabet."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names in the order of definition."""
        return list(self.commands)


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


@click.group(cls=Group, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="ipa")
def cli() -> None:
    """From a recorded interview to a redacted, line-numbered transcript for IPA.

    Everything runs on this machine; nothing is sent anywhere.

    \b
    Examples:
      ipa run recordings/P03.m4a          one interview, all stages
      ipa batch recordings                everything not yet done, overnight
      ipa export P03 --format pdf         one more format of a finished one
      ipa doctor                          is this machine ready?
    """


def make_progress(*, quiet: bool, json_logs: bool) -> Progress:
    """How this run reports."""
    from pipeline import reporting

    if json_logs:
        return reporting.JsonLines()
    return reporting.Silent() if quiet else reporting.RichProgress()


def make_job(source: Path | None, until: str = "emit", identifier: str | None = None, **options: Any) -> Job:
    """A job from the options of `run_options`."""
    from pipeline import runner, settings

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
    from pipeline import runner
    from pipeline.catalogue import Catalogue

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


@cli.command()
@click.argument("recordings", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="RECORDING...")
@id_option
@audio_option
@run_options
def run(
    recordings: tuple[Path, ...], identifier: str | None, debug: bool, quiet: bool, json_logs: bool, **options: Any
) -> None:
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
        execute(make_job(recording, identifier=identifier, **options), quiet=quiet, json_logs=json_logs)


def source_or_id(value: str, outputs: Path) -> tuple[Path | None, str | None]:
    """A recording's path, or the id of a stored one."""
    from pipeline.paths import ID_PATTERN

    if Path(value).exists() or not ID_PATTERN.fullmatch(value) or not (outputs / value).is_dir():
        return Path(value), None
    return None, value


def _stage_command(stage: str, text: str) -> None:
    @click.argument("recording", metavar="RECORDING|ID")
    @run_options
    def command(recording: str, debug: bool, quiet: bool, json_logs: bool, **options: Any) -> None:
        source, identifier = source_or_id(recording, options["outputs"])
        job = make_job(source, until=stage, identifier=identifier, **options)
        execute(job, quiet=quiet, json_logs=json_logs)

    command.__doc__ = f"""{text}

    Stages before it that are missing are run first.

    \b
    Example:
      ipa {stage} recordings/P03.m4a
      ipa {stage} P03
    """
    if stage == "emit":
        command = audio_option(command)
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
@settings_option
@report_options
@output_option
def import_(
    transcript: Path, identifier: str | None, debug: bool, quiet: bool, json_logs: bool, **options: Any
) -> None:
    """Redact and number a transcript that was typed by hand (txt, docx, vtt).

    Every turn starts on a line of its own with its speaker: "I: ..." or "P: ...".

    \b
    Example:
      ipa import P03.txt --id P03
    """
    from pipeline import imports

    job = make_job(transcript, identifier=identifier, **options)
    progress = make_progress(quiet=quiet, json_logs=json_logs)
    stored = imports.store(job, progress)
    execute(stored, quiet=quiet, json_logs=json_logs)


@cli.command()
@click.argument("folder", type=click.Path(path_type=Path))
@run_options
def batch(folder: Path, debug: bool, quiet: bool, json_logs: bool, **options: Any) -> None:
    """Process every recording in FOLDER that has no finished transcript yet.

    One that fails never stops the rest; the exit code is 5 if any failed.

    \b
    Examples:
      ipa batch recordings
      ipa batch recordings --preset best --device cuda
    """
    from pipeline import batch as batch_module
    from pipeline.catalogue import Catalogue

    sources = batch_module.recordings(folder)
    progress = make_progress(quiet=quiet, json_logs=json_logs)
    if not sources:
        progress.message(f"{folder}: no recordings found", "warning")
        return
    rows = batch_module.run(sources, make_job(None, **options), child_arguments(options), progress, Catalogue.read())
    show_rows(rows, progress, options["outputs"])
    failed = sum(row.status == "failed" for row in rows)
    if failed:
        raise BatchFailedError(
            f"{failed} of {len(rows)} recordings failed; the others are done",
            hint="mend what is said above and run the same command; what is done is not done again",
        )


def child_arguments(options: dict[str, Any]) -> list[str]:
    """The options of `run_options` as they were given, for a child process."""
    arguments: list[str] = []
    for name in ("preset", "device", "engine", "model", "speakers", "language", "earlier", "key_sheet"):
        if options.get(name) is not None:
            arguments += [f"--{name.replace('_', '-')}", str(options[name])]
    if options.get("settings_file") is not None:
        arguments += ["--settings", str(options["settings_file"])]
    if options.get("swap_roles"):
        arguments.append("--swap-roles")
    return arguments


def show_rows(rows: list[Any], progress: Progress, outputs: Path) -> None:
    """The summary of a batch: a table on stderr, finished transcripts on stdout."""
    if all(row.status == "skipped" for row in rows):
        progress.message(f"nothing to do: {len(rows)} recording{'s' if len(rows) != 1 else ''} finished already")
    else:
        width = max(len(row.file) for row in rows)
        for row in rows:
            note = row.message.split("\n")[0] if row.status != "done" else f"{row.seconds:.0f} s"
            progress.message(f"{row.file:<{width}}  {row.status:<8} {note}")
    for row in rows:
        if row.status == "done":
            click.echo(outputs / row.id / "share" / "transcript.docx")


def without_content(error: BaseException) -> str:
    """The traceback of an error and of those behind it. What an exception says that is not ours stays out: it can quote
    a key sheet or what somebody said."""
    import traceback

    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    before = f"{without_content(cause)}\nwhich led to:\n\n" if cause is not None else ""
    said = f": {error}" if isinstance(error, (IpaError, OSError)) else ""
    frames = "".join(traceback.format_tb(error.__traceback__))
    return f"{before}Traceback (most recent call last):\n{frames}{type(error).__qualname__}{said}\n"


def fail(error: BaseException, *, debug: bool, json_logs: bool) -> int:
    """Report an error as the user asked for; returns the exit code (C6)."""
    import traceback

    if debug:
        click.echo(without_content(error), err=True, nl=False)
    if isinstance(error, IpaError):
        text, code = str(error), error.exit_code
    elif isinstance(error, MemoryError):
        text, code = str(ResourceError("out of memory", hint="close other programs and run the same command")), 6
    else:
        where = traceback.extract_tb(error.__traceback__)
        place = f" at {Path(where[-1].filename).name}:{where[-1].lineno}" if where else ""
        # The message of an unexpected error may quote the transcript: its kind and place must do.
        text, code = f"unexpected {type(error).__name__}{place}\n  Next: run with --debug and report what it says", 1
    if json_logs:
        from pipeline.reporting import JsonLines

        JsonLines().message(text, "error")
    else:
        click.echo(f"Error: {text}", err=True)
    return code


def main(arguments: list[str] | None = None) -> None:
    """Entry point of `ipa`: one place turns errors into exit codes, and shuts the network off.

    With `arguments` it is a call from within another program (a test): that process is left as it was.
    """
    from pipeline import cli_tools, parent

    assert cli_tools.REGISTERED  # importing it registers its commands
    parent.follow()
    given = sys.argv[1:] if arguments is None else arguments
    debug, json_logs = "--debug" in given, "--json-logs" in given
    if arguments is None and tuple(given[:2]) not in NETWORKED:
        offline.enforce()
    try:
        code = cli.main(args=given, prog_name="ipa", standalone_mode=False)
    except click.exceptions.Exit as error:
        code = error.exit_code
    except click.ClickException as error:
        if json_logs:
            from pipeline.reporting import JsonLines

            JsonLines().message(error.format_message(), "error")
        else:
            error.show()
        code = error.exit_code
    except (click.Abort, KeyboardInterrupt):
        click.echo("Interrupted. Run the same command to go on.", err=True)
        code = 130
    except Exception as error:  # noqa: BLE001 - the outermost frame: everything becomes an exit code here
        code = fail(error, debug=debug, json_logs=json_logs)
    sys.exit(code if isinstance(code, int) else 0)
