"""Stored interviews for the tests of the page, and a browser that talks to it without one."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from starlette.testclient import TestClient

from pipeline.app import snapshots
from pipeline.core.document import Document, Entity, StageRecord
from pipeline.core.paths import RecordingPaths
from pipeline.page.app import Pages, application
from pipeline.page.security import Guard, Session
from pipeline.recording import SAMPLE_RATE
from tests import builders, sounds
from tests.review.worlds import interview

PORT = 4711
HOME = f"http://127.0.0.1:{PORT}"
RECORDS = tuple(StageRecord(stage=name, key=name) for name in ("transcribe", "redact"))


def store(outputs: Path, document: Document | None = None, *, sound: bool = True) -> RecordingPaths:
    """An interview as a run has left it after redaction; with half a minute of sound."""
    document = document or interview()
    paths = RecordingPaths(outputs, document.id)
    paths.make()
    snapshots.save(document.with_(records=RECORDS), paths.snapshot("redact"))
    if sound and document.source == "recording":
        sounds.write(paths.audio, sounds.tone(30.0), rate=SAMPLE_RATE)
    return paths


def hour(words: int = 9000) -> Document:
    """An interview of about so many words, with names that come again."""
    one = len(builders.reference().words)
    document = builders.reference(repeat=max(1, round(words / one)))
    entities: dict[tuple[str, str], Entity] = {}
    spans = []
    for span in document.redactions:
        said = " ".join(w.text for w in document.words[span.first : span.last + 1])
        form = said[len(span.lead) : len(said) - len(span.tail)]
        number = len(entities) + 1
        made = Entity(id=f"E{number}", category=span.category, forms=(form,), replacement=f"[name {number}]")
        entity = entities.setdefault((span.category, form), made)
        spans.append(span.model_copy(update={"entity": entity.id, "replacement": entity.replacement}))
    return document.with_(id="P09", redactions=tuple(spans), entities=tuple(entities.values()))


class Browser:
    """A session on the page: everything that a browser would send is sent."""

    def __init__(
        self, outputs: Path, *, only: str = "", idle_s: float = 600.0, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.session = Session(idle_s, clock)
        self.pages = Pages(outputs, self.session, recordings=outputs.parent / "recordings", only=only)
        self.client = TestClient(
            Guard(application(self.pages), self.session, PORT, self.pages.forget), base_url=HOME, follow_redirects=False
        )
        self.token = self.session.token
        self.client.get(f"/open?token={self.token}")
        self.view: dict[str, Any] = {}

    @property
    def headers(self) -> dict[str, str]:
        return {"Origin": HOME, "X-CSRF": self.session.csrf}

    def get(self, path: str, code: int = 200, **options: Any) -> Any:
        answer = self.client.get(path, **options)
        assert answer.status_code == code, answer.text
        return answer.json()

    def post(self, path: str, body: Any, code: int = 200) -> Any:
        answer = self.client.post(path, json=body, headers=self.headers)
        assert answer.status_code == code, answer.text
        return answer.json()

    def open(self, name: str = "P03") -> dict[str, Any]:
        """Look at an interview."""
        self.view = self.get(f"/api/interviews/{name}")
        return self.view

    def do(self, what: str, code: int = 200, **fields: Any) -> dict[str, Any]:
        """A request on the interview that is open, on the version that is shown; the new view is kept."""
        body = {"version": self.view["version"], **fields}
        answer: dict[str, Any] = self.post(f"/api/interviews/{self.view['id']}/{what}", body, code)
        self.view = answer.get("view", self.view) if code == 200 else self.view
        return answer

    def edit(self, *edits: dict[str, Any], code: int = 200, **fields: Any) -> dict[str, Any]:
        """Make changes."""
        return self.do("edits", code, edits=list(edits), **fields)

    def words(self) -> list[str]:
        """The words as they are shown."""
        return [word[0] for word in self.view["words"]]

    def read(self) -> str:
        """What a reader of the files would see."""
        spans = {span["first"]: span for span in self.view["spans"] if span["action"] == "hide"}
        hidden = {n for span in spans.values() for n in range(span["first"], span["last"] + 1)}
        pieces = []
        for n, word in enumerate(self.words()):
            if n in spans:
                pieces.append(spans[n]["lead"] + spans[n]["shown"] + spans[n]["tail"])
            elif n not in hidden:
                pieces.append(word)
        return " ".join(pieces)

    def at(self, word: str, nth: int = 0) -> int:
        """The index of a word."""
        return [n for n, said in enumerate(self.words()) if said == word][nth]

    def span(self, word: str, nth: int = 0) -> str:
        """The id of the redaction over a word."""
        n = self.at(word, nth)
        return next(span["id"] for span in self.view["spans"] if span["first"] <= n <= span["last"])
