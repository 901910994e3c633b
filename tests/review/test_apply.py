"""What each edit does, and what holds for any list of them."""

from __future__ import annotations

import json
import random
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.core.document import Document, Turn, Word
from pipeline.review.apply import apply, corrected
from pipeline.review.edits import (
    Accept,
    Change,
    Confirm,
    Decide,
    Delete,
    Divide,
    Edit,
    EntityAnchor,
    Insert,
    InsertEvent,
    Join,
    Merge,
    Overlap,
    Redact,
    Reject,
    RemoveEvent,
    Replace,
    Sign,
    Speaker,
    Split,
    SwapRoles,
    Undo,
    from_json,
    in_force,
    to_json,
)
from tests.review.worlds import Hand, edit_lists, interview, random_edits, shown, text_of

NIAMH = EntityAnchor(id="E2", forms=("Nimah",))
WILL = EntityAnchor(id="E4", forms=("Will",))

#: name: what is done, what is read then, what is not.
CASES: dict[str, tuple[Callable[[Hand], Edit], str, str]] = {
    "a word": (lambda h: Replace(text="cellar", **h.on("ward")), "on the cellar when", "ward"),
    "two for one": (lambda h: Replace(text="kettle on", **h.on("daft")), "sounds kettle on but", "daft"),
    "one for three": (lambda h: Replace(text="fine", **h.on("it", 1, 3)), "really fine but", "daft"),
    "a hidden word stays hidden": (
        lambda h: Replace(text="Niamh Larter", **h.on("Nimah")),
        "that [person 1] would",
        "Larter",
    ),
    "missed words": (lambda h: Insert(text="oh my", **h.before("glad")), "was oh my glad", "was glad"),
    "at the very beginning": (lambda h: Insert(text="Right", **h.before("So")), "Right So how", "x-"),
    "not said": (lambda h: Delete(**h.on("um")), "I was I was glad", "um"),
    "a name deleted": (lambda h: Delete(**h.on("Eye")), "come to and I", "[town]"),
    "a name hidden": (
        lambda h: Redact(category="PLACE", replacement="[city]", **h.on("Manchester")),
        "of [city] laughing",
        "Manchester",
    ),
    "hidden as a known person": (
        lambda h: Redact(category="PERSON", replacement="[x]", entity=NIAMH, **h.on("scribe")),
        "handed [person 1] north",
        "scribe",
    ),
    "shown again": (lambda h: Reject(**h.on("Hope")), "well Hope said", "well [participant]"),
    "shown here only": (lambda h: Reject(**h.on("Hope")), "and [participant] were", "and Hope"),
    "shown everywhere": (lambda h: Reject(everywhere=True, **h.on("Hope")), "and Hope were", "[participant]"),
    "called otherwise": (
        lambda h: Change(replacement="[sister]", **h.on("Nimah")),
        "that [sister] would",
        "that [person 1]",
    ),
    "here only": (lambda h: Change(replacement="[sister]", **h.on("Nimah")), "then [person 1] rang", "then [sister]"),
    "everywhere": (
        lambda h: Change(replacement="[sister]", everywhere=True, **h.on("Nimah")),
        "then [sister] rang",
        "[person 1]",
    ),
    "as somebody else": (lambda h: Change(entity=WILL, **h.on("Nimah")), "that [person 2] would", "that [person 1]"),
    "a flag hidden": (
        lambda h: Decide(decision="replace", replacement="[a rare trade]", **h.on("left")),
        "only [a rare trade] handed",
        "left",
    ),
    "a flag kept": (lambda h: Decide(decision="keep", **h.on("left")), "only left handed", "[identifying"),
    "merged": (lambda h: Merge(entities=(WILL,), into=NIAMH, **h.fields), "but [person 1] and", "[person 2]"),
}


