from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.core.document import Document, Turn, Voice, Word
from pipeline.core.paths import RecordingPaths
from pipeline.speech import attribution

Timed = tuple[str, float, float]


def words(*rows: Timed) -> list[Word]:
    return [Word(text=text, start=start, end=end) for text, start, end in rows]


def steady(text: str, start: float, each: float = 0.3) -> list[Timed]:
    return [(word, start + n * each, start + (n + 1) * each) for n, word in enumerate(text.split())]


def document(*turns: tuple[float, float, str], voices: tuple[Voice, ...] = ()) -> Document:
    return Document(id="x", turns=tuple(Turn(start=a, end=b, speaker=s) for a, b, s in turns), voices=voices)


def shown(result: list[Word]) -> str:
    """Speakers as letters, "*" after a backchannel, "~" after an overlap."""
    return "".join((word.speaker or "-") + "*" * word.has("backchannel") + "~" * word.has("overlap") for word in result)


def attribute(rows: list[Timed], found: Document, folder: Path = Path("nowhere")) -> tuple[str, int]:
    result, moved = attribution.attribute(words(*rows), found, RecordingPaths(folder, "x"))
    return shown(result), moved


CASES = {
    "plain turns": ([*steady("one two.", 0.0), *steady("three four", 1.0)], [(0, 0.6, "A"), (1, 1.6, "B")], "AABB"),
    "the first word is stretched back into the pause": (
        [*steady("it was two grand.", 0.0), ("My", 1.2, 2.4), *steady("mum said", 2.4)],
        [(0, 1.9, "A"), (2.2, 3.0, "B")],
        "AAAABBB",
    ),
    "a long word may last long": (
        [("well", 0.0, 0.3), ("institutionalisation", 0.3, 1.9)],
        [(0.0, 2.0, "A")],
        "AA",
    ),
    "speech in no turn goes to the nearest": ([("yes", 5.0, 5.3)], [(0, 1, "A"), (5.5, 9, "B")], "B"),
    "the edge of a turn is off by a word: the sentence decides": (
        [*steady("I was in a section two.", 0.0), ("How", 1.85, 2.0), *steady("was that?", 2.0)],
        [(0, 1.95, "A"), (1.9, 3.0, "B")],
        "AAAAAABBB",
    ),
    "a backchannel inside the other's turn": (
        [*steady("and then he said", 0.0), ("mm-hm", 1.2, 1.5), *steady("we should go", 1.5)],
        [(0, 2.4, "A"), (1.15, 1.55, "B")],
        "AAAAB*AAA",
    ),
    "a backchannel in a pause": (
        [*steady("and then he said", 0.0), ("Yeah.", 1.5, 1.8), *steady("we should go", 2.2)],
        [(0, 1.2, "A"), (1.5, 1.8, "B"), (2.2, 3.1, "A")],
        "AAAAB*AAA",
    ),
    "an answer is no backchannel": (
        [*steady("is that all right?", 0.0), ("Yeah.", 1.5, 1.8), *steady("So we start", 2.2)],
        [(0, 1.2, "A"), (1.5, 1.8, "B"), (2.2, 3.1, "A")],
        "AAAABAAA",
    ),
    "a short sentence is no backchannel": (
        [*steady("and then he said", 0.0), *steady("Stop it.", 1.5), *steady("we should go", 2.2)],
        [(0, 1.2, "A"), (1.5, 2.1, "B"), (2.2, 3.1, "A")],
        "AAAABBAAA",
    ),
    "between two other people a word is a turn": (
        [*steady("one two", 0.0), ("Yeah.", 1.0, 1.3), *steady("three four", 1.5)],
        [(0, 0.6, "A"), (1.0, 1.3, "B"), (1.5, 2.1, "C")],
        "AABCC",
    ),
    "yeah in one's own turn stays": (
        [*steady("well yeah I think", 0.0)],
        [(0, 1.2, "A")],
        "AAAA",
    ),
    "words while the other speaks": (
        [*steady("one two three four five", 0.0, 0.4)],
        [(0, 2.0, "A"), (0.8, 1.6, "B")],
        "AAA~A~A",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_words_find_their_speaker(name: str) -> None:
    rows, turns, expected = CASES[name]
    assert attribute(rows, document(*turns))[0] == expected


def test_words_without_times_follow_the_word_before() -> None:
    found = document((0, 1, "A"), (1, 2, "B"))
    rows = [Word(text="one", start=0.1, end=0.4), Word(text="two"), Word(text="three", start=1.2, end=1.5)]
    result, _ = attribution.attribute(rows, found, RecordingPaths(Path("nowhere"), "x"))
    assert shown(result) == "AAB"


def test_no_turns_no_speakers() -> None:
    assert attribute(steady("one two", 0.0), document())[0] == "--"


def voices_left(folder: Path, rows: list[tuple[float, float, str]], likeness: float) -> Document:
    """Leave embeddings of `rows` as the diariser does; `likeness` 1 is the voice itself, 0 between A and B."""
    axes = {"A": np.array([1.0, 0.0]), "B": np.array([0.0, 1.0])}
    between = np.array([1.0, 1.0]) / np.sqrt(2)
    vectors = [likeness * axes[s] + (1 - likeness) * between for _, _, s in rows]
    paths = RecordingPaths(folder, "x")
    paths.make()
    spans = np.array([(a, b) for a, b, _ in rows], np.float32)
    unit = np.array([v / np.linalg.norm(v) for v in vectors], np.float16)
    np.savez(paths.voices, spans=spans, vectors=unit)
    centroids = tuple(Voice(speaker=s, centroid=tuple(map(float, axis)), seconds=60) for s, axis in axes.items())
    return document((0, 3, "A"), (3, 6, "B"), (6, 9, "A"), voices=centroids)


def test_a_sentence_in_the_other_voice_is_moved(tmp_path: Path) -> None:
    found = voices_left(tmp_path, [(0, 2, "A"), (3.1, 5.0, "B"), (6.1, 8.0, "B")], 1.0)
    rows = [*steady("we go now there.", 0.2, 0.6), *steady("and so on.", 3.2, 0.6), *steady("but it was me.", 6.2, 0.5)]
    assert attribute(rows, found, tmp_path) == ("AAAABBBBBBB", 4)


@pytest.mark.parametrize("likeness", [0.0, 0.08])
def test_a_voice_between_both_moves_nothing(tmp_path: Path, likeness: float) -> None:
    found = voices_left(tmp_path, [(0, 2, "A"), (3.1, 5.0, "B"), (6.1, 8.0, "B")], likeness)
    rows = [*steady("we go now there.", 0.2, 0.6), *steady("and so on.", 3.2, 0.6), *steady("but it was me.", 6.2, 0.5)]
    assert attribute(rows, found, tmp_path) == ("AAAABBBAAAA", 0)


def test_a_short_answer_is_not_judged_by_its_voice(tmp_path: Path) -> None:
    found = voices_left(tmp_path, [(6.1, 6.6, "B")], 1.0)
    assert attribute([("No.", 6.1, 6.6)], found, tmp_path) == ("A", 0)


@given(
    st.lists(st.tuples(st.text(min_size=1, max_size=8), st.floats(0, 100), st.floats(0, 3)), max_size=30),
    st.lists(st.tuples(st.floats(0, 100), st.floats(0.05, 20), st.sampled_from("ABC")), max_size=20),
)
def test_words_keep_text_times_and_order(rows: list[Timed], turns: list[tuple[float, float, str]]) -> None:
    given_words = words(*((text, start, start + length) for text, start, length in sorted(rows, key=lambda r: r[1])))
    found = document(*((a, a + length, s) for a, length, s in turns))
    result, moved = attribution.attribute(given_words, found, RecordingPaths(Path("nowhere"), "x"))
    assert [(w.text, w.start, w.end) for w in result] == [(w.text, w.start, w.end) for w in given_words]
    assert 0 <= moved <= len(result)
    assert all((word.speaker is not None) == bool(turns) for word in result)


@given(st.text(max_size=30))
def test_bare_letters(text: str) -> None:
    assert re.fullmatch(r"[a-z]*", attribution.bare(text))
