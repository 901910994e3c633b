"""A review from the list to the exports, as a person does it, and what must not be lost on the way."""

from __future__ import annotations

import json

from playwright.sync_api import expect

from tests.page.browser.conftest import Reviewer, Served


def exported(served: Served) -> list[tuple[str, str]]:
    """(number, text) of the lines in share/transcript.json."""
    told = json.loads((served.share / "transcript.json").read_text("utf-8"))
    return [(str(line["line"]), line["text"]) for line in told["lines"]]


def test_a_review_from_the_list_to_the_exports(reviewer: Reviewer, served: Served) -> None:
    page = reviewer.page
    expect(page.get_by_role("row", name="P03")).to_contain_text("Transcribed")
    reviewer.open()

    reviewer.word("recording").click()  # hears it
    expect(page.locator(".w.spoken")).to_be_visible()
    expect(page.locator(".heard b")).not_to_have_text("0 %")

    reviewer.word("Safe").click()  # corrects a word, the comma stays
    page.keyboard.type("Calm")
    reviewer.press("Enter")
    expect(reviewer.word("Calm,")).to_be_visible()
    reviewer.saved()

    reviewer.word("dog?").click()  # who said it
    reviewer.press("Alt+s")
    expect(page.locator(".turn").filter(has_text="And the dog?").locator(".who")).to_contain_text("Participant")
    reviewer.saved()
    reviewer.press("Control+z")
    expect(page.locator(".turn").filter(has_text="And the dog?").locator(".who")).to_contain_text("Interviewer")
    reviewer.saved()

    reviewer.word("Biscuit").first.click()  # a name that the program left, everywhere
    reviewer.press("Alt+r")
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("group", name="Also here").get_by_role("checkbox", checked=True)).to_have_count(1)
    dialog.get_by_label("Stands in the transcript as").fill("dog's name")
    reviewer.press("Enter")
    expect(page.locator(".shown", has_text="[dog's name]")).to_have_count(2)
    reviewer.saved()

    reviewer.word("[town]").or_(reviewer.word("[place]")).first.click()  # a place that need not be hidden
    reviewer.press("Alt+x")
    expect(reviewer.word("Eye.")).to_be_visible()
    reviewer.saved()

    page.get_by_role("tab", name="Flags").click()
    while page.get_by_role("button", name="Keep readable").count():
        left = page.get_by_role("button", name="Keep readable").count()
        page.get_by_role("button", name="Keep readable").first.click()
        expect(page.get_by_role("button", name="Keep readable")).to_have_count(left - 1)
    expect(page.get_by_text("Every flag is decided.")).to_be_visible()
    reviewer.saved()

    page.get_by_role("button", name="Sign off …").click()
    dialog.get_by_label("Initials").fill("KR")
    reviewer.press("Enter")
    again, signed = dialog.get_by_role("alert"), dialog.get_by_text("Checked by KR")
    expect(again.or_(signed)).to_be_visible()
    if again.is_visible():  # with the corrected words the reader hid more: nobody signs what they have not seen
        expect(again).to_contain_text("changed what is hidden")
        reviewer.press("Enter")
    expect(signed).to_be_visible()
    dialog.get_by_role("button", name="Lock and export").click()
    expect(dialog.get_by_role("heading", name="Written", exact=True)).to_be_visible()
    expect(dialog.get_by_text("transcript.docx")).to_be_visible()
    reviewer.press("Escape")
    expect(page.locator(".state")).to_have_text("Locked v1")

    assert exported(served) == reviewer.lines()
    everything = " ".join(text for _, text in exported(served))
    assert "Calm, I suppose." in everything
    assert "Eye." in everything
    assert everything.count("[dog's name]") == 2
    for file in sorted(served.share.rglob("*")):
        if file.suffix in {".txt", ".md", ".json", ".csv", ".html", ".vtt", ".srt"}:
            text = file.read_text("utf-8")
            assert "Biscuit" not in text, file.name
            assert "Larter" not in text, file.name


def test_a_signed_interview_is_changed_only_on_purpose(reviewer: Reviewer, served: Served) -> None:
    page = reviewer.page
    reviewer.open()
    page.get_by_role("tab", name="Flags").click()
    while left := page.get_by_role("button", name="Keep readable").count():
        page.get_by_role("button", name="Keep readable").first.click()
        expect(page.get_by_role("button", name="Keep readable")).to_have_count(left - 1)
    reviewer.saved()
    page.get_by_role("button", name="Sign off …").click()
    page.get_by_role("dialog").get_by_label("Initials").fill("KR")
    reviewer.press("Enter")
    expect(page.get_by_role("dialog").get_by_text("Checked by KR")).to_be_visible()
    reviewer.press("Escape")
    expect(page.locator(".state")).to_have_text("Signed KR")
    reviewer.word("Safe").click()
    page.keyboard.type("Calm")
    expect(page.get_by_text("It is signed, and stands as it is.")).to_be_visible()
    expect(page.locator(".box")).to_have_count(0)
    page.get_by_role("button", name="Change it and take the signature away").click()
    reviewer.word("Safe").click()
    page.keyboard.type("Calm")
    reviewer.press("Enter")
    reviewer.saved()
    expect(page.locator(".state")).to_have_text("In review")


