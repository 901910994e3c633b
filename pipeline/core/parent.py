"""The child processes of a batch end when the batch does, however it ends.

The parent holds the writing end of a pipe and never writes; the system closes it when the parent dies, and the child,
which waits at the other end (its standard input), ends itself. That works everywhere. On Linux the kernel also kills
the child at once, even while native code keeps Python from running.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
from collections.abc import Iterator
from typing import Any

VARIABLE = "IPA_FOLLOWS_PARENT"
#: From linux/prctl.h.
PR_SET_PDEATHSIG = 1
INTERRUPTED = 130


@contextlib.contextmanager
def lifeline() -> Iterator[dict[str, Any]]:
    """Options for `subprocess` that tie children to this process; those still running at the end are terminated."""
    reading, writing = os.pipe()
    try:
        yield {"stdin": reading, "env": {**os.environ, VARIABLE: "1"}}
    finally:
        os.close(writing)
        os.close(reading)


def follow() -> None:
    """End this process when its parent ends, if the parent asked for it (see `lifeline`)."""
    if os.environ.pop(VARIABLE, None) is None:
        return
    if sys.platform == "linux":
        import ctypes

        # The kernel watches the thread that started us; a batch's threads wait for their children.
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    line = os.dup(0)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    threading.Thread(target=_wait, args=(line,), daemon=True).start()


def _wait(line: int) -> None:
    with contextlib.suppress(OSError):
        while os.read(line, 1):
            pass
    os._exit(INTERRUPTED)
