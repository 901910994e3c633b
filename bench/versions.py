"""Harder versions of a recording, made of nothing but itself and numbers from a seed: the same every time.

Each takes samples at 16 kHz (n,) and the detected speech in seconds, and returns samples.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from pipeline.core.intervals import Interval, subtract
from pipeline.recording import SAMPLE_RATE

SHORTEST_PAUSE = 0.4
"""Seconds: shorter gaps belong to the words, and stretching them would be slow speech, not a pause."""
SEED = 7


def stretched(samples: Any, speech: Sequence[Interval], factor: int) -> Any:
    """Every pause `factor` times as long: its own room tone, again and again, there and back."""
    import numpy as np

    pieces, at = [], 0
    for start, end in subtract([(0.0, len(samples) / SAMPLE_RATE)], list(speech)):
        if end - start < SHORTEST_PAUSE:
            continue
        first, last = round(start * SAMPLE_RATE), round(end * SAMPLE_RATE)
        pause = samples[first:last]
        pieces += [samples[at:last], *[pause[::-1] if n % 2 else pause for n in range(1, factor)]]
        at = last
    return np.concatenate([*pieces, samples[at:]])


def slowed(samples: Any, speech: Sequence[Interval], tempo: float) -> Any:
    """The same voice at `tempo` times its rate."""
    import av
    import numpy as np

    graph = av.filter.Graph()
    source = graph.add_abuffer(sample_rate=SAMPLE_RATE, format="flt", layout="mono", time_base=f"1/{SAMPLE_RATE}")
    stretch = graph.add("atempo", str(tempo))
    sink = graph.add("abuffersink")
    source.link_to(stretch)
    stretch.link_to(sink)
    graph.configure()
    frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(samples[None], np.float32), format="flt", layout="mono")
    frame.sample_rate, frame.pts = SAMPLE_RATE, 0
    source.push(frame)
    source.push(None)
    found = []
    while True:
        try:
            found.append(graph.pull().to_ndarray()[0])
        except (av.error.EOFError, av.error.BlockingIOError):
            return np.concatenate(found)


def noisy(samples: Any, speech: Sequence[Interval], decibels: float) -> Any:
    """Mixed with the noise of a room, whose power falls by 6 dB an octave above 60 Hz, `decibels` under the speech."""
    import numpy as np

    spectrum = np.fft.rfft(np.random.default_rng(SEED).standard_normal(len(samples)))
    noise = np.fft.irfft(spectrum / np.maximum(np.fft.rfftfreq(len(samples), 1 / SAMPLE_RATE), 60.0), len(samples))
    spoken = np.concatenate([samples[round(s * SAMPLE_RATE) : round(e * SAMPLE_RATE)] for s, e in speech])
    noise *= np.sqrt(np.mean(spoken**2) / np.mean(noise**2)) * 10 ** (-decibels / 20)
    return (samples + noise).astype(np.float32)


def down_a_line(samples: Any, speech: Sequence[Interval]) -> Any:
    """Down a telephone: 300 to 3,400 Hz, 8,000 samples a second, 8 bits by the mu-law."""
    import numpy as np
    from scipy.signal import butter, resample_poly, sosfiltfilt

    narrow = resample_poly(samples, 1, 2)
    narrow = sosfiltfilt(butter(4, (300, 3400), "bandpass", fs=SAMPLE_RATE / 2, output="sos"), narrow)
    narrow /= max(1e-9, float(np.abs(narrow).max()))
    coded = np.sign(narrow) * np.log1p(255 * np.abs(narrow)) / np.log(256)
    coded = np.round(coded * 127) / 127
    return resample_poly(np.sign(coded) * np.expm1(np.abs(coded) * np.log(256)) / 255, 2, 1).astype(np.float32)


VERSIONS: dict[str, Callable[[Any, Sequence[Interval]], Any]] = {
    "as it is": lambda samples, speech: samples,
    "pauses x 2": lambda samples, speech: stretched(samples, speech, 2),
    "pauses x 3": lambda samples, speech: stretched(samples, speech, 3),
    "at 80 %": lambda samples, speech: slowed(samples, speech, 0.8),
    "noise 10 dB": lambda samples, speech: noisy(samples, speech, 10.0),
    "noise 0 dB": lambda samples, speech: noisy(samples, speech, 0.0),
    "telephone": down_a_line,
}
