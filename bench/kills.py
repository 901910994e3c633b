"""A batch that is killed (SIGKILL, at random moments) and started again ends as one that was left alone.

    python -m bench.kills [--times 200] [--seed 1]

With the scripted stages of the tests between the real first and last one. Each time a batch of three recordings is
killed up to three times and finished. What it wrote is compared, file by file, with an undisturbed batch; no lock, no
half file and no temporary folder may be left, nor anything in the machine's own temporary folder.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import subprocess
import sys
import time
from pathlib import Path

from bench import run as ours
from pipeline.core import hashes
from tests import sounds
from tests.batch.conftest import SCRIPTED

IDS = ("P01", "P02", "P03")
TIMED = {"manifest.json", "report.json", "report.html", "methods.txt"}
"""These say how long the stages took."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--times", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--work", type=Path, default=ours.ROOT / "bench" / "work" / "kills")
    chosen = parser.parse_args()
    shutil.rmtree(chosen.work, ignore_errors=True)
    folder, hook, temporary = (chosen.work / name for name in ("recordings", "hook", "temporary"))
    for place in (folder, hook, temporary):
        place.mkdir(parents=True)
    for number, name in enumerate(IDS):
        sounds.write(folder / f"{name}.wav", sounds.tone(4, 300 + 50 * number))
    (hook / "sitecustomize.py").write_text(SCRIPTED)
    paths = os.pathsep.join([str(hook), str(ours.ROOT)])
    environment = {
        **os.environ, "PYTHONPATH": paths, "TMPDIR": str(temporary), "XDG_CONFIG_HOME": str(chosen.work / "home"),
    }  # fmt: skip
    command = [sys.executable, "-m", "pipeline", "batch", str(folder), "--quiet", "--jobs", "2"]
    command += ["--set", "emit.formats=[txt, json, csv, lines]", "-o"]
    whole = chosen.work / "whole"
    took = finish([*command, str(whole)], environment)
    expected, rng, kills = content(whole), random.Random(chosen.seed), 0
    for number in range(chosen.times):
        out = chosen.work / "out"
        shutil.rmtree(out, ignore_errors=True)
        for _ in range(rng.randint(1, 3)):
            kills += killed([*command, str(out)], environment, rng.uniform(0, took))
        finish([*command, str(out)], environment)
        found = content(out)
        assert found == expected, (number, [name for name in expected if found.get(name) != expected[name]])
        left = [path for path in out.rglob("*") if path.name.startswith(".tmp")] + list(temporary.rglob("*"))
        assert left == [], (number, left)
        print(f"{number + 1} of {chosen.times}: {kills} kills", flush=True)
    shutil.rmtree(chosen.work)


def finish(command: list[str], environment: dict[str, str]) -> float:
    """Run a batch to its end; returns its seconds."""
    began = time.monotonic()
    subprocess.run(command, env=environment, check=True, stdout=subprocess.DEVNULL)
    return time.monotonic() - began


def killed(command: list[str], environment: dict[str, str], after: float) -> int:
    """Kill a batch after so many seconds; returns 1 if it was still at work."""
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        process.wait(timeout=after)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        return 1
    return 0


def content(outputs: Path) -> dict[str, str]:
    """{file: hash} of what a batch wrote, as far as it does not depend on the clock or on chance."""
    found = {}
    for name in IDS:
        for path in sorted((outputs / name).rglob("*")):
            relative = str(path.relative_to(outputs))
            if path.is_file() and path.parent.name in ("share", "private") and path.name not in TIMED | {"key.enc"}:
                found[relative] = hashes.of_bytes(path.read_bytes())
        document = json.loads((outputs / name / "work" / "50-emit.json").read_text("utf-8"))
        document["records"] = [(r["stage"], r["key"]) for r in document["records"]]
        found[f"{name}/document"] = hashes.of_bytes(json.dumps(document, sort_keys=True).encode())
    return found


if __name__ == "__main__":
    main()
