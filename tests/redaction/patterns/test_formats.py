"""Numbers known by their form, said and written: hits and near-misses."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.core.document import Word
from pipeline.redaction.patterns.formats import find, nhs_check
from pipeline.redaction.text.analysis import Analysis
from tests.redaction.said import case, spans
from tests.redaction.text.test_number_runs import VOCABULARY

HITS = [
    ("PHONE", ["It's [[oh seven seven double oh, nine hundred, three eight one]], and I kept texting."]),
    ("PHONE", ["her number [[07 -700 -900 -381]] and I kept texting it"]),
    ("PHONE", ["P: [[Oh one six three two]], um, [[nine six oh]], hang on, [[four one seven]]. Ask for me."]),
    ("PHONE", ["ring me on plus [[four four seven seven double oh nine hundred one two three]]"]),
    ("PHONE", ["P: It's [[oh seven seven double oh]],", "I: [[double oh]]", "P: [[nine hundred]], [[one six three]]."]),
    ("NHS_NUMBER", ["reading it, [[nine nine nine, double oh oh, oh oh one eight]]. Like a prisoner."]),
    ("NI_NUMBER", ["I know now [[A B one two three four five six C]] and they"]),
    ("VEHICLE", ["[[Delta Kilo zero one, Sierra November Victor]], with a big fish on the side"]),
    ("OTHER_ID", ["the card, [[4539 1488 0343 6467]], and he read it out"]),
    ("POSTCODE", ["the postcode's [[I P twenty-three, five Z Z]]. I hope"]),
    ("POSTCODE", ["the postcode's [[IP239ZZ]] now"]),
    ("POSTCODE", ["[[N for Norwich R three, one A B]], that's us"]),
]
MISSES = [
    "I was in there twenty minutes, three or four times a week.",
    "They put me on a section two and then a section three, and a one three six.",
    "She took her phone and she called one one one, and then nine nine nine.",
    "It cost two hundred and fifty thousand pounds, which is a lot.",
    "In nineteen eighty-five, or two thousand and four, we moved.",
    "I counted one, two, three, four, five, six, seven and then I slept.",
    "Room two, five to nine, sixty beds, seventy percent.",
    "I had a CPN, and a GP, and the PIP form, and ESA, and twenty quid.",
    "A and E, and then the N and N, and I said oh, I, um, I don't know.",
    "I a Q of people two deep. To be or not to be. Two for one.",
    "Ward 4, bay 2, bed 16.",
    "nine nine nine, double oh, one",
]


def merged(transcript: Analysis) -> list[str]:
    return spans(transcript, find(transcript))


@pytest.mark.parametrize(("category", "lines"), HITS)
def test_found(category: str, lines: list[str]) -> None:
    transcript, expected = case(*lines)
    assert " ".join(merged(transcript)).replace(",", "") == " ".join(expected).replace(",", "")
    assert {c.category for c in find(transcript)} == {category}
    assert len({c.value for c in find(transcript)}) == 1


@pytest.mark.parametrize("line", MISSES)
def test_left_alone(line: str) -> None:
    transcript, _ = case(line)
    assert merged(transcript) == []


@pytest.mark.parametrize("number", ["9990000018", "9990000026", "9990000034", "9990000042"])
def test_modulus_eleven(number: str) -> None:
    assert nhs_check(number)
    assert not nhs_check(str(int(number) + 1).zfill(10))


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(VOCABULARY), st.sampled_from("IPP")), max_size=60))
def test_candidates_are_sound(said: list[tuple[str, str]]) -> None:
    spoken = Analysis([Word(text=w, role=r) for w, r in said])
    found = find(spoken) if said else []
    for k, c in enumerate(found):
        assert 0 <= c.first <= c.last < len(said)
        assert k == 0 or found[k - 1].last < c.first
        assert spoken.words[c.first].text.startswith(c.lead)
        assert spoken.words[c.last].text.endswith(c.tail)
