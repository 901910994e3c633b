"""Settings: one frozen class per stage, read strictly from YAML.

Order: built-in defaults < configs/default.yaml < preset < --settings FILE < options of the command line.
An unknown key is an error that names the nearest known one.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from pipeline.core import hashes
from pipeline.core.document import Action, Category, Frozen
from pipeline.core.errors import SettingsError, nearest
from pipeline.core.paths import read_bytes
from pipeline.core.untrusted import Malformed, yaml_of

MAX_YAML = 1_000_000
"""Bytes of a file with settings or tables."""


class Section(Frozen):
    """A section of the settings. The string below each field is its description in docs/settings.md."""

    model_config = ConfigDict(use_attribute_docstrings=True)


class IngestSettings(Section):
    """Opening and checking the recording."""

    max_hours: float = Field(default=8.0, gt=0, le=24)
    """The longest recording that is accepted, in hours."""
    min_seconds: float = Field(default=0.5, ge=0)
    """The shortest recording that is accepted, in seconds."""
    accept_truncated: bool = False
    """Accept a recording that is damaged or whose end is missing. What can be decoded is transcribed."""


class DiariseSettings(Section):
    """Finding out who speaks when."""

    speakers: int = Field(default=2, ge=0, le=8)
    """How many people speak, the interviewer included; 0 estimates the number from the recording."""
    engine: Literal["fast", "pyannote"] = "fast"
    """`fast` is this program's own diariser; `pyannote` is pyannote.audio's pipeline with the same weights, several
    times slower."""
    segmentation: str = "segmentation-3.0"
    """The weights that detect speech and changes of speaker."""
    embedding: str = "campplus"
    """The weights that turn a voice into a speaker embedding."""


class TranscribeSettings(Section):
    """Speech recognition, and which speaker said which word."""

    engine: Literal["auto", "ctranslate2", "torch"] = "auto"
    """What runs Whisper: `ctranslate2` suits a CPU, `torch` a GPU; `auto` chooses by the device."""
    model: str = "base"
    """The Whisper weights: `base`, `small`, `medium.en`, `large-v3-turbo` or `large-v3`. All but `base` must be
    fetched first, for example with `ipa models fetch whisper-small`."""
    language: str = "en"
    """The language spoken, as an ISO 639-1 code; `auto` detects it. Identifiers are looked for in English only."""
    beam_size: int = Field(default=2, ge=1, le=20)
    """How many hypotheses the decoder keeps. More is slower and, on the development recordings, hardly better."""
    batch_size: int = Field(default=16, ge=1, le=128)
    """How many windows are decoded at once. Smaller values need less memory."""
    prompt: str = "Um, er, I- I mean, you know."
    """A short text in the style that is wanted. The default keeps hesitations and false starts in the transcript."""
    threads: int = Field(default=0, ge=0, le=64)
    """How many CPU threads are used; 0 uses all there are, up to 16."""
    swap_roles: bool = False
    """Swap interviewer and participant, if each was taken for the other."""


class RedactSettings(Section):
    """What is replaced, and by what."""

    actions: dict[Category, Action] = Field(default_factory=dict)
    """What happens to a category, for example `{AGE: keep, PLACE: flag}`: `replace` hides it, `flag` leaves it readable
    and lists it for your decision, `keep` leaves it alone. Categories that are not named are replaced; `QUASI` is
    flagged."""
    earlier: str = ""
    """The id of an earlier interview with the same participant, whose replacements are used again."""
    style: Literal["describe", "pseudonym"] = "describe"
    """`describe` writes what something is (`[sister]`, `[town]`); `pseudonym` gives people invented names."""


class LinesSettings(Section):
    """How the text is divided into lines, and the notation."""

    width: int = Field(default=64, ge=20, le=200)
    """The width of a line in characters."""
    notation: str = "default"
    """A notation set (see below), or the path of a YAML file of your own."""
    pause_short_s: float | None = Field(default=None, gt=0)
    """From how many seconds on a pause is marked; `null` takes the notation set's value."""
    pause_timed_s: float | None = Field(default=None, gt=0)
    """From how many seconds on a pause is marked with its length; `null` takes the notation set's value."""
    guess_below: float = Field(default=0.0, ge=0, le=1)
    """Words that the recogniser was less sure of than this are marked as a best guess, `(word?)`; 0 marks none."""


#: Centimetres left for text and notes on each paper, after margins, line numbers and speakers.
ROOM_CM = {"a4-landscape": 24.0, "a4-portrait": 15.5, "a3-landscape": 36.5}
LEAST_NOTE_CM, LEAST_TEXT_CM = 2.0, 5.0


