from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.core.document import Document, Word
from pipeline.core.errors import BadInputError, UsageProblem
from pipeline.core.paths import RecordingPaths
from pipeline.core.settings import LinesSettings
from pipeline.transcript import locking, notation
from pipeline.transcript.lines import NumberedTranscript, number
from pipeline.transcript.locking import Lock
from pipeline.transcript.wrapping import display_width
from tests import builders

DEFAULT = notation.load("default")
SETTINGS = LinesSettings(width=24)
TURNS = [
    ("I", "How did the two of you meet, then?"),
    ("P", "She rang me up one day in March and she said shall we get a coffee somewhere quiet."),
    ("I", "And did you?"),
    ("P", "We did."),
]
LINES = [
    "1 T1 How did the two of you",
    "2 T1 meet, then?",
    "3 T2 She rang me up one day",
    "4 T2 in March and she said",
    "5 T2 shall we get a coffee",
    "6 T2 somewhere quiet.",
    "7 T3 And did you?",
    "8 T4 We did.",
]


def shown(transcript: NumberedTranscript) -> list[str]:
    return [f"{line.label} {line.turn} {line.text}" for line in transcript.lines]


def locked(document: Document) -> Lock:
    return locking.freeze(number(document, SETTINGS, DEFAULT), SETTINGS, locked_on="2026-03-01")


@pytest.fixture
def lock() -> Lock:
    return locked(builders.typed(TURNS))


def again(lock: Lock, turns: list[tuple[str, str]]) -> NumberedTranscript:
    return number(builders.typed(turns), SETTINGS, DEFAULT, lock=lock)


def changed(turn: int, old: str, new: str, role: str | None = None) -> list[tuple[str, str]]:
    rows = list(TURNS)
    rows[turn] = (role or rows[turn][0], rows[turn][1].replace(old, new))
    return rows


def test_untouched_it_is_v1_with_the_same_lines_and_hash(lock: Lock) -> None:
    transcript = again(lock, TURNS)
    assert shown(transcript) == LINES
    assert (transcript.version, transcript.short_hash) == ("v1", lock.sha256[:8])
    assert [change.kind for change in locking.diff(lock, transcript)] == ["same"] * len(LINES)


CHANGES = {
    "a word for another": (changed(1, "March", "April"), {"4": "in April and she said"}, []),
    "shorter": (changed(1, "in March and", "and"), {"4": "and she said"}, []),
    "a bit longer fits": (changed(1, "We", "We"), {}, []),
    "longer than the line": (
        changed(1, "in March and", "in [month] of that year and"),
        {"4": "in [month] of that year"},
        ["4a T2 and she said"],
    ),
    "a word added at a line's end": (
        changed(1, "one day", "one fine day"),
        {"3": "She rang me up one fine"},
        ["3a T2 day"],
    ),
    "much longer": (
        changed(3, "We did.", "We did. " + "And it was lovely there. " * 4),
        {"8": "We did. And it was"},
        [
            "8a T4 lovely there. And it was",
            "8b T4 lovely there. And it was",
            "8c T4 lovely there. And it was",
            "8d T4 lovely there.",
        ],
    ),
    "a turn put in": (
        [*TURNS[:2], ("I", "Mm."), ("P", "Yeah."), *TURNS[2:]],
        {},
        ["6a T2a Mm.", "6b T2b Yeah."],
    ),
    "a turn put in before the first": ([("P", "Is it on?"), *TURNS], {}, ["0a T0a Is it on?"]),
    "text added at the end": ([*TURNS, ("I", "Thank you.")], {}, ["8a T4a Thank you."]),
    "a role put right in the middle of a turn": (
        [
            TURNS[0],
            ("P", "She rang me up one day in March and she"),
            ("I", "said shall we get a coffee somewhere quiet."),
            *TURNS[2:],
        ],
        {"4": "in March and she", "5": "shall we get a coffee"},
        ["4a T2a said"],
    ),
}


