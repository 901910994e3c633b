"""The command `ipa review-stats`."""

from __future__ import annotations

from pathlib import Path

import click

from pipeline.cli.group import cli
from pipeline.cli.options import output_option, report_options


@cli.command(name="review-stats")
@click.argument("identifiers", nargs=-1, metavar="[ID...]")
@output_option
@report_options
def review_stats(identifiers: tuple[str, ...], outputs: Path) -> None:
    """Show what the review put right, and how long it took.

    Without an ID: every interview in which something was changed. Counts only; nothing leaves this machine.

    \b
    Columns: hours of tape, minutes of review per hour of tape, words heard, words wrong, words missed,
    words added by the program, word error rate, words whose speaker was wrong, passages hidden,
    passages that the program had missed, passages that it had hidden wrongly.

    \b
    Examples:
      ipa review-stats P03
      ipa review-stats
    """
    from pipeline.app import reviewed
    from pipeline.review import stats

    rows = reviewed.figures(outputs, identifiers)
    if len(rows) > 1:
        rows.append(("together", stats.total(figures for _, figures in rows)))
    lines = stats.table(rows)
    widths = [max(len(line[n]) for line in lines) for n in range(len(lines[0]))]
    for line in lines:
        click.echo("  ".join(f"{cell:>{width}}" for cell, width in zip(line, widths, strict=True)).rstrip())
