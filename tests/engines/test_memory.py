"""What the C library does with freed memory."""

from __future__ import annotations

import ctypes
import subprocess
import sys

import pytest

GLIBC = pytest.mark.skipif(
    not sys.platform.startswith("linux") or not hasattr(ctypes.CDLL(None), "mallopt"), reason="there is no glibc here"
)
FAULTS = """
import ctypes, resource, sys, threading
from pipeline.engines import memory
if sys.argv[1] == "keep":
    memory.keep_freed()
libc = ctypes.CDLL(None)
libc.malloc.restype = ctypes.c_void_p
def use():
    block = libc.malloc(ctypes.c_size_t(80_000_000))
    ctypes.memset(block, 1, 80_000_000)
    libc.free(ctypes.c_void_p(block))
def elsewhere():
    thread = threading.Thread(target=use)
    thread.start()
    thread.join()
use()
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(5):
    use()
    elsewhere()
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


def faults(what: str) -> int:
    done = subprocess.run([sys.executable, "-c", FAULTS, what], capture_output=True, text=True, check=True)
    return int(done.stdout)


@pytest.mark.slow
@GLIBC
def test_memory_given_back_is_not_fetched_again() -> None:
    assert faults("keep") * 10 < faults("leave")


GIVEN_BACK = """
import ctypes
from pathlib import Path
from pipeline.engines import memory
memory.keep_freed()
libc = ctypes.CDLL(None)
libc.malloc.restype = ctypes.c_void_p
def resident():
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096
block, last = libc.malloc(ctypes.c_size_t(80_000_000)), libc.malloc(ctypes.c_size_t(1000))
ctypes.memset(block, 1, 80_000_000)
libc.free(ctypes.c_void_p(block))
kept = resident()
memory.give_back()
print(kept - resident())
"""


@GLIBC
def test_what_is_kept_can_be_given_back() -> None:
    done = subprocess.run([sys.executable, "-c", GIVEN_BACK], capture_output=True, text=True, check=True)
    assert int(done.stdout) > 70_000_000


@pytest.mark.parametrize("platform", ["darwin", "win32"])
def test_other_systems_are_left_alone(platform: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from pipeline.engines import memory

    def none(name: None) -> None:
        raise AssertionError("asked for the C library")

    monkeypatch.setattr(sys, "platform", platform)
    monkeypatch.setattr(ctypes, "CDLL", none)
    memory.keep_freed()
    memory.give_back()
