#!/usr/bin/env python3
"""Write an hour's interview in every format and say how long each takes.

    python bench/export.py [--minutes 60]

The text is invented at 150 words a minute; nothing is recognised.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from pipeline.core.settings import LinesSettings
from pipeline.exporters.base import ExportContext
from pipeline.exporters.registry import FORMATS, export
from pipeline.transcript import notation
from pipeline.transcript.lines import number
from tests import builders

TALK = [
    ("I", "So, um, what was that like for you, the first few weeks I mean, when you had only just met?"),
    (
        "P",
        "Yeah. Well, I didn't know what to make of it, I- I thought it was, er, you know, another form to fill in. "
        * 6,
    ),
    ("I", "Right. And how did that change, if it did?"),
    ("P", "It was the walking, I think. We'd just walk, and half the time we never said a word. " * 5),
]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=60.0)
    minutes = parser.parse_args().minutes
    words = sum(len(text.split()) for _, text in TALK)
    talk = TALK * max(1, round(minutes * 150 / words))
    document = builders.spoken(talk)
    started = time.perf_counter()
    transcript = number(document, LinesSettings(), notation.load("default"))
    print(
        f"numbering  {time.perf_counter() - started:6.2f} s  {len(document.words)} words, {len(transcript.lines)} lines"
    )
    total = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        for name in FORMATS:
            started = time.perf_counter()
            path = export(transcript, [name], Path(folder), ExportContext(study="BENCH"))[name]
            print(f"{name:12} {time.perf_counter() - started:6.2f} s  {path.stat().st_size:>9} bytes")
    print(f"all        {time.perf_counter() - total:6.2f} s")


if __name__ == "__main__":
    main()
