from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.core.document import Document, Entity, Event, Redaction, Word
from pipeline.core.errors import IpaError
from pipeline.transcript import notation
from pipeline.transcript.numbered import joined
from pipeline.transcript.segments import SpokenTurn, clean, spoken_turns
from tests import builders

DEFAULT = notation.load("default")


def shown(document: Document, **options: float) -> list[str]:
    return [f"{turn.role}: {joined(turn.segments)}" for turn in spoken_turns(document, DEFAULT, **options)]


def said(*words: str) -> Document:
    """A document of words like "P:yes", "I:mm/b" (backchannel) or "P:no/o" (overlap), 0.4 s each."""
    flags = {"b": ("backchannel",), "o": ("overlap",), "": ()}
    made = []
    for n, spec in enumerate(words):
        role, _, rest = spec.partition(":")
        text, _, flag = rest.partition("/")
        made.append(
            Word(text=text, start=n * 0.4, end=(n + 1) * 0.4, role=role or None, flags=flags[flag], confidence=0.9)  # type: ignore[arg-type]
        )
    return Document(id="P00", words=tuple(made))


TURNS = {
    "turns by role": (("I:So?", "P:Yes.", "P:No.", "I:Ah."), ["I: So?", "P: Yes. No.", "I: Ah."]),
    "backchannel inside": (("P:I", "I:Mm-hm./b", "P:went"), ["P: I (I: mm-hm) went"]),
    "backchannels in a row": (("P:I", "I:Oh/b", "I:right./b", "P:went"), ["P: I (I: oh right) went"]),
    "gathered over a word": (("P:a", "I:oh/b", "P:b", "I:right/b", "P:c"), ["P: a (I: oh right) b c"]),
    "I stays a capital": (("P:a", "I:I/b", "I:see/b", "P:c"), ["P: a (I: I see) c"]),
    "before one's own turn": (("P:a", "I:mm/b", "I:So", "I:then"), ["P: a", "I: mm So then"]),
    "at the end": (("P:a", "I:mm/b"), ["P: a", "I: mm"]),
    "at the beginning": (("I:mm/b", "P:a"), ["I: mm", "P: a"]),
    "of two people": (("P:a", "I:mm/b", "I2:yes/b", "P:b"), ["P: a (I: mm) (I2: yes) b"]),
    "own backchannel is a word": (("P:a", "P:mm/b", "P:b"), ["P: a mm b"]),
    "overlap": (("P:a", "P:b/o", "P:c/o", "P:d"), ["P: a //b c// d"]),
    "overlap to the end": (("P:a", "P:b/o", "I:c/o", "I:d"), ["P: a //b//", "I: //c// d"]),
    "cut at a hyphen": (("P:twenty", "P:-two,", "P:er"), ["P: twenty-two, er"]),
    "cut at dots": (("P:jo", "P:.3", "P:.7"), ["P: jo.3.7"]),
    "a false start is not": (("P:I-", "P:-I"), ["P: I- -I"]),
    "nor a sentence before": (("P:Yes.", "P:-two"), ["P: Yes. -two"]),
    "nor a turn of its own": (("I:So", "P:-two"), ["I: So", "P: -two"]),
    "nor a dash": (("P:a", "P:--", "P:b", "P:-", "P:c"), ["P: a -- b - c"]),
    "no role": ((":a", "P:b"), ["?: a", "P: b"]),
    "empty": ((), []),
    "only control characters": (("P:\x00\x07",), []),
}


@pytest.mark.parametrize(("words", "expected"), TURNS.values(), ids=TURNS)
def test_turns(words: tuple[str, ...], expected: list[str]) -> None:
    assert shown(said(*words)) == expected


EVENTS = {
    "short pause unmarked": (Event(kind="pause", before_word=1, start=1, end=2.9), "P: a b", "I: c"),
    "pause": (Event(kind="pause", before_word=1, start=1, end=3), "P: a (pause) b", "I: c"),
    "just below three": (Event(kind="pause", before_word=1, start=1, end=3.94), "P: a (pause) b", "I: c"),
    "timed": (Event(kind="pause", before_word=1, start=1, end=4), "P: a (pause 3s) b", "I: c"),
    "rounded": (Event(kind="pause", before_word=1, start=1, end=5.5), "P: a (pause 5s) b", "I: c"),
    "between turns": (Event(kind="pause", before_word=2, start=1, end=5), "P: a b", "I: (pause 4s) c"),
    "between turns, owned": (Event(kind="pause", before_word=2, start=1, end=5, role="P"), "P: a b (pause 4s)", "I: c"),
    "at the end": (Event(kind="pause", before_word=3, start=1, end=5), "P: a b", "I: c (pause 4s)"),
    "beyond the end": (Event(kind="nonverbal", before_word=99, text="sighs"), "P: a b", "I: c (sighs)"),
    "laughs": (Event(kind="nonverbal", before_word=1, text="laughs", role="P"), "P: a (laughs) b", "I: c"),
    "in brackets already": (Event(kind="nonverbal", before_word=1, text="(laughs)"), "P: a (laughs) b", "I: c"),
    "the other laughs": (
        Event(kind="nonverbal", before_word=1, text="laughs", role="I"),
        "P: a (I: laughs) b",
        "I: c",
    ),
    "after the last word": (Event(kind="nonverbal", before_word=2, text="laughs"), "P: a b (laughs)", "I: c"),
    "unclear": (
        Event(kind="unclear", before_word=1, start=872.6, end=875, role="P"),
        "P: a (unclear 00:14:32) b",
        "I: c",
    ),
    "unclear, no time": (Event(kind="unclear", before_word=1), "P: a (unclear) b", "I: c"),
    "nothing to say": (Event(kind="note", before_word=1), "P: a b", "I: c"),
}


