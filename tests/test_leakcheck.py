"""The leak check: finds originals wherever a file can hide them, and does not cry wolf."""

from __future__ import annotations

import gzip
import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline import leakcheck
from pipeline.document import Category, Document, Redaction, Word
from pipeline.errors import IpaError, LeakError

SAID = (
    "P: My friend Siobhan Larter's nice, and Will will come. I hope Hope comes to Garboldisham. She is fifty-three. "
    "Ring 07700 900123 or oh seven seven double oh nine hundred, in hope."
)
HIDDEN: list[tuple[Category, str, str]] = [
    ("PERSON", "Siobhan Larter's", "'s"),
    ("PERSON", "Will", ""),
    ("PERSON", "Hope", ""),
    ("PLACE", "Garboldisham.", "."),
    ("AGE", "fifty-three.", "."),
    ("PHONE", "07700 900123", ""),
    ("PHONE", "oh seven seven double oh nine hundred,", ","),
]


def document(hidden: list[tuple[Category, str, str]] = HIDDEN, said: str = SAID) -> Document:
    words = said.removeprefix("P: ").split()
    redactions = []
    for n, (category, text, tail) in enumerate(hidden):
        parts = text.split()
        first = next(k for k in range(len(words)) if words[k : k + len(parts)] == parts)
        redactions.append(
            Redaction(
                id=f"R{n + 1}",
                category=category,
                entity=f"E{n + 1}",
                first=first,
                last=first + len(parts) - 1,
                replacement=f"[{category.lower()}]",
                tail=tail,
            )
        )
    return Document(
        id="P3", source="typed", words=tuple(Word(text=w, role="P") for w in words), redactions=tuple(redactions)
    )


