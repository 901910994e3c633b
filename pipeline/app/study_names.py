"""`ipa study names`: what was found in which interviews, and entries that the study sheet might have.

It shows names: for the researcher's screen, never for share/.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from pipeline.app import snapshots
from pipeline.core.document import Category, Document
from pipeline.core.paths import RecordingPaths, is_id
from pipeline.core.studysheet import StudySheet
from pipeline.redaction.text.forms import NAMED, form_of

FIELDS = {"PERSON": "staff", "ORG": "teams", "PLACE": "places"}
VAGUE = frozenset({"person", "place", "organisation"})


@dataclass
class Found:
    """A name, its spellings, and what stands for it in which interview. `listed` is its place in the study sheet."""

    category: Category
    forms: list[str] = field(default_factory=list)
    replacements: dict[str, str] = field(default_factory=dict)
    mentions: int = 0
    listed: str = ""


def interviews_of(outputs: Path) -> list[RecordingPaths]:
    """Every stored interview, also what is left of one whose working files were purged."""
    folders = {path.parent for kind in ("work", "share") for path in outputs.glob(f"*/{kind}")}
    return [RecordingPaths(outputs, name) for name in sorted(f.name for f in folders) if is_id(name)]


def collect(outputs: Path, study: StudySheet | None) -> list[Found]:
    """Every name that was found in any redacted interview, those of most interviews first.

    Raises:
        BadInputError: a snapshot cannot be opened.
    """
    rows: dict[tuple[Category, str], Found] = {}
    for paths in interviews_of(outputs):
        document = snapshots.load(paths, "redact")
        if document is not None:
            _add(rows, document)
    for row in study.named() if study else ():
        forms = {form_of(name) for name in row.names}
        parts = {part for form in forms for part in form.split()} if row.category == "PERSON" else set()
        for form in sorted(forms | parts):
            found = rows.get((row.category, form))
            if found is not None and not found.listed:
                found.listed = row.place
    distinct = {id(found): found for found in rows.values()}.values()
    return sorted(distinct, key=lambda f: (-len(f.replacements), -f.mentions, f.category, f.forms[0].casefold()))


def _add(rows: dict[tuple[Category, str], Found], document: Document) -> None:
    """The named entities of one interview; a name is the same row where a whole form is the same."""
    spans = Counter(span.entity for span in document.applied())
    for entity in document.entities:
        if entity.category not in NAMED or not spans[entity.id]:
            continue
        forms = list(dict.fromkeys(form for form in map(form_of, entity.forms) if form))
        keys = [(entity.category, form) for form in forms]
        found = next((rows[k] for k in keys if k in rows), None) or Found(entity.category)
        for key, form in zip(keys, entity.forms, strict=False):
            rows.setdefault(key, found)
            if form_of(form) not in map(form_of, found.forms):
                found.forms.append(form)
        if found.forms:
            found.replacements[document.id] = entity.replacement
            found.mentions += spans[entity.id]


def proposals(found: Sequence[Found], taken: Collection[str] = ()) -> str:
    """Entries for the study sheet, as YAML with a comment each: names of two or more interviews that it lacks.

    Args:
        found: see `collect`.
        taken: folded forms that are not proposed (words to keep).
    """
    blocks: dict[str, list[str]] = {name: [] for name in FIELDS.values()}
    for row in found:
        if row.listed or len(row.replacements) < 2 or any(form_of(form) in taken for form in row.forms):
            continue
        where = ", ".join(f"{i} {text}" for i, text in row.replacements.items())
        words = {_bare(text) for text in row.replacements.values()}
        differ = "; one person, or several?" if row.category == "PERSON" and len(words) > 1 else ""
        label = next(iter(words)) if len(words) == 1 and not words & VAGUE else None
        blocks[FIELDS[row.category]].append(f"  - {_item(row, label)}  # {where}{differ}")
    return "\n".join(f"{name}:\n" + "\n".join(lines) for name, lines in blocks.items() if lines)


def _bare(replacement: str) -> str:
    """ "[friend 2]" -> "friend"."""
    return re.sub(r" \d+$", "", replacement.strip("[]"))


def _item(row: Found, label: str | None) -> str:
    value: object = (
        row.forms[0] if row.category != "PERSON" else {"names": row.forms, **({"as": label} if label else {})}
    )
    text = yaml.safe_dump(value, default_flow_style=True, allow_unicode=True, width=10_000)
    return text.removesuffix("...\n").strip()
