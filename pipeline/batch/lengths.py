"""How long recordings last, by their headers. Read in a process of its own: a damaged file may crash a decoder."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

START_S, EACH_S = 60.0, 1.0  # how long it may take


def lengths(sources: Sequence[Path]) -> list[float | None]:
    """Seconds of each recording, None where its header does not say. Nothing is raised: its own run says what is
    wrong with a file."""
    found: list[float | None] = [None] * len(sources)
    begin = 0
    while begin < len(sources):  # goes on behind a file that ended the process
        names = b"\0".join(os.fsencode(os.path.abspath(path)) for path in sources[begin:])
        reported = 0
        for line in _answers(names, START_S + EACH_S * (len(sources) - begin)):
            found[begin + reported] = float(line) or None
            reported += 1
        begin += reported + 1
    return found


def _answers(names: bytes, timeout: float) -> list[str]:
    command = [sys.executable, "-m", "pipeline.batch.lengths"]
    try:
        out = subprocess.run(command, input=names, capture_output=True, timeout=timeout, check=False).stdout
    except subprocess.TimeoutExpired as error:
        out = error.stdout or b""
    whole, _, _ = out.rpartition(b"\n")
    return whole.decode("ascii", "replace").split()


def _length(source: Path) -> float:
    from pipeline.core.errors import IpaError
    from pipeline.recording import media

    try:
        with source.open("rb") as file, media.opened(file, source) as (_, facts):
            return facts.promised or facts.duration or 0.0
    except (IpaError, OSError):
        return 0.0


def main() -> None:
    """Names on stdin, separated by zero bytes; a line with the seconds of each on stdout, 0 where unknown."""
    from pipeline.core import offline

    with offline.guard():
        for name in sys.stdin.buffer.read().split(b"\0"):
            print(f"{_length(Path(os.fsdecode(name))):.3f}", flush=True)


if __name__ == "__main__":
    main()
