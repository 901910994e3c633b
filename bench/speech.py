"""Slow, broken, noisy and distant speech: recognition alone, beside plain sequential decoding.

    python -m bench.speech [NAME ...] [--data FOLDER ...] [--version NAME ...] [--cache FOLDER] [--write]

Both with the same Whisper base (int8, one thread), on the recordings as they are and on harder versions
of them (`bench/versions.py`); of a long recording the first turns, up to EXCERPT_S. Ours gets no diariser and no
key sheet; sequential is faster-whisper with its voice activity filter and 5 beams. Verbatim WER counts every "um";
uncovered is detected speech of 2.5 s and more without a word. Ratios are of errors added up over the recordings.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from bench.run import SHARED, sound_of
from bench.versions import VERSIONS
from pipeline.core import intervals
from pipeline.core.settings import TranscribeSettings
from pipeline.engines.base import DecodeOptions
from pipeline.recording import SAMPLE_RATE
from pipeline.weights.catalogue import Catalogue

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / "bench" / "SPEECH.md"
#: Heading of the part that is written by hand.
TRIED = "## Tried"
EXCERPT_S = 60.0
UNCOVERED_S = 2.5
NO_COVER = 0.25


@dataclass(frozen=True)
class Samples:
    """A decoded recording, as `pipeline.speech` wants it."""

    samples: Any

    @property
    def duration(self) -> float:
        return len(self.samples) / SAMPLE_RATE

    def mono(self, start: float = 0.0, end: float | None = None) -> Any:
        return self.samples[round(start * SAMPLE_RATE) : None if end is None else round(end * SAMPLE_RATE)]


@dataclass(frozen=True)
class Recording:
    name: str
    samples: Any
    text: str


@dataclass(frozen=True)
class Score:
    """Errors and words, verbatim and without fillers; fillers kept and said; inserted words; seconds."""

    errors: int = 0
    words: int = 0
    plain_errors: int = 0
    plain_words: int = 0
    fillers: int = 0
    fillers_said: int = 0
    inserted: int = 0
    uncovered: float = 0.0
    processor: float = 0.0

    def __add__(self, other: Score) -> Score:
        return Score(*[a + b for a, b in zip(asdict(self).values(), asdict(other).values(), strict=True)])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*")
    parser.add_argument("--data", type=Path, nargs="*", default=[SHARED / "data", SHARED / "data" / "real"])
    parser.add_argument("--version", nargs="*", choices=list(VERSIONS), default=list(VERSIONS))
    parser.add_argument("--cache", type=Path, default=ROOT / "bench" / "work" / "speech")
    parser.add_argument("--write", action="store_true", help="write bench/SPEECH.md")
    chosen = parser.parse_args()
    chosen.cache.mkdir(parents=True, exist_ok=True)
    folder = Catalogue.read().path("whisper-base")
    ours, peer = our_decoder(folder), sequential(folder)
    rows: list[tuple[str, str, Score, Score]] = []
    for recording in (r for data in chosen.data for r in recordings(data, chosen.names)):
        for version in chosen.version:
            samples = made(recording, version, chosen.cache)
            theirs = kept(chosen.cache, "sequential", samples, peer)
            mine = timed(samples, ours)
            rows.append((recording.name, version, judge(recording, samples, mine), judge(recording, samples, theirs)))
            print(line(*rows[-1]), flush=True)
    summary = summed(rows)
    print("\n".join(summary))
    if chosen.write:
        old = RESULTS.read_text("utf-8") if RESULTS.is_file() else ""
        tried = "\n" + old[old.index(TRIED) :] if TRIED in old else ""
        table = "\n".join([*summary, "", *HEAD, *[line(*row) for row in rows]])
        RESULTS.write_text(f"{heading()}{table}\n{tried}", "utf-8")


def recordings(data: Path, names: Sequence[str]) -> Iterable[Recording]:
    """Recordings with references in a folder; of the real ones all references are in one file."""
    from faster_whisper.audio import decode_audio

    many = data / "references.json"
    if many.is_file():
        found = [(row["name"], data / row["file"], row["turns"]) for row in json.loads(many.read_text("utf-8"))]
    else:
        pairs = [(path, sound_of(path)) for path in sorted(data.glob("*.json"))]
        found = [(p.stem, s, json.loads(p.read_text("utf-8"))["turns"]) for p, s in pairs if s is not None]
    for name, sound, turns in found:
        if names and name not in names:
            continue
        samples = decode_audio(str(sound), sampling_rate=SAMPLE_RATE)
        if "end" in turns[0]:
            turns, end = excerpt(turns)
            samples = samples[: round(end * SAMPLE_RATE)]
        yield Recording(name, samples, " ".join(turn["text"] for turn in turns))


def excerpt(turns: Sequence[dict[str, Any]]) -> tuple[list[dict[str, Any]], float]:
    """The first turns, as far as nobody speaks over the cut, and where it is."""
    ordered = sorted(turns, key=lambda turn: turn["start"])
    if ordered[-1]["end"] < 1.5 * EXCERPT_S:
        return ordered, ordered[-1]["end"] + 1.0
    for count in range(len(ordered) - 1, 0, -1):
        end, following = max(turn["end"] for turn in ordered[:count]), ordered[count]["start"]
        if end <= min(EXCERPT_S, following):
            return ordered[:count], (end + following) / 2
    return ordered[:1], ordered[0]["end"]


def speech_of(samples: Any) -> list[intervals.Interval]:
    from pipeline.speech import activity

    sound = Samples(samples)
    return activity.detected(activity.voice_probabilities(sound), (), sound.duration)


def made(recording: Recording, version: str, cache: Path) -> Any:
    """A version's samples, from the cache where it was made before."""
    import numpy as np

    mark = hashlib.sha256(recording.samples.tobytes()).hexdigest()[:8]
    file = cache / f"{recording.name}-{''.join(filter(str.isalnum, version))}-{mark}.npy"
    if not file.is_file():
        np.save(file, VERSIONS[version](recording.samples, speech_of(recording.samples)).astype(np.float32))
    return np.load(file)


