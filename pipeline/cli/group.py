"""The command `ipa` itself, to which the modules beside this one add theirs."""

from __future__ import annotations

import click

from pipeline import __version__
from pipeline.cli.options import report_options

HELP_NAMES = ["-h", "--help"]


class Group(click.Group):
    """Lists commands in the order of their use, not of the alphabet."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names in the order of definition."""
        return list(self.commands)

    def add_command(self, cmd: click.Command, name: str | None = None) -> None:
        """Add a command; it answers to -h, too, in whatever context it is asked."""
        cmd.context_settings.setdefault("help_option_names", HELP_NAMES)
        super().add_command(cmd, name)


@click.group(cls=Group, context_settings={"help_option_names": HELP_NAMES, "max_content_width": 100})
@click.version_option(__version__, prog_name="ipa")
@report_options
def cli() -> None:
    """From a recorded interview to a redacted, line-numbered transcript for IPA.

    Everything runs on this machine; nothing is sent anywhere.

    \b
    Examples:
      ipa run recordings/P03.m4a          one interview, all stages
      ipa batch recordings                everything not yet done, overnight
      ipa export P03 --format pdf         one more format of a finished one
      ipa doctor                          is this machine ready?
    """
