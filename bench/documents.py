"""A thousand random interviews through redaction and all exports: offsets exact, twice the same, nothing leaks.

python bench/documents.py [--examples 1000]
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.redaction_properties import TURNS, check_interview


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--examples", type=int, default=1000)
    examples = parser.parse_args().examples
    done = 0

    def check(turns: list[tuple[str, list[str]]], heard: bool, known: bool) -> None:
        nonlocal done
        with tempfile.TemporaryDirectory() as folder:
            check_interview(turns, heard, known, Path(folder))
        done += 1

    many = settings(
        max_examples=examples,
        deadline=None,
        database=None,
        phases=(Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
    )
    started = time.monotonic()
    many(given(TURNS, st.booleans(), st.booleans())(check))()
    print(f"{done} random interviews hold ({time.monotonic() - started:.0f} s)")


if __name__ == "__main__":
    main()
