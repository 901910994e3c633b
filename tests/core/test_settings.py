"""Settings are strict: what is not known is an error that helps."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from pipeline.core import settings
from pipeline.core.errors import SettingsError


def test_defaults_are_those_of_the_file() -> None:
    assert settings.load() == settings.Settings()


@pytest.mark.parametrize("preset", settings.presets())
def test_every_preset_loads(preset: str) -> None:
    assert settings.load(preset=preset)


def test_layers_go_over_each_other(tmp_path: Path) -> None:
    mine = tmp_path / "mine.yaml"
    mine.write_text("transcribe: {beam_size: 3}\nlines: {width: 70}\n")
    loaded = settings.load(preset="fast", file=mine, overrides={"lines": {"width": 80}})
    assert (loaded.transcribe.beam_size, loaded.lines.width) == (3, 80)
    assert loaded.transcribe.model == settings.Settings().transcribe.model


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("transcrib: {beam_size: 3}", r"unknown section 'transcrib'; did you mean 'transcribe'\?"),
        ("transcribe: {beam_sise: 3}", r"unknown key 'transcribe.beam_sise'; did you mean 'beam_size'\?"),
        ("transcribe: {qqq: 3}", r"unknown key 'transcribe.qqq'\n"),
        ("transcribe: 3", "must hold keys and values"),
        ("transcribe: {beam_size: 0}", "greater than or equal to 1"),
        ("lines: {width: wide}", "'lines.width'"),
        ("emit: {paper: a4-portrait, note_width_cm: 8}", "take 21 cm, but only 15.5 cm are free on a4-portrait"),
        ("emit: {text_width_cm: 21}", "take 25 cm, but only 24 cm are free on a4-landscape"),
        ("- a\n- b", "not fields with values"),
        ("a: [", "not valid YAML"),
    ],
)
def test_mistakes_are_named(tmp_path: Path, text: str, said: str) -> None:
    mine = tmp_path / "mine.yaml"
    mine.write_text(text)
    with pytest.raises(SettingsError, match=said) as caught:
        settings.load(file=mine)
    assert caught.value.exit_code == 2
    assert caught.value.file == mine


@pytest.mark.parametrize(
    "emit",
    [
        {"paper": "a4-portrait", "note_width_cm": 5},
        {"text_width_cm": 20},
        {"paper": "a3-landscape", "note_width_cm": 12, "text_width_cm": 12},
        {"paper": "a4-portrait", "note_width_cm": 8, "columns": ["number", "speaker", "text", "notes"]},
    ],
)
def test_columns_that_fit_the_paper(emit: dict[str, object]) -> None:
    assert settings.load(overrides={"emit": emit}).emit.paper == emit.get("paper", "a4-landscape")


def test_unknown_preset() -> None:
    with pytest.raises(SettingsError, match="did you mean 'fast'"):
        settings.load(preset="fasst")


def test_default_file_names_only_known_keys_and_repeats_the_defaults() -> None:
    raw = yaml.safe_load((settings.configs_folder() / "default.yaml").read_text())
    defaults = settings.Settings().model_dump(mode="json")
    assert set(raw) == set(defaults)
    for section, values in raw.items():
        for key, value in values.items():
            assert defaults[section][key] == value, f"{section}.{key}"


def test_hash_does_not_depend_on_order() -> None:
    assert settings.sha256_of({"a": 1, "b": 2}) == settings.sha256_of({"b": 2, "a": 1})
    assert settings.sha256_of({"a": 1}) != settings.sha256_of({"a": 2})
