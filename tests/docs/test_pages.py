"""The pages: short enough, links and paths that lead somewhere, examples that are valid, lists that are complete."""

from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path
from typing import get_args

import pytest
import yaml

from pipeline.core import errors, keysheet, settings, studysheet
from pipeline.core.document import Category
from pipeline.core.settings import LinesSettings
from pipeline.exporters import csv_, json_
from pipeline.exporters.base import ExportContext
from pipeline.exporters.registry import FORMATS
from pipeline.release import words_file
from pipeline.transcript import notation
from pipeline.transcript.lines import number
from tests import builders
from tests.docs.reading import NAMES, PAGES, ROOT, blocks

_LINK = re.compile(r"\]\(([^)\s]+)\)")
_PATH = re.compile(r"`((?:pipeline|tests|bench|configs|docs|models|recordings)/[\w./-]+)`")
CREATED = ("models/weights/", "recordings/P03")
"""Paths that are there only after something was run."""


def text_of(name: str) -> str:
    return (ROOT / name).read_text("utf-8")


def anchors(page: Path) -> set[str]:
    """The anchors that GitHub gives to the headings of a page."""
    heads = re.findall(r"^#+ (.*)$", page.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


def test_the_readme_is_short() -> None:
    assert len(text_of("README.md").splitlines()) <= 180


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_links_lead_somewhere(page: Path) -> None:
    for link in _LINK.findall(page.read_text("utf-8")):
        if "://" in link:
            continue
        name, _, anchor = link.partition("#")
        target = (page.parent / name).resolve() if name else page
        assert target.exists(), link
        assert not anchor or anchor in anchors(target), link


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_paths_of_the_repository_exist(page: Path) -> None:
    for path in _PATH.findall(page.read_text("utf-8")):
        if not path.startswith(CREATED) and "NAME" not in path:
            assert (ROOT / path).exists(), path


def test_every_page_in_docs_is_linked_from_another() -> None:
    linked = {link.split("#")[0].split("/")[-1] for page in PAGES for link in _LINK.findall(page.read_text("utf-8"))}
    assert {page.name for page in ROOT.glob("docs/*.md")} <= linked


@pytest.mark.parametrize("name", ["page.png", "report.png"])
def test_pictures_are_small_and_shown(name: str) -> None:
    path = ROOT / "docs" / name
    assert path.stat().st_size <= 200_000
    header = path.read_bytes()[:24]
    assert header.startswith(b"\x89PNG")
    assert 900 <= int.from_bytes(header[16:20], "big") <= 1400  # pixels across
    assert f"](docs/{name})" in text_of("README.md")


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_yaml_examples_are_valid(page: Path, tmp_path: Path) -> None:
    """Each is a settings file, a study sheet or a key sheet."""
    for block in blocks(page.read_text("utf-8")):
        if block.language != "yaml":
            continue
        if set(yaml.safe_load(block.text)) & set(settings.Settings.model_fields):
            (tmp_path / "settings.yaml").write_text(block.text, "utf-8")
            assert settings.load(file=tmp_path / "settings.yaml") != settings.load()
        elif "staff" in yaml.safe_load(block.text):
            assert list(studysheet.parse(block.text.encode(), "example").named())
        else:
            assert keysheet.parse(block.text.encode(), "example").all_names()


def test_the_json_examples_of_the_contracts_have_the_real_fields() -> None:
    words, transcript = (json.loads(b.text) for b in blocks(text_of("docs/contracts.md")) if b.language == "json")
    document = builders.invented()
    written = json.loads(b"".join(words_file.pieces(document)))
    assert set(words) == set(written)
    assert set(words["words"][0]) == set(written["words"][0])
    numbered = number(document, LinesSettings(), notation.load("default"))
    shared = json.loads(json_.write(numbered, ExportContext()))
    assert set(transcript) <= set(shared)
    assert set(transcript["lines"][0]) <= set(shared["lines"][0])
    assert set(transcript["turns"][0]) <= set(shared["turns"][0])


def test_the_columns_of_lines_csv_are_those_of_the_contract() -> None:
    numbered = number(builders.invented(), LinesSettings(), notation.load("default"))
    rows = csv.reader(io.StringIO(csv_.write_lines(numbered, ExportContext()).decode("utf-8-sig")))
    assert f"`{','.join(next(rows))}`" in text_of("docs/contracts.md")


def test_the_contracts_list_all_categories_and_all_fields_of_a_key_sheet() -> None:
    text = text_of("docs/contracts.md")
    assert tuple(re.findall(r"^\| `([A-Z_]+)` \|", text, re.MULTILINE)) == get_args(Category)
    section = text.partition("## C10")[2]
    named = {n for row in re.findall(r"^\| (`.*?) \|", section, re.MULTILINE) for n in re.findall(r"`(\w+)`", row)}
    assert named == set(keysheet.FIELDS)


def test_all_contracts_that_the_code_cites_are_defined() -> None:
    defined = set(re.findall(r"^## (C\d+) ", text_of("docs/contracts.md"), re.MULTILINE))
    assert defined == {f"C{n}" for n in range(1, 11)}
    for path in [*ROOT.glob("pipeline/**/*.py"), *ROOT.glob("tests/**/*.py")]:
        cited = re.findall(r"\bcontracts? (C\d+)", path.read_text("utf-8"))
        assert set(cited) <= defined, path


def test_all_exit_codes_are_listed() -> None:
    def below(cls: type[errors.IpaError]) -> set[int]:
        return {cls.exit_code}.union(*(below(inner) for inner in cls.__subclasses__()))

    listed = {int(code) for code in re.findall(r"^\| (\d+) \|", text_of("docs/commands.md"), re.MULTILINE)}
    assert listed == below(errors.IpaError) | {0}


def test_the_guide_to_formats_names_only_formats_that_exist() -> None:
    section = text_of("docs/formats.md").partition("## Which one")[2].partition("\n## ")[0]
    cells = [row.split("|")[2] for row in section.splitlines() if row.startswith("| ") and "---" not in row]
    named = {name for cell in cells for name in re.findall(r"`([\w-]+)`", cell)}
    assert len(named) > 10
    assert named <= set(FORMATS)


@pytest.mark.parametrize("name", ["README.md", "docs/guide.md", "docs/data-protection.md"])
def test_the_transcript_is_never_called_anonymous(name: str) -> None:
    for match in re.finditer(r"(\S+)\s+\**anonymous", text_of(name)):
        assert match[1] == "not", match[0]
