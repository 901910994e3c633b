#!/usr/bin/env python3
"""Divide random text into lines 100,000 times and check what must hold of every division.

    python bench/lines.py [--examples 100000]

The same properties as tests/test_lines.py: no word lost, no width exceeded but by a single unbreakable token,
numbers stable under appended text.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.line_properties import TEXTS, WIDTHS, WORDS, check_page, check_wrap


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--examples", type=int, default=100_000)
    examples = parser.parse_args().examples
    many = settings(
        max_examples=examples,
        deadline=None,
        database=None,
        derandomize=False,
        phases=(Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
    )
    few = settings(many, max_examples=max(1, examples // 20))
    spans = st.lists(st.tuples(st.integers(0, 20), st.integers(0, 3)).map(lambda p: (p[0], p[0] + p[1])), max_size=3)
    started = time.monotonic()
    many(given(TEXTS, WIDTHS)(check_wrap))()
    print(f"{examples} divisions of random text hold ({time.monotonic() - started:.0f} s)", flush=True)
    started = time.monotonic()
    few(given(WORDS, WORDS, spans, WIDTHS)(check_page))()
    print(f"{max(1, examples // 20)} random documents hold ({time.monotonic() - started:.0f} s)")


if __name__ == "__main__":
    main()
