"""What must hold of every division into lines; run a few hundred times by the tests, 100,000 by bench/lines.py."""

from __future__ import annotations

from hypothesis import strategies as st

from pipeline.core.document import Document, Redaction, Word
from pipeline.core.settings import LinesSettings
from pipeline.transcript import notation
from pipeline.transcript.lines import number
from pipeline.transcript.numbered import NumberedTranscript
from pipeline.transcript.wrapping import display_width, wrap

DEFAULT = notation.load("default")

#: Words of Latin letters, of wide and combining scripts, right-to-left ones, and monstrous ones.
TOKENS = st.one_of(
    st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=14),
    st.text("абвאבגمرحبا你好ー가각é\u0301\u0308🙂", min_size=1, max_size=12),
    st.text("abcdefgh", min_size=60, max_size=300),
)
TEXTS = st.lists(TOKENS, max_size=40)
WIDTHS = st.integers(20, 120)
WORDS = st.lists(
    st.builds(
        Word,
        text=TOKENS,
        role=st.sampled_from(["I", "P"]),
        confidence=st.none() | st.floats(0, 1),
        flags=st.sampled_from([(), (), ("overlap",)]),
    ),
    max_size=30,
)


def check_wrap(texts: list[str], width: int) -> None:
    """Every text once and in order; no line too wide but one with a single text; lines filled greedily."""
    ranges = wrap(texts, width)
    assert [text for first, last in ranges for text in texts[first:last]] == texts
    for n, (first, last) in enumerate(ranges):
        line = " ".join(texts[first:last])
        assert last > first
        assert display_width(line) <= width or last - first == 1
        if n + 1 < len(ranges):
            following = texts[ranges[n + 1][0]]
            assert display_width(line) + 1 + display_width(following) > width


def document_of(words: list[Word], spans: list[tuple[int, int]]) -> Document:
    """A document with some words replaced by "[friend 1]"."""
    redactions = tuple(
        Redaction(id=f"R{n}", category="PERSON", entity="E1", first=first, last=last, replacement=f"[friend {n + 1}]")
        for n, (first, last) in enumerate(spans)
    )
    return Document(id="P00", source="typed", words=tuple(words), redactions=redactions)


def check_page(words: list[Word], more: list[Word], spans: list[tuple[int, int]], width: int) -> None:
    """Offsets fit, replacements are whole, and text added at the end moves no line of a finished turn."""
    settings = LinesSettings(width=width)
    spans = [(first, last) for first, last in spans if last < len(words)]
    before = number(document_of(words, spans), settings, DEFAULT)
    check_transcript(before)
    after = number(document_of([*words, *more], spans), settings, DEFAULT)
    kept = [line for turn in before.turns[:-1] for line in turn.lines]
    assert list(after.lines[: len(kept)]) == kept


def check_transcript(transcript: NumberedTranscript) -> None:
    """What holds of every numbered transcript."""
    assert [line.number for line in transcript.lines] == list(range(1, len(transcript.lines) + 1))
    assert [turn.id for turn in transcript.turns] == [f"T{n + 1}" for n in range(len(transcript.turns))]
    text = transcript.text
    for line in transcript.lines:
        assert text[line.char_start : line.char_end] == line.text
        assert line.text
        assert line.text == line.text.strip()
    for turn in transcript.turns:
        assert " ".join(line.text for line in turn.lines) == turn.text
        for segment in turn.segments:
            if segment.kind == "replacement":
                assert any(segment.text in line.text for line in turn.lines)