def zipped(name: str, data: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(name, data)
    return out.getvalue()


def docx_with(paragraph: str = "", author: str = "", runs: tuple[str, ...] = ()) -> bytes:
    import docx

    made = docx.Document()
    made.core_properties.author = author
    p = made.add_paragraph(paragraph)
    for run in runs:
        p.add_run(run).bold = run == runs[0]
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def pdf_with(text: str, title: str = "") -> bytes:
    import typst

    return bytes(typst.compile(f'#set document(title: "{title}")\n{text}\n'.encode()))


LEAKS: dict[str, tuple[str, Callable[[], bytes], str]] = {
    "plain": ("t.txt", lambda: b"214  and Siobhan came", "R1"),
    "lower case": ("t.txt", lambda: b"siobhan", "R1"),
    "family name alone": ("t.txt", lambda: "the Larter’s house".encode(), "R1"),
    "utf-16": ("t.txt", lambda: "and Siobhan".encode("utf-16"), "R1"),
    "file name": ("siobhan.txt", lambda: b"nothing", "R1"),
    "place": ("t.csv", lambda: b"1,P,in Garboldisham", "R4"),
    "sounds alike": ("t.txt", lambda: b"and Shivaun came, and Garbaldisham", "R4"),
    "age": ("t.txt", lambda: b"she is fifty three now", "R5"),
    "wrapped": ("t.txt", lambda: b"12 P: she is fifty\n13    three now", "R5"),
    "number": ("t.json", lambda: b'{"text": "07700 900 123"}', "R6"),
    "number grouped otherwise": ("t.txt", lambda: b"0770-0900-123", "R6"),
    "number as words": ("t.txt", lambda: b"oh seven seven double oh, nine hundred", "R7"),
    "name that is a word": ("t.txt", lambda: b"and then Will came", "R2"),
    "docx text": ("t.docx", lambda: docx_with("then Siobhan came"), "R1"),
    "docx split runs": ("t.docx", lambda: docx_with(runs=("Sio", "bhan")), "R1"),
    "docx author": ("t.docx", lambda: docx_with(author="Siobhan L"), "R1"),
    "pdf text": ("t.pdf", lambda: pdf_with("then Siobhan came"), "R1"),
    "pdf title": ("t.pdf", lambda: pdf_with("text", title="Interview Siobhan"), "R1"),
    "zip member": ("t.qdpx", lambda: zipped("sources/a.txt", b"Siobhan"), "R1"),
    "zip member name": ("t.qdpx", lambda: zipped("sources/Siobhan.txt", b"x"), "R1"),
    "zip in zip": ("t.zip", lambda: zipped("a.zip", zipped("b.txt", b"Siobhan")), "R1"),
    "gzip": ("t.gz", lambda: gzip.compress(b"Siobhan"), "R1"),
    "xml attribute": ("t.xml", lambda: b'<?xml version="1.0"?><a author="Siobhan"/>', "R1"),
    "html comment": ("t.html", lambda: b"<!doctype html><!-- Siobhan --><p>x", "R1"),
    "html script": ("t.html", lambda: b'<!doctype html><script>const a="Siobhan"</script>', "R1"),
    "html entity": ("t.html", lambda: b"<!doctype html><p>Siobh&#97;n", "R1"),
    "sound metadata": ("t.flac", lambda: b"fLaC\x00\x00\x00title=Siobhan\x00\x01\x02", "R1"),
}


@pytest.mark.parametrize("name", LEAKS)
def test_leaks_are_found(tmp_path: Path, name: str) -> None:
    file, data, span = LEAKS[name]
    (tmp_path / file).write_bytes(data())
    hits = leakcheck.check(tmp_path, document())
    assert span in {h.span for h in hits}
    assert all(h.file.startswith(file) for h in hits)
    with pytest.raises(LeakError) as error:
        leakcheck.require_clean(tmp_path, document())
    if file != "siobhan.txt":
        assert not {"siobhan", "larter", "garboldisham", "07700"} & set(str(error.value).lower().split())


@pytest.mark.parametrize(
    "text",
    [
        "My friend [person]'s nice, and [person] will come. I hope [person] comes to [place]. She is [age].",
        "Will he? I don't know.",
        "fifty minutes, three times",
        "[friend 1], lines 214-219, 00:53:07, 900123, 07700",
        "the number 53",
        "Sarah, Larry and Willow sat in Garstang",
    ],
)
def test_no_false_alarm(tmp_path: Path, text: str) -> None:
    (tmp_path / "t.txt").write_text(text, "utf-8")
    said = f"{SAID} Will he? I don't know."
    assert leakcheck.check(tmp_path, document(said=said)) == []


def test_the_programs_own_words_are_nobodys(tmp_path: Path) -> None:
    words = sorted(leakcheck.own_words())
    assert "Siobhan" not in words
    assert "Line" in words or "line" in words
    (tmp_path / "t.docx").write_bytes(docx_with("Page 1"))
    (tmp_path / "t.txt").write_text("Line Speaker Text", "utf-8")
    hidden: list[tuple[Category, str, str]] = [("PERSON", "Page", ""), ("PERSON", "Line", "")]
    assert leakcheck.check(tmp_path, document(hidden, "P: then Page met Line there")) == []


def test_kept_words_of_the_key_sheet(tmp_path: Path) -> None:
    hidden: list[tuple[Category, str, str]] = [("ORG", "Norfolk Kestrels", "")]
    made = document(hidden, "P: the Norfolk Kestrels up in Norfolk they")
    (tmp_path / "t.txt").write_text("up in Norfolk they", "utf-8")
    assert leakcheck.check(tmp_path, made)
    assert leakcheck.check(tmp_path, made, keep=["Norfolk"]) == []
    assert leakcheck.survivors(made) == [(5, "R1")]
    assert leakcheck.survivors(made, ["Norfolk"]) == []


def test_survivors_are_names_and_what_sounds_like_them() -> None:
    made = document(said=f"{SAID} Then Shivaun and Siobhan, and will Will hope")
    texts = [made.words[n].text for n, _ in leakcheck.survivors(made)]
    assert "Siobhan," in texts
    assert not {"will", "Will", "hope"} & set(texts)


def test_forbidden_text(tmp_path: Path) -> None:
    (tmp_path / "t.txt").write_text("made from P03 Hope.m4a", "utf-8")
    hits = leakcheck.check(tmp_path, document(), forbidden=[("source file name", "p03 hope.m4a")])
    assert ("", "source file name") in {(h.span, h.kind) for h in hits}


def test_what_cannot_be_read_is_not_clean(tmp_path: Path) -> None:
    (tmp_path / "t.docx").write_bytes(b"PK\x03\x04 damaged")
    with pytest.raises(IpaError, match="damaged"):
        leakcheck.check(tmp_path, document())


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(["Siobhan", "Garboldisham", "well,", "um", "Hope", "hope", "nice."]), max_size=12))
def test_a_rendering_is_clean_and_one_with_a_name_is_not(
    tmp_path_factory: pytest.TempPathFactory, words: list[str]
) -> None:
    hidden = [n for n, w in enumerate(words) if w in ("Siobhan", "Garboldisham", "Hope")]
    made = Document(
        id="P3",
        words=tuple(Word(text=w, role="P") for w in words),
        redactions=tuple(
            Redaction(id=f"R{n}", category="PERSON", entity="E", first=n, last=n, replacement="[x]") for n in hidden
        ),
    )
    folder = tmp_path_factory.mktemp("share")
    shown = " ".join("[x]" if n in hidden else w for n, w in enumerate(words))
    (folder / "t.txt").write_text(shown, "utf-8")
    assert leakcheck.check(folder, made) == []
    if hidden:
        (folder / "t.txt").write_text(f"{shown} {words[hidden[0]]}", "utf-8")
        assert leakcheck.check(folder, made) != []


def test_a_number_of_noughts_is_no_colour(tmp_path: Path) -> None:
    made = Document(
        id="P3",
        words=(Word(text="00000000", role="P"),),
        redactions=(
            Redaction(id="R1", category="OTHER_ID", entity="E", first=0, last=0, replacement="[reference number]"),
        ),
    )
    with zipfile.ZipFile(tmp_path / "t.docx", "w") as archive:
        archive.writestr("word/styles.xml", "<w:color w:val='00000000'/>")
    assert leakcheck.check(tmp_path, made) == []
    with zipfile.ZipFile(tmp_path / "t.docx", "a") as archive:
        archive.writestr("word/document.xml", "<w:p>00000000</w:p>")
    assert leakcheck.check(tmp_path, made)
