"""Debian's Chromium on the page that `ipa review` serves: a process of its own for each test, which can be killed."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect, sync_playwright

from tests.chromium import CHROMIUM, FLAGS
from tests.page.browser import told

PATIENCE_MS = 60_000
"""A busy machine may take so long; nothing waits longer than it must."""
expect.set_options(timeout=PATIENCE_MS)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.slow)
            item.add_marker(pytest.mark.xdist_group("browser"))


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    if not CHROMIUM.exists():
        pytest.skip("there is no Chromium: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def transcribed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    with pytest.MonkeyPatch.context() as monkeypatch:
        return told.interview(tmp_path_factory.mktemp("study") / "study", monkeypatch)


class Served:
    """A study and the `ipa review` that serves it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.share = folder / "outputs" / "P03" / "share"
        self.private = folder / "outputs" / "P03" / "private"
        self.process: subprocess.Popen[str] | None = None

    def start(self) -> str:
        """The address that opens once."""
        command = [sys.executable, "-m", "pipeline", "review", "--no-browser"]
        command += ["--recordings", str(self.folder / "recordings"), "-o", str(self.folder / "outputs")]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if line.strip().startswith("http://"):
                return line.strip()
        raise AssertionError("the server said no address")

    def kill(self) -> None:
        if self.process is not None and self.process.poll() is None:
            os.kill(self.process.pid, signal.SIGKILL)
            self.process.wait()

    def edits(self) -> list[dict[str, Any]]:
        file = self.private / "edits.jsonl"
        return [json.loads(line) for line in file.read_text("utf-8").splitlines()] if file.exists() else []


@pytest.fixture
def served(transcribed: Path, tmp_path: Path) -> Iterator[Served]:
    shutil.copytree(transcribed, tmp_path / "study")
    served = Served(tmp_path / "study")
    yield served
    served.kill()


class Reviewer:
    """Somebody at the page. What the browser complains of is kept in `complaints`."""

    def __init__(self, context: BrowserContext, address: str, complaints: list[str]) -> None:
        self.context, self.complaints = context, complaints
        self.page = self.tab(address)
        self.home = self.page.url.split("#")[0]

    def tab(self, address: str) -> Page:
        page = self.context.new_page()
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", self._listen)
        page.goto(address)
        return page

    def _listen(self, message: Any) -> None:
        if message.type == "error" and "ERR_CONNECTION" not in message.text and "status of 409" not in message.text:
            self.complaints.append(message.text)

    def open(self, name: str = "P03") -> None:
        self.page.get_by_role("link", name=name, exact=True).click()
        expect(self.page.locator(".turn").first).to_be_visible()

    def word(self, text: str, nth: int = 0) -> Locator:
        return self.page.locator(".w", has_text=text).nth(nth)

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def saved(self) -> None:
        expect(self.page.locator(".saved")).to_have_text("Saved")

    def lines(self) -> list[tuple[str, str]]:
        """(number, text) of the lines as they are seen."""
        rows = self.page.locator(".line").evaluate_all(
            "rows => rows.map(r => [r.querySelector('.no').textContent, r.querySelector('.text').innerText])"
        )
        return [(number, " ".join(text.split())) for number, text in rows]


@pytest.fixture
def reviewer(chromium: Browser, served: Served) -> Iterator[Reviewer]:
    context = chromium.new_context(viewport={"width": 1280, "height": 800}, reduced_motion="reduce")
    context.set_default_timeout(PATIENCE_MS)
    complaints: list[str] = []
    yield Reviewer(context, served.start(), complaints)
    context.close()
    assert complaints == []
