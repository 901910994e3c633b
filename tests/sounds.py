"""Sound files for tests, written with PyAV: tones, noise, silence, in any container."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

RATE = 16_000


def tone(seconds: float, hertz: float = 440.0, level: float = 0.3, rate: int = RATE) -> NDArray[np.float32]:
    """A sine, shape (n,)."""
    t = np.arange(int(seconds * rate)) / rate
    return (level * np.sin(2 * np.pi * hertz * t)).astype(np.float32)


def silence(seconds: float, rate: int = RATE) -> NDArray[np.float32]:
    """Digital silence."""
    return np.zeros(int(seconds * rate), np.float32)


def noise(seconds: float, level: float = 0.05, seed: int = 1, rate: int = RATE) -> NDArray[np.float32]:
    """White noise."""
    return (level * np.random.default_rng(seed).standard_normal(int(seconds * rate))).astype(np.float32)


def ringing(seconds: float, rate: int = RATE) -> NDArray[np.float32]:
    """A British telephone: 400 and 450 Hz, twice for 0.4 s every three seconds."""
    t = np.arange(int(seconds * rate)) / rate
    on = (t % 3 < 0.4) | ((t % 3 > 0.6) & (t % 3 < 1.0))
    return (0.15 * (np.sin(2 * np.pi * 400 * t) + np.sin(2 * np.pi * 450 * t)) * on).astype(np.float32)


def music(seconds: float, seed: int = 4, rate: int = RATE) -> NDArray[np.float32]:
    """Plucked chords, one a second, and a melody with vibrato."""
    rng = np.random.default_rng(seed)
    chords = ((220, 277, 330), (196, 247, 294), (175, 220, 262), (165, 208, 247))
    t = np.arange(rate) / rate
    beats = []
    for beat in range(int(seconds)):
        strings = (np.sin(2 * np.pi * f * h * t) / h for f in chords[beat % 4] for h in range(1, 6))
        voice = np.sin(2 * np.pi * rng.choice([440, 494, 523, 587, 659]) * t + 3 * np.sin(2 * np.pi * 6 * t))
        beats.append(sum(strings) * np.exp(-1.5 * t) + 1.5 * voice * np.minimum(1, 20 * t) * np.exp(-2 * t))
    played = np.concatenate(beats)
    return (0.3 * played / np.abs(played).max()).astype(np.float32)


def write(
    path: Path,
    samples: NDArray[np.float32],
    *,
    rate: int = RATE,
    codec: str | None = None,
    container: str | None = None,
    bit_rate: int | None = None,
    options: dict[str, str] | None = None,
) -> Path:
    """Encode samples, shape (n,) or (n, channels), by the path's suffix. `options` are the container's."""
    import av

    defaults = {
        ".wav": "pcm_s16le",
        ".flac": "flac",
        ".m4a": "aac",
        ".mp4": "aac",
        ".mov": "aac",
        ".mp3": "libmp3lame",
        ".ogg": "libopus",
        ".opus": "libopus",
        ".wma": "wmav2",
        ".3gp": "aac",
    }
    rows = samples[:, None] if samples.ndim == 1 else samples
    channels = rows.shape[1]
    layout = {1: "mono", 2: "stereo", 4: "quad", 6: "5.1", 8: "7.1"}[channels]
    with av.open(str(path), "w", format=container, options=options or {}) as out:
        experimental = {"strict": "experimental"} if codec == "vorbis" else {}
        stream = out.add_stream(codec or defaults[path.suffix], rate=rate, options=experimental)
        stream.codec_context.layout = layout
        if bit_rate or path.suffix == ".wma":
            stream.bit_rate = bit_rate or 128_000
        resampler = av.AudioResampler(format=stream.codec_context.format, layout=layout, rate=rate)
        for first in range(0, len(rows), 1024):
            block = np.ascontiguousarray(rows[first : first + 1024].T)
            frame = av.AudioFrame.from_ndarray(block, format="fltp", layout=layout)
            frame.sample_rate = rate
            frame.pts = first
            for piece in resampler.resample(frame):
                out.mux(stream.encode(piece))
        out.mux(stream.encode(None))
    return path


def video_without_sound(path: Path) -> Path:
    """A one-second film with no audio stream."""
    import av

    with av.open(str(path), "w") as out:
        stream = out.add_stream("mpeg4", rate=10)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for _ in range(10):
            out.mux(stream.encode(av.VideoFrame.from_ndarray(np.zeros((48, 64, 3), np.uint8), format="rgb24")))
        out.mux(stream.encode(None))
    return path
