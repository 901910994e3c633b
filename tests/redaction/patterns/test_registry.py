"""All patterns together: invariants on anything, recall on the marked development texts."""

from __future__ import annotations

import json
import re
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.core.document import Word
from pipeline.redaction.patterns import registry
from pipeline.redaction.text.analysis import Analysis
from tests.builders import DATA
from tests.redaction.text.test_number_runs import VOCABULARY

MARK = re.compile(r"\[\[([A-Z_]+)\|(.+?)\]\]")
MINE = {
    "DATE",
    "AGE",
    "PHONE",
    "EMAIL",
    "HANDLE",
    "POSTCODE",
    "NHS_NUMBER",
    "NI_NUMBER",
    "OTHER_ID",
    "VEHICLE",
    "ADDRESS",
}
WORDS = [
    *VOCABULARY,
    "at",
    "example",
    "com",
    "underscore",
    "second",
    "of",
    "May",
    "1971",
    "aged",
    "street",
    "Mill",
    "number",
    "NHS",
]


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(WORDS), st.sampled_from("IPP")), max_size=60))
def test_candidates_are_sound(said: list[tuple[str, str]]) -> None:
    spoken = Analysis([Word(text=w, role=r) for w, r in said])
    found = registry.find(spoken) if said else []
    for k, c in enumerate(found):
        assert 0 <= c.first <= c.last < len(said)
        assert spoken.same_turn(c.first, c.last)
        assert 0 < c.score <= 1
        assert k == 0 or found[k - 1].last < c.first
        assert not spoken.allowed_as(c.first, c.last)
        assert spoken.words[c.first].text.startswith(c.lead)
        assert spoken.words[c.last].text.endswith(c.tail)
    assert found == (registry.find(Analysis(spoken.words)) if said else [])


def test_no_words_no_candidates() -> None:
    assert registry.find(Analysis([])) == []


@pytest.mark.parametrize("name", ["sample", "dev-a", "dev-b", "dev-c"])
def test_development_texts(name: str) -> None:
    words: list[Word] = []
    marks: list[tuple[str, int, int]] = []
    for turn in json.loads((DATA / f"{name}.json").read_text("utf-8"))["turns"]:
        text, at = re.sub(r"\((?:[a-z ]+|pause [\d.]+)\)", " ", turn["marked"]), 0
        for m in [*MARK.finditer(text), None]:
            plain = text[at : m.start() if m else None]
            words += [Word(text=w, role=turn["speaker"]) for w in plain.split()]
            if m:
                first = len(words)
                words += [Word(text=w, role=turn["speaker"]) for w in m[2].split()]
                if m[1] in MINE:
                    marks.append((m[1], first, len(words) - 1))
                at = m.end()
    found = registry.find(Analysis(words))
    hidden = {n for c in found for n in range(c.first, c.last + 1)}
    missed = Counter(
        category
        for category, first, last in marks
        if any(n not in hidden for n in range(first, last + 1) if words[n].text.lower() != "the")
    )
    assert marks
    assert not missed
