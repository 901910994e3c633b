"""An invented interview as a Document, and real-sized ones from marked references, for tests of what is written.

Markup of a turn's text: `[[CATEGORY|what was said|[replacement]]]` a replaced span, `[[CATEGORY|what was said]]`
one that is only flagged; `(pause 2.5)`, `(unclear 1.5)` and `(laughs)` are events. Every word takes 0.3 s.
"""

from __future__ import annotations

import re
from typing import Any

from pipeline.core.document import (
    Coverage,
    Document,
    Entity,
    Event,
    Note,
    Quality,
    Recording,
    Redaction,
    SpeakerRole,
    StageRecord,
    Turn,
    Voice,
    Word,
    WordFlag,
)
from pipeline.core.settings import LinesSettings
from pipeline.transcript import notation
from pipeline.transcript.lines import number
from pipeline.transcript.numbered import NumberedTranscript
from tests import annotated

WORD_S = 0.3
PIECE = re.compile(
    r"\[\[([A-Z_]+)\|([^|\]]+)(?:\|(\[[^\]]+\]))?\]\]([^\s\[(]*)|\((pause|unclear) ([\d.]+)\)|\(([a-z ]+)\)|(\S+)"
)

SCRIPT: list[tuple[str, float, str]] = [
    ("I", 0.8, 'So, um, can you tell me how you met? Take all the time you need & don\'t <worry> about "grammar".'),
    (
        "P",
        7.5,
        "Well, it were my sister [[PERSON|Siobhan|[sister]]]'s idea, really. (pause 3.4) She'd moved to "
        "[[PLACE|Garboldisham,|[village]]] see, and I was [[AGE|fifty-three|[fifties]]] by then. I'd – I'd stopped "
        "going out… I mean, er, not even to the café, ’cause it cost £4 and I couldn't face it (laughs) at all.",
    ),
    ("I", 32.0, "Mm."),
    ("P", 32.4, "And then (unclear 1.8) they sent me a letter from [[ORG|the Larkfield Unit|[psychiatric hospital]]]."),
    ("I", 38.0, "When was that?"),
    (
        "P",
        39.5,
        "It was [[DATE|the second of May 2019,|[date in 2019]]] I'll never forget it. I'm "
        "[[QUASI|the bloke who chained himself to the weighbridge]] so everybody knew me. My number's "
        "[[PHONE|07700 900 123|[phone number]]] if you ever need it. A saint's patience, that's what it took.",
    ),
    ("I", 56.0, "Thank you. That's the end, I think."),
]
SECRETS = ("Siobhan", "Garboldisham", "fifty-three", "Larkfield", "second of May", "07700")


class _Maker:
    """Words, events, redactions and entities of a script."""

    def __init__(self) -> None:
        self.words: list[Word] = []
        self.events: list[Event] = []
        self.redactions: list[Redaction] = []
        self.entities: dict[str, Entity] = {}
        self.turns: list[Turn] = []

    def turn(self, role: str, start: float, text: str, end: float | None = None, overlap: bool = False) -> None:
        pieces = list(PIECE.finditer(text))
        count = sum(len(p[2].split()) if p[1] else 1 for p in pieces if not (p[5] or p[7]))
        step = WORD_S if end is None else (end - start) / max(1, count)
        at = start
        speaker = "SPEAKER_00" if role == "I" else "SPEAKER_01"
        flags: tuple[WordFlag, ...] = ("overlap",) if overlap else ()
        for piece in pieces:
            if piece[5]:
                length = float(piece[6]) if end is None else 0.0
                kind: Any = piece[5]
                self.events.append(
                    Event(kind=kind, before_word=len(self.words), start=at, end=at + float(piece[6]), role=role)
                )
                at += length
            elif piece[7]:
                self.events.append(Event(kind="nonverbal", before_word=len(self.words), role=role, text=piece[7]))
            else:
                first = len(self.words)
                for word in (piece[2] + piece[4] if piece[1] else piece[8]).split():
                    confidence = 0.35 if word == "letter" else 0.93
                    self.words.append(
                        Word(
                            text=word, start=at, end=at + step * 0.9, confidence=confidence,
                            speaker=speaker, role=role, flags=flags,
                        )
                    )  # fmt: skip
                    at += step
                if piece[1]:
                    self._redact(piece[1], piece[2] + piece[4], piece[3], first)
        self.turns.append(Turn(start=start, end=max(at, start + 0.1), speaker=speaker))

    def _redact(self, category: Any, said: str, replacement: str | None, first: int) -> None:
        bare = re.sub(r"(?:['’]s)?[,.?!;:]*$", "", said)
        key = f"E{len(self.entities) + 1}"
        entity = next((e.id for e in self.entities.values() if bare in e.forms), key)
        shown = replacement or f"[{category.lower().replace('_', ' ')}]"
        self.entities.setdefault(
            entity, Entity(id=entity, category=category, forms=(bare,), replacement=shown, source="test")
        )
        flagged = category == "QUASI"
        self.redactions.append(
            Redaction(
                id=f"R{len(self.redactions) + 1}",
                category=category,
                entity=entity,
                first=first,
                last=len(self.words) - 1,
                replacement="" if flagged else shown,
                tail=said[len(bare) :],
                action="flag" if flagged else "replace",
                method="pattern" if category == "PHONE" else "names",
                confidence=0.45 if category == "ORG" else 0.95,
                suggestion="[a locally known event]" if flagged else "",
            )
        )


