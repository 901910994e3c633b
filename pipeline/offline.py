"""Telemetry and hub switches, and a guard that refuses sockets (contract C7).

`apply` must run before any engine is imported: pyannote.audio reads its telemetry switch at import,
and would otherwise send the length of every recording to its makers.
"""

from __future__ import annotations

import contextlib
import os
import socket
from collections.abc import Callable, Iterator
from typing import Any

from pipeline.errors import IpaError

SWITCHES = {
    "PYANNOTE_METRICS_ENABLED": "0",
    "HF_HUB_OFFLINE": "1",
    "TRANSFORMERS_OFFLINE": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "DO_NOT_TRACK": "1",
    "OTEL_SDK_DISABLED": "true",
}

LOOPBACK = ("127.", "::1", "localhost")


class NetworkRefusedError(IpaError, OSError):
    """Something tried to open a network connection while a recording was processed."""

    def __init__(self) -> None:
        IpaError.__init__(
            self, "a network connection was refused: recordings are processed offline", hint="please report this"
        )


def apply() -> None:
    """Set the switches for this process and its children."""
    os.environ.update(SWITCHES)


def _is_local(family: int, address: Any) -> bool:
    if family not in (socket.AF_INET, socket.AF_INET6):
        return True  # Unix sockets and the like do not leave the machine
    host = str(address[0]) if isinstance(address, tuple) and address else ""
    return host.startswith(LOOPBACK)


@contextlib.contextmanager
def guard() -> Iterator[None]:
    """Refuse every connection but to loopback while the context lasts.

    Raises (inside): NetworkRefusedError from `connect` and from name look-ups.
    """
    originals: list[tuple[Any, str, Any]] = []

    def replace(owner: Any, name: str, allowed: Callable[..., bool]) -> None:
        real = getattr(owner, name)
        originals.append((owner, name, real))

        def guarded(*args: Any, **kwargs: Any) -> Any:
            if not allowed(*args, **kwargs):
                raise NetworkRefusedError
            return real(*args, **kwargs)

        setattr(owner, name, guarded)

    try:
        for name in ("connect", "connect_ex"):
            replace(socket.socket, name, lambda sock, address: _is_local(sock.family, address))
        replace(socket.socket, "sendto", lambda sock, *args: _is_local(sock.family, args[-1]))
        if hasattr(socket.socket, "sendmsg"):  # not on Windows
            replace(socket.socket, "sendmsg", _may_send)
        for name in ("getaddrinfo", "gethostbyname", "gethostbyname_ex", "gethostbyaddr"):
            replace(socket, name, lambda host, *args, **kwargs: host is None or str(host).startswith(LOOPBACK))
        yield
    finally:
        for owner, name, real in reversed(originals):
            setattr(owner, name, real)


def _may_send(sock: socket.socket, buffers: Any, ancdata: Any = (), flags: int = 0, address: Any = None) -> bool:
    return address is None or _is_local(sock.family, address)  # without an address it is connected already