class EmitSettings(Section):
    """Which files are written to `share/`, and what their pages look like."""

    formats: tuple[str, ...] = ("txt", "docx", "pdf", "html", "xlsx", "json", "csv", "lines")
    """The formats that every run writes: names from [formats.md](formats.md). Above 60,000 words the PDF is left out
    until `ipa export` asks for it."""
    audio: bool = False
    """Also write a listening copy of the recording in which identifiers are silenced, to `private/`."""
    study: str = Field(default="", max_length=60)
    """The study's code, for covers and headers."""
    terms: Literal["2022", "2009"] = "2022"
    """Which edition's terms head the note columns: `2022` "Exploratory notes" and "Experiential statements", `2009`
    "Exploratory comments" and "Emergent themes"."""
    columns: tuple[Literal["number", "speaker", "text", "notes", "statements"], ...] = (
        "number",
        "speaker",
        "text",
        "notes",
        "statements",
    )
    """The columns of the page in their order; `number`, `speaker` and `text` must be among them."""
    paper: Literal["a4-landscape", "a4-portrait", "a3-landscape"] = "a4-landscape"
    """The size and orientation of the page."""
    notes_by: Literal["turn", "line"] = "turn"
    """Whether every turn or every line has a row, and with it note cells, of its own."""
    note_width_cm: float | None = Field(default=None, ge=LEAST_NOTE_CM, le=20)
    """The width of each note column in centimetres; `null` divides among them what the text column leaves."""
    text_width_cm: float | None = Field(default=None, ge=LEAST_TEXT_CM, le=30)
    """The width of the text column in centimetres; `null` takes what its lines need."""
    timestamps: bool = False
    """Put a time stamp before every turn of the plain-text and Markdown copies."""

    @field_validator("columns")
    @classmethod
    def _readable(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if len(set(value)) != len(value) or not {"number", "speaker", "text"} <= set(value):
            raise ValueError("name each column once, and number, speaker and text among them")
        return value

    @model_validator(mode="after")
    def _fits_the_paper(self) -> EmitSettings:
        notes = sum(column in ("notes", "statements") for column in self.columns)
        needed = notes * (self.note_width_cm or LEAST_NOTE_CM) + (self.text_width_cm or LEAST_TEXT_CM)
        if needed > ROOM_CM[self.paper]:
            room = f"{ROOM_CM[self.paper]:g} cm are free on {self.paper}"
            raise ValueError(f"note and text columns take {needed:g} cm, but only {room}")
        return self


class Settings(Frozen):
    """All settings of a run."""

    ingest: IngestSettings = IngestSettings()
    diarise: DiariseSettings = DiariseSettings()
    transcribe: TranscribeSettings = TranscribeSettings()
    redact: RedactSettings = RedactSettings()
    lines: LinesSettings = LinesSettings()
    emit: EmitSettings = EmitSettings()


def sha256_of(value: Any) -> str:
    """Hash of a plain value or a settings object, independent of key order."""
    if isinstance(value, BaseModel):
        value = value.model_dump(mode="json")
    return hashes.of_bytes(json.dumps(value, sort_keys=True, default=str).encode())


def configs_folder() -> Path:
    """Where configs/ is: in the source tree, or inside the installed package."""
    packaged = Path(str(resources.files("pipeline"))) / "_data" / "configs"
    return packaged if packaged.is_dir() else Path(__file__).resolve().parents[2] / "configs"


def read_yaml(path: Path) -> dict[str, Any]:
    """A YAML mapping.

    Raises:
        SettingsError: not YAML or not a mapping.
    """
    try:
        raw = yaml_of(read_bytes(path, MAX_YAML))
    except Malformed as error:
        raise SettingsError(
            f"{error.what}{error.where}", file=path, hint="compare it with configs/default.yaml"
        ) from None
    if raw is None:
        return {}
    if not isinstance(raw, dict):
        raise SettingsError("not fields with values", file=path, hint="compare it with configs/default.yaml")
    return raw


def merge(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """`over` laid over `base`, mappings merged key by key."""
    result = dict(base)
    for key, value in over.items():
        old = result.get(key)
        result[key] = merge(old, value) if isinstance(old, Mapping) and isinstance(value, Mapping) else value
    return result


def build(raw: Mapping[str, Any], source: Path | str | None = None) -> Settings:
    """Settings from a plain mapping.

    Raises:
        SettingsError: an unknown section or key (naming the nearest), or a value that is not allowed.
    """
    sections = Settings.model_fields
    for section, values in raw.items():
        if section not in sections:
            raise SettingsError(
                f"unknown section '{section}'{nearest(str(section), sections)}",
                file=source,
                hint="see configs/default.yaml",
            )
        cls = sections[section].annotation
        assert isinstance(cls, type)
        assert issubclass(cls, BaseModel)
        if not isinstance(values, Mapping):
            raise SettingsError(f"section '{section}' must hold keys and values", file=source)
        for key in values:
            if key not in cls.model_fields:
                raise SettingsError(
                    f"unknown key '{section}.{key}'{nearest(str(key), cls.model_fields)}",
                    file=source,
                    hint="see configs/default.yaml",
                )
    try:
        return Settings.model_validate(raw)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"])
        allowed = re.findall(r"'([^']+)'", first["ctx"]["expected"]) if first["type"] == "literal_error" else []
        raise SettingsError(
            f"'{field}': {first['msg'].lower()}{nearest(str(first['input']), allowed)}",
            file=source,
            hint="see configs/default.yaml",
        ) from None


def presets() -> list[str]:
    """Names of the presets."""
    return sorted(p.stem for p in (configs_folder() / "presets").glob("*.yaml"))


def load(
    *, preset: str | None = None, file: Path | None = None, overrides: Mapping[str, Any] | None = None
) -> Settings:
    """Settings for a run (order: module docstring). Each layer is checked by itself, so that an error names its file.

    Raises:
        SettingsError: see `build`.
    """
    layers: list[tuple[Mapping[str, Any], Path | None]] = []
    default = configs_folder() / "default.yaml"
    if default.is_file():
        layers.append((read_yaml(default), default))
    if preset:
        path = configs_folder() / "presets" / f"{preset}.yaml"
        if not path.is_file():
            raise SettingsError(
                f"there is no preset '{preset}'{nearest(preset, presets())}", hint=f"one of {', '.join(presets())}"
            )
        layers.append((read_yaml(path), path))
    if file is not None:
        layers.append((read_yaml(file), file))
    raw: dict[str, Any] = {}
    for layer, source in layers:
        raw = merge(raw, layer)
        build(raw, source)
    return build(merge(raw, overrides or {}))


OF_A_RECORDING = (("transcribe", "swap_roles"), ("redact", "earlier"))
"""Settings that belong to one recording, not to a study: a study's settings file does not override them."""


@dataclass(frozen=True)
class Wanted:
    """The settings that a command names, before they are laid over the defaults."""

    preset: str | None = None
    file: Path | None = None
    overrides: Mapping[str, Any] = field(default_factory=dict)

    def load(self, stored: Path | None = None) -> Settings:
        """The settings of a run.

        Args:
            stored: settings of the recording's last run. They take the place of the defaults where the command names
                neither a preset nor a file; what belongs to one recording is kept in any case, unless it is named.

        Raises:
            SettingsError: see `build`.
        """
        if stored is None:
            return load(preset=self.preset, file=self.file, overrides=self.overrides)
        if self.preset is None and self.file is None:
            return load(file=stored, overrides=self.overrides)
        last = build(read_yaml(stored), stored).model_dump(mode="json")
        kept: dict[str, Any] = {}
        for section, key in OF_A_RECORDING:
            if last[section][key]:
                kept = merge(kept, {section: {key: last[section][key]}})
        return load(preset=self.preset, file=self.file, overrides=merge(kept, self.overrides))


def known() -> list[str]:
    """Every setting as "section.key"."""
    return [f"{section}.{key}" for section, values in Settings() for key in type(values).model_fields]


def assignment(text: str) -> dict[str, dict[str, Any]]:
    """The setting that `section.key=value` names; the value is written as in a settings file, or a list as "a,b".

    Raises:
        SettingsError: not of that form, no such setting (naming the nearest), or a value that is not allowed.
    """
    name, equals, value = text.partition("=")
    name, value = name.strip(), value.strip()
    if not equals or name not in known():
        elsewhere = [full for full in known() if full.split(".")[1] == name.split(".")[-1]]
        proposed = nearest(name, known()) if not elsewhere else f"; did you mean '{elsewhere[0]}'?"
        what = f"there is no setting '{name}'{proposed}" if equals else f"'{text}' sets nothing"
        raise SettingsError(what, hint="write --set section.key=value; docs/settings.md lists all settings")
    section, key = name.split(".")
    default = getattr(getattr(Settings(), section), key)
    try:
        parsed = yaml_of(value.encode())
        if isinstance(default, tuple) and isinstance(parsed, str):
            parsed = [part.strip() for part in parsed.split(",")]
        build({section: {key: parsed}})
    except (Malformed, SettingsError) as error:
        as_text = {section: {key: value}}  # "2022" is text, though YAML reads a number
        try:
            build(as_text)
        except SettingsError:
            raise (error if isinstance(error, SettingsError) else SettingsError(f"'{name}': {error.what}")) from None
        return as_text
    return {section: {key: parsed}}
