"""Speaker turns as RTTM: roles, overlaps, rounding, odd labels."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.core.document import Document, SpeakerRole, Turn, Word
from pipeline.diarisation.rttm import joined, rttm, rttm_of_document, spans_of_document


def read(text: str) -> list[tuple[float, float, str]]:
    """An independent reader: the ten fields of the NIST plan."""
    rows = []
    for line in text.splitlines():
        fields = line.split(" ")
        assert len(fields) == 10
        assert fields[0] == "SPEAKER"
        assert (fields[2], fields[5], fields[6], fields[8], fields[9]) == ("1", "<NA>", "<NA>", "<NA>", "<NA>")
        rows.append((float(fields[3]), float(fields[4]), fields[7]))
    return rows


def document(*turns: Turn, roles: tuple[SpeakerRole, ...] = (), words: tuple[Word, ...] = ()) -> Document:
    return Document(id="P03", turns=turns, roles=roles, words=words)


ROLES = (
    SpeakerRole(speaker="SPEAKER_00", role="I", confidence=0.9),
    SpeakerRole(speaker="SPEAKER_01", role="P", confidence=0.9),
)


def test_roles_are_the_labels_and_overlaps_stay() -> None:
    text = rttm_of_document(
        document(
            Turn(start=0.5, end=4.0, speaker="SPEAKER_00"),
            Turn(start=3.5, end=9.25, speaker="SPEAKER_01"),
            Turn(start=5.0, end=5.5, speaker="SPEAKER_00"),
            roles=ROLES,
        )
    )
    assert text == (
        "SPEAKER P03 1 0.500 3.500 <NA> <NA> I <NA> <NA>\n"
        "SPEAKER P03 1 3.500 5.750 <NA> <NA> P <NA> <NA>\n"
        "SPEAKER P03 1 5.000 0.500 <NA> <NA> I <NA> <NA>\n"
    )


def test_a_speaker_without_a_role_keeps_its_label() -> None:
    rows = read(rttm_of_document(document(Turn(start=0, end=1, speaker="SPEAKER 07"), roles=ROLES)))
    assert rows == [(0.0, 1.0, "SPEAKER_07")]


def test_two_diarised_speakers_with_one_role_are_joined_where_they_overlap() -> None:
    roles = (*ROLES, SpeakerRole(speaker="SPEAKER_02", role="P", confidence=0.5))
    turns = (Turn(start=0, end=3, speaker="SPEAKER_01"), Turn(start=2, end=5, speaker="SPEAKER_02"))
    assert spans_of_document(document(*turns, roles=roles)) == [(0, 5, "P")]


def test_turns_are_made_from_words_where_no_diariser_ran() -> None:
    words = (
        Word(text="So,", start=1.0, end=1.2, role="I"),
        Word(text="how", start=1.4, end=1.6, role="I"),
        Word(text="Fine.", start=1.5, end=2.0, role="P"),
        Word(text="Right.", start=9.0, end=9.5, role="I"),
        Word(text="typed", role="P"),
    )
    assert spans_of_document(document(words=words)) == [(1.0, 1.6, "I"), (1.5, 2.0, "P"), (9.0, 9.5, "I")]


def test_a_typed_transcript_has_no_turns() -> None:
    assert rttm_of_document(Document(id="P03", source="typed", words=(Word(text="Hm.", role="P"),))) == ""


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        (0.0004, 0.0004, []),
        (1.0, 1.0004, []),
        (1.0, 0.5, []),
        (-0.2, 1.0, [(0.0, 1.0, "P")]),
        (1.0004, 2.0006, [(1.0, 1.001, "P")]),
    ],
)
def test_odd_spans(start: float, end: float, expected: list[tuple[float, float, str]]) -> None:
    assert read(rttm("x", [(start, end, "P")])) == expected


spans = st.lists(
    st.tuples(st.floats(0, 4000), st.floats(0.01, 60), st.sampled_from(["I", "P"])).map(
        lambda s: (s[0], s[0] + s[1], s[2])
    ),
    max_size=40,
)


@given(spans)
def test_joining_keeps_every_moment_and_leaves_no_overlap_of_one_label(rows: list[tuple[float, float, str]]) -> None:
    result = joined(rows)
    for start, end, label in rows:
        assert any(s <= start and end <= e and label == name for s, e, name in result)
    for label in "IP":
        own = [(s, e) for s, e, name in result if name == label]
        assert all(a[1] < b[0] for a, b in pairwise(own))
    assert len(read(rttm("x", result))) == len(result)
