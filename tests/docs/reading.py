"""What stands in the pages: code blocks, commands, links."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import click

from pipeline.cli import batch, editing, run, status, study, tools, tools_review  # noqa: F401 - they add commands
from pipeline.cli.group import cli
from pipeline.exporters import registry

ROOT = Path(__file__).resolve().parent.parent.parent
PAGES = sorted(
    [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("recordings/*.md"), *ROOT.glob("configs/**/*.md")]
)
NAMES = [str(page.relative_to(ROOT)) for page in PAGES]
_BLOCK = re.compile(r"^( *)```(.*)\n((?:.*\n)*?)\1```$", re.MULTILINE)
_INLINE = re.compile(r"`((?:ipa|make) [^`\n]+)`")
ASSIGNMENT = re.compile(r"([A-Z_]+)=.*")


@dataclass(frozen=True)
class Block:
    """A fenced block and its language."""

    language: str
    text: str


def blocks(text: str) -> list[Block]:
    """The fenced blocks of a page, without their indentation."""
    return [
        Block(language.strip(), "\n".join(line.removeprefix(indent) for line in body.splitlines()))
        for indent, language, body in _BLOCK.findall(text)
    ]


def shell_commands(text: str) -> Iterator[list[str]]:
    """The commands of a page's `sh` blocks, in order, each as words; comments and `&&` taken away."""
    for block in blocks(text):
        if block.language == "sh":
            for line in block.text.replace("\\\n", " ").splitlines():
                for part in line.split("&&"):
                    if words := shlex.split(part, comments=True):
                        yield words


def mentioned_commands(text: str) -> Iterator[list[str]]:
    """`ipa ...` and `make ...` within sentences, error messages and examples of the help."""
    for found in _INLINE.findall(text):
        yield shlex.split(found)
    for example in re.findall(r"^ +(ipa [a-z].*?)(?: {2,}.*)?$", text, re.MULTILINE):
        yield shlex.split(example)


def check_ipa(arguments: list[str], *, whole: bool) -> None:
    """Parse with the real command line, without running anything.

    Args:
        arguments: what follows `ipa`.
        whole: also fail where an argument is missing; in a sentence one may leave it out.

    Raises:
        click.ClickException: an unknown command or option, or a value that is not allowed.
        UsageProblem: an unknown format.
    """
    command: click.Command = cli
    context, rest, name = click.Context(cli, info_name="ipa", **cli.context_settings), list(arguments), "ipa"
    while isinstance(command, click.Group):
        _, rest, _ = command.make_parser(context).parse_args(rest)
        if not rest:
            return
        found, inner, rest = command.resolve_command(context, rest)
        assert inner is not None
        command, name = inner, found or name
        context = click.Context(command, info_name=name, parent=context)
    try:
        parsed = command.make_context(name, list(rest))
    except click.exceptions.Exit:  # --help
        return
    except click.MissingParameter:
        if whole:
            raise
        return
    registry.resolve(form for form in parsed.params.get("formats", ()) if form != "NAME")


def check_make(arguments: list[str]) -> None:
    """Every target, and every variable that is set, must stand in the Makefile; ARGS go to `ipa batch`.

    Raises:
        AssertionError: one does not. See also `check_ipa`.
    """
    makefile = (ROOT / "Makefile").read_text()
    for argument in arguments:
        if match := ASSIGNMENT.fullmatch(argument):
            assert f"$({match[1]})" in makefile, f"the Makefile has no variable {match[1]}"
            if match[1] == "ARGS":
                check_ipa(["batch", "recordings", *shlex.split(argument.partition("=")[2])], whole=True)
        else:
            assert re.search(rf"^{re.escape(argument)}:", makefile, re.MULTILINE), f"no target {argument}"
