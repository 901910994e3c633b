"""What the shell proposes when Tab is pressed: ids of recordings, formats, settings, weights.

click calls these functions; docs/commands.md says how to switch completion on. They propose nothing rather than fail,
because an error would be printed into the line that somebody is typing.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import click
from click.shell_completion import CompletionItem

OUTPUTS = Path("outputs")
"""Where results go, unless -o says otherwise."""


def _beginning(incomplete: str, names: Iterable[str]) -> list[CompletionItem]:
    return [CompletionItem(name) for name in names if name.startswith(incomplete)]


def ids(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Ids of what is stored in the folder that -o names."""
    from pipeline.core.paths import stored_ids

    return _beginning(incomplete, stored_ids(Path(context.params.get("outputs") or OUTPUTS)))


def ids_or_files(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Ids, or files if no id begins like this: a shell can offer only one of the two."""
    return ids(context, parameter, incomplete) or [CompletionItem(incomplete, type="file")]


def formats(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Names of formats."""
    from pipeline.exporters.registry import FORMATS

    return [
        *(CompletionItem(name, help=form.description) for name, form in FORMATS.items() if name.startswith(incomplete)),
        *_beginning(incomplete, ["all"]),
    ]


def settings(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Names of settings, each with the "=" before its value."""
    from pipeline.core.settings import known

    return _beginning(incomplete, [f"{name}=" for name in known()])


def weights(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Names in the catalogue of weights."""
    from pipeline.weights.catalogue import Catalogue

    return _beginning(incomplete, Catalogue.read().entries)


def whisper_models(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Names of speech models: the catalogue's, without the "whisper-" before them."""
    return [
        CompletionItem(str(item.value).removeprefix("whisper-"))
        for item in weights(context, parameter, f"whisper-{incomplete}")
    ]
