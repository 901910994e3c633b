"""Stage 50: write private/words.json and RTTM, and the redacted files of share/.

The files for share/ are made in a staging folder, compared with their twins (see `leakcheck`), and only then moved
into place, one whole file at a time. A file that shows more than the redacted document stays out; the others go.
"""

from __future__ import annotations

import json
import os
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar

from pipeline import report
from pipeline.core import offline
from pipeline.core.document import Document, StageRecord
from pipeline.core.errors import LeakError
from pipeline.core.paths import RecordingPaths, atomic, disk_errors, remove_tree, write_bytes, write_text
from pipeline.core.settings import Settings, sha256_of
from pipeline.diarisation import rttm
from pipeline.exporters import registry
from pipeline.exporters.base import ExportContext
from pipeline.redaction import naming
from pipeline.release import key, leakcheck, publish, redaction_log, words_file
from pipeline.report import manifest
from pipeline.report.places import Places
from pipeline.stages.base import Context, StageResult
from pipeline.transcript import locking, notation
from pipeline.transcript.numbered import NumberedTranscript

STAGING = ".share-"
MANIFEST = "manifest.json"
LONGEST_PLAIN_NAME = 4  # names as short as "/root" identify nobody

LONGEST_PDF = 60_000
"""Words of the longest transcript of which a run makes a PDF unasked: seven hours, a thousand pages."""


class Emit:
    """See Stage. Writes files; the document itself is not changed."""

    name: ClassVar[str] = "emit"
    version: ClassVar[str] = "3"

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

    def run(self, document: Document, settings: Settings, context: Context) -> StageResult:
        """Write everything.

        Raises:
            LeakError: a file showed more than the redacted document and was withheld (the others are in share/), or
                the id or the study code holds a name (nothing was written).
            ResourceError, UsageProblem: the files cannot be written.
        """
        started = time.monotonic()
        paths, say = context.paths, context.progress.message
        naming.require_unspoken(document, settings.emit.study, paths)
        _write_private(document, context)
        if settings.emit.audio and document.source == "recording":
            _write_listening_copy(document, settings, context)
        formats = [*_asked_for(document, settings, context), *standing(paths)]
        record = StageRecord(stage=self.name, key="", version=self.version, network=offline.state())
        forbidden = origins(paths, context.source)
        with staging(paths) as name:
            twins = leakcheck.Twins(Path(name), document.with_(records=(*document.records, record)))
            counts = twins.write(lambda d, folder: _write_share(d, settings, paths, formats, folder))
            context.progress.update(0.6)
            hits = twins.withhold(forbidden)
            seconds = round(time.monotonic() - started, 3)
            twins.write(lambda d, folder: _write_manifest(d, seconds, settings, twins.files, folder))
            hits += twins.withhold(forbidden)
            names = sorted(path.name for path in twins.files.iterdir())
            publish_passed(twins, hits, paths, paths.share, say)
        return StageResult(document, engine="ipa-transcripts", details={"files": names, **counts})


def _asked_for(document: Document, settings: Settings, context: Context) -> list[str]:
    """The formats that the settings name, without a PDF that would be enormous."""
    if len(document.words) <= LONGEST_PDF or "pdf" not in settings.emit.formats:
        return list(settings.emit.formats)
    identifier = context.paths.id
    context.progress.message(
        f"{identifier}: a PDF of {len(document.words):,} words takes minutes and gigabytes, so it is left out; "
        f"`ipa export {identifier} -f pdf` makes it"
    )
    return [name for name in settings.emit.formats if name != "pdf"]


def standing(paths: RecordingPaths) -> list[str]:
    """Formats that lie in share/ already: they are written again with the others, so that a name found since, or a
    line that has moved, does not survive in a file that was exported earlier."""
    return [name for name, form in registry.FORMATS.items() if (paths.share / form.file).is_file()]


def numbered(
    document: Document, settings: Settings, paths: RecordingPaths, *, indexed: bool = False
) -> NumberedTranscript:
    """The document on numbered lines; where there is a lock, on the lock's lines, in its width and notation. `indexed`:
    see `lines.number`."""
    from pipeline.transcript.lines import number

    lock = locking.load(paths)
    lines = lock.settings if lock else settings.lines
    return number(document, lines, notation.load(lines.notation), lock=lock, indexed=indexed)