def test_speakers_are_swapped_and_swapped_back(reviewer: Reviewer) -> None:
    page = reviewer.page
    reviewer.open()
    first = page.locator(".turn .who").first
    expect(first).to_contain_text("Interviewer")
    page.get_by_role("button", name="Words").click()
    page.get_by_role("menuitem", name="Swap the two speakers").click()
    expect(first).to_contain_text("Participant")
    reviewer.saved()
    page.get_by_role("button", name="Undo").click()
    expect(first).to_contain_text("Interviewer")


def test_a_killed_server_loses_only_what_was_just_typed_and_that_is_offered(reviewer: Reviewer, served: Served) -> None:
    page = reviewer.page
    reviewer.open()
    reviewer.word("Safe").click()
    page.keyboard.type("Calm")
    expect(page.locator(".saved")).to_have_text("Saved")
    reviewer.press("Enter")
    reviewer.saved()
    reviewer.word("suppose.").click()
    page.keyboard.type("guess")  # in mid-typing
    served.kill()
    reviewer.press("Enter")
    expect(page.locator(".saved")).to_have_text("Not saved")
    expect(page.get_by_role("alert").get_by_text("The program does not answer")).to_be_visible()
    expect(reviewer.word("guess.")).to_be_visible()

    again = Reviewer(reviewer.context, served.start(), reviewer.complaints)
    again.open()
    expect(again.word("Calm,")).to_be_visible()
    expect(again.word("suppose.")).to_be_visible()
    assert [edit["kind"] for edit in served.edits()] == ["replace"]


def test_two_tabs_do_not_overwrite_each_other(reviewer: Reviewer, served: Served) -> None:
    reviewer.open()
    other = reviewer.tab(f"{reviewer.home}#/P03")
    expect(other.locator(".turn").first).to_be_visible()
    reviewer.word("Safe").click()
    reviewer.page.keyboard.type("Calm")
    reviewer.press("Enter")
    reviewer.saved()

    other.locator(".w", has_text="suppose.").click()
    other.keyboard.type("guess")
    other.keyboard.press("Enter")
    expect(other.get_by_text("You typed, and it is not stored")).to_be_visible()
    expect(other.locator(".w", has_text="Calm,")).to_be_visible()
    expect(other.locator(".w", has_text="suppose.")).to_be_visible()
    other.get_by_role("button", name="Put in again").click()
    expect(other.locator(".w", has_text="guess.")).to_be_visible()
    expect(other.locator(".saved")).to_have_text("Saved")
    assert [edit["kind"] for edit in served.edits()] == ["replace", "replace"]


def test_words_are_found_and_replaced(reviewer: Reviewer) -> None:
    page = reviewer.page
    reviewer.open()
    reviewer.press("Control+f")
    page.get_by_role("textbox", name="Find", exact=True).fill("dog")
    page.get_by_label("Replace by").fill("hound")
    expect(page.locator(".find ins")).to_have_count(2)
    page.get_by_role("button", name="Replace all 2").click()
    expect(reviewer.word("hound.")).to_be_visible()
    expect(reviewer.word("hound?")).to_be_visible()
    reviewer.saved()


def test_notes_are_put_in_and_taken_out(reviewer: Reviewer) -> None:
    page = reviewer.page
    reviewer.open()
    reviewer.word("suppose.").click()
    reviewer.press("Alt+e")
    expect(page.get_by_role("dialog")).to_be_visible()
    reviewer.press("Enter")
    expect(page.locator(".event", has_text="(laughs)")).to_be_visible()
    reviewer.saved()
    reviewer.press("Alt+e")
    page.get_by_role("button", name="Take out").click()
    expect(page.locator(".event", has_text="(laughs)")).to_have_count(0)
    reviewer.saved()


def test_what_is_typed_stays_plain_text(reviewer: Reviewer) -> None:
    page = reviewer.page
    typed = "<img src=x onerror=alert(1)> café 😀 שלום"
    reviewer.open()
    reviewer.word("suppose.").click()
    reviewer.press("Enter")
    page.keyboard.insert_text(f" {typed}")
    reviewer.press("Enter")
    reviewer.saved()
    expect(page.locator(".transcript")).to_contain_text("😀 שלום")
    expect(page.locator(".transcript")).to_contain_text("<img src=x")
    assert page.locator(".transcript img").count() == 0


def test_a_redaction_in_a_turn_survives_writing_around_it(reviewer: Reviewer) -> None:
    page = reviewer.page
    reviewer.open()
    before = page.locator(".chip").count()
    reviewer.word("brought").click()
    page.keyboard.type("took")
    reviewer.press("Home", "Shift+End")  # within the box: a selection that is given up
    reviewer.press("Enter")
    reviewer.saved()
    expect(reviewer.word("took")).to_be_visible()
    assert page.locator(".chip").count() == before


def test_originals_are_seen_only_while_the_key_is_held(reviewer: Reviewer) -> None:
    page = reviewer.page
    reviewer.open()
    said = page.locator(".said").first
    expect(said).to_be_hidden()
    page.keyboard.down("F2")
    expect(said).to_be_visible()
    page.keyboard.up("F2")
    expect(said).to_be_hidden()
    page.get_by_role("switch", name="Originals").click()
    expect(said).to_be_visible()
