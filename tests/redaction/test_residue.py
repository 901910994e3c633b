"""What is left of a name: every form of something hidden is hidden, too, and what only looks like it stays."""

from __future__ import annotations

import re

import pytest

from pipeline.core.document import Category, Document, Entity, Event, Redaction, Word
from pipeline.redaction import residue
from pipeline.redaction.residue import Vocabulary
from pipeline.redaction.text.spans import split_edges

EVERYDAY = frozenset(
    re.findall(
        r"\S+",
        """rose roses will hope hopes page pages mark marks may jean jeans robin robins the a an and i in on at it that
        that's there of by my with rang me saw we she he was came went out up again so no yes for is not two fifty three
        oh seven double nine hundred one four ed card number ward unit bus tube said wind field sent""",
    )
)
MARK = re.compile(r"\[\[([A-Z_]+)\|([^\]]+)\]\](\S*)")


def vocabulary(keep: str = "", alike: tuple[tuple[str, str], ...] = ()) -> Vocabulary:
    return Vocabulary(
        lambda word: word.isdigit() or word in EVERYDAY or (len(word) < 3 and word in EVERYDAY),
        lambda a, b: (a, b) in alike or (b, a) in alike,
        frozenset(keep.split()),
        lambda word: word == "may",
    )


def document(text: str, events: tuple[Event, ...] = ()) -> Document:
    """A text with marked spans, each hidden; a mark with the same words is the same entity."""
    words: list[str] = []
    spans: list[Redaction] = []
    entities: dict[str, Entity] = {}
    for piece in re.finditer(r"\[\[[A-Z_]+\|[^\]]+\]\]\S*|\S+", text):
        mark = MARK.fullmatch(piece.group())
        if mark is None:
            words.append(piece.group())
            continue
        category: Category = mark[1]  # type: ignore[assignment]
        said = (mark[2] + mark[3]).split()
        entity = entities.setdefault(
            mark[2], Entity(id=f"E{len(entities) + 1}", category=category, forms=(mark[2],), replacement="[x]")
        )
        spans.append(
            Redaction(
                id=f"R{len(spans) + 1}", category=category, entity=entity.id, first=len(words),
                last=len(words) + len(said) - 1, replacement="[x]",
                lead=split_edges(said[0])[0], tail=split_edges(said[-1])[2],
            )
        )  # fmt: skip
        words += said
    return Document(
        id="P1",
        source="typed",
        words=tuple(Word(text=w, role="P") for w in words),
        redactions=tuple(spans),
        entities=tuple(entities.values()),
        events=events,
    )


def left(text: str, **options: object) -> list[str]:
    """What is hidden besides the marks, as it was said, without its punctuation."""
    made = document(text)
    before = made.hidden_words()
    after = residue.hide(made, vocabulary(**options))  # type: ignore[arg-type]
    found = []
    for span in after.applied():
        if span.first not in before:
            said = " ".join(w.text for w in made.words[span.first : span.last + 1])
            found.append(said[len(span.lead) : len(said) - len(span.tail)])
    return found


