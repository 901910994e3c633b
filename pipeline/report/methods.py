"""The paragraph for the methods chapter and the answers for the ethics form, filled in with figures.

The wording follows the ICO's guidance of March 2025 and the HRA's study-wide criteria: as long as the recording or the
key exists, the transcript is de-identified (pseudonymised) personal data, and no stronger claim is made. What only the
researcher knows is left blank.
"""

from __future__ import annotations

import re

from pipeline.core.document import Category, Document, StageRecord
from pipeline.report.manifest import models, package_versions
from pipeline.report.model import Answer, CategoryCount, Conversation, SpeakerFigures
from pipeline.report.words import category_name, count, length, listed, percent
from pipeline.transcript.lines import signed
from pipeline.transcript.numbered import NumberedTranscript

BLANK = "__________"
ENGINES: dict[str, tuple[str, str]] = {
    "ctranslate2": ("Whisper on CTranslate2", "ctranslate2"),
    "faster-whisper": ("faster-whisper", "faster-whisper"),
    "torch": ("Whisper on PyTorch", "openai-whisper"),
    "pyannote": ("pyannote.audio", "pyannote.audio"),
    "fast": ("a segmentation network and clustering of speaker embeddings", ""),
}
"""Name of an engine in records -> (name for people, package whose version counts)."""
HOW_CHANGED: dict[Category, str] = {
    "AGE": "exact ages became an age band",
    "DATE": "exact dates were reduced to their year or a description",
}


def _models(record: StageRecord) -> str:
    names = [f"{name}, SHA-256 {sha[:8]}…" for name, sha in models(record.weights)]
    return "; ".join(names)


def engine_text(record: StageRecord) -> str:
    """ "Whisper on CTranslate2 4.6.0 (model whisper-base, SHA-256 d01c3014…)"."""
    known = re.match(r"[a-z0-9-]*", record.engine.lower())
    name, package = ENGINES.get(known[0] if known else "", (record.engine, ""))
    version = package_versions((package,)).get(package, "") if package else ""
    named = _models(record)
    text = f"{name} {version}".strip() or "the program's own rules"
    return f"{text} (model{'s' if ';' in named else ''} {named})" if named else text


def chapter(
    document: Document,
    transcript: NumberedTranscript,
    speakers: tuple[SpeakerFigures, ...],
    talk: Conversation,
    rows: tuple[CategoryCount, ...],
) -> str:
    """The paragraph for the methods chapter."""
    parts = [
        _made(document, transcript),
        _extent(document, transcript),
        _verbatim(document, transcript, talk, speakers),
    ]
    parts += [_replaced(document, rows), _checked(document)]
    if not document.words:
        parts = [parts[0], "Nothing was said in it that could be transcribed."]
    return " ".join(part for part in parts if part)


def _made(document: Document, transcript: NumberedTranscript) -> str:
    program = f"ipa-transcripts {transcript.meta.tool_version}".strip()
    if document.source == "typed":
        return f"The interview was transcribed by hand; the typed transcript was processed with {program}."
    steps = []
    for stage, phrase in (
        ("transcribe", "speech was recognised with"),
        ("diarise", "speakers were distinguished with"),
    ):
        record = document.record_of(stage)
        if record is not None and (record.engine or record.weights):
            steps.append(f"{phrase} {engine_text(record)}")
    text = (
        f"The interview was audio-recorded and transcribed with {program} on the researcher's own computer; the "
        "program opens no network connection while it works, and neither recording nor transcript was sent to any "
        "service."
    )
    return f"{text} {steps[0][0].upper()}{'; '.join(steps)[1:]}." if steps else text


def _extent(document: Document, transcript: NumberedTranscript) -> str:
    size = (
        f"{count(len(document.words), 'word')} in {count(len(transcript.turns), 'turn')}, set in "
        f"{count(len(transcript.lines), 'line')} of at most {transcript.width} characters that are numbered "
        f"continuously ({transcript.version}, hash {transcript.short_hash})"
    )
    if document.duration is None:
        return f"The transcript has {size}."
    return f"The recording of {length(document.duration)} gave {size}."


