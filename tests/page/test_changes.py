"""Every change that the page can make, stored at once, undone and made again; and what is refused."""

from __future__ import annotations

import errno
import json
from pathlib import Path
from typing import Any

import pytest

from pipeline.core.document import Document
from pipeline.review import store
from pipeline.review.edits import SwapRoles
from tests.page.worlds import Browser
from tests.page.worlds import store as stored
from tests.review.worlds import interview


@pytest.fixture
def page(tmp_path: Path) -> Browser:
    stored(tmp_path / "outputs")
    browser = Browser(tmp_path / "outputs")
    browser.post("/api/session", {"who": "JL"})
    browser.open()
    return browser


def on(page: Browser, word: str, count: int = 1) -> dict[str, int]:
    return {"first": page.at(word), "last": page.at(word) + count - 1}


#: What is done, and what is read then; the words are those of tests/review/worlds.py.
DONE: dict[str, tuple[Any, str]] = {
    "text": (lambda p: {"kind": "text", **on(p, "well", 3), "text": "oh well Hope told"}, "oh well [participant] told"),
    "text deleted": (lambda p: {"kind": "text", **on(p, "um"), "text": " "}, "was I was glad"),
    "script tags": (
        lambda p: {"kind": "text", **on(p, "um"), "text": "<script>x</script>"},
        "was <script>x</script> I",
    ),
    "right to left": (lambda p: {"kind": "text", **on(p, "um"), "text": "نعم 🙂"}, "was نعم 🙂 I was glad"),
    "insert": (lambda p: {"kind": "insert", "before": p.at("glad"), "text": "so very"}, "was so very glad"),
    "insert at the end": (lambda p: {"kind": "insert", "before": len(p.words()), "text": "thanks"}, "breathe thanks"),
    "delete": (lambda p: {"kind": "delete", **on(p, "um")}, "was I was glad"),
    "redact anew": (
        lambda p: {"kind": "redact", **on(p, "Manchester"), "category": "PLACE", "replacement": "city"},
        "north of [city] laughing",
    ),
    "redact with the next number": (
        lambda p: {"kind": "redact", **on(p, "Manchester"), "category": "PERSON"},
        "north of [person 3] laughing",
    ),
    "redact as somebody known": (
        lambda p: {"kind": "redact", **on(p, "Manchester"), "category": "PERSON", "entity": "E2"},
        "north of [person 1] laughing",
    ),
    "reject one": (lambda p: {"kind": "reject", "span": p.span("Nimah")}, "that Nimah would"),
    "reject all": (lambda p: {"kind": "reject", "span": p.span("Nimah"), "all": True}, "then Nimah rang"),
    "change": (lambda p: {"kind": "change", "span": p.span("Eye"), "replacement": "village"}, "to [village] and"),
    "change all": (
        lambda p: {"kind": "change", "span": p.span("Nimah"), "all": True, "replacement": "[aunt]"},
        "then [aunt] rang",
    ),
    "decide to hide": (
        lambda p: {"kind": "decide", "span": p.span("left"), "decision": "replace", "replacement": "rare trait"},
        "only [rare trait] handed",
    ),
    "merge": (lambda p: {"kind": "merge", "entity": "E4", "into": "E2"}, "but [person 1] and"),
    "divide": (
        lambda p: {"kind": "divide", "entity": "E2", "spans": [p.span("Nimah", 1)], "replacement": "niece"},
        "then [niece] rang",
    ),
}


@pytest.mark.parametrize("case", DONE)
def test_what_is_read_then(page: Browser, case: str) -> None:
    make, read = DONE[case]
    before = page.read()
    page.edit(make(page))
    assert read in page.read()
    after = page.read()
    page.do("undo")
    assert (page.read(), page.view["undo"], page.view["redo"]) == (before, 0, 1)
    page.do("redo")
    assert (page.read(), page.view["undo"], page.view["redo"]) == (after, 1, 0)
    again = Browser(page.pages.outputs)
    again.open()
    assert again.view == {**page.view, "heard": again.view["heard"]}


