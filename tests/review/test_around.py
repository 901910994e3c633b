"""Around the edits: other mentions that are offered, the log filled in by hand, the figures."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.core.document import Document, Word
from pipeline.core.errors import BadInputError, UsageProblem
from pipeline.core.settings import LinesSettings
from pipeline.release import redaction_log
from pipeline.review import offers, stats, store
from pipeline.review.anchors import Place
from pipeline.review.apply import apply
from pipeline.review.edits import Delete, Edit, Insert, Redact, Reject, Replace, Sign, Speaker, SwapRoles
from pipeline.review.from_log import edits_from_log
from pipeline.transcript import notation
from pipeline.transcript.lines import number
from tests.review.worlds import Hand, interview, shown


def said(text: str) -> Document:
    return Document(id="x", words=tuple(Word(text=t, role="P") for t in text.split()))


@pytest.mark.parametrize(
    ("text", "count", "found"),
    [
        ("Niamh came and niamh's dog and NIAMH, yes", 1, [("niamh's", "same"), ("NIAMH,", "same")]),
        ("Siobhan or Shavorn, and Siobhan again", 1, [("Siobhan", "same")]),
        ("Larter Hope came, Larter Hope. Mr Larter hoped, hope", 2, [("Larter Hope.", "same"), ("Larter", "part")]),
        ("the house was the house", 1, [("the", "same")]),
        ("Niamh and Neive were there", 1, [("Neive", "sounds alike")]),
        ("Niamh was here", 1, []),
        ("- and - here", 1, []),
    ],
)
def test_other_mentions_are_offered(text: str, count: int, found: list[tuple[str, str]]) -> None:
    document = said(text)
    made = offers.mentions(document, Place(0, count - 1))
    told = [(" ".join(w.text for w in document.words[o.place.first : o.place.last + 1]), o.how) for o in made]
    assert [row for row in told if row[1] != "sounds alike" or row in found] == found


def test_what_is_hidden_already_is_not_offered() -> None:
    document = interview()
    hope = next(n for n, w in enumerate(document.words) if w.text == "Hope")
    assert offers.mentions(document, Place(hope, hope)) == []


def log(document: Document) -> list[dict[str, str]]:
    return redaction_log.rows(document, number(document, LinesSettings(), notation.load("default")))


#: What is written into the row of a span, and what is read then; None where nothing is an edit.
FILLED: dict[str, tuple[str, dict[str, str], str | None]] = {
    "nothing": ("R2", {}, None),
    "accepted": ("R2", {"decision": "accepted", "reviewer": "JL"}, "that [person 1] would"),
    "Accepted": ("R2", {"decision": " Accepted "}, "that [person 1] would"),
    "rejected": ("R2", {"decision": "rejected"}, "that Nimah would"),
    "another replacement": ("R2", {"decision": "edited", "replacement": "[aunt]"}, "that [aunt] would"),
    "without brackets": ("R2", {"replacement": "aunt"}, "that [aunt] would"),
    "another category": ("R3", {"category": "org"}, "to [town] and"),
    "a flag hidden": ("R5", {"decision": "accepted"}, "only [identifying detail] handed"),
    "a flag hidden as": ("R5", {"decision": "edited", "replacement": "rare"}, "only [rare] handed"),
    "a flag kept": ("R5", {"decision": "rejected"}, "only left handed"),
}


@pytest.mark.parametrize("case", FILLED)
def test_the_log_filled_in_by_hand(case: str) -> None:
    identity, cells, read = FILLED[case]
    document = interview()
    rows = [{**row, **(cells if row["span_id"] == identity else {})} for row in log(document)]
    edits = edits_from_log(rows, document)
    assert len(edits) == (read is not None)
    if read is not None:
        result = apply(document, edits)
        assert result.unfitting == ()
        assert read in shown(result.document)
        assert edits[0].via == "sheet"
        assert edits[0].who == cells.get("reviewer", "")
        assert edits_from_log(log(result.document), result.document, result.ids) == []


def test_the_log_hides_again_what_was_shown() -> None:
    hand = Hand(interview())
    hand.do(Reject(**hand.on("Nimah")))  # type: ignore[arg-type]
    now = apply(hand.document, hand.edits)
    rows = [
        {**row, "decision": "accepted" if row["decision"] == "rejected" else row["decision"]}
        for row in log(now.document)
    ]
    hand.edits += edits_from_log(rows, now.document, now.ids)
    assert "that [person 1] would" in shown(hand.now)
    assert {r.entity for r in hand.now.applied()} >= {"E2"}


@pytest.mark.parametrize(
    ("cells", "match"),
    [
        ({"span_id": "R99"}, "row 3 fits no redaction"),
        ({"t_start": "999.0"}, "row 3 fits no redaction"),
        ({"t_start": "09:12"}, "row 3 fits no redaction"),
        ({"decision": "acepted"}, "row 3 has a decision.*did you mean 'accepted'"),
        ({"category": "Name"}, "row 3 has a category"),
        ({"replacement": "a\nb"}, "row 3 has a replacement"),
        ({"decision": "accepted", "reviewer": "Jane Larter"}, "row 3 has a replacement, reviewer"),
    ],
)
def test_a_row_that_cannot_be_is_named(cells: dict[str, str], match: str) -> None:
    rows = log(interview())
    rows[1] = {**rows[1], **cells}
    with pytest.raises(BadInputError, match=match) as caught:
        edits_from_log(rows, interview())
    assert "Larter" not in str(caught.value)


def test_a_log_without_its_columns_is_refused() -> None:
    rows = [{k: v for k, v in row.items() if k != "decision"} for row in log(interview())]
    with pytest.raises(BadInputError, match="'decision' is missing"):
        edits_from_log(rows, interview())
    assert edits_from_log([{**dict.fromkeys(log(interview())[0], "")}], interview()) == []


def test_figures_of_a_review() -> None:
    hand = Hand(interview())
    hand.do(Replace(text="cellar", **hand.on("ward")))  # type: ignore[arg-type]
    hand.do(Replace(text="So,", **hand.on("So")))  # type: ignore[arg-type]
    hand.do(Insert(text="oh my", **hand.before("glad")))  # type: ignore[arg-type]
    hand.do(Delete(**hand.on("um")))  # type: ignore[arg-type]
    hand.do(Speaker(role="P", **hand.on("mm")))  # type: ignore[arg-type]
    hand.do(Redact(category="PLACE", replacement="[city]", **hand.on("Manchester")))  # type: ignore[arg-type]
    hand.do(Reject(**hand.on("Eye")))  # type: ignore[arg-type]
    row = stats.of(hand.now, hand.edits)
    assert (row.substituted, row.cased, row.deleted, row.inserted, row.speakers) == (1, 1, 2, 1, 1)
    assert (row.missed, row.wrong, row.changed) == (1, 1, 0)
    assert row.words == len(hand.document.words)
    assert row.word_error_rate == pytest.approx(4 / (row.words + 1))
    both = stats.total([row, row])
    assert (both.words, both.by_kind["replace"]) == (2 * row.words, 4)
    assert len({len(line) for line in stats.table([("P03", row), ("together", both)])}) == 1


def test_minutes_leave_breaks_out_and_a_signature_knows_better() -> None:
    edits: list[Edit] = [SwapRoles(when=f"2026-03-01T21:{m:02}:00+00:00") for m in (0, 1, 3, 40, 44)]
    assert stats.minutes(edits) == pytest.approx(7.0)
    assert stats.minutes([*edits, Sign(minutes=55)]) == 55


def test_figures_need_edits(tmp_path: Path) -> None:
    from pipeline.app import reviewed

    with pytest.raises(UsageProblem, match="nothing was changed"):
        reviewed.figures(tmp_path, ())
    assert store.Stored().version == ""
