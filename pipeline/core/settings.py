"""Settings: one frozen class per stage, read strictly from YAML.

Order: built-in defaults < configs/default.yaml < preset < --settings FILE < options of the command line.
An unknown key is an error that names the nearest known one.
"""

from __future__ import annotations

import difflib
import hashlib
import json
from collections.abc import Iterable, Mapping
from importlib import resources
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, Field, ValidationError, field_validator

from pipeline.core.document import Action, Category, Frozen
from pipeline.core.errors import SettingsError
from pipeline.core.paths import read_bytes
from pipeline.core.untrusted import Malformed, yaml_of

MAX_YAML = 1_000_000
"""Bytes of a file with settings or tables."""


class IngestSettings(Frozen):
    """Decoding and probing."""

    max_hours: float = Field(default=8.0, gt=0, le=24)
    min_seconds: float = Field(default=0.5, ge=0)
    accept_truncated: bool = False


class DiariseSettings(Frozen):
    """Who speaks when. `speakers` 0 finds the number itself."""

    speakers: int = Field(default=2, ge=0, le=8)
    engine: Literal["fast", "pyannote"] = "fast"
    segmentation: str = "segmentation-3.0"
    embedding: str = "campplus"


class TranscribeSettings(Frozen):
    """Speech to text and attribution.

    `language` is a code ("en") or "auto"; `prompt` sets the style of what is written (fillers, capitals);
    `threads` 0 takes what the machine has, up to 16.
    """

    engine: Literal["auto", "ctranslate2", "torch"] = "auto"
    model: str = "base"
    language: str = "en"
    beam_size: int = Field(default=2, ge=1, le=20)
    batch_size: int = Field(default=16, ge=1, le=128)
    prompt: str = "Um, er, I- I mean, you know."
    threads: int = Field(default=0, ge=0, le=64)
    swap_roles: bool = False


class RedactSettings(Frozen):
    """What is replaced and how. `actions` overrides the fate of a category; `earlier` is the id of an earlier
    interview of the same participant, whose replacements are kept."""

    actions: dict[Category, Action] = Field(default_factory=dict)
    earlier: str = ""
    spacy_model: str = "en-core-web-sm"
    style: Literal["describe", "pseudonym"] = "describe"


class LinesSettings(Frozen):
    """The page: line width in characters, notation set, thresholds of pauses in seconds.

    Pause thresholds left out are those of the notation set. Words of lower confidence than `guess_below`
    (0..1) are marked as guesses; 0 marks none.
    """

    width: int = Field(default=64, ge=20, le=200)
    notation: str = "default"
    pause_short_s: float | None = Field(default=None, gt=0)
    pause_timed_s: float | None = Field(default=None, gt=0)
    guess_below: float = Field(default=0.0, ge=0, le=1)


class EmitSettings(Frozen):
    """Which files are written to share/, and what their pages look like.

    `study` is the study code for covers and headers, `terms` the edition whose words head the note columns
    (2022 "Experiential statements", 2009 "Emergent themes"), `columns` their order on the page; number, speaker
    and text must be among them.
    """

    formats: tuple[str, ...] = ("txt", "docx", "pdf", "html", "xlsx", "json", "csv", "lines")
    audio: bool = False
    study: str = Field(default="", max_length=60)
    terms: Literal["2022", "2009"] = "2022"
    columns: tuple[Literal["number", "speaker", "text", "notes", "statements"], ...] = (
        "number",
        "speaker",
        "text",
        "notes",
        "statements",
    )
    timestamps: bool = False

    @field_validator("columns")
    @classmethod
    def _readable(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if len(set(value)) != len(value) or not {"number", "speaker", "text"} <= set(value):
            raise ValueError("name each column once, and number, speaker and text among them")
        return value


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
    return hashlib.sha256(json.dumps(value, sort_keys=True, default=str).encode()).hexdigest()


def nearest(word: str, known: Iterable[str]) -> str:
    """ "; did you mean 'x'?" for the nearest known word, or an empty string."""
    close = difflib.get_close_matches(word, list(known), n=1, cutoff=0.5)
    return f"; did you mean '{close[0]}'?" if close else ""


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
        raise SettingsError(
            f"'{field}': {first['msg'].lower()}", file=source, hint="see configs/default.yaml"
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