def _verbatim(
    document: Document, transcript: NumberedTranscript, talk: Conversation, speakers: tuple[SpeakerFigures, ...]
) -> str:
    kept = sum(s.fillers for s in speakers)
    text = (
        "It is a semantic verbatim record: hesitations, repetitions and false starts were kept"
        f" ({count(kept, 'hesitation such as “um” or “er”', 'hesitations such as “um” or “er”')})"
        if kept
        else "It is a semantic verbatim record: hesitations, repetitions and false starts were kept"
    )
    if document.source == "typed":
        return f"{text} as far as they had been typed."
    if talk.pauses:
        text += f", and {count(talk.pauses, 'pause')} ({length(talk.pause_s)} in all) marked"
    unclear = document.coverage.unclear
    if unclear:
        seconds, speech = document.coverage.unclear_s, document.coverage.speech_s
        share = f", {percent(seconds / speech)} of the speech" if speech else ""
        text += (
            f". {count(unclear, 'stretch', 'stretches')} ({length(seconds)}{share}) could not be made out and "
            f"{'is' if unclear == 1 else 'are'} marked as unclear with the time"
        )
    return f"{text}."


def _replaced(document: Document, rows: tuple[CategoryCount, ...]) -> str:
    if document.record_of("redact") is None and not document.redactions:
        return "The transcript has not been de-identified yet."
    done = [row for row in rows if row.replaced]
    total = sum(row.replaced for row in done)
    if not total:
        text = "No detail that identifies a person directly was found"
    else:
        kinds = listed([f"{category_name(row.category, row.replaced)} ({row.replaced})" for row in done])
        text = (
            f"{count(total, 'detail')} that could identify a person {'was' if total == 1 else 'were'} replaced by a "
            f"description in square brackets, the same for every mention: {kinds}"
        )
    ways = [way for category, way in HOW_CHANGED.items() if any(row.category == category for row in done)]
    if ways:
        text += f"; {listed(ways)}"
    flagged = sum(row.flagged for row in rows)
    if flagged:
        were = "was" if flagged == 1 else "were"
        text += f". {count(flagged, 'further detail')} {were} listed for the researcher to decide"
    return f"{text}."


def _checked(document: Document) -> str:
    if (signature := signed(document)) is not None:
        by_hand = f"The transcript was then checked against the recording by {signature['who'] or BLANK}."
    else:
        by_hand = (
            f"[To complete after the check: the transcript was checked against the recording by {BLANK} on {BLANK}.]"
        )
    if document.source == "typed":
        by_hand = by_hand.replace(" against the recording", "")
    return (
        f"{by_hand} The transcript is de-identified (pseudonymised): the key that links replacements to originals is "
        "kept apart from it."
    )


def ethics(document: Document, rows: tuple[CategoryCount, ...]) -> tuple[Answer, ...]:
    """Answers to what the HRA's study-wide criteria ask about de-identified data."""
    done = [row for row in rows if row.replaced]
    flagged = sum(row.flagged for row in rows)
    kinds = listed([f"{category_name(row.category)} ({row.replaced})" for row in done]) or "none found"
    audio = "the recording, " if document.source == "recording" else ""
    pending = (
        f" {count(flagged, 'detail')} that might single somebody out in context "
        f"{'is' if flagged == 1 else 'are'} still to be decided on by the researcher."
        if flagged
        else ""
    )
    return (
        Answer(
            question="At what point do the data stop being personal data?",
            answer=(
                f"Not while {audio}the key or the consent forms exist. The transcript is de-identified (pseudonymised) "
                "and stays personal data, including data about health, for whoever holds any of these. They are kept "
                f"until {BLANK} and then destroyed as the protocol lays down; whether the transcript alone can still "
                "identify somebody is judged again then."
            ),
        ),
        Answer(
            question="How were the data changed?",
            answer=(
                f"Details that identify a person directly were replaced by descriptions in square brackets, found by "
                f"rules, word lists and a language model on the researcher's computer: {kinds}. Each person, place or "
                f"service has one replacement throughout.{pending} Every replacement is listed without its original "
                "in redactions.csv; the originals are only in the key."
            ),
        ),
        Answer(
            question="What prevents re-identification in this context?",
            answer=(
                "A reader is assumed to know the county, the kind of service, the year and the number of participants, "
                "and some readers (staff, peer support workers, relatives) know more. The details that stay readable "
                "are listed together and weighed by the researcher as a motivated intruder would "
                f"(checked by {BLANK} on {BLANK}). Key and recording are encrypted or access-restricted and kept apart "
                "from the transcript; quotations are checked once more before publication."
            ),
        ),
        Answer(
            question="Were the data disclosed to a third party for processing?",
            answer=(
                "No. Transcription and de-identification ran on the researcher's own computer without a network "
                "connection; no cloud service was used."
            ),
        ),
    )
