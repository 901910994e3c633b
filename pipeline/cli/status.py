"""`ipa status`: where the study stands."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pipeline.cli import completing
from pipeline.cli.group import cli
from pipeline.cli.jobs import make_progress
from pipeline.cli.options import output_option, report_options

if TYPE_CHECKING:
    from rich.table import Table

    from pipeline.batch.status import Status

WIDEST = 100
"""Maximum width of the table in characters; its width where stdout is not a terminal."""


@cli.command()
@click.argument("identifiers", nargs=-1, metavar="[ID]...", shell_complete=completing.ids)
@click.option(
    "--recordings",
    "folder",
    type=click.Path(path_type=Path),
    default=Path("recordings"),
    show_default=True,
    help="Folder of the recordings.",
)
@click.option("--json", "as_json", is_flag=True, help="Print a JSON list, for programs.")
@output_option
@report_options
def status(identifiers: tuple[str, ...], folder: Path, as_json: bool, outputs: Path) -> None:
    """Show how far every recording is, and what to do next.

    With an id, its warnings are shown in full. With -q, the transcripts that are finished are listed.

    \b
    Examples:
      ipa status
      ipa status P03
      ipa status --json
    """
    from pipeline.batch import status as statuses
    from pipeline.cli.options import reporting

    rows = statuses.chosen(outputs, folder, identifiers)
    if as_json:
        click.echo(statuses.to_json(rows))
    elif reporting().quiet:
        for row in rows:
            if row.transcript is not None:
                click.echo(row.transcript)
    elif not rows:
        make_progress().message(
            f"no recordings in {folder} and nothing in {outputs} yet\n"
            f"  Next: put a recording into {folder}, named by a code such as P03, and run `ipa run` with its path"
        )
    else:
        show(rows, full=bool(identifiers))


def show(rows: Sequence[Status], *, full: bool) -> None:
    """Print the table, with `full` all warnings below it."""
    from rich.console import Console

    terminal = shutil.get_terminal_size().columns if sys.stdout.isatty() else WIDEST
    console = Console(width=min(WIDEST, terminal), highlight=False, markup=False, emoji=False, soft_wrap=False)
    console.print(_table(rows))
    for row in rows:
        for warning in row.warnings if full else ():
            console.print(f"! {row.id or row.file}: {warning}")


def _table(rows: Sequence[Status]) -> Table:
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="bold")
    table.add_column("id", overflow="fold", max_width=30)
    table.add_column("state", no_wrap=True)
    table.add_column("last stage", no_wrap=True)
    table.add_column("length", no_wrap=True, justify="right")
    table.add_column("to check", no_wrap=True, justify="right")
    table.add_column("warnings", no_wrap=True, justify="right")
    table.add_column("next", overflow="fold")
    for row in rows:
        state = f"locked v{row.version}" if row.state == "locked" else row.state
        length = f"{max(1, round(row.duration / 60))} min" if row.duration else ""
        cells = (row.id or (row.file.name if row.file else ""), state, row.last_stage or "", length)
        counts = ("" if row.places is None else str(row.places), str(len(row.warnings) or ""))
        table.add_row(*(Text(cell) for cell in (*cells, *counts, row.next)))
    return table
