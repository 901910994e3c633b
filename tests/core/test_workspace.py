"""A recording is held by one process; temporary files stay inside its folder and do not outlive the run."""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from pipeline.app import export_and_lock, runner
from pipeline.batch import ledger, page
from pipeline.core import workspace
from pipeline.core.errors import UsageProblem
from pipeline.core.paths import RecordingPaths
from pipeline.core.progress import Silent
from pipeline.core.settings import build
from pipeline.weights.catalogue import Catalogue
from tests import scripted, sounds

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def paths(tmp_path: Path) -> RecordingPaths:
    return RecordingPaths(tmp_path / "outputs", "P03")


def test_temporary_files_go_to_a_private_folder_of_the_recording(
    paths: RecordingPaths, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("TMPDIR", raising=False)
    outside = tempfile.gettempdir()
    with workspace.held(paths):
        folder = paths.root.absolute() / workspace.FOLDER
        assert tempfile.gettempdir() == str(folder)
        if os.name != "nt":
            assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        code = "import tempfile; print(tempfile.mkstemp()[1])"
        made = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()
        assert Path(made).parent == folder
    assert not folder.exists()
    assert tempfile.gettempdir() == outside
    assert "TMPDIR" not in os.environ


def test_the_temporary_folder_goes_when_a_run_fails(paths: RecordingPaths) -> None:
    outside = tempfile.gettempdir()

    def fail() -> None:
        with workspace.held(paths):
            assert tempfile.mkstemp()[1].startswith(str(paths.root))
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert [path.name for path in paths.root.iterdir()] == [workspace.LOCK]
    assert tempfile.gettempdir() == outside


def test_what_a_killed_run_left_is_removed(paths: RecordingPaths) -> None:
    """Killed for real, in the middle of a file and with a temporary one open."""
    code = (
        "import os, signal, sys, tempfile\n"
        "from pathlib import Path\n"
        "from pipeline.core import paths, workspace\n"
        "where = paths.RecordingPaths(Path(sys.argv[1]), 'P03')\n"
        "with workspace.held(where):\n"
        "    where.make()\n"
        "    tempfile.mkstemp()\n"
        "    with paths.atomic(where.audio, private=True) as file:\n"
        "        file.write(b'sound')\n"
        "        os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    if os.name == "nt":
        pytest.skip("no SIGKILL here")
    done = subprocess.run([sys.executable, "-c", code, str(paths.outputs)], cwd=ROOT, check=False)
    assert done.returncode == -signal.SIGKILL
    assert len(list(paths.private.glob(".tmp-*"))) == 1
    assert len(list((paths.root / workspace.FOLDER).iterdir())) == 1
    with workspace.held(paths):
        assert list(paths.private.iterdir()) == []
        assert list((paths.root / workspace.FOLDER).iterdir()) == []


def test_tidying_up_after_a_killed_run(paths: RecordingPaths) -> None:
    workspace.tidy(paths)
    assert not paths.root.exists()
    paths.make()
    (paths.root / workspace.FOLDER).mkdir()
    (paths.work / ".tmp-half").touch()
    (paths.work / "10-ingest.json").touch()
    if os.name != "nt":
        with workspace.locked(paths):
            workspace.tidy(paths)
            assert (paths.work / ".tmp-half").exists()
    workspace.tidy(paths)
    assert not (paths.root / workspace.FOLDER).exists()
    assert [path.name for path in paths.work.iterdir()] == ["10-ingest.json"]


def test_what_another_process_is_writing_is_left_alone(paths: RecordingPaths) -> None:
    if os.name == "nt":
        pytest.skip("no file locks here")
    with workspace.held(paths):
        half = tempfile.mkstemp()[1]
        with pytest.raises(UsageProblem, match="another run"), workspace.held(paths):
            pass
        assert Path(half).exists()
        assert tempfile.gettempdir() == str(paths.root.absolute() / workspace.FOLDER)


@pytest.fixture
def job(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> runner.Job:
    scripted.install(monkeypatch)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "home" / ".config"))
    source = sounds.write(tmp_path / "P03.wav", sounds.tone(4.0))
    return runner.Job(source, tmp_path / "deep" / "outputs", build({"emit": {"formats": ["all"]}}))


@pytest.mark.slow
def test_export_and_lock_wait_for_nobody(job: runner.Job) -> None:
    if os.name == "nt":
        pytest.skip("no file locks here")
    paths = runner.run(job, Silent(), Catalogue.read()).paths
    with workspace.held(paths):
        with pytest.raises(UsageProblem, match="another run"):
            export_and_lock.export(job.outputs, "P03", ["srt"], job.settings)
        with pytest.raises(UsageProblem, match="another run"):
            export_and_lock.lock(job.outputs, "P03", job.settings)
    assert not paths.lock.exists()


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="no modes here")
@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077])
def test_modes_do_not_depend_on_the_umask(job: runner.Job, tmp_path: Path, umask: int) -> None:
    before = os.umask(umask)
    try:
        paths = runner.run(job, Silent(), Catalogue.read()).paths
        (paths.share / "transcript.txt").write_text("changed by hand")
        export_and_lock.lock(job.outputs, "P03", job.settings)
        runner.run(job, Silent(), Catalogue.read())
        export_and_lock.export(job.outputs, "P03", ["srt", "csv"], job.settings, target=tmp_path / "hand" / "over")
        with ledger.opened(job.outputs, lambda _: 0, lambda *_: None) as book:
            page.write(job.outputs / page.NAME, [], book, 0.0)
    finally:
        os.umask(before)
    opened = tmp_path / "hand"
    private = {path for path in (tmp_path / "deep").rglob("*") if paths.share not in (path, *path.parents)}
    home = set((tmp_path / "home").rglob("*"))
    # A copy that a person changed keeps its mode: it lies in a folder that nobody else can enter.
    private -= {path for path in private if path.parent.name == "edited"}
    shared = {opened, *opened.rglob("*"), paths.share, *paths.share.rglob("*")}
    assert {paths.key, paths.root, job.outputs, job.outputs / ledger.NAME, job.outputs / page.NAME} <= private
    assert {paths.manifest, opened / "over" / "transcript.srt"} <= shared
    assert len(home) == 3  # .config, its folder of this program, the key file
    wrong = {}
    for group, folder_mode, file_mode in ((private | home, 0o700, 0o600), (shared, 0o755, 0o644)):
        for path in group:
            mode = stat.S_IMODE(path.stat().st_mode)
            if mode != (folder_mode if path.is_dir() else file_mode):
                wrong[str(path.relative_to(tmp_path))] = oct(mode)
    assert wrong == {}


