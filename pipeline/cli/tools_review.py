"""The commands `ipa review` and `ipa review-stats`."""

from __future__ import annotations

from pathlib import Path

import click

from pipeline.cli import completing
from pipeline.cli.group import cli
from pipeline.cli.jobs import make_progress
from pipeline.cli.options import output_option, report_options, reporting
from pipeline.core.errors import BadInputError, UsageProblem


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


class Share(click.ParamType[float]):
    """A share as a person writes it: "10%", or 0.1."""

    name = "share"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """See click.ParamType."""
        text = str(value).strip()
        try:
            share = float(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
        except ValueError:
            share = 0.0
        if not 0 < share <= 1:
            self.fail(f"'{value}' is no share: write 10%, or 0.1", param, ctx)
        return share


@cli.command()
@click.argument("identifier", metavar="[ID]", default="", shell_complete=completing.ids)
@click.option("--no-browser", is_flag=True, help="Print the address instead of opening it.")
@click.option(
    "--idle",
    type=click.IntRange(1, 1440),
    default=30,
    show_default=True,
    metavar="MINUTES",
    help="The page locks itself after so long without a sign of you.",
)
@click.option(
    "--sample", type=Share(), metavar="SHARE", help="Draw stretches for a second listener, such as 10%; needs an ID."
)
@click.option(
    "--recordings",
    type=click.Path(path_type=Path),
    default=Path("recordings"),
    show_default=True,
    help="Folder of the recordings and their key sheets.",
)
@output_option
@report_options
def review(identifier: str, no_browser: bool, idle: int, sample: float | None, recordings: Path, outputs: Path) -> None:
    """Listen, correct, decide and sign, in your browser.

    The page is served to this machine's browser only, and nothing leaves the machine. Ctrl-C ends it; whatever you
    changed is stored at once.

    \b
    Examples:
      ipa review
      ipa review P03
      ipa review P03 --sample 10%
    """
    from pipeline.core.paths import check_id, nothing_stored, stored_ids
    from pipeline.page import server

    if identifier and check_id(identifier) not in stored_ids(outputs):
        raise BadInputError(
            nothing_stored(outputs, identifier), file=outputs / identifier, hint="`ipa status` lists what is stored"
        )
    if sample is not None:
        if not identifier:
            raise UsageProblem("--sample needs the id of an interview", hint="for example: ipa review P03 --sample 10%")
        _draw(outputs, identifier, sample)
    progress = make_progress()
    where = "at this address, which opens once" if no_browser else "in your browser; its address, which opens once, is"
    progress.message(f"The review page is open until you press Ctrl-C here, {where}:")
    server.serve(
        outputs,
        recordings=recordings,
        only=identifier,
        idle_s=idle * 60.0,
        open_browser=not no_browser,
        enforce=reporting().shuts_off,
        told=click.echo,
        say=progress.message,
    )
    progress.message("The review page is closed. Everything is stored.")


def _draw(outputs: Path, identifier: str, share: float) -> None:
    """Draw stretches for a second listener, and say how far an earlier one agreed."""
    from pipeline.core.paths import RecordingPaths
    from pipeline.page import agreement
    from pipeline.page.interview import Interview
    from pipeline.page.problems import Refused

    try:
        sample = agreement.drawn(Interview(RecordingPaths(outputs, identifier)), share, "")
    except Refused as refused:
        raise UsageProblem(refused.sentence) from None
    make_progress().message(f"{len(sample.stretches)} stretches of half a minute were drawn for a second listener")
