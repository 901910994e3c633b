from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.core.clock import clock
from pipeline.core.document import Document, Event, Note, Word
from pipeline.core.errors import UsageProblem
from pipeline.core.settings import LinesSettings
from pipeline.transcript import notation
from pipeline.transcript.lines import number
from pipeline.transcript.numbered import hash_of
from pipeline.transcript.wrapping import display_width, wrap
from tests import builders
from tests.line_properties import TEXTS, WIDTHS, WORDS, check_page, check_transcript, check_wrap

DEFAULT = notation.load("default")

WIDTH_CASES = [
    ("abc", 3),
    ("", 0),
    ("café", 4),
    ("cafe\u0301", 4),
    ("你好", 4),
    ("ｱ", 1),  # half-width katakana
    ("Ａ", 2),  # full-width Latin
    ("한글", 4),
    ("\u1112\u1161\u11ab", 2),  # the same syllable in jamo
    ("שָׁלוֹם", 4),
    ("مرحبا", 5),
    ("a\u200db", 2),
    ("🙂", 2),
    ("—…", 2),
]


@pytest.mark.parametrize(("text", "width"), WIDTH_CASES)
def test_display_width(text: str, width: int) -> None:
    assert display_width(text) == width


WRAP_CASES = [
    ([], 10, []),
    (["abc"], 10, ["abc"]),
    (["aaaa", "bbbbb"], 10, ["aaaa bbbbb"]),
    (["aaaaa", "bbbbb"], 10, ["aaaaa", "bbbbb"]),
    (["a", "b" * 30, "c"], 10, ["a", "b" * 30, "c"]),
    (["b" * 30], 10, ["b" * 30]),
    (["my", "[best friend 1]", "x"], 12, ["my", "[best friend 1]", "x"]),
    (["你好", "你好", "x"], 9, ["你好 你好", "x"]),
]


@pytest.mark.parametrize(("texts", "width", "lines"), WRAP_CASES)
def test_wrap(texts: list[str], width: int, lines: list[str]) -> None:
    assert [" ".join(texts[first:last]) for first, last in wrap(texts, width)] == lines


@settings(max_examples=200, deadline=None)
@given(TEXTS, WIDTHS)
def test_wrap_holds_for_anything(texts: list[str], width: int) -> None:
    check_wrap(texts, width)


SPANS = st.lists(st.tuples(st.integers(0, 20), st.integers(0, 3)).map(lambda p: (p[0], p[0] + p[1])), max_size=3)


@settings(max_examples=100, deadline=None)
@given(WORDS, WORDS, SPANS, WIDTHS)
def test_page_holds_for_anything(words: list[Word], more: list[Word], spans: list[tuple[int, int]], width: int) -> None:
    check_page(words, more, spans, width)


def page(document: Document, **options: object) -> list[str]:
    transcript = number(document, LinesSettings.model_validate(options), DEFAULT)
    check_transcript(transcript)
    return [f"{line.label} {line.role} {line.text}" for line in transcript.lines]


def test_the_invented_interview() -> None:
    assert page(builders.invented(), guess_below=0.15) == [
        "1 I So, um, can you tell me a bit about how you and your peer",
        "2 I support worker first met?",
        "3 P Yeah. Erm, it was [PSW] who rang me, I'd just come off the ward",
        "4 P and I- I didn't want to see any- (I: mm-hm) anyone really.",
        "5 P (unclear 00:00:19) And he said 'come on, [participant], just a",
        "6 P coffee', so we went to [town], to the café, (I: right) and we",
        "7 P just sat there. I didn't say a word for -- I don't know, //half",
        "8 P an hour maybe.//",
        "9 I What was that like for you, just sitting?",
        "10 P (pause 4s) Safe. It sounds (daft?) but it was the (laughs) first",
        "11 P time anybody hadn't wanted something off me. (phone rings)",
    ]


def test_an_empty_transcript() -> None:
    transcript = number(Document(id="P00"), LinesSettings(), DEFAULT)
    assert (transcript.turns, transcript.lines, transcript.text, transcript.version) == ((), (), "", "v0 unlocked")


def test_a_word_of_300_letters_stands_alone() -> None:
    assert page(builders.typed([("P", f"it was {'a' * 300} and")])) == ["1 P it was", f"2 P {'a' * 300}", "3 P and"]


