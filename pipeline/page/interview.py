"""One interview that is open on the page: what is on the disk, with its edits applied, and changes of it.

Nothing is kept here that is not on the disk: every request looks whether a file has changed (another tab, another
command), and a change is stored before it is answered.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from pipeline.app import runner, sheets, snapshots
from pipeline.core import hashes
from pipeline.core.document import Document
from pipeline.core.errors import BadInputError
from pipeline.core.keysheet import KeySheet
from pipeline.core.paths import STAGE_NUMBERS, RecordingPaths, nothing_stored
from pipeline.core.settings import Settings, Wanted
from pipeline.core.studysheet import merge
from pipeline.page import doubts, history, problems
from pipeline.page.doubts import Doubt
from pipeline.page.making import Maker
from pipeline.page.problems import Refused
from pipeline.review import numbering, store
from pipeline.review.apply import Applied, unreviewed
from pipeline.review.edits import Edit, in_force
from pipeline.review.running import Running
from pipeline.stages import emit
from pipeline.stages.review import hidden_again
from pipeline.transcript import locking
from pipeline.transcript.locking import Lock
from pipeline.transcript.numbered import NumberedTranscript

Signature = tuple[tuple[int, int, int] | None, ...]


@dataclass(frozen=True)
class Shown:
    """What the page shows at one version. `applied.document` has its residual mentions hidden, as in all files;
    `before` is what was in doubt before any edit."""

    version: str
    edits: tuple[Edit, ...]
    applied: Applied
    base: Document
    before: Sequence[Doubt]
    settings: Settings
    paths: RecordingPaths
    lock: Lock | None

    @property
    def document(self) -> Document:
        """The interview with its edits."""
        return self.applied.document

    @cached_property
    def doubts(self) -> list[Doubt]:
        """What to look at, ranked."""
        return doubts.ranked(self.applied, self.before)

    @cached_property
    def transcript(self) -> NumberedTranscript:
        """The same on the lines on which it is going to be printed."""
        return emit.numbered(self.document, self.settings, self.paths, indexed=True)


class Interview:
    """An interview; one request at a time works on it."""

    def __init__(self, paths: RecordingPaths) -> None:
        self.paths = paths
        self.busy = threading.RLock()
        self._seen: dict[str, Signature] = {}
        self._running: Running | None = None
        self._digest = ""
        self._stored = store.Stored()
        self._before: list[Doubt] = []
        self._sheet: KeySheet | None = None
        self._settings = Settings()
        self._lock: Lock | None = None
        self._shown: Shown | None = None

    def shown(self) -> Shown:
        """How it is now.

        Raises:
            IpaError: nothing is stored of it, or a file is damaged.
        """
        with self.busy:
            self._read()
            if self._shown is None:
                self._shown = self._show()
            return self._shown

    def change(self, version: str, make: Callable[[Maker, Shown], None], who: str, *, reopen: bool = False) -> Shown:
        """Make edits on a version and store them.

        Raises:
            Refused: another version is the latest, the transcript is signed or locked, or the change is impossible.
            IpaError: the edits cannot be stored; nothing was changed.
        """
        with self.busy:
            shown = self._to_change(version, reopen)
            assert self._running is not None
            maker = Maker(self._running, shown.edits, shown.document, shown.applied.ids, numbering.load(self.paths))
            maker.who = who
            make(maker, shown)
            return self._append(maker.made, shown)

    def step(self, version: str, who: str, *, forward: bool, reopen: bool = False) -> Shown:
        """Undo, or redo, what was done by one request.

        Raises:
            Refused: see `change`; or there is nothing to take back.
        """
        with self.busy:
            shown = self._to_change(version, reopen)
            made = history.redo(shown.edits, who) if forward else history.undo(shown.edits, who)
            if not made:
                raise Refused(409, "nothing", f"There is nothing to {'redo' if forward else 'undo'}.")
            return self._append(made, shown)

    def add(self, version: str, edits: Sequence[Edit]) -> Shown:
        """Store edits that change no words: a signature."""
        with self.busy:
            return self._append(edits, self._at(version))

    def signature(self) -> Signature:
        """Changes whenever a file changes of which anything is shown."""
        files = [path for paths in self._files().values() for path in paths]
        return _signature([*files, self.paths.private / "heard.json", self.paths.audio])

    def forget(self) -> None:
        """Drop everything that was read: the session is over."""
        with self.busy:
            self._running = self._shown = None
            self._seen, self._digest, self._stored = {}, "", store.Stored()

    def _at(self, version: str) -> Shown:
        shown = self.shown()
        if version != shown.version:
            raise problems.stale()
        return shown

    def _to_change(self, version: str, reopen: bool) -> Shown:
        shown = self._at(version)
        if not reopen and (shown.lock is not None or shown.applied.signed is not None):
            what = "locked" if shown.lock is not None else "signed"
            raise Refused(
                423,
                what,
                f"The transcript is {what}. A change takes the signature away and needs a new version: "
                "say so first, with 'Change it anyway'.",
            )
        return shown

    def _append(self, made: Sequence[Edit], shown: Shown) -> Shown:
        if not made:
            return shown
        assert self._running is not None
        edits = (*shown.edits, *made)
        applied = self._running.to(edits)
        known = {u.edit.id for u in shown.applied.unfitting}
        refused = [u for u in applied.unfitting if u.edit.id in {e.id for e in made} - known]
        if refused:
            raise Refused(400, "impossible", f"That is not possible here: {refused[0].why}.")
        try:
            stored = store.append(self.paths, made, after=self._stored.version)
        except store.StaleEditsError:
            raise problems.stale() from None
        self._stored = store.Stored(edits, stored.version)
        self._seen["edits"] = _signature([store.file_of(self.paths)])
        self._shown = self._show(applied)
        return self._shown

    def _show(self, applied: Applied | None = None) -> Shown:
        assert self._running is not None
        edits = self._stored.edits
        applied = applied or self._running.to(edits)
        if in_force(edits):
            document = hidden_again(applied.document, applied.shown, self._sheet)
            applied = replace(applied, document=document)
        version = hashes.of_bytes(f"{self._digest}/{self._stored.version}".encode())[:16]
        base = self._running.document
        return Shown(version, edits, applied, base, self._before, self._settings, self.paths, self._lock)

    def _read(self) -> None:
        """Read again what has changed on the disk."""
        readers = {"base": self._read_base, "edits": self._read_edits, "sheets": self._read_sheets}
        for name, paths in self._files().items():
            now = _signature(paths)
            if self._seen.get(name) != now:
                readers.get(name, self._read_settings)()
                self._seen[name] = now
                self._shown = None

    def _files(self) -> dict[str, list[Path]]:
        return {
            "base": [self.paths.snapshot(stage) for stage in STAGE_NUMBERS],
            "edits": [store.file_of(self.paths)],
            "sheets": [self.paths.key_sheet, self.paths.study_sheet],
            "settings": [self.paths.settings, self.paths.lock, locking.private_file(self.paths)],
        }

    def _read_base(self) -> None:
        document = latest(self.paths)
        digest = hashes.of_bytes(unreviewed(document).model_dump_json().encode())
        if digest != self._digest or self._running is None:
            self._running, self._digest = Running(document), digest
            self._before = doubts.at_first(document)
        self._running.document = document

    def _read_edits(self) -> None:
        self._stored = store.load(self.paths)

    def _read_sheets(self) -> None:
        found = sheets.find(None, None, self.paths)
        self._sheet = merge(found.own, found.study, {})

    def _read_settings(self) -> None:
        self._settings = Wanted().load(runner.stored_settings(self.paths.outputs, self.paths.id))
        self._lock = locking.load(self.paths)


def latest(paths: RecordingPaths) -> Document:
    """The document that was stored last: a run that stopped after the review leaves older files behind it.

    Raises:
        BadInputError: nothing is stored, or it was not redacted yet.
    """
    there = [
        (p.stat().st_mtime_ns, n, stage) for stage, n in STAGE_NUMBERS.items() if (p := paths.snapshot(stage)).is_file()
    ]
    for _, _, stage in sorted(there, reverse=True):
        document = snapshots.load(paths, stage)
        if document is not None:
            if document.record_of("redact") is None:
                raise BadInputError(
                    f"'{paths.id}' has not been redacted yet", file=paths.root, hint=f"run `ipa emit {paths.id}` first"
                )
            return document
    raise BadInputError(
        nothing_stored(paths.outputs, paths.id), file=paths.root, hint="`ipa status` lists what is stored"
    )


def _signature(paths: Sequence[Path]) -> Signature:
    rows: list[tuple[int, int, int] | None] = []
    for path in paths:
        try:
            found = path.stat()
            rows.append((found.st_mtime_ns, found.st_size, found.st_ino))
        except OSError:
            rows.append(None)
    return tuple(rows)
