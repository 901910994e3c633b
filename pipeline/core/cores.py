"""How many processor cores this process may use, and how much memory is free."""

from __future__ import annotations

import os
from pathlib import Path

VARIABLE = "IPA_CORES"
"""A batch that works on several recordings at once tells each process its share."""
MOST = 16
"""More threads than this gain nothing on one recording."""
MEMINFO = Path("/proc/meminfo")


def cores() -> int:
    """Cores for this process: those of its affinity (a cluster hands out fewer than a node has), or its share."""
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    share = os.environ.get(VARIABLE, "")
    return max(1, min(allowed, int(share))) if share.isdigit() else allowed


def threads(asked: int = 0) -> int:
    """Threads for a model: as many as asked for, else the cores, up to 16."""
    return asked or min(MOST, cores())


def free_memory() -> int | None:
    """Bytes that programs could take now without swapping; None where the system does not say."""
    try:
        for line in MEMINFO.read_text("ascii").splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
    except (OSError, ValueError, IndexError):
        pass
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2  # macOS: half of all there is
    except (AttributeError, OSError, ValueError):
        return None
