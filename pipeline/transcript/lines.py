"""Document -> NumberedTranscript: the one place where lines are wrapped and numbered.

Lines are filled greedily, so text that is added at the end never moves a line before it. A replacement, a time
stamp or a word is never broken; one that is wider than a line stands on a line of its own.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from pipeline import __version__
from pipeline.core.document import Category, Document
from pipeline.core.errors import UsageProblem
from pipeline.core.settings import LinesSettings
from pipeline.transcript.notation import Notation
from pipeline.transcript.numbered import (
    SHORT_HASH,
    Line,
    ModelUse,
    NumberedTranscript,
    NumberedTurn,
    TranscriptMeta,
    hash_of,
    span_of,
)
from pipeline.transcript.segments import SpokenTurn, spoken_turns
from pipeline.transcript.wrapping import Placed, Unbreakable, unbreakables_of, wrap

if TYPE_CHECKING:
    from pipeline.transcript.locking import Lock

UNLOCKED = "v0 unlocked"


def number(
    document: Document,
    settings: LinesSettings,
    notation: Notation,
    *,
    lock: Lock | None = None,
    indexed: bool = False,
) -> NumberedTranscript:
    """The redacted document on numbered lines.

    Args:
        document: see `spoken_turns`.
        settings: line width, thresholds of pauses and guesses. Those of a lock take precedence.
        notation: marks; must be the lock's where there is one.
        lock: the frozen division. Its lines keep their numbers; text that was added since stands on
            lines with a suffix (214a), and a number whose text is gone is not used again.
        indexed: say of every segment and line which words of the document stand there, for a page that shows both.

    Raises:
        UsageProblem: the lock was made with another notation set.
        IpaError: the redactions do not fit the words.
    """
    if lock is not None and lock.notation != notation.name:
        raise UsageProblem(
            f"the transcript is locked with the notation '{lock.notation}', not '{notation.name}'",
            hint=f"use --notation {lock.notation}, or make a new version with `ipa lock --new-version`",
        )
    settings = lock.settings if lock is not None else settings
    width = settings.width
    notation = with_thresholds(notation, settings)
    turns = spoken_turns(document, notation, guess_below=settings.guess_below, indexed=indexed)
    unbreakables = [unbreakables_of(turn.segments, width) for turn in turns]
    if lock is None:
        placed = _fresh(unbreakables, width)
    else:
        from pipeline.transcript.locking import replay

        placed = replay(lock, unbreakables)
    numbered = _assemble(turns, placed)
    lines = tuple(line for turn in numbered for line in turn.lines)
    full = hash_of(lines)
    version = UNLOCKED if lock is None else f"v{lock.version}" + ("" if full == lock.sha256 else " corrected")
    return NumberedTranscript(
        document.id, version, full[:SHORT_HASH], tuple(numbered), lines, width, _meta(document, notation)
    )


def with_thresholds(notation: Notation, settings: LinesSettings) -> Notation:
    """The notation with the pause thresholds that the settings name.

    Raises:
        UsageProblem: the timed threshold would be below the short one.
    """
    short = notation.pause_short_s if settings.pause_short_s is None else settings.pause_short_s
    timed = notation.pause_timed_s if settings.pause_timed_s is None else settings.pause_timed_s
    if timed < short:
        raise UsageProblem(
            f"pauses are timed from {timed:g} s, which is below the {short:g} s from which they are marked",
            hint="set lines.pause_timed_s to at least lines.pause_short_s",
        )
    return notation.model_copy(update={"pause_short_s": short, "pause_timed_s": timed})


def _fresh(unbreakables: Sequence[Sequence[Unbreakable]], width: int) -> list[list[Placed]]:
    """Lines numbered from 1, turns from T1."""
    placed: list[list[Placed]] = []
    count = 0
    for turn_number, turn in enumerate(unbreakables, start=1):
        rows = []
        for first, last in wrap([unbreakable.text for unbreakable in turn], width):
            count += 1
            rows.append(Placed(count, "", f"T{turn_number}", tuple(turn[first:last])))
        placed.append(rows)
    return placed


def _assemble(turns: Sequence[SpokenTurn], placed: Sequence[Sequence[Placed]]) -> list[NumberedTurn]:
    result: list[NumberedTurn] = []
    offset = 0
    for turn, rows in zip(turns, placed, strict=True):
        lines: list[Line] = []
        latest = turn.start
        for row in rows:
            text = " ".join(unbreakable.text for unbreakable in row.unbreakables)
            # A line without a time of its own (a typed note) starts where the line before it ended.
            start = min((a.start for a in row.unbreakables if a.start is not None), default=latest)
            end = max((a.end for a in row.unbreakables if a.end is not None), default=start)
            latest = end
            ends = offset + len(text)
            words = span_of(a.words for a in row.unbreakables)
            lines.append(Line(row.number, row.suffix, row.turn, turn.role, text, start, end, offset, ends, words))
            offset = ends + 1
        text = " ".join(line.text for line in lines)
        result.append(NumberedTurn(rows[0].turn, turn.role, turn.start, turn.end, text, tuple(lines), turn.segments))
    return result


def _meta(document: Document, notation: Notation) -> TranscriptMeta:
    quality = document.recording.quality if document.recording else None
    return TranscriptMeta(
        duration=document.duration,
        word_count=len(document.words),
        tool_version=__version__,
        models=tuple(
            ModelUse(r.stage, r.engine, r.version, tuple(sorted(r.weights.items())))
            for r in document.records
            if r.engine or r.weights
        ),
        redaction_status=redaction_status(document),
        replaced=_counts(r.category for r in document.applied()),
        flagged=_counts(r.category for r in document.redactions if r.action == "flag"),
        notation_name=notation.name,
        notation=tuple(notation.key()),
        notes=document.notes,
        coverage=document.coverage if document.record_of("transcribe") else None,
        quality_remarks=quality.remarks if quality else (),
        source=document.source,
    )


def redaction_status(document: Document) -> str:
    """The state of de-identification, in words for the cover page. Never "anonymous", because the key exists."""
    if document.record_of("redact") is None and not document.redactions:
        return "not de-identified: do not share"
    if (signature := signed(document)) is not None:
        by = f" ({signature['who']})" if signature["who"] else ""
        return f"de-identified (pseudonymised), checked by a person{by}"
    return "de-identified (pseudonymised) by the program, not yet checked by a person"


def signed(document: Document) -> dict[str, Any] | None:
    """Who signed the transcript as it stands, None for nobody: "who" (initials), "when", "heard" (share 0..1)."""
    record = document.record_of("review")
    return record.details.get("signed") if record is not None else None


def _counts(categories: Iterable[Category]) -> tuple[tuple[Category, int], ...]:
    counted = Counter(categories)
    return tuple(sorted(counted.items(), key=lambda item: (-item[1], item[0])))
