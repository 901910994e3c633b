from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.core.errors import UsageProblem
from pipeline.core.settings import LinesSettings
from pipeline.exporters.base import ExportContext
from pipeline.exporters.registry import FORMATS, export, resolve
from pipeline.release.file_text import fragments_of
from pipeline.transcript import notation
from pipeline.transcript.lines import NumberedTranscript, number
from tests import builders

HEAVY = "docx openpyxl typst lxml pympi webvtt zipfile csv".split()  # noqa: SIM905


@pytest.fixture(scope="module")
def transcript() -> NumberedTranscript:
    return number(builders.invented(), LinesSettings(), notation.load("default"))


def test_naming_the_formats_imports_none_of_them() -> None:
    code = (
        "import sys, pipeline.exporters.registry as r; assert len(r.FORMATS) > 8;"
        f"print(sorted(set(sys.modules) & set({HEAVY!r})),"
        " [m for m in sys.modules if m.startswith('pipeline.exporters.') and not m.endswith('registry')])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded, exporters = eval(done.stdout.replace("] [", "], ["))
    assert set(loaded) <= {"zipfile"}  # importlib.resources brings it
    assert exporters == []


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_loads_and_says_what_it_is(name: str) -> None:
    format_ = FORMATS[name]
    assert callable(format_.load())
    assert 10 < len(format_.description) < 80
    assert "/" not in format_.file


def test_no_two_formats_write_the_same_file() -> None:
    files = [format_.file.lower() for format_ in FORMATS.values()]
    assert len(files) == len(set(files))


@pytest.mark.parametrize("name", FORMATS)
def test_the_same_bytes_every_time_and_no_original(name: str, transcript: NumberedTranscript, tmp_path: Path) -> None:
    context = ExportContext(study="PSW")
    data = FORMATS[name].load()(transcript, context)
    assert data == FORMATS[name].load()(transcript, context)
    path = tmp_path / FORMATS[name].file
    path.write_bytes(data)
    text = "\n".join(piece.text for piece in fragments_of(path, path.name) if not piece.binary)
    assert ("coffee" in text) == (name not in ("rttm", "lines"))  # what was said is found where it stands
    assert not re.search(r"\b(Will|Hope|Eye)\b", text)


def test_resolve() -> None:
    assert resolve(["txt", "docx", "txt"]) == ["txt", "docx"]
    assert resolve(["all"]) == list(FORMATS)
    assert resolve([]) == []
    with pytest.raises(UsageProblem, match="no format 'dcox'; did you mean 'docx'"):
        resolve(["dcox"])


def test_export_writes_what_was_asked(tmp_path: Path, transcript: NumberedTranscript) -> None:
    written = export(transcript, ["txt", "lines"], tmp_path / "share", ExportContext())
    assert sorted(path.name for path in (tmp_path / "share").iterdir()) == ["lines.csv", "transcript.txt"]
    assert written["txt"].read_text("utf-8").startswith("Transcript P00  v0 unlocked")


def test_a_name_that_is_not_known_writes_nothing(tmp_path: Path, transcript: NumberedTranscript) -> None:
    with pytest.raises(UsageProblem):
        export(transcript, ["txt", "nope"], tmp_path / "share", ExportContext())
    assert not (tmp_path / "share").exists()