@pytest.mark.parametrize(("event", "first", "second"), EVENTS.values(), ids=EVENTS)
def test_events(event: Event, first: str, second: str) -> None:
    assert shown(said("P:a", "P:b", "I:c").with_(events=(event,))) == [first, second]


def test_speech_nobody_made_out_is_a_turn_of_its_own_between_turns() -> None:
    event = Event(kind="unclear", before_word=1, start=60.0, end=63.0, role="P")
    assert shown(said("I:So?", "I2:Well").with_(events=(event,))) == ["I: So?", "P: (unclear 00:01:00)", "I2: Well"]


def test_events_without_any_word() -> None:
    events = (Event(kind="unclear", before_word=0, start=3.2, end=9.0),)
    assert shown(Document(id="P00", events=events)) == ["?: (unclear 00:00:03)"]


def redaction(first: int, last: int, replacement: str, **fields: str) -> Redaction:
    return Redaction(
        id=f"R{first}-{last}",
        category="PERSON",
        entity="E1",
        first=first,
        last=last,
        replacement=replacement,
        **fields,  # type: ignore[arg-type]
    )


WORDS = ("P:'Mary", "P:Ann's", "P:in", "P:Diss,", "P:ok")
REDACTIONS = {
    "lead and tail": ([redaction(0, 1, "[sister]", lead="'", tail="'s")], "P: '[sister]'s in Diss, ok"),
    "two": (
        [redaction(0, 1, "[sister]"), redaction(3, 3, "[town]", tail=",")],
        "P: [sister] in [town], ok",
    ),
    "one inside another": ([redaction(0, 3, "[a]", tail=","), redaction(1, 1, "[b]", tail="'s")], "P: [a], ok"),
    "overlapping": ([redaction(0, 2, "[a]", tail="IN"), redaction(1, 3, "[b]", lead="ANN")], "P: [a] [b] ok"),
    "the same twice, tails differ": (
        [redaction(3, 3, "[a]", tail="iss,"), redaction(3, 3, "[b]", tail=",")],
        "P: 'Mary Ann's in [a], ok",
    ),
    "flagged stays": ([redaction(3, 3, "[a]", action="flag")], "P: 'Mary Ann's in Diss, ok"),
    "kept stays": ([redaction(3, 3, "[a]", action="keep")], "P: 'Mary Ann's in Diss, ok"),
    "no replacement given": ([redaction(3, 3, "")], "P: 'Mary Ann's in [removed] ok"),
}


@pytest.mark.parametrize(("redactions", "expected"), REDACTIONS.values(), ids=REDACTIONS)
def test_redactions(redactions: list[Redaction], expected: str) -> None:
    assert shown(said(*WORDS).with_(redactions=tuple(redactions))) == [expected]


def test_a_replaced_span_that_was_cut_at_a_hyphen() -> None:
    document = said("P:Jo", "P:-Ann's", "P:ok").with_(
        redactions=(redaction(0, 0, "[a]"), redaction(1, 1, "[b]", lead="-", tail="'s"))
    )
    assert shown(document) == ["P: [a]-[b]'s ok"]


def test_text_typed_by_hand_is_not_joined() -> None:
    assert shown(builders.typed([("P", "one -two")])) == ["P: one -two"]


def test_a_redaction_across_turns_hides_the_words_of_both() -> None:
    document = said("P:It's", "P:oh", "P:seven", "I:seven", "P:double", "P:oh", "P:then")
    document = document.with_(redactions=(redaction(1, 5, "[phone number]"),))
    assert shown(document) == ["P: It's [phone number] then"]


def test_a_backchannel_inside_a_replaced_span_is_hidden_with_it() -> None:
    document = said("P:oh", "P:seven", "I:mm/b", "P:nine", "P:then")
    assert shown(document.with_(redactions=(redaction(0, 3, "[phone number]"),))) == ["P: [phone number] then"]


def test_events_inside_a_replaced_span_come_after_it() -> None:
    event = Event(kind="pause", before_word=1, start=0, end=9)
    assert shown(said(*WORDS).with_(redactions=(redaction(0, 1, "[a]"),), events=(event,))) == [
        "P: [a] (pause 9s) in Diss, ok"
    ]


