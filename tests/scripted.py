"""Stages that return what a script says, for tests that are not about the models.

`install` puts them in place of diarise, transcribe and redact; ingest and emit stay the real ones.
"""

from __future__ import annotations

from typing import Any, ClassVar

import pytest

from pipeline import stages
from pipeline.core.document import Document, Entity, Redaction, SpeakerRole, Turn, Word
from pipeline.core.settings import Settings
from pipeline.stages.base import Context, StageResult

#: (role, text); a word in braces is an identifier and is replaced by [name].
SCRIPT = [
    ("I", "So that's recording now. Could you say your name for me?"),
    ("P", "Um, it's {Zebedee,} yeah."),
    ("I", "Thanks. And how did you first come to the service?"),
    ("P", "I I just walked in, really. {Zebedee} the walker, they called me."),
]
ran: list[str] = []


class Diarise:
    name: ClassVar[str] = "diarise"
    version: ClassVar[str] = "test"

    def weights(self, settings: Settings) -> tuple[str, ...]:
        return ()

    def fingerprint(self, settings: Settings, context: Context) -> dict[str, Any]:
        return {"settings": settings.diarise.model_dump(mode="json")}

    def run(self, document: Document, settings: Settings, context: Context) -> StageResult:
        ran.append(self.name)
        turns = tuple(Turn(start=n, end=n + 1, speaker=f"SPEAKER_0{'IP'.index(r)}") for n, (r, _) in enumerate(SCRIPT))
        return StageResult(document.with_(turns=turns, speech=((0.0, float(len(SCRIPT))),)))


class Transcribe:
    name: ClassVar[str] = "transcribe"
    version: ClassVar[str] = "test"

    def weights(self, settings: Settings) -> tuple[str, ...]:
        return ()

    def fingerprint(self, settings: Settings, context: Context) -> dict[str, Any]:
        return {"settings": settings.transcribe.model_dump(mode="json")}

    def run(self, document: Document, settings: Settings, context: Context) -> StageResult:
        ran.append(self.name)
        words = []
        for n, (role, text) in enumerate(SCRIPT):
            pieces = text.replace("{", "").replace("}", "").split()
            step = 0.9 / len(pieces)
            for k, piece in enumerate(pieces):
                at = n + k * step
                words.append(
                    Word(
                        text=piece,
                        start=at,
                        end=at + step,
                        confidence=0.9,
                        speaker=document.turns[n].speaker,
                        role=role,
                    )
                )
        roles = tuple(SpeakerRole(speaker=f"SPEAKER_0{k}", role=r, confidence=1.0) for k, r in enumerate("IP"))
        return StageResult(document.with_(words=tuple(words), roles=roles))


class Redact:
    name: ClassVar[str] = "redact"
    version: ClassVar[str] = "test"

    def weights(self, settings: Settings) -> tuple[str, ...]:
        return ()

    def fingerprint(self, settings: Settings, context: Context) -> dict[str, Any]:
        sheet = context.key_sheet.model_dump(mode="json") if context.key_sheet else None
        return {"settings": settings.redact.model_dump(mode="json"), "key_sheet": sheet}

    def run(self, document: Document, settings: Settings, context: Context) -> StageResult:
        ran.append(self.name)
        found = []
        for n, word in enumerate(document.words):
            if word.text.startswith("Zebedee"):
                tail = word.text.removeprefix("Zebedee")
                found.append(
                    Redaction(
                        id=f"R{len(found) + 1}",
                        category="PERSON",
                        entity="E1",
                        first=n,
                        last=n,
                        replacement="[name]",
                        tail=tail,
                        method="script",
                    )
                )
        entity = Entity(id="E1", category="PERSON", forms=("Zebedee",), replacement="[name]")
        return StageResult(document.with_(redactions=tuple(found), entities=(entity,)))


def install(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Put the scripted stages in place; returns the list that names those that ran."""
    for cls in (Diarise, Transcribe, Redact):
        monkeypatch.setitem(stages.REGISTRY, cls.name, f"tests.scripted:{cls.__name__}")
    ran.clear()
    return ran