@pytest.mark.slow
def test_no_temporary_file_is_made_elsewhere(job: runner.Job, tmp_path: Path) -> None:
    """In a process of its own, whose interpreter reports every temporary file and every file opened for writing."""
    code = (
        "import json, sys\n"
        "made = []\n"
        "def hook(event, arguments):\n"
        "    if event in ('tempfile.mkstemp', 'tempfile.mkdtemp', 'os.mkdir'):\n"
        "        made.append(str(arguments[0]))\n"
        "    elif event == 'open' and isinstance(arguments[1], str) and set('wax+') & set(arguments[1]):\n"
        "        made.append(str(arguments[0]))\n"
        "sys.addaudithook(hook)\n"
        "import pathlib, pytest\n"
        "from pipeline.app import export_and_lock, import_typed, runner\n"
        "from pipeline.weights.catalogue import Catalogue\n"
        "from pipeline.core.progress import Silent\n"
        "from pipeline.core.settings import build\n"
        "from tests import scripted\n"
        "scripted.install(pytest.MonkeyPatch())\n"
        "settings = build({'emit': {'formats': ['all']}})\n"
        "outputs = pathlib.Path(sys.argv[2])\n"
        "job = runner.Job(pathlib.Path(sys.argv[1]), outputs, settings)\n"
        "runner.run(job, Silent(), Catalogue.read())\n"
        "export_and_lock.export(outputs, 'P03', ['xlsx', 'pdf'], settings)\n"
        "import docx\n"
        "typed = docx.Document()\n"
        "for turn in ('I: And how was it?', 'P: Fine, I went home.'):\n"
        "    typed.add_paragraph(turn)\n"
        "source = outputs.parent / 'T01.docx'\n"
        "typed.save(str(source))\n"
        "stored = import_typed.store(runner.Job(source, outputs, settings), Silent())\n"
        "runner.run(stored, Silent(), Catalogue.read())\n"
        "print(json.dumps(made))\n"
    )
    assert job.source is not None
    elsewhere = tmp_path / "tmpdir"
    elsewhere.mkdir()
    environment = {**os.environ, "TMPDIR": str(elsewhere), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        [sys.executable, "-c", code, str(job.source), str(job.outputs)],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    made = [Path(name) for name in json.loads(done.stdout) if os.path.isabs(name)]
    temporary = job.outputs / "P03" / workspace.FOLDER
    assert [path for path in made if path.is_relative_to(temporary) and path != temporary]
    assert [path for path in made if path.is_relative_to(elsewhere)] == []
    assert list(elsewhere.iterdir()) == []
    assert not temporary.exists()
    assert (job.outputs / "T01" / "share" / "transcript.docx").is_file()
