"""The page's requests and what answers them. Everything is JSON but the page itself and the sound.

Whatever changes something is a POST; who may ask is settled by `security.Guard` before anything here runs.
"""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

from pipeline.core import study_log
from pipeline.core.document import Frozen
from pipeline.core.errors import IpaError
from pipeline.core.paths import RecordingPaths, is_id, nothing_stored, stored_ids
from pipeline.page import agreement, asked, finding, finishing, listening, overview, problems, sound, view
from pipeline.page.interview import Interview, Shown
from pipeline.page.making import Maker
from pipeline.page.problems import Refused
from pipeline.page.security import Session
from pipeline.review import offers
from pipeline.review.anchors import Place

STATIC = Path(__file__).parent / "static"
FILE_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]*")
NOT_BUILT = "The page itself is not here: it was not built. Next: run `make page`, or install the program again."
TYPES = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".txt": "text/plain; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".woff2": "font/woff2",
    ".map": "application/json",
}
Shape = TypeVar("Shape", bound=Frozen)
Answer = Callable[[Request, bytes], Any]


class Pages:
    """What the requests work on: the interviews below `outputs`, in one browser's session."""

    def __init__(self, outputs: Path, session: Session, *, recordings: Path, only: str = "") -> None:
        self.outputs, self.session, self.recordings, self.only = outputs, session, recordings, only
        self._interviews: dict[str, Interview] = {}
        self._rows: dict[str, tuple[Any, dict[str, Any]]] = {}
        self._peaks: dict[str, tuple[Any, bytes]] = {}
        self._here: dict[str, float] = {}
        self._started: set[str] = set()
        self._busy = threading.Lock()

    def forget(self) -> None:
        """Drop what is in memory: the session is over."""
        for interview in self._interviews.values():
            interview.forget()
        self._interviews, self._rows, self._peaks = {}, {}, {}

    def interview(self, request: Request) -> Interview:
        """The interview that a request is about.

        Raises:
            Refused: there is none.
        """
        return self._open(request.path_params["id"])

    def _open(self, name: str) -> Interview:
        paths = RecordingPaths(self.outputs, name)
        if not is_id(name) or (self.only and name != self.only) or not paths.work.is_dir():
            known = name if is_id(name) else "this"
            raise Refused(404, "unknown", f"{nothing_stored(self.outputs, known).capitalize()}.")
        with self._busy:
            return self._interviews.setdefault(name, Interview(paths))

    def close_others(self, name: str) -> None:
        """Only one interview is kept in memory: an hour of speech takes some 20 MB."""
        for other in [i for key, i in self._interviews.items() if key != name]:
            other.forget()

    # What is read

    def about(self, request: Request, body: bytes) -> Any:
        """Who is there, and what changes must carry."""
        return {
            "csrf": self.session.csrf,
            "who": self.session.who,
            "study": None,
            "idle_s": self.session.idle_s,
            "only": self.only or None,
        }

    def list(self, request: Request, body: bytes) -> Any:
        """Every interview, and every recording that waits."""
        names = [n for n in stored_ids(self.outputs) if not self.only or n == self.only]
        rows = []
        for name in names:
            interview = self._open(name)
            state = (interview.signature(), self.session.who)
            if self._rows.get(name, (None, {}))[0] != state:
                self._rows[name] = (state, overview.row(interview, self.session.who))
                if len(names) > 1:
                    interview.forget()
            rows.append(self._rows[name][1])
        if not self.only:
            rows += overview.waiting(self.recordings, set(names))
        return {"interviews": rows}

    def view(self, request: Request, body: bytes) -> Any:
        """One interview."""
        interview = self.interview(request)
        self.close_others(interview.paths.id)
        return self._view(interview)

    def _view(self, interview: Interview, shown: Shown | None = None) -> dict[str, Any]:
        self._count(interview)
        return view.build(shown or interview.shown(), listening.load(interview.paths), self.session.who)

    def offers(self, request: Request, body: bytes) -> Any:
        """What else may be hidden, where these words are."""
        shown = self.interview(request).shown()
        first, last = (_number(request, name, len(shown.document.words)) for name in ("first", "last"))
        found = offers.mentions(shown.document, Place(first, max(first, last)))
        return {
            "offers": [
                {
                    "first": o.place.first,
                    "last": o.place.last,
                    "text": finding.said(shown.document, o.place),
                    "why": o.how,
                }
                for o in found
            ]
        }

    def peaks(self, request: Request, body: bytes) -> Any:
        """The wave form."""
        interview = self.interview(request)
        path, _ = sound.file_of(interview.paths.audio, interview.paths.listening_copy, "")
        known = (path.stat().st_mtime_ns, path.stat().st_size)
        name = interview.paths.id
        if self._peaks.get(name, (None, b""))[0] != known:
            self._peaks = {name: (known, sound.peaks(path))}
        return Response(self._peaks[name][1], media_type="application/json")

    def sound(self, request: Request, body: bytes) -> Any:
        """The recording, or its silenced copy; in parts, as players ask for it."""
        paths = self.interview(request).paths
        path, kind = sound.file_of(paths.audio, paths.listening_copy, request.query_params.get("copy", ""))
        return FileResponse(path, media_type=kind)

    def agreement(self, request: Request, body: bytes) -> Any:
        """How far two listeners agree."""
        interview = self.interview(request)
        return agreement.between(interview.shown(), listening.load(interview.paths))

    # What changes something

    def name(self, request: Request, body: bytes) -> Any:
        """The reviewer's initials."""
        self.session.who = _shape(asked.Who, body).who
        return self.about(request, body)

    def edit(self, request: Request, body: bytes) -> Any:
        """Changes of words and redactions."""
        wanted = _shape(asked.Edits, body)

        def make(maker: Maker, shown: Shown) -> None:
            for one in wanted.edits:
                maker.make(one)

        return self._changed(request, lambda i: i.change(wanted.version, make, self.session.who, reopen=wanted.reopen))

    def replace(self, request: Request, body: bytes) -> Any:
        """Find, and replace."""
        wanted = _shape(asked.Find, body)
        if wanted.preview:
            shown = self.interview(request).shown()
            if wanted.version != shown.version:
                raise self._with_view(problems.stale(), self.interview(request))
            return {"hits": [list(hit) for hit in finding.hits(shown.document, wanted)]}

        def make(maker: Maker, shown: Shown) -> None:
            for hit, tokens in finding.replacements(shown.document, wanted):
                maker.replace(hit, tokens)

        return self._changed(request, lambda i: i.change(wanted.version, make, self.session.who, reopen=wanted.reopen))

    def undo(self, request: Request, body: bytes) -> Any:
        """Take the latest change back."""
        return self._step(request, body, forward=False)

    def redo(self, request: Request, body: bytes) -> Any:
        """Make it again."""
        return self._step(request, body, forward=True)

    def _step(self, request: Request, body: bytes, *, forward: bool) -> Any:
        wanted = _shape(asked.Step, body)
        who = self.session.who
        return self._changed(request, lambda i: i.step(wanted.version, who, forward=forward, reopen=wanted.reopen))

    def _changed(self, request: Request, change: Callable[[Interview], Shown]) -> Any:
        interview = self.interview(request)
        try:
            shown = change(interview)
        except Refused as refused:
            raise self._with_view(refused, interview) from None
        self._log(interview)
        return {"view": self._view(interview, shown)}

    def _with_view(self, refused: Refused, interview: Interview) -> Refused:
        """With an answer to something that does not fit comes how the interview is now."""
        if refused.code in ("stale", "changed"):
            refused.more["view"] = self._view(interview)
        return refused

    def _log(self, interview: Interview) -> None:
        """The study's log is told of a review once a session."""
        name = interview.paths.id
        if name not in self._started:
            self._started.add(name)
            study_log.add(self.outputs, "review", name, by=self.session.who)

    def heard(self, request: Request, body: bytes) -> Any:
        """What was played."""
        wanted, interview = _shape(asked.Heard, body), self.interview(request)
        with interview.busy:
            duration = interview.shown().document.duration or 0.0
            heard, who = listening.load(interview.paths), self.session.who
            own = heard.reviewers.get(who, listening.Reviewer())
            ranges = listening.joined([*own.ranges, *listening.within(wanted.ranges, duration)])
            self._count(interview)
            seconds = own.seconds + self._take(interview)
            heard = heard.having(who, own.model_copy(update={"ranges": ranges, "seconds": seconds}))
            listening.save(interview.paths, heard)
        mine = heard.of(who).ranges
        return {"heard": mine, "heard_share": listening.share(mine, duration) or 0.0}

    def sign(self, request: Request, body: bytes) -> Any:
        """Checked by a person."""
        wanted, interview = _shape(asked.Signature, body), self.interview(request)
        self._keep_time(interview)
        return self._changed(request, lambda i: finishing.sign(i, wanted))

    def export(self, request: Request, body: bytes) -> Any:
        """Lock, and write all files."""
        wanted = _shape(asked.Export, body)
        done = finishing.export(self.interview(request), wanted)
        return {**done, "view": self._view(self.interview(request))}

    def sheet(self, request: Request, body: bytes) -> Any:
        """A name for a sheet."""
        interview = self.interview(request)
        messages = finishing.to_sheet(interview, _shape(asked.Sheet, body), self.recordings)
        return {"messages": messages, "view": self._view(interview)}

    def sample(self, request: Request, body: bytes) -> Any:
        """Stretches for a second listener."""
        wanted, interview = _shape(asked.Sample, body), self.interview(request)
        return {"stretches": agreement.drawn(interview, wanted.share, self.session.who).stretches}

    # How long it takes

    def _count(self, interview: Interview) -> None:
        """Somebody is at work on an interview: the time since their last sign counts, unless they were away."""
        now, name = time.monotonic(), interview.paths.id
        since = now - self._here.get(f"{name}/seen", now)
        if since < listening.AWAY_S:
            self._here[name] = self._here.get(name, 0.0) + since
        self._here[f"{name}/seen"] = now

    def _take(self, interview: Interview) -> float:
        return round(self._here.pop(interview.paths.id, 0.0), 2)

    def _keep_time(self, interview: Interview) -> None:
        """Store the time that was worked."""
        self._count(interview)
        with interview.busy:
            heard, who = listening.load(interview.paths), self.session.who
            own = heard.reviewers.get(who, listening.Reviewer())
            own = own.model_copy(update={"seconds": own.seconds + self._take(interview)})
            listening.save(interview.paths, heard.having(who, own))


