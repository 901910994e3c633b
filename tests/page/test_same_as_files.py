"""What the page shows is what the files hold: random changes through HTTP give the same document as the stored edits
applied anew, as any other command applies them."""

from __future__ import annotations

import random
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.app import snapshots
from pipeline.core.document import Document
from pipeline.review import store as edits_store
from pipeline.review.apply import apply
from pipeline.stages.review import hidden_again
from tests.page.worlds import Browser, store
from tests.review.worlds import NEW_WORDS, interview, shown


def random_change(page: Browser, draw: random.Random) -> dict[str, Any]:
    """Something that a reviewer could do now."""
    count = len(page.words())
    first = draw.randrange(count)
    stretch = {"first": first, "last": min(count - 1, first + draw.choice((0, 0, 1, 3)))}
    span = draw.choice(page.view["spans"])["id"]
    entities = [e["id"] for e in page.view["entities"]]
    everywhere = draw.random() < 0.5
    return draw.choice(
        [
            {
                "kind": "text",
                **stretch,
                "text": " ".join(draw.choices((*NEW_WORDS, "was", "Nimah"), k=draw.randrange(3))),
            },
            {"kind": "insert", "before": first, "text": draw.choice(NEW_WORDS), "role": draw.choice((None, "I", "P"))},
            {"kind": "delete", **stretch},
            {"kind": "split", "before": first},
            {"kind": "join", "first": first},
            {"kind": "speaker", **stretch, "role": draw.choice(("I", "P")), "aside": everywhere},
            {"kind": "swap_roles"},
            {"kind": "event", "before": first, "event": "nonverbal", "text": "sighs"},
            {"kind": "overlap", **stretch},
            {"kind": "confirm", **stretch},
            {"kind": "redact", **stretch, "category": draw.choice(("PERSON", "PLACE"))},
            {"kind": "redact", **stretch, "category": "PERSON", "entity": draw.choice(entities)},
            {"kind": "reject", "span": span, "all": everywhere},
            {"kind": "accept", "span": span, "all": everywhere},
            {"kind": "change", "span": span, "all": everywhere, "replacement": "friend"},
            {"kind": "decide", "span": span, "decision": draw.choice(("keep", "replace"))},
            {"kind": "merge", "entity": draw.choice(entities), "into": draw.choice(entities)},
        ]
    )


def act(page: Browser, draw: random.Random) -> None:
    """A change, an undo or a redo; what is impossible there changes nothing."""
    what = draw.choice(("edits", "edits", "edits", "edits", "undo", "redo"))
    before = page.view["version"]
    body: dict[str, Any] = {"version": before}
    if what == "edits":
        body["edits"] = [random_change(page, draw)]
    answer = page.client.post(f"/api/interviews/P03/{what}", json=body, headers=page.headers)
    if answer.status_code == 200:
        page.view = answer.json()["view"]
    else:
        assert answer.status_code in (400, 409), answer.text
        assert answer.json()["code"] in ("impossible", "nothing")


def check(page: Browser) -> None:
    """The view against the files."""
    paths = page.pages._open("P03").paths
    edits = edits_store.load(paths).edits
    applied = apply(snapshots.latest(paths), edits)
    assert applied.unfitting == ()
    document: Document = hidden_again(applied.document, applied.shown, None) if edits else applied.document
    assert page.words() == [w.text for w in document.words]
    assert [w[3] for w in page.view["words"]] == [w.role for w in document.words]
    assert page.read() == shown(document)
    assert [e[:2] for e in page.view["events"]] == [[e.before_word, e.kind] for e in document.events]
    for rows in (page.view["turns"], [row[1:3] for row in page.view["lines"]]):
        assert [n for first, last, *_ in rows for n in range(first, last + 1)] == list(range(len(document.words)))


def rounds(seed: int, *, typed: bool, steps: int = 10) -> None:
    """Random changes on one interview."""
    draw = random.Random(seed)
    with tempfile.TemporaryDirectory() as folder:
        outputs = Path(folder) / "outputs"
        store(outputs, interview(typed=typed), sound=False)
        page = Browser(outputs)
        page.open()
        for _ in range(steps):
            act(page, draw)
            if not page.words():
                return
        check(page)
        again = Browser(outputs)
        assert again.open() == page.view


@pytest.mark.slow
@settings(max_examples=12, deadline=None)
@given(st.integers(0, 10**6), st.booleans())
def test_random_changes(seed: int, typed: bool) -> None:
    rounds(seed, typed=typed)