#: What is done, where one looks, and what is there then.
SEEN: dict[str, tuple[Any, Any]] = {
    "split": (
        lambda p: {"kind": "split", "before": p.at("glad")},
        lambda p: p.at("glad") in [first for first, _, _ in p.view["turns"]],
    ),
    "join": (
        lambda p: {"kind": "join", "first": p.at("mm")},
        lambda p: p.view["words"][p.at("mm")][3] == "P" and len(p.view["turns"]) == 4,
    ),
    "speaker": (
        lambda p: {"kind": "speaker", **on(p, "glad"), "role": "I"},
        lambda p: p.view["words"][p.at("glad")][3] == "I",
    ),
    "swap roles": (lambda p: {"kind": "swap_roles"}, lambda p: p.view["words"][0][3] == "P"),
    "overlap": (
        lambda p: {"kind": "overlap", **on(p, "glad"), "on": True},
        lambda p: p.view["words"][p.at("glad")][6] == "overlap",
    ),
    "confirm": (
        lambda p: {"kind": "confirm", **on(p, "glad")},
        lambda p: p.view["words"][p.at("glad")][5] is None,
    ),
    "event": (
        lambda p: {"kind": "event", "before": p.at("glad"), "event": "nonverbal", "text": "sighs", "role": "P"},
        lambda p: [p.at("glad"), "nonverbal", "sighs", "P", "(sighs)"] in p.view["events"],
    ),
    "no event": (
        lambda p: {"kind": "remove_event", "before": p.at("laughing"), "event": "nonverbal", "text": "laughs"},
        lambda p: p.view["events"] == [],
    ),
    "accept": (
        lambda p: {"kind": "accept", "span": p.span("Eye")},
        lambda p: (
            [(s["decision"], s["reviewer"]) for s in p.view["spans"] if s["entity"] == "E3"] == [("accepted", "JL")]
        ),
    ),
    "accept a flag": (
        lambda p: {"kind": "accept", "span": p.span("left")},
        lambda p: "only [identifying detail] handed" in p.read(),
    ),
    "decide to keep": (
        lambda p: {"kind": "decide", "span": p.span("left"), "decision": "keep"},
        lambda p: [d["done"] for d in p.view["doubts"] if d["why"] == "flag"] == [True],
    ),
}


@pytest.mark.parametrize("case", SEEN)
def test_what_is_seen_then(page: Browser, case: str) -> None:
    make, there = SEEN[case]
    assert not there(page)
    page.edit(make(page))
    assert there(page)


def test_a_name_and_its_other_mentions_are_one_new_entity(page: Browser) -> None:
    places = [{"first": n, "last": n} for n in (page.at("glad"), page.at("safe"))]
    page.edit(*({"kind": "redact", "category": "PERSON", "entity": None, **place} for place in places))
    assert page.read().count("[person 3]") == 2
    assert [e["mentions"] for e in page.view["entities"] if e["replacement"] == "[person 3]"] == [2]


def test_what_only_repeats_a_hidden_name_can_be_accepted_changed_and_shown(page: Browser) -> None:
    page.edit({"kind": "text", **on(page, "glad"), "text": "Nimah"})
    found = page.span("Nimah", 1)
    assert found.startswith("S")
    for what in ({"kind": "accept"}, {"kind": "change", "replacement": "[cousin]"}, {"kind": "reject"}):
        page.edit({"span": page.span("Nimah", 1), **what})
    assert "was Nimah you know" in page.read()
    page.do("undo")
    assert "was [cousin] you know" in page.read()


def test_indices_of_one_request_count_the_words_of_its_version(page: Browser) -> None:
    glad, know = page.at("glad"), page.at("know")
    page.edit(
        {"kind": "delete", "first": glad - 1, "last": glad - 1},
        {"kind": "insert", "before": glad, "text": "really very"},
        {"kind": "text", "first": know, "last": know, "text": "see"},
        {"kind": "redact", "first": glad, "last": glad, "category": "PERSON", "replacement": "[x]"},
    )
    assert "um I really very [x] you see" in page.read()
    assert page.view["undo"] == 1


def test_find_and_replace_with_a_preview(page: Browser) -> None:
    wanted = {"find": "was", "text": "is", "whole_words": True, "case": False}
    hits = page.do("replace", preview=True, **wanted)["hits"]
    assert [page.words()[first] for first, _ in hits] == ["was"] * len(hits)
    assert len(hits) == 4
    page.do("replace", preview=False, **wanted)
    assert "was" not in page.words()
    assert page.words().count("is") == 4
    assert page.view["undo"] == 1


def test_a_stale_tab_overwrites_nothing_and_sees_what_there_is(page: Browser) -> None:
    other = Browser(page.pages.outputs)
    other.open()
    other.edit({"kind": "delete", **on(other, "um")})
    answer = page.edit({"kind": "delete", **on(page, "glad")}, code=409)
    assert answer["code"] == "stale"
    assert answer["view"]["words"] == other.view["words"]
    page.view = answer["view"]
    page.edit({"kind": "delete", **on(page, "glad")})


def test_a_document_that_changed_on_the_disk_is_another_version(page: Browser) -> None:
    stored(page.pages.outputs, interview().with_(words=interview().words[:-1]))
    assert page.edit({"kind": "swap_roles"}, code=409)["code"] == "stale"
    page.open()
    page.edit({"kind": "swap_roles"})


def test_another_commands_edits_are_seen(page: Browser) -> None:
    store.append(page.pages._open("P03").paths, [SwapRoles(via="command")])
    before = page.view["version"]
    assert page.open()["version"] != before
    assert page.view["undo"] == 1


