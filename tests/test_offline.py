"""Nothing leaves the machine: connections are refused, loopback is not, telemetry is off."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable

import pytest

from pipeline import offline


def _tcp() -> None:
    socket.create_connection(("192.0.2.1", 443), timeout=0.2)


def _tcp_ex() -> None:
    with socket.socket() as s:
        s.connect_ex(("192.0.2.1", 443))


def _udp() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.sendto(b"x", ("192.0.2.1", 53))


def _udp_flags() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.sendto(b"x", 0, ("192.0.2.1", 53))


def _v6() -> None:
    with socket.socket(socket.AF_INET6) as s:
        s.connect(("2001:db8::1", 443))


def _lookup() -> None:
    socket.getaddrinfo("example.com", 443)


def _message() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.sendmsg([b"x"], [], 0, ("192.0.2.1", 53))


def _name() -> None:
    socket.gethostbyname("example.com")


def _names() -> None:
    socket.gethostbyname_ex("example.com")


def _reverse() -> None:
    socket.gethostbyaddr("192.0.2.1")


@pytest.mark.parametrize("attempt", [_tcp, _tcp_ex, _udp, _udp_flags, _v6, _lookup, _message, _name, _names, _reverse])
def test_every_way_out_is_refused(attempt: Callable[[], None]) -> None:
    with offline.guard(), pytest.raises(offline.NetworkRefusedError):
        attempt()


def test_loopback_works_inside_the_guard() -> None:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        with offline.guard(), socket.create_connection(server.getsockname(), timeout=5) as client:
            assert client.getpeername() == server.getsockname()


def test_the_guard_is_lifted_again() -> None:
    before = socket.socket.connect, socket.getaddrinfo
    with offline.guard():
        assert socket.socket.connect is not before[0]
    assert (socket.socket.connect, socket.getaddrinfo) == before


def test_the_guard_can_be_nested() -> None:
    with offline.guard():
        with offline.guard():
            pass
        with pytest.raises(offline.NetworkRefusedError):
            _tcp()


def test_switches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "environ", {"PYANNOTE_METRICS_ENABLED": "1"})
    offline.apply()
    assert os.environ["PYANNOTE_METRICS_ENABLED"] == "0"
    assert os.environ["HF_HUB_OFFLINE"] == "1"


def test_pyannote_telemetry_is_off_when_it_is_imported() -> None:
    import subprocess
    import sys

    code = (
        "from pipeline import offline; offline.apply()\n"
        "import warnings; warnings.simplefilter('ignore')\n"
        "from pyannote.audio.telemetry.metrics import is_metrics_enabled\n"
        "print(is_metrics_enabled())"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "False"
