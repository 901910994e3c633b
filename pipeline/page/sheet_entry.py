"""A name joins the key sheet or the study sheet: in the copy that later runs read, and in the YAML file that the
researcher wrote, whose comments and order stay.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

from pipeline.batch import status
from pipeline.batch.folder import recordings as recordings_in
from pipeline.core import keysheet, studysheet
from pipeline.core.document import Frozen
from pipeline.core.errors import KeySheetError
from pipeline.core.keysheet import KeySheet, Person
from pipeline.core.paths import RecordingPaths, read_bytes, write_text
from pipeline.core.studysheet import StudySheet
from pipeline.page import asked
from pipeline.page.problems import Refused

FIELDS = {
    "key": {"PERSON": "people", "PLACE": "places", "ORG": "organisations"},
    "study": {"PERSON": "staff", "PLACE": "places", "ORG": "teams"},
}


def add_to_sheets(paths: RecordingPaths, folder: Path, wanted: asked.Sheet) -> list[str]:
    """Add an entry.

    Args:
        paths: of the interview.
        folder: where the recordings are, and beside them the sheets.
        wanted: the entry, and which sheet.

    Returns:
        sentences for the reviewer.

    Raises:
        Refused: it is there already. KeySheetError: the sheet would not be valid; nothing was written.
    """
    field = FIELDS[wanted.to][wanted.entry.category]
    label = wanted.entry.replacement.strip().strip("[]").strip() or None
    name = " ".join(wanted.entry.name.split())
    entry: Any = Person(names=(name,), label=label) if wanted.entry.category == "PERSON" else name
    stored = paths.key_sheet if wanted.to == "key" else paths.study_sheet
    written = _file(paths, folder, wanted.to)
    parse: Callable[[bytes, Path], KeySheet | StudySheet]
    parse = keysheet.parse if wanted.to == "key" else studysheet.parse
    texts: list[tuple[Path, str]] = []
    for path in (written, stored):
        if path is not None and path.is_file():
            texts.append((path, _with_entry(path, field, entry, parse)))
    if not any(path == stored for path, _ in texts):
        model = KeySheet if wanted.to == "key" else StudySheet
        sheet = model.model_validate({field: (entry,)})
        text = sheet.model_dump_json(indent=1, by_alias=True, exclude_none=True) + "\n"
        parse(text.encode(), stored)
        texts.append((stored, text))
    for path, text in texts:
        write_text(path, text, private=True)
    if written is None:
        what = "key sheet" if wanted.to == "key" else "study sheet (study.yaml)"
        return [
            f"The name is kept with this interview. No {what} was found in {folder}: put it there, too, "
            "if the recording may be run again."
        ]
    return [f"The name stands in {written}."]


def _file(paths: RecordingPaths, folder: Path, to: str) -> Path | None:
    """The sheet that the researcher wrote, None where it cannot be found."""
    if not folder.is_dir():
        return None
    if to == "study":
        return studysheet.in_folder(folder)
    own = (keysheet.beside(file) for file in recordings_in(folder) if status.name_of(file) == paths.id)
    return next((path for path in own if path is not None), None)


def _with_entry(path: Path, field: str, entry: Any, parse: Callable[[bytes, Path], Any]) -> str:
    """The text of a sheet with an entry more; the sheet that it gives is checked to be the old one and the entry."""
    data = read_bytes(path, keysheet.MAX_BYTES)
    old = parse(data, path)
    if entry in getattr(old, field) or _names(entry) & {n for e in getattr(old, field) for n in _names(e)}:
        raise Refused(409, "there", "This name stands on the sheet already.")
    wanted = old.model_copy(update={field: (*getattr(old, field), entry)})
    if path.suffix == ".json":
        text = str(wanted.model_dump_json(indent=1, by_alias=True, exclude_none=True)) + "\n"
        parse(text.encode(), path)
        return text
    text = _inserted(data.decode("utf-8-sig"), field, entry)
    if parse(text.encode(), path) != wanted:
        raise KeySheetError(
            "the entry cannot be added to it without changing what else stands there",
            file=path,
            hint=f"add the name under '{field}' by hand",
        )
    return text


def _names(entry: Any) -> set[str]:
    names = entry.names if isinstance(entry, Person) else (entry,)
    return {" ".join(str(name).casefold().split()) for name in names}


def _inserted(text: str, field: str, entry: Any) -> str:
    """YAML with one more item under a field: in its list, whether in brackets or with dashes, or as a new field."""
    item = yaml.safe_dump(_plain(entry), default_flow_style=True, allow_unicode=True, width=10_000)
    item = item.removesuffix("...\n").strip()
    brackets = re.search(rf"^{field}:[ \t]*\[([^\]\n]*)\]", text, re.MULTILINE)
    if brackets:
        comma = ", " if brackets[1].strip() else ""
        return f"{text[: brackets.end(1)].rstrip()}{comma}{item}{text[brackets.end(1) :]}"
    lines = text.splitlines()
    start = next((n for n, line in enumerate(lines) if re.match(rf"{field}:[ \t]*(#.*)?$", line)), None)
    if start is None:
        return "\n".join([*lines, f"{field}:", f"  - {item}", ""])
    last, indent = start, "  "
    for n, line in enumerate(lines[start + 1 :], start + 1):
        if line.strip() and not line.startswith((" ", "\t", "-", "#")):
            break
        if line.strip() and not line.lstrip().startswith("#"):
            dash = re.match(r"([ \t]*)- ", line) if last == start else None
            last, indent = n, dash[1] if dash else indent
    return "\n".join([*lines[: last + 1], f"{indent}- {item}", *lines[last + 1 :], ""])


def _plain(entry: Any) -> Any:
    if isinstance(entry, Frozen):
        fields = entry.model_dump(by_alias=True, exclude_none=True)
        return {key: list(value) if isinstance(value, tuple) else value for key, value in fields.items()}
    return entry
