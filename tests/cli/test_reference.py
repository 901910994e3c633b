"""The generated parts of the pages are what the program does now, and an old one is noticed."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import pytest
from pydantic import BaseModel

from pipeline.cli import reference
from pipeline.core import settings

PAGES = sorted({page for page, _ in reference.PARTS.values()})


@pytest.mark.parametrize("page", PAGES)
def test_generated_parts_are_current(page: str) -> None:
    text = (reference.ROOT / page).read_text("utf-8")
    assert reference.render(page, text) == text


@pytest.fixture
def copies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for page in PAGES:
        (tmp_path / page).parent.mkdir(exist_ok=True)
        (tmp_path / page).write_text((reference.ROOT / page).read_text("utf-8"), "utf-8")
    monkeypatch.setattr(reference, "ROOT", tmp_path)
    return tmp_path


@pytest.mark.parametrize("part", reference.PARTS)
def test_an_old_part_is_noticed_and_written_anew(part: str, copies: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = reference.PARTS[part][0]
    current = (copies / page).read_text("utf-8")
    old = current.replace(f"<!-- {part} -->\n", f"<!-- {part} -->\nsomething from before\n")
    (copies / page).write_text(old, "utf-8")
    monkeypatch.setattr("sys.argv", ["docs", "--check"])
    with pytest.raises(SystemExit, match=page):
        reference.main()
    assert (copies / page).read_text("utf-8") == old
    monkeypatch.setattr("sys.argv", ["docs"])
    reference.main()
    assert (copies / page).read_text("utf-8") == current
    monkeypatch.setattr("sys.argv", ["docs", "--check"])
    reference.main()


def test_a_page_without_a_place_for_its_part_is_an_error() -> None:
    with pytest.raises(SystemExit, match=r"docs/formats\.md has no part"):
        reference.render("docs/formats.md", "# Formats\n")


def test_every_setting_is_described_in_whole_sentences() -> None:
    for section in settings.Settings.model_fields.values():
        assert isinstance(section.annotation, type)
        assert issubclass(section.annotation, BaseModel)
        for name, field in section.annotation.model_fields.items():
            assert (field.description or "").endswith("."), name


def test_a_setting_without_a_description_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings.IngestSettings.model_fields["max_hours"], "description", None)
    with pytest.raises(SystemExit, match=r"ingest\.max_hours has no description"):
        reference.settings_tables()


@pytest.mark.parametrize(
    ("section", "name", "said"),
    [
        ("ingest", "max_hours", "number above 0 to 24"),
        ("ingest", "accept_truncated", "`true`, `false`"),
        ("diarise", "speakers", "whole number from 0 to 8"),
        ("transcribe", "engine", "`auto`, `ctranslate2`, `torch`"),
        ("redact", "actions", "category: `replace`, `flag`, `keep`"),
        ("lines", "pause_short_s", "number above 0 or `null`"),
        ("emit", "study", "text, at most 60 characters"),
        ("emit", "formats", "list of names"),
        ("emit", "columns", "list of `number`, `speaker`, `text`, `notes`, `statements`"),
    ],
)
def test_what_a_setting_may_be(section: str, name: str, said: str) -> None:
    cls: Any = settings.Settings.model_fields[section].annotation
    field = cls.model_fields[name]
    assert reference.values(field.annotation, field) == said


def test_a_type_that_cannot_be_described_is_an_error() -> None:
    field = settings.IngestSettings.model_fields["max_hours"]
    with pytest.raises(TypeError, match="complex"):
        reference.values(complex, field)
    assert reference.values(Literal["a"], field) == "`a`"
