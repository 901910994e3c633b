"""Figures of the report, against small cases worked out by hand."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.core.document import Quality
from pipeline.report import figures
from pipeline.report.places import Places
from tests.annotated import INTERVIEWS
from tests.invented import document, numbered, reference_document, typed_document


@pytest.mark.parametrize("text", ["um", "Um,", "erm", "er...", "uh", "mm", "Mm-hm.", "hmm?", "ah", "mhm", "Ummm"])
def test_fillers(text: str) -> None:
    assert figures.is_filler(text)


@pytest.mark.parametrize("text", ["her", "hum", "am", "mum", "error", "I", "ma", "home", "", "ham", "a", "humming"])
def test_words_that_only_look_like_fillers(text: str) -> None:
    assert not figures.is_filler(text)


@pytest.mark.parametrize(
    ("spans", "expected"),
    [
        ([], []),
        ([(0, 5, "I"), (5, 9, "P")], []),
        ([(0, 5, "I"), (4, 9, "P")], [(4, 5)]),
        ([(0, 5, "I"), (4.9, 9, "P")], []),
        ([(0, 9, "P"), (2, 3, "I"), (5, 6, "I")], [(2, 3), (5, 6)]),
        ([(0, 9, "P"), (2, 5, "I"), (3, 4, "I2")], [(2, 5)]),
    ],
)
def test_overlaps(spans: list[tuple[float, float, str]], expected: list[tuple[float, float]]) -> None:
    assert figures.overlaps(spans) == expected


@given(st.lists(st.tuples(st.integers(0, 100), st.integers(0, 30)).map(lambda t: (t[0], t[0] + t[1])), max_size=20))
def test_covered_counts_every_second_once(spans: list[tuple[int, int]]) -> None:
    assert figures.covered(spans) == len({n for start, end in spans for n in range(start, end)})


def test_answer_gaps_leave_out_talking_over_and_breaks() -> None:
    spans = [(0, 2, "I"), (3, 5, "P"), (5, 6, "I"), (5.5, 9, "P"), (10, 11, "I"), (60, 61, "P"), (62, 63, "P")]
    assert figures.answer_gaps(spans) == [1]


def test_speakers() -> None:
    made = document()
    transcript = numbered(made)
    people = {s.role: s for s in figures.speakers(made, transcript, figures.spoken_spans(made))}
    assert people["I"].name == "Interviewer"
    assert sum(s.share or 0 for s in people.values()) == pytest.approx(1, abs=0.001)
    assert sum(s.words for s in people.values()) == len(made.words)
    assert sum(s.turns for s in people.values()) == len(transcript.turns)
    assert people["P"].fillers == 1
    assert people["I"].fillers == 2  # um, Mm
    assert people["P"].role_confidence == 0.62
    assert people["P"].wpm
    assert 100 < people["P"].wpm < 220
    assert people["P"].longest_turn_lines == "3-6"


def test_a_typed_transcript_has_words_but_no_seconds() -> None:
    made = typed_document()
    people = figures.speakers(made, numbered(made), [])
    assert {s.seconds for s in people} == {None}
    assert {s.wpm for s in people} == {None}
    assert sum(s.word_share for s in people) == pytest.approx(1, abs=0.001)


def test_the_time_line_shows_labels_and_never_what_was_said() -> None:
    made = document()
    transcript = numbered(made)
    line = figures.timeline(made, figures.spoken_spans(made), Places(made, transcript), 2.0)
    assert [r.label for r in line.redactions][:2] == ["name of a person: [sister]", "place: [village]"]
    assert line.redactions[0].lines == "3"
    assert [round(p.end - p.start, 1) for p in line.pauses] == [3.4]
    assert [u.lines for u in line.unclear] == ["8"]


def test_short_pauses_are_not_counted() -> None:
    made = document([("P", 0.0, "Well, (pause 1.5) yes. (pause 2.5) No.")])
    line = figures.timeline(made, [], Places(made, numbered(made)), 2.0)
    assert len(line.pauses) == 1


def test_redactions_by_category() -> None:
    rows = {row.category: row for row in figures.by_category(document())}
    assert rows["PERSON"].replaced == 1
    assert (rows["QUASI"].replaced, rows["QUASI"].flagged) == (0, 1)
    assert rows["ORG"].low_confidence == 1
    assert rows["AGE"].low_confidence == 0


def test_confidence() -> None:
    found = figures.confidence(document())
    assert found is not None
    assert found.words == sum(found.histogram) == len(document().words)
    assert found.histogram[3] == 1  # "letter"
    assert figures.confidence(typed_document()) is None


@pytest.mark.parametrize(
    ("changes", "grades"),
    [
        ({}, ["good", "good", "good", "good"]),
        ({"snr_db": 18.0, "clipped": 0.002, "bandwidth_hz": 4000.0}, ["fair", "good", "fair", "fair"]),
        ({"snr_db": 5.0, "loudness_dbfs": -50.0, "clipped": 0.1, "bandwidth_hz": 3000.0}, ["poor"] * 4),
        ({"snr_db": None, "bandwidth_hz": None}, ["good", "good"]),
    ],
)
def test_verdicts(changes: dict[str, float | None], grades: list[str]) -> None:
    quality = Quality(
        peak_dbfs=-3,
        loudness_dbfs=-21,
        noise_floor_dbfs=-60,
        snr_db=35,
        clipped=0,
        speech_share=0.8,
        bandwidth_hz=16000,
    )
    assert [grade for _, _, grade in figures.verdicts(quality.model_copy(update=changes))] == grades
    assert figures.verdicts(None) == ()


@pytest.mark.parametrize("name", ["sample", *INTERVIEWS])
def test_an_interview_of_real_size_adds_up(name: str) -> None:
    made = reference_document(name)
    transcript = numbered(made)
    spans = figures.spoken_spans(made)
    line = figures.timeline(made, spans, Places(made, transcript), 2.0)
    talk = figures.conversation(made, spans, line)
    assert made.duration is not None
    assert 0 <= talk.overlap_s < 0.1 * made.duration
    assert len(line.redactions) == len(list(made.applied()))
    assert all(span.lines for span in line.redactions)
