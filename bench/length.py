"""Time and memory of the whole run by length: recordings of 1, 60 and 240 minutes made of one that is said again.

    python -m bench.length [MINUTES ...] [--recording FILE]

The table goes into bench/RESULTS.md, below that of `bench.run`. Four hours take about twenty minutes.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import wave
from pathlib import Path

from bench import run as ours
from pipeline.recording import audio

STANDARD = (1, 15, 60, 240)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("minutes", nargs="*", type=float, default=STANDARD)
    parser.add_argument("--recording", type=Path, default=ours.SHARED / "data" / "dev-a.m4a")
    parser.add_argument("--work", type=Path, default=ours.ROOT / "bench" / "work" / "length")
    chosen = parser.parse_args()
    heads = ["minutes", *ours.STAGES, "run s", "seconds a minute", "GB"]
    lines = ["| " + " | ".join(heads) + " |", "|" + "---|" * len(heads)]
    for minutes in chosen.minutes:
        shutil.rmtree(chosen.work, ignore_errors=True)
        chosen.work.mkdir(parents=True)
        long = chosen.work / "long.wav"
        repeat(chosen.recording, long, minutes * 60)
        out = chosen.work / "out"
        seconds, memory = ours.ipa(["run", str(long), "--id", "long", "-o", str(out), "--quiet"])
        manifest = json.loads((out / "long" / "share" / "manifest.json").read_text("utf-8"))
        stages = {stage["stage"]: stage["seconds"] for stage in manifest["stages"]}
        cells = [f"{minutes:g}", *(f"{stages[s]:.1f}" for s in ours.STAGES)]
        cells += [f"{seconds:.1f}", f"{seconds / minutes:.2f}", f"{memory:.2f}"]
        lines.append("| " + " | ".join(cells) + " |")
        print(lines[-1], flush=True)
    shutil.rmtree(chosen.work)
    if tuple(chosen.minutes) == STANDARD:
        kept = ours.RESULTS.read_text("utf-8").split(ours.LENGTH)[0].rstrip()
        ours.RESULTS.write_text(f"{kept}\n\n{heading(chosen.recording)}" + "\n".join(lines) + "\n", "utf-8")


def repeat(recording: Path, target: Path, seconds: float) -> None:
    """`recording` at 16 kHz, said again until `seconds` are full."""
    decoded = target.with_name("decoded.wav")
    audio.decode(recording, decoded)
    with wave.open(str(decoded), "rb") as source:
        parameters, frames = source.getparams(), source.readframes(source.getnframes())
    left = int(seconds * parameters.framerate) * parameters.sampwidth * parameters.nchannels
    with wave.open(str(target), "wb") as sink:
        sink.setparams(parameters)
        while left > 0:
            sink.writeframesraw(frames[:left])
            left -= len(frames)


def heading(recording: Path) -> str:
    return (
        f"{ours.LENGTH}\n\nWritten by `python -m bench.length`: `{recording.name}` said again and again, the whole run "
        f"as a process of its\nown ({os.cpu_count()} cores). Time grows with length; memory much less.\n\n"
    )


if __name__ == "__main__":
    main()
