"""Typed transcripts: formats, encodings, labels, what cannot be read."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pipeline.core.errors import BadInputError
from pipeline.importing import typed


def read(tmp_path: Path, data: str | bytes, name: str = "t.txt") -> list[tuple[str | None, str]]:
    path = tmp_path / name
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    document = typed.read(path, id="P3")
    assert document.source == "typed"
    assert all(w.start is None and w.end is None for w in document.words)
    return [(w.role, w.text) for w in document.words]


HELLO = [("I", "Hello,"), ("I", "you?"), ("P", "“Fine,”"), ("P", "she"), ("P", "said")]


@pytest.mark.parametrize(
    "text",
    [
        "I: Hello, you?\nP: “Fine,” she said\n",
        "Interviewer: Hello, you?\n\nParticipant 3: “Fine,”\nshe said\n",
        "I:\tHello, you?\r\nP3:\t“Fine,” she said\r\n",
        "[00:00:01] INT: Hello, you?\n[00:00:04] P03: “Fine,” she said [00:00:09]\n",
        "1  I: Hello, you?\n2  P: “Fine,” she said",
        "**I:** Hello, you?\n**P:** “Fine,” she said",
        "I> Hello, you?\nP> “Fine,” she said",
        "WEBVTT\n\nNOTE file: x\n\n1\n00:00:01.000 --> 00:00:02.000\n<v Int>Hello, you?\n\n"
        "00:00:03.000 --> 00:00:04.000\n<v P3>“Fine,” <i>she</i> said\n",
        "1\n00:00:01,000 --> 00:00:02,000\nI: Hello, you?\n\n2\n00:00:03,000 --> 00:00:04,000\nP: “Fine,” she said\n",
    ],
)
def test_layouts(tmp_path: Path, text: str) -> None:
    assert read(tmp_path, text) == HELLO


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_encodings(tmp_path: Path, encoding: str) -> None:
    data = "I: Hello, you?\nP: “Fine,” she said\n".encode(encoding)
    assert read(tmp_path, data) == HELLO


def test_names_as_labels_become_roles(tmp_path: Path) -> None:
    text = "Study 3, Tuesday\n\nCaoimhe: How are you?\nHope: Fine: thanks.\nCaoimhe: Good?\nHope: I said: no.\n"
    words = read(tmp_path, text)
    assert [r for r, _ in words] == ["I"] * 3 + ["P"] * 2 + ["I"] + ["P"] * 3
    assert not {"Caoimhe:", "Hope:", "Study"} & {w for _, w in words}
    document = typed.read(tmp_path / "t.txt", id="P3")
    assert {n.code for n in document.notes} == {"preamble", "named-labels"}
    assert "Hope" not in document.model_dump_json()


def test_two_participants(tmp_path: Path) -> None:
    assert [r for r, _ in read(tmp_path, "I: a\nP1: b\nP2: c\nP1: d\n")] == ["I", "P", "P2", "P"]


def test_remarks_become_events(tmp_path: Path) -> None:
    words = read(tmp_path, "I: So (laughs) then\nP: well (pause 3) [inaudible] yes (phone rings) (Dave came in)\n")
    document = typed.read(tmp_path / "t.txt", id="P3")
    assert [(e.kind, e.before_word, e.text) for e in document.events] == [
        ("nonverbal", 1, "laughs"),
        ("note", 3, "pause 3"),
        ("unclear", 3, ""),
        ("note", 4, "phone rings"),
    ]
    assert [w for _, w in words][-3:] == ["(Dave", "came", "in)"]


def test_docx_paragraphs_and_tables(tmp_path: Path) -> None:
    import docx

    document = docx.Document()
    document.add_paragraph("I: Hello, you?")
    table = document.add_table(rows=1, cols=3)
    for cell, text in zip(table.rows[0].cells, ("2", "P", "“Fine,” she said"), strict=True):
        cell.text = text
    document.save(str(tmp_path / "t.docx"))
    path = tmp_path / "t.docx"
    assert [(w.role, w.text) for w in typed.read(path, id="P3").words] == HELLO


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "empty"),
        (b"just some text\nwithout labels", "no speaker labels"),
        (b"\x00\x01\x02binary\x00", "not a text file"),
        (b"%PDF-1.7 ...", "format"),
        (b"{\\rtf1 hello}", "format"),
        (b"PK\x03\x04 not a zip", "damaged"),
        (b"\xff\xfe\x00", "damaged"),
        (b"I:\nP:\n", "no words"),
        (b"I: so\nP: well\n" + b"\n" * 1_000_000, "it has 1000002 lines"),
        (b"I: so\nP: " + b"x" * 501, "a word of 501 characters"),
        (b"WEBVTT\n\n00:01.000 --> 00:02.000\n<v Int>" + b"<v" * 300, "a word of"),
        (b"WEBVTT\n\n00:01.000 --> 00:02.000\nI: &#" + b"9" * 5_000 + b";", "a word of 5003 characters"),
        (b"I: so\nP: a" + "\u0301\u0316".encode() * 10_000, "a word of 20001 characters"),
        (b"I: so\nP: " + (b"x" * 400 + b" ") * 1_000, "characters long on average"),
        ("\n".join(f"Speaker {c}{c}: hi there\nSpeaker {c}{c}: yes" for c in "ABCDEFGHIJ").encode(), "speakers"),
    ],
)
def test_clear_errors(tmp_path: Path, data: bytes, says: str) -> None:
    with pytest.raises(BadInputError, match=says) as error:
        read(tmp_path, data)
    assert error.value.hint
    assert "without labels" not in str(error.value)


@pytest.mark.slow
def test_long_transcripts(tmp_path: Path) -> None:
    turn = "I: And then what?\nP: " + "word " * 400 + "\n"
    assert len(read(tmp_path, turn * 500)) > 200_000
    with pytest.raises(BadInputError, match="at most"):
        read(tmp_path, turn * 800)


LABELLED = st.lists(st.tuples(st.sampled_from(["I", "P", "Interviewer"]), st.text(max_size=20)), min_size=2, max_size=9)


@given(st.binary(max_size=300) | LABELLED.map(lambda rows: "\n".join(f"{who}: {said}" for who, said in rows).encode()))
@example(b"I: So?\nP: Yes.\n")
def test_anything_is_read_or_refused(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    path = tmp_path_factory.mktemp("typed") / "t.txt"
    path.write_bytes(data)
    try:
        document = typed.read(path, id="P3")
    except BadInputError:
        return
    assert document.words
    assert all(w.text and not w.text.isspace() and w.role for w in document.words)


@pytest.mark.parametrize(
    "text",
    [
        "I: Hello, you?\nP: “Fine,”{}she said\n",
        "I{}: Hello, you?\nP: “Fine,” she said\n",
        "The interviewer{}came\nI: Hello, you?\nP: “Fine,” she said{}",
        "{}I:{}Hello, you?\n{}P:{}“Fine,”{}she said\n",
        "WEBVTT\n\n00:01.000 --> 00:02.000\n<v Int>{}Hello, you?\n\n00:03.000 --> 00:04.000\n<v P3>“Fine,”{}she said\n",
    ],
)
@pytest.mark.parametrize("space", [" ", "\t", "\u00a0", " \t "])
def test_white_space_of_any_length_is_one_space(tmp_path: Path, text: str, space: str) -> None:
    """Labels are looked for in lines without runs of it: a pattern took a minute for 8,000 spaces."""
    assert read(tmp_path, text.replace("{}", space * 30_000)) == HELLO


def test_equal_words_are_one_object(tmp_path: Path) -> None:
    (tmp_path / "t.txt").write_text("I: so\nP: so so\n" * 50)
    words = typed.read(tmp_path / "t.txt", id="P3").words
    assert len(words) == 150
    assert len({id(word) for word in words}) == 2
