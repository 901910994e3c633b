"""A night in small, with the real models: 24 recordings, two of them broken, a killed worker, a killed batch.

    python -m bench.night [--seconds 60] [--jobs 2]

Cuts the development recordings up, starts `ipa batch`, kills one worker in the middle of a recording and later the
batch itself (SIGKILL), and starts it again. Fails unless 22 are done and 2 reported, each once. Takes about as long as
24 single runs.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

from bench import run as ours
from pipeline.recording import audio
from tests import sounds

COUNT, BROKEN = 24, ("P07", "P15")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=ours.SHARED / "data")
    parser.add_argument("--seconds", type=float, default=60.0, help="the shortest; the longest has twice as much")
    parser.add_argument("--jobs", default="2")
    parser.add_argument("--work", type=Path, default=ours.ROOT / "bench" / "work" / "night")
    chosen = parser.parse_args()
    shutil.rmtree(chosen.work, ignore_errors=True)
    folder, outputs = chosen.work / "recordings", chosen.work / "out"
    folder.mkdir(parents=True)
    cut(sorted([*chosen.data.glob("dev-*.m4a"), *chosen.data.glob("dev-*.mp3")]), folder, chosen.seconds)
    began = time.monotonic()
    command = [sys.executable, "-m", "pipeline", "batch", str(folder), "-o", str(outputs), "--jobs", chosen.jobs]
    victim = until_killed([*command, "--json-logs"])
    code = subprocess.run([*command, "--quiet"], check=False, stderr=subprocess.DEVNULL).returncode
    check(outputs, folder, code, victim)
    print(f"22 done, 2 reported, once each; {time.monotonic() - began:.0f} s; {victim} was killed and done later")


def cut(sources: list[Path], folder: Path, seconds: float) -> None:
    """Pieces of growing length, of other sound each; two of them no recordings."""
    for n, source in enumerate(sources):
        whole = folder.parent / f"{source.stem}.wav"
        audio.decode(source, whole)
        sound = audio.open_sound(whole)
        share = COUNT // len(sources)
        for k in range(share):
            number = n * share + k
            start = k * (sound.duration - 2 * seconds) / share
            piece = sound.mono(start, start + seconds * (1 + number / COUNT))
            sounds.write(folder / f"P{number + 1:02d}.wav", piece)
    (folder / f"{BROKEN[0]}.wav").write_bytes(b"")
    half = (folder / f"{BROKEN[1]}.wav").read_bytes()
    (folder / f"{BROKEN[1]}.wav").write_bytes(half[: len(half) // 2])


def until_killed(command: list[str]) -> str:
    """Run a batch; kill one of its workers while it transcribes, and the batch after ten recordings. Returns the
    worker's recording."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    victim, transcribed = "", 0
    for line in process.stderr:
        event = json.loads(line) if line.startswith("{") else {}
        if event.get("event") == "stage" and event["stage"] == "transcribe":
            transcribed += 1
            if transcribed == 4:
                victim = event["recording"]
                os.kill(worker(process.pid, victim), signal.SIGKILL)
        if event.get("event") == "batch" and event["done"] >= 10:
            process.kill()
            break
    process.wait()
    assert process.returncode == -signal.SIGKILL, process.returncode
    return victim


def worker(batch: int, identifier: str) -> int:
    """The number of the process that works on a recording."""
    for child in Path(f"/proc/{batch}/task/{batch}/children").read_text().split():
        if f"{identifier}.wav" in Path(f"/proc/{child}/cmdline").read_text():
            return int(child)
    raise AssertionError(f"no process works on {identifier}")


def check(outputs: Path, folder: Path, code: int, victim: str) -> None:
    """Everything is there once, and nothing is left."""
    database = sqlite3.connect(outputs / "batch.sqlite")
    states = dict(database.execute("SELECT id, state FROM recordings"))
    done = Counter(dict(database.execute(
        "SELECT id, count(*) FROM recordings JOIN attempts USING (sha256) WHERE attempts.exit_code = 0 GROUP BY id"
    )))  # fmt: skip
    killed = database.execute(
        "SELECT count(*) FROM recordings JOIN attempts USING (sha256) WHERE id = ? AND attempts.exit_code = 6",
        (victim,),
    ).fetchone()
    database.close()
    assert code == 5, code
    expected = {path.stem: "failed" if path.stem in BROKEN else "done" for path in folder.iterdir()}
    assert states == expected, states
    assert done == Counter(name for name, state in expected.items() if state == "done"), done
    assert killed == (1,), killed
    for name, state in expected.items():
        assert (outputs / name / "share" / "transcript.docx").is_file() == (state == "done"), name
    left = [path for path in outputs.rglob("*") if path.name.startswith(".tmp")]
    assert left == [], left


if __name__ == "__main__":
    main()