@pytest.mark.parametrize("typed", [False, True])
@pytest.mark.parametrize("case", CASES)
def test_what_is_read_then(case: str, typed: bool) -> None:
    make, read, gone = CASES[case]
    hand = Hand(interview(typed=typed))
    hand.do(make(hand))
    result = apply(hand.document, hand.edits)
    assert result.unfitting == ()
    assert read in shown(result.document)
    assert gone not in shown(result.document)


def test_a_corrected_word_keeps_its_time() -> None:
    hand = Hand(interview())
    before = {w.text: w for w in hand.document.words}
    hand.do(Replace(text="sounds completely mad", **hand.on("sounds", count=2)))  # type: ignore[arg-type]
    after = {w.text: w for w in hand.now.words}
    assert after["sounds"] == before["sounds"]
    assert after["completely"].start == before["daft"].start
    assert after["mad"].end == before["daft"].end
    assert after["completely"].end == after["mad"].start
    assert after["mad"].confidence is None


def test_missed_words_lie_in_the_gap_or_reach_into_their_neighbours() -> None:
    hand = Hand(interview())
    hand.do(Insert(text="oh", **hand.before("glad")))  # type: ignore[arg-type]
    words = hand.now.words
    n = next(k for k, w in enumerate(words) if w.text == "oh")
    before, new, after = words[n - 1 : n + 2]
    assert (new.start, new.end) == (before.end, after.start)
    hand.do(Insert(text="dear", **hand.before("glad")))  # type: ignore[arg-type]
    dear = next(w for w in hand.now.words if w.text == "dear")
    assert dear.start is not None
    assert dear.end is not None
    assert dear.end > dear.start


def test_turns_are_split_and_joined() -> None:
    hand = Hand(interview())
    hand.do(Split(**hand.on("and", 0)))  # type: ignore[arg-type]
    assert [w.text for w in hand.now.words if w.has("opens_turn")] == ["and"]
    hand.do(Join(**hand.on("and", 0)))  # type: ignore[arg-type]
    assert not any(w.has("opens_turn") for w in hand.now.words)
    hand.do(Join(**hand.on("mm")))  # type: ignore[arg-type]
    assert {w.role for w in hand.now.words if w.text == "mm"} == {"P"}
    hand.do(Join(**hand.on("So")))  # type: ignore[arg-type]
    assert [u.why for u in apply(hand.document, hand.edits).unfitting] == ["there is no turn before it"]


def test_a_stretch_changes_its_speaker_in_words_and_in_turns() -> None:
    hand = Hand(interview())
    document = hand.document.with_(turns=())
    hand.do(Speaker(role="I", **hand.on("safe", count=2)))  # type: ignore[arg-type]
    changed = [w for w in apply(document, hand.edits).document.words if w.text in ("safe", "really")]
    assert {(w.role, w.speaker) for w in changed} == {("I", "SPEAKER_00")}
    hand.do(Speaker(role="P", aside=True, **hand.on("safe", count=2)))  # type: ignore[arg-type]
    assert all(w.has("backchannel") for w in hand.now.words if w.text in ("safe", "really"))


def test_roles_are_swapped() -> None:
    hand = Hand(interview())
    hand.do(SwapRoles(**hand.fields))  # type: ignore[arg-type]
    assert hand.now.words[0].role == "P"
    assert [r.role for r in hand.now.roles] == ["P", "I"]


def test_events_come_and_go_and_move_with_the_words() -> None:
    hand = Hand(interview())
    hand.do(InsertEvent(event="nonverbal", text="(sighs)", **hand.before("safe")))  # type: ignore[arg-type]
    hand.do(Insert(text="oh well", **hand.before("So")))  # type: ignore[arg-type]
    now = hand.now
    assert [(e.text, now.words[e.before_word].text) for e in now.events] == [("laughs", "laughing"), ("sighs", "safe")]
    hand.do(RemoveEvent(event="nonverbal", **hand.before("laughing")))  # type: ignore[arg-type]
    assert [e.text for e in hand.now.events] == ["sighs"]
    hand.do(InsertEvent(event="pause", seconds=4.0, **hand.before("glad")))  # type: ignore[arg-type]
    pause = next(e for e in hand.now.events if e.kind == "pause")
    assert pause.end is not None
    assert pause.end - (pause.start or 0) == pytest.approx(4.0)


