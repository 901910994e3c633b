"""What still needs a look: ranked, grouped, counted."""

from __future__ import annotations

from typing import Any

import pytest

from pipeline.core.document import Document, Event, Note, Redaction, SpeakerRole, Word
from pipeline.report import attention, figures
from pipeline.report.model import Attention
from pipeline.report.places import Places
from tests.invented import SECRETS, document, numbered, typed_document


def ranked(made: Document) -> tuple[tuple[Attention, ...], int, float]:
    places = Places(made, numbered(made))
    line = figures.timeline(made, figures.spoken_spans(made), places, 2.0)
    return attention.ranked(made, line, places)


def test_order_and_places() -> None:
    items, left_out, seconds = ranked(document())
    assert [item.kind for item in items] == ["roles", "flag", "redaction", "unclear", "note"]
    assert [item.rank for item in items] == [1, 2, 3, 4, 5]
    assert [item.lines for item in items] == ["1", "11-12", "9", "8", "3-6"]
    assert left_out == 0
    assert 10 < seconds < 70


def test_no_original_is_quoted() -> None:
    for made in (document(), typed_document()):
        text = " ".join(item.model_dump_json() for item in ranked(made)[0])
        assert not any(secret in text for secret in SECRETS)


def test_an_alarm_comes_first() -> None:
    alarm = Note(code="one-speaker", message="Only one voice was found.", stage="diarise", level="alarm")
    items = ranked(document().noting(alarm))[0]
    assert (items[0].kind, items[0].detail) == ("alarm", "Only one voice was found.")


@pytest.mark.parametrize("code", ["quality"])
def test_remarks_on_the_sound_are_left_to_their_section(code: str) -> None:
    made = document().with_(notes=(Note(code=code, message="Noisy.", stage="ingest"),))
    assert "note" not in {item.kind for item in ranked(made)[0]}


def test_sure_roles_need_no_look() -> None:
    sure = tuple(SpeakerRole(speaker=f"S{n}", role=role, confidence=0.95) for n, role in enumerate("IP"))
    assert "roles" not in {item.kind for item in ranked(document(roles=sure))[0]}


def test_mentions_of_one_entity_are_one_entry() -> None:
    words = tuple(Word(text="Siobhan", start=n * 10.0, end=n * 10.0 + 1, role="P") for n in range(9))
    redactions = tuple(
        Redaction(
            id=f"R{n}",
            category="PERSON",
            entity="E1",
            first=n,
            last=n,
            replacement="[sister]",
            confidence=0.4 + n / 100,
        )
        for n in range(9)
    )
    made = document().with_(words=words, redactions=redactions, events=(), notes=(), roles=())
    items = [item for item in ranked(made)[0] if item.kind == "redaction"]
    assert len(items) == 1
    assert "9 times" in items[0].detail
    assert "0.40" in items[0].detail


def doubtful(*starts: float, **fields: Any) -> Document:
    words = tuple(
        Word(text="word", start=start, end=start + 0.3, role="P", **{"confidence": 0.2, **fields}) for start in starts
    )
    return document().with_(words=words, redactions=(), events=(), notes=(), roles=(), turns=())


@pytest.mark.parametrize(
    ("starts", "entries"),
    [
        ((1, 2), 0),
        ((1, 2, 3), 1),
        ((1, 8, 15), 0),
        ((1, 2, 3, 20, 21, 22), 2),
        ((1, 6, 11, 16), 1),
    ],
)
def test_doubtful_words_count_as_stretches(starts: tuple[float, ...], entries: int) -> None:
    assert sum(1 for item in ranked(doubtful(*starts))[0] if item.kind == "hearing") == entries


def test_sure_words_are_not_listed() -> None:
    assert ranked(doubtful(1, 2, 3, confidence=0.9))[0] == ()


def test_recovered_words_are_listed() -> None:
    items = ranked(doubtful(1, 2, 30, confidence=0.9, flags=("recovered",)))[0]
    assert [item.kind for item in items] == ["recovered", "recovered"]


def test_what_is_left_out_is_counted() -> None:
    starts = [start for block in range(40) for start in (block * 30.0, block * 30 + 1, block * 30 + 2)]
    items, left_out, _ = ranked(doubtful(*starts))
    assert len(items) == attention.AT_MOST["hearing"]
    assert left_out == 40 - len(items)


def test_longer_unclear_stretches_come_first() -> None:
    events = (
        Event(kind="unclear", before_word=1, start=2.0, end=2.5, role="P"),
        Event(kind="unclear", before_word=9, start=10.0, end=16.0, role="I"),
        Event(kind="unclear", before_word=9),
    )
    items = [i for i in ranked(document().with_(events=events))[0] if i.kind == "unclear"]
    assert [i.start for i in items] == [10.0, 2.0, None]
    assert items[0].detail.startswith("6.0 s of speech by the interviewer")


def test_listening_counts_every_second_once() -> None:
    def at(start: float, end: float) -> Attention:
        return Attention(rank=1, kind="note", title="", detail="", start=start, end=end)

    assert attention.listening((at(10, 12), at(11, 13), at(100, 101))) == 11 + 9
    assert attention.listening(()) == 0
