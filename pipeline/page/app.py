"""The page's requests and what answers them. Everything is JSON but the page itself and the sound.

Whatever changes something is a POST; who may ask is settled by `security.Guard` before anything here runs.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

from pipeline.core import study_log
from pipeline.core.paths import RecordingPaths, is_id, nothing_stored, stored_ids
from pipeline.page import agreement, asked, finding, finishing, listening, overview, problems, sound, view
from pipeline.page.answers import answering, file, number, shape
from pipeline.page.interview import Interview, Shown
from pipeline.page.making import Maker
from pipeline.page.problems import Refused
from pipeline.page.security import Session
from pipeline.page.worktime import WorkTime
from pipeline.review import offers
from pipeline.review import store as edits_store
from pipeline.review.anchors import Place


class Pages:
    """What the requests work on: the interviews below `outputs`, in one browser's session."""

    def __init__(self, outputs: Path, session: Session, *, recordings: Path, only: str = "") -> None:
        self.outputs, self.session, self.recordings, self.only = outputs, session, recordings, only
        self._interviews: dict[str, Interview] = {}
        self._rows: dict[str, tuple[Any, dict[str, Any]]] = {}
        self._peaks: dict[str, tuple[Any, bytes]] = {}
        self._work = WorkTime()
        self._started: set[str] = set()
        self._busy = threading.Lock()

    def forget(self) -> None:
        """Drop what is in memory: the session is over."""
        for interview in self._interviews.values():
            interview.forget()
        self._interviews, self._rows, self._peaks = {}, {}, {}
        edits_store.forget()

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
        self._work.seen(interview.paths.id)
        return view.build(shown or interview.shown(), listening.load(interview.paths), self.session.who)

    def offers(self, request: Request, body: bytes) -> Any:
        """What else may be hidden, where these words are."""
        shown = self.interview(request).shown()
        first, last = (number(request, name, len(shown.document.words)) for name in ("first", "last"))
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

    def signing(self, request: Request, body: bytes) -> Any:
        """What a signature would stand for."""
        interview = self.interview(request)
        return finishing.before_signing(interview.shown(), listening.load(interview.paths), self.session.who)

    # What changes something

    def name(self, request: Request, body: bytes) -> Any:
        """The reviewer's initials."""
        self.session.who = shape(asked.Who, body).who
        return self.about(request, body)

    def edit(self, request: Request, body: bytes) -> Any:
        """Changes of words and redactions."""
        wanted = shape(asked.Edits, body)

        def make(maker: Maker, shown: Shown) -> None:
            for one in wanted.edits:
                maker.make(one)

        return self._changed(request, lambda i: i.change(wanted.version, make, self.session.who, reopen=wanted.reopen))

    def replace(self, request: Request, body: bytes) -> Any:
        """Find, and replace."""
        wanted = shape(asked.Find, body)
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
        wanted = shape(asked.Step, body)
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
        wanted, interview = shape(asked.Heard, body), self.interview(request)
        with interview.busy:
            duration = interview.shown().document.duration or 0.0
            heard, who = listening.load(interview.paths), self.session.who
            own = heard.reviewers.get(who, listening.Reviewer())
            ranges = listening.joined([*own.ranges, *listening.within(wanted.ranges, duration)])
            self._work.seen(interview.paths.id)
            seconds = own.seconds + self._work.taken(interview.paths.id)
            heard = heard.having(who, own.model_copy(update={"ranges": ranges, "seconds": seconds}))
            listening.save(interview.paths, heard)
        mine = heard.of(who).ranges
        return {"heard": mine, "heard_share": listening.share(mine, interview.shown().document) or 0.0}

    def sign(self, request: Request, body: bytes) -> Any:
        """Checked by a person."""
        wanted, interview = shape(asked.Signature, body), self.interview(request)
        self._work.store(interview, self.session.who)
        return self._changed(request, lambda i: finishing.sign(i, wanted))

    def export(self, request: Request, body: bytes) -> Any:
        """Lock, and write all files."""
        wanted = shape(asked.Export, body)
        done = finishing.export(self.interview(request), wanted)
        return {**done, "view": self._view(self.interview(request))}

    def sheet(self, request: Request, body: bytes) -> Any:
        """A name for a sheet."""
        interview = self.interview(request)
        messages = finishing.to_sheet(interview, shape(asked.Sheet, body), self.recordings)
        return {"messages": messages, "view": self._view(interview)}

    def sample(self, request: Request, body: bytes) -> Any:
        """Stretches for a second listener."""
        wanted, interview = shape(asked.Sample, body), self.interview(request)
        return {"stretches": agreement.drawn(interview, wanted.share, self.session.who).stretches}


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
        f"{one}/signing": pages.signing,
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
    routes = [Route(path, answering(answer), methods=["POST"]) for path, answer in change.items()]
    routes += [Route(path, answering(answer), methods=["GET"]) for path, answer in read.items()]
    routes.append(Route("/", answering(lambda request, body: file("index.html")), methods=["GET"]))
    static = answering(lambda request, body: file(request.path_params["name"]))
    routes.append(Route("/static/{name:path}", static, methods=["GET"]))
    return Starlette(routes=routes)
