"""Stage 50: write private/words.json and RTTM, and the redacted files of share/.

The files for share/ are made in a staging folder, searched for anything that should have been replaced,
and only then moved into place, one whole file at a time.
"""

from __future__ import annotations

import json
import os
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar

from pipeline import (
    key,
    leakcheck,
    locking,
    manifest,
    notation,
    offline,
    published,
    redaction_log,
    report,
    rttm,
    words_file,
)
from pipeline.document import Document, StageRecord
from pipeline.errors import LeakError
from pipeline.exporters import registry
from pipeline.exporters.base import ExportContext
from pipeline.numbered import NumberedTranscript
from pipeline.paths import RecordingPaths, disk_errors, remove_tree, write_bytes, write_text
from pipeline.settings import Settings, sha256_of
from pipeline.stages.base import Context

STAGING = ".share-"
LISTENING_COPY = "listening-copy.flac"
LONGEST_PLAIN_NAME = 4  # "/root" says nothing about anybody


class Emit:
    """See Stage. Writes files; the document itself is not changed."""

    name: ClassVar[str] = "emit"
    number: ClassVar[int] = 50
    version: ClassVar[str] = "2"

    def weights(self, settings: Settings) -> tuple[str, ...]:
        """The recogniser that listens to the silenced copy again, where one is asked for."""
        return (f"whisper-{settings.transcribe.model}",) if settings.emit.audio else ()

    def fingerprint(self, settings: Settings, context: Context) -> dict[str, Any]:
        """Lines, notation, formats, and the lock that the lines must keep."""
        lock = locking.private_file(context.paths)
        return {
            "lines": settings.lines.model_dump(mode="json"),
            "emit": settings.emit.model_dump(mode="json"),
            "notation": notation.load(settings.lines.notation).model_dump(mode="json"),
            "lock": sha256_of(lock.read_text("utf-8")) if lock.is_file() else None,
        }

    def run(self, document: Document, settings: Settings, context: Context) -> Document:
        """Write everything.

        Raises:
            LeakError: an original was found in a file; nothing is left in share/.
            ResourceError, UsageProblem: the files cannot be written.
        """
        started = time.monotonic()
        transcript = numbered(document, settings, context.paths)
        _write_private(document, context)
        if settings.emit.audio and document.source == "recording":
            _write_listening_copy(document, settings, context)
        with staging(context.paths) as name:
            folder = Path(name)
            formats = [*settings.emit.formats, *standing(context.paths)]
            written = registry.export(transcript, formats, folder, export_context(settings))
            context.progress.update(0.6)
            record = StageRecord(
                stage=self.name,
                key="",
                version=self.version,
                seconds=round(time.monotonic() - started, 3),
                network=offline.state(),
            )
            write_report(document.with_(records=(*document.records, record)), transcript, settings, folder)
            names = sorted(path.name for path in folder.iterdir())
            keep = context.key_sheet.keep if context.key_sheet else ()
            say = context.progress.message
            check_for_leaks(folder, document, context.paths, withdraw=say, keep=keep)
            published.publish(folder, context.paths, context.paths.share, say)
        context.engine = "ipa-transcripts"
        context.details = {"files": names, "lines": len(transcript.lines), "formats": len(written)}
        return document


def standing(paths: RecordingPaths) -> list[str]:
    """Formats that lie in share/ already: they are written again with the others, so that a name which was found
    since, or a line that moved, does not live on in a file that somebody exported earlier."""
    return [name for name, form in registry.FORMATS.items() if (paths.share / form.file).is_file()]


def numbered(document: Document, settings: Settings, paths: RecordingPaths) -> NumberedTranscript:
    """The document on numbered lines; where there is a lock, on its lines, in its width and notation."""
    from pipeline.lines import number

    lock = locking.load(paths)
    lines = lock.settings if lock else settings.lines
    return number(document, lines, notation.load(lines.notation), lock=lock)


def export_context(settings: Settings) -> ExportContext:
    """What the settings say about files."""
    emit = settings.emit
    return ExportContext(study=emit.study, terms=emit.terms, columns=emit.columns, timestamps=emit.timestamps)


def write_report(document: Document, transcript: NumberedTranscript, settings: Settings, folder: Path) -> None:
    """The report, the log of replacements, and last the manifest with the hashes of all files beside it."""
    for name, data in report.files(document, transcript, settings).items():
        write_bytes(folder / name, data)
    write_bytes(folder / "redactions.csv", redaction_log.render(document, transcript))
    files = {path.name: path.read_bytes() for path in sorted(folder.iterdir())}
    value = manifest.build(document, settings, files)
    write_text(folder / "manifest.json", json.dumps(value, indent=1, ensure_ascii=False) + "\n")


def _write_private(document: Document, context: Context) -> None:
    write_bytes(context.paths.words, words_file.render(document), private=True)
    secret = context.secret or key.ready(context.paths.key, say=context.progress.message)
    key.save(context.paths.key, key.key_of(document), secret)
    if document.source == "recording":
        write_text(context.paths.rttm, rttm.rttm_of_document(document), private=True)


def _write_listening_copy(document: Document, settings: Settings, context: Context) -> None:
    """private/listening-copy.flac: private, because a voice identifies, too."""
    from pipeline import audio, redacted_audio
    from pipeline.engines import choose

    wanted = settings.transcribe
    device, _ = choose.find_device(context.device)
    folder = context.catalogue.path(f"whisper-{wanted.model}")
    recogniser = choose.open_for(wanted, device, folder, context.progress.message)
    target = context.paths.private / LISTENING_COPY
    redacted_audio.write(document, audio.open_sound(context.paths.audio), target, recogniser=recogniser)
    context.progress.message(f"Listening copy with the identifiers silenced: {target}")


def staging(paths: RecordingPaths) -> tempfile.TemporaryDirectory[str]:
    """A folder beside share/, on the same disk; what an interrupted run left is removed first."""
    for old in paths.root.glob(f"{STAGING}*"):
        remove_tree(old)
    with disk_errors(paths.root):
        return tempfile.TemporaryDirectory(prefix=STAGING, dir=paths.root)


def check_for_leaks(
    folder: Path,
    document: Document,
    paths: RecordingPaths,
    *,
    withdraw: published.Say | None,
    keep: Sequence[str] = (),
) -> None:
    """Search staged files for originals; on a hit share/ is emptied too (see `published`), as it may hold the same,
    unless `withdraw` is None.

    Raises:
        LeakError: names the file and the span's id, never the original.
    """
    try:
        leakcheck.require_clean(folder, document, keep=keep, forbidden=_origins(paths))
    except LeakError:
        if withdraw is not None:
            published.withdraw(paths, withdraw)
        raise


def _origins(paths: RecordingPaths) -> list[tuple[str, str]]:
    """(kind, text) that says whose machine this is: it has no business in shared files."""
    rows = [("a folder of this machine", str(paths.outputs.absolute())), ("the home folder", os.path.expanduser("~"))]
    return [(kind, text) for kind, text in rows if len(text) > LONGEST_PLAIN_NAME + 1]
