"""Numbers of people: telephone, NHS, National Insurance, vehicles, bank, references, postcodes; near-misses."""

from __future__ import annotations

import pytest

from pipeline.redaction.patterns import registry
from pipeline.redaction.patterns.identifiers import chi_date, luhn, nhs_check
from pipeline.redaction.text.analysis import Analysis
from tests.redaction.said import case, spans

HITS = [
    ("PHONE", ["It's [[oh seven seven double oh, nine hundred, three eight one]], and I kept texting."]),
    ("PHONE", ["her number [[07 -700 -900 -381]] and I kept texting it"]),
    ("PHONE", ["call Sister Joy [[0770950538]]. I said"]),
    ("PHONE", ["P: [[Oh one six three two]], um, [[nine six oh]], hang on, [[four one seven]]. Ask for me."]),
    ("PHONE", ["ring me on plus [[four four seven seven double oh nine hundred one two three]]"]),
    (
        "PHONE",
        [
            "P: It's [[oh seven seven double oh]],",
            "I: [[double oh]]",
            "P: [[nine hundred]], then, er, [[one six three]].",
        ],
    ),
    ("PHONE", ["P: It's [[oh one six three two]] — let me find it, here it is — [[nine six oh, two two one]]."]),
    ("PHONE", ["P: mobile is [[07700]], um [[900]], er, [[819]].", "I: [[819]], perfect."]),
    ("PHONE", ["all I know is that her mobile ends in [[four seven one]]."]),
    ("NHS_NUMBER", ["my NHS number. [[Nine nine nine, oh eight three, double five one nine]]. Go on."]),
    ("NHS_NUMBER", ["reading it, [[nine nine nine, six five two, oh three eight two]]. Like a prisoner."]),
    ("NHS_NUMBER", ["the NHS number's [[nine nine nine, six five two, oh three eight]], near enough"]),
    ("NHS_NUMBER", ["the CHI number, [[three nought, nought two, five eight, eight nought six seven]], and they say"]),
    ("NI_NUMBER", ["National insurance number, [[Z M, forty-one, oh seven, sixty-three, B]]. And"]),
    ("NI_NUMBER", ["National insurance number I know now [[Zm 41 O. 763 B]] and they"]),
    ("NI_NUMBER", ["there it was. [[QQ184062, see]] in my first day"]),
    ("VEHICLE", ["the number plate up, [[A V fifty-nine, I Q X]], has anyone"]),
    ("VEHICLE", ["I'd wrote the number plate down, [[064QUI]], and I"]),
    ("VEHICLE", ["[[Delta Kilo zero one, Sierra November Victor]], with a big fish on the side"]),
    ("VEHICLE", ["the Cavalier for years, [[J I A, double four one seven]], and I still"]),
    ("VEHICLE", ["his boat. The [[Constant Hope]], [[A four one nine]], blue hull."]),
    (
        "OTHER_ID",
        ["Sort code [[double oh, ninety-nine, sixty-one]], account number [[four oh three, one one seven, eight]]."],
    ),
    ("OTHER_ID", ["they give you a reference, [[seven seven four, stroke, two oh nine, K]], and the next"]),
    ("OTHER_ID", ["a crime reference, [[thirty-six, stroke, one eight double oh seven]]."]),
    ("OTHER_ID", ["my clock number. [[One eight oh six two]]. I could"]),
    ("OTHER_ID", ["I am conductor [[eight four double two six]]. Can't tell"]),
    ("OTHER_ID", ["it says [[L for Lima, dash, two oh nine, dash, N for nuts]], on the lid"]),
    ("OTHER_ID", ["the card, [[4539 1488 0343 6467]], and he read it out"]),
    ("POSTCODE", ["the postcode's [[I P twenty-three, five Z Z]]. I hope"]),
    ("POSTCODE", ["post it to [[IP3 for ZQ]]."]),
    ("POSTCODE", ["the postcode's [[IP239ZZ]] I hope"]),
    ("POSTCODE", ["if that don't turn up, it's [[in R31, 3QQ]] and my mobile's broke"]),
    (
        "POSTCODE",
        [
            "P: postcode [[Charlie Alpha eleven, nought Yankee Golf]].",
            "I: [[Charlie Alpha one one]]…",
            "P: [[Nought Yankee Golf]], aye.",
        ],
    ),
    ("POSTCODE", ["P: It's [[I P twenty-three, four Q Z]].", "I: [[Four Q Z]]. And a phone number?"]),
    ("POSTCODE", ["[[N for Norwich R three, one A B]], that's us"]),
]
MISSES = [
    "I was in there twenty minutes, three or four times a week.",
    "They put me on a section two and then a section three, and a one three six.",
    "She took her phone and she called one one one, and then nine nine nine.",
    "It cost two hundred and fifty thousand pounds, which is a lot.",
    "In nineteen eighty-five, or two thousand and four, we moved.",
    "I counted one, two, three, four, five and then I slept.",
    "Room two, five to nine, sixty beds, seventy percent.",
    "I had a CPN, and a GP, and the PIP form, and ESA, and twenty quid.",
    "A and E, and then the N and N, and I said oh, I, um, I don't know.",
    "It went ten, ten, nine, ten, six on the scorecards.",
    "I a Q of people two deep. To be or not to be. Two for one.",
    "Ward 4, bay 2, bed 16.",
    "the Samaritans, one one six one two three",
]


