"""The page in full numbers: `python -m bench.page [ROUNDS]`.

Random changes through HTTP against the files (300 interviews; the suite runs a dozen), then the processor time of
answers on an interview of an hour with 500 edits.
"""

from __future__ import annotations

import functools
import gc
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from pipeline.page.server import SELDOM
from pipeline.review import store as edits_store
from pipeline.review.anchors import anchor
from pipeline.review.edits import Accept, Edit, Replace
from tests.page import test_same_as_files
from tests.page.worlds import Browser, hour, store

ROUNDS = 300


def timed(work: Callable[[], object]) -> float:
    started = time.process_time()
    work()
    return (time.process_time() - started) * 1000


def answers() -> dict[str, list[float]]:
    """Milliseconds of processor time by kind of request."""
    draw = random.Random(1)
    document = hour()
    ids = [str(n) for n in range(len(document.words))]
    edits: list[Edit] = []
    for _ in range(400):
        n = draw.randrange(20, len(ids) - 20)
        edits.append(Replace(at=anchor(document.words, n, n, ids), text="kettle"))
    for span in draw.choices(document.redactions, k=100):
        edits.append(Accept(at=anchor(document.words, span.first, span.last, ids)))
    rows: dict[str, list[float]] = {"open": [], "text": [], "undo": [], "redo": []}
    with tempfile.TemporaryDirectory() as folder:
        outputs = Path(folder) / "outputs"
        edits_store.append(store(outputs, document, sound=False), edits)
        page = Browser(outputs)
        rows["open"].append(timed(lambda: page.open("P09")))
        for _ in range(15):
            n = draw.randrange(len(page.words()) - 30)
            said = page.words()[n : n + 30]
            text = " ".join([*said[:10], "hm", *said[12:]])
            wanted = {"kind": "text", "first": n, "last": n + 29, "text": text}
            rows["text"].append(timed(functools.partial(page.edit, wanted)))
            rows["undo"].append(timed(lambda: page.do("undo")))
            rows["redo"].append(timed(lambda: page.do("redo")))
    return rows


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS
    for seed in range(rounds):
        test_same_as_files.rounds(seed, typed=bool(seed % 3 == 0), steps=14)
    print(f"{rounds} interviews: what the page shows is what the files hold")
    gc.set_threshold(*SELDOM)
    for name, times in answers().items():
        print(f"{name:5} {statistics.median(times):5.0f} ms of processor time (worst {max(times):.0f})")


if __name__ == "__main__":
    main()
