"""The kernel's filter: which calls it refuses, and that it holds for threads, children and native code.

It cannot be taken off again, so that everything which installs it runs in a process of its own.
"""

from __future__ import annotations

import errno
import platform
import socket
import subprocess
import sys
import textwrap

import pytest

from pipeline.core import seccomp
from pipeline.core.seccomp import ALLOW, ERRNO, MACHINES

REFUSED, ABSENT = ERRNO | errno.EACCES, ERRNO | errno.ENOSYS
I386, ARM = 0x40000003, 0x40000028
X32_SOCKET = 0x40000000 + 41

here = pytest.mark.skipif(
    sys.platform != "linux" or platform.machine() not in MACHINES, reason="the filter is for Linux on x86-64 and ARM64"
)


def _answer(rows: list[tuple[int, int, int, int]], number: int, audit: int, argument: int) -> int:
    """What the kernel would answer, by running the filter as seccomp(2) says."""
    data = {seccomp.NUMBER: number, seccomp.ARCHITECTURE: audit, seccomp.FIRST_ARGUMENT: argument & 0xFFFFFFFF}
    word, at = 0, 0
    while True:
        code, yes, no, k = rows[at]
        at += 1
        if code == seccomp.RETURN:
            return k
        if code == seccomp.LOAD:
            word = data[k]
        else:
            at += yes if (word == k if code == seccomp.EQUAL else word >= k) else no


@pytest.mark.parametrize("name", MACHINES)
@pytest.mark.parametrize(
    ("call", "family", "answer"),
    [
        ("socket", socket.AF_INET, REFUSED),
        ("socket", 10, REFUSED),  # AF_INET6
        ("socket", 0, REFUSED),  # AF_UNSPEC
        ("socket", 16, REFUSED),  # AF_NETLINK
        ("socket", 17, REFUSED),  # AF_PACKET
        ("socket", 40, REFUSED),  # AF_VSOCK: to the host of a virtual machine
        ("socket", 1, ALLOW),
        ("socket", (1 << 32) + 1, ALLOW),  # the kernel takes the family from the lower half
        ("socket", (1 << 32) + 2, REFUSED),
        ("socketpair", 1, ALLOW),
        ("socketpair", 30, REFUSED),  # AF_TIPC
    ],
)
def test_only_unix_sockets_are_made(name: str, call: str, family: int, answer: int) -> None:
    machine = MACHINES[name]
    assert _answer(seccomp.program(machine), getattr(machine, call), machine.audit, family) == answer


@pytest.mark.parametrize("name", MACHINES)
@pytest.mark.parametrize("serving", [False, True])
def test_every_other_call_is_left_alone(name: str, serving: bool) -> None:
    machine = MACHINES[name]
    special = {machine.socket, machine.socketpair, seccomp.IO_URING_SETUP}
    special |= {machine.connect, machine.bind} if serving else set()
    answers = {n: _answer(seccomp.program(machine, serving=serving), n, machine.audit, 2) for n in range(600)}
    assert {n for n, answer in answers.items() if answer != ALLOW} == special
    assert {n for n, answer in answers.items() if answer == ABSENT} == {seccomp.IO_URING_SETUP}


@pytest.mark.parametrize("name", MACHINES)
def test_a_program_that_serves_connects_to_nothing_and_still_makes_pipes(name: str) -> None:
    machine = MACHINES[name]
    rows = seccomp.program(machine, serving=True)
    for call in (machine.connect, machine.bind):
        assert {_answer(rows, call, machine.audit, argument) for argument in (0, 1, 2, 3)} == {REFUSED}
    for call, family, answer in (("socket", 2, REFUSED), ("socket", 1, ALLOW), ("socketpair", 1, ALLOW)):
        assert _answer(rows, getattr(machine, call), machine.audit, family) == answer


@pytest.mark.parametrize("name", MACHINES)
@pytest.mark.parametrize("audit", [I386, ARM, 0])
@pytest.mark.parametrize("number", [0, 1, 41, 102, 359])
@pytest.mark.parametrize("serving", [False, True])
def test_calls_of_a_foreign_architecture_are_refused(name: str, audit: int, number: int, serving: bool) -> None:
    assert _answer(seccomp.program(MACHINES[name], serving=serving), number, audit, 1) == REFUSED


