"""What must hold of every redacted interview; run a few times by the tests, a thousand times by bench/documents.py.

A random interview: everyday talk of both speakers, identifiers planted in it, as typed or as a recogniser would
write it. Nothing in it belongs to anybody.
"""

from __future__ import annotations

import re
from pathlib import Path

from hypothesis import strategies as st

from pipeline import report
from pipeline.core.document import Document, Word
from pipeline.core.keysheet import KeySheet, parse
from pipeline.core.settings import LinesSettings, Settings
from pipeline.exporters.base import ExportContext
from pipeline.exporters.registry import export
from pipeline.release import leakcheck, redaction_log
from pipeline.release.file_text import fragments_of
from pipeline.stages import redact
from pipeline.transcript import notation
from pipeline.transcript.lines import number
from tests.builders import RECORDING
from tests.redaction.shipped import decided

#: What is said, and the words of it that no file may show.
PLANTED = [
    ("My sister Siobhan rang.", ("siobhan",)),
    ("He's called Oluwaseun Adeyemi-Clarke, lovely man.", ("oluwaseun", "adeyemi")),
    ("That was Dr Rajagopalan at Kestrel Ward.", ("rajagopalan", "kestrel")),
    ("We lived in Garboldisham then.", ("garboldisham",)),
    ("It's 07700 900 461, ring after six.", ("900 461", "900461")),
    ("oh double seven double oh, nine hundred, four six one", ("four six one",)),
    ("My email is siobhan dot okafor at example dot com.", ("okafor", "siobhan dot")),
    ("The number's 999 042 7315 on the letter.", ("042 7315", "0427315")),
    ("She was born on the fourteenth of March 1987.", ("fourteenth of march",)),
    ("Postcode is NR31 9ZZ I think.", ("nr31", "9zz")),
    ("I rang Siobhan's mate Oluwaseun again.", ("siobhan", "oluwaseun")),
    ("It is spelt E-I-L-I-D-H with a D.", ("e-i-l-i-d-h",)),
]
TALK = [
    "And so we went, um, I hope she will.",
    "Then he said he'd mark it twenty minutes later.",
    "I- I mean, no, it was May, section two, you know.",
    "Right. And how did that feel?",
    "Mm-hm.",
    "The CPN came and (laughs) that was that.",
]
ODD = st.text(min_size=1, max_size=12).filter(lambda t: t.split() == [t])
SENTENCES = st.one_of(st.sampled_from([s for s, _ in PLANTED]), st.sampled_from(TALK), st.sampled_from(TALK), ODD)
TURNS = st.lists(st.tuples(st.sampled_from("IP"), st.lists(SENTENCES, min_size=1, max_size=4)), min_size=1, max_size=8)
SHEET = parse(b"participant: {names: [Siobhan]}\nplaces: [Garboldisham]\n", "P1.yaml")


def interview(turns: list[tuple[str, list[str]]], heard: bool) -> Document:
    """A document of these turns; `heard` gives its words times and a recogniser's confidence."""
    words = []
    for role, sentences in turns:
        for text in " ".join(sentences).split():
            at = round(0.4 * len(words), 3)
            timed = {"start": at, "end": at + 0.3, "confidence": 0.6 + 0.4 * (len(text) % 2)} if heard else {}
            words.append(Word(text=text, role=role, **timed))
    if heard:
        return Document(id="P1", source="recording", words=tuple(words), recording=RECORDING)
    return Document(id="P1", source="typed", words=tuple(words))


def redacted(document: Document, sheet: KeySheet | None) -> Document:
    """What the redact stage does."""
    return redact.hide_residue(decided(document, sheet), sheet)


def check_spans(before: Document, once: Document) -> None:
    """Every span lies in the words, apart from the others, with lead and tail as they are written there."""
    taken: set[int] = set()
    for span in once.redactions:
        assert 0 <= span.first <= span.last < len(once.words)
        assert not taken & set(range(span.first, span.last + 1))
        taken |= set(range(span.first, span.last + 1))
        said = " ".join(w.text for w in before.words[span.first : span.last + 1])
        assert said.startswith(span.lead)
        assert said.endswith(span.tail)
        assert len(span.lead) + len(span.tail) < len(said)


def check_interview(turns: list[tuple[str, list[str]]], heard: bool, known: bool, folder: Path) -> None:
    """Offsets exact, twice the same, and no original in any file of any format."""
    sheet = SHEET if known else None
    before = interview(turns, heard)
    once = redacted(before, sheet)
    check_spans(before, once)
    assert once.words == before.words
    again = redacted(once.with_(redactions=(), entities=(), notes=before.notes), sheet)
    assert again == once
    twins = leakcheck.Twins(folder, once)
    twins.write(write_all)
    assert twins.withhold() == []
    shown = {p.name: _shown(p) for p in twins.files.iterdir()}
    for _, sentences in turns:
        for sentence, originals in PLANTED:
            if sentence in sentences:
                for original in originals:
                    for name, text in shown.items():
                        assert original not in text, f"{original} of {sentence!r} is in {name}"


def write_all(document: Document, folder: Path) -> None:
    """Everything that is shared: every format that the document can have, the report and the log."""
    transcript = number(document, LinesSettings(), notation.load("default"))
    export(transcript, ["all"], folder, ExportContext(study="ALL"))
    for name, data in report.files(document, transcript, Settings()).items():
        (folder / name).write_bytes(data)
    (folder / "redactions.csv").write_bytes(redaction_log.render(document, transcript))


def _shown(path: Path) -> str:
    pieces = [piece.text for piece in fragments_of(path, path.name) if not piece.binary]
    return re.sub(r"\s+", " ", " ".join(pieces)).lower()
