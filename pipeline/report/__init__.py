"""The report of one interview: share/report.html to read and share/report.json with the same figures.

It is made from the document and its numbered transcript, and holds no original of a replaced span.
"""

from __future__ import annotations

from collections.abc import Iterable

from pipeline.core.document import Document
from pipeline.core.settings import Settings
from pipeline.report import attention, combination, figures, methods, typed
from pipeline.report.model import Remaining, Report
from pipeline.report.places import Places
from pipeline.report.words import count, length, listed, percent, sentence, spelled
from pipeline.transcript import notation
from pipeline.transcript.lines import redaction_status
from pipeline.transcript.numbered import NumberedTranscript

__all__ = ["Remaining", "Report", "build", "files", "to_json"]


def build(
    document: Document,
    transcript: NumberedTranscript,
    settings: Settings,
    remaining: Iterable[Remaining] | None = None,
    places: Places | None = None,
) -> Report:
    """All figures of the report.

    Args:
        document: after the redact stage.
        transcript: the same document on numbered lines.
        settings: those of the run (thresholds of pauses).
        remaining: details that stay readable, for the combination check; looked up if None.
        places: of the same two; made if None.
    """
    places = places or Places(document, transcript)
    if remaining is None and document.words and document.record_of("redact") is not None:
        remaining = combination.of(document, transcript, places)
    report = _figures(document, transcript, settings, places, None if remaining is None else tuple(remaining))
    return report.model_copy(update={"summary": summary(report)})


def _figures(
    document: Document,
    transcript: NumberedTranscript,
    settings: Settings,
    places: Places,
    remaining: tuple[Remaining, ...] | None,
) -> Report:
    spans = figures.spoken_spans(document)
    line = figures.timeline(document, spans, places, pause_threshold(settings))
    speakers = figures.speakers(document, transcript, spans)
    talk = figures.conversation(document, spans, line)
    rows = figures.by_category(document)
    items, left_out, listening = attention.ranked(document, line, places)
    recorded = document.source == "recording"
    quality = document.recording.quality if document.recording else None
    return Report(
        id=transcript.id,
        version=transcript.version,
        short_hash=transcript.short_hash,
        source=document.source,
        program=f"ipa-transcripts {transcript.meta.tool_version}".strip(),
        status=redaction_status(document),
        duration=document.duration,
        lines=len(transcript.lines),
        turns=len(transcript.turns),
        words=len(document.words),
        summary=(),
        speakers=speakers,
        conversation=talk,
        timeline=line if spans else typed.timeline(document, places),
        quality=quality,
        quality_verdicts=figures.verdicts(quality),
        coverage=document.coverage if recorded else None,
        coverage_sentences=coverage_sentences(document) if recorded else (),
        confidence=figures.confidence(document),
        redactions=rows,
        attention=items,
        attention_left_out=left_out,
        listening_s=listening,
        remaining=remaining,
        methods=methods.chapter(document, transcript, speakers, talk, rows),
        ethics=methods.ethics(document, rows),
        stages=figures.stages(document),
    )


def pause_threshold(settings: Settings) -> float:
    """Seconds from which a pause is marked: the setting, or the notation's own."""
    if settings.lines.pause_short_s is not None:
        return settings.lines.pause_short_s
    return notation.load(settings.lines.notation).pause_short_s


def coverage_sentences(document: Document) -> tuple[str, ...]:
    """Sentences on how much of the detected speech is in the transcript."""
    cover = document.coverage
    rows = []
    if cover.speech_s:
        put = max(0.0, cover.speech_s - cover.unclear_s) / cover.speech_s
        rows.append(f"{percent(put)} of {length(cover.speech_s)} of detected speech has words on the page.")
    if cover.recovered_words or cover.recovered_windows:
        rows.append(
            f"{count(cover.recovered_words, 'word')} in {count(cover.recovered_windows, 'stretch', 'stretches')} were "
            "missed at first and found when the passage was decoded again."
        )
    if cover.unclear:
        rows.append(
            f"{count(cover.unclear, 'stretch', 'stretches')} ({length(cover.unclear_s)}) stayed unclear and "
            f"{'is' if cover.unclear == 1 else 'are'} marked with the time."
        )
    if cover.dropped_words or cover.hallucinations or cover.loops:
        kinds = [
            count(number, one)
            for number, one in ((cover.loops, "loop"), (cover.hallucinations, "phrase with no speech behind it"))
            if number
        ]
        why = f" ({listed(kinds)})" if kinds else ""
        were = "was" if cover.dropped_words == 1 else "were"
        rows.append(f"{count(cover.dropped_words, 'word')} that the recogniser invented {were} removed{why}.")
    moved = [
        f"{count(number, 'word')} {what}"
        for number, what in (
            (cover.moved_words, "moved to the other speaker at the edge of a turn"),
            (cover.retimed_words, "given a new time"),
        )
        if number
    ]
    return (*rows, *([f"{listed(moved)}."] if moved else []))


def summary(report: Report) -> tuple[str, ...]:
    """Two or three sentences for somebody who reads nothing else."""
    rows = []
    talkers = sorted((s for s in report.speakers if s.words), key=lambda s: -s.words)
    if talkers:
        first = talkers[0]
        share = first.share if first.share is not None else first.word_share
        measure = (
            f"does {percent(share)} of the talking"
            if first.share is not None
            else f"says {percent(share)} of the words"
        )
        rows.append(f"The {first.name.lower()} {measure}.")
    replaced, flagged = sum(r.replaced for r in report.redactions), sum(r.flagged for r in report.redactions)
    text = sentence(f"{spelled(replaced, 'identifying detail')} {'is' if replaced == 1 else 'are'} replaced")
    rows.append(f"{text}, {spelled(flagged, 'more is', 'more are')} left for you to decide." if flagged else f"{text}.")
    if report.attention:
        time = (
            f", about {length(max(60.0, round(report.listening_s / 60) * 60))} of listening"
            if report.listening_s
            else ""
        )
        wait = spelled(len(report.attention), "entry still needs", "entries still need")
        rows.append(f"{sentence(wait)} a look{time}.")
    else:
        rows.append(
            "Nothing stood out that needs a second look; reading it along with the recording is still worthwhile."
        )
    return tuple(rows)


def to_json(report: Report) -> bytes:
    """The figures as JSON, UTF-8."""
    return (report.model_dump_json(indent=1) + "\n").encode("utf-8")


def files(
    document: Document,
    transcript: NumberedTranscript,
    settings: Settings,
    remaining: Iterable[Remaining] | None = None,
    places: Places | None = None,
) -> dict[str, bytes]:
    """The two files of the report, name -> bytes (see `build`)."""
    from pipeline.report import page

    report = build(document, transcript, settings, remaining, places)
    return {"report.html": page.render(report), "report.json": to_json(report)}
