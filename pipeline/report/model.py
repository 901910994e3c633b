"""What a report says: plain figures, ready for JSON. Times and lengths are seconds, shares 0..1.

Nothing here can name a person, a file or a machine: text comes from the numbered transcript, from replacements, and
from the program's own sentences.
"""

from __future__ import annotations

from typing import Literal

from pipeline.core.document import Category, Coverage, Frozen, Quality

REPORT_VERSION = 1

Kind = Literal[
    "alarm", "roles", "flag", "redaction", "unclear", "hearing", "recovered", "overlap", "note",
]  # fmt: skip


class Span(Frozen):
    """A stretch of the timeline, in its unit. `lines` is "214" or "214-219", empty where unknown; `label` is for
    people."""

    start: float
    end: float
    role: str = ""
    label: str = ""
    lines: str = ""


class Timeline(Frozen):
    """Everything in the picture. Without times the positions of its spans count words, and `ticks` says at which
    lines some of them stand."""

    unit: Literal["seconds", "words"] = "seconds"
    extent: float = 0.0
    ticks: tuple[tuple[float, str], ...] = ()
    speech: tuple[Span, ...] = ()
    pauses: tuple[Span, ...] = ()
    overlaps: tuple[Span, ...] = ()
    redactions: tuple[Span, ...] = ()
    unclear: tuple[Span, ...] = ()


class SpeakerFigures(Frozen):
    """One role. `share` of the time anybody speaks; `wpm` words per minute of own speech; `fillers` um, er, erm, ..."""

    role: str
    name: str
    seconds: float | None
    share: float | None
    words: int
    word_share: float
    turns: int
    median_turn_words: float
    median_turn_s: float | None
    longest_turn_words: int
    longest_turn_s: float | None
    longest_turn_lines: str
    wpm: float | None
    fillers: int
    role_confidence: float | None


class Conversation(Frozen):
    """Pauses as marked in the transcript, overlaps as measured, and how long participants take before they answer."""

    pauses: int = 0
    pause_s: float = 0.0
    longest_pause_s: float = 0.0
    longest_pause_lines: str = ""
    overlaps: int = 0
    overlap_s: float = 0.0
    backchannels: int = 0
    median_answer_gap_s: float | None = None
    silence_share: float | None = None


class Confidence(Frozen):
    """How sure the recogniser was of its words. `histogram` counts ten equal bins from 0 to 1."""

    words: int
    mean: float
    median: float
    below_half: float
    histogram: tuple[int, ...]


class CategoryCount(Frozen):
    """Redactions of one category."""

    category: Category
    name: str
    replaced: int
    people_or_things: int
    flagged: int
    low_confidence: int


class Attention(Frozen):
    """Something a person should look at. `rank` 1 is first; `where` names lines, `start` the time to listen from."""

    rank: int
    kind: Kind
    title: str
    detail: str
    lines: str = ""
    start: float | None = None
    end: float | None = None


class Remaining(Frozen):
    """A detail that stays readable and counts towards the combination check. `text` holds no replaced original."""

    topic: str
    text: str
    lines: str = ""


class Answer(Frozen):
    """A question of an ethics form and its answer."""

    question: str
    answer: str


class StageFigures(Frozen):
    """One stage as it was run; `models` are (name, sha256). Durations are in the manifest only, because a run that was
    interrupted and resumed must give the same report as one that was not."""

    stage: str
    engine: str
    version: str
    device: str
    models: tuple[tuple[str, str], ...] = ()


class Report(Frozen):
    """The whole report; share/report.json is exactly this."""

    report_version: int = REPORT_VERSION
    id: str
    version: str
    short_hash: str
    source: Literal["recording", "typed"]
    program: str
    status: str
    duration: float | None
    lines: int
    turns: int
    words: int
    summary: tuple[str, ...]
    speakers: tuple[SpeakerFigures, ...]
    conversation: Conversation
    timeline: Timeline
    quality: Quality | None
    quality_verdicts: tuple[tuple[str, str, str], ...] = ()
    coverage: Coverage | None
    coverage_sentences: tuple[str, ...] = ()
    confidence: Confidence | None
    redactions: tuple[CategoryCount, ...]
    attention: tuple[Attention, ...]
    attention_left_out: int = 0
    listening_s: float = 0.0
    remaining: tuple[Remaining, ...] | None = None
    methods: str
    ethics: tuple[Answer, ...]
    stages: tuple[StageFigures, ...]
