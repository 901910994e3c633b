"""The list of interviews: how far each is, what is open, what to do next."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pipeline.batch import status
from pipeline.batch.folder import recordings
from pipeline.core.errors import IpaError
from pipeline.core.paths import RecordingPaths
from pipeline.page import listening, view
from pipeline.page.interview import Interview, Shown
from pipeline.review import stats


def row(interview: Interview, who: str) -> dict[str, Any]:
    """One stored interview; one that cannot be opened says why in `next`."""
    paths = interview.paths
    try:
        shown, heard = interview.shown(), listening.load(paths)
    except IpaError as error:
        found = status.of(paths)
        return {
            **_empty(paths),
            "seconds": found.duration,
            "quality": error.what,
            "next": found.next or error.hint or "",
        }
    document = shown.document
    seconds = sum(reviewer.seconds for reviewer in heard.reviewers.values())
    remarks = document.recording.quality.remarks if document.recording and document.recording.quality else ()
    return {
        **_empty(paths),
        "state": _state(shown),
        "seconds": document.duration,
        "words": len(document.words),
        "quality": remarks[0] if remarks else "",
        "open": len(to_decide(shown)),
        "heard": listening.share(heard.of(who).ranges, document) or 0.0,
        "review_s": round(seconds or stats.minutes(shown.edits) * 60),
        "next": _next(shown),
        "has_audio": view.has_audio(shown),
    }


def waiting(folder: Path, stored: set[str]) -> Iterator[dict[str, Any]]:
    """Recordings of a folder that nothing was done with yet, as far as their ids can be told."""
    if not folder.is_dir():
        return
    for file in recordings(folder):
        name = status.name_of(file)
        if name not in stored:
            todo = f"Transcribe it: `ipa run {file}`"
            yield {**_empty(RecordingPaths(folder, name)), "next": todo}


def to_decide(shown: Shown) -> list[dict[str, Any]]:
    """What must be decided before anybody signs: flags, and changes that no longer fit."""
    flags = [doubt for doubt in view.found(shown) if doubt["why"] == "flag" and not doubt["done"]]
    unfitting = [
        {"id": u.edit.id, "why": "unfitting", "text": f"A change ({u.edit.kind}) fits no longer: {u.why}."}
        for u in shown.applied.unfitting
    ]
    return [*flags, *unfitting]


def _empty(paths: RecordingPaths) -> dict[str, Any]:
    return {
        "id": paths.id,
        "state": "waiting",
        "seconds": None,
        "words": 0,
        "quality": "",
        "open": 0,
        "heard": 0.0,
        "review_s": 0,
        "next": "",
        "has_audio": False,
    }


def _state(shown: Shown) -> str:
    if shown.lock is not None:
        return "locked"
    if shown.applied.signed is not None:
        return "signed"
    return "in_review" if shown.edits else "transcribed"


def _next(shown: Shown) -> str:
    if shown.lock is not None:
        return "Analyse it; its lines can be cited"
    if shown.applied.signed is not None:
        return "Lock it, and export"
    return "Go on, decide what is open, and sign" if shown.edits else "Listen, correct, decide, and sign"
