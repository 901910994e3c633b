"""The page, served to the browser of this machine and to nothing else.

The one socket is bound to loopback before the kernel's filter is installed; after that, no other can be made, and
neither can a connection. The browser is started by a process that was made before, since whatever comes from here
afterwards could connect to nothing, not even to the page.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from pipeline.core import offline
from pipeline.page.app import Pages, application
from pipeline.page.security import Guard, Session

HEADERS_S = 15.0
"""Seconds in which the head of a request must be here."""
LOOK_S = 5.0
"""Seconds between two looks whether the session is over."""
MOST_AT_ONCE = 64
SELDOM = (100_000, 20, 20)
"""When Python looks for garbage in circles: every answer makes ten thousands of objects, and no circles."""
OPENS_BROWSER = "import sys, webbrowser; webbrowser.open(sys.stdin.readline().strip())"


class Patient(H11Protocol):
    """HTTP with an end to its patience: a connection whose request does not come is closed."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """See asyncio.Protocol."""
        super().connection_made(transport)
        self._wait()

    def data_received(self, data: bytes) -> None:
        """See asyncio.Protocol."""
        waiting = self._waiting()
        super().data_received(data)
        if not waiting and self._waiting():
            self._wait()

    def _waiting(self) -> bool:
        return self.cycle is None or self.cycle.response_complete

    def _wait(self) -> None:
        self.loop.call_later(HEADERS_S, self._give_up, self.cycle)

    def _give_up(self, cycle: Any) -> None:
        if self.cycle is cycle and self._waiting() and not self.transport.is_closing():
            self.transport.close()


def bind() -> socket.socket:
    """A socket on loopback, on a port that the system chooses."""
    made = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    made.bind(("127.0.0.1", 0))
    made.listen(MOST_AT_ONCE)
    return made


@contextlib.contextmanager
def browser(wanted: bool) -> Iterator[Callable[[str], None]]:
    """Opens an address in the browser, from a process outside the filter; does nothing unless it is `wanted`.

    The address, which holds the token, goes through a pipe.
    """
    if not wanted:
        yield lambda address: None
        return
    command = [sys.executable, "-c", OPENS_BROWSER]
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )

    def show(address: str) -> None:
        assert process.stdin is not None
        with contextlib.suppress(OSError):
            process.stdin.write(f"{address}\n".encode())
            process.stdin.close()

    try:
        yield show
    finally:
        if process.poll() is None and process.stdin is not None:
            process.stdin.close()


def serve(
    outputs: Path,
    *,
    recordings: Path,
    only: str,
    idle_s: float,
    open_browser: bool,
    enforce: bool,
    told: Callable[[str], object],
    say: Callable[[str], object],
) -> None:
    """Serve until Ctrl-C.

    Args:
        outputs: the folder of all results.
        recordings: where recordings and sheets are.
        only: the id of the one interview that is shown; "" for all.
        idle_s: seconds without a request after which the page locks itself.
        open_browser: else the address is only told.
        enforce: install the kernel's filter; a test that calls this within its own process must not.
        told: told the address.
        say: told that the page has locked itself.
    """
    made = bind()
    port = made.getsockname()[1]
    with made, browser(open_browser) as show:
        if enforce:
            offline.enforce(serving=True)
        session = Session(idle_s)
        pages = Pages(outputs, session, recordings=recordings, only=only)
        guarded = Guard(application(pages), session, port, pages.forget)
        server = uvicorn.Server(configuration(guarded))
        address = f"http://127.0.0.1:{port}/open?token={session.token}" + (f"&id={only}" if only else "")
        gc.set_threshold(*SELDOM)
        told(address)
        show(address)
        with contextlib.suppress(KeyboardInterrupt):  # the way to end it
            asyncio.run(_both(server, made, session, pages, say))


def configuration(app: Any) -> uvicorn.Config:
    """How it is served: plain HTTP by h11, no log of addresses, no limits beyond those of this machine's one user."""
    return uvicorn.Config(
        app,
        http=Patient,
        ws="none",
        loop="asyncio",
        lifespan="off",
        log_config=None,
        log_level="critical",
        access_log=False,
        server_header=False,
        proxy_headers=False,
        limit_concurrency=MOST_AT_ONCE,
        timeout_keep_alive=30,
        timeout_graceful_shutdown=3,
    )


async def _both(
    server: uvicorn.Server, made: socket.socket, session: Session, pages: Pages, say: Callable[[str], object]
) -> None:
    watch = asyncio.create_task(_watch(session, pages, say))
    try:
        await server.serve(sockets=[made])
    finally:
        watch.cancel()


async def _watch(session: Session, pages: Pages, say: Callable[[str], object]) -> None:
    """Lock in time, also where no request asks."""
    while not session.expire():
        await asyncio.sleep(LOOK_S)
    pages.forget()
    say("The page has locked itself, because nothing happened for a while. Run `ipa review` to open it again.")