@pytest.mark.parametrize(("turns", "other", "added"), CHANGES.values(), ids=CHANGES)
def test_corrections_keep_every_number(
    lock: Lock, turns: list[tuple[str, str]], other: dict[str, str], added: list[str]
) -> None:
    transcript = again(lock, turns)
    rows = {line.label: line.text for line in transcript.lines}
    frozen = {row.split()[0]: row.split(" ", 2)[2] for row in LINES}
    assert {label: rows[label] for label in frozen} == frozen | other
    assert [row for row in shown(transcript) if row.split()[0] not in frozen] == added
    assert transcript.version == ("v1" if turns == TURNS else "v1 corrected")
    assert (transcript.short_hash == lock.sha256[:8]) == (turns == TURNS)


def test_removed_text_leaves_a_gap_that_is_not_used_again(lock: Lock) -> None:
    transcript = again(lock, [TURNS[0], TURNS[1], TURNS[3]])
    assert [line.label for line in transcript.lines] == ["1", "2", "3", "4", "5", "6", "8"]
    kinds = {change.label: change.kind for change in locking.diff(lock, transcript)}
    assert kinds["7"] == "removed"
    assert kinds["8"] == "changed"  # the same words, now in the turn T2


def test_all_text_removed(lock: Lock) -> None:
    transcript = again(lock, [])
    assert transcript.lines == ()
    assert {change.kind for change in locking.diff(lock, transcript)} == {"removed"}


def test_a_name_found_after_the_lock(lock: Lock) -> None:
    document = builders.typed(TURNS)
    n = next(n for n, word in enumerate(document.words) if word.text == "March")
    transcript = number(builders.redacted(document, (n, n, "DATE", "[month]")), SETTINGS, DEFAULT, lock=lock)
    assert [row for row in shown(transcript) if row not in LINES] == ["4 T2 in [month] and she said"]


def test_diff_says_what_moved_in_reading_order(lock: Lock) -> None:
    transcript = again(lock, changed(1, "in March and", "in [month] of that year and"))
    rows = [(c.label, c.kind) for c in locking.diff(lock, transcript) if c.kind != "same"]
    assert rows == [("4", "changed"), ("4a", "added")]


def test_a_new_version_is_numbered_anew_with_a_map(lock: Lock) -> None:
    turns = [("P", "Is it on? Is that the light?"), *TURNS]
    fresh = number(builders.typed(turns), SETTINGS, DEFAULT)
    second = locking.freeze(fresh, SETTINGS, previous=lock)
    assert second.version == 2
    assert [line.label for line in fresh.lines] == [str(n) for n in range(1, 11)]
    assert dict(second.maps[0].rows) == {str(n): (str(n + 2),) for n in range(1, 9)}
    assert number(builders.typed(turns), SETTINGS, DEFAULT, lock=second).version == "v2"


def test_maps_of_all_versions_are_kept(lock: Lock, paths: RecordingPaths) -> None:
    second = locking.freeze(number(builders.typed(TURNS[:3]), SETTINGS, DEFAULT), SETTINGS, previous=lock)
    third = locking.freeze(number(builders.typed(TURNS[1:]), SETTINGS, DEFAULT), SETTINGS, previous=second)
    locking.save(paths, third)
    maps = json.loads(paths.lock.read_text("utf-8"))["maps"]
    assert [(one["from"], one["to"]) for one in maps] == [("v1", "v2"), ("v2", "v3")]
    assert maps[0]["lines"][-1] == {"old": "8", "new": []}
    assert maps[1]["lines"][2] == {"old": "3", "new": ["1"]}


def test_the_map_of_a_line_that_was_divided_and_of_one_that_is_gone(lock: Lock) -> None:
    fresh = number(builders.typed([TURNS[0], TURNS[1], TURNS[3]]), LinesSettings(width=20), DEFAULT)
    mapped = dict(locking.line_map(lock, fresh))
    assert mapped["1"] == ("1", "2")
    assert mapped["7"] == ()


def test_settings_of_the_lock_go_before_others(lock: Lock) -> None:
    transcript = number(builders.typed(TURNS), LinesSettings(width=80), DEFAULT, lock=lock)
    assert shown(transcript) == LINES
    assert transcript.width == 24


