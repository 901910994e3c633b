"""Names, places, organisations by rule, by key sheet and by sound: hits and near-misses."""

from __future__ import annotations

import pytest

from pipeline.core.keysheet import parse
from pipeline.redaction.names.gazetteer import NamedPlaces
from pipeline.redaction.names.keysheet import KeySheetNames
from pipeline.redaction.names.organisations import Acronyms, NamedOrganisations
from pipeline.redaction.names.pets import PetNames
from pipeline.redaction.names.spacy_tags import NoTagger
from pipeline.redaction.names.tagger import ProperNouns, Survey
from pipeline.redaction.names.titles_and_spelling import SpelledNames, TitledNames
from pipeline.redaction.text.analysis import Analysis
from pipeline.redaction.text.phonetics import same_name
from pipeline.redaction.text.spans import Candidate
from pipeline.redaction.text.tokens import NameTokens


def spoken(*lines: str) -> Analysis:
    return Analysis.from_lines(lines)


def cores(transcript: Analysis, found: list[Candidate]) -> list[str]:
    """What each candidate hides."""
    result = []
    for c in found:
        said = transcript.said(c.first, c.last)
        assert said.startswith(c.lead)
        assert said.endswith(c.tail)
        result.append(said[len(c.lead) : len(said) - len(c.tail)])
    return result


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("P: So Dr Ranasinghe came in.", ["Ranasinghe"]),
        ("P: Mrs P down the stair, she prays.", ["P"]),
        ("P: I asked Mrs Pasquale's lad.", ["Pasquale"]),
        ("P: Then Doctor Patel, he laughed.", ["Patel"]),
        ("P: I said to the doctor, Monday is fine.", []),
        ("P: My Sister, she went.", []),
        ("P: Mr. Will you sit down.", ["Will"]),
    ],
)
def test_after_a_title(said: str, expected: list[str]) -> None:
    transcript = spoken(said)
    assert cores(transcript, TitledNames().find(transcript)) == expected


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("P: It's spelt E I L I D H, right.", ["E I L I D H"]),
        ("P: It's A-O-I-F-E, with an A.", ["A-O-I-F-E"]),
        ("P: C, H, U, K. That's me.", ["C, H, U, K"]),
        ("P: E-I-Z, Z for zebra, he wrote.", ["E-I-Z, Z for zebra"]),
        ("P: On the N H S, I mean.", []),
        ("P: I I I could not.", []),
        ("P: A I think.", []),
    ],
)
def test_spelled_out(said: str, expected: list[str]) -> None:
    transcript = spoken(said)
    assert cores(transcript, SpelledNames().find(transcript)) == expected


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("P: They put me on Kestrel Ward, for weeks.", ["Kestrel Ward"]),
        ("P: It was Ward Sixty-Two first.", ["Ward Sixty-Two"]),
        ("P: round at Budhill Surgery.", ["Budhill Surgery"]),
        ("P: the Early Intervention Team came.", []),
        ("P: the ward was loud and the surgery shut.", []),
        ("P: He works at Bracken and Bough Bakery.", ["Bracken and Bough Bakery"]),
    ],
)
def test_organisations(said: str, expected: list[str]) -> None:
    transcript = spoken(said)
    assert cores(transcript, NamedOrganisations().find(transcript)) == expected


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("P: I was in the PSNI then.", ["PSNI"]),
        ("P: my GP and the CPN and the NHS.", []),
        ("P: EMDR and PTSD and OCD.", []),
        ("P: he said STOP IT NOW.", []),
    ],
)
def test_acronyms(said: str, expected: list[str]) -> None:
    transcript = spoken(said)
    assert cores(transcript, Acronyms().find(transcript)) == expected


@pytest.mark.parametrize(
    ("said", "heard", "expected"),
    [
        ("P: We lived in Pity Me for a bit.", False, ["Pity Me"]),
        ("P: Don't you pity me, he said.", False, []),
        ("P: the chips at great yarmouth were grand.", True, ["great yarmouth"]),
        ("P: the chips at great yarmouth were grand.", False, []),
        ("P: it was a long road and a high street", True, []),
    ],
)
def test_gazetteer_phrases(said: str, heard: bool, expected: list[str]) -> None:
    transcript = spoken(said)
    assert cores(transcript, NamedPlaces().find(transcript, from_asr=heard)) == expected


@pytest.mark.parametrize(
    ("a", "b", "same"),
    [
        ("Siobhan", "Shavorn", True),
        ("Caoimhe", "Keeva", True),
        ("Folasade", "Folashade", True),
        ("Thirtle", "Thurtle", True),
        ("Niamh", "Neve", True),
        ("Siobhan", "Sharon", False),
        ("Grace", "Gary", False),
        ("Mark", "Mandy", False),
        ("Daniel", "Danielle's", False),
        ("Al", "Ali", False),
    ],
)
def test_sound_alikes(a: str, b: str, same: bool) -> None:
    assert same_name(a, b) is same


SHEET = b"""
participant: {names: [Hope Larter]}
people:
  - {names: [Siobhan], as: sister}
  - {names: [Yetunde], as: cousin}
places: [Eye]
"""


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("I: So, Hope, tell me.", ["Hope"]),
        ("P: I hope so, eye to eye.", []),
        ("P: My sister Shavorn came.", ["Shavorn"]),
        ("P: my sister shavorn came", ["shavorn"]),
        ("P: and then yet under came round", ["yet under"]),
        ("P: We were in Eye, near the church.", ["Eye"]),
        ("P: That was Hope Larter's house.", ["Hope Larter", "Hope", "Larter"]),
    ],
)
def test_key_sheet(said: str, expected: list[str]) -> None:
    transcript = spoken(said)
    survey = Survey(NameTokens(transcript), {})
    assert cores(transcript, KeySheetNames(parse(SHEET, "P03.yaml")).find(survey)) == expected


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("P: We went with Siobhan to see him.", ["Siobhan"]),
        ("P: So Malcolm Dunsire, he never came.", ["Malcolm Dunsire"]),
        ("P: On Monday I had sertraline at Christmas.", []),
        ("P: And then she said, So what?", []),
    ],
)
def test_the_model_without_spacy(said: str, expected: list[str]) -> None:
    transcript = spoken(said)
    model = ProperNouns()
    assert cores(transcript, model.find(model.survey(transcript, NoTagger().tag(transcript)))) == expected


def test_pieces_know_where_sentences_start() -> None:
    pieces = NameTokens(spoken('P: He said, "Mez"—she laughed. Then Ivy went.', "I: Right."))
    assert [(p.core, p.initial) for p in pieces.items if p.capital] == [
        ("He", True),
        ("Mez", True),
        ("Then", True),
        ("Ivy", False),
        ("Right", True),
    ]


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("Biscuit, the dog is, so she said", ["Biscuit"]),
        ("and then this cat, gravy, and she", ["gravy"]),
        ("we had a whippet called Flash then", ["Flash"]),
        ("our dog, Sparky. He", ["Sparky"]),
        ("my dog, anyway, was ill", []),
        ("the dog was called out", []),
        ("walk the dog, feed the cat, and", []),
        ("well, the dog barked", []),
        ("tea, biscuits, the dog and me", []),
        ("it was raining cats and dogs", []),
    ],
)
def test_pets(line: str, found: list[str]) -> None:
    spoken = Analysis.from_lines([f"P: {line}"])
    assert cores(spoken, PetNames().find(spoken)) == found
