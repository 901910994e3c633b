"""The one document type that passes through the stages.

A stage takes a `Document` and returns a changed copy; it fills its own fields, never another's:

    ingest      recording
    diarise     turns, speech, voices
    transcribe  words, events, roles, coverage
    correct     words, events, roles, turns as a person corrected them; `unreviewed` keeps what they were
    redact      redactions, entities
    review      redactions, entities as a person decided on them

Text is never edited in place. Redaction adds spans over words, and a reviewer's corrections are a
list of edits that is replayed (`pipeline/review/`), so running a stage again loses nothing.

All times are seconds from the start of the recording, intervals are half-open `[start, end)`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, TypeAdapter, ValidationInfo

SCHEMA_VERSION = 1

Category = Literal[
    "PERSON",
    "PLACE",
    "ORG",
    "DATE",
    "AGE",
    "PHONE",
    "EMAIL",
    "HANDLE",
    "POSTCODE",
    "ADDRESS",
    "NHS_NUMBER",
    "NI_NUMBER",
    "OTHER_ID",
    "VEHICLE",
    "QUASI",
]
"""Contract C5. Every category but QUASI is a direct identifier."""

Action = Literal["replace", "flag", "keep"]
Decision = Literal["", "accepted", "edited", "rejected"]
EventKind = Literal["unclear", "pause", "nonverbal", "note"]
WordFlag = Literal["recovered", "uncertain", "backchannel", "overlap", "retimed", "moved", "opens_turn"]


class Frozen(BaseModel):
    """Immutable, strict about unknown fields."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Quality(Frozen):
    """What the sound is like.

    Levels are dBFS; `clipped` and `speech_share` are shares 0..1 of samples and of duration;
    `snr_db` is speech level minus noise floor, None where there is no speech or no pause.
    `remarks` are plain sentences for the report ("Telephone bandwidth: nothing above 3.6 kHz").
    """

    peak_dbfs: float
    loudness_dbfs: float
    noise_floor_dbfs: float
    snr_db: float | None
    clipped: float
    speech_share: float
    bandwidth_hz: float | None = None
    remarks: tuple[str, ...] = ()


class Recording(Frozen):
    """The recording as probed. No file name: a name can identify, so only the hash is kept.

    `two_microphones` says that the two channels hold one microphone each; then the decoded copy
    keeps both (channel 0, channel 1), otherwise it is mono.
    """

    sha256: str
    container: str
    codec: str
    sample_rate: int
    channels: int
    bits: int | None
    duration: float
    two_microphones: bool = False
    quality: Quality | None = None


class Turn(Frozen):
    """An interval in which one speaker talks, as the diariser found it. Turns of different speakers may overlap."""

    start: float
    end: float
    speaker: str
    confidence: float | None = None


class Voice(Frozen):
    """A speaker's mean voice embedding (unit length) and how much speech it rests on (seconds)."""

    speaker: str
    centroid: tuple[float, ...]
    seconds: float


class SpeakerRole(Frozen):
    """Which role a diarised speaker has: I, I2, ... (interviewers), P, P2, ... (participants)."""

    speaker: str
    role: str
    confidence: float


class Word(Frozen):
    """One word as recognised, punctuation attached, no surrounding space.

    Times are None in a transcript typed by hand. `confidence` is the engine's probability 0..1.
    `sentence_end` is not stored: punctuation says it.
    """

    text: str
    start: float | None = None
    end: float | None = None
    confidence: float | None = None
    speaker: str | None = None
    role: str | None = None
    flags: tuple[WordFlag, ...] = ()

    def has(self, flag: WordFlag) -> bool:
        """True if the word carries `flag`."""
        return flag in self.flags


def _shared(word: Word, info: ValidationInfo) -> Word:
    """An equal word that was read before, if there is one: a typed transcript has no times and repeats a few thousand
    forms. The validation context holds those that were read."""
    if info.context is None or word.start is not None:
        return word
    equal: Word = info.context.setdefault(word, word)
    return equal


_WORDS = TypeAdapter(tuple[Word, ...])
_WORDS_A_PIECE = 10_000


class Event(Frozen):
    """Something in the recording that is not a word: unrecognised speech, a measured pause,
    laughter. `before_word` is the index into `Document.words` of the word it precedes (len(words) at
    the end). `role` is None where nobody in particular made it. `text` is what a non-verbal or a
    note says ("laughs"), empty for pauses and unclear speech."""

    kind: EventKind
    before_word: int
    start: float | None = None
    end: float | None = None
    role: str | None = None
    text: str = ""


class Entity(Frozen):
    """Someone or something that is named, with every form in which it occurs. Private."""

    id: str
    category: Category
    forms: tuple[str, ...]
    replacement: str
    source: str = ""


