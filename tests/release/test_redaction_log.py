"""share/redactions.csv: one row per span, the line it stands on, no original."""

from __future__ import annotations

import csv

from pipeline.core.document import Document, Redaction, Word
from pipeline.core.settings import LinesSettings
from pipeline.release import redaction_log
from pipeline.transcript import notation
from pipeline.transcript.lines import number


def interview(*, timed: bool) -> Document:
    said = [("I", "Who was there?"), ("P", "Well, Siobhan's sister, um, and " + "then " * 20 + "Will in 07700 900123.")]
    words: list[Word] = []
    for role, text in said:
        for w in text.split():
            at = 0.5 * len(words)
            words.append(Word(text=w, role=role, start=at if timed else None, end=at + 0.4 if timed else None))
    index = {w.text: n for n, w in enumerate(words)}
    spans = [
        Redaction(
            id="R1", category="PERSON", entity="E1", first=4, last=4, replacement="[friend]", tail="'s", method="names"
        ),
        Redaction(
            id="R2", category="PERSON", entity="E2", first=index["Will"], last=index["Will"], replacement="[brother]"
        ),
        Redaction(
            id="R3",
            category="PHONE",
            entity="E3",
            first=index["07700"],
            last=index["900123."],
            replacement="[phone number]",
        ),
        Redaction(
            id="R4", category="QUASI", entity="E4", first=5, last=5, replacement="", action="flag", confidence=0.5
        ),
        Redaction(id="R5", category="PLACE", entity="E5", first=6, last=6, replacement="", action="keep"),
    ]
    return Document(id="P3", source="recording" if timed else "typed", words=tuple(words), redactions=tuple(spans))


def test_rows_with_and_without_times() -> None:
    for timed in (True, False):
        document = interview(timed=timed)
        transcript = number(document, LinesSettings(width=30), notation.load("default"))
        rows = redaction_log.rows(document, transcript)
        assert [r["span_id"] for r in rows] == ["R1", "R4", "R2", "R3"]
        shown = {line.label: line.text for line in transcript.lines}
        for row in rows:
            if row["replacement"]:
                lines = row["line"].split("-")
                assert any(row["replacement"].split()[0] in shown[label] for label in lines), row
        assert [r["decision"] for r in rows] == ["auto", "open", "auto", "auto"]
        assert bool(rows[0]["t_start"]) is timed
        assert rows[0]["turn"] == "T2"
        number_words = document.words[document.redactions[2].first :]
        times = tuple(f"{at:.1f}" for at in (number_words[0].start, number_words[1].end)) if timed else ("", "")
        assert (rows[3]["t_start"], rows[3]["t_end"]) == times  # from the first word's start to the last one's end


def test_file_has_no_original_and_guards_cells() -> None:
    document = interview(timed=True)
    transcript = number(document, LinesSettings(), notation.load("default"))
    decided = {"decision": "accepted", "reviewer": "=AB", "decided": "2026-01-01T10:00:00"}
    first, *others = document.redactions
    document = document.with_(redactions=(first.model_copy(update=decided), *others))
    data = redaction_log.render(document, transcript)
    assert data.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(data.decode("utf-8-sig").splitlines()))
    assert tuple(rows[0]) == redaction_log.COLUMNS
    assert rows[0]["decision"] == "accepted"
    assert rows[0]["reviewer"] == "'=AB"
    assert not any(word in data for word in (b"Siobhan", b"Will", b"07700", b"900123"))
