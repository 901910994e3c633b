"""What the shell proposes, by click's own mechanism, and in the shells that this machine has."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.shell_completion import ShellComplete

from pipeline.cli import run, status, tools  # noqa: F401 - importing them adds their commands
from pipeline.cli.group import cli
from tests.docs.reading import ROOT


@pytest.fixture
def study(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("outputs/P03/work", "outputs/P04/work", "other/Q1/work", "outputs/empty", "outputs/no id/work"):
        (tmp_path / name).mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def _proposed(line: str) -> list[str]:
    *before, last = line.split(" ")
    return [item.value for item in ShellComplete(cli, {}, "ipa", "_IPA_COMPLETE").get_completions(before, last)]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("stat", ["status"]),
        ("models ", ["list", "fetch", "verify"]),
        ("lock ", ["P03", "P04"]),
        ("lock P04", ["P04"]),
        ("lock X", []),
        ("purge -o other ", ["Q1"]),
        ("key show P", ["P03", "P04"]),
        ("status P03 P", ["P03", "P04"]),
        ("emit P", ["P03", "P04"]),
        ("run rec", ["rec"]),  # type "file": the shell's own
        ("run x.wav --earlier P0", ["P03", "P04"]),
        ("run x.wav --preset b", ["balanced", "best"]),
        ("run x.wav --set lines.w", ["lines.width="]),
        ("run x.wav --model bas", ["base"]),
        ("export P03 --format pd", ["pdf"]),
        ("export P03 -f al", ["all"]),
        ("lock P03 --di", ["--diff"]),
        ("models verify whisper-b", ["whisper-base"]),
    ],
)
def test_what_is_proposed(study: Path, line: str, expected: list[str]) -> None:
    assert _proposed(line) == expected


def _lines() -> dict[str, str]:
    """Shell -> the line of docs/commands.md."""
    rows = re.findall(r"^\| (\w+) \| `(.*?)` \|", (ROOT / "docs/commands.md").read_text(), re.MULTILINE)
    return {shell: line.replace("\\|", "|") for shell, line in rows if "_IPA_COMPLETE" in line}


ASK = {
    "bash": "COMP_WORDS=(ipa lock P0); COMP_CWORD=2; _ipa_completion ipa; printf '%s\\n' \"${COMPREPLY[@]}\"",
    "zsh": "compdef() { :; }; COMP_WORDS='ipa lock P0' COMP_CWORD=2 _IPA_COMPLETE=zsh_complete ipa",
    "fish": "complete -C 'ipa lock P0'",
}


def test_the_page_has_a_line_for_each_shell() -> None:
    assert set(_lines()) == set(ASK)


@pytest.mark.parametrize("shell", ASK)
def test_the_line_of_the_page_completes_ids(study: Path, shell: str) -> None:
    program = shutil.which(shell)
    if program is None:
        pytest.skip(f"this machine has no {shell}")
    (study / "bin").mkdir()
    (study / "bin" / "ipa").write_text(f'#!/bin/sh\nexec {sys.executable} -m pipeline "$@"\n')
    (study / "bin" / "ipa").chmod(0o755)
    env = {**os.environ, "PATH": f"{study / 'bin'}:{os.environ['PATH']}", "PYTHONPATH": str(ROOT)}
    define = "compdef() { :; }\n" if shell == "zsh" else ""
    done = subprocess.run(
        [program, "-c", f"{define}{_lines()[shell]}\n{ASK[shell]}"], capture_output=True, text=True, env=env
    )
    assert {"P03", "P04"} <= set(done.stdout.split()), done.stderr


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_other_shells_are_answered_though_they_are_not_here(study: Path, shell: str) -> None:
    env = {**os.environ, "PYTHONPATH": str(ROOT), "_IPA_COMPLETE": f"{shell}_complete", "COMP_WORDS": "ipa lock P0"}
    env["COMP_CWORD"] = "2" if shell == "zsh" else "P0"
    code = "from pipeline.cli.main import main; main()"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=env, check=True)
    assert re.findall(r"P0\d", done.stdout) == ["P03", "P04"]
