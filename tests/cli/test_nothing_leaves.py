"""Nothing leaves, by the system calls of whole commands with the real models (strace), and when it is provoked.

strace watches without its own seccomp filter: under that, it would not see the calls which ours refuses.
"""

from __future__ import annotations

import functools
import json
import os
import re
import shutil
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from pipeline.core import offline
from pipeline.recording import audio
from tests import sounds
from tests.core.test_seccomp import here
from tests.test_end_to_end import ROOT, SAMPLE

pytestmark = [here, pytest.mark.models, pytest.mark.usefixtures("weights")]

#: Libraries that report home keep quiet where they see one of these.
QUIET = {"CI", "GITHUB_ACTIONS", "TF_BUILD", "JENKINS_URL", "ORT_RUNNING_UNIT_TESTS", *offline.SWITCHES}
CALL = re.compile(r"\d+ +(?:socket|socketpair|connect|bind|sendto|sendmsg|sendmmsg)\(")
#: What a server sends on connections that it accepted: no address is named. Another thread may interrupt the line.
ANSWERS = re.compile(r"sendto\(\d+, .*, NULL, 0(?:\)| <unfinished)")
NAME_SERVICES = ("nscd", "resolve", "sss", "avahi")
TYPED = "I: Who took you there?\nP: Um, Zebedee did. Write to jo.larter@example.com, or ring 07700 900123.\n"


@dataclass(frozen=True)
class Traced:
    """What a command answered, the calls by which it would have left, and what it left behind."""

    code: int
    errors: str
    calls: list[str]
    left: list[Path]


@functools.cache
def _why_not() -> str:
    if shutil.which("strace") is None:
        return "strace is not installed"
    tried = subprocess.run(["strace", "-f", "-o", os.devnull, "true"], capture_output=True, text=True)
    return f"strace may not watch here: {tried.stderr.strip()[:100]}" if tried.returncode else ""


def _outgoing(trace: str) -> list[str]:
    """Calls other than those on Unix sockets; of these, the ones that ask a name service."""
    calls = [line for line in trace.splitlines() if CALL.match(line)]
    return [line for line in calls if "AF_UNIX" not in line or any(name in line for name in NAME_SERVICES)]


def _traced(folder: Path, *command: str | Path) -> Traced:
    """Run Python with these arguments under strace, with empty temporary and cache folders."""
    if _why_not():
        pytest.skip(_why_not())
    trace = folder / "trace.txt"
    places = {"TMPDIR": folder / "temporary", "XDG_CACHE_HOME": folder / "cache"}
    for place in places.values():
        place.mkdir()
    environment = {name: value for name, value in os.environ.items() if name not in QUIET}
    environment.update({name: str(place) for name, place in places.items()})
    watch = ["strace", "-f", "-qq", "-e", "trace=network", "-e", "signal=none", "-o", str(trace)]
    done = subprocess.run(
        [*watch, sys.executable, *map(str, command)],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env=environment,
        timeout=600,
    )
    left = [path for place in places.values() for path in place.rglob("*")]
    return Traced(done.returncode, done.stderr, _outgoing(trace.read_text()), left)


def _assert_quiet(traced: Traced) -> None:
    assert traced.code == 0, traced.errors
    assert traced.calls == []
    assert traced.left == []


@pytest.fixture(scope="module")
def outputs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("outputs")


@pytest.fixture(scope="module")
def run(outputs: Path, tmp_path_factory: pytest.TempPathFactory) -> Traced:
    return _traced(tmp_path_factory.mktemp("run"), "-m", "pipeline", "run", SAMPLE, "-o", outputs)


def test_a_whole_run(run: Traced, outputs: Path) -> None:
    _assert_quiet(run)
    assert (outputs / "sample" / "share" / "transcript.docx").is_file()


def test_an_export_of_every_format(run: Traced, outputs: Path, tmp_path: Path) -> None:
    _assert_quiet(_traced(tmp_path, "-m", "pipeline", "export", "sample", "--format", "all", "-o", outputs))
    assert (outputs / "sample" / "share" / "transcript.pdf").is_file()


def test_an_import(tmp_path: Path) -> None:
    (tmp_path / "P07.txt").write_text(TYPED)
    _assert_quiet(_traced(tmp_path, "-m", "pipeline", "import", tmp_path / "P07.txt", "-o", tmp_path / "outputs"))
    assert (tmp_path / "outputs" / "P07" / "share" / "transcript.docx").is_file()


def test_a_batch(tmp_path: Path) -> None:
    folder = tmp_path / "recordings"
    folder.mkdir()
    audio.decode(SAMPLE, tmp_path / "whole.wav")
    sounds.write(folder / "P08.wav", audio.open_sound(tmp_path / "whole.wav").mono(0, 20))
    _assert_quiet(_traced(tmp_path, "-m", "pipeline", "batch", folder, "-o", tmp_path / "outputs"))
    assert (tmp_path / "outputs" / "P08" / "share" / "transcript.docx").is_file()


