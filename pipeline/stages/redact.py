"""Stage 40: find what identifies, decide once per entity, say what replaces it.

`finding` gathers mentions (the trained reader, formats, the key sheet); `entities` joins those of one entity;
`replacements` chooses what is shown instead; `residue` hides mentions that were missed. What may identify somebody
indirectly is flagged for a person to decide; `numbering` gives who was there before the name that they had. Text is
never edited: the stage fills `redactions` and `entities`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from pipeline.core.document import Action, Category, Document, Entity, Note, Redaction
from pipeline.core.keysheet import KeySheet
from pipeline.core.settings import RedactSettings, Settings, sha256_of
from pipeline.redaction import finding, keysheet, quasi_identifiers, replacements, residue
from pipeline.redaction.entities import Cluster, cluster
from pipeline.redaction.reader.model import WEIGHTS, Model
from pipeline.redaction.text import forms, phonetics, tables
from pipeline.redaction.text.analysis import Analysis
from pipeline.redaction.text.lexicon import distinctive, lexicon
from pipeline.redaction.text.spans import Candidate
from pipeline.review import numbering
from pipeline.stages.base import Context, StageResult

DEFAULT_ACTIONS: dict[Category, Action] = {"QUASI": "flag"}


class Redact:
    """Fills `redactions` and `entities`."""

    name: ClassVar[str] = "redact"
    version: ClassVar[str] = "8"

    def __init__(self, model: Model | None = None) -> None:
        self._model = model

    def weights(self, settings: Settings) -> tuple[str, ...]:
        """See Stage."""
        return (WEIGHTS,)

    def fingerprint(self, settings: Settings, context: Context) -> dict[str, Any]:
        """Settings, the word lists and thresholds, the key sheet, replacements of earlier interviews."""
        return {
            "settings": settings.redact.model_dump(mode="json"),
            "tables": tables.digest(),
            "key_sheet": sha256_of(context.key_sheet) if context.key_sheet else None,
            "earlier": sha256_of(dict(context.earlier)),
        }

    def run(self, document: Document, settings: Settings, context: Context) -> StageResult:
        """Raises: WeightsError, SettingsError (damaged tables)."""
        document = document.with_(
            redactions=(), entities=(), notes=tuple(n for n in document.notes if n.stage != self.name)
        )
        if not document.words:
            return StageResult(document)
        model = self._model or Model.open(context.catalogue.network(WEIGHTS))
        context.progress.update(0.3)
        transcript = Analysis.of(document)
        found = finding.find(transcript, model, context.key_sheet, from_asr=document.source == "recording")
        context.progress.update(0.8)
        result = decide(document, transcript, found, settings.redact, context.key_sheet, context.earlier)
        result = numbering.settle(result, context.named, _asked_for(context))
        result = hide_residue(result, context.key_sheet)
        return StageResult(result, engine="reader + number formats + key sheet", details=_counts(result))


def _asked_for(context: Context) -> set[str]:
    """Labels of the key sheet, and replacements of an earlier interview of the same person."""
    from_sheet = {k.label for k in keysheet.known(context.key_sheet) if k.label} if context.key_sheet else set()
    return from_sheet | set(context.earlier.values())


def hide_residue(document: Document, sheet: KeySheet | None) -> Document:
    """Hide what still says something that is replaced elsewhere (see `residue`)."""
    vocabulary = residue.Vocabulary(
        everyday=lambda word: not distinctive(word),
        alike=phonetics.same_to_the_ear,
        keep=frozenset(forms.plain(t) for phrase in (sheet.keep if sheet else ()) for t in forms.tokens(phrase)),
        capital=lambda word: word in lexicon().capitals,
    )
    return residue.hide(document, vocabulary)


def decide(
    document: Document,
    transcript: Analysis,
    found: finding.Found,
    settings: RedactSettings,
    sheet: KeySheet | None,
    earlier: Mapping[str, str],
) -> Document:
    """The document with its entities and redactions, and notes on what to look at."""
    clusters = cluster(transcript, found.mentions, from_asr=document.source == "recording")
    labels = {k.ref: k.label for k in keysheet.known(sheet)} if sheet else {}
    earlier = settled(clusters, sheet, earlier)
    chosen = replacements.choose(transcript, clusters, sheet_labels=labels, earlier=earlier, style=settings.style)
    entities: list[Entity] = []
    spans: list[Redaction] = []
    for number, (group, label) in enumerate((c.cluster, c.label) for c in chosen):
        entity = f"E{number + 1}"
        text = replacements.with_brackets(label)
        source = "key sheet" if group.refs else group.mentions[0].method
        entities.append(
            Entity(id=entity, category=group.category, forms=tuple(group.forms), replacement=text, source=source)
        )
        spans += [_redaction(m, group, entity, text, settings) for m in group.mentions]
    fate = settings.actions.get("QUASI", DEFAULT_ACTIONS["QUASI"])
    taken = {n for s in spans for n in range(s.first, s.last + 1)}
    spans += [s.model_copy(update={"action": fate}) for s in quasi_identifiers.find(transcript, found.indirect, taken)]
    spans.sort(key=lambda s: (s.first, s.last))
    spans = [s.model_copy(update={"id": f"R{n + 1}"}) for n, s in enumerate(spans)]
    result = document.with_(redactions=tuple(spans), entities=tuple(entities))
    return result.noting(*_notes(spans, found.style))


def settled(clusters: Sequence[Cluster], sheet: KeySheet | None, earlier: Mapping[str, str]) -> dict[str, str]:
    """`earlier` with every form, misheard or shortened, of those on the key sheet who have a replacement already: it
    stays the same in all interviews of a study. "Dr Okafor" is whoever alone on the sheet is called Okafor."""
    entries = keysheet.known(sheet) if sheet else []
    given = {e.ref: [earlier[f] for f in map(forms.form_of, e.names) if f in earlier] for e in entries}
    bearers: dict[str, set[str]] = {}
    for entry in entries:
        for part in {part for name in entry.names for part in forms.form_of(name).split()}:
            if entry.category == "PERSON":
                bearers.setdefault(part, set()).add(entry.ref)
    every: dict[str, str] = {}
    for group in clusters:
        spoken = [forms.form_of(form) for form in group.forms]
        named = [bearers.get(form, set()) for form in spoken] if group.category == "PERSON" else []
        refs = group.refs or {ref for owners in named if len(owners) == 1 for ref in owners}
        replacements_given = {text for ref in refs for text in given.get(ref, [])[:1]}
        if len(replacements_given) == 1:
            every.update(dict.fromkeys(spoken, replacements_given.pop()))
    return {**earlier, **every}


def _redaction(mention: Candidate, group: Cluster, entity: str, text: str, settings: RedactSettings) -> Redaction:
    action = settings.actions.get(mention.category, DEFAULT_ACTIONS.get(mention.category, "replace"))
    return Redaction(
        id="R0",
        category=mention.category,
        entity=entity,
        first=mention.first,
        last=mention.last,
        replacement=text,
        lead=mention.lead,
        tail=mention.tail,
        action=action,
        method=mention.method,
        confidence=round(min(1.0, max(0.0, mention.score)), 3),
        suggestion=text if action == "flag" else "",
    )


def _notes(spans: Sequence[Redaction], style: str) -> list[Note]:
    notes = []
    if flagged := sum(1 for s in spans if s.action == "flag"):
        text = f"{flagged} passages may identify somebody indirectly: decide on each in the review"
        notes.append(Note(code="flags", message=text, stage=Redact.name, level="info"))
    if style == "uncased":
        text = "the text has no capitals to tell names by, so more are missed: read it for names before you share it"
        notes.append(Note(code="no-capitals", message=text, stage=Redact.name))
    return notes


def _counts(document: Document) -> dict[str, Any]:
    counts: dict[str, int] = {}
    for span in document.applied():
        counts[span.category] = counts.get(span.category, 0) + 1
    return {"replaced": dict(sorted(counts.items())), "entities": len(document.entities)}
