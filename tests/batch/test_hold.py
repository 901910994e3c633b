"""Two batches on the same outputs do not fight: the second says who is at it."""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.batch import hold
from pipeline.batch.folder import Shard
from pipeline.core.errors import UsageProblem

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.skipif(os.name == "nt", reason="no file locks here")


def test_the_second_says_who_is_at_it(tmp_path: Path) -> None:
    with hold.held(tmp_path):
        with pytest.raises(UsageProblem, match=f"another batch is at work.*process {os.getpid()} on .* since 20"):
            hold.held(tmp_path).__enter__()
        who = json.loads((tmp_path / ".batch" / "who.json").read_text())
        assert who["pid"] == os.getpid()
    with hold.held(tmp_path):
        pass


def test_what_is_handed_on_is_private_and_does_not_stay(tmp_path: Path) -> None:
    with hold.held(tmp_path) as handed:
        assert handed.is_relative_to(tmp_path)
        assert stat.S_IMODE(handed.stat().st_mode) == 0o700
        (handed / "P01.json").write_text("{}")
    assert not handed.exists()


def test_shards_go_beside_each_other_but_not_beside_the_whole(tmp_path: Path) -> None:
    with hold.held(tmp_path, Shard(1, 2)) as first, hold.held(tmp_path, Shard(2, 2)) as second:
        assert first != second
        with pytest.raises(UsageProblem, match=f"process {os.getpid()}"):
            hold.held(tmp_path, Shard(2, 2)).__enter__()
        with pytest.raises(UsageProblem, match=f"process {os.getpid()}"):
            hold.held(tmp_path).__enter__()
        assert first.is_dir()
    with hold.held(tmp_path), pytest.raises(UsageProblem, match=f"process {os.getpid()}"):
        hold.held(tmp_path, Shard(1, 2)).__enter__()


@pytest.mark.parametrize("left", ["", "not json", "[]", '{"pid": 1}'])
def test_a_word_that_cannot_be_read_is_left_out(tmp_path: Path, left: str) -> None:
    with hold.held(tmp_path):
        (tmp_path / ".batch" / "who.json").write_text(left)
        with pytest.raises(UsageProblem, match="another batch is at work"):
            hold.held(tmp_path).__enter__()


def test_a_killed_batch_holds_nothing_and_leaves_nothing(tmp_path: Path) -> None:
    code = (
        "import os, signal, sys\n"
        "from pathlib import Path\n"
        "from pipeline.batch import hold\n"
        "from pipeline.batch.folder import Shard\n"
        "shard = Shard.parse(sys.argv[2]) if sys.argv[2] else None\n"
        "with hold.held(Path(sys.argv[1]), shard) as handed:\n"
        "    (handed / 'P01.json').write_text('{}')\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    for shard in ("1/2", ""):
        done = subprocess.run([sys.executable, "-c", code, str(tmp_path), shard], cwd=ROOT, check=False)
        assert done.returncode == -signal.SIGKILL
    assert list(tmp_path.rglob("P01.json"))
    with hold.held(tmp_path):
        assert list(tmp_path.rglob("P01.json")) == []
