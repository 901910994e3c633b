"""Words that should read something else: as few edits as possible, and they do."""

from __future__ import annotations

import random
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.core.document import Document, Word, WordFlag
from pipeline.review.apply import apply
from pipeline.review.compare import changes, edits_for_text
from pipeline.review.edits import MAX_TEXT, Edit, WordEdit
from pipeline.review.replay import Unfitting, with_flag
from tests.review.worlds import NEW_WORDS, edit_lists, interview, random_edits

#: name: words as they are, as they should be, the kinds of edits with how many words each is on.
CASES: dict[str, tuple[str, str, list[tuple[str, int]]]] = {
    "nothing": ("on the ward when", "on the ward when", []),
    "a word": ("on the ward when", "on the cellar when", [("replace", 1)]),
    "only a comma": ("on the ward when", "on the ward, when", [("replace", 1)]),
    "a comma beside another word": ("on the ward when", "on the Ward, then", [("replace", 1), ("replace", 1)]),
    "a missed word": ("on the ward when", "on the old ward when", [("insert", 0)]),
    "at the beginning": ("on the ward when", "well on the ward when", [("insert", 0)]),
    "at the end": ("on the ward when", "on the ward when then", [("insert", 0)]),
    "not said": ("on the ward when", "on the when", [("delete", 1)]),
    "two for one": ("on the ward when", "on the wide road when", [("replace", 1)]),
    "one for two": ("on the ward when", "on there when", [("replace", 2)]),
    "a stutter less": ("I I I was", "I I was", [("delete", 1)]),
    "nothing left": ("on the ward when", "", [("delete", 4)]),
    "all other": ("on the ward when", "she came back", [("replace", 4)]),
    "far apart": ("on the ward when", "in the ward then", [("replace", 1), ("replace", 1)]),
    "spaces of other kinds": ("on the ward when", "on\u00a0the\u2009ward\twhen", []),
    "right to left": ("قال نعم ثم ذهب", "قال لا ثم ذهب", [("replace", 1)]),
    "an emoji": ("on the ward when", "on the 🙂 ward when", [("insert", 0)]),
    "markup": ("on the ward when", "on the <script>alert(1)</script> ward when", [("insert", 0)]),
}


QUESTION, ANSWER = ["and", "so", "how", "was", "that"], ["right", "I", "see"]


def said(text: str) -> Document:
    """One turn of a participant, a word every 0.4 s, between two questions."""
    rows = [("I", QUESTION), ("P", text.split()), ("I", ANSWER)]
    words = [(role, word) for role, line in rows for word in line]
    return Document(
        id="P03",
        words=tuple(
            Word(text=word, role=role, speaker=role, start=n * 0.4, end=n * 0.4 + 0.3)
            for n, (role, word) in enumerate(words)
        ),
    )


@pytest.mark.parametrize("case", CASES)
def test_as_few_edits_as_possible(case: str) -> None:
    old, new, kinds = CASES[case]
    document = said(old)
    edits = edits_for_text(document, (), 5, 4 + len(old.split()), new.split(), via="page", who="JL")
    assert [(e.kind, len(e.at.words)) for e in edits] == kinds  # type: ignore[union-attr]
    assert {(e.via, e.who) for e in edits} <= {("page", "JL")}
    result = apply(document, edits)
    assert result.unfitting == ()
    assert [w.text for w in result.document.words if w.role == "P"] == new.split()
    assert [w.text for w in result.document.words if w.role == "I"] == [
        "and",
        "so",
        "how",
        "was",
        "that",
        "right",
        "I",
        "see",
    ]


def test_a_corrected_word_keeps_its_time() -> None:
    document = said("on the ward when")
    edits = edits_for_text(document, (), 5, 8, ["well", "on", "the", "Ward", "when"], via="docx", who="")
    words = {w.text: w for w in apply(document, edits).document.words}
    assert (words["Ward"].start, words["Ward"].end) == (document.words[7].start, document.words[7].end)
    assert words["on"] == document.words[5]
    assert (words["well"].start, words["well"].end) == pytest.approx((1.9, 2.0))


@pytest.mark.parametrize("flag", ["opens_turn", "backchannel"])
def test_words_added_at_an_edge_belong_to_what_is_there(flag: WordFlag) -> None:
    document = said("on the ward when")
    words = [
        w.model_copy(update={"flags": (flag,), "role": "I"}) if n == 5 else w for n, w in enumerate(document.words)
    ]
    document = document.with_(words=tuple(words))
    result = apply(document, edits_for_text(document, (), 5, 5, ["well", "on"], via="page", who="")).document
    well, on = result.words[5:7]
    assert [well.text, on.text, well.role, on.role] == ["well", "on", "I", "I"]
    assert well.has(flag)
    assert on.has(flag) is (flag == "backchannel")


