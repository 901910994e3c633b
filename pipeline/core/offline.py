"""Keep recordings offline (contract C7): telemetry switches, a filter in the kernel, and a guard within Python.

Three layers, each for what the one before it cannot stop:

* `apply` asks libraries not to report home. Some read their switch when they are imported, so that
  importing `pipeline` applies it; child processes inherit it.
* `enforce` has the Linux kernel refuse sockets, native code and child processes included (see seccomp.py).
  It cannot be undone, so it belongs to the entry point of the command line, never to the library.
* `guard` refuses connections and look-ups within Python, for as long as a recording is processed: the only
  refusal on other systems, and on Linux the one that says in plain words what happened, and that stops
  look-ups which a name service of this machine would answer over a Unix socket.

docs/offline.md says what was found in each dependency.
"""

from __future__ import annotations

import contextlib
import os
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from pipeline.core import seccomp
from pipeline.core.errors import IpaError

SWITCHES = {
    "ORT_DISABLE_TELEMETRY": "1",  # onnxruntime from 1.29 on: no client, no id file; read when it is imported
    "PYANNOTE_METRICS_ENABLED": "0",  # otherwise the length of every recording is sent to pyannote's makers
    "HF_HUB_OFFLINE": "1",
    "TRANSFORMERS_OFFLINE": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "DO_NOT_TRACK": "1",
    "OTEL_SDK_DISABLED": "true",
}

KERNEL = "refused by the kernel (seccomp)"
PYTHON_ONLY = "refused in Python only"

LOOPBACK = ("127.", "::1", "localhost")
UNIX = getattr(socket, "AF_UNIX", None)  # not on Windows
UNIFIED_MEMORY = Path("/dev/nvidia-uvm")

_enforced = False


class NetworkRefusedError(IpaError, OSError):
    """Something tried to open a network connection while a recording was processed."""

    def __init__(self) -> None:
        IpaError.__init__(
            self, "a network connection was refused: recordings are processed offline", hint="please report this"
        )


def apply() -> None:
    """Set the switches for this process and its children."""
    os.environ.update(SWITCHES)


@contextlib.contextmanager
def downloads() -> Iterator[None]:
    """Let the model hub's package connect to its hub, for `ipa models fetch`; telemetry stays off."""
    os.environ["HF_HUB_OFFLINE"] = "0"
    try:
        yield
    finally:
        os.environ["HF_HUB_OFFLINE"] = SWITCHES["HF_HUB_OFFLINE"]


def enforce(*, serving: bool = False) -> str:
    """Have the kernel refuse sockets from now on, where it can; returns `state()`.

    Irreversible, and inherited by every process started from here. Code that needs a listening socket on loopback opens
    it first, and says that it is `serving`: open sockets stay open and go on accepting, but then nothing can be
    connected any more, so that neither that socket nor one that it accepted can be turned round.
    """
    global _enforced
    if not _enforced:
        _make_devices()
        with contextlib.suppress(OSError):
            seccomp.install(serving=serving)
            _enforced = True
            socket.has_ipv6 = False  # true from here on; libraries ask this before they try
    return state()


def state() -> str:
    """What stops a connection while a recording is processed, in words for the manifest and `ipa doctor`."""
    return KERNEL if _enforced else PYTHON_ONLY


def _make_devices() -> None:
    """The first use of CUDA after a boot creates a device file through a setuid program, which gains no rights when
    a process under the filter starts it. So the file is created before the filter is installed."""
    import shutil
    import subprocess

    tool = shutil.which("nvidia-modprobe")
    if tool and not UNIFIED_MEMORY.exists():
        subprocess.run([tool, "-c0", "-u"], stdin=subprocess.DEVNULL, capture_output=True, check=False)


def _is_local(family: int, address: Any) -> bool:
    if family not in (socket.AF_INET, socket.AF_INET6):
        return True  # Unix sockets and the like do not leave the machine
    host = str(address[0]) if isinstance(address, tuple) and address else ""
    return host.startswith(LOOPBACK)


@contextlib.contextmanager
def guard() -> Iterator[None]:
    """Refuse every connection but to loopback while the context lasts.

    Raises (inside): NetworkRefusedError from `connect`, from name look-ups and, once the kernel refuses sockets,
    from making one.
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
        replace(socket.socket, "__init__", _may_open)
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


def _may_open(sock: socket.socket, family: int = -1, type: int = -1, proto: int = -1, fileno: Any = None) -> bool:
    return not _enforced or fileno is not None or family == UNIX  # the kernel's refusal becomes our own error


def _may_send(sock: socket.socket, buffers: Any, ancdata: Any = (), flags: int = 0, address: Any = None) -> bool:
    return address is None or _is_local(sock.family, address)  # without an address it is connected already
