"""What the review page costs on an hour of interview, in Chromium: first view, keys, memory. See bench/REVIEW.md.

    python -m bench.review [--words 9000]

Delays are given twice: as they passed, and as processor time of the page's main thread, which does not depend on what
else the machine does. A key's delay is that of its event until the next frame (the browser's Event Timing).
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from playwright.sync_api import CDPSession, Page, sync_playwright

from pipeline.app import snapshots
from pipeline.core.document import Document, Entity, StageRecord
from pipeline.core.paths import RecordingPaths
from pipeline.recording import SAMPLE_RATE
from tests import builders, sounds
from tests.chromium import CHROMIUM, FLAGS

SEEN = """
new MutationObserver((_, observer) => {
  if (!document.querySelector('.turn')) return;
  observer.disconnect();
  requestAnimationFrame(() => setTimeout(() => (window.seen = performance.now())));
}).observe(document, {childList: true, subtree: true});
window.keys = [];
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) if (entry.name === 'keydown') window.keys.push(entry.duration);
}).observe({type: 'event', durationThreshold: 16});
"""
TRACED = {"transferMode": "ReportEvents", "categories": "toplevel"}
Row = tuple[str, str, str]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--words", type=int, default=9000)
    words = parser.parse_args().words
    with tempfile.TemporaryDirectory() as folder:
        outputs = Path(folder) / "outputs"
        document = store(outputs, words)
        command = [sys.executable, "-m", "pipeline", "review", "--no-browser", "-o", str(outputs)]
        server = subprocess.Popen([*command, "--recordings", folder], stdout=subprocess.PIPE, text=True)
        try:
            assert server.stdout is not None
            address = next(line.strip() for line in server.stdout if line.startswith("http://"))
            rows = measured(address)
        finally:
            server.kill()
    print(f"{len(document.words):,} words, {document.duration or 0:.0f} s of sound\n")
    print("| what | passed | processor time |\n|---|---|---|")
    for row in rows:
        print("| " + " | ".join(row) + " |")


def store(outputs: Path, words: int) -> Document:
    """An annotated interview over and over, redacted, with its sound."""
    repeat = max(1, round(words / len(builders.reference().words)))
    document = builders.reference(repeat=repeat).with_(id="P03")
    entities = {
        r.entity: Entity(id=r.entity, category=r.category, forms=("name",), replacement=r.replacement)
        for r in document.redactions
        if r.entity
    }
    records = tuple(StageRecord(stage=name, key=name) for name in ("transcribe", "redact"))
    document = document.with_(entities=document.entities or tuple(entities.values()), records=records)
    paths = RecordingPaths(outputs, document.id)
    paths.make()
    snapshots.save(document, paths.snapshot("redact"))
    minute = sounds.tone(60.0, level=0.1)
    sounds.write(paths.audio, np.tile(minute, int((document.duration or 60) // 60) + 1), rate=SAMPLE_RATE)
    return document


def measured(address: str) -> list[Row]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = browser.new_context(viewport={"width": 1280, "height": 800}).new_page()
        page.set_default_timeout(120_000)
        page.add_init_script(SEEN)
        page.goto(address)
        page.get_by_role("link", name="P03").click()
        page.locator(".turn").first.wait_for()
        session = page.context.new_cdp_session(page)
        rows = [first_view(page, session)]
        page.locator(".turn").nth(5).locator(".w").nth(2).click()
        page.keyboard.press("Escape")
        rows += [
            keys(page, session, "a letter over a word: the turn opens", ["h"], lambda: page.keyboard.press("Escape")),
            keys(page, session, "a letter while typing", ["e"], before=lambda: page.keyboard.press("Enter")),
            keys(page, session, "an arrow key", ["ArrowRight"]),
            keys(page, session, "change speaker of a turn", ["Alt+s"], lambda: undone(page)),
            keys(page, session, "delete a word", ["Delete"], lambda: undone(page)),
            keys(page, session, "next place to look at", ["Alt+n"]),
        ]
        rows.append(("memory of the page", f"{memory(page):.0f} MB", f"of it scripts {heap(session):.0f} MB"))
        browser.close()
        return rows


def first_view(page: Page, session: CDPSession) -> Row:
    """From the request of the page until its text has been painted, the list left out."""
    passed, spent = [], []
    for _ in range(5):
        spent.append(traced(page, session, lambda: (page.reload(), page.wait_for_timeout(3000))))
        page.locator(".turn").first.wait_for()
        passed.append(float(page.evaluate("window.seen")))
    return ("first view", f"{statistics.median(passed):.0f} ms", f"{statistics.median(spent):.0f} ms")


def keys(
    page: Page,
    session: CDPSession,
    name: str,
    pressed: list[str],
    after: Callable[[], object] = lambda: None,
    before: Callable[[], object] | None = None,
    times: int = 8,
) -> Row:
    """The median and the worst of some presses; each is followed by what undoes it."""
    if before is not None:
        before()
    passed, spent = [], []
    for _ in range(times):
        page.wait_for_timeout(300)
        page.evaluate("window.keys = []")
        spent.append(traced(page, session, lambda: [page.keyboard.press(key) for key in pressed]))
        page.wait_for_timeout(300)
        passed += page.evaluate("window.keys") or [16.0]  # faster than the browser counts
        after()
    if before is not None:
        page.keyboard.press("Enter")
    return (
        name,
        f"{statistics.median(passed):.0f} ms (worst {max(passed):.0f})",
        f"{statistics.median(spent):.0f} ms (worst {max(spent):.0f})",
    )


def undone(page: Page) -> None:
    page.locator(".saved", has_text="Saved").wait_for()
    page.keyboard.press("Control+z")
    page.wait_for_timeout(100)
    page.locator(".saved", has_text="Saved").wait_for()


def traced(page: Page, session: CDPSession, act: Callable[[], object]) -> float:
    """Milliseconds of processor time that the page's main thread took for something and for the frame after it."""
    events: list[dict[str, Any]] = []
    ended: list[object] = []
    session.on("Tracing.dataCollected", lambda data: events.extend(data["value"]))
    session.once("Tracing.tracingComplete", lambda data: ended.append(data))
    session.send("Tracing.start", TRACED)
    act()
    page.evaluate("new Promise((done) => requestAnimationFrame(() => setTimeout(done)))")
    session.send("Tracing.end")
    while not ended:
        page.wait_for_timeout(20)
    mine = {
        (e["pid"], e["tid"]) for e in events if e["name"] == "thread_name" and e["args"]["name"] == "CrRendererMain"
    }
    tasks = [e for e in events if e["name"] == "ThreadControllerImpl::RunTask" and (e["pid"], e["tid"]) in mine]
    return sum(e.get("tdur", 0) for e in tasks) / 1000


def memory(page: Page) -> float:
    """Megabytes that the page's process holds (proportional set size)."""
    session = page.context.browser.new_browser_cdp_session()  # type: ignore[union-attr]
    processes = session.send("SystemInfo.getProcessInfo")["processInfo"]
    sizes = [_pss(p["id"]) for p in processes if p["type"] == "renderer"]
    return max(sizes)


def _pss(pid: int) -> float:
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text("utf-8").splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) / 1000
    return 0.0


def heap(session: CDPSession) -> float:
    return float(session.send("Runtime.getHeapUsage")["usedSize"]) / 1e6


if __name__ == "__main__":
    main()
