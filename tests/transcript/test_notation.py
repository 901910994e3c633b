from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.core.errors import SettingsError
from pipeline.transcript import notation

DEFAULT = (notation.configs_folder() / "notation" / "default.yaml").read_text("utf-8")

PAUSES = [
    ("default", 2.0, "(pause)"),
    ("default", 2.94, "(pause)"),
    ("default", 3.0, "(pause 3s)"),
    ("default", 75.4, "(pause 75s)"),
    ("default", None, "(pause)"),
    ("default", 1.96, "(pause)"),
    ("default", 1.94, ""),
    ("jefferson-light", 0.4, ""),
    ("jefferson-light", 0.6, "(.)"),
    ("jefferson-light", 2.64, "(2.6)"),
    ("gat2-minimal", 0.3, "(.)"),
    ("gat2-minimal", 1.5, "(1.5)"),
    ("noscribe-like", 0.9, ""),
    ("noscribe-like", 2.9, "(..)"),
    ("noscribe-like", 12.2, "(12 seconds pause)"),
]


@pytest.mark.parametrize(("name", "seconds", "expected"), PAUSES)
def test_pauses(name: str, seconds: float | None, expected: str) -> None:
    assert notation.load(name).pause(seconds) == expected


GUESSES = [
    ("word", "(word?)"),
    ("word,", "(word?),"),
    ("'word'", "'(word?)'"),
    ("I'm", "(I'm?)"),
    ("--", "--"),
    ("", ""),
]


@pytest.mark.parametrize(("word", "expected"), GUESSES)
def test_guesses(word: str, expected: str) -> None:
    assert notation.load("default").guessed(word) == expected


@pytest.mark.parametrize("name", notation.names())
def test_every_set_keeps_one_bracket_for_one_meaning(name: str) -> None:
    loaded = notation.load(name)
    marks = [mark for mark, _ in loaded.key()]
    assert len(marks) == len(set(marks))
    assert [mark for mark in marks if "[" in mark] == ["[daughter], [town]"]


def test_the_sets_that_users_know_are_there() -> None:
    assert {"default", "jefferson-light", "gat2-minimal", "noscribe-like"} <= set(notation.names())


BAD = {
    "square brackets": ('unclear: "[unclear {time}]"', "square brackets"),
    "same mark": ('unclear_untimed: "(pause)"', "come out as the same mark"),
    "same but for a number": ('pause_timed: "(unclear 00:{seconds}:00)"', "come out as the same mark"),
    "same around a word": ('nonverbal: "({text}?)"', "come out as the same mark"),
    "unknown placeholder": ('pause_timed: "({minutes})"', "unknown placeholder '{minutes}'"),
    "placeholder missing": ('guess: "(?)"', "must hold '{word}'"),
    "unmatched": ('guess: "({word"', "unmatched curly bracket"),
    "empty": ('unclear: " "', "is empty"),
    "unknown key": ('pause_shirt: "(pause)"', "unknown key 'pause_shirt'; did you mean 'pause_short'"),
    "not a number": ("pause_short_s: long", "pause_short_s"),
    "thresholds": ("pause_timed_s: 0.5", "must not be shorter"),
}


@pytest.mark.parametrize(("line", "message"), BAD.values(), ids=BAD)
def test_bad_sets_are_refused(tmp_path: Path, line: str, message: str) -> None:
    key = line.split(":")[0]
    kept = [row for row in DEFAULT.splitlines() if not row.startswith(f"{key}:")]
    path = tmp_path / "mine.yaml"
    path.write_text("\n".join([*kept, line]), "utf-8")
    with pytest.raises(SettingsError) as error:
        notation.load(str(path))
    assert message in str(error.value)
    assert "mine.yaml" in str(error.value)


def test_a_key_left_out_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text('title: "Mine"\n', "utf-8")
    with pytest.raises(SettingsError, match="pause_short_s"):
        notation.load(str(path))


def test_an_unknown_name_says_what_was_meant() -> None:
    with pytest.raises(SettingsError, match="did you mean 'jefferson-light'"):
        notation.load("jeferson-light")
