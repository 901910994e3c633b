"""Attacks on the page over HTTP: with Starlette's client, and against a real server where the connection matters."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import uvicorn
from starlette.testclient import TestClient

from pipeline.page import security, server
from pipeline.page.app import Pages, application
from pipeline.page.security import Guard, Session
from tests.page.worlds import HOME, PORT, Browser, store

EVERY_GET = ("/", "/static/app.js", "/api/session", "/api/interviews", "/api/interviews/P03")
EVERY_POST = ("edits", "undo", "redo", "replace", "heard", "sheet", "sign", "export", "sample")


@pytest.fixture
def page(tmp_path: Path) -> Browser:
    store(tmp_path / "outputs")
    return Browser(tmp_path / "outputs")


def stranger(page: Browser, **headers: str) -> TestClient:
    return TestClient(page.client.app, base_url=HOME, follow_redirects=False, headers=headers)


@pytest.mark.parametrize("path", EVERY_GET)
def test_nothing_is_shown_without_the_cookie(page: Browser, path: str) -> None:
    answer = stranger(page).get(path)
    assert answer.status_code == 403
    assert "ipa review" in answer.text


@pytest.mark.parametrize("name", EVERY_POST)
def test_nothing_is_changed_without_the_cookie(page: Browser, name: str) -> None:
    answer = stranger(page, **page.headers).post(f"/api/interviews/P03/{name}", json={})
    assert (answer.status_code, answer.json()["code"]) == (403, "session")


def test_the_token_opens_once(page: Browser) -> None:
    assert stranger(page).get(f"/open?token={page.token}").status_code == 403
    assert page.get("/api/session")["csrf"]


@pytest.mark.parametrize("token", ["", "x", "ü", "%00"])
def test_a_wrong_token_opens_nothing_and_costs_nothing(tmp_path: Path, token: str) -> None:
    session = Session(60)
    client = TestClient(Guard(application(Pages(tmp_path, session, recordings=tmp_path)), session, PORT), base_url=HOME)
    assert client.get(f"/open?token={token}").status_code == 403
    answer = client.get(f"/open?token={session.token}&id=P03", follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "/#/P03")
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "samesite=strict" in cookie.lower()


def test_the_redirect_leads_to_no_other_place(tmp_path: Path) -> None:
    session = Session(60)
    client = TestClient(Guard(application(Pages(tmp_path, session, recordings=tmp_path)), session, PORT), base_url=HOME)
    answer = client.get(f"/open?token={session.token}&id=//example.com", follow_redirects=False)
    assert answer.headers["location"] == "/"


@pytest.mark.parametrize(
    ("host", "status"),
    [
        (f"127.0.0.1:{PORT}", 200),
        (f"localhost:{PORT}", 200),
        ("127.0.0.1", 421),
        ("127.0.0.1:80", 421),
        (f"example.com:{PORT}", 421),
        (f"127.0.0.1.example.com:{PORT}", 421),
        (f"127.0.0.1:{PORT}@example.com", 421),
        ("", 421),
    ],
)
def test_only_our_own_address_is_answered(page: Browser, host: str, status: int) -> None:
    assert page.client.get("/api/session", headers={"Host": host}).status_code == status


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({}, 200),
        ({"Origin": "http://example.com"}, 403),
        ({"Origin": f"http://127.0.0.1:{PORT + 1}"}, 403),
        ({"Origin": f"https://127.0.0.1:{PORT}"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": None}, 403),
        ({"X-CSRF": None}, 403),
        ({"X-CSRF": "x"}, 403),
        ({"Sec-Fetch-Site": "same-origin"}, 200),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
    ],
)
def test_a_change_must_come_from_the_page(page: Browser, changed: dict[str, str | None], status: int) -> None:
    headers = {k: v for k, v in {**page.headers, **changed}.items() if v is not None}
    assert page.client.post("/api/session", json={"who": "JL"}, headers=headers).status_code == status
    assert page.session.who == ("JL" if status == 200 else "")


def test_the_token_in_the_body_counts_for_what_was_heard_alone(page: Browser) -> None:
    headers, body = {"Origin": HOME}, {"csrf": page.session.csrf, "ranges": [[0, 1]], "rate": 1}
    assert page.client.post("/api/interviews/P03/heard", json=body, headers=headers).status_code == 200
    assert page.client.post("/api/interviews/P03/heard", json={**body, "csrf": "x"}, headers=headers).status_code == 403
    assert page.client.post("/api/interviews/P03/heard", content=b"[1]", headers=headers).status_code == 403
    body = {"csrf": page.session.csrf, "version": "", "edits": []}
    assert page.client.post("/api/interviews/P03/edits", json=body, headers=headers).status_code == 403


@pytest.mark.parametrize("path", ["/api/session", "/api/interviews/P03/edits", "/open"])
@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"])
def test_other_methods_are_refused(page: Browser, path: str, method: str) -> None:
    assert page.client.request(method, path, headers=page.headers).status_code == 405


@pytest.mark.parametrize("name", EVERY_POST)
def test_no_get_changes_anything(page: Browser, name: str) -> None:
    assert page.client.get(f"/api/interviews/P03/{name}").status_code == 405


@pytest.mark.parametrize(
    "path",
    [
        "/static/../app.py",
        "/static/%2e%2e/app.py",
        "/static/..%2fapp.py",
        "/static/%2e%2e%2f%2e%2e%2fcore%2fpaths.py",
        "/static//etc/passwd",
        "/static/.hidden",
        "/static/app.js%00.txt",
        "/api/interviews/..",
        "/api/interviews/%2e%2e",
        "/api/interviews/..%2f..%2fetc",
        "/api/interviews/P03%2f..%2fP03",
        "/api/interviews/nobody",
        "/api/interviews/P03/sound?copy=../../private/words.json",
        "/api/interviews/P03/../../../etc/passwd",
    ],
)
def test_paths_stay_inside(page: Browser, path: str) -> None:
    answer = page.client.get(path)
    assert answer.status_code in (403, 404)
    assert "root:" not in answer.text


def test_only_the_interview_that_was_named_is_shown(page: Browser) -> None:
    one = Browser(page.pages.outputs, only="P04")
    assert one.get("/api/interviews")["interviews"] == []
    assert one.get("/api/interviews/P03", 404)["code"] == "unknown"


def test_after_a_while_the_page_is_locked_for_good(tmp_path: Path) -> None:
    store(tmp_path / "outputs")
    now = [0.0]
    page = Browser(tmp_path / "outputs", idle_s=60, clock=lambda: now[0])
    page.open()
    now[0] += 59
    page.open()
    now[0] += 61
    assert page.get("/api/interviews/P03", 401)["code"] == "idle"
    assert page.edit({"kind": "swap_roles"}, code=401)["code"] == "idle"
    now[0] -= 61
    assert page.get("/api/session", 401)["code"] == "idle"
    assert page.pages._interviews == {}
    assert stranger(page).get(f"/open?token={page.token}").status_code == 403


@pytest.mark.parametrize("path", ["/", "/api/session", "/api/interviews/nobody", "/static/x.js"])
def test_every_answer_has_the_headers(page: Browser, path: str) -> None:
    for client in (page.client, stranger(page), stranger(page, host="example.com")):
        headers = client.get(path).headers
        assert {name: headers[name] for name in security.HEADERS} == security.HEADERS
        assert "server" not in headers


@pytest.fixture
def served(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[int, Session]]:
    """The real server in a thread, with little patience."""
    monkeypatch.setattr(security, "BODY_S", 0.3)
    monkeypatch.setattr(server, "HEADERS_S", 0.3)
    store(tmp_path / "outputs")
    made, session = server.bind(), Session(60)
    pages = Pages(tmp_path / "outputs", session, recordings=tmp_path)
    port = made.getsockname()[1]
    running = uvicorn.Server(server.configuration(Guard(application(pages), session, port)))
    thread = threading.Thread(target=lambda: asyncio.run(running.serve(sockets=[made])))
    thread.start()
    yield port, session
    running.should_exit = True
    thread.join(30)
    made.close()


def opened(port: int, session: Session) -> tuple[httpx.Client, dict[str, str]]:
    client = httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=30)
    assert client.get(f"/open?token={session.token}").status_code == 303
    return client, {"Origin": f"http://127.0.0.1:{port}", "X-CSRF": session.csrf}


def raw(port: int, data: bytes) -> bytes:
    """What comes back until the server closes the connection, or breaks it off."""
    pieces = []
    with contextlib.suppress(ConnectionError), socket.create_connection(("127.0.0.1", port), timeout=30) as sent:
        sent.sendall(data)
        while piece := sent.recv(65536):
            pieces.append(piece)
    return b"".join(pieces)


def head(port: int, client: httpx.Client, headers: dict[str, str], more: str) -> bytes:
    cookies = "; ".join(f"{name}={value}" for name, value in client.cookies.items())
    lines = [f"{name}: {value}" for name, value in {**headers, "Cookie": cookies}.items()]
    start = f"POST /api/session HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n"
    return (start + "\r\n".join(lines) + f"\r\n{more}\r\n\r\n").encode()


def test_a_real_server(served: tuple[int, Session]) -> None:
    """One server, all attacks that need a connection: starting one takes a second."""
    port, session = served
    with pytest.raises(ConnectionRefusedError):  # of loopback, too, one address alone
        socket.create_connection(("127.0.0.2", port), 5)
    client, headers = opened(port, session)
    with contextlib.closing(client):
        assert client.post("/api/session", json={"who": "JL"}, headers=headers).status_code == 200
        slow = raw(port, head(port, client, headers, "Content-Length: 10") + b"{")
        assert slow.startswith(b"HTTP/1.1 408")
        large = raw(port, head(port, client, headers, f"Content-Length: {security.MAX_BODY + 1}"))
        assert large.startswith(b"HTTP/1.1 413")
        piece = b"%x\r\n" % 500_000 + b" " * 500_000 + b"\r\n"
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(security, "BODY_S", 30)
            chunked = raw(port, head(port, client, headers, "Transfer-Encoding: chunked") + 4 * piece)
        assert chunked.startswith(b"HTTP/1.1 413") or chunked == b""
        assert raw(port, b"GET / HTTP/1.1\r\nHost: 127") == b""  # the rest of its head never comes
        assert raw(port, b"") == b""
        assert raw(port, b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n").startswith((b"HTTP/1.1 400", b"HTTP/1.1 421"))
        assert raw(port, b"nonsense\r\n\r\n").startswith(b"HTTP/1.1 400")
        answer = client.get("/api/interviews/P03/sound", headers={"Range": "bytes=44-143"})
        assert (answer.status_code, len(answer.content)) == (206, 100)
        assert answer.headers["content-type"] == "audio/wav"
        assert client.get("/api/session").json()["who"] == "JL"
