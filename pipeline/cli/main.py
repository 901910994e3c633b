"""Entry point of `ipa`: one place turns errors into exit codes (contract C6)."""

from __future__ import annotations

import itertools
import sys
from pathlib import Path

import click

from pipeline.cli import batch, editing, run, status, study, tools, tools_review  # noqa: F401 - they add commands
from pipeline.cli.group import cli
from pipeline.cli.options import REPORT_FLAGS, Reporting
from pipeline.core import offline
from pipeline.core.errors import IpaError, ResourceError

NETWORKED = (("models", "fetch"),)
"""Commands that may open network connections. All others run under `offline.enforce`; exceptions are made only here."""
LISTENING = (("review",),)
"""Commands that open a socket to listen on, on loopback, before they call `offline.enforce` themselves."""


def fail(error: BaseException, *, debug: bool, json_logs: bool) -> int:
    """Report an error in the form that the user asked for, and return the exit code (C6)."""
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
        # The message of an unexpected error may quote the transcript, so only its type and place are shown.
        text, code = f"unexpected {type(error).__name__}{place}\n  Next: run with --debug and report what it says", 1
    if json_logs:
        from pipeline.core.progress import JsonLines

        JsonLines().message(text, "error")
    else:
        click.echo(f"Error: {text}", err=True)
    return code


def main(arguments: list[str] | None = None) -> None:
    """Entry point of `ipa`: one place turns errors into exit codes, and shuts the network off.

    With `arguments` it is called from within another program (a test), whose process is left unchanged.
    """
    from pipeline.core import parent

    parent.follow()
    given = sys.argv[1:] if arguments is None else arguments
    options = list(itertools.takewhile(lambda word: word != "--", given))
    debug, json_logs = "--debug" in options, "--json-logs" in options
    named = tuple(itertools.dropwhile(lambda word: word in REPORT_FLAGS, given))
    own = Reporting(shuts_off=arguments is None and named[:1] in LISTENING)
    if arguments is None and named[:2] not in NETWORKED and not own.shuts_off:
        offline.enforce()
    try:
        code = cli.main(args=given, prog_name="ipa", standalone_mode=False, obj=own)
    except click.exceptions.Exit as error:
        code = error.exit_code
    except click.ClickException as error:
        if json_logs:
            from pipeline.core.progress import JsonLines

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


def without_content(error: BaseException) -> str:
    """The traceback of an error and of its causes. Messages of exceptions that are not ours are left out: they can
    quote a key sheet or the transcript."""
    import traceback

    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    before = f"{without_content(cause)}\nwhich led to:\n\n" if cause is not None else ""
    said = f": {error}" if isinstance(error, (IpaError, OSError)) else ""
    frames = "".join(traceback.format_tb(error.__traceback__))
    return f"{before}Traceback (most recent call last):\n{frames}{type(error).__qualname__}{said}\n"