def _number(request: Request, name: str, below: int) -> int:
    text = request.query_params.get(name, "")
    if not re.fullmatch(r"\d{1,7}", text, re.ASCII) or int(text) >= below:
        raise problems.unknown(f"word '{name}'")
    return int(text)


def _shape(kind: type[Shape], body: bytes) -> Shape:
    """A request's body, checked.

    Raises:
        Refused: it is not what it should be; the answer names the place, never the words.
    """
    try:
        return kind.model_validate_json(body)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False, include_context=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        if first["type"] == "string_too_long":
            text = "That is too much text at once, and nothing was changed. Paste a part of it, or use `ipa import`."
            raise Refused(413, "too_large", text) from None
        raise Refused(
            400, "invalid", f"The request is not valid ({place or 'body'}: {first['msg'].lower()})."
        ) from None


def _answering(answer: Answer) -> Callable[[Request], Any]:
    """A route: the work in a thread, problems as JSON."""

    def work(request: Request, body: bytes) -> Response:
        try:
            value = answer(request, body)
        except Refused as refused:
            return _json(refused.answer(), refused.status)
        except IpaError as error:
            known = problems.of(error)
            return _json(known.answer(), known.status)
        return value if isinstance(value, Response) else _json(value)

    async def route(request: Request) -> Response:
        body = await request.body() if request.method == "POST" else b""
        return await run_in_threadpool(work, request, body)

    return route


