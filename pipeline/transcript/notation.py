"""Notation sets: how pauses, unclear speech, overlaps and the like are written (configs/notation/*.yaml).

The rule that every set must keep: one bracket, one meaning. Square brackets hold replaced identifiers and nothing
else, and no two features may come out as the same mark.
"""

from __future__ import annotations

import re
import string
from pathlib import Path
from typing import Any

from pydantic import Field, ValidationError, model_validator

from pipeline.core.clock import clock
from pipeline.core.document import Frozen
from pipeline.core.errors import SettingsError, nearest
from pipeline.core.settings import configs_folder, read_yaml

HINT = "compare it with configs/notation/default.yaml"

#: feature -> placeholders its template may hold, with a probe value used to see whether two marks can be told apart
PLACEHOLDERS: dict[str, dict[str, str]] = {
    "pause_short": {"dots": "..", "seconds": "2", "tenths": "2.4"},
    "pause_timed": {"dots": "....", "seconds": "4", "tenths": "4.2"},
    "unclear": {"time": "00:14:32"},
    "unclear_untimed": {},
    "guess": {"word": "word"},
    "overlap_open": {},
    "overlap_close": {},
    "backchannel": {"role": "I", "words": "word"},
    "nonverbal": {"text": "word"},
}
NEEDED = {"guess": "word", "backchannel": "words", "nonverbal": "text"}


class Notation(Frozen):
    """A checked notation set. Thresholds are seconds; pauses below `pause_short_s` are not marked."""

    name: str
    title: str
    pause_short_s: float = Field(gt=0)
    pause_timed_s: float = Field(gt=0)
    pause_short: str
    pause_timed: str
    unclear: str
    unclear_untimed: str
    guess: str
    overlap_open: str
    overlap_close: str
    backchannel: str
    nonverbal: str

    @model_validator(mode="after")
    def _one_bracket_one_meaning(self) -> Notation:
        if self.pause_timed_s < self.pause_short_s:
            raise ValueError("pause_timed_s must not be shorter than pause_short_s")
        seen: dict[str, str] = {}
        for feature, probes in PLACEHOLDERS.items():
            template: str = getattr(self, feature)
            self._check_template(feature, template)
            shown = _shape(template.format_map(probes))
            other = seen.setdefault(shown, feature)
            pauses = {feature, other} == {"pause_short", "pause_timed"} and "{" in template
            overlaps = {feature, other} == {"overlap_open", "overlap_close"}
            if other != feature and not (pauses or overlaps):
                raise ValueError(f"'{other}' and '{feature}' come out as the same mark: one bracket, one meaning")
        return self

    @staticmethod
    def _check_template(feature: str, template: str) -> None:
        if not template.strip():
            raise ValueError(f"'{feature}' is empty")
        if "[" in template or "]" in template:
            raise ValueError(
                f"'{feature}' uses square brackets, which mean replaced identifiers: one bracket, one meaning"
            )
        try:
            fields = {name for _, name, _, _ in string.Formatter().parse(template) if name is not None}
        except ValueError:
            raise ValueError(f"'{feature}' has an unmatched curly bracket") from None
        unknown = sorted(fields - set(PLACEHOLDERS[feature]))
        if unknown:
            raise ValueError(f"'{feature}' has an unknown placeholder '{{{unknown[0]}}}'")
        if feature in NEEDED and NEEDED[feature] not in fields:
            raise ValueError(f"'{feature}' must hold '{{{NEEDED[feature]}}}'")

    def pause(self, seconds: float | None) -> str:
        """The mark of a pause, empty where it is too short to be marked; unmeasured pauses get the short mark."""
        if seconds is None:
            return self.pause_short.format(dots="..", seconds=2, tenths="2.0")
        seconds = round(seconds, 1)  # as it is printed: a pause that is printed as 2.0 counts as two seconds
        if seconds < self.pause_short_s:
            return ""
        template = self.pause_short if seconds < self.pause_timed_s else self.pause_timed
        whole = int(seconds + 0.5)
        return template.format(dots="." * max(1, int(seconds)), seconds=whole, tenths=f"{seconds:.1f}")

    def unclear_at(self, seconds: float | None) -> str:
        """The mark of unrecognised speech, with its time."""
        return self.unclear_untimed if seconds is None else self.unclear.format(time=clock(int(seconds)))

    def guessed(self, word: str) -> str:
        """A word of low confidence: `word,` becomes `(word?),`."""
        match = re.fullmatch(r"([^\w]*)(.*?)([^\w]*)", word, re.DOTALL)
        if match is None or not match[2]:
            return word
        return match[1] + self.guess.format(word=match[2]) + match[3]

    def key(self) -> list[tuple[str, str]]:
        """Rows (mark, meaning) for the cover page."""
        timed = self.pause(max(4.0, self.pause_timed_s))
        return [
            ("[daughter], [town]", "an identifier, replaced"),
            (self.pause(self.pause_short_s), f"a pause of {self.pause_short_s:g} seconds or more"),
            (timed, f"a pause of {self.pause_timed_s:g} seconds or more, with its length"),
            (f"{self.overlap_open}word{self.overlap_close}", "words spoken while the other speaks"),
            (self.backchannel.format(role="I", words="mm-hm"), "the other says something without taking the turn"),
            (self.unclear.format(time="00:14:32"), "speech that could not be made out, with its time"),
            (self.guess.format(word="word"), "best guess"),
            (self.nonverbal.format(text="laughs"), "something that is not a word, or a note of the transcriber"),
            ("wor-", "a word cut off"),
        ]


def _shape(text: str) -> str:
    """What distinguishes one mark from another for a reader: every letter and every digit becomes the same sign."""
    return re.sub(r"\d+", "0", text)


def names() -> list[str]:
    """Notation sets that come with the program."""
    return sorted(path.stem for path in (configs_folder() / "notation").glob("*.yaml"))


def read(path: Path) -> Notation:
    """A notation set from a file.

    Raises:
        SettingsError: not YAML, an unknown or missing key, or marks that cannot be told apart.
    """
    raw: dict[str, Any] = read_yaml(path)
    known = [field for field in Notation.model_fields if field != "name"]
    for key in raw:
        if key not in known:
            raise SettingsError(f"unknown key '{key}'{nearest(str(key), known)}", file=path, hint=HINT)
    try:
        return Notation.model_validate({**raw, "name": path.stem})
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"])
        what = first["msg"].removeprefix("Value error, ")
        raise SettingsError(f"'{field}': {what.lower()}" if field else what, file=path, hint=HINT) from None


def load(name: str) -> Notation:
    """A notation set by name, or from a file where `name` is a path that ends in .yaml.

    Raises:
        SettingsError: there is no such set, or it is not valid.
    """
    if name.endswith((".yaml", ".yml")):
        return read(Path(name))
    path = configs_folder() / "notation" / f"{name}.yaml"
    if name not in names():
        raise SettingsError(
            f"there is no notation '{name}'{nearest(name, names())}", hint=f"one of {', '.join(names())}"
        )
    return read(path)