@pytest.mark.parametrize(("category", "lines"), HITS)
def test_found(category: str, lines: list[str]) -> None:
    transcript, expected = case(*lines)
    found = registry.find(transcript)
    assert spans(transcript, found) == expected
    assert {c.category for c in found} == {category}


@pytest.mark.parametrize("line", MISSES)
def test_left_alone(line: str) -> None:
    transcript, _ = case(line)
    assert spans(transcript, registry.find(transcript)) == []


@pytest.mark.parametrize("number", ["9990000018", "9990000026", "9990000034", "9990000042"])
def test_modulus_eleven(number: str) -> None:
    assert nhs_check(number)
    assert not nhs_check(str(int(number) + 1).zfill(10))


def test_a_failed_checksum_does_not_veto() -> None:
    transcript, expected = case("my NHS number is [[nine nine nine, four one seven, two six oh four]]")
    assert spans(transcript, registry.find(transcript)) == expected


def test_checks() -> None:
    assert chi_date("3002588067")
    assert not chi_date("3213588067")
    assert luhn("4539148803436467")
    assert not luhn("4539148803436468")


def test_parts_share_a_value() -> None:
    transcript, _ = case("my mobile's oh seven seven double oh, um, nine hundred, er, eight one nine")
    found = registry.find(transcript)
    assert {c.value for c in found} == {"07700900819"}
    assert [c.part for c in found] == [0, 1, 2]


def test_a_letter_after_a_number_does_not_cut_it_short() -> None:
    line = "My sister rang. oh double seven double oh, nine hundred, four six one B"
    transcript = Analysis.from_lines([line])
    (found,) = registry.find(transcript)
    assert transcript.said(found.first, found.last).startswith("oh double seven")
    assert "four six one" in transcript.said(found.first, found.last)


@pytest.mark.parametrize(
    ("again", "repeats"),
    [("00819", True), ("900819", True), ("07700", True), ("00818", False), ("70819", False)],
)
def test_five_digits_of_a_number_are_known_however_much_later(again: str, repeats: bool) -> None:
    talk = "and then we went for a walk along the river, and nobody said much. " * 40
    transcript = Analysis.from_lines(["P: ring me on 07700 900819. " + talk, f"I: So {again}, was it?"])
    first = transcript.bare.index(again)
    assert any(c.first <= first <= c.last and c.value == "07700900819" for c in registry.find(transcript)) is repeats
