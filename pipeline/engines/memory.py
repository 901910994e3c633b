"""How the process handles its memory."""

from __future__ import annotations

import ctypes
import sys

M_TRIM_THRESHOLD, M_MMAP_MAX, M_ARENA_MAX = -1, -4, -8  # malloc.h
LARGEST = 2**31 - 1


def give_back() -> None:
    """Give what is free back to the system, where it was kept: after a stage, whose memory the next one may not need.
    Does nothing where there is no glibc."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None) if sys.platform.startswith("linux") else None
    if trim is not None:
        trim(0)


def keep_freed() -> None:
    """Let the C library keep what is freed, instead of giving it back to the system and asking for it again.

    Whisper's encoder takes and gives back 70 MB for the attention of every layer. By default glibc fetches as much
    from the system each time, which has to clear every page of it: more than a third of the processor time of a run.
    Call it before the first thread: those begun earlier keep their own heaps. Does nothing where there is no glibc.
    """
    if not sys.platform.startswith("linux"):
        return
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        for option, value in ((M_MMAP_MAX, 0), (M_TRIM_THRESHOLD, LARGEST), (M_ARENA_MAX, 1)):
            mallopt(option, value)
