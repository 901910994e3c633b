from __future__ import annotations

import re
from pathlib import Path

import pytest

from pipeline.core.document import Document, Turn, Word
from pipeline.core.keysheet import KeySheet, Person
from pipeline.speech import roles

INTERVIEW = [
    ("a", "So that's recording now. Could you just say your name for me?"),
    ("b", "Yeah, it's Hope. I came because my sister said I should, and I thought, well, why not."),
    ("a", "Thanks, Hope. And how did you first come to the service?"),
    (
        "b",
        "Um, I was on a ward for a bit. They let me out in May and nobody rang, and I sat there for weeks on my own.",
    ),
    ("a", "What was that like?"),
    ("b", "Lonely. You sit there and you think nobody knows that you are alive, do they?"),
    ("a", "That's really helpful. Is there anything else you want to say?"),
    ("b", "No, I think that's about it. Thank you for listening to me go on."),
]
SHEET = KeySheet(participant=Person(names=("Hope Larter",)))


def said(turns: list[tuple[str, str]]) -> list[Word]:
    return [Word(text=word, speaker=speaker) for speaker, text in turns for word in text.split()]


def assign(turns: list[tuple[str, str]], sheet: KeySheet | None = None, swap: bool = False) -> tuple[dict, list]:
    words, found, notes = roles.assign(said(turns), Document(id="x"), sheet, swap)
    names = {row.speaker: row.role for row in found}
    assert all(word.role == names[word.speaker or ""] for word in words)
    return names, notes


def test_the_one_who_asks_interviews() -> None:
    names, notes = assign(INTERVIEW)
    assert names == {"a": "I", "b": "P"}
    assert notes == []


def test_whatever_the_labels() -> None:
    assert assign([({"a": "b", "b": "a"}[s], text) for s, text in INTERVIEW])[0] == {"b": "I", "a": "P"}


def test_swap_exchanges_and_is_certain() -> None:
    names, notes = assign(INTERVIEW, swap=True)
    assert names == {"a": "P", "b": "I"}
    assert notes == []


def test_a_participant_who_asks_back_stays_one() -> None:
    turns = [
        *INTERVIEW,
        ("b", "Can I ask you something? Do you do this a lot? Is it your job?"),
        ("a", "I do, yes. I talk to people."),
    ]
    assert assign(turns)[0] == {"a": "I", "b": "P"}


def test_a_name_in_address_decides_where_little_else_does() -> None:
    turns = [("a", "Thanks, Hope. And then, Hope, you went home."), ("b", "And then I went home and slept at last.")]
    assert assign(turns, SHEET)[0] == {"a": "I", "b": "P"}
    turns = [("a", "I'm Hope. And then I went home for good."), ("b", "And then, Hope, you went home and slept.")]
    assert assign(turns, SHEET)[0] == {"b": "I", "a": "P"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Thanks, Hope. Go on.", 1),
        ("Hope, tell me more.", 1),
        ("And, Hope, what then?", 1),
        ("So, what happened, Hope?", 1),
        ("I hope so.", 0),
        ("There is hope, she said.", 0),
        ("My friend Hope came.", 0),
        ("Hopeful, I went on.", 0),
    ],
)
def test_address(text: str, expected: int) -> None:
    assert roles._addresses(text, ["Hope"]) == expected


def test_little_to_go_by_is_said_aloud() -> None:
    _, notes = assign([("a", "It rained all day and we stayed in."), ("b", "It did and so we played cards again.")])
    assert [(note.code, note.level) for note in notes] == [("roles-unsure", "alarm")]
    assert "--swap-roles" in notes[0].message
    assert "rained" not in notes[0].message


def test_one_speaker_is_the_participant() -> None:
    names, notes = assign([("a", "I was on the ward for a while and then I went home and that was that, really.")])
    assert names == {"a": "P"}
    assert notes[0].code == "roles-unsure"


def test_more_people_than_two() -> None:
    turns = [
        *INTERVIEW[:4],
        ("c", "And could you tell me a bit more about that? When was it? Who was there?"),
        ("b", "It was spring, and my mum was there, and then she was not, and I was by myself."),
        ("d", "She was by herself for a month. I came round on Sundays with the dog, mostly."),
        *INTERVIEW[4:],
    ]
    assert assign(turns)[0] == {"a": "I", "c": "I2", "b": "P", "d": "P2"}


def test_nobody_says_anything() -> None:
    assert roles.assign([], Document(id="x"), None, False) == ([], (), [])


def test_a_speaker_without_words_has_a_role() -> None:
    document = Document(id="x", turns=(Turn(start=0, end=1, speaker="c"),))
    _, found, _ = roles.assign(said(INTERVIEW), document, None, False)
    assert {row.speaker for row in found} == {"a", "b", "c"}


SCRIPTS = Path(__file__).resolve().parents[2] / "models" / "training" / "data"


def test_there_are_written_interviews() -> None:
    assert len(list(SCRIPTS.glob("*.txt"))) == 24


@pytest.mark.parametrize("script", sorted(SCRIPTS.glob("*.txt")), ids=lambda path: path.stem)
@pytest.mark.parametrize("part", [slice(None), slice(300)])
def test_written_interviews(script: Path, part: slice) -> None:
    turns = []
    for line in script.read_text("utf-8").splitlines():
        if match := re.match(r"([IP])[:>] (.*)", line):
            text = re.sub(r"\([^)]*\)", "", re.sub(r"\[\[\w+\|(.+?)\]\]", r"\1", match[2]))
            turns.append((match[1], text))
    _, found, notes = roles.assign(said(turns)[part], Document(id="x"), None, False)
    assert {row.speaker: row.role for row in found} == {"I": "I", "P": "P"}
    assert notes == []