@pytest.mark.parametrize(("first", "last"), [(0, 5), (5, 5), (2, 1)])
def test_redactions_that_do_not_fit_are_an_error_and_show_nothing(first: int, last: int) -> None:
    with pytest.raises(IpaError, match="do not fit"):
        shown(said(*WORDS).with_(redactions=(redaction(first, last, "[a]"),)))


def test_a_typed_note_does_not_name_somebody_who_is_replaced() -> None:
    document = said(*WORDS).with_(
        redactions=(redaction(0, 1, "[sister]"),),
        entities=(Entity(id="E1", category="PERSON", forms=("Mary Ann", "Mary"), replacement="[sister]"),),
        events=(Event(kind="note", before_word=2, text="shows a photo of MARY"),),
    )
    assert shown(document) == ["P: [sister] (shows a photo of [sister]) in Diss, ok"]


def test_low_confidence_is_a_guess_only_where_asked_for() -> None:
    words = (Word(text="he", role="P", confidence=0.9), Word(text="'ran',", role="P", confidence=0.1))
    document = Document(id="P00", words=words)
    assert shown(document) == ["P: he 'ran',"]
    assert shown(document, guess_below=0.2) == ["P: he '(ran?)',"]


def test_brackets_of_the_recogniser_are_not_those_of_a_replacement() -> None:
    assert shown(said("P:[Music]", "P:yes")) == ["P: (Music) yes"]
    assert shown(builders.typed([("P", "my [friend] said")])) == ["P: my [friend] said"]


def test_times_and_roles_of_segments() -> None:
    turn: SpokenTurn = spoken_turns(said("P:a", "I:Mm./b", "P:b"), DEFAULT)[0]
    assert [(s.text, s.kind, s.role, s.start) for s in turn.segments] == [
        ("a", "word", "P", 0.0),
        ("(I: mm)", "note", "I", 0.4),
        ("b", "word", "P", 0.8),
    ]
    assert (turn.start, turn.end) == (0.0, 1.2000000000000002)


CLEAN = [
    ("a\tb\nc", "a b c"),
    ("a\x00b\x1bc", "a b c"),
    ("soft\u00adhy\u200bphen", "softhyphen"),
    ("e\u0301", "é"),
    ("\ud800x\ufffe\uffff", "x"),
    ("\u202eevil\u202c", "evil"),
    ("  a\u00a0 b\u2028", "a b"),
    ("👩\u200d🔬", "👩\u200d🔬"),
    ("שָׁלוֹם", "שָׁלוֹם"),
]


@pytest.mark.parametrize(("text", "expected"), CLEAN)
def test_clean(text: str, expected: str) -> None:
    import unicodedata

    assert clean(text) == unicodedata.normalize("NFC", expected)


@given(st.text())
def test_clean_text_can_stand_in_xml_and_in_utf_8(text: str) -> None:
    from lxml import etree

    element = etree.Element("t")
    element.text = clean(text)
    assert etree.fromstring(etree.tostring(element)).text in (element.text, None)
    assert clean(clean(text)) == clean(text)


ROLES = st.sampled_from(["I", "P"])
FLAGS = st.sampled_from([(), ("backchannel",), ("overlap",)])


@given(st.lists(st.tuples(ROLES, FLAGS), max_size=30), st.data())
def test_no_word_is_lost_and_no_redacted_word_is_shown(
    rows: list[tuple[str, tuple[str, ...]]], data: st.DataObject
) -> None:
    words = [Word(text=f"w{n}x", role=role, flags=flags, start=n, end=n + 1) for n, (role, flags) in enumerate(rows)]  # type: ignore[arg-type]
    spans = []
    if words:
        for _ in range(data.draw(st.integers(0, 3))):
            first = data.draw(st.integers(0, len(words) - 1))
            spans.append((first, data.draw(st.integers(first, min(len(words) - 1, first + 4)))))
    document = Document(
        id="P00",
        words=tuple(words),
        redactions=tuple(redaction(first, last, f"[r{n}]") for n, (first, last) in enumerate(spans)),
    )
    text = " ".join(shown(document))
    hidden = {n for first, last in spans for n in range(first, last + 1)}
    for n in range(len(words)):
        assert (f"w{n}x" in text) == (n not in hidden)


def test_a_turn_that_a_person_began_is_one_of_its_own() -> None:
    document = builders.spoken([("I", "How was it?"), ("P", "Well fine. And then Hope came."), ("I", "Right.")])
    words = list(document.words)
    index = {w.text: n for n, w in enumerate(words)}
    for begins in ("And", "Hope"):
        words[index[begins]] = words[index[begins]].model_copy(update={"flags": ("opens_turn",)})
    hope = index["Hope"]
    document = builders.redacted(document.with_(words=tuple(words)), (hope, hope, "PERSON", "[participant]"))
    assert shown(document) == ["I: How was it?", "P: Well fine.", "P: And then", "P: [participant] came.", "I: Right."]
