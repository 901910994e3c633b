"""Commands for a whole study: names, report, study key, verification, retention and deletion."""

from __future__ import annotations

from pathlib import Path

import click

from pipeline.cli.group import Group, cli
from pipeline.cli.jobs import make_progress
from pipeline.cli.options import output_option, report_options
from pipeline.cli.tools import id_argument

RECORDINGS = Path("recordings")


@cli.group(cls=Group)
def study() -> None:
    """Names, report and key of a whole study."""


@study.command()
@click.argument("folder", type=click.Path(path_type=Path), default=RECORDINGS)
@output_option
@report_options
def names(folder: Path, outputs: Path) -> None:
    """Show which names were found in which interviews.

    Entries for the study sheet in FOLDER are proposed, too. The names are shown in clear. A proposal is a guess: one
    name may belong to two people.

    \b
    Example:
      ipa study names
    """
    from pipeline.app import study_names
    from pipeline.core import studysheet
    from pipeline.redaction.text.forms import form_of

    path = studysheet.in_folder(folder)
    sheet = studysheet.load(path) if path is not None else None
    found = study_names.collect(outputs, sheet)
    if not found:
        make_progress().message(f"no names were found in any interview below {outputs}")
        return
    for row in found:
        where = ", ".join(f"{name} {text}" for name, text in row.replacements.items())
        listed = f"  ({row.listed} of the study sheet)" if row.listed else ""
        click.echo(f"{row.category:<7} {' / '.join(row.forms)}: {where}{listed}")
    proposed = study_names.proposals(found, {form_of(word) for word in sheet.keep} if sheet else ())
    if proposed:
        target = path or folder / "study.yaml"
        click.echo(f"\n# Named in several interviews and not on the study sheet. For {target}, as far as it is true:")
        click.echo(proposed)


@study.command()
@click.option("--to", "target", type=click.Path(path_type=Path), help="File [default: OUTPUTS/study-report.html].")
@output_option
@report_options
def report(target: Path | None, outputs: Path) -> None:
    """Write one HTML report on all interviews.

    It contains the table for the methods chapter.

    \b
    Example:
      ipa study report
    """
    from pipeline.app import study_report

    click.echo(study_report.write(outputs, target))


@study.command()
@click.option("--new-key-file", type=click.Path(path_type=Path), help="Lock it with this key file, not a passphrase.")
@click.option(
    "--key-file", type=click.Path(path_type=Path), help="What opens the study key now [default: as for `ipa key`]."
)
@output_option
@report_options
def rekey(new_key_file: Path | None, key_file: Path | None, outputs: Path) -> None:
    """Lock the study key with another passphrase or key file."""
    from pipeline.core import study_log
    from pipeline.release import key as keys
    from pipeline.release import study_key

    path = study_key.path_of(outputs)
    old = keys.find_secret(key_file=key_file, prompt=lambda: str(click.prompt("Passphrase", hide_input=True, err=True)))
    keys.load(path, old)  # before a new secret is asked for or made
    if new_key_file is not None:
        new = keys.read_key_file(new_key_file) if new_key_file.is_file() else keys.make_key_file(new_key_file)
    else:
        new = keys.passphrase(click.prompt("New passphrase", hide_input=True, confirmation_prompt=True, err=True))
    keys.rekey(path, old, new)
    study_log.add(outputs, "key", study_key=True, rekeyed=True)
    make_progress().message("the study key is locked anew")


@cli.command()
@click.argument("identifiers", nargs=-1, metavar="[ID]...")
@output_option
@report_options
def verify(identifiers: tuple[str, ...], outputs: Path) -> None:
    """Check that log, manifests, files and weights are intact.

    The first problem is reported, and the exit code is 3 (4 for weights).

    \b
    Examples:
      ipa verify
      ipa verify P03
    """
    from pipeline.app import verify as verifying
    from pipeline.weights.catalogue import Catalogue

    verifying.verify(outputs, identifiers, Catalogue.read(), make_progress().message)


@cli.command()
@click.argument("folder", type=click.Path(path_type=Path), default=RECORDINGS)
@output_option
@report_options
def retention(folder: Path, outputs: Path) -> None:
    """List what is due for deletion under the study's dates.

    The dates are read from study.yaml in FOLDER. Nothing is deleted.

    \b
    Example:
      ipa retention recordings
    """
    from datetime import date

    from pipeline.batch import retention as keeping

    rows = keeping.due(folder, outputs, date.today())
    for row in rows:
        left = bool(row.ids or row.files)
        state = "due" if row.has_come and left else "done" if row.has_come else "not yet"
        click.echo(f"{row.on}  {state:<8} {keeping.WORDS[row.due]}: {len(row.ids)} interviews still have it")
        for path in row.files:
            click.echo(f"{'':22}{path} is there")
        if state == "due":
            for name in row.ids:
                click.echo(f"{'':22}{keeping.COMMANDS[row.due].format(name)}")


@cli.command()
@id_argument
@click.option("--recordings", is_flag=True, help="Also the recording itself and its key sheet, found in --folder.")
@click.option(
    "--folder",
    type=click.Path(path_type=Path),
    default=RECORDINGS,
    show_default=True,
    help="Where --recordings looks for a file of the same content.",
)
@click.option("--key", "with_key", is_flag=True, help="Also take the interview out of the study key.")
@click.option(
    "--only",
    type=click.Choice(["audio", "identifying"]),
    help="Only the sound; or only what identifies, so that the files in share/ stay.",
)
@click.option("--yes", is_flag=True, help="Do not ask.")
@output_option
@report_options
def purge(
    identifier: str, recordings: bool, folder: Path, with_key: bool, only: str | None, yes: bool, outputs: Path
) -> None:
    """Delete everything that is kept of a recording.

    Snapshots, key, working copy, transcripts and report go. Copies you made elsewhere are not touched, nor the
    recording without --recordings. A certificate says what was deleted, and what that does not promise.

    \b
    Examples:
      ipa purge P03
      ipa purge P03 --recordings --key
      ipa purge P03 --recordings --only audio
    """
    from pipeline.batch import purge as purging

    planned = purging.plan(
        outputs,
        identifier,
        purging.WHAT[only or "everything"],
        recordings=folder if recordings else None,
        with_key=with_key,
    )
    beside = f" and {', '.join(map(str, planned.recordings))}" if planned.recordings else ""
    question = f"Delete {len(planned.files)} files below {planned.paths.root}{beside}? This cannot be undone"
    say = make_progress().message
    if not yes and not click.confirm(question, err=True):
        say("nothing deleted")
        return
    certificate = purging.carry_out(planned)
    say(f"deleted: {planned.total} files of {identifier}")
    say(purging.DOES_NOT_PROMISE.rstrip())
    click.echo(certificate)
