"""What the page gets: lines as they print, doubts in order, marks, the list."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.core.document import Document, Event
from pipeline.core.settings import LinesSettings
from pipeline.page import doubts
from pipeline.review.apply import apply
from pipeline.transcript import locking, notation
from pipeline.transcript.lines import number
from tests import builders
from tests.page.worlds import Browser, hour, store
from tests.review.worlds import interview


def pages(tmp_path: Path, document: Document) -> Browser:
    store(tmp_path / "outputs", document, sound=False)
    browser = Browser(tmp_path / "outputs")
    browser.open(document.id)
    return browser


@pytest.mark.parametrize("make", [interview, builders.invented, lambda: builders.reference().with_(id="P08")])
def test_lines_and_turns_are_those_that_print(tmp_path: Path, make: object) -> None:
    document: Document = make()  # type: ignore[operator]
    view = pages(tmp_path, document).view
    printed = number(document, LinesSettings(), notation.load("default"))
    assert [row[0] for row in view["lines"]] == [line.label for line in printed.lines]
    assert [row[2] for row in view["turns"]] == [turn.role for turn in printed.turns]
    owners = [row[3] for row in view["lines"]]
    assert owners == [n for n, turn in enumerate(printed.turns) for _ in turn.lines]
    hidden = document.hidden_words()
    for (_, first, last, _), line in zip(view["lines"], printed.lines, strict=True):
        for n in range(first, last + 1):
            word = document.words[n].text.strip(".,'?!").lower()
            assert n in hidden or document.words[n].has("backchannel") or word in line.text.lower(), (n, line)
    for n, word in enumerate(view["words"]):
        first, last, _ = view["turns"][word[4]]
        assert first <= n <= last


def test_a_line_of_notes_alone_is_empty_where_it_stands(tmp_path: Path) -> None:
    document = interview()
    at = next(n for n, w in enumerate(document.words) if w.text == "mm")
    unclear = Event(kind="unclear", before_word=at, start=1.0, end=2.0, role="P2")
    page = pages(tmp_path, document.with_(events=(unclear,)))
    empty = [row for row in page.view["lines"] if row[2] < row[1]]
    assert [row[1:3] for row in empty] == [[at, at - 1]]
    assert page.view["events"][0][4] == "(unclear 00:00:01)"


def test_numbers_of_a_lock_stand(tmp_path: Path) -> None:
    page = pages(tmp_path, interview())
    fresh = number(interview(), LinesSettings(), notation.load("default"))
    locking.save(page.pages._open("P03").paths, locking.freeze(fresh, LinesSettings()))
    page.open()
    text = "and then there was all that other noise from the corridor outside, all night and all day"
    page.edit({"kind": "insert", "before": page.at("mm"), "text": text}, reopen=True)
    labels = [row[0] for row in page.view["lines"]]
    assert any(label[-1].isalpha() for label in labels)
    assert [label for label in labels if label.isdigit()] == [line.label for line in fresh.lines]


def flagged(document: Document, word: str, **fields: object) -> Document:
    words = [w.model_copy(update=fields) if w.text == word else w for w in document.words]
    return document.with_(words=tuple(words))


def kinds(document: Document) -> list[str]:
    return [doubt.why for doubt in doubts.ranked(apply(document, []), doubts.at_first(document))]


#: What is changed in the interview, and which doubt there is then.
DOUBTED = {
    "recovered": lambda d: flagged(d, "breathe", flags=("recovered",)),
    "speaker": lambda d: flagged(d, "mm", flags=("moved",)),
    "low confidence": lambda d: d.with_(words=tuple(w.model_copy(update={"confidence": 0.2}) for w in d.words)),
    "unclear": lambda d: d.with_(events=(Event(kind="unclear", before_word=3, start=1.0, end=2.0),)),
    "may be a name": lambda d: flagged(d, "daft", text="Siobhan"),
    "may be no name": lambda d: d.with_(
        redactions=tuple(r.model_copy(update={"confidence": 0.3}) for r in d.redactions)
    ),
}


@pytest.mark.parametrize("why", DOUBTED)
def test_what_is_looked_at_first(why: str) -> None:
    plain = flagged(interview(), "Manchester", text="mainly")
    assert why not in kinds(plain)
    assert why in kinds(DOUBTED[why](plain))
    assert kinds(DOUBTED[why](plain))[0] == "flag"


def test_a_doubt_that_was_dealt_with_is_done(tmp_path: Path) -> None:
    page = pages(tmp_path, flagged(interview(), "breathe", flags=("recovered",)))
    doubt = next(d for d in page.view["doubts"] if d["why"] == "recovered")
    page.edit({"kind": "confirm", "first": doubt["first"], "last": doubt["last"]})
    assert [d["done"] for d in page.view["doubts"] if d["id"] == doubt["id"]] == [True]
    assert page.view["doubts"][-1]["done"]
    page.do("undo")
    assert [d["done"] for d in page.view["doubts"] if d["id"] == doubt["id"]] == [False]


def test_offers_for_every_other_mention(tmp_path: Path) -> None:
    page = pages(tmp_path, flagged(interview(), "glad", text="Neema"))
    page.edit({"kind": "reject", "span": page.span("Nimah"), "all": True})
    first = page.at("Nimah")
    offers = page.get(f"/api/interviews/P03/offers?first={first}&last={first}")["offers"]
    assert [(o["first"], o["text"], o["why"]) for o in offers if o["why"] == "same"] == [
        (page.at("Nimah", 1), "Nimah", "same")
    ]
    assert page.get("/api/interviews/P03/offers?first=x&last=1", 400)["code"] == "unknown"
    assert page.get("/api/interviews/P03/offers?first=0&last=9999", 400)["code"] == "unknown"


def test_the_list_says_how_far_each_is(tmp_path: Path) -> None:
    page = pages(tmp_path, interview())
    store(tmp_path / "outputs", interview(typed=True).with_(id="T01"))
    (tmp_path / "recordings").mkdir()
    (tmp_path / "recordings" / "P05.wav").touch()
    rows = {row["id"]: row for row in page.get("/api/interviews")["interviews"]}
    assert {name: row["state"] for name, row in rows.items()} == {
        "P03": "transcribed",
        "T01": "transcribed",
        "P05": "waiting",
    }
    assert rows["P03"]["open"] == 1
    assert "ipa run" in rows["P05"]["next"]
    page.edit({"kind": "swap_roles"})
    rows = {row["id"]: row for row in page.get("/api/interviews")["interviews"]}
    assert rows["P03"]["state"] == "in_review"
    page.pages._open("T01").paths.snapshot("redact").write_bytes(b"{")
    rows = {row["id"]: row for row in page.get("/api/interviews")["interviews"]}
    assert rows["T01"]["next"]


def test_an_hour_is_a_page_of_less_than_a_megabyte(tmp_path: Path) -> None:
    page = pages(tmp_path, hour())
    assert len(page.words()) > 8000
    assert len(page.client.get("/api/interviews/P09").content) < 1_000_000
