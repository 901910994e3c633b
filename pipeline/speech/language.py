"""Which language is spoken: the speech model judges it at a few places, and a note says so when it is not the chosen
one."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.core.document import Note
from pipeline.engines.base import Recogniser
from pipeline.redaction.text.tables import SPEECH, table
from pipeline.speech.activity import Mono
from pipeline.speech.windows import Window

PLACES = 4
SURE = 0.6


def name_of(code: str) -> str:
    """ "Welsh" for "cy"; the code itself where no name is known."""
    return str(table("languages", SPEECH)["names"].get(code, f"language '{code}'"))


def detect(recogniser: Recogniser, sound: Mono, windows: Sequence[Window]) -> tuple[str, float]:
    """The most likely language and its mean probability over the longest windows: those that are decoded first, so
    that an engine need not listen to them twice."""
    if not windows:
        return "", 0.0
    chosen = sorted(windows, key=lambda w: -w.length)[:PLACES]
    found = recogniser.detect_language([window.samples(sound) for window in chosen])
    code = max(found, key=lambda c: found[c])
    return code, found[code]


def note(found: str, confidence: float, used: str, stage: str) -> Note | None:
    """A warning where the speech is clearly in another language than it was transcribed in."""
    if not found or found == used or confidence < SURE:
        return None
    return Note(
        code="language",
        stage=stage,
        level="alarm",
        message=f"This sounds like {name_of(found)} ({confidence:.0%} sure) but was transcribed as {name_of(used)}. "
        f"If it is {name_of(found)}, run it again with --language {found}.",
    )