@pytest.mark.parametrize("serving", [False, True])
def test_the_x32_abi_is_refused(serving: bool) -> None:
    machine = MACHINES["x86_64"]
    assert _answer(seccomp.program(machine, serving=serving), X32_SOCKET, machine.audit, 1) == REFUSED


@pytest.mark.parametrize(("system", "processor"), [("darwin", "arm64"), ("win32", "AMD64"), ("linux", "riscv64")])
def test_other_systems_say_that_they_have_none(system: str, processor: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", system)
    monkeypatch.setattr(platform, "machine", lambda: processor)
    with pytest.raises(OSError, match="no filter"):
        seccomp.install()


START = """
import ctypes, errno, os, socket, subprocess, sys, threading
from pipeline.core import seccomp
libc = ctypes.CDLL(None, use_errno=True)
def native(family):
    made = libc.socket(family, 1, 0)
    return 'made' if made >= 0 else errno.errorcode[ctypes.get_errno()]
"""


def _process(code: str) -> subprocess.Popen[str]:
    whole = START + textwrap.dedent(code)
    return subprocess.Popen([sys.executable, "-c", whole], stdout=subprocess.PIPE, text=True)


def _said(code: str) -> list[str]:
    process = _process(code)
    out, _ = process.communicate(timeout=120)
    assert process.returncode == 0
    return out.splitlines()


@here
def test_native_code_is_refused_after_and_not_before() -> None:
    code = """
    print(native(2), native(1)); seccomp.install(); print(native(2), native(10), native(16), native(1))
    print(libc.syscall(425, 1, 0), errno.errorcode[ctypes.get_errno()])
    """
    assert _said(code) == ["made made", "EACCES EACCES EACCES made", "-1 ENOSYS"]


@here
def test_threads_that_run_already_are_under_it() -> None:
    code = """
    go = threading.Event()
    thread = threading.Thread(target=lambda: (go.wait(), print(native(2))))
    thread.start(); seccomp.install(); go.set(); thread.join()
    """
    assert _said(code) == ["EACCES"]


@here
def test_child_processes_are_under_it_and_pipes_work() -> None:
    code = """
    seccomp.install()
    child = "import socket\\ntry: socket.socket()\\nexcept PermissionError: print('refused')"
    print(subprocess.run([sys.executable, '-c', child], capture_output=True, text=True).stdout.strip())
    """
    assert _said(code) == ["refused"]


@here
def test_installing_it_again_does_no_harm() -> None:
    assert _said("seccomp.install(); seccomp.install(); print(native(2), native(1))") == ["EACCES made"]


@here
@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_multiprocessing_works_under_it(method: str) -> None:
    code = f"""
    import multiprocessing
    seccomp.install()
    with multiprocessing.get_context({method!r}).Pool(2) as pool:
        print(pool.map(abs, [-1, 2]))
    """
    assert _said(code) == ["[1, 2]"]


@here
@pytest.mark.parametrize("serving", [False, True])
def test_a_listening_socket_from_before_goes_on_accepting(serving: bool) -> None:
    process = _process(f"""
    server = socket.create_server(('127.0.0.1', 0)); seccomp.install(serving={serving})
    print(server.getsockname()[1], flush=True)
    connection, _ = server.accept(); connection.sendall(b'here'); connection.close()
    """)
    assert process.stdout is not None
    with process, socket.create_connection(("127.0.0.1", int(process.stdout.readline())), timeout=60) as client:
        assert client.recv(4) == b"here"
    assert process.returncode == 0


@here
def test_a_program_that_serves_can_turn_no_open_socket_round() -> None:
    code = """
    other = socket.create_server(('127.0.0.1', 0)); spare = socket.socket(); unix = socket.socket(socket.AF_UNIX)
    seccomp.install(serving=True)
    for attempt in (
        lambda: spare.connect(other.getsockname()),
        lambda: spare.bind(('127.0.0.1', 0)),
        lambda: unix.connect('/nowhere'),
    ):
        try: print('done', attempt())
        except PermissionError: print('refused')
    """
    assert _said(code) == ["refused", "refused", "refused"]
