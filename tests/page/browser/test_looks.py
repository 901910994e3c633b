"""Whoever cannot see, point or sit at a wide screen can review, too; and the page is what its sources give."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

import pipeline.page
from tests.page.browser.conftest import PATIENCE_MS, Reviewer, Served

AXE = (Path(__file__).parent / "axe.min.js").read_text("utf-8")
STATIC = Path(pipeline.page.__file__).parent / "static"
MINOR = {"minor"}
TABS = ("First", "Flags", "Redactions", "What is left", "Find")


def violations(page: Page) -> list[str]:
    """What axe-core finds above minor, with where."""
    page.evaluate(AXE)
    found: list[dict[str, Any]] = page.evaluate("axe.run(document, {resultTypes: ['violations']})")["violations"]
    return [
        f"{rule['impact']}: {rule['id']} at {node['target']}: {node['failureSummary']}"
        for rule in found
        if rule["impact"] not in MINOR
        for node in rule["nodes"]
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(chromium: Browser, served: Served, scheme: Any) -> None:
    context = chromium.new_context(
        viewport={"width": 1280, "height": 800}, color_scheme=scheme, reduced_motion="reduce"
    )
    context.set_default_timeout(PATIENCE_MS)
    reviewer = Reviewer(context, served.start(), [])
    page = reviewer.page
    expect(page.get_by_role("row", name="P03")).to_be_visible()
    assert violations(page) == []
    reviewer.open()
    for tab in TABS:
        page.get_by_role("tab", name=tab).click()
        assert violations(page) == [], tab
    page.get_by_role("tab", name="Redactions").click()
    page.locator(".entity .place").first.click()
    page.get_by_role("switch", name="Originals").click()
    assert violations(page) == [], "originals"
    reviewer.word("Safe").click()
    reviewer.press("Enter")
    expect(page.locator(".box")).to_be_visible()
    assert violations(page) == [], "writing"
    reviewer.press("Escape")
    page.get_by_role("button", name="Words").click()
    expect(page.get_by_role("menu")).to_be_visible()
    assert violations(page) == [], "menu"
    reviewer.press("Escape")
    for key in ("?", "Alt+r", "Alt+e"):
        reviewer.word("Safe").click()
        reviewer.press(key)
        expect(page.get_by_role("dialog")).to_be_visible()
        assert violations(page) == [], key
        reviewer.press("Escape")
    page.get_by_role("button", name="Sign off …").click()
    assert violations(page) == [], "signing"
    context.close()


def test_everything_is_reached_by_keyboard(reviewer: Reviewer) -> None:
    page = reviewer.page
    page.get_by_role("link", name="P03").focus()
    reviewer.press("Enter")
    expect(page.locator(".w.current")).to_be_focused()
    reviewer.press("ArrowRight", "Shift+ArrowRight")
    expect(page.locator(".w.selected")).to_have_count(2)
    reviewer.press("Escape", "ArrowDown")
    expect(page.locator(".turn").nth(1).locator(".w.current")).to_be_focused()
    reviewer.press("Alt+3")
    expect(page.get_by_role("tab", name="Redactions")).to_have_attribute("aria-selected", "true")
    reviewer.press("?")
    expect(page.get_by_role("dialog")).to_be_visible()
    reviewer.press("Escape")
    expect(page.locator(".w.current")).to_be_focused()
    reviewer.press("Shift+F10")  # the menu of these words
    expect(page.get_by_role("menuitem").first).to_be_focused()
    reviewer.press("Escape")
    expect(page.locator(".w.current")).to_be_focused()


@pytest.mark.parametrize(("width", "height"), [(820, 1100), (640, 400), (400, 700)])
def test_narrow_windows_and_large_letters_need_no_scrolling_aside(reviewer: Reviewer, width: int, height: int) -> None:
    page = reviewer.page
    page.set_viewport_size({"width": width, "height": height})
    reviewer.open()
    for tab in TABS:
        if width <= 1024 and not page.get_by_role("tab", name=tab).is_visible():
            page.get_by_role("button", name="Panel", exact=True).click()
        page.get_by_role("tab", name=tab).click()
    assert page.evaluate("document.scrollingElement.scrollWidth <= innerWidth")


def test_speed_changes_without_pitch(reviewer: Reviewer) -> None:
    page = reviewer.page
    reviewer.open()
    page.get_by_label("Speed").select_option("1.5")
    reviewer.word("recording").click()
    expect(page.locator(".w.spoken")).to_be_visible()
    expect(page.get_by_label("Speed")).to_have_value("1.5")
    reviewer.press("Alt+ArrowUp", "Alt+ArrowUp", "Alt+ArrowUp")
    expect(page.get_by_label("Speed")).to_have_value("2")


def test_nothing_is_written_into_the_page_that_its_policy_forbids() -> None:
    html = (STATIC / "index.html").read_text("utf-8")
    assert not re.search(r"<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)", html)
    assert "http" not in html
    for name in ("app.js", "app.css"):
        urls = re.findall(r"https?://[\w./-]+", (STATIC / name).read_text("utf-8"))
        assert [url for url in urls if "w3.org" not in url] == [], name


def test_the_licences_of_what_is_bundled_are_there() -> None:
    licences = (STATIC / "LICENCES.txt").read_text("utf-8")
    assert "preact" in licences
    assert "Permission is hereby granted" in licences
