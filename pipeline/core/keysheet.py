"""The key sheet (contract C10): names that the researcher gives the program in advance.

A YAML file beside the recording with the same stem. It is private: read, never copied to share/.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TypeVar

from pydantic import ConfigDict, Field, ValidationError

from pipeline.core.document import Frozen
from pipeline.core.errors import KeySheetError, nearest
from pipeline.core.paths import is_id, read_bytes, write_text
from pipeline.core.untrusted import Malformed, yaml_of

MAX_NAMES = 300
MAX_BYTES = 100_000
"""Twenty times what MAX_NAMES names take."""


class Person(Frozen):
    """Somebody who may be mentioned. `as` is what the transcript shows instead."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)
    names: tuple[str, ...]
    label: str | None = Field(default=None, alias="as")


class KeySheet(Frozen):
    """What the researcher knows. `keep` lists words that are never redacted."""

    id: str | None = None
    participant: Person | None = None
    interviewer: Person | None = None
    people: tuple[Person, ...] = ()
    places: tuple[str, ...] = ()
    organisations: tuple[str, ...] = ()
    keep: tuple[str, ...] = ()

    def all_names(self) -> list[tuple[str, str]]:
        """(field, name) for every name in the sheet but `keep`."""
        rows: list[tuple[str, str]] = []
        for field, person in (("participant", self.participant), ("interviewer", self.interviewer)):
            rows += [(f"{field}.names", name) for name in (person.names if person else ())]
        for n, person in enumerate(self.people):
            rows += [(f"people[{n + 1}].names", name) for name in person.names]
        rows += [("places", name) for name in self.places]
        return rows + [("organisations", name) for name in self.organisations]


COMMON_WORDS = frozenset(
    [
        "the",
        "a",
        "an",
        "and",
        "or",
        "of",
        "to",
        "in",
        "on",
        "at",
        "for",
        "is",
        "was",
        "i",
        "me",
        "my",
        "you",
        "he",
        "she",
        "it",
        "we",
        "they",
        "who",
        "mum",
        "dad",
        "mam",
        "nan",
        "her",
        "him",
        "his",
    ]
)
FIELDS = tuple(KeySheet.model_fields)
STUDY = "study"
"""Stem of the study sheet (see `studysheet`)."""
HINT = "see configs/key-sheet.example.yaml for a valid sheet"


Sheet = TypeVar("Sheet", bound=Frozen)


def parse(data: bytes, path: Path | str) -> KeySheet:
    """Read a key sheet from YAML bytes.

    Raises:
        KeySheetError: not YAML, not a mapping, an unknown field, an empty or useless name; the message
            names the field, never the names.
    """
    sheet = fields_of(KeySheet, data, path, "key sheet", HINT)
    if sheet.id is not None and not is_id(sheet.id):
        raise KeySheetError(
            "field 'id' cannot be the id of a recording",
            file=path,
            hint="use up to 64 letters, digits, dots, dashes or underscores, for example P03",
        )
    check_names(sheet.all_names(), sheet.keep, path, "key sheet", "list the people and places of this interview only")
    return sheet


def fields_of(model: type[Sheet], data: bytes, path: Path | str, what: str, hint: str) -> Sheet:
    """The fields of a sheet in YAML, as they stand there; `what` it is called in messages.

    Raises:
        KeySheetError: see `parse`.
    """
    known = tuple(field.alias or name for name, field in model.model_fields.items())
    try:
        raw = yaml_of(data)
    except Malformed as error:
        raise KeySheetError(f"the {what} cannot be read: {error.what}{error.where}", file=path, hint=hint) from None
    if raw is None:
        return model()
    if not isinstance(raw, dict):
        kind = "a list" if isinstance(raw, list) else "a single value"
        raise KeySheetError(f"the {what} is {kind}, not fields with values", file=path, hint=hint)
    for n, key in enumerate(raw, start=1):
        if key not in known:  # not shown: it can be a name
            raise KeySheetError(f"field {n} is not known{nearest(str(key), known)}", file=path, hint=hint)
    try:
        return model.model_validate(raw)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False, include_context=False)[0]
        place = _place(first["loc"], known)
        raise KeySheetError(f"field '{place}': {first['msg'].lower()}", file=path, hint=hint) from None


def _place(loc: Sequence[int | str], fields: Sequence[str]) -> str:
    """Where an error is, as "people.2.names": fields and numbers only, for a key that was made up can be a name."""
    known = (*fields, *Person.model_fields, "as")
    return ".".join(str(part) if isinstance(part, int) or part in known else "?" for part in loc)


def check_names(rows: Sequence[tuple[str, str]], keep: Iterable[str], path: Path | str, what: str, fewer: str) -> None:
    """Refuse names that would be replaced everywhere, and too many of them.

    Args:
        rows: (field, name).
        keep: words that are not replaced.
        path: the sheet.
        what: how messages call it.
        fewer: what to do about too many.

    Raises:
        KeySheetError: there is one; the message names the field, never the name.
    """
    for field, name in [*rows, *(("keep", name) for name in keep)]:
        letters = re.sub(r"[^\w]", "", name)
        if not letters:
            raise KeySheetError(f"field '{field}' has an empty name", file=path, hint="delete it or fill it in")
        if len(letters) == 1:
            raise KeySheetError(
                f"field '{field}' has a single letter; it would be replaced everywhere",
                file=path,
                hint="write the name out",
            )
        if field != "keep" and name.strip().lower() in COMMON_WORDS:
            raise KeySheetError(
                f"field '{field}' has an everyday word; it would be replaced everywhere",
                file=path,
                hint="write the full name",
            )
    if len(rows) > MAX_NAMES:
        raise KeySheetError(f"the {what} has {len(rows)} names; at most {MAX_NAMES} make sense", file=path, hint=fewer)


def load(path: Path) -> KeySheet:
    """Read a key sheet from a file (see `parse`)."""
    return parse(read_bytes(path, MAX_BYTES), path)


def keep(sheet: KeySheet, path: Path) -> None:
    """Write a sheet where a later run of the stored recording finds it (private; JSON is YAML, so `load` reads it)."""
    text = sheet.model_dump_json(indent=1, by_alias=True, exclude_none=True)
    write_text(path, text + "\n", private=True)


def beside(recording: Path) -> Path | None:
    """The key sheet that lies beside a recording, None where there is none; study.yaml is the whole study's."""
    if recording.stem == STUDY:
        return None
    for suffix in (".yaml", ".yml"):
        candidate = recording.with_suffix(suffix)
        if candidate.is_file():
            return candidate
    return None
