"""The generated parts of docs/: commands, settings, weights, formats. `python -m pipeline.cli.reference [--check]`.

Each part stands between `<!-- name -->` and `<!-- /name -->` in its page. `--check` writes nothing; it fails and names
the pages that are out of date.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin

import click
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from pipeline.cli import batch, editing, run, status, study, tools, tools_review  # noqa: F401 - they add commands
from pipeline.cli.group import cli
from pipeline.core import settings
from pipeline.exporters.registry import FORMATS
from pipeline.weights.catalogue import Catalogue

ROOT = Path(__file__).resolve().parents[2]
MISSING_SIZES = {"community-1": 31e6}
"""Bytes of the weights whose files the catalogue does not list one by one."""


def table(heads: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    """A Markdown table."""
    lines = [heads, tuple("---" for _ in heads), *rows]
    return "".join("| " + " | ".join(line) + " |\n" for line in lines)


def all_commands(group: click.Group, prefix: str) -> Iterator[tuple[str, click.Command]]:
    """Every command below `group` with its full name ("ipa models fetch"), in the order of the help."""
    for name in group.list_commands(click.Context(group, info_name=prefix)):
        command = group.commands[name]
        if isinstance(command, click.Group):
            yield from all_commands(command, f"{prefix} {name}")
        else:
            yield f"{prefix} {name}", command


def commands() -> str:
    """Every command: a table, then the help of each."""
    rows, details = [], []
    for name, command in all_commands(cli, "ipa"):
        context = click.Context(command, info_name=name, terminal_width=100, **command.context_settings)
        anchor = name.replace(" ", "-")
        rows.append((f"[`{name}`](#{anchor})", command.get_short_help_str(200)))
        details.append(f"\n## {name}\n\n```text\n{command.get_help(context)}\n```\n")
    return table(("command", "what it does"), rows) + "".join(details)


def formats() -> str:
    """Every export format."""
    default = set(settings.load().emit.formats)
    rows = [
        (f"`{name}`", f"`{form.file}`", form.description, "yes" if name in default else "", "yes" if form.timed else "")
        for name, form in FORMATS.items()
    ]
    return table(("name", "file", "what it is", "written by `ipa run`", "needs a recording"), rows)


def weights() -> str:
    """Every set of weights."""
    rows = []
    for name, entry in Catalogue.read().entries.items():
        listed = (entry.onnx.size if entry.onnx else None) or sum(f.size or 0 for f in entry.files.values())
        size = listed or MISSING_SIZES.get(name, 0)
        fetched = "by `make transcribe`" if entry.needed else f"by `ipa models fetch {name}`"
        if entry.onnx:
            fetched = "comes with the program; for a graphics card or pyannote.audio also " + fetched
        shown = f"{size / 1e6:.0f} MB" if size else ""
        rows.append((f"`{name}`", f"{entry.title}: {entry.use}", entry.licence, shown, fetched))
    return table(("name", "what it is", "licence", "size", "fetched"), rows)


def values(annotation: Any, field: FieldInfo) -> str:
    """The permitted values of a setting, in words.

    Raises:
        TypeError: this function does not know the type yet.
    """
    kind, inner = get_origin(annotation), get_args(annotation)
    if kind is Literal:
        return ", ".join(f"`{value}`" for value in inner)
    if kind in (Union, UnionType):
        return " or ".join("`null`" if a is NoneType else values(a, field) for a in inner)
    if kind is tuple:
        return "list of " + ("names" if inner[0] is str else values(inner[0], field))
    if kind is dict:
        return f"category: {values(inner[1], field)}"
    if annotation is bool:
        return "`true`, `false`"
    if annotation is str:
        longest = next((m.max_length for m in field.metadata if hasattr(m, "max_length")), None)
        return f"text, at most {longest} characters" if longest else "text"
    if annotation in (int, float):
        return " ".join(["whole number" if annotation is int else "number", *_bounds(field)])
    raise TypeError(f"pipeline.cli.reference cannot describe a setting of type {annotation}")


def _bounds(field: FieldInfo) -> Iterator[str]:
    signs = (("gt", "above"), ("ge", "from"), ("le", "to"), ("lt", "below"))
    for name, word in signs:
        yield from (f"{word} {getattr(m, name):g}" for m in field.metadata if hasattr(m, name))


def settings_tables() -> str:
    """Every setting with its default, its values and its description, a table for each section."""
    parts = []
    for section, outer in settings.Settings.model_fields.items():
        cls = outer.annotation
        assert isinstance(cls, type)
        assert issubclass(cls, BaseModel)
        defaults = cls().model_dump(mode="json")
        rows = []
        for name, field in cls.model_fields.items():
            if not field.description:
                raise SystemExit(f"the setting {section}.{name} has no description: write one below it")
            said = " ".join(field.description.split())
            rows.append((f"`{name}`", f"`{_yaml(defaults[name])}`", values(field.annotation, field), said))
        parts.append(
            f"### {section}\n\n{cls.__doc__}\n\n" + table(("setting", "default", "values", "what it is"), rows)
        )
    return "\n".join(parts)


def _yaml(value: Any) -> str:
    """A default as it is written in a settings file."""
    if isinstance(value, list):
        return "[" + ", ".join(map(str, value)) + "]"
    return json.dumps(value, ensure_ascii=False)


def presets() -> str:
    """What each preset changes."""
    folder = settings.configs_folder() / "presets"
    rows = []
    for name in settings.presets():
        raw = settings.read_yaml(folder / f"{name}.yaml")
        changes = [f"`{s}.{k}: {_yaml(v)}`" for s, keys in raw.items() for k, v in keys.items()]
        rows.append((f"`{name}`", _first_comment(folder / f"{name}.yaml"), ", ".join(changes)))
    return table(("preset", "what it is for", "what it sets"), rows)


def notations() -> str:
    """The notation sets that come with the program."""
    rows = []
    for path in sorted((settings.configs_folder() / "notation").glob("*.yaml")):
        raw = settings.read_yaml(path)
        marks = ("pause_timed", "unclear", "guess", "nonverbal")
        rows.append((f"`{path.stem}`", str(raw["title"]), " ".join(f"`{raw[m]}`" for m in marks if m in raw)))
    return table(("set", "what it is", "timed pause, unclear, best guess, non-verbal"), rows)


def _first_comment(path: Path) -> str:
    return path.read_text("utf-8").split("\n", 1)[0].lstrip("# ")


PARTS: dict[str, tuple[str, Callable[[], str]]] = {
    "commands": ("docs/commands.md", commands),
    "formats": ("docs/formats.md", formats),
    "settings": ("docs/settings.md", settings_tables),
    "presets": ("docs/settings.md", presets),
    "notations": ("docs/settings.md", notations),
    "weights": ("docs/settings.md", weights),
}
"""Part -> the page it stands in, and what writes it."""


def render(page: str, text: str) -> str:
    """The text of `page` with its generated parts written anew.

    Raises:
        SystemExit: the marks of a part of this page are missing.
    """
    for name, (where, make) in PARTS.items():
        if where != page:
            continue
        before, start, rest = text.partition(f"<!-- {name} -->\n")
        _, end, after = rest.partition(f"<!-- /{name} -->")
        if not start or not end:
            raise SystemExit(f"{page} has no part <!-- {name} --> ... <!-- /{name} -->")
        text = before + start + "\n" + make() + "\n" + end + after
    return re.sub(r"[ \t]+$", "", text, flags=re.MULTILINE)


def main() -> None:
    """Write the parts; with --check only compare them."""
    old = {page: (ROOT / page).read_text("utf-8") for page, _ in PARTS.values()}
    new = {page: render(page, text) for page, text in old.items()}
    changed = [page for page in new if new[page] != old[page]]
    if "--check" in sys.argv[1:]:
        if changed:
            raise SystemExit(f"{', '.join(changed)}: out of date; run `make docs`")
        return
    for page in changed:
        (ROOT / page).write_text(new[page], "utf-8")


if __name__ == "__main__":
    main()