def our_decoder(folder: Path) -> Callable[[Any], list[dict[str, Any]]]:
    from pipeline.engines.ctranslate2 import CTranslate2Recogniser
    from pipeline.speech import activity, recovery, retime
    from pipeline.speech.windows import Packing
    from pipeline.stages.transcribe import names_for_prompt

    recogniser = CTranslate2Recogniser(folder, "cpu", 1)
    settings = TranscribeSettings()
    options = DecodeOptions(prompt=settings.prompt, beam_size=settings.beam_size)

    def decode(samples: Any) -> list[dict[str, Any]]:
        sound = Samples(samples)
        probabilities = activity.voice_probabilities(sound)
        speech = activity.detected(probabilities, (), sound.duration)
        search = recovery.Search(
            sound,
            speech,
            probabilities,
            recogniser,
            options,
            Packing(),
            settings.batch_size,
            lambda fraction: None,
            lambda heard, language: names_for_prompt(heard, None, language),
        )
        words = retime.to_words(search.run("en").words, speech)[0]
        return [{"text": w.text, "start": w.start, "end": w.end} for w in words]

    return decode


def sequential(folder: Path) -> Callable[[Any], list[dict[str, Any]]]:
    from faster_whisper import WhisperModel

    model = WhisperModel(str(folder), device="cpu", compute_type="int8", cpu_threads=1)

    def decode(samples: Any) -> list[dict[str, Any]]:
        segments, _ = model.transcribe(samples, language="en", beam_size=5, vad_filter=True, word_timestamps=True)
        return [{"text": w.word.strip(), "start": w.start, "end": w.end} for s in segments for w in s.words or ()]

    return decode


def timed(samples: Any, decode: Callable[[Any], list[dict[str, Any]]]) -> dict[str, Any]:
    begin = time.process_time()
    words = decode(samples)
    return {"words": words, "processor": time.process_time() - begin}


def kept(cache: Path, label: str, samples: Any, decode: Callable[[Any], list[dict[str, Any]]]) -> dict[str, Any]:
    """What a decoder that does not change here made of a sound, decoded once."""
    file = cache / f"{label}-{hashlib.sha256(samples.tobytes()).hexdigest()[:16]}.json"
    if not file.is_file():
        file.write_text(json.dumps(timed(samples, decode)), "utf-8")
    found: dict[str, Any] = json.loads(file.read_text("utf-8"))
    return found


def judge(recording: Recording, samples: Any, result: dict[str, Any]) -> Score:
    from rapidfuzz.distance import Levenshtein

    sys.path.insert(0, os.fspath(SHARED / "eval"))
    import real_speech

    words = result["words"]
    heard = " ".join(w["text"] for w in words)
    steps = Levenshtein.opcodes(real_speech.tokens(recording.text), real_speech.tokens(heard))
    covered = intervals.union([(w["start"] - NO_COVER, w["end"] + NO_COVER) for w in words])
    gaps = intervals.subtract(speech_of(samples), covered)
    return Score(
        *real_speech.rates(recording.text, heard),
        inserted=sum(step.dest_end - step.dest_start for step in steps if step.tag == "insert"),
        uncovered=sum(end - start for start, end in gaps if end - start >= UNCOVERED_S),
        processor=result["processor"],
    )


HEAD = (
    "| recording | version | WER verbatim, ours / sequential | ratio | without fillers | ratio | fillers "
    "| uncovered s | insertions | processor s |",
    "|" + "---|" * 10,
)


def line(name: str, version: str, ours: Score, theirs: Score) -> str:
    def over(mine: float, other: float) -> str:
        return f"{mine / other:.2f}" if other else ("1.00" if not mine else "-")

    def pair(of: Callable[[Score], str]) -> str:
        return f"{of(ours)} / {of(theirs)}"

    cells = [
        name,
        version,
        pair(lambda s: f"{s.errors / s.words:.3f}"),
        over(ours.errors, theirs.errors),
        pair(lambda s: f"{s.plain_errors / s.plain_words:.3f}"),
        over(ours.plain_errors, theirs.plain_errors),
        pair(lambda s: str(s.fillers)) + f" of {ours.fillers_said}",
        pair(lambda s: f"{s.uncovered:.1f}"),
        pair(lambda s: f"{s.inserted / s.words:.3f}"),
        pair(lambda s: f"{s.processor:.1f}"),
    ]
    return "| " + " | ".join(cells) + " |"


def summed(rows: Sequence[tuple[str, str, Score, Score]]) -> list[str]:
    """The table added up by version."""
    found = [*HEAD]
    versions = list(dict.fromkeys(row[1] for row in rows))
    for version in [*versions, None]:
        part = [row for row in rows if version in (None, row[1])]
        ours, theirs = sum((r[2] for r in part), Score()), sum((r[3] for r in part), Score())
        found.append(line("all", version or "**all**", ours, theirs))
    return found


def heading() -> str:
    assert __doc__ is not None
    return f"# Speech\n\n{__doc__.split(chr(10) * 2, 2)[2]}\nMade by `python -m bench.speech --write`.\n\n"


if __name__ == "__main__":
    main()
