"""redactions.csv, filled in by hand in a spreadsheet, as edits.

A person may change the columns decision, category and replacement, and name themselves in reviewer and timestamp. The
other columns say which span a row is about: a row that fits no span is refused, and so is the file.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, get_args

from pydantic import ValidationError

from pipeline.core.document import Category, Document, Redaction
from pipeline.core.errors import BadInputError, nearest
from pipeline.review.anchors import anchor
from pipeline.review.edits import Accept, Change, Decide, Edit, EntityAnchor, Redact, Reject, now

DECISIONS = ("auto", "open", "accepted", "edited", "rejected")
NEEDED = ("span_id", "category", "replacement", "decision")
SAME_S = 1.0
"""Seconds that the time of a row may differ from its span's: spreadsheets round."""


def edits_from_log(rows: Sequence[Mapping[str, str]], document: Document, ids: Sequence[str] = ()) -> list[Edit]:
    """What the rows say that the document does not, as edits.

    Args:
        rows: of redactions.csv, by the names of its columns; the header is row 1.
        document: as it is now, with its edits applied.
        ids: identities of its words (`Applied.ids`).

    Raises:
        BadInputError: a column is missing, a row fits no span, or a value is none that a row can have. The message
            names row and column, never a value that could be a name.
    """
    spans = {span.id: span for span in document.redactions}
    edits: list[Edit] = []
    for number, raw in enumerate(rows, start=2):
        row = {str(k).strip().lower(): _cell(v) for k, v in raw.items() if k}
        missing = [name for name in NEEDED if name not in row]
        if missing:
            raise BadInputError(
                f"the column '{missing[0]}' is missing", hint="export the transcript again, and keep its columns"
            )
        if not any(row.values()):
            continue  # an empty line at the end of a sheet
        span = spans.get(row["span_id"])
        if span is None or not _same_time(row, span, document):
            raise _wrong(number, "fits no redaction of this transcript; was it changed since the file was written?")
        try:
            edits += _edits(row, span, document, ids, number)
        except ValidationError:
            raise _wrong(number, "has a replacement, reviewer or time that cannot be; write [friend 2], JL") from None
    return edits


def _wrong(number: int, what: str) -> BadInputError:
    return BadInputError(
        f"row {number} {what}", hint="mend this row, or export the transcript again; nothing was applied"
    )


def _cell(value: Any) -> str:
    """A cell without the quote that guards it against being a formula."""
    text = str(value if value is not None else "").strip()
    return text[1:] if re.match(r"'[=+\-@]", text) else text


def _same_time(row: Mapping[str, str], span: Redaction, document: Document) -> bool:
    start = document.words[span.first].start
    said = row.get("t_start", "")
    if start is None or not said:
        return True
    try:
        return abs(float(said.replace(",", ".")) - start) <= SAME_S
    except ValueError:
        return False


def _edits(row: Mapping[str, str], span: Redaction, document: Document, ids: Sequence[str], number: int) -> list[Edit]:
    decision, category, text = row["decision"].lower() or "auto", row["category"].upper(), row["replacement"]
    if decision not in DECISIONS:
        raise _wrong(number, f"has a decision that is none of {', '.join(DECISIONS)}{nearest(decision, DECISIONS)}")
    if category not in get_args(Category):
        raise _wrong(number, f"has a category that is none of {', '.join(get_args(Category))}")
    common = {
        "at": anchor(document.words, span.first, span.last, ids),
        "who": row.get("reviewer", ""),
        "when": _when(row.get("timestamp", "")),
        "via": "sheet",
    }
    text = f"[{text.strip('[]')}]" if text else ""
    changes = {
        **({"category": category} if category != span.category else {}),
        **({"replacement": text} if text and text != span.replacement else {}),
    }
    if decision == "rejected":
        if span.action == "keep":
            return []
        return [Decide(decision="keep", **common) if span.action == "flag" else Reject(**common)]
    if span.action == "flag" and (decision in ("accepted", "edited") or text):
        return [Decide(decision="replace", replacement=text or None, **common)]
    if span.action == "keep":
        return [] if decision in ("auto", "open") else [_hide_again(span, changes, common)]
    if changes:
        return [Change(**changes, **common)]
    return [Accept(**common)] if decision == "accepted" and span.decision != "accepted" else []


def _hide_again(span: Redaction, changes: Mapping[str, Any], common: Mapping[str, Any]) -> Edit:
    fields = {"category": span.category, "replacement": span.replacement, **changes}
    entity = EntityAnchor(id=span.entity) if span.entity and not changes else None
    return Redact(entity=entity, **fields, **common)


def _when(text: str) -> str:
    """The time of a row if it is one with a zone, else now: spreadsheets write times their own way."""
    try:
        return text if datetime.fromisoformat(text).tzinfo is not None else now()
    except ValueError:
        return now()