def test_more_than_an_edit_may_hold_is_several() -> None:
    document = said("on the ward when")
    long = [f"word{n}" for n in range(2 * MAX_TEXT // 8)]
    for wanted in (["on", *long, "when"], [*long, "on", "the", "ward", "when"], long):
        edits = edits_for_text(document, (), 5, 8, wanted, via="page", who="")
        assert len(edits) > 1
        assert [w.text for w in apply(document, edits).document.words if w.role == "P"] == wanted


@pytest.mark.parametrize(("first", "last"), [(-1, 2), (3, 2), (0, 12), (12, 12)])
def test_words_that_are_not_there_are_refused(first: int, last: int) -> None:
    with pytest.raises(ValueError, match="words"):
        edits_for_text(said("on the ward when"), (), first, last, ["x"], via="page", who="")


def retyped(words: list[str], random_: random.Random) -> list[str]:
    """What somebody makes of words: other ones, commas, fewer, more."""
    made: list[str] = []
    for word in words:
        chance = random_.random()
        if chance < 0.15:
            continue
        if chance < 0.3:
            made += random_.choice(NEW_WORDS).split()
        made.append(word.capitalize() + "," if 0.3 < chance < 0.4 else "other" if 0.4 < chance < 0.5 else word)
    return made


def with_flags(document: Document, random_: random.Random) -> Document:
    """Some words open a turn, some are a listener's inside it."""
    words = []
    for word in document.words:
        chance = random_.random()
        if chance < 0.1:
            word = word.model_copy(update={"flags": ("opens_turn",)})
        elif chance < 0.2:
            word = word.model_copy(update={"flags": ("backchannel",), "role": "I" if word.role == "P" else "P"})
        words.append(word)
    return document.with_(words=tuple(words))


@settings(max_examples=100, deadline=None)
@given(edit_lists, st.randoms(use_true_random=False))
def test_the_words_read_what_they_should_after_whatever_was_done_before(
    drawn: tuple[Document, list[Edit]], random_: random.Random
) -> None:
    document = with_flags(drawn[0], random_)
    before = random_edits(document, random_, len(drawn[1]))
    now = apply(document, before)
    words = now.document.words
    first = random_.randrange(len(words))
    last = min(len(words) - 1, first + random_.randrange(30))
    old = [w.text for w in words[first : last + 1]]
    new = retyped(old, random_)
    made = edits_for_text(now.document, now.ids, first, last, new, via="page", who="JL")
    then = apply(document, [*before, *made])
    assert made_to_words(then.unfitting) == made_to_words(now.unfitting)
    assert [w.text for w in then.document.words] == [
        *(w.text for w in words[:first]),
        *new,
        *(w.text for w in words[last + 1 :]),
    ]
    assert [w.role for w in then.document.words[:first]] == [w.role for w in words[:first]]
    after = len(words) - last - 1
    assert [w.role for w in then.document.words][-after or None :] == [w.role for w in words][
        -after or None :
    ] or not after
    kept = {i for i, w in zip(now.ids, words, strict=True)} & set(then.ids)
    assert len(kept) >= len(words) - len(old)
    assert edits_for_text(now.document, now.ids, first, last, old, via="page", who="JL") == []


def made_to_words(unfitting: Sequence[Unfitting]) -> list[str]:
    """The edits of words among those that fit nowhere; one of an entity may be, once its last mention is gone."""
    return [u.edit.id for u in unfitting if isinstance(u.edit, WordEdit)]


@settings(max_examples=100, deadline=None)
@given(st.randoms(use_true_random=False), st.booleans())
def test_retyping_a_turn_makes_no_other_turns(random_: random.Random, typed: bool) -> None:
    document = interview(typed=typed)
    words = tuple(with_flag(w, "opens_turn", random_.random() < 0.1) for w in document.words)
    document = document.with_(words=words)
    turns = turns_of(document)
    first, last = random_.choice(turns)
    new = [*retyped([w.text for w in document.words[first : last + 1]], random_), "indeed"]
    made = edits_for_text(document, (), first, last, new, via="page", who="")
    result = turns_of(apply(document, made).document)
    grown = len(new) - (last - first + 1)
    assert result == [
        (a, b) if b < first else (a, b + grown) if a == first else (a + grown, b + grown) for a, b in turns
    ]


def turns_of(document: Document) -> list[tuple[int, int]]:
    """First and last word of every turn of a document without backchannels."""
    words = document.words
    opens = [n for n, w in enumerate(words) if not n or w.has("opens_turn") or w.role != words[n - 1].role]
    return list(zip(opens, [n - 1 for n in [*opens[1:], len(words)]], strict=True))


@given(st.lists(st.sampled_from(["a", "b", "c", "A,", "b."])), st.lists(st.sampled_from(["a", "b", "c", "A,", "b."])))
def test_differences_turn_one_text_into_the_other(old: list[str], new: list[str]) -> None:
    made, at = [], 0
    for change in changes(old, new):
        made += old[at : change.first] + new[change.new_first : change.new_last + 1]
        at = change.last + 1
        assert old[change.first : change.last + 1] != new[change.new_first : change.new_last + 1]
    assert made + old[at:] == new
    assert (changes(old, new) == []) == (old == new)
