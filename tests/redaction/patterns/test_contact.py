"""E-mail, handles, web addresses, street addresses: hits and near-misses."""

from __future__ import annotations

import pytest

from pipeline.redaction.patterns import registry
from tests.redaction.said import case, spans

HITS = [
    ("EMAIL", "It's [[siobhan dot thirtle seven at example dot com]]. Or"),
    ("EMAIL", "It's [[Shavorn .Thirtle7 at example .com]]. Or er"),
    ("EMAIL", "email's best. [[hope .lateradexample .com]], or posted"),
    ("EMAIL", "To my email [[f .kinwell78atexample .org]], and"),
    ("EMAIL", "or it's [[salaam at aangan dot example dot com]]. There's"),
    ("EMAIL", "[[hazel dash bewsher underscore eggs at example dot com]]. She"),
    ("EMAIL", "write to [[hope.larter@example.com]] please"),
    ("HANDLE", "it's [[at waveney wanderers underscore men]], that's the Instagram"),
    ("HANDLE", "I'm on Insta, [[at taz underscore and the river]], and"),
    ("HANDLE", "my own thing online, for mums, it's [[at the bloater mum]], all one word."),
    ("HANDLE", "On Instagram it's [[garby goes up]], all one word."),
    ("HANDLE", "It's on the Instagram noo, [[at sore points east end]]. It's in a hall"),
    ("HANDLE", "[[@temi_draws]] on Insta"),
    ("ADDRESS", "I live at [[forty-seven Marlpit Close]], and"),
    ("ADDRESS", "it's [[flat two, nine Cutwater Street]], never"),
    ("ADDRESS", "It's [[Unit Nine on Harrier Drove]], there where"),
    ("ADDRESS", "and we're [[Plot Three]] — so"),
    ("ADDRESS", "stick it in the post. [[14 cobbler's loke]], then"),
    ("ADDRESS", "in a hall off [[Duke Street]] and"),
]
MISSES = [
    "we meet at the library, they've got a Facebook page",
    "look it up at nhs dot uk, or on the BBC",
    "She was on Instagram at two in the morning.",
    "an underscore, she said. Underscore first, then the dash.",
    "I walked down the high street and up the road",
    "It was on Coronation Street.",
    "two minutes down the road, at the end of the lane",
    "He's at home, at the church, at the end of the day.",
    "that's the point, dot your i's",
]


@pytest.mark.parametrize(("category", "line"), HITS)
def test_found(category: str, line: str) -> None:
    transcript, expected = case(line)
    found = registry.find(transcript)
    assert spans(transcript, found) == expected
    assert {c.category for c in found} == {category}


@pytest.mark.parametrize("line", MISSES)
def test_left_alone(line: str) -> None:
    transcript, _ = case(line)
    assert spans(transcript, registry.find(transcript)) == []


def test_part_of_an_address_read_back() -> None:
    transcript, expected = case(
        "P: It's [[fonnie dash tsang underscore carp at example dot com]].", "I: [[Dash, tsang, underscore]]… right."
    )
    assert spans(transcript, registry.find(transcript)) == expected