def test_doubts_are_settled() -> None:
    document = interview()
    words = tuple(w.model_copy(update={"flags": ("uncertain", "overlap")}) for w in document.words)
    hand = Hand(document.with_(words=words))
    hand.do(Confirm(**hand.on("safe")))  # type: ignore[arg-type]
    hand.do(Overlap(on=False, **hand.on("really")))  # type: ignore[arg-type]
    by_text = {w.text: w for w in hand.now.words}
    assert by_text["safe"].flags == ("overlap",)
    assert by_text["really"].flags == ("uncertain",)


def test_who_decided_and_when_stands_with_the_redaction() -> None:
    hand = Hand(interview())
    hand.do(Accept(everywhere=True, **hand.on("Nimah")))  # type: ignore[arg-type]
    hand.do(Reject(**hand.on("Eye")))  # type: ignore[arg-type]
    hand.do(Change(replacement="[brother]", everywhere=True, **hand.on("Will")))  # type: ignore[arg-type]
    told = {(r.entity, r.decision, r.reviewer) for r in hand.now.redactions if r.decision}
    assert told == {("E2", "accepted", "JL"), ("E3", "rejected", "JL"), ("E4", "edited", "JL")}


def test_forms_of_an_entity_become_somebody_else() -> None:
    hand = Hand(interview())
    hand.do(Merge(entities=(WILL,), into=NIAMH, **hand.fields))  # type: ignore[arg-type]
    both = EntityAnchor(id="E2", forms=("Nimah", "Will"))
    hand.do(Divide(entity=both, forms=("Will",), category="ORG", replacement="[club]", **hand.fields))  # type: ignore[arg-type]
    assert "but [club] and" in shown(hand.now)
    assert "that [person 1] would" in shown(hand.now)
    assert {e.forms for e in hand.now.entities if e.id in ("E2", "He1")} == {("Nimah",), ("Will",)}


def test_a_later_correction_carries_an_earlier_decision_along() -> None:
    hand = Hand(interview())
    hand.do(Redact(category="PLACE", replacement="[city]", **hand.on("Manchester")))  # type: ignore[arg-type]
    hand.do(Replace(text="Manchester Piccadilly", **hand.on("Manchester")))  # type: ignore[arg-type]
    assert "of [city] laughing" in shown(hand.now)
    hand.do(Delete(**hand.on("Manchester", count=2)))  # type: ignore[arg-type]
    result = apply(hand.document, hand.edits)
    assert "[city]" not in shown(result.document)
    assert result.unfitting == ()


def test_a_signature_holds_until_the_next_change() -> None:
    hand = Hand(interview())
    hand.do(Sign(heard=1.0, **hand.fields))  # type: ignore[arg-type]
    assert apply(hand.document, hand.edits).signed is not None
    hand.do(Delete(**hand.on("um")))  # type: ignore[arg-type]
    assert apply(hand.document, hand.edits).signed is None
    hand.do(Undo(edit="e1", **hand.fields))  # type: ignore[arg-type]
    assert apply(hand.document, hand.edits).signed is not None


@pytest.mark.parametrize(
    ("undos", "left"),
    [([], "ab"), (["a"], "b"), (["a", "u0"], "ab"), (["a", "u0", "u1"], "b"), (["none"], "ab"), (["u5"], "ab")],
)
def test_undo_and_redo(undos: list[str], left: str) -> None:
    edits: list[Edit] = [SwapRoles(id="a"), SwapRoles(id="b")]
    edits += [Undo(id=f"u{n}", edit=name) for n, name in enumerate(undos)]
    assert "".join(e.id for e in in_force(edits)) == left


