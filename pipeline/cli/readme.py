"""The generated parts of README.md: commands, formats, weights. `python -m pipeline.cli.readme [--check]`.

A part stands between `<!-- name -->` and `<!-- /name -->`; `--check` fails where the file does not say
what the program does.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

import click

from pipeline.cli import run, tools  # noqa: F401 - importing them adds their commands
from pipeline.cli.group import cli
from pipeline.core import settings
from pipeline.exporters.registry import FORMATS
from pipeline.weights.catalogue import Catalogue

README = Path(__file__).resolve().parents[2] / "README.md"


def _commands(group: click.Group, context: click.Context, prefix: str) -> Iterator[tuple[str, click.Command]]:
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        if isinstance(command, click.Group):
            yield from _commands(command, context, f"{prefix} {name}")
        else:
            yield f"{prefix} {name}", command


def commands() -> str:
    """Every command: its help, its options."""
    rows, details = ["| command | what it does |", "|---|---|"], []
    for name, command in _commands(cli, click.Context(cli, info_name="ipa"), "ipa"):
        context = click.Context(command, info_name=name, max_content_width=100, terminal_width=100)
        usage = " ".join(command.collect_usage_pieces(context)).replace("|", "\\|")
        rows.append(f"| `{name} {usage}` | {command.get_short_help_str(200)} |")
        details.append(f"```\n$ {name} --help\n{command.get_help(context)}\n```\n")
    text = "\n".join(details)
    return "\n".join(rows) + f"\n\n<details><summary>All options</summary>\n\n{text}\n</details>\n"


def formats() -> str:
    """Every export format."""
    default = set(settings.load().emit.formats)
    rows = ["| name | file | what it is | written by `ipa run` |", "|---|---|---|---|"]
    for name, form in FORMATS.items():
        rows.append(f"| `{name}` | `{form.file}` | {form.description} | {'yes' if name in default else ''} |")
    return "\n".join(rows) + "\n"


def weights() -> str:
    """Every set of weights."""
    rows = ["| name | what it is | licence | size | fetched |", "|---|---|---|---|---|"]
    for name, entry in Catalogue.read().entries.items():
        size = sum(f.size or 0 for f in entry.files.values())
        shown = f"{size / 1e6:.0f} MB" if size else "31 MB" if name == "community-1" else ""
        fetched = "by `make transcribe`" if entry.needed else f"by `ipa models fetch {name}`"
        rows.append(f"| `{name}` | {entry.title}: {entry.use} | {entry.licence} | {shown} | {fetched} |")
    return "\n".join(rows) + "\n"


PARTS = {"commands": commands, "formats": formats, "weights": weights}


def render(text: str) -> str:
    """`text` with its generated parts written anew."""
    for name, make in PARTS.items():
        pattern = re.compile(rf"(<!-- {name} -->\n).*?(<!-- /{name} -->)", re.DOTALL)
        if not pattern.search(text):
            raise SystemExit(f"README.md has no part <!-- {name} -->")
        start, end = f"<!-- {name} -->\n", f"<!-- /{name} -->"
        text = pattern.sub(start.replace("\\", r"\\") + make().replace("\\", r"\\") + end, text)
    return "\n".join(line.rstrip() for line in text.split("\n"))


def main() -> None:
    """Write the parts, or with --check only look."""
    old = README.read_text("utf-8")
    new = render(old)
    if "--check" in sys.argv[1:]:
        if new != old:
            raise SystemExit("README.md does not say what the program does: run `make docs`")
        return
    README.write_text(new, "utf-8")


if __name__ == "__main__":
    main()
