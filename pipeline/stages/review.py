"""Stage 45: what a person decided about the redactions, and whether the transcript was signed.

After it, as after the redact stage, no visible word repeats what is hidden, but for words that the reviewer said are
to be read. The stage is left out where there are no edits.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Set
from typing import Any, ClassVar

from pipeline.core.document import Document, Note, Redaction
from pipeline.core.keysheet import KeySheet
from pipeline.core.settings import Settings
from pipeline.review.apply import Applied, apply
from pipeline.review.edits import digest, in_force
from pipeline.stages.base import Context, StageResult
from pipeline.stages.redact import hide_residue


class Review:
    """See Stage. Changes redactions and entities."""

    name: ClassVar[str] = "review"
    version: ClassVar[str] = "1"

    def weights(self, settings: Settings) -> tuple[str, ...]:
        """None."""
        return ()

    def fingerprint(self, settings: Settings, context: Context) -> dict[str, Any]:
        """All edits that are in force."""
        return {"edits": digest(in_force(context.edits))}

    def run(self, document: Document, settings: Settings, context: Context) -> StageResult:
        """Apply them, and say which no longer fit."""
        document = document.with_(notes=tuple(n for n in document.notes if n.stage != self.name))
        result = apply(document, context.edits)
        reviewed = hidden_again(result.document, result.shown, context.key_sheet)
        return StageResult(reviewed.noting(*_notes(result)), details=_details(result, context))


def hidden_again(document: Document, shown: Set[int], sheet: KeySheet | None) -> Document:
    """The document with every other mention of what is hidden now hidden, too, but for the words `shown`, which a
    person wants readable. No span about which a person decided is lost."""
    decided = {span.id: span for span in document.redactions if span.decision}
    known = [(s.first, s.last, s.category, s.entity, s.action, s.method) for s in document.redactions]
    names = {key: span.id for key, span in zip(known, document.redactions, strict=True)}
    spans: list[Redaction] = []
    new = 0
    swept = hide_residue(document, sheet)
    for span in swept.redactions:
        key = (span.first, span.last, span.category, span.entity, span.action, span.method)
        if key in names:
            spans.append(span.model_copy(update={"id": names[key]}))
        elif not shown & set(range(span.first, span.last + 1)):
            new += 1
            spans.append(span.model_copy(update={"id": f"S{new}", "decision": "", "reviewer": "", "decided": ""}))
    kept = {span.id for span in spans}
    spans += [span for identity, span in decided.items() if identity not in kept]
    used = {span.entity for span in spans}
    entities = {e.id: e for e in (*document.entities, *swept.entities) if e.id in used}
    ordered = sorted(spans, key=lambda s: (s.first, s.last))
    return document.with_(redactions=tuple(ordered), entities=tuple(entities.values()))


def _notes(result: Applied) -> list[Note]:
    count = len(result.unfitting)
    if not count:
        return []
    which = "one of the reviewer's changes fits" if count == 1 else f"{count} of the reviewer's changes fit"
    text = f"{which} the transcript no longer, and was left out; make it again in the review, or undo it"
    return [Note(code="unfitting", stage=Review.name, message=text)]


def _details(result: Applied, context: Context) -> dict[str, Any]:
    edits = in_force(context.edits)
    kinds = Counter(edit.kind for edit in edits)
    details: dict[str, Any] = {
        "edits": dict(sorted(kinds.items())),
        "edits_sha256": digest(edits),
        "unfitting": len(result.unfitting),
    }
    if result.signed is not None:
        details["signed"] = {"who": result.signed.who, "when": result.signed.when, "heard": result.signed.heard}
    return details