def test_a_turn_of_9000_words() -> None:
    transcript = number(builders.typed([("P", "word " * 9000)]), LinesSettings(), DEFAULT)
    check_transcript(transcript)
    assert len(transcript.turns) == 1
    assert transcript.lines[-1].number == len(transcript.lines) == 9000 // 13 + 1  # 13 words of 4 letters a line


def test_right_to_left_text_and_control_characters() -> None:
    lines = page(builders.typed([("P", "שלום \u202eלכולם\u202c היום"), ("I", "a\x00 b\x0b c\ufffe")]))
    assert lines == ["1 P שלום לכולם היום", "2 I a b c"]


def test_notes_wider_than_a_line_are_broken_at_spaces_but_marks_are_not() -> None:
    long = "the participant shows a photograph of a boat and then puts it away again without a word"
    document = builders.typed([("P", "ok ok")]).with_(
        events=(
            Event(kind="note", before_word=1, text=long),
            Event(kind="unclear", before_word=2, start=3661.0, end=3663.0),
        )
    )
    transcript = number(document, LinesSettings(width=24), DEFAULT)
    assert all(display_width(line.text) <= 24 for line in transcript.lines)
    assert any("(unclear 01:01:01)" in line.text for line in transcript.lines)


def test_every_line_of_a_recording_has_times_in_order() -> None:
    transcript = number(builders.invented(), LinesSettings(), DEFAULT)
    assert len(transcript.lines) > 8
    assert all(line.start is not None and line.end is not None and line.start <= line.end for line in transcript.lines)
    typed = number(builders.typed([("P", "a b")]), LinesSettings(), DEFAULT)
    assert [(line.start, line.end) for line in typed.lines] == [(None, None)]


def test_no_original_of_a_replaced_span_is_anywhere() -> None:
    transcript = number(builders.invented(), LinesSettings(), DEFAULT)
    for original in ("Will", "Hope", "Eye"):
        assert original not in repr(transcript)


def test_categories_are_counted_the_most_frequent_first() -> None:
    document = builders.typed([("P", "Eye and Ada and Diss and Hope and Settle")])
    spans = [(0, 0, "PLACE", "[a]"), (2, 2, "PERSON", "[b]"), (4, 4, "PLACE", "[c]"), (6, 6, "ORG", "[d]")]
    page = number(builders.redacted(document, *spans), LinesSettings(), DEFAULT)
    assert page.meta.replaced == (("PLACE", 2), ("ORG", 1), ("PERSON", 1))


def test_meta_counts_and_says_how_far_redaction_is() -> None:
    document = builders.invented().noting(Note(code="quiet", message="A quiet stretch.", stage="ingest"))
    meta = number(document, LinesSettings(), DEFAULT).meta
    assert meta.replaced == (("PERSON", 2), ("PLACE", 1))
    assert meta.word_count == len(document.words)
    assert meta.redaction_status.startswith("de-identified (pseudonymised) by the program")
    assert [use.stage for use in meta.models] == ["ingest", "diarise", "transcribe", "redact"]
    assert meta.notes[0].code == "quiet"
    raw = number(Document(id="P00", words=document.words), LinesSettings(), DEFAULT).meta
    assert raw.redaction_status == "not de-identified: do not share"


def test_the_hash_is_of_what_stands_on_the_page() -> None:
    one = number(builders.invented(), LinesSettings(), DEFAULT)
    again = number(builders.invented(), LinesSettings(), DEFAULT)
    wider = number(builders.invented(), LinesSettings(width=70), DEFAULT)
    assert one == again
    assert one.short_hash != wider.short_hash
    assert hash_of(one.lines).startswith(one.short_hash)


def test_pause_thresholds_of_the_settings_go_before_the_notation() -> None:
    document = builders.typed([("P", "a b")]).with_(events=(Event(kind="pause", before_word=1, start=0.0, end=1.2),))
    assert page(document) == ["1 P a b"]
    assert page(document, pause_short_s=1.0) == ["1 P a (pause) b"]
    assert page(document, pause_short_s=0.5, pause_timed_s=1.0) == ["1 P a (pause 1s) b"]
    with pytest.raises(UsageProblem, match="timed from 1 s, which is below the 2 s"):
        page(document, pause_timed_s=1.0)


def test_clock() -> None:
    cases = [(0, "00:00:00"), (59.999, "00:00:59"), (3599.9999, "01:00:00"), (36000, "10:00:00")]
    assert [clock(seconds) for seconds, _ in cases] == [text for _, text in cases]
    assert clock(1.0005, millis=True, separator=",") == "00:00:01,000"
    assert clock(61.2346, millis=True) == "00:01:01.235"
