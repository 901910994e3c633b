"""Measurements of an interview: who speaks how much, pauses, overlaps, confidence, redactions by category."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from itertools import pairwise
from statistics import median

from pipeline.core.document import Document, Quality
from pipeline.diarisation.rttm import joined, spans_of_document
from pipeline.report.model import (
    CategoryCount,
    Confidence,
    Conversation,
    Span,
    SpeakerFigures,
    StageFigures,
    Timeline,
)
from pipeline.report.places import Places
from pipeline.report.words import category_name, role_name
from pipeline.transcript.numbered import NumberedTranscript, NumberedTurn

FILLER = re.compile(r"(?:u+m+|u+h+|e+r+m*|a+h+|m+h*m+|h+m+|mm-?hm+)", re.IGNORECASE)
LOW_REDACTION = 0.6
"""Redactions below this confidence (0..1) are listed for a second look."""
JOIN_S = 0.3
"""Stretches of speech of one role that are closer than this are drawn as one."""
OVERLAP_S = 0.2
"""Shorter overlaps are normal where one turn follows another."""
LONGEST_GAP_S = 30.0
"""A longer silence after a question counts as a break, not as time to think."""

Spans = Sequence[tuple[float, float, str]]


def spoken_spans(document: Document) -> list[tuple[float, float, str]]:
    """Who speaks when: `(start, end, role)`, with short gaps within one role closed."""
    return joined(spans_of_document(document), JOIN_S)


def overlaps(spans: Spans) -> list[tuple[float, float]]:
    """Stretches where two roles speak at once, at least OVERLAP_S long, in order."""
    edges = sorted([(start, 1) for start, _, _ in spans] + [(end, -1) for _, end, _ in spans])
    found: list[tuple[float, float]] = []
    depth, since = 0, 0.0
    for at, step in edges:
        if step == 1 and depth == 1:
            since = at
        if step == -1 and depth == 2 and at - since >= OVERLAP_S:
            found.append((since, at))
        depth += step
    return found


def covered(spans: Iterable[tuple[float, float]]) -> float:
    """Seconds that are inside any of the spans."""
    total, reach = 0.0, float("-inf")
    for start, end in sorted(spans):
        total += max(0.0, end - max(start, reach))
        reach = max(reach, end)
    return total


def is_filler(text: str) -> bool:
    """True for um, uh, er, erm, ah, mm, hmm and their longer forms."""
    return bool(FILLER.fullmatch(text.strip(".,?!-–—…'\"")))


def speakers(document: Document, transcript: NumberedTranscript, spans: Spans) -> tuple[SpeakerFigures, ...]:
    """Figures of every role, in order of appearance on the page."""
    seconds: dict[str, float] = defaultdict(float)
    for start, end, role in spans:
        seconds[role] += end - start
    words = Counter(word.role or "?" for word in document.words)
    hidden = document.hidden_words()
    shown = (word for n, word in enumerate(document.words) if n not in hidden)
    fillers = Counter(word.role or "?" for word in shown if is_filler(word.text))
    sure: dict[str, float] = {}
    for row in document.roles:
        sure[row.role] = min(row.confidence, sure.get(row.role, 1.0))
    total_s, total_words = sum(seconds.values()), max(1, len(document.words))
    roles = list(dict.fromkeys([*transcript.roles, *sorted(words), *sorted(seconds)]))
    result = []
    for role in roles:
        own = [turn for turn in transcript.turns if turn.role == role]
        counts = [_words_in(turn) for turn in own]
        lengths = [turn.end - turn.start for turn in own if turn.start is not None and turn.end is not None]
        longest = max(own, key=_words_in, default=None)
        result.append(
            SpeakerFigures(
                role=role,
                name=role_name(role),
                seconds=round(seconds[role], 2) if spans else None,
                share=round(seconds[role] / total_s, 4) if total_s else None,
                words=words[role],
                word_share=round(words[role] / total_words, 4),
                turns=len(own),
                median_turn_words=median(counts) if counts else 0,
                median_turn_s=round(median(lengths), 2) if lengths else None,
                longest_turn_words=max(counts, default=0),
                longest_turn_s=_length(longest),
                longest_turn_lines=_lines_of(longest),
                wpm=round(60 * words[role] / seconds[role], 1) if seconds[role] >= 5 else None,
                fillers=fillers[role],
                role_confidence=round(sure[role], 3) if role in sure else None,
            )
        )
    return tuple(result)


def _words_in(turn: NumberedTurn) -> int:
    return sum(1 for segment in turn.segments if segment.kind == "word" and not segment.glued)


def _length(turn: NumberedTurn | None) -> float | None:
    if turn is None or turn.start is None or turn.end is None:
        return None
    return round(turn.end - turn.start, 2)


def _lines_of(turn: NumberedTurn | None) -> str:
    if turn is None or not turn.lines:
        return ""
    first, last = turn.lines[0].label, turn.lines[-1].label
    return first if first == last else f"{first}-{last}"


def timeline(document: Document, spans: Spans, places: Places, pause_s: float) -> Timeline:
    """Everything in the picture; redactions by their category and replacement, never by what was said."""

    def span(start: float, end: float, role: str = "", label: str = "") -> Span:
        lines = places.between(start, end, role or None)
        return Span(start=round(start, 2), end=round(end, 2), role=role, label=label, lines=lines)

    pauses, unclear = [], []
    for event in document.events:
        if event.start is None or event.end is None:
            continue
        if event.kind == "pause" and event.end - event.start >= pause_s:
            pauses.append(span(event.start, event.end))
        elif event.kind == "unclear":
            unclear.append(span(event.start, event.end, event.role or ""))
    redactions = []
    for redaction in document.applied():
        words = document.words[redaction.first : redaction.last + 1]
        starts = [w.start for w in words if w.start is not None]
        ends = [w.end for w in words if w.end is not None]
        if starts and ends:
            label = f"{category_name(redaction.category, 1)}: {redaction.replacement}"
            redactions.append(span(min(starts), max(ends), words[0].role or "", label))
    return Timeline(
        extent=round(document.duration or 0.0, 2),
        speech=tuple(span(start, end, role) for start, end, role in spans),
        pauses=tuple(pauses),
        overlaps=tuple(span(start, end) for start, end in overlaps(spans)),
        redactions=tuple(redactions),
        unclear=tuple(unclear),
    )


def conversation(document: Document, spans: Spans, line: Timeline) -> Conversation:
    """Pauses, overlaps, backchannels, and how long the participant takes before answering."""
    longest = max(line.pauses, key=lambda p: p.end - p.start, default=None)
    flagged = [word.has("backchannel") for word in document.words]
    silence = None
    if document.duration and spans:
        silence = round(max(0.0, 1 - covered((s, e) for s, e, _ in spans) / document.duration), 4)
    gaps = answer_gaps(spans)
    return Conversation(
        pauses=len(line.pauses),
        pause_s=round(sum(p.end - p.start for p in line.pauses), 2),
        longest_pause_s=round(longest.end - longest.start, 2) if longest else 0.0,
        longest_pause_lines=longest.lines if longest else "",
        overlaps=len(line.overlaps),
        overlap_s=round(sum(o.end - o.start for o in line.overlaps), 2),
        backchannels=sum(1 for before, now in pairwise([False, *flagged]) if now and not before),
        median_answer_gap_s=round(median(gaps), 2) if len(gaps) >= 3 else None,
        silence_share=silence,
    )


def answer_gaps(spans: Spans) -> list[float]:
    """Seconds between the end of an interviewer's speech and the participant's start; negative ones (talking over)
    and long breaks are left out."""
    return [
        after[0] - before[1]
        for before, after in pairwise(sorted(spans))
        if before[2].startswith("I") and after[2].startswith("P") and 0 <= after[0] - before[1] < LONGEST_GAP_S
    ]


def confidence(document: Document) -> Confidence | None:
    """Distribution of the words' confidence, None where the recogniser gave none."""
    values = sorted(word.confidence for word in document.words if word.confidence is not None)
    if not values:
        return None
    bins = [0] * 10
    for value in values:
        bins[min(9, max(0, int(value * 10)))] += 1
    return Confidence(
        words=len(values),
        mean=round(sum(values) / len(values), 4),
        median=round(median(values), 4),
        below_half=round(sum(1 for v in values if v < 0.5) / len(values), 4),
        histogram=tuple(bins),
    )