def test_another_notation_is_refused(lock: Lock) -> None:
    with pytest.raises(UsageProblem, match="locked with the notation 'default'"):
        number(builders.typed(TURNS), SETTINGS, notation.load("gat2-minimal"), lock=lock)


def test_nothing_to_lock() -> None:
    with pytest.raises(UsageProblem, match="no lines"):
        locking.freeze(number(Document(id="P00"), SETTINGS, DEFAULT), SETTINGS)


def test_suffixes_are_not_frozen(lock: Lock) -> None:
    with pytest.raises(UsageProblem, match="suffix"):
        locking.freeze(again(lock, [*TURNS, ("I", "Bye.")]), SETTINGS, previous=lock)


@pytest.fixture
def paths(tmp_path: Path) -> RecordingPaths:
    paths = RecordingPaths(tmp_path, "T01")
    paths.make()
    return paths


def test_saved_and_loaded(paths: RecordingPaths, lock: Lock) -> None:
    assert locking.load(paths) is None
    locking.save(paths, lock)
    assert locking.load(paths) == lock
    assert locking.private_file(paths).stat().st_mode & 0o777 == 0o600
    public = json.loads(paths.lock.read_text("utf-8"))
    assert public["version"] == "v1"
    assert public["hash"] == lock.sha256[:8]
    assert (public["lines"], public["turns"]) == (8, 4)


def test_share_holds_no_text_of_the_frozen_lines(paths: RecordingPaths, lock: Lock) -> None:
    locking.save(paths, lock)
    assert "March" not in paths.lock.read_text("utf-8")


def test_half_a_lock_is_an_error(paths: RecordingPaths, lock: Lock) -> None:
    locking.save(paths, lock)
    locking.private_file(paths).unlink()
    with pytest.raises(BadInputError, match="private half is missing"):
        locking.load(paths)


@pytest.mark.parametrize("change", ["not json", "{}", "text"])
def test_a_lock_changed_by_hand_is_an_error(paths: RecordingPaths, lock: Lock, change: str) -> None:
    locking.save(paths, lock)
    file = locking.private_file(paths)
    text = file.read_text("utf-8")
    file.write_text(text.replace("coffee", "tea") if change == "text" else change, "utf-8")
    with pytest.raises(BadInputError, match="lock") as error:
        locking.load(paths)
    assert "coffee" not in str(error.value)


LETTERS = [(0, ""), (1, "a"), (26, "z"), (27, "aa"), (52, "az"), (53, "ba"), (702, "zz"), (703, "aaa")]


@pytest.mark.parametrize(("count", "suffix"), LETTERS)
def test_letters(count: int, suffix: str) -> None:
    assert locking.letters(count) == suffix


SAID = ["um", "yeah", "so", "then", "she", "said", "I", "went", "to", "the", "café", "and", "it", "was", "you"]
TOKEN = st.sampled_from(SAID)
TURN = st.tuples(st.sampled_from("IP"), st.lists(TOKEN, min_size=1, max_size=25))
TALK = st.lists(TURN, min_size=1, max_size=6)


def _words(talk: list[tuple[str, list[str]]]) -> Document:
    return Document(id="T01", source="typed", words=tuple(Word(text=t, role=r) for r, texts in talk for t in texts))


@settings(max_examples=100, deadline=None)
@given(TALK, TALK)
def test_any_correction_keeps_every_word_once_and_labels_apart(
    old: list[tuple[str, list[str]]], new: list[tuple[str, list[str]]]
) -> None:
    lock = locked(_words(old))
    transcript = number(_words(new), SETTINGS, DEFAULT, lock=lock)
    fresh = number(_words(new), SETTINGS, DEFAULT)
    assert [turn.text for turn in transcript.turns] == [turn.text for turn in fresh.turns]
    labels = [line.label for line in transcript.lines]
    assert len(set(labels)) == len(labels)
    assert len({turn.id for turn in transcript.turns}) == len(transcript.turns)
    assert [line.number for line in transcript.lines] == sorted(line.number for line in transcript.lines)
    assert all(display_width(line.text) <= 24 for line in transcript.lines)
    assert number(_words(old), SETTINGS, DEFAULT, lock=lock).version == "v1"
