"""Stage 40: find what identifies, decide once per entity, say what replaces it.

Recognisers find mentions (patterns, key sheet, trained name model with spaCy's evidence); `entities` joins the
mentions of one entity; `replacements` chooses what is shown instead; `quasi_identifiers` lists what a person should
decide on; `residue` hides mentions that were missed. `numbering` gives
who was there before the name that they had. Text is never edited: the stage fills `redactions` and `entities`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from pipeline.core.document import Action, Category, Document, Entity, Note, Redaction
from pipeline.core.keysheet import KeySheet
from pipeline.core.settings import RedactSettings, Settings, sha256_of
from pipeline.redaction import coreference, quasi_identifiers, replacements, residue
from pipeline.redaction.entities import Cluster, cluster
from pipeline.redaction.names.gazetteer import NamedPlaces
from pipeline.redaction.names.keysheet import KeySheetNames, known
from pipeline.redaction.names.organisations import Acronyms, NamedOrganisations
from pipeline.redaction.names.pets import PetNames
from pipeline.redaction.names.spacy_tags import SpacyTagger, Tagger
from pipeline.redaction.names.tagger import ProperNouns
from pipeline.redaction.names.titles_and_spelling import SpelledNames, TitledNames
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
    version: ClassVar[str] = "4"

    def __init__(self, tagger: Tagger | None = None) -> None:
        self._tagger = tagger

    def weights(self, settings: Settings) -> tuple[str, ...]:
        """See Stage."""
        return (settings.redact.spacy_model,)

    def fingerprint(self, settings: Settings, context: Context) -> dict[str, Any]:
        """Settings, spaCy's weights, the word lists, the key sheet, replacements of earlier interviews."""
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
        tagger = self._tagger or SpacyTagger(context.catalogue.path(settings.redact.spacy_model))
        context.progress.update(0.3)
        transcript = Analysis.of(document)
        from_asr = document.source == "recording"
        found = find(transcript, tagger, context.key_sheet, from_asr=from_asr)
        context.progress.update(0.8)
        result = decide(document, transcript, found, settings.redact, context.key_sheet, context.earlier)
        result = numbering.settle(result, context.named, _asked_for(context))
        result = hide_residue(result, context.key_sheet)
        return StageResult(result, engine="patterns + key sheet + name model + spaCy", details=_counts(result))


def _asked_for(context: Context) -> set[str]:
    """Labels of the key sheet, and replacements of an earlier interview of the same person."""
    from_sheet = {k.label for k in known(context.key_sheet) if k.label} if context.key_sheet else set()
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


def find(transcript: Analysis, tagger: Tagger, sheet: KeySheet | None, *, from_asr: bool) -> list[Candidate]:
    """Every mention that identifies, without overlaps, in spoken order."""
    from pipeline.redaction.patterns import registry

    sheet = sheet or KeySheet()
    model = ProperNouns()
    survey = model.survey(transcript, tagger.tag(transcript), from_asr=from_asr)
    named = [*KeySheetNames(sheet).find(survey, from_asr=from_asr), *model.find(survey)]
    for recogniser in (TitledNames(), SpelledNames(), PetNames(), Acronyms()):
        named += recogniser.find(transcript)
    named += NamedOrganisations().find(transcript, from_asr=from_asr)
    named += NamedPlaces().find(transcript, from_asr=from_asr)
    named = coreference.widen(survey, coreference.merge_names(transcript, named), from_asr)
    named = coreference.merge_names(transcript, named)
    both = coreference.combine(transcript, named, registry.find(transcript, from_asr=from_asr))
    both = coreference.without_kept(transcript, both, sheet.keep)
    both = coreference.spread(transcript, survey, both, from_asr)
    return coreference.without_kept(transcript, both, sheet.keep)


def decide(
    document: Document,
    transcript: Analysis,
    found: Sequence[Candidate],
    settings: RedactSettings,
    sheet: KeySheet | None,
    earlier: Mapping[str, str],
) -> Document:
    """The document with its entities and redactions, and notes on what to look at."""
    clusters = cluster(transcript, found, from_asr=document.source == "recording")
    labels = {k.ref: k.label for k in known(sheet)} if sheet else {}
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
    spans += [s.model_copy(update={"action": fate}) for s in quasi_identifiers.find(transcript, taken)]
    spans.sort(key=lambda s: (s.first, s.last))
    spans = [s.model_copy(update={"id": f"R{n + 1}"}) for n, s in enumerate(spans)]
    result = document.with_(redactions=tuple(spans), entities=tuple(entities))
    return result.noting(*_notes(spans))


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


def _notes(spans: Sequence[Redaction]) -> list[Note]:
    flagged = sum(1 for s in spans if s.action == "flag")
    if not flagged:
        return []
    text = f"{flagged} passages may identify somebody indirectly: decide on each in the review"
    return [Note(code="flags", message=text, stage=Redact.name, level="info")]


def _counts(document: Document) -> dict[str, Any]:
    counts: dict[str, int] = {}
    for span in document.applied():
        counts[span.category] = counts.get(span.category, 0) + 1
    return {"replaced": dict(sorted(counts.items())), "entities": len(document.entities)}
