"""An interview for the page, told and not recognised: hearing is scripted, everything after it is the program's."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

import pytest

from pipeline import stages
from pipeline.app import api
from pipeline.core.document import Document, SpeakerRole, Turn, Word
from pipeline.core.progress import Silent
from pipeline.core.settings import Settings
from pipeline.stages.base import Context, StageResult
from tests import sounds

TOLD = (
    ("I", "So that's recording now. Could you say your name for me?"),
    ("P", "Um, it's Hope, Hope Larter."),
    ("I", "Thanks Hope. And how did you first come to the service?"),
    ("P", "Well, Will came out to me on the bus, all the way to Eye. He brought Biscuit along, his old dog."),
    ("I", "And what was that first meeting like?"),
    ("P", "Safe, I suppose. See, I'm the one who drove the Corsa into the village pond, so everyone's got a joke."),
    ("I", "And the dog?"),
    ("P", "Biscuit just sat on my feet. Like someone had opened a window."),
)
SHEET = "participant: {names: [Hope Larter]}\npeople: [{names: [Will], as: friend}]\nplaces: [Eye]\nkeep: [Biscuit]\n"
WORD_S, PAUSE_S = 0.3, 0.6
SECONDS = sum(len(text.split()) * WORD_S + PAUSE_S for _, text in TOLD)


class Diarise:
    """Who speaks when, as it was told."""

    name: ClassVar[str] = "diarise"
    version: ClassVar[str] = "told"

    def weights(self, settings: Settings) -> tuple[str, ...]:
        return ()

    def fingerprint(self, settings: Settings, context: Context) -> dict[str, Any]:
        return {}

    def run(self, document: Document, settings: Settings, context: Context) -> StageResult:
        turns, at = [], 0.0
        for role, text in TOLD:
            end = at + len(text.split()) * WORD_S
            turns.append(Turn(start=at, end=end, speaker=f"SPEAKER_0{'IP'.index(role)}", confidence=0.9))
            at = end + PAUSE_S
        return StageResult(document.with_(turns=tuple(turns), speech=tuple((t.start, t.end) for t in turns)))


class Transcribe(Diarise):
    """What they say."""

    name: ClassVar[str] = "transcribe"

    def run(self, document: Document, settings: Settings, context: Context) -> StageResult:
        words = []
        for (role, text), turn in zip(TOLD, document.turns, strict=True):
            for n, said in enumerate(text.split()):
                start = turn.start + n * WORD_S
                words.append(
                    Word(text=said, start=start, end=start + 0.25, confidence=0.9, speaker=turn.speaker, role=role)
                )
        roles = tuple(SpeakerRole(speaker=f"SPEAKER_0{n}", role=r, confidence=0.95) for n, r in enumerate("IP"))
        return StageResult(document.with_(words=tuple(words), roles=roles))


def interview(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """P03, transcribed: a folder with recordings/ and outputs/."""
    for cls in (Diarise, Transcribe):
        monkeypatch.setitem(stages.REGISTRY, cls.name, f"{__name__}:{cls.__name__}")
    recordings = folder / "recordings"
    recordings.mkdir(parents=True)
    recording = sounds.write(recordings / "P03.wav", sounds.tone(SECONDS, level=0.1))
    recording.with_suffix(".yaml").write_text(SHEET, encoding="utf-8")
    api.transcribe(recording, progress=Silent(), outputs=folder / "outputs")
    return folder