def _json(value: Any, status: int = 200) -> Response:
    data = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
    return Response(data, status, media_type="application/json")


def _file(name: str) -> Response:
    """A file of the page itself; only names that lie directly in its folder."""
    path = STATIC / name
    if not FILE_NAME.fullmatch(name) or not path.is_file() or path.suffix not in TYPES:
        if name == "index.html":
            return Response(NOT_BUILT, 404, media_type="text/plain; charset=utf-8")
        return _json({"error": "There is no such file.", "code": "unknown"}, 404)
    return FileResponse(path, headers={"content-type": TYPES[path.suffix]})


def application(pages: Pages) -> Starlette:
    """The application, without its guard."""
    one = "/api/interviews/{id}"
    read = {
        "/api/session": pages.about,
        "/api/interviews": pages.list,
        one: pages.view,
        f"{one}/offers": pages.offers,
        f"{one}/peaks": pages.peaks,
        f"{one}/sound": pages.sound,
        f"{one}/agreement": pages.agreement,
    }
    change = {
        "/api/session": pages.name,
        f"{one}/edits": pages.edit,
        f"{one}/undo": pages.undo,
        f"{one}/redo": pages.redo,
        f"{one}/replace": pages.replace,
        f"{one}/heard": pages.heard,
        f"{one}/sheet": pages.sheet,
        f"{one}/sign": pages.sign,
        f"{one}/export": pages.export,
        f"{one}/sample": pages.sample,
    }
    routes = [Route(path, _answering(answer), methods=["POST"]) for path, answer in change.items()]
    routes += [Route(path, _answering(answer), methods=["GET"]) for path, answer in read.items()]
    routes.append(Route("/", _answering(lambda request, body: _file("index.html")), methods=["GET"]))
    static = _answering(lambda request, body: _file(request.path_params["name"]))
    routes.append(Route("/static/{name:path}", static, methods=["GET"]))
    return Starlette(routes=routes)
