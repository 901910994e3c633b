"""Nothing leaves the machine: connections are refused, loopback is not, telemetry is off."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.core import installed, offline, seccomp
from tests.sizes import LEAN


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


def test_importing_the_package_switches_telemetry_off_for_itself_and_its_children() -> None:
    wanted = {**offline.SWITCHES, "ORT_DISABLE_TELEMETRY": "1", "PYANNOTE_METRICS_ENABLED": "0", "HF_HUB_OFFLINE": "1"}
    show = "import json, os; print(json.dumps(dict(os.environ)))"
    code = f"import subprocess, sys, pipeline; subprocess.run([sys.executable, '-c', {show!r}], check=True)"
    on = dict.fromkeys(offline.SWITCHES, "on")
    out = subprocess.run(
        [sys.executable, "-c", code], env={**os.environ, **on}, capture_output=True, text=True, check=True
    )
    found = json.loads(out.stdout)
    assert {name: found[name] for name in wanted} == wanted


@pytest.mark.slow
@pytest.mark.skipif(not installed.has("pyannote"), reason=f"pyannote.audio: {LEAN}")
def test_pyannote_telemetry_is_off_when_it_is_imported() -> None:
    code = (
        "import pipeline\n"
        "import warnings; warnings.simplefilter('ignore')\n"
        "from pyannote.audio.telemetry.metrics import is_metrics_enabled\n"
        "print(is_metrics_enabled())"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "False"


def test_the_hub_may_be_asked_only_while_weights_are_fetched() -> None:
    with offline.downloads():
        assert os.environ["HF_HUB_OFFLINE"] == "0"
        assert os.environ["HF_HUB_DISABLE_TELEMETRY"] == "1"
    assert os.environ["HF_HUB_OFFLINE"] == "1"


@pytest.fixture
def unenforced(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """What `enforce` changes in this process is undone; the filter itself must not be installed here."""
    monkeypatch.setattr(offline, "_enforced", False)
    monkeypatch.setattr(socket, "has_ipv6", True)
    monkeypatch.setattr(offline, "_make_devices", lambda: None)
    return monkeypatch


def test_where_the_kernel_cannot_the_state_says_so(unenforced: pytest.MonkeyPatch) -> None:
    def refused(*, serving: bool) -> None:
        raise OSError("no filter for this system")

    unenforced.setattr(seccomp, "install", refused)
    assert offline.enforce() == offline.state() == "refused in Python only"
    assert socket.has_ipv6


def test_where_the_kernel_can_it_is_asked_once(unenforced: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    unenforced.setattr(seccomp, "install", lambda *, serving: asked.append("install"))
    assert offline.enforce() == offline.enforce() == "refused by the kernel (seccomp)"
    assert asked == ["install"]
    assert not socket.has_ipv6


def test_what_the_kernel_refuses_is_said_in_our_words(unenforced: pytest.MonkeyPatch) -> None:
    unenforced.setattr(seccomp, "install", lambda *, serving: None)
    offline.enforce()
    with offline.guard():
        with pytest.raises(offline.NetworkRefusedError):
            socket.socket()
        for end in socket.socketpair():
            end.close()


@pytest.mark.skipif(os.name == "nt", reason="the program is for Linux")
@pytest.mark.parametrize(("there", "runs"), [(False, "-c0 -u\n"), (True, "")])
def test_the_file_that_cuda_needs_is_made_before(
    there: bool, runs: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tool, device, log = tmp_path / "nvidia-modprobe", tmp_path / "nvidia-uvm", tmp_path / "log"
    tool.write_text(f'#!/bin/sh\necho "$@" > {log}\n')
    tool.chmod(0o755)
    log.touch()
    if there:
        device.touch()
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(offline, "UNIFIED_MEMORY", device)
    offline._make_devices()
    assert log.read_text() == runs
