"""Turns the options of a command into calls of the API, and prints the outcome.

Only the paths of results go to stdout. Messages go to stderr; -q suppresses them.
"""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pipeline.cli.options import STAGES, reporting, wanted

if TYPE_CHECKING:
    from pipeline.app.api import Options
    from pipeline.app.hearing import Change
    from pipeline.app.runner import Accept, Result
    from pipeline.batch.status import Status
    from pipeline.core.progress import Progress

WARNING_CHARACTERS = 150
"""Length to which a warning is cut at the end of a run (two lines of a terminal); the report has all of it."""


def make_progress() -> Progress:
    """How this command reports."""
    from pipeline.core import progress

    asked = reporting()
    if asked.json_logs:
        return progress.JsonLines()
    return progress.Silent() if asked.quiet else progress.RichProgress()


def asking(progress: Progress) -> Accept | None:
    """Asks at the terminal before the speech recognised earlier is replaced; None where nobody can answer."""

    def accept(change: Change) -> bool:
        progress.finish()
        return click.confirm("Replace what was heard before?", err=True)

    return accept if sys.stdin.isatty() and not reporting().json_logs else None


def job_options(
    options: Mapping[str, Any], id: str | None, until: str = "emit", progress: Progress | None = None
) -> Options:
    """The options of the API that stand for those of `run_options`."""
    asked = wanted(options)
    return {
        "id": id,
        "until": until,
        "outputs": options["outputs"],
        "preset": asked.preset,
        "settings_file": asked.file,
        "settings": asked.overrides,
        "key_sheet": options.get("key_sheet"),
        "device": options.get("device", "auto"),
        "force": options.get("force", False),
        "hear_again": options.get("hear_again", False),
        "new_version": options.get("new_version", False),
        "accept": asking(progress) if progress and not options.get("yes", True) else None,
    }


def source_or_id(value: str, outputs: Path) -> tuple[Path | None, str | None]:
    """A recording's path, or the id of a stored one.

    Raises:
        BadInputError: it is neither, and looks like a mistyped id rather than a file.
    """
    from pipeline.core.errors import BadInputError, nearest
    from pipeline.core.paths import is_id, nothing_stored, stored_ids

    if Path(value).exists() or not is_id(value):
        return Path(value), None
    if (outputs / value).is_dir():
        return None, value
    if not Path(value).suffix and nearest(value, stored_ids(outputs)):
        raise BadInputError(nothing_stored(outputs, value), file=outputs, hint="`ipa status` lists what is stored")
    return Path(value), None


def finish(result: Result, progress: Progress, recording: Path | None = None) -> None:
    """Report on a complete run in at most ten lines: what to open, what to look at, what to type next."""
    from pipeline.batch import status

    row = status.of(result.paths, recording)
    progress.message(_headline(result))
    if row.warnings and result.ran:
        more = f" (and {len(row.warnings) - 1} more in the report)" if len(row.warnings) > 1 else ""
        progress.message(textwrap.shorten(row.warnings[0], WARNING_CHARACTERS, placeholder=" ...") + more, "warning")
    if row.transcript is not None:
        progress.message("Open the transcript:")
        click.echo(row.transcript)
    if row.report is not None:
        progress.message(f"and beside it the report, where {_places(row)}:")
        click.echo(row.report)
    progress.message(f"Next: {row.next}")


def _headline(result: Result) -> str:
    """ "P03: finished, 58 min 12 s of interview, 214 lines"."""
    from pipeline.report.words import count, length

    document, record = result.document, result.document.record_of("emit")
    facts = [f"{length(document.duration)} of interview"] if document.duration else []
    if record is not None and "lines" in record.details:
        facts.append(count(record.details["lines"], "line"))
    state = "finished" if result.ran else "everything is up to date"
    return ", ".join([f"{result.paths.id}: {state}", *facts])


def _places(row: Status) -> str:
    """How many places of the transcript need checking."""
    from pipeline.report.words import count, length

    if not row.places:
        return "nothing stood out"
    wait = f"{count(row.places, 'place')} {'wants' if row.places == 1 else 'want'} a look"
    return (
        f"{wait}, about {length(max(60.0, round(row.listening_s / 60) * 60))} of listening" if row.listening_s else wait
    )


def finish_stage(result: Result, progress: Progress, stage: str) -> None:
    """Report on a run that stopped after `stage`."""
    done = "finished" if result.ran else "was up to date"
    following = STAGES[STAGES.index(stage) + 1]
    progress.message(f"{result.paths.id}: {stage} {done}. Its results, which can identify people, are in")
    click.echo(result.paths.work)
    rest = f", or `ipa emit {result.paths.id}` for all that is left" if following != "emit" else ""
    command = f"ipa {following} {result.paths.id}"
    progress.message(f"Next: `{command}`{rest}")
