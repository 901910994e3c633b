"""A filter in the Linux kernel that refuses every new socket but Unix ones (seccomp-bpf).

It holds for this process, all its threads and everything it starts, native code included, and cannot be removed. To the
caller a refused call looks like missing permission (EACCES):

* `socket` and `socketpair` of any family but AF_UNIX: IPv4 and IPv6, loopback too, since a filter sees the
  family of a socket but not the address it will be connected to; netlink, packet and VM sockets;
* every system call of a foreign architecture or of the x32 ABI, whose numbers mean other calls.

`io_uring_setup` fails as on a kernel without it (ENOSYS), because its rings open sockets past the filter.
Open sockets stay open: a listening socket made before the filter goes on accepting connections. A program that has one
refuses `connect` and `bind`, too, so that no socket that is open already can be used to go out (one that was accepted
may be disconnected and connected elsewhere).

It stops libraries that report home, not a hostile program: a service of this machine that listens on a Unix
socket could still be asked to connect.

Source: seccomp(2), and Documentation/userspace-api/seccomp_filter.rst in the kernel.
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import sys
from typing import NamedTuple

PR_SET_NO_NEW_PRIVS = 38
SECCOMP_SET_MODE_FILTER = 1
SECCOMP_FILTER_FLAG_TSYNC = 1  # all running threads, not only this one
SECCOMP_FILTER_FLAG_SPEC_ALLOW = 4  # without it, kernels before 5.16 turn on costly Spectre mitigations

LOAD, EQUAL, AT_LEAST, RETURN = 0x20, 0x15, 0x35, 0x06  # BPF: load a word, two jumps, return
NUMBER, ARCHITECTURE, FIRST_ARGUMENT = 0, 4, 16  # offsets in struct seccomp_data (little-endian machines)
ALLOW, ERRNO = 0x7FFF0000, 0x00050000
X32_BIT = 0x40000000
IO_URING_SETUP = 425  # the same everywhere
AF_UNIX = 1


class Machine(NamedTuple):
    """What the filter needs to know about an architecture: its audit number and system call numbers."""

    audit: int
    seccomp: int
    socket: int
    socketpair: int
    connect: int
    bind: int


MACHINES = {
    "x86_64": Machine(audit=0xC000003E, seccomp=317, socket=41, socketpair=53, connect=42, bind=49),
    "aarch64": Machine(audit=0xC00000B7, seccomp=277, socket=198, socketpair=199, connect=203, bind=200),
}


class _Instruction(ctypes.Structure):
    """struct sock_filter. Jumps count the instructions to skip."""

    _fields_ = (("code", ctypes.c_uint16), ("jt", ctypes.c_uint8), ("jf", ctypes.c_uint8), ("k", ctypes.c_uint32))


class _Program(ctypes.Structure):
    """struct sock_fprog."""

    _fields_ = (("length", ctypes.c_uint16), ("filter", ctypes.POINTER(_Instruction)))


def program(machine: Machine, *, serving: bool = False) -> list[tuple[int, int, int, int]]:
    """The filter as (code, jump if true, jump if false, operand). `serving`: see `install`."""
    if serving:
        head, _, load, *rest = program(machine)
        more = [(EQUAL, 8, 0, machine.connect), (EQUAL, 7, 0, machine.bind)]  # refuse
        return [head, (EQUAL, 0, 10, machine.audit), load, *more, *rest]
    return [
        (LOAD, 0, 0, ARCHITECTURE),
        (EQUAL, 0, 8, machine.audit),  # otherwise refuse
        (LOAD, 0, 0, NUMBER),
        (AT_LEAST, 6, 0, X32_BIT),  # refuse
        (EQUAL, 6, 0, IO_URING_SETUP),  # absent
        (EQUAL, 1, 0, machine.socket),  # look at the family
        (EQUAL, 0, 2, machine.socketpair),  # look at the family, otherwise allow
        (LOAD, 0, 0, FIRST_ARGUMENT),
        (EQUAL, 0, 1, AF_UNIX),  # allow, otherwise refuse
        (RETURN, 0, 0, ALLOW),
        (RETURN, 0, 0, ERRNO | errno.EACCES),
        (RETURN, 0, 0, ERRNO | errno.ENOSYS),
    ]


def install(*, serving: bool = False) -> None:
    """Put this process under the filter, permanently. `serving`: it has a socket that listens, and it must stay the
    only one, so `connect` and `bind` are refused, too, of Unix sockets as well.

    Setuid programs no longer gain rights: the kernel demands that of a process (no_new_privs) before it takes its
    filter.

    Raises:
        OSError: this is not Linux (4.17 or newer) on x86-64 or ARM64, or the kernel refuses.
    """
    machine = MACHINES.get(platform.machine()) if sys.platform == "linux" and sys.maxsize > 1 << 32 else None
    if machine is None:
        raise OSError(errno.ENOSYS, "no filter for this system")
    libc = ctypes.CDLL(None, use_errno=True)
    rows = [_Instruction(*row) for row in program(machine, serving=serving)]
    instructions = (_Instruction * len(rows))(*rows)
    filter_ = _Program(len(rows), instructions)
    word = ctypes.c_ulong
    if libc.prctl(PR_SET_NO_NEW_PRIVS, word(1), word(0), word(0), word(0)):
        raise OSError(ctypes.get_errno(), "no_new_privs was refused")
    libc.syscall.restype = ctypes.c_long
    done = libc.syscall(
        ctypes.c_long(machine.seccomp),
        word(SECCOMP_SET_MODE_FILTER),
        word(SECCOMP_FILTER_FLAG_TSYNC | SECCOMP_FILTER_FLAG_SPEC_ALLOW),
        ctypes.byref(filter_),
    )
    if done:  # -1, or the number of a thread that is under a filter of its own
        raise OSError(ctypes.get_errno() if done < 0 else errno.EBUSY, os.strerror(ctypes.get_errno()))