#: What cannot be done: the request, the status, the code.
REFUSED: dict[str, tuple[Any, int, str]] = {
    "no such word": ({"kind": "delete", "first": 0, "last": 999}, 400, "unknown"),
    "backwards": ({"kind": "delete", "first": 3, "last": 2}, 400, "unknown"),
    "no such place": ({"kind": "insert", "before": 999, "text": "x"}, 400, "unknown"),
    "no such span": ({"kind": "reject", "span": "R99"}, 400, "unknown"),
    "no such entity": ({"kind": "merge", "entity": "E1", "into": "E99"}, 400, "unknown"),
    "nothing before": ({"kind": "join", "first": 0}, 400, "impossible"),
    "no kind": ({"kind": "sing"}, 400, "invalid"),
    "negative": ({"kind": "delete", "first": -1, "last": 0}, 400, "invalid"),
    "a bracket in it": ({"kind": "change", "span": "R1", "replacement": "a]b"}, 400, "invalid"),
    "another field": ({"kind": "swap_roles", "id": "x"}, 400, "invalid"),
    "a hundred thousand words": ({"kind": "text", "first": 0, "last": 0, "text": "word " * 100_000}, 413, "too_large"),
    "a body without end": ({"kind": "text", "first": 0, "last": 0, "text": "x" * 2_000_000}, 413, "too_large"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_is_refused_whole(page: Browser, case: str) -> None:
    wanted, status, code = REFUSED[case]
    answer = page.edit({"kind": "swap_roles"}, wanted, code=status)
    assert answer["code"] == code
    assert answer["error"].endswith(".") or code == "invalid"
    assert page.open()["undo"] == 0


def test_errors_never_quote_the_interview(page: Browser) -> None:
    answer = page.edit({"kind": "text", "first": 0, "last": 0, "text": "Siobhan", "x": "Siobhan"}, code=400)
    assert "Siobhan" not in json.dumps(answer)


def test_nothing_to_undo(page: Browser) -> None:
    assert page.do("undo", 409)["code"] == "nothing"
    assert page.do("redo", 409)["code"] == "nothing"


def test_a_new_change_ends_what_could_be_redone(page: Browser) -> None:
    page.edit({"kind": "swap_roles"})
    page.do("undo")
    page.edit({"kind": "delete", "first": 0, "last": 0})
    assert (page.view["undo"], page.view["redo"]) == (1, 0)


def test_undo_and_redo_without_end(page: Browser) -> None:
    texts = [page.read()]
    for n in range(4):
        page.edit({"kind": "delete", "first": 2 * n, "last": 2 * n})
        texts.append(page.read())
    for _ in range(3):
        for n in range(3, -1, -1):
            page.do("undo")
            assert page.read() == texts[n]
        for n in range(1, 5):
            page.do("redo")
            assert page.read() == texts[n]


def test_nobody_signs_while_a_flag_is_open(page: Browser) -> None:
    answer = page.do("sign", 409, who="JL")
    assert (answer["code"], [row["why"] for row in answer["open"]]) == ("open", ["flag"])
    assert page.do("sign", 400, who="")["code"] == "invalid"
    dialogue = page.get("/api/interviews/P03/signing")
    assert [row["what"] for row in dialogue["open"]] == [answer["open"][0]["text"]]


def test_a_full_disk_loses_nothing(page: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*arguments: Any) -> int:
        raise OSError(errno.ENOSPC, "no space left")

    before = page.read()
    with monkeypatch.context() as patched:
        patched.setattr(store.os, "fsync", full)
        answer = page.edit({"kind": "swap_roles"}, code=507)
    assert "free some space" in answer["error"]
    page.open()
    assert page.read() == before
    page.edit({"kind": "swap_roles"})


def test_a_line_that_a_killed_server_left_half_is_passed_over(page: Browser) -> None:
    page.edit({"kind": "delete", "first": 0, "last": 0})
    with store.file_of(page.pages._open("P03").paths).open("ab") as file:
        file.write(b'{"kind": "swap_ro')
    again = Browser(page.pages.outputs)
    again.open()
    assert again.words() == page.words()
    again.edit({"kind": "swap_roles"})
    assert again.view["undo"] == 2


def test_a_typed_transcript_has_no_times_and_can_be_corrected(tmp_path: Path) -> None:
    stored(tmp_path / "outputs", interview(typed=True))
    page = Browser(tmp_path / "outputs")
    page.open()
    assert (page.view["has_audio"], page.view["seconds"], page.view["words"][0][1]) == (False, None, None)
    page.edit({"kind": "text", **on(page, "um"), "text": "hm hm"})
    assert "was hm hm I was" in page.read()


def test_an_interview_without_words(tmp_path: Path) -> None:
    stored(tmp_path / "outputs", Document(id="P00", recording=interview().recording))
    page = Browser(tmp_path / "outputs")
    page.open("P00")
    assert (page.view["words"], page.view["lines"], page.view["doubts"]) == ([], [], [])
    page.edit({"kind": "insert", "before": 0, "text": "Hello there", "role": "I"})
    assert page.words() == ["Hello", "there"]
