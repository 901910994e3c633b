"""Any transcript out to a copy and back (see tests/copy_properties.py), and how single tokens are read."""

from __future__ import annotations

import random

import pytest

from pipeline.core.errors import BadInputError
from pipeline.review.reread import aligned
from pipeline.review.script import Heard, Said
from pipeline.review.tokens import Hole, parse, raw
from tests import copy_properties


@pytest.mark.parametrize("seed", range(12))
def test_out_and_back_is_no_edit(seed: int) -> None:
    copy_properties.check_unchanged(random.Random(seed))


@pytest.mark.parametrize("seed", range(12))
def test_what_was_typed_is_what_is_read(seed: int) -> None:
    copy_properties.check_changed(random.Random(seed))


#: text -> its words (with the label that hides them), sounds and replacements
TOKENS: dict[str, list[str]] = {
    "well, I": ["well,", "I"],
    "{{Hope Larter|participant}}'s,": ["Hope<participant", "Larter's,<participant"],
    "and{{Hope|friend}}too": ["and", "Hope<friend", "too"],
    "{{Hope}}": ["Hope<"],
    "(laughs)": ["*laughs"],
    "(laughs).": ["*laughs"],
    "(Laughs)": ["(Laughs)"],
    "((Somebody knocks))": ["*Somebody knocks"],
    "(I: mm hm)": ["mm/I", "hm/I"],
    "(I: laughs)": ["*laughs/I"],
    "[friend 2]'s": ["[friend 2]"],
    "(ward?)": ["ward"],
    "http://a.b//c": ["http://a.b//c"],
    "\u200b": [],
}


@pytest.mark.parametrize("text", TOKENS)
def test_tokens(text: str) -> None:
    read = []
    for token in raw(text):
        for entry in parse(token, "P", "here"):
            if isinstance(entry, Said):
                mark = f"<{entry.mark.label}" if entry.mark else ""
                read.append(entry.text + mark + ("/I" if entry.aside else ""))
            elif isinstance(entry, Heard):
                read.append(f"*{entry.shown}" + (f"/{entry.role}" if entry.role else ""))
            elif isinstance(entry, Hole):
                read.append(f"[{entry.label}]")
    assert read == TOKENS[text]


@pytest.mark.parametrize("text", ["{{Hope|friend", "Hope}}", "{{|friend}}", "{{ |friend}}"])
def test_broken_marks_are_refused(text: str) -> None:
    with pytest.raises(BadInputError, match="here: "):
        list(parse(text, "P", "here"))


def test_long_texts_are_aligned_in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.review.reread.LARGEST", 100)
    old = [f"w{n}" for n in range(400)]
    new = [*old[:100], "x", *old[100:250], *old[260:]]
    assert list(aligned(old, new)) == [(100, 100, 100, 101), (250, 260, 251, 251)]
