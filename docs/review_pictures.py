"""The pictures of review.md, from a run of the sample: docs/review-*.png.

    ipa run recordings/sample.flac
    python docs/review_pictures.py [folder of the results]

Works on a copy; needs chromium.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

DOCS = Path(__file__).parent
sys.path.insert(0, str(DOCS.parent))

from tests.chromium import CHROMIUM, FLAGS  # noqa: E402


def main() -> None:
    """Serve the sample's interview and take the pictures."""
    outputs = Path(sys.argv[1] if len(sys.argv) > 1 else "outputs")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        shutil.copytree(outputs / "sample", Path(folder) / "outputs" / "sample")
        command = [sys.executable, "-m", "pipeline", "review", "sample", "--no-browser", "-o", f"{folder}/outputs"]
        server = subprocess.Popen([*command, "--recordings", folder], stdout=subprocess.PIPE, text=True)
        assert server.stdout is not None
        address = next(line.strip() for line in server.stdout if line.startswith("http://"))
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = browser.new_page(viewport={"width": 1140, "height": 640}, reduced_motion="reduce")
        page.goto(address)
        page.locator(".turn").first.wait_for()
        take(page)
        browser.close()
        server.kill()


def take(page: Page) -> None:
    """One picture of the text, the redactions, the flags and the signature each."""

    def picture(name: str) -> None:
        page.wait_for_timeout(400)
        page.screenshot(path=DOCS / f"review-{name}.png")

    page.locator(".w", has_text="washed").click()
    page.keyboard.press("Enter")
    page.keyboard.press("Alt+1")
    picture("text")
    page.keyboard.press("Escape")
    page.get_by_role("tab", name="Redactions").click()
    page.locator(".entity .place").first.click()
    picture("redactions")
    page.get_by_role("tab", name="Flags").click()
    page.keyboard.press("Alt+f")
    picture("flags")
    page.get_by_role("button", name="Keep readable").click()
    page.get_by_role("button", name="Sign off …").click()
    page.get_by_label("Initials").fill("KR")
    picture("sign")


if __name__ == "__main__":
    main()