def export_context(settings: Settings) -> ExportContext:
    """What the settings say about files."""
    emit = settings.emit
    return ExportContext(
        study=emit.study,
        terms=emit.terms,
        columns=emit.columns,
        paper=emit.paper,
        notes_by=emit.notes_by,
        note_width_cm=emit.note_width_cm,
        text_width_cm=emit.text_width_cm,
        timestamps=emit.timestamps,
    )


def _write_share(
    document: Document, settings: Settings, paths: RecordingPaths, formats: Sequence[str], folder: Path
) -> dict[str, int]:
    """The transcript in its formats, the report, and the log of replacements; returns counts for the record."""
    transcript = numbered(document, settings, paths)
    written = registry.export(transcript, formats, folder, export_context(settings))
    places = Places(document, transcript)
    for name, data in report.files(document, transcript, settings, places=places).items():
        write_bytes(folder / name, data)
    write_bytes(folder / "redactions.csv", redaction_log.render(document, transcript, places=places))
    return {"lines": len(transcript.lines), "formats": len(written)}


def _write_manifest(document: Document, seconds: float, settings: Settings, files: Path, folder: Path) -> None:
    """The manifest into `folder`, with this stage's seconds and the hashes of `files`."""
    *before, last = document.records
    document = document.with_(records=(*before, last.model_copy(update={"seconds": seconds})))
    written = {path.name: path.read_bytes() for path in sorted(files.iterdir()) if path.name != MANIFEST}
    value = manifest.build(document, settings, written)
    write_text(folder / MANIFEST, json.dumps(value, indent=1, ensure_ascii=False) + "\n")


def _write_private(document: Document, context: Context) -> None:
    with atomic(context.paths.words, private=True) as file:
        file.writelines(words_file.pieces(document))
    secret = context.secret or key.ready(context.paths.key, say=context.progress.message)
    key.save(context.paths.key, key.key_of(document), secret)
    if document.source == "recording":
        write_text(context.paths.rttm, rttm.rttm_of_document(document), private=True)


def _write_listening_copy(document: Document, settings: Settings, context: Context) -> None:
    """private/listening-copy.flac: private, because a voice identifies, too."""
    from pipeline.engines import choose
    from pipeline.recording import audio
    from pipeline.release import listening_copy

    wanted = settings.transcribe
    device, _ = choose.find_device(context.device)
    folder = context.catalogue.path(f"whisper-{wanted.model}")
    recogniser = choose.open_for(wanted, device, folder, context.progress.message)
    target = context.paths.listening_copy
    listening_copy.write(document, audio.open_sound(context.paths.audio), target, recogniser=recogniser)
    context.progress.message(f"Listening copy with the identifiers silenced: {target}")


def staging(paths: RecordingPaths) -> tempfile.TemporaryDirectory[str]:
    """A folder beside share/, on the same disk; what an interrupted run left is removed first."""
    for old in paths.root.glob(f"{STAGING}*"):
        remove_tree(old)
    with disk_errors(paths.root):
        return tempfile.TemporaryDirectory(prefix=STAGING, dir=paths.root)


def publish_passed(
    twins: leakcheck.Twins, hits: Sequence[leakcheck.Hit], paths: RecordingPaths, target: Path, say: publish.Say
) -> None:
    """Move the files that passed into `target`; an older version of a withheld one goes if it shows the same.

    Raises:
        LeakError: something was withheld; it names files and places, never an original.
    """
    told = []
    for hit in hits:
        old = target / hit.file
        if not old.is_file():
            older = ""
        elif twins.holds(old, hit):
            publish.withdraw(old, paths, say)
            older = ", and so was the older one, which shows the same"
        else:
            older = "; the older one stays"
        told.append(f"{hit} and was withheld{older}")
    publish.publish(twins.files, paths, target, say)
    if not hits:
        return
    formats = [name for name, form in registry.FORMATS.items() if form.file in {hit.file for hit in hits}]
    command = f"ipa export {paths.id} {' '.join(f'-f {f}' for f in formats)}" if formats else f"ipa emit {paths.id}"
    raise LeakError(
        f"{'; '.join(told)}. All other files are in {target}",
        hint=f"run `{command}` again; if a file is withheld again, do without it and report the place named above",
    )


def origins(paths: RecordingPaths, source: Path | None = None) -> list[tuple[str, str]]:
    """(kind, text) of what tells whose machine this is and must not stand in shared files."""
    rows = [("a folder of this machine", str(paths.outputs.absolute())), ("the home folder", os.path.expanduser("~"))]
    if source is not None:
        rows.append(("the name of the recording's file", source.name))
    return [(kind, text) for kind, text in rows if len(text) > LONGEST_PLAIN_NAME + 1]