FORMS: list[tuple[str, list[str]]] = [
    # a name that is no everyday word is hidden in every form
    ("[[PERSON|Siobhan]] came and Siobhan went", ["Siobhan"]),
    ("[[PERSON|Siobhan]] came and SIOBHAN went", ["SIOBHAN"]),
    ("[[PERSON|Siobhan]] came and siobhan's bus", ["siobhan"]),
    ("[[PERSON|Siobhan]] came and Siobhan’s bus", ["Siobhan"]),
    ("[[PERSON|Siobhan Larter]] came and Larter went", ["Larter"]),
    ("[[PERSON|Zoë]] came and Zoe went", ["Zoe"]),
    ("[[PERSON|Zoe]] came and Zoé went", ["Zoé"]),
    ("[[PERSON|Siobhan]] came and Sio\u00adbhan went", ["Sio\u00adbhan"]),
    ("[[PERSON|Sio\u00adbhan]] came and Siobhan went", ["Siobhan"]),
    ("[[PERSON|Siobhan]] came and Sio\u200bbhan's bus", ["Sio\u200bbhan"]),
    ("[[PLACE|Garboldisham]] and garboldisham", ["garboldisham"]),
    ("[[ORG|Kestrel Ward]] and the Kestrel", ["Kestrel"]),
    # an everyday word only where it is written as a name
    ("[[PERSON|Rose]] came and ROSE went", ["ROSE"]),
    ("[[PERSON|Rose]] came and Rose's bus", ["Rose"]),
    ("[[PERSON|Rose]] came and Rose’s bus", ["Rose"]),
    ("[[PERSON|Rose]] came. Rose's bus went", ["Rose"]),
    ("[[PERSON|Hope]] came. Hope's a field", []),
    ("[[PERSON|Hope]] came, and Hope's a field", ["Hope"]),
    ("[[PERSON|Rose]] came. The wind rose.", []),
    ("[[PERSON|Rose]] came and Rose went", ["Rose"]),
    ("[[PERSON|Rose]] came, Rose on the wind. Rose up", []),
    ("[[PERSON|May]] came in May", []),
    ("[[PERSON|May]] came in May's bus", ["May"]),
    ("[[PERSON|may]] came and May went", []),
    ("[[PERSON|Rose]] came and a rose's field", []),
    ("[[PERSON|Will]] came and I will, will I? Will you", []),
    ("[[PERSON|Will]] came and NO I WILL NOT came", []),
    ("[[PERSON|ROSE]] came and ROSE OUT came", []),
    ("[[PERSON|That]] came and That's me", []),
    ("[[AGE|fifty]] and FIFTY on the bus", []),
    ("[[PERSON|Rose Page]] came and Rose Page went", ["Rose Page"]),
    ("[[PERSON|Rose Page]] came and a page on rose page", []),
    # families
    ("[[PERSON|Siobhan Larter]] and the Larters went", ["Larters"]),
    ("[[PERSON|Siobhan Larter]] and the larters' bus", ["larters"]),
    ("[[PERSON|Ann Finch]] and the Finches", ["Finches"]),
    ("the [[PERSON|Larters]] came and Larter went", ["Larter"]),
    ("[[PERSON|Rose Page]] and the Pages came", ["Pages"]),
    ("[[PERSON|Rose Page]] and the pages came", []),
    ("[[PERSON|Jean]] and my jeans, two Jeans", []),
    ("[[PERSON|Robin]] saw the robins", []),
    ("[[PERSON|Ngo]] and Ngos", ["Ngos"]),
    # two letters
    ("[[PERSON|Mei Ng]] and Ng came", ["Ng"]),
    ("[[PERSON|Mei Ng]] and Ng's bus", ["Ng"]),
    ("[[PERSON|Mei Ng]] and the NG tube", []),
    ("[[PERSON|Li]] came. Li, again", ["Li"]),
    ("[[PERSON|Ed]] and Ed's bus", ["Ed"]),
    ("[[PERSON|So]] came. So I went", []),
    ("[[ORG|BT]] and BT", []),
    ("[[PERSON|Ana de Souza]] and the de la tube", []),
    # numbers
    ("[[PHONE|07700 900123]] and +44 7700 900123 again", ["+44 7700 900123"]),
    ("[[PHONE|07700 900123]] and 0044 7700 900 123", ["0044 7700 900 123"]),
    ("[[PHONE|07700 900123]] and +44(0)7700900123", ["+44(0)7700900123"]),
    ("[[PHONE|+44 7700 900123]] and 07700-900-123.", ["07700-900-123"]),
    ("[[PHONE|07700 900123]] and no:07700900123", ["no:07700900123"]),
    ("[[NHS_NUMBER|999 042 7315]] and 9990427315", ["9990427315"]),
    ("[[PHONE|07700 900123]] and 07700 900124, 900123", []),
    ("[[PHONE|07700 900123]] and two 44 7700", []),
    (
        "[[PHONE|oh seven seven double oh nine hundred]] and oh seven seven double oh nine hundred again",
        ["oh seven seven double oh nine hundred"],
    ),
    ("[[PHONE|oh seven seven double oh nine hundred]] and oh seven, nine hundred", []),
    # what is short or new stays
    ("[[PERSON|Siobhan]] came and Sian went", []),
    ("[[PERSON|J]] came and J went", []),
]