class Redaction(Frozen):
    """A span of words `[first, last]` (indices into `Document.words`, both inclusive) and what happens to it.

    Shown in place of the span: `lead + replacement + tail`; lead and tail are what stays visible of the
    first word before and the last word after the identifier (quotes, commas, a possessive 's).
    `action` "flag" leaves the words readable and lists the span for a person to decide; `suggestion`
    says what one might write instead. `method` names the recogniser, `confidence` is 0..1. `decision` is what a
    person said about it ("" for nobody yet), `reviewer` who (initials), `decided` when (ISO 8601).
    """

    id: str
    category: Category
    entity: str
    first: int = Field(ge=0)
    last: int = Field(ge=0)
    replacement: str
    lead: str = ""
    tail: str = ""
    action: Action = "replace"
    method: str = ""
    confidence: float = 1.0
    suggestion: str = ""
    decision: Decision = ""
    reviewer: str = ""
    decided: str = ""


class Note(Frozen):
    """Something a person should look at. Never holds transcript text. `stage` says who wrote it."""

    code: str
    message: str
    stage: str
    level: Literal["info", "warning", "alarm"] = "warning"
    start: float | None = None
    end: float | None = None


class Coverage(Frozen):
    """What became of the detected speech: counts and seconds, all for the manifest."""

    speech_s: float = 0.0
    windows: int = 0
    recovered_windows: int = 0
    recovered_words: int = 0
    unclear: int = 0
    unclear_s: float = 0.0
    dropped_words: int = 0
    loops: int = 0
    hallucinations: int = 0
    retimed_words: int = 0
    moved_words: int = 0
    language: str = ""
    language_confidence: float | None = None


class StageRecord(Frozen):
    """Proof of one stage's run. `key` hashes everything that could change its result; a stage is
    skipped when the stored key still matches."""

    stage: str
    key: str
    engine: str = ""
    weights: dict[str, str] = Field(default_factory=dict)
    settings_sha256: str = ""
    version: str = ""
    device: str = ""
    seconds: float = 0.0
    network: str = ""  # what blocked connections during the run, see offline.state; empty in older snapshots
    details: dict[str, Any] = Field(default_factory=dict)


class Unreviewed(Frozen):
    """What an interview was before a person changed it, so that edits can be applied anew at any time. Private.

    `ids` are the identities of the words over which `redactions` lie (see `pipeline/review/replay.py`); `redactions`
    and `entities` are None until a redact stage has run on those words.
    """

    words: tuple[Word, ...]
    events: tuple[Event, ...]
    roles: tuple[SpeakerRole, ...]
    turns: tuple[Turn, ...]
    ids: tuple[str, ...]
    redactions: tuple[Redaction, ...] | None = None
    entities: tuple[Entity, ...] | None = None


class Document(Frozen):
    """One interview on its way from sound to transcript."""

    schema_version: int = SCHEMA_VERSION
    id: str
    source: Literal["recording", "typed"] = "recording"
    recording: Recording | None = None
    turns: tuple[Turn, ...] = ()
    speech: tuple[tuple[float, float], ...] = ()
    voices: tuple[Voice, ...] = ()
    words: tuple[Annotated[Word, AfterValidator(_shared)], ...] = ()
    events: tuple[Event, ...] = ()
    roles: tuple[SpeakerRole, ...] = ()
    coverage: Coverage = Coverage()
    redactions: tuple[Redaction, ...] = ()
    entities: tuple[Entity, ...] = ()
    unreviewed: Unreviewed | None = None
    notes: tuple[Note, ...] = ()
    records: tuple[StageRecord, ...] = ()

    @classmethod
    def read(cls, data: bytes) -> Document:
        """A document from JSON; equal words without times become one object, before all are in memory.

        Raises:
            ValidationError: it is none.
        """
        return cls.model_validate_json(data, context={})

    def json_pieces(self) -> Iterator[bytes]:
        """What `model_dump_json` gives, some thousand words at a time: the whole takes twice its size in memory."""
        before, after = self.with_(words=()).model_dump_json().split('"words":[]', 1)
        yield f'{before}"words":['.encode()
        for first in range(0, len(self.words), _WORDS_A_PIECE):
            yield b"," if first else b""
            yield _WORDS.dump_json(self.words[first : first + _WORDS_A_PIECE])[1:-1]
        yield f"]{after}".encode()

    @property
    def duration(self) -> float | None:
        """Length of the recording in seconds, None for a typed transcript."""
        return self.recording.duration if self.recording else None

    def with_(self, **changes: Any) -> Document:
        """A changed copy."""
        return self.model_copy(update=changes)

    def noting(self, *notes: Note) -> Document:
        """A copy with `notes` added."""
        return self.with_(notes=(*self.notes, *notes))

    def record_of(self, stage: str) -> StageRecord | None:
        """The record of `stage`, None where it has not run."""
        return next((r for r in self.records if r.stage == stage), None)

    def hidden_words(self) -> set[int]:
        """Indices of the words that a replacement hides."""
        return {n for r in self.redactions if r.action == "replace" for n in range(r.first, r.last + 1)}

    def applied(self) -> Sequence[Redaction]:
        """Redactions that replace text, in spoken order."""
        return sorted((r for r in self.redactions if r.action == "replace"), key=lambda r: (r.first, r.last))
