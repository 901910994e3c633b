"""Stage 30: speech to words, events and coverage; then who said each word, in which role."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from pipeline.core import intervals
from pipeline.core.document import Coverage, Document, Event, Note, Word
from pipeline.engines import choose
from pipeline.engines.base import DecodeOptions, Recogniser, SpokenWord
from pipeline.recording.audio import open_sound
from pipeline.redaction.text import lexicon, tables
from pipeline.speech import activity, attribution, language, pauses, prompt_names, recovery, retime, roles
from pipeline.speech.windows import Packing
from pipeline.stages.base import Context, StageResult

if TYPE_CHECKING:
    from pipeline.core.keysheet import KeySheet
    from pipeline.core.settings import Settings, TranscribeSettings

#: Batches wider than this gain nothing on a CPU and cost memory; a GPU wants them wide.
GPU_BATCH = 32
#: Characters of names in the prompt.
NAMES_LENGTH = 200
#: Fewer names that were only heard change how windows are written and help nobody.
ENOUGH_NAMES = 4


class Transcribe:
    """Fills words, events, roles and coverage."""

    name: ClassVar[str] = "transcribe"
    version: ClassVar[str] = "3"

    def __init__(self, recogniser: Recogniser | None = None) -> None:
        self._recogniser = recogniser

    def weights(self, settings: Settings) -> tuple[str, ...]:
        """See Stage."""
        return (f"whisper-{settings.transcribe.model}",)

    def fingerprint(self, settings: Settings, context: Context) -> dict[str, Any]:
        """Settings, those names of the key sheet that set the prompt and tell roles, and the word lists that tell which
        words heard are names for the prompt. Not the device: `ipa emit ID`, which is told none, must not transcribe
        again what ran with --device; nor what is written instead of a name, nor the words to keep."""
        return {
            "settings": settings.transcribe.model_dump(mode="json", exclude={"threads"}),
            "names": names_for_prompt((), context.key_sheet),
            "roles": roles.names_that_tell(context.key_sheet),
            "lists": tables.digest(lexicon.FILES),
        }

    def run(self, document: Document, settings: Settings, context: Context) -> StageResult:
        """Recognise, attribute, assign roles.

        Raises:
            WeightsError, ResourceError, UsageProblem (no CUDA device).
        """
        wanted = settings.transcribe
        document = document.with_(notes=tuple(n for n in document.notes if n.stage != self.name))
        sound = open_sound(context.paths.audio)
        probabilities = activity.voice_probabilities(sound)
        speech = activity.detected(probabilities, document.speech, sound.duration)
        if not speech:
            note = Note(
                code="no-speech", stage=self.name, level="alarm", message="No speech was found in this recording."
            )
            return StageResult(document.with_(words=(), events=(), roles=(), coverage=Coverage()).noting(note))
        recogniser = self._recogniser or self._open(wanted, context)
        search = recovery.Search(
            sound,
            speech,
            probabilities,
            recogniser,
            DecodeOptions(prompt=wanted.prompt, beam_size=wanted.beam_size),
            Packing(),
            wanted.batch_size if recogniser.device == "cpu" else max(wanted.batch_size, GPU_BATCH),
            context.progress.update,
            lambda heard, spoken: names_for_prompt(heard, context.key_sheet, spoken),
        )
        found, sure = language.detect(recogniser, sound, search.windows)
        spoken = found if wanted.language == "auto" else wanted.language
        outcome = search.run(spoken or "en")
        document = self._fill(document, outcome, speech, wanted, context)
        coverage = document.coverage.model_copy(update={"language": spoken, "language_confidence": round(sure, 3)})
        notes = [language.note(found, sure, spoken, self.name), *_about(coverage, document.words)]
        return StageResult(
            document.with_(coverage=coverage).noting(*[note for note in notes if note is not None]),
            engine=f"{recogniser.name} ({recogniser.precision})",
            device=recogniser.device,
            details=coverage.model_dump(mode="json"),
        )

    def _open(self, wanted: TranscribeSettings, context: Context) -> Recogniser:
        device, why = choose.find_device(context.device)
        context.progress.message(f"Recognising speech on the {'GPU' if device == 'cuda' else 'CPU'} ({why}).")
        folder = context.catalogue.path(f"whisper-{wanted.model}")
        return choose.open_for(wanted, device, folder, context.progress.message)

    def _fill(
        self,
        document: Document,
        outcome: recovery.Outcome,
        speech: Sequence[intervals.Interval],
        wanted: TranscribeSettings,
        context: Context,
    ) -> Document:
        """Words with speakers and roles, events, coverage, notes about roles."""
        placed, retimed = retime.to_words(outcome.words, speech)
        words, moved = attribution.attribute(placed, document, context.paths)
        words, assigned, notes = roles.assign(words, document, context.key_sheet, wanted.swap_roles)
        happened: tuple[Event, ...] = pauses.with_roles(pauses.events(words, speech, outcome.unclear), words)
        tally = outcome.tally
        coverage = Coverage(
            speech_s=round(intervals.total(speech), 2),
            windows=tally.windows,
            recovered_windows=tally.recovered_windows,
            recovered_words=tally.recovered_words,
            unclear=len(outcome.unclear),
            unclear_s=round(intervals.total(outcome.unclear), 2),
            dropped_words=tally.dropped_words,
            loops=tally.loops,
            hallucinations=tally.hallucinations,
            retimed_words=retimed,
            moved_words=moved,
        )
        changed = document.with_(words=tuple(words), events=happened, roles=assigned, coverage=coverage)
        return changed.noting(*notes)


def names_for_prompt(heard: Sequence[SpokenWord], sheet: KeySheet | None, language: str = "en") -> list[str]:
    """Names for the prompt: those of the key sheet, then those heard so far, as many as are good for it.

    Names that it has read are spelled as the researcher does, and heard again; but a long prompt costs words at the
    end of a window. Only English is known well enough to tell a name by its capital.
    """
    words = [Word(text=w.text, role="P", confidence=round(min(1.0, max(0.0, w.probability)), 3)) for w in heard]
    given, found = _names_of(sheet), prompt_names.names(words) if language == "en" else []
    wanted = [*given, *found] if len(given) + len(found) >= ENOUGH_NAMES else given
    chosen: dict[str, str] = {}
    for name in wanted:
        if sum(len(n) + 2 for n in chosen) + len(name) <= NAMES_LENGTH:
            chosen.setdefault(name.casefold(), name)
    return list(chosen.values())


def _names_of(sheet: KeySheet | None) -> list[str]:
    if sheet is None:
        return []
    people = [person for person in (sheet.participant, sheet.interviewer, *sheet.people) if person and person.names]
    return [*(person.names[0] for person in people), *sheet.places, *sheet.organisations]


def _about(coverage: Coverage, words: Sequence[Word]) -> list[Note]:
    """What a person should know about how complete the words are."""
    notes = []
    if not words:
        notes.append(_alarm("no-words", "A voice was detected, but no words were recognised."))
    elif coverage.unclear:
        places = "one place" if coverage.unclear == 1 else f"{coverage.unclear} places"
        notes.append(
            Note(
                code="unclear",
                stage=Transcribe.name,
                message=f"Speech could not be recognised at {places} ({coverage.unclear_s:.0f} s); "
                "each is marked (unclear) with its time.",
            )
        )
    return notes


def _alarm(code: str, message: str) -> Note:
    return Note(code=code, message=message, stage=Transcribe.name, level="alarm")
