"""The commands `ipa edit` and `ipa apply`: review in Word, or in any editor."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pipeline.cli.group import cli
from pipeline.cli.jobs import finish, job_options, make_progress
from pipeline.cli.options import output_option, report_options, reporting, settings_options
from pipeline.cli.tools import bring_up_to_date, id_argument
from pipeline.core.errors import UsageProblem

if TYPE_CHECKING:
    from pipeline.review.differences import Difference

SHOWN = 200
"""Rows of the table of differences that are printed."""


@cli.command()
@id_argument
@click.option("--text", is_flag=True, help="A plain text file instead of a Word document.")
@output_option
@report_options
def edit(identifier: str, text: bool, outputs: Path) -> None:
    """Write a copy for editing in Word, with names in it.

    It holds who speaks, times, and what is hidden between braces: {{Hope|friend}}. Correct it while you
    listen, with changes tracked or not, save it, and give it to `ipa apply`.

    \b
    Examples:
      ipa edit P03
      ipa edit P03 --text
    """
    from pipeline.app import edit_files

    bring_up_to_date(outputs, identifier, {})
    say = make_progress().message
    path = edit_files.write(outputs, identifier, text=text, say=say)
    say(f"{identifier}: edit this copy, which names people, and give it to `ipa apply {identifier}`:")
    click.echo(path)


@cli.command()
@id_argument
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--yes", "-y", is_flag=True, help="Do not ask.")
@click.option("--who", default="", metavar="INITIALS", help="Who made the changes [default: IPA_WHO].")
@click.option("--allow-cuts", is_flag=True, help="Passages of more than 60 words may be gone.")
@settings_options
@output_option
@report_options
def apply(identifier: str, file: Path, yes: bool, who: str, allow_cuts: bool, outputs: Path, **options: Any) -> None:
    """Take over your changes in a copy of `ipa edit` or share/.

    The differences are shown first. What is hidden in a file of share/ can be moved there, not opened.

    \b
    Examples:
      ipa apply P03 outputs/P03/private/P03-edit.docx
      ipa apply P03 transcript.docx --who JL
      ipa apply P03 redactions.csv
    """
    from pipeline.app import api, edit_files

    bring_up_to_date(outputs, identifier, options)
    progress = make_progress()
    plan = edit_files.plan(outputs, identifier, file, who=_initials(who), cuts=allow_cuts)
    if not plan.edits:
        progress.message(f"{identifier}: the file says what the transcript says; nothing was changed")
        return
    _show(plan.rows)
    if plan.unfitting:
        progress.message(
            f"{plan.unfitting} of the changes fit no longer, because the same words were changed meanwhile; they are "
            "listed in the report",
            "warning",
        )
    if not yes:
        _ask(len(plan.rows))
    edit_files.carry_out(plan)
    progress.message(f"{identifier}: {len(plan.edits)} changes stored")
    again = job_options({"outputs": outputs, **options}, identifier)
    finish(api.transcribe(None, progress=progress, **again), progress)


def _initials(who: str) -> str:
    """The initials of whoever made the changes.

    Raises:
        UsageProblem: they are none.
    """
    import re

    said = who or os.environ.get("IPA_WHO", "")
    if re.fullmatch(r"[\w.]{0,8}", said):
        return said
    if who:
        raise UsageProblem("that cannot be initials", hint="give up to eight letters, digits or dots, such as --who JL")
    return ""


def _ask(count: int) -> None:
    if not sys.stdin.isatty():
        raise UsageProblem(
            "the changes wait for a yes, and nobody can be asked here",
            hint="look at the table above and run it again with --yes; nothing was changed",
        )
    click.confirm(f"Take over these {count} changes?", abort=True, err=True)


def _show(rows: Sequence[Difference]) -> None:
    from pipeline.review.differences import counts

    if reporting().quiet:
        return
    for row in rows[:SHOWN]:
        click.echo(f"{row.where:>10}  {row.what:<18} {row.before}  →  {row.after}".rstrip(" →"), err=True)
    if len(rows) > SHOWN:
        click.echo(f"{'':>10}  and {len(rows) - SHOWN} more", err=True)
    click.echo(", ".join(f"{what}: {count}" for what, count in counts(rows)), err=True)