def document(script: list[tuple[str, float, str]] | None = None, identifier: str = "P03", **changes: Any) -> Document:
    """The invented interview after the redact stage."""
    maker = _Maker()
    for role, start, text in SCRIPT if script is None else script:
        maker.turn(role, start, text)
    return _document(maker, identifier).with_(**changes)


def reference_document(name: str) -> Document:
    """An annotated interview as it would be if nothing was misheard."""
    maker = _Maker()
    data = annotated.reference(name)
    for turn in data["turns"]:
        maker.turn(turn["speaker"], turn["start"], turn["marked"], turn["end"], turn["overlap"])
    return _document(maker, name, duration=data["duration"])


def _document(maker: _Maker, identifier: str, duration: float | None = None) -> Document:
    last = max((w.end or 0 for w in maker.words), default=0.0)
    records = tuple(
        StageRecord(
            stage=stage, key="k" * 64, engine=engine, version="1", device="cpu", seconds=seconds, weights=weights
        )
        for stage, engine, seconds, weights in (
            ("ingest", "PyAV", 0.4, {}),
            ("diarise", "fast", 3.0, {"segmentation-3.0": "da" * 32, "campplus": "92" * 32}),
            ("transcribe", "ctranslate2", 4.5, {"whisper-base": "d0" * 32}),
            ("redact", "rules", 0.6, {"en-core-web-sm": "ee" * 32}),
        )
    )
    return Document(
        id=identifier,
        recording=Recording(
            sha256="ab" * 32, container="flac", codec="flac", sample_rate=48000, channels=1, bits=16,
            duration=duration or last + 1.5,
            quality=Quality(
                peak_dbfs=-3.0, loudness_dbfs=-21.5, noise_floor_dbfs=-55.0, snr_db=33.5, clipped=0.0001,
                speech_share=0.8, bandwidth_hz=16000, remarks=("The participant is quieter than the interviewer.",),
            ),
        ),
        turns=tuple(maker.turns),
        speech=tuple((t.start, t.end) for t in maker.turns),
        voices=(
            Voice(speaker="SPEAKER_00", centroid=(1.0, 0.0), seconds=20),
            Voice(speaker="SPEAKER_01", centroid=(0.0, 1.0), seconds=30),
        ),
        words=tuple(maker.words),
        events=tuple(maker.events),
        roles=(
            SpeakerRole(speaker="SPEAKER_00", role="I", confidence=0.97),
            SpeakerRole(speaker="SPEAKER_01", role="P", confidence=0.62),
        ),
        coverage=Coverage(
            speech_s=50.0, windows=4, recovered_windows=1, recovered_words=5, unclear=1, unclear_s=1.8,
            dropped_words=2, language="en", language_confidence=0.99,
        ),
        redactions=tuple(maker.redactions),
        entities=tuple(maker.entities.values()),
        notes=(Note(code="quiet", message="The participant is quiet.", stage="ingest", start=7.5, end=30.0),),
        records=records,
    )  # fmt: skip


def typed_document() -> Document:
    """The invented interview as if it had been typed by hand: no times, no recording, no turns of a diariser."""
    made = document()
    return made.with_(
        source="typed",
        recording=None,
        turns=(),
        speech=(),
        voices=(),
        coverage=Coverage(),
        roles=(),
        words=tuple(
            w.model_copy(update={"start": None, "end": None, "confidence": None, "speaker": None}) for w in made.words
        ),
        events=tuple(e.model_copy(update={"start": None, "end": None}) for e in made.events),
    )


def hour(identifier: str = "P09") -> Document:
    """About an hour: 10,000 words."""
    script: list[tuple[str, float, str]] = []
    at = 0.5
    for n in range(260):
        if n % 2:
            text = "And then she said we could go for a walk, er, by the river, so I went, [[PERSON|Siobhan|[sister]]] "
            script.append(("P", at, text * 4))
            at += 84 * WORD_S + 1
        else:
            script.append(("I", at, "Right, and what was that like for you at the time?"))
            at += 12 * WORD_S + 1
    return document(script, identifier)


def numbered(made: Document | None = None, **settings: Any) -> NumberedTranscript:
    """The document on numbered lines with the default notation."""
    return number(made or document(), LinesSettings(**settings), notation.load("default"))
