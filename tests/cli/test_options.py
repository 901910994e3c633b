"""Options that stand for settings, and those of reports."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
import pytest

from pipeline.cli import options, run, status, tools  # noqa: F401 - importing them adds their commands
from pipeline.cli.group import cli
from pipeline.cli.reference import all_commands
from pipeline.core import settings
from pipeline.core.errors import SettingsError

VALUES: dict[str, tuple[list[str], Any]] = {
    "engine": (["--engine", "torch"], "torch"),
    "model": (["--model", "small"], "small"),
    "speakers": (["--speakers", "0"], 0),
    "language": (["--language", "de"], "de"),
    "earlier": (["--earlier", "P01"], "P01"),
    "swap_roles": (["--swap-roles"], True),
    "audio": (["--audio"], True),
}
"""Option -> what is typed and what the setting becomes."""


def _parsed(command: str, *arguments: str) -> dict[str, Any]:
    return cli.commands[command].make_context(command, [*arguments]).params


def test_every_option_that_is_a_setting_is_tried() -> None:
    assert set(VALUES) == {option.name for option in options.RUN_OPTIONS if option.setting}


@pytest.mark.parametrize("name", VALUES)
@pytest.mark.parametrize("command", ["run", "batch", "emit"])
def test_an_option_sets_its_setting_and_nothing_else(command: str, name: str) -> None:
    typed, value = VALUES[name]
    (option,) = (o for o in options.RUN_OPTIONS if o.name == name)
    assert option.setting is not None
    section, key = option.setting
    assert options.wanted(_parsed(command, "x", *typed)).overrides == {section: {key: value}}
    assert options.wanted(_parsed(command, "x")) == settings.Wanted()


@pytest.mark.parametrize("option", options.RUN_OPTIONS, ids=lambda option: option.name)
@pytest.mark.parametrize("stage", options.STAGES)
def test_a_stage_shows_the_options_that_it_uses(stage: str, option: options.RunOption) -> None:
    shown = option.name in {parameter.name for parameter in cli.commands[stage].params}
    assert shown == (options.STAGES.index(option.stage) <= options.STAGES.index(stage))


def test_the_stages_are_those_of_the_registry() -> None:
    from pipeline import stages

    of_review = {"correct", "review"}  # they run whenever there are edits, and are no commands
    assert list(options.STAGES) == [name for name in stages.names() if name not in of_review]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("lines.width=72", {"lines": {"width": 72}}),
        ("lines.pause_short_s=null", {"lines": {"pause_short_s": None}}),
        ("emit.terms=2009", {"emit": {"terms": "2009"}}),
        ("emit.study=1234", {"emit": {"study": "1234"}}),
        ("emit.formats=[txt, docx]", {"emit": {"formats": ["txt", "docx"]}}),
        ("emit.formats=txt, docx", {"emit": {"formats": ["txt", "docx"]}}),
        ("emit.formats=txt", {"emit": {"formats": ["txt"]}}),
        ("redact.actions={AGE: keep}", {"redact": {"actions": {"AGE": "keep"}}}),
        ("transcribe.prompt=a=b", {"transcribe": {"prompt": "a=b"}}),
        ("transcribe.prompt=Er: yes: no", {"transcribe": {"prompt": "Er: yes: no"}}),
        (" transcribe.swap_roles = true ", {"transcribe": {"swap_roles": True}}),
    ],
)
def test_any_setting_can_be_set(text: str, expected: dict[str, Any]) -> None:
    assert settings.assignment(text) == expected


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("lines.widht=72", "did you mean 'lines.width'"),
        ("transcribe.style=pseudonym", "did you mean 'redact.style'"),
        ("width=72", "there is no setting 'width'"),
        ("lines.width", "sets nothing"),
        ("lines.width=wide", "'lines.width'"),
        ("lines.width=1000", "'lines.width'"),
        ("lines=72", "there is no setting 'lines'"),
        ("redact.actions={AGE: hide}", "'redact.actions"),
    ],
)
def test_a_wrong_assignment_is_an_error_that_says_why(text: str, said: str) -> None:
    with pytest.raises(SettingsError, match=said.replace(".", r"\.")):
        settings.assignment(text)


def test_an_option_of_its_own_counts_more_than_set() -> None:
    parsed = _parsed("run", "x", "--model", "small", "--set", "transcribe.model=base", "--set", "lines.width=72")
    assert options.wanted(parsed).overrides == {"transcribe": {"model": "small"}, "lines": {"width": 72}}


def test_a_settings_file_for_a_study_keeps_what_belongs_to_a_recording(tmp_path: Path) -> None:
    study, stored = tmp_path / "study.yaml", tmp_path / "settings.json"
    study.write_text("lines: {width: 72}\n")
    last = settings.build({"transcribe": {"swap_roles": True, "model": "small"}, "redact": {"earlier": "P01"}})
    stored.write_text(last.model_dump_json())
    kept = settings.Wanted(file=study).load(stored)
    assert (kept.transcribe.swap_roles, kept.redact.earlier, kept.lines.width) == (True, "P01", 72)
    assert kept.transcribe.model == "base"
    undone = settings.Wanted(file=study, overrides={"transcribe": {"swap_roles": False}}).load(stored)
    assert not undone.transcribe.swap_roles


@pytest.mark.parametrize(("name", "command"), list(all_commands(cli, "ipa")))
def test_every_command_reports_as_asked(name: str, command: click.Command) -> None:
    assert {o for p in command.params for o in p.opts} >= options.REPORT_FLAGS, name


@pytest.mark.parametrize(
    "arguments",
    [["--debug", "-q", "models", "list"], ["models", "list", "--debug", "-q"], ["-q", "models", "list", "--debug"]],
)
def test_report_flags_stand_before_or_after_the_command(arguments: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[options.Reporting] = []
    monkeypatch.setattr("pipeline.weights.catalogue.summary", lambda _: seen.append(options.reporting()) or [])
    cli.main(arguments, standalone_mode=False)
    assert seen == [options.Reporting(quiet=True, debug=True)]
