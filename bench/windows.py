"""Which windows lose least and cost least: the experiment behind `pipeline.speech`.

    python -m bench.windows [NAME ...] [--data FOLDER] [--threads 2] [--only LABEL]

Recognition alone, with Whisper base (int8) on a CPU and voice activity as the only guide (no diariser, no
key sheet), on recordings with references; scored by the scorer beside the data. The first row is
faster-whisper's own sequential decoder. The table goes to bench/WINDOWS.md; seconds depend on the machine,
so compare only rows of one run.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.run import SHARED, sound_of
from pipeline.core import intervals
from pipeline.core.settings import TranscribeSettings
from pipeline.engines.base import DecodeOptions
from pipeline.speech.windows import Packing
from pipeline.weights.catalogue import Catalogue

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / "bench" / "WINDOWS.md"
PROMPT = TranscribeSettings().prompt
BEAMS = TranscribeSettings().beam_size
SEQUENTIAL = "faster-whisper, sequential"
BATCHED = "faster-whisper, batched"

#: label -> packing, settings, whether what was not heard is asked for again
TRIALS: dict[str, tuple[Packing, DecodeOptions, bool]] = {
    "28 s, cut at pauses over 1 s (ours)": (Packing(), DecodeOptions(prompt=PROMPT, beam_size=BEAMS), True),
    "... nothing asked for again": (Packing(), DecodeOptions(prompt=PROMPT, beam_size=BEAMS), False),
    "... without the prompt": (Packing(), DecodeOptions(beam_size=BEAMS), True),
    "... 5 beams": (Packing(), DecodeOptions(prompt=PROMPT, beam_size=5), True),
    "... pauses cut out, windows filled": (Packing(splice=True), DecodeOptions(prompt=PROMPT, beam_size=BEAMS), True),
    "... 15 s": (Packing(longest=15.0), DecodeOptions(prompt=PROMPT, beam_size=BEAMS), True),
}
COLUMNS = ("WER", "verbatim_WER", "filler_recall", "uncovered_s")


@dataclass(frozen=True)
class Samples:
    """A decoded recording, as `pipeline.speech` wants it."""

    samples: Any

    @property
    def duration(self) -> float:
        return len(self.samples) / 16_000

    def mono(self, start: float = 0.0, end: float | None = None) -> Any:
        return self.samples[round(start * 16_000) : None if end is None else round(end * 16_000)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*")
    parser.add_argument("--data", type=Path, default=SHARED / "data")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--only", help="one row, printed and not written")
    chosen = parser.parse_args()
    found = [
        p for p in sorted(chosen.data.glob("*.json")) if sound_of(p) and (not chosen.names or p.stem in chosen.names)
    ]
    if not found:
        sys.exit(f"{chosen.data}: no recordings with references there")
    folder = Catalogue.read().path("whisper-base")
    rows = []
    for label, decode in deciders(folder, chosen.threads).items():
        if chosen.only in (None, label):
            rows.append((label, [measure(path, decode, chosen.data) for path in found]))
            print(line(*rows[-1]), flush=True)
    if not chosen.only and not chosen.names:
        RESULTS.write_text(heading([p.stem for p in found]) + "\n".join(line(*row) for row in rows) + "\n", "utf-8")


def deciders(folder: Path, threads: int) -> dict[str, Callable[[Any], Sequence[Any]]]:
    """label -> a function from samples to words with text, start and end."""
    from faster_whisper import BatchedInferencePipeline, WhisperModel

    from pipeline.engines.ctranslate2 import CTranslate2Recogniser

    peer = WhisperModel(str(folder), device="cpu", compute_type="int8", cpu_threads=threads)
    ours = CTranslate2Recogniser(folder, "cpu", threads)
    common: dict[str, Any] = {"language": "en", "beam_size": 5, "vad_filter": True, "word_timestamps": True}
    rows: dict[str, Callable[[Any], Sequence[Any]]] = {
        SEQUENTIAL: lambda sound: [w for s in peer.transcribe(sound, **common)[0] for w in s.words],
        BATCHED: lambda sound: [
            w for s in BatchedInferencePipeline(peer).transcribe(sound, batch_size=8, **common)[0] for w in s.words
        ],
    }
    for label, (packing, options, again) in TRIALS.items():
        rows[label] = _with(ours, packing, options, again)
    return rows


def _with(recogniser: Any, packing: Packing, options: DecodeOptions, again: bool) -> Callable[[Any], Sequence[Any]]:
    from pipeline.speech import activity, recovery, retime

    class Once(recovery.Search):
        """Takes every window at its word."""

        def _again(self, *_: Any) -> list[recovery.Job]:
            return []

        def uncovered(self) -> list[intervals.Interval]:
            return []

    def decode(samples: Any) -> Sequence[Any]:
        sound = Samples(samples)
        probabilities = activity.voice_probabilities(sound)
        speech = activity.detected(probabilities, (), sound.duration)
        kind = recovery.Search if again else Once
        search = kind(sound, speech, probabilities, recogniser, options, packing, 8, lambda fraction: None)
        return retime.to_words(search.run("en").words, speech)[0]

    return decode


def measure(reference: Path, decode: Callable[[Any], Sequence[Any]], data: Path) -> dict[str, float]:
    """Scores of one recording, and seconds."""
    from faster_whisper.audio import decode_audio

    sound = sound_of(reference)
    samples = decode_audio(str(sound), sampling_rate=16_000)
    begin = time.perf_counter()
    found = decode(samples)
    seconds = time.perf_counter() - begin
    words = [{"text": getattr(w, "text", None) or w.word.strip(), "start": w.start, "end": w.end} for w in found]
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "words.json"
        file.write_text(json.dumps({"words": words}), "utf-8")
        command = [sys.executable, str(data.parent / "eval" / "score.py"), str(reference), str(file), "--json"]
        scores = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    return {**{name: float(scores[name]) for name in COLUMNS}, "seconds": seconds, "length": len(samples) / 16_000}


def line(label: str, rows: list[dict[str, float]]) -> str:
    """A row of the table: means over the recordings, each one's WER, seconds in all."""
    mean = {name: sum(row[name] for row in rows) / len(rows) for name in (*COLUMNS, "seconds", "length")}
    each = " ".join(f"{row['WER']:.3f}" for row in rows)
    return (
        f"| {label} | {mean['WER']:.4f} | {each} | {mean['verbatim_WER']:.4f} | {mean['filler_recall']:.2f} "
        f"| {sum(row['uncovered_s'] for row in rows):.1f} | {sum(row['seconds'] for row in rows):.0f} "
        f"| {mean['seconds'] / mean['length']:.3f} |"
    )


def heading(names: list[str]) -> str:
    assert __doc__ is not None
    about = __doc__.split("\n\n")
    return (
        f"# Windows\n\n{about[2]}\n\nRecordings: {', '.join(names)}. Made by `python -m bench.windows`.\n\n"
        "| windows | WER | each | verbatim WER | fillers | uncovered s | seconds | of real time |\n"
        "|---|---|---|---|---|---|---|---|\n"
    )


if __name__ == "__main__":
    main()
