"""The root command `ipa`. The other modules of this package add their subcommands to it."""

from __future__ import annotations

import click

from pipeline import __version__
from pipeline.cli.options import report_options

HELP_NAMES = ["-h", "--help"]
SECTIONS: dict[str, tuple[str, ...]] = {
    "Everyday": ("run", "batch", "import", "status", "review"),
    "Single stages": ("ingest", "diarise", "transcribe", "redact", "emit"),
    "Finished transcripts": ("edit", "apply", "export", "lock", "rename", "review-stats", "key", "purge"),
    "Whole study": ("study", "verify", "retention"),
    "Weights and machine": ("models", "doctor"),
}
"""The headings of `ipa --help` and the commands below each, in the order in which they are used."""


class Group(click.Group):
    """A group whose commands accept -h as well as --help."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names in the order of definition; click would sort them alphabetically."""
        return list(self.commands)

    def add_command(self, cmd: click.Command, name: str | None = None) -> None:
        """See click.Group."""
        cmd.context_settings.setdefault("help_option_names", HELP_NAMES)
        super().add_command(cmd, name)


class Sections(Group):
    """Lists its commands under headings."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names in the order of `SECTIONS`."""
        order = [name for names in SECTIONS.values() for name in names]
        return sorted(self.commands, key=order.index)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """A section for each heading."""
        width = max(len(name) for name in self.commands)
        for heading, names in SECTIONS.items():
            rows = [(n, self.commands[n].get_short_help_str(formatter.width - width - 6)) for n in names]
            with formatter.section(heading):
                formatter.write_dl([(name.ljust(width), text) for name, text in rows])


@click.group(cls=Sections, context_settings={"help_option_names": HELP_NAMES, "max_content_width": 100})
@click.version_option(__version__, prog_name="ipa")
@report_options
def cli() -> None:
    """From a recorded interview to a redacted, line-numbered transcript for IPA.

    Everything runs on this machine; nothing is sent anywhere.

    \b
    Examples:
      ipa run recordings/P03.m4a          one interview, all stages
      ipa batch recordings                everything not yet done, overnight
      ipa status                          how far each one is, and what to do next
      ipa export P03 --format pdf         another format of a finished transcript
    """