def by_category(document: Document) -> tuple[CategoryCount, ...]:
    """Redactions by category, the most frequent first."""
    rows = []
    for category in {r.category for r in document.redactions if r.action != "keep"}:
        own = [r for r in document.redactions if r.category == category]
        replaced = [r for r in own if r.action == "replace"]
        rows.append(
            CategoryCount(
                category=category,
                name=category_name(category),
                replaced=len(replaced),
                people_or_things=len({r.entity for r in replaced}),
                flagged=sum(1 for r in own if r.action == "flag"),
                low_confidence=sum(1 for r in replaced if r.confidence < LOW_REDACTION),
            )
        )
    return tuple(sorted(rows, key=lambda row: (-row.replaced, -row.flagged, row.category)))


def stages(document: Document) -> tuple[StageFigures, ...]:
    """What ran, with engines and weights."""
    from pipeline.report.manifest import models

    return tuple(
        StageFigures(
            stage=record.stage,
            engine=record.engine,
            version=record.version,
            device=record.device,
            models=models(record.weights),
        )
        for record in document.records
    )


def verdicts(quality: Quality | None) -> tuple[tuple[str, str, str], ...]:
    """(what was measured, its value, "good" | "fair" | "poor") of the recording.

    The limits separate recordings that recognisers handle well from the others: for example 25 and 15 dB
    of speech above the noise.
    """
    if quality is None:
        return ()
    rows = []
    if quality.snr_db is not None:
        rows.append(("Speech above background noise", f"{quality.snr_db:.0f} dB", _grade(quality.snr_db, 25, 15)))
    rows.append(
        (
            "Loudness",
            f"{quality.loudness_dbfs:.0f} dBFS".replace("-", "\u2212"),
            _grade(quality.loudness_dbfs, -32, -42),
        )
    )
    clipped = f"{100 * quality.clipped:.2f}%" if quality.clipped else "none"
    rows.append(("Samples cut off at full scale", clipped, _grade(-quality.clipped, -0.0005, -0.005)))
    if quality.bandwidth_hz is not None:
        rows.append(
            ("Highest frequency", f"{quality.bandwidth_hz / 1000:.1f} kHz", _grade(quality.bandwidth_hz, 6500, 3800))
        )
    return tuple(rows)


def _grade(value: float, good: float, fair: float) -> str:
    return "good" if value >= good else "fair" if value >= fair else "poor"
