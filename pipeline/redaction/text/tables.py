"""Word tables, read once from configs/: those of redaction and those of speech."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping
from typing import Any

from pipeline.core import hashes
from pipeline.core.errors import SettingsError
from pipeline.core.settings import configs_folder, read_yaml, sha256_of

RECOGNISERS, SPEECH = "recognisers", "speech"
"""Folders of configs/ with tables."""


@functools.cache
def table(name: str, folder: str = RECOGNISERS) -> Mapping[str, Any]:
    """The table `name` (configs/<folder>/<name>.yaml).

    Raises:
        SettingsError: not YAML, or empty.
    """
    path = configs_folder() / folder / f"{name}.yaml"
    raw = read_yaml(path)
    if not raw:
        raise SettingsError("the table is empty", file=path, hint="reinstall, or restore it from the repository")
    return raw


def words_of(values: Iterable[object]) -> tuple[str, ...]:
    """A list of the table as lower-case strings (YAML reads `no` and `1` as other things: they are quoted there)."""
    return tuple(str(value).lower() for value in values)


def inverted(mapping: Mapping[str, Iterable[object]]) -> dict[str, str]:
    """{"two": "2", "twa": "2"} from {"2": [two, twa]}."""
    return {word: str(key) for key, values in mapping.items() for word in words_of(values)}


def digest(files: Iterable[str] | None = None, folder: str = RECOGNISERS) -> str:
    """Hash over the content of the files of configs/<folder>/ named in `files`, of all of them if None.

    For the keys of stages: an edited list makes their stored results stale. Less than a megabyte is read.

    Raises:
        SettingsError: a file is missing.
    """
    place = configs_folder() / folder
    try:
        names = sorted(files if files is not None else (path.name for path in place.iterdir() if path.is_file()))
        return sha256_of([(name, hashes.of_file(place / name)) for name in names])
    except OSError as error:
        raise SettingsError("a word list is missing", file=place, hint="reinstall the program") from error
