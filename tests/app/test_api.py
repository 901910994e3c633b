"""The program as functions."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import pipeline
from pipeline import redact, transcribe
from pipeline.core.errors import UsageProblem
from tests import scripted, sounds
from tests.docs.reading import ROOT, blocks


@pytest.fixture
def ran(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    monkeypatch.chdir(tmp_path)
    Path("recordings").mkdir()
    Path("typed").mkdir()
    sounds.write(Path("recordings/P03.m4a"), sounds.tone(4))
    Path("typed/P07.txt").write_text("I: How are you?\nP: Fine, thank you.\n")
    return scripted.install(monkeypatch)


@pytest.mark.slow
def test_the_example_of_the_page_runs(ran: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    (example,) = (b.text for b in blocks((ROOT / "docs/python.md").read_text()) if b.language == "python")
    exec(compile(example, "docs/python.md", "exec"), {})
    printed = capsys.readouterr().out.split()
    assert str(Path("outputs/P03/share")) in printed
    assert Path("outputs/P07/share/transcript.txt").is_file()


def test_a_stored_recording_keeps_its_settings(ran: list[str]) -> None:
    transcribe("recordings/P03.m4a", settings={"emit": {"formats": ["txt"]}}, until="diarise")
    result = transcribe(None, id="P03")
    assert ran == ["diarise", "transcribe", "redact"]
    assert not (result.paths.share / "transcript.docx").exists()
    assert transcribe(None, id="P03").ran == ()


def test_a_format_that_there_is_none_of_is_refused_before_any_work(ran: list[str]) -> None:
    with pytest.raises(UsageProblem, match="did you mean 'docx'"):
        transcribe("recordings/P03.m4a", settings={"emit": {"formats": ["docs"]}})
    with pytest.raises(UsageProblem, match="did you mean 'docx'"):
        redact("typed/P07.txt", settings={"emit": {"formats": ["docs"]}})
    assert ran == []
    assert not Path("outputs").exists()


def test_what_there_is_not_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="transcibe"):
        pipeline.transcibe  # noqa: B018


def test_importing_the_package_sets_the_switches_and_loads_nothing() -> None:
    code = (
        "import os, sys, pipeline\n"
        "assert os.environ['HF_HUB_OFFLINE'] == '1' and os.environ['PYANNOTE_METRICS_ENABLED'] == '0'\n"
        "heavy = {'pydantic', 'numpy', 'yaml', 'click', 'rich', 'spacy', 'torch', 'av'}\n"
        "print(sorted(heavy & set(sys.modules)))\n"
        "assert {'transcribe', 'redact'} <= set(pipeline.__all__)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