def test_an_edit_is_the_same_read_back() -> None:
    for edit in random_edits(interview(), random.Random(4), 60):
        assert from_json(to_json(edit)) == edit
        assert "\n" not in to_json(edit)
        assert {"id", "who", "when", "kind"} <= json.loads(to_json(edit)).keys()


@settings(max_examples=300, deadline=None)
@given(edit_lists)
def test_the_same_edits_give_the_same_document_however_often(drawn: tuple[Document, list[Edit]]) -> None:
    document, edits = drawn
    once = apply(document, edits)
    assert apply(document, [from_json(to_json(e)) for e in edits]) == once
    assert apply(once.document, edits) == once
    halfway = apply(document, edits[: len(edits) // 2]).document
    assert apply(halfway, edits) == once
    assert len(once.ids) == len(set(once.ids)) == len(once.document.words)
    size = len(once.document.words)
    assert all(0 <= r.first <= r.last < size for r in once.document.redactions)
    assert all(0 <= e.before_word <= size for e in once.document.events)
    assert {r.entity for r in once.document.applied()} - {""} <= {e.id for e in once.document.entities}
    assert len({e.id for e in once.document.entities}) == len(once.document.entities)


@settings(max_examples=150, deadline=None)
@given(edit_lists)
def test_what_is_undone_was_never_done(drawn: tuple[Document, list[Edit]]) -> None:
    document, edits = drawn
    before = apply(document, [])
    undone = [*edits, *(Undo(edit=e.id) for e in reversed(edits))]
    assert apply(document, undone) == before
    assert text_of(apply(document, undone).document) == text_of(document)
    if edits:
        last = edits[-1]
        assert apply(document, [*edits, Undo(edit=last.id)]).document == apply(document, edits[:-1]).document


@settings(max_examples=100, deadline=None)
@given(edit_lists)
def test_words_are_the_same_before_redaction_and_after(drawn: tuple[Document, list[Edit]]) -> None:
    """What the redact stage reads is what the reviewer saw; and the decisions fit what it makes of that."""
    document, edits = drawn
    first = corrected(document, edits)
    assert first.document.words == apply(document, edits).document.words
    assert first.document.redactions == ()
    again = apply(first.document, edits)
    assert again.document.words == first.document.words
    assert again.ids == first.ids


def perturbed(document: Document, random_: random.Random) -> Document:
    """The same recording heard by another engine: other times, case and commas, a word misheard, lost or added here
    and there."""
    words: list[Word] = []
    for word in document.words:
        chance, moved = random_.random(), word.model_copy(update={"confidence": 0.5})
        if word.start is not None and word.end is not None:
            shift = random_.uniform(-0.15, 0.15)
            moved = moved.model_copy(update={"start": max(0.0, word.start + shift), "end": word.end + shift})
        if chance < 0.03:
            continue
        if chance < 0.06:
            words.append(moved.model_copy(update={"text": "uh"}))
        if chance < 0.12:
            moved = moved.model_copy(update={"text": moved.text[:-1] + "x" if len(moved.text) > 3 else moved.text})
        elif chance < 0.3:
            moved = moved.model_copy(update={"text": moved.text.capitalize() + ","})
        words.append(moved)
    return document.with_(words=tuple(words), redactions=(), entities=(), events=())


def test_edits_survive_another_hearing() -> None:
    """Corrections of words that were heard alike: nine in ten land on their words, none on others."""
    landed = listed = 0
    for seed in range(60):
        random_ = random.Random(seed)
        document = interview(typed=seed % 3 == 0)
        hand = Hand(document)
        for _ in range(4):
            now = hand.now
            n = random_.randrange(len(now.words))
            said = now.words[n].text
            if said.startswith("NEW"):
                continue
            nth = [k for k, w in enumerate(now.words) if w.text == said].index(n)
            hand.do(Replace(text=f"NEW{len(hand.edits)}", **hand.on(said, nth)))  # type: ignore[arg-type]
        other = perturbed(document, random_)
        result = apply(other, hand.edits)
        listed += len(result.unfitting)
        landed += sum(w.text.startswith("NEW") for w in result.document.words)
        for word in result.document.words:
            if word.text.startswith("NEW") and document.source != "typed":
                was = next(w for w in hand.now.words if w.text == word.text)
                assert abs((word.start or 0) - (was.start or 0)) < 1.0
        assert len(result.unfitting) + sum(w.text.startswith("NEW") for w in result.document.words) == len(hand.edits)
    assert landed > 9 * listed


def test_what_was_put_right_and_is_heard_right_now_is_neither_done_twice_nor_listed() -> None:
    hand = Hand(interview())
    hand.do(Replace(text="Niamh", **hand.on("Nimah")))  # type: ignore[arg-type]
    hand.do(Insert(text="oh dear", **hand.before("glad")))  # type: ignore[arg-type]
    hand.do(Delete(**hand.on("um")))  # type: ignore[arg-type]
    heard = hand.now.with_(unreviewed=None, redactions=(), entities=())
    shifted = tuple(
        w.model_copy(update={"start": (w.start or 0) + 0.07, "end": (w.end or 0) + 0.07}) for w in heard.words
    )
    result = apply(heard.with_(words=shifted), hand.edits)
    assert result.unfitting == ()
    assert text_of(result.document) == text_of(heard)


def test_an_edit_of_another_interview_is_listed() -> None:
    hand = Hand(interview())
    hand.do(Replace(text="x", **hand.on("breathe")))  # type: ignore[arg-type]
    hand.do(Redact(category="PLACE", replacement="[city]", **hand.on("Manchester")))  # type: ignore[arg-type]
    hand.do(Reject(**hand.on("Eye")))  # type: ignore[arg-type]
    other = Document(id="Q", words=tuple(Word(text=f"w{n}", start=n, end=n + 0.5) for n in range(40)))
    result = apply(other, hand.edits)
    assert [u.edit.kind for u in result.unfitting] == ["replace", "redact", "reject"]
    assert text_of(result.document) == text_of(other)


@given(st.integers(1, 4), st.lists(st.text("abcde", min_size=1, max_size=5), min_size=1, max_size=5))
def test_times_of_corrected_words_stay_in_order_and_inside(count: int, texts: list[str]) -> None:
    hand = Hand(interview())
    hand.do(Replace(text=" ".join(texts), **hand.on("sounds", count=count)))  # type: ignore[arg-type]
    words = hand.now.words
    old = hand.document.words
    first = next(n for n, w in enumerate(old) if w.text == "sounds")
    new = words[first : first + len(texts)]
    assert new[0].start == old[first].start
    assert new[-1].end == old[first + count - 1].end
    ends = [t for w in new for t in (w.start, w.end)]
    assert ends == sorted(ends)  # type: ignore[type-var]


def test_who_spoke_when_follows_a_change_of_speaker() -> None:
    document = interview()
    turns = (Turn(start=0.0, end=8.0, speaker="SPEAKER_00"), Turn(start=8.0, end=40.0, speaker="SPEAKER_01"))
    hand = Hand(document.with_(turns=turns))
    hand.do(Speaker(role="I", **hand.on("safe")))  # type: ignore[arg-type]
    word = next(w for w in hand.now.words if w.text == "safe")
    spoken = [(t.start, t.end, t.speaker) for t in hand.now.turns]
    assert spoken[0] == (0.0, 8.0, "SPEAKER_00")
    assert spoken[1:] == [
        (8.0, word.start, "SPEAKER_01"),
        (word.start, word.end, "SPEAKER_00"),
        (word.end, 40.0, "SPEAKER_01"),
    ]