@pytest.mark.parametrize(("text", "expected"), FORMS)
def test_forms(text: str, expected: list[str]) -> None:
    assert left(text) == expected


def test_words_that_are_kept_and_words_of_replacements_stay() -> None:
    text = "[[ORG|Norfolk Kestrels]] up in Norfolk"
    assert left(text) == ["Norfolk"]
    assert left(text, keep="norfolk") == []
    made = document("[[PERSON|Nurse]] came").with_()
    named = made.with_(redactions=tuple(r.model_copy(update={"replacement": "[Larter]"}) for r in made.redactions))
    assert residue.find(named.with_(words=(*named.words, Word(text="Larter"))), vocabulary()) == []


def test_what_sounds_like_a_name_is_handed_in() -> None:
    text = "[[PERSON|Siobhan]] came and Shivaun went and shivaun"
    assert left(text) == []
    assert left(text, alike=(("siobhan", "shivaun"),)) == ["Shivaun", "shivaun"]


def test_spans_follow_their_twin_and_the_entity_learns_the_form() -> None:
    made = residue.hide(document("[[PERSON|Siobhan]] came, and “SIOBHAN’s”, bus"), vocabulary())
    first, second = made.applied()
    assert (second.category, second.entity, second.replacement) == ("PERSON", first.entity, "[x]")
    assert (second.lead, second.tail, second.method) == ("“", "’s”,", residue.METHOD)
    assert made.entities[0].forms == ("Siobhan", "SIOBHAN")
    assert [r.id for r in made.applied()] == ["R1", "R2"]


def test_a_flag_over_a_left_mention_makes_way() -> None:
    made = document("[[PERSON|Siobhan]] came and Siobhan went out")
    flag = made.redactions[0].model_copy(update={"id": "R2", "first": 2, "last": 5, "action": "flag"})
    after = residue.hide(made.with_(redactions=(*made.redactions, flag)), vocabulary())
    assert [(r.first, r.action) for r in after.redactions] == [(0, "replace"), (3, "replace")]


@pytest.mark.parametrize(
    ("note", "shown"),
    [
        ("Larter laughs", "([x] laughs)"),
        ("siobhan's phone rings", "([x]'s phone rings)"),
        ("ROSE cries", "([x] cries)"),
        ("laughs", "(laughs)"),
    ],
)
def test_notes_name_nobody(note: str, shown: str) -> None:
    from pipeline.transcript import notation
    from pipeline.transcript.segments import spoken_turns

    event = Event(kind="nonverbal", before_word=3, role="P", text=note)
    made = residue.hide(document("[[PERSON|Siobhan Larter]] and [[PERSON|Rose]] came", (event,)), vocabulary())
    (turn,) = spoken_turns(made, notation.load("default"))
    assert shown in [segment.text for segment in turn.segments]


def test_long_texts_take_no_more_than_their_length() -> None:
    """Figures without end are looked at in windows, not in every pair."""
    calls = 0
    made = document("[[PHONE|07700 900123]] and " + "5 " * 3000 + "07700 900123")

    def count(word: str) -> bool:
        nonlocal calls
        calls += 1
        return True

    assert [(r.first, r.last) for r in residue.find(made, Vocabulary(count))] == [(3003, 3004)]
    assert calls < 10_000


def test_nothing_hidden_nothing_left() -> None:
    made = document("Siobhan came and Siobhan went")
    assert residue.hide(made, vocabulary()) == made
