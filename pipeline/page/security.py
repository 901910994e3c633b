"""Who may talk to the page: the browser that was opened with the one-time token, and nobody else.

Every request passes `Guard` before anything of the program sees it. It stands between this machine's other users and
programs, web pages in the same browser, and the interviews:

* Host must be the loopback address that is listened on, so that no name that was pointed there is answered;
* Origin, where a browser sends it, must be our own, and every change must have it;
* the cookie (HttpOnly, SameSite=Strict) is given once, in exchange for the token; everything needs it;
* every change carries a second secret, in a header that another site cannot set;
* bodies are read whole before the program sees them, within a limit of size and of time;
* after some time without a request, the session is over for good.
"""

from __future__ import annotations

import asyncio
import hmac
import json
import secrets
import time
from collections.abc import Callable
from http.cookies import CookieError, SimpleCookie

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pipeline.core.paths import is_id

MAX_BODY = 1_500_000
"""Bytes of a request: four times an hour of speech."""
BODY_S = 15.0
"""Seconds in which a body must be here."""
CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; media-src 'self' blob:; "
    "connect-src 'self'; font-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": CSP,
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
NO_SESSION = "This page was not opened by `ipa review`. Run `ipa review` and use the window that it opens."
LOCKED = "The page has locked itself, because nothing happened for a while. Run `ipa review` to open it again."
TOO_LARGE = (
    "That is too much at once, and nothing was changed. Paste a part of it, or give a whole transcript to `ipa import`."
)


class Session:
    """One browser's session. `who` are the reviewer's initials; `over` once it has locked itself."""

    def __init__(self, idle_s: float, clock: Callable[[], float] = time.monotonic) -> None:
        self.idle_s = idle_s
        self.who = ""
        self.csrf = secrets.token_urlsafe(32)
        self.over = False
        self._token = secrets.token_urlsafe(32)
        self._cookie = ""
        self._clock = clock
        self._last = clock()

    @property
    def token(self) -> str:
        """What opens the session, once; "" when it was used."""
        return self._token

    def open_with(self, token: str) -> str | None:
        """The cookie in exchange for the token; None for a wrong or used one."""
        if self.over or not self._token or not _same(token, self._token):
            return None
        self._token, self._cookie = "", secrets.token_urlsafe(32)
        self._last = self._clock()
        return self._cookie

    def knows(self, cookie: str) -> bool:
        """Whether this is the cookie that was given."""
        return bool(self._cookie) and _same(cookie, self._cookie)

    def expire(self) -> bool:
        """Lock the session if it was idle for too long; whether it is over."""
        if not self.over and self._clock() - self._last > self.idle_s:
            self.over = True
        return self.over

    def touch(self) -> None:
        """Somebody is there."""
        self._last = self._clock()


