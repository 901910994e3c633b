"""Transcripts that every exporter must cope with, and their lines as a reader must find them."""

from __future__ import annotations

from dataclasses import replace

from pipeline.core.document import Document
from pipeline.core.settings import LinesSettings
from pipeline.transcript import locking, notation
from pipeline.transcript.lines import NumberedTranscript, number
from tests import builders

DEFAULT = notation.load("default")
ODD = "a\x00 b\x0b <b>&amp; ]]> #x *y* `z` [name](laughs) \\ $x$ @ref _u_ ~s~ |c| {{ }} %d"


def transcript(document: Document, **options: object) -> NumberedTranscript:
    """A numbered transcript whose tool version does not change with ours."""
    page = number(document, LinesSettings.model_validate(options), DEFAULT)
    return replace(page, meta=replace(page.meta, tool_version="1.2.3"))


def corrected() -> NumberedTranscript:
    """A locked transcript that was corrected since: it has a line 4a."""
    turns = [("I", "And then what?"), ("P", "We went out and had a coffee by the river."), ("I", "Right.")]
    settings = LinesSettings(width=20)
    lock = locking.freeze(number(builders.typed(turns), settings, DEFAULT), settings)
    turns[1] = ("P", "We went out one morning and had a coffee by the river.")
    return number(builders.typed(turns), settings, DEFAULT, lock=lock)


def odd_cases() -> dict[str, NumberedTranscript]:
    """Name -> transcript."""
    return {
        "invented": transcript(builders.invented(), guess_below=0.15),
        "typed": transcript(builders.typed([("I", "So?"), ("P", "Yes.")])),
        "empty": transcript(Document(id="P00")),
        "one word of 300 letters": transcript(builders.typed([("P", f"it was {'a' * 300} and {'W' * 120}")])),
        "a turn of 9,000 words": transcript(builders.typed([("P", "word " * 9000)])),
        "right to left": transcript(builders.typed([("P", "שלום לכולם היום (א) " * 9), ("I", "مرحبا بكم " * 9)])),
        "wide": transcript(builders.typed([("P", "你好你好 " * 40), ("I", "🙂 👩\u200d🔬 é")])),
        "odd signs": transcript(builders.typed([("P", ODD), ("I", "=1+1"), ("P", "-x"), ("I", "@y"), ("P", "+z")])),
        "capitals": transcript(builders.typed([("P", "WWWWWWW MMMMMMM " * 30)])),
        "wide lines": transcript(builders.typed([("P", "Quite a lot of words. " * 60)]), width=120),
        "corrected": corrected(),
    }


CASES = odd_cases()
NAMES = list(CASES)


def reference() -> NumberedTranscript:
    """A transcript of the size of a real one."""
    return transcript(builders.reference())


def rows(page: NumberedTranscript) -> list[tuple[str, str]]:
    """(label, text) of every line."""
    return [(line.label, line.text) for line in page.lines]