def test_the_review_page_has_its_one_socket(tmp_path: Path) -> None:
    """What a browser does is asked of it from here: a correction, and all files written anew."""
    if _why_not():
        pytest.skip(_why_not())
    (tmp_path / "P07.txt").write_text(TYPED)
    outputs = tmp_path / "outputs"
    ipa = [sys.executable, "-m", "pipeline"]
    formats = ["--set", "emit.formats=[txt, csv]"]
    typed = [*ipa, "import", str(tmp_path / "P07.txt"), "-q", "-o", str(outputs), *formats]
    subprocess.run(typed, check=True, capture_output=True, cwd=ROOT)
    trace = tmp_path / "trace.txt"
    watch = ["strace", "-f", "-qq", "-e", "trace=network", "-e", "signal=none", "-o", str(trace)]
    command = [*watch, *ipa, "review", "--no-browser", "-o", str(outputs)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, cwd=ROOT) as process:
        assert process.stdout is not None
        address = process.stdout.readline().strip()
        try:
            _reviewed(address)
        finally:
            _end(process)
    port = address.split(":")[2].split("/")[0]
    calls = [call.split(" ", 1)[1].strip() for call in _outgoing(trace.read_text())]
    made, bound = calls[:2]
    assert made.startswith("socket(AF_INET, SOCK_STREAM")
    assert bound.startswith("bind(")
    assert "127.0.0.1" in bound
    assert [call for call in calls[2:] if not ANSWERS.match(call)] == []
    assert int(port) > 0


def _reviewed(address: str) -> None:
    home = address.split("/open")[0]
    with httpx.Client(base_url=home, timeout=300) as client:
        assert client.get(address).status_code == 303
        headers = {"Origin": home, "X-CSRF": client.get("/api/session").json()["csrf"]}
        view = client.get("/api/interviews/P07").json()
        body = {"version": view["version"], "edits": [{"kind": "delete", "first": 0, "last": 0}]}
        changed = client.post("/api/interviews/P07/edits", json=body, headers=headers)
        assert changed.status_code == 200, changed.text
        written = client.post("/api/interviews/P07/export", json={}, headers=headers)
        assert "transcript.csv" in written.json()["files"]


def _end(process: subprocess.Popen[str]) -> None:
    """Ctrl-C for the command that strace watches."""
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    for child in children:
        os.kill(int(child), signal.SIGINT)
    process.wait(60)


#: `ipa` with something that tries to leave at the start of every stage.
PROVOKED = """
import ctypes, errno, socket, subprocess, sys
from pipeline.app import runner
from pipeline.cli import main
real = runner._run_stage
def native():
    made = ctypes.CDLL(None, use_errno=True).socket(socket.AF_INET, socket.SOCK_STREAM, 0)
    print('native', made, errno.errorcode.get(ctypes.get_errno()), file=sys.stderr)
def child():
    code = 'import socket; socket.create_connection(("192.0.2.1", 443), timeout=1)'
    done = subprocess.run([sys.executable, '-c', code], capture_output=True, text=True)
    print('child', done.stderr.splitlines()[-1], file=sys.stderr)
def python():
    socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
def provoked(*arguments):
    {attempt}()
    return real(*arguments)
runner._run_stage = provoked
main.main()
"""


def _provoked(folder: Path, attempt: str) -> list[str | Path]:
    (folder / "P07.txt").write_text(TYPED)
    code = PROVOKED.format(attempt=attempt)
    return ["-c", code, "import", folder / "P07.txt", "-o", folder / "outputs", "-q"]


def test_native_code_that_tries_is_refused_and_the_run_goes_on(tmp_path: Path) -> None:
    traced = _traced(tmp_path, *_provoked(tmp_path, "native"))
    assert traced.code == 0, traced.errors
    assert "native -1 EACCES" in traced.errors
    assert traced.calls  # so the tests above would see an attempt, even one that is refused
    assert all("AF_INET" in call and "EACCES" in call for call in traced.calls)
    manifest = json.loads((tmp_path / "outputs" / "P07" / "share" / "manifest.json").read_text())
    assert manifest["machine"]["network"] == [offline.KERNEL]


def test_a_child_process_that_tries_is_refused_and_the_run_goes_on(tmp_path: Path) -> None:
    command = [sys.executable, *map(str, _provoked(tmp_path, "child"))]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    assert "child PermissionError" in done.stderr
    assert (tmp_path / "outputs" / "P07" / "share" / "transcript.docx").is_file()


def test_python_code_that_tries_stops_the_run_and_says_why(tmp_path: Path) -> None:
    command = [sys.executable, *map(str, _provoked(tmp_path, "python"))]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 1
    assert "a network connection was refused: recordings are processed offline" in done.stderr
    assert "Traceback" not in done.stderr
