"""Every command in the pages is run, or at least parsed with the real command line.

`ipa` commands of a page are run in their order, in a folder of their own, on an invented recording. The three stages
with models are scripted; everything else is real.
"""

from __future__ import annotations

import io
import os
import shutil
import subprocess
from pathlib import Path

import click
import docx
import pytest

from pipeline.cli.main import main
from pipeline.core.errors import UsageProblem
from tests import scripted, sounds
from tests.docs import reading
from tests.docs.reading import NAMES, PAGES, ROOT

PARSED_ONLY = {
    ("models", "fetch"): "opens the network",
    ("doctor",): "judges this machine",
    ("review",): "waits for a browser",
    ("batch",): "works in processes of its own, with the real models",
}
RUN_BY_BASH = {"mkdir", "mv"}
PARSED_BY_BASH = {"git", "cd", "source", "read", "export"}


@pytest.fixture
def study(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A study folder with what the pages name, and the scripted stages."""
    (tmp_path / "recordings").mkdir()
    for n, name in enumerate(("P03.m4a", "P03-2.m4a", "sample.flac")):
        sounds.write(tmp_path / "recordings" / name, sounds.tone(4, hertz=440 + n))
    shutil.copy(ROOT / "configs" / "key-sheet.example.yaml", tmp_path / "recordings" / "P03.yaml")
    shutil.copy(ROOT / "configs" / "study-sheet.example.yaml", tmp_path / "recordings" / "study.yaml")
    (tmp_path / "settings.yaml").write_text("emit: {formats: [txt, json, docx]}\n")
    (tmp_path / "typed").mkdir()
    typed = docx.Document()
    for role, text in scripted.SCRIPT:
        typed.add_paragraph(f"{role}: {text.replace('{', '').replace('}', '')}")
    typed.save(str(tmp_path / "typed" / "P07.docx"))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.stdin", io.StringIO("y\n" * 5))
    scripted.install(monkeypatch)
    return tmp_path


def _finish(identifier: str) -> None:
    """A finished transcript, for a page that begins with one."""
    if not Path("outputs", identifier).is_dir():
        _run(["run", f"recordings/{identifier}.m4a", "--settings", "settings.yaml", "--quiet"])


def _run(arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    assert caught.value.code == 0, f"ipa {' '.join(arguments)}"


def _check(words: list[str]) -> None:
    while reading.ASSIGNMENT.fullmatch(words[0]):  # UPDATE_GOLDEN=1 python ...
        words = words[1:]
    program, arguments = words[0], words[1:]
    if program == "ipa":
        reading.check_ipa(arguments, whole=True)
        if not any(tuple(arguments[: len(only)]) == only for only in PARSED_ONLY):
            if "P03" in arguments and "--earlier" not in arguments:
                _finish("P03")
            _run(arguments)
    elif program == "make":
        reading.check_make(arguments)
    elif program == "python":
        assert arguments[:2] == ["-m", "pytest"]
        for path in arguments[2:]:
            assert path in ("-q", "-x") or (ROOT / path).exists(), path
    elif program in RUN_BY_BASH:
        subprocess.run(["bash", "-ec", " ".join(words)], check=True)
    elif program in PARSED_BY_BASH:
        return
    else:
        assert os.access(ROOT / program, os.X_OK), f"no test knows the program {program}"


@pytest.mark.slow
@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_commands_of_a_page(page: Path, study: Path) -> None:
    for words in reading.shell_commands(page.read_text("utf-8")):
        _check(words)


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_shell_blocks_are_shell(page: Path) -> None:
    for block in reading.blocks(page.read_text("utf-8")):
        assert block.language in ("sh", "yaml", "json", "python", "text", ""), block.language
        if block.language == "sh":
            subprocess.run(["bash", "-n"], input=block.text, text=True, check=True)


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_no_command_hides_in_a_block_without_a_language(page: Path) -> None:
    for block in reading.blocks(page.read_text("utf-8")):
        if block.language == "":
            assert not any(line.startswith(("ipa ", "make ", "$ ")) for line in block.text.splitlines())


SOURCES = [
    *PAGES,
    *sorted(ROOT.glob("pipeline/**/*.py")),
    *sorted(ROOT.glob("configs/**/*.yaml")),
    ROOT / "Makefile",
    ROOT / "models" / "catalogue.yaml",
]


@pytest.mark.parametrize("path", SOURCES, ids=[str(p.relative_to(ROOT)) for p in SOURCES])
def test_commands_within_sentences_exist(path: Path) -> None:
    for program, *arguments in reading.mentioned_commands(path.read_text("utf-8")):
        if program == "ipa":
            reading.check_ipa(arguments, whole=False)
        else:
            reading.check_make(arguments)


@pytest.mark.parametrize(
    "line",
    [
        "ipa rum recordings/P03.m4a",
        "ipa run recordings/P03.m4a --speeker 2",
        "ipa run recordings/P03.m4a --preset quick",
        "ipa run",
        "ipa --nonsense run recordings/P03.m4a",
        "ipa models fatch",
        "ipa export P03 --format nvivoo",
        "ipa export P03",
        "ipa run recordings/P99.m4a",
        "make transscribe",
        "make transcribe SPEED=2",
        'make batch ARGS="--speeker 2"',
        "python -m pytest tests/test_nowhere.py",
        "docs/nowhere.sh",
        "curl example.com",
    ],
)
def test_a_wrong_command_in_a_page_is_noticed(line: str, study: Path) -> None:
    (words,) = reading.shell_commands(f"Text.\n\n```sh\n{line}\n```\n")
    with pytest.raises((click.ClickException, UsageProblem, AssertionError)):
        _check(words)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("see `ipa lock P03`", [["ipa", "lock", "P03"]]),
        ("  Examples:\n    ipa models fetch      what is needed\n", [["ipa", "models", "fetch"]]),
        ("say `make transcribe` again", [["make", "transcribe"]]),
        ("`make` and `ipa` alone, ipa in a sentence", []),
    ],
)
def test_commands_within_sentences_are_found(text: str, found: list[list[str]]) -> None:
    assert list(reading.mentioned_commands(text)) == found