class Guard:
    """The outermost layer; `port` is the one that is listened on, `lock` drops what is in memory when time is up."""

    def __init__(self, app: ASGIApp, session: Session, port: int, lock: Callable[[], None] = lambda: None) -> None:
        self._app, self._session, self._lock = app, session, lock
        self._hosts = {f"127.0.0.1:{port}", f"localhost:{port}"}
        self.cookie = f"ipa-review-{port}"  # cookies of one address are shared by all its ports

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See ASGI."""
        if scope["type"] != "http":
            return
        headers = Headers(scope=scope)

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                answer = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    answer[name] = value
                if "server" in answer:
                    del answer["server"]
            await send(message)

        refused = self._refused(scope, headers)
        if refused is None and scope["path"] == "/open" and scope["method"] == "GET":
            refused = self._opened(Request(scope))
        elif refused is None:
            refused = self._stranger(scope, headers)
        if refused is None and scope["method"] == "POST":
            try:
                body = await asyncio.wait_for(_body(headers, receive), BODY_S)
            except TimeoutError:
                refused = _error(408, "slow", "The rest of the request did not arrive. Try again.")
            except _TooLargeError:
                refused = _error(413, "too_large", TOO_LARGE)
            else:
                if not self._is_ours(scope["path"], headers, body):
                    refused = _error(403, "csrf", "The request lacks the page's own token. Load the page again.")
                receive = _replayed(body, receive)
        if refused is not None:
            refused.headers["Connection"] = "close"
            await refused(scope, receive, sending)
            return
        self._session.touch()
        await self._app(scope, receive, sending)

    def _refused(self, scope: Scope, headers: Headers) -> Response | None:
        """An answer to a request that no page of ours makes."""
        if headers.getlist("host") != [host := headers.get("host", "")] or host not in self._hosts:
            return _error(421, "host", "This address is not the page's. Use the window that `ipa review` opens.")
        origin = headers.get("origin")
        if origin is not None and origin != f"http://{host}":
            return _error(403, "origin", "Requests from other pages are refused.")
        if headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none") and scope["path"] != "/open":
            return _error(403, "origin", "Requests from other pages are refused.")
        if scope["method"] not in ("GET", "HEAD", "POST"):
            return _error(405, "method", "The page reads with GET and changes with POST.")
        if scope["method"] == "POST" and origin is None:
            return _error(403, "origin", "A change must say which page it comes from.")
        return None

    def _opened(self, request: Request) -> Response:
        cookie = self._session.open_with(request.query_params.get("token", ""))
        if cookie is None:
            text = "This link has been used, or is not the right one. Run <code>ipa review</code> again."
            return _page(403, "Not opened", text)
        name = request.query_params.get("id", "")
        answer = RedirectResponse(f"/#/{name}" if is_id(name) else "/", 303)
        answer.set_cookie(self.cookie, cookie, path="/", httponly=True, samesite="strict")
        return answer

    def _stranger(self, scope: Scope, headers: Headers) -> Response | None:
        """An answer to a request without the cookie, or after the session is over."""
        over = self._session.expire()
        if over:
            self._lock()
        wants_page = not scope["path"].startswith(("/api", "/static"))
        if not self._session.knows(_cookie(headers.get("cookie", ""), self.cookie)):
            return _page(403, "Not opened", NO_SESSION) if wants_page else _error(403, "session", NO_SESSION)
        if over:
            return _page(401, "Locked", LOCKED) if wants_page else _error(401, "idle", LOCKED)
        return None

    def _is_ours(self, path: str, headers: Headers, body: bytes) -> bool:
        given = headers.get("x-csrf", "")
        if not given and path.endswith("/heard"):  # a page that is being closed can set no header
            try:
                value = json.loads(body)
                given = value.get("csrf", "") if isinstance(value, dict) else ""
            except (ValueError, RecursionError):
                given = ""
        return isinstance(given, str) and _same(given, self._session.csrf)


class _TooLargeError(Exception):
    """A body beyond the limit."""


async def _body(headers: Headers, receive: Receive) -> bytes:
    promised = headers.get("content-length", "0")
    if not promised.isascii() or not promised.isdigit() or int(promised) > MAX_BODY:
        raise _TooLargeError
    pieces, size = [], 0
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return b""
        piece = message.get("body", b"")
        size += len(piece)
        if size > MAX_BODY:
            raise _TooLargeError
        pieces.append(piece)
        if not message.get("more_body", False):
            return b"".join(pieces)


def _replayed(body: bytes, receive: Receive) -> Receive:
    """A body that was read already, once; then whatever comes."""
    waiting = [body]

    async def again() -> Message:
        if waiting:
            return {"type": "http.request", "body": waiting.pop(), "more_body": False}
        return await receive()

    return again


def _cookie(header: str, name: str) -> str:
    try:
        found = SimpleCookie(header).get(name)
    except CookieError:
        return ""
    return found.value if found else ""


def _same(given: str, known: str) -> bool:
    return hmac.compare_digest(given.encode("utf-8", "replace"), known.encode())


def _error(status: int, code: str, sentence: str) -> Response:
    return JSONResponse({"error": sentence, "code": code}, status)


def _page(status: int, title: str, sentence: str) -> Response:
    html = (
        f'<!doctype html><html lang="en-GB"><meta charset="utf-8"><title>{title}</title>'
        f"<h1>{title}</h1><p>{sentence}</p></html>"
    )
    return HTMLResponse(html, status)
