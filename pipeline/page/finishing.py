"""What runs the program's own stages: signing, locking, exporting, and names for the sheets.

Nothing here writes a file of its own making. The stages do, so that every file holds what the page showed: before a
signature is taken they run on what was changed, and if they find more to hide, the reviewer sees that first.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pipeline.app import api, export_and_lock
from pipeline.core import study_log
from pipeline.core.document import Document
from pipeline.page import asked, listening, overview
from pipeline.page.interview import Interview, Shown
from pipeline.page.listening import Heard
from pipeline.page.problems import Refused, stale
from pipeline.page.sheet_entry import add_to_sheets
from pipeline.review import stats
from pipeline.review.edits import Sign, in_force

OPEN = "Something is still open: decide the flags, and undo or mend what no longer fits; then sign."
MORE = "The program looked at your corrections again and changed what is hidden. Look at it, then sign again."


@dataclass
class Told:
    """A Progress that keeps what it is told, for the answer."""

    messages: list[str] = field(default_factory=list)

    def start(self, recording: str, stages: list[str]) -> None:
        """See Progress."""

    def stage(self, name: str) -> None:
        """See Progress."""

    def update(self, fraction: float, detail: str = "") -> None:
        """See Progress."""

    def message(self, text: str, level: str = "info") -> None:
        """See Progress."""
        self.messages.append(text)

    def finish(self) -> None:
        """See Progress."""


def sign(interview: Interview, wanted: asked.Signature) -> Shown:
    """Sign what is shown.

    Raises:
        Refused: another version is the latest; something is open; or the stages, run on what was changed, made
            something else of it than the page showed.
        IpaError: a stage failed.
    """
    with interview.busy:
        shown = interview.shown()
        if wanted.version != shown.version:
            raise stale()
        if left := overview.to_decide(shown):
            raise Refused(409, "open", OPEN, open=left)
        before = _read_on_page(shown.document)
        if not _is_current(interview):
            bring_up_to_date(interview, until="review")
            shown = interview.shown()
        if _read_on_page(shown.document) != before:
            raise Refused(409, "changed", MORE)
        if left := overview.to_decide(shown):
            raise Refused(409, "open", OPEN, open=left)
        heard = listening.load(interview.paths)
        own = heard.of(wanted.who)
        share = listening.share(own.ranges, shown.document)
        seconds = max(0.0, own.seconds - own.signed)
        minutes = round(seconds / 60, 2) if seconds else None
        signature = Sign(who=wanted.who, heard=None if share is None else round(share, 4), minutes=minutes)
        signed = interview.add(shown.version, [signature])
        listening.save(interview.paths, heard.having(wanted.who, own.model_copy(update={"signed": own.seconds})))
        details = {"heard": signature.heard, "edits": len(in_force(signed.edits)), "by": wanted.who}
        study_log.add(interview.paths.outputs, "sign", interview.paths.id, **details)
        return signed


def before_signing(shown: Shown, heard: Heard, who: str) -> dict[str, Any]:
    """What a reviewer sees before they sign: what they heard and changed, how long it took, and what is open."""
    own, figures = heard.of(who), stats.of(shown.document, shown.edits)
    words = figures.substituted + figures.inserted + figures.deleted + figures.cased
    return {
        "heard_share": listening.share(own.ranges, shown.document),
        "minutes": round(max(0.0, own.seconds - own.signed) / 60, 1),
        "changed": {
            "words": words,
            "speakers": figures.speakers,
            "redactions": figures.missed + figures.wrong + figures.changed,
        },
        "open": [{"id": row["id"], "what": row["text"], **row} for row in overview.to_decide(shown)],
    }


def _is_current(interview: Interview) -> bool:
    """Whether the redactions rest on the words as they are: then the stages would make the same again."""
    return export_and_lock.is_current(interview.paths.outputs, interview.paths.id)


def bring_up_to_date(interview: Interview, until: str = "emit", told: Told | None = None) -> None:
    """Run the stages on what was changed.

    Raises:
        IpaError: see `runner.run`.
    """
    paths = interview.paths
    api.transcribe(None, progress=told or Told(), id=paths.id, outputs=paths.outputs, until=until)


def _read_on_page(document: Document) -> list[tuple[int, str]]:
    """What a reader sees of the text: the words, with replacements for those that are hidden."""
    hidden = document.hidden_words()
    shown = [(n, word.text) for n, word in enumerate(document.words) if n not in hidden]
    return sorted([*shown, *((span.first, span.replacement) for span in document.applied())])


def export(interview: Interview, wanted: asked.Export) -> dict[str, Any]:
    """Lock if asked for, and write all files: what `ipa lock` and `ipa emit` do.

    Raises:
        IpaError: a stage failed, or a file was withheld.
    """
    paths, told = interview.paths, Told()
    with interview.busy:
        settings = interview.shown().settings
        bring_up_to_date(interview, told=told)
        if wanted.lock:
            again = wanted.new_version and export_and_lock.version(paths.outputs, paths.id) > 0
            if again or not export_and_lock.version(paths.outputs, paths.id):
                frozen = export_and_lock.lock(
                    paths.outputs, paths.id, settings, new_version=again, say=told.messages.append
                )
                told.messages.append(f"{len(frozen.lines)} lines locked as v{frozen.version}")
                bring_up_to_date(interview, told=told)
        if wanted.formats:
            export_and_lock.export(paths.outputs, paths.id, wanted.formats, settings, say=told.messages.append)
    return {"files": _names(paths.share), "folder": str(paths.share.absolute()), "messages": told.messages}


def _names(share: Path) -> Sequence[str]:
    return sorted(path.name for path in share.iterdir() if path.is_file() and not path.name.startswith("."))


def to_sheet(interview: Interview, wanted: asked.Sheet, recordings: Path) -> list[str]:
    """Put a name on a sheet and hide it where it is said; returns what else there is to know.

    Raises:
        Refused, IpaError: the sheet cannot take it; nothing was changed.
    """
    with interview.busy:
        told = Told()
        told.messages += add_to_sheets(interview.paths, recordings, wanted)
        bring_up_to_date(interview, until="review", told=told)
        return told.messages
