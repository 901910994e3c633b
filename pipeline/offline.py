"""Telemetry and hub switches, and a guard that refuses sockets (contract C7).

`apply` must run before any engine is imported: pyannote.audio reads its telemetry switch at import,
and would otherwise send the length of every recording to its makers.
"""

from __future__ import annotations

import contextlib
import os
import socket
from collections.abc import Iterator
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
    real_connect, real_connect_ex = socket.socket.connect, socket.socket.connect_ex
    real_sendto, real_lookup = socket.socket.sendto, socket.getaddrinfo

    def connect(self: socket.socket, address: Any) -> None:
        if not _is_local(self.family, address):
            raise NetworkRefusedError
        return real_connect(self, address)

    def connect_ex(self: socket.socket, address: Any) -> int:
        if not _is_local(self.family, address):
            raise NetworkRefusedError
        return real_connect_ex(self, address)

    def sendto(self: socket.socket, *args: Any) -> int:
        if not _is_local(self.family, args[-1]):
            raise NetworkRefusedError
        return real_sendto(self, *args)

    def lookup(host: Any, *args: Any, **kwargs: Any) -> Any:
        if host is not None and not str(host).startswith(LOOPBACK):
            raise NetworkRefusedError
        return real_lookup(host, *args, **kwargs)

    patched: dict[str, Any] = {"connect": connect, "connect_ex": connect_ex, "sendto": sendto}
    try:
        for name, function in patched.items():
            setattr(socket.socket, name, function)
        socket.getaddrinfo = lookup
        yield
    finally:
        socket.socket.connect = real_connect  # type: ignore[method-assign]
        socket.socket.connect_ex = real_connect_ex  # type: ignore[method-assign]
        socket.socket.sendto = real_sendto  # type: ignore[method-assign]
        socket.getaddrinfo = real_lookup
