"""`ipa retention`: what is due for deletion under the study's own dates, and the command for it. Nothing is deleted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from pipeline.app.study_names import interviews_of
from pipeline.batch.folder import recordings
from pipeline.core import studysheet
from pipeline.core.errors import UsageProblem
from pipeline.core.paths import RecordingPaths, no_such_file
from pipeline.core.studysheet import Due, Retention

ORDER: tuple[Due, ...] = ("audio", "identifying", "transcripts")
WORDS: dict[Due, str] = {
    "audio": "the sound",
    "identifying": "whatever identifies",
    "transcripts": "the transcripts",
}
COMMANDS: dict[Due, str] = {
    "audio": "ipa purge {} --recordings --only audio",
    "identifying": "ipa purge {} --recordings --key --only identifying",
    "transcripts": "ipa purge {} --key",
}


@dataclass(frozen=True)
class Row:
    """One kind of thing: its day, whether that has come, the interviews that still have it, and recordings that lie in
    the folder (for the sound)."""

    due: Due
    on: date
    has_come: bool
    ids: tuple[str, ...]
    files: tuple[Path, ...] = ()


def due(folder: Path, outputs: Path, today: date) -> list[Row]:
    """What the study sheet of a folder of recordings gives a day for, in the order of the days.

    Raises:
        UsageProblem: there is no study sheet, or it gives no day. KeySheetError: it is not valid.
    """
    if not folder.is_dir():
        raise no_such_file(folder, "folder")
    path = studysheet.in_folder(folder)
    hint = "write `retention: {audio: 2027-03-31, identifying: 2030-09-30, transcripts: 2036-09-30}` into study.yaml"
    if path is None:
        raise UsageProblem("there is no study sheet with the study's dates", file=folder, hint=hint)
    dates = studysheet.load(path).retention
    if dates == Retention():
        raise UsageProblem("the study sheet gives no day for anything", file=path, hint=hint)
    stored = interviews_of(outputs)
    rows = []
    for kind in ORDER:
        day: date | None = getattr(dates, kind)
        if day is not None:
            ids = tuple(p.id for p in stored if _has(p, kind))
            files = tuple(recordings(folder)) if kind == "audio" else ()
            rows.append(Row(kind, day, day <= today, ids, files))
    return sorted(rows, key=lambda row: row.on)


def _has(paths: RecordingPaths, kind: Due) -> bool:
    if kind == "audio":
        return any(p.is_file() for p in (paths.audio, paths.listening_copy, paths.voices))
    if kind == "identifying":
        return paths.work.is_dir() or paths.private.is_dir()
    return paths.share.is_dir()
