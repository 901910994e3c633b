"""Transcripts out to a file and back, unchanged and edited, many times.

python bench/copies.py [COUNT]
"""

from __future__ import annotations

import random
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tests import copy_properties


def main() -> None:
    """Draw, check, and say which seeds failed."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 300
    failed = []
    for seed in range(count):
        for check in (copy_properties.check_unchanged, copy_properties.check_changed):
            try:
                check(random.Random(seed))
            except AssertionError:
                failed.append(f"{check.__name__}({seed})")
    print(f"{count} transcripts out and back, unchanged and edited: {len(failed)} failed", *failed)
    sys.exit(bool(failed))


if __name__ == "__main__":
    main()
