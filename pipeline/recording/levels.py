"""Levels of the working copy: peak, loudness, noise floor, clipping, bandwidth; which channels to use."""

from __future__ import annotations

import math
import warnings
from typing import TYPE_CHECKING, Any

from pipeline.core.document import Quality
from pipeline.recording import SAMPLE_RATE

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

FRAME_S = 0.03
SILENCE_DB = -100.0
CLIP_LEVEL = 32_700
SPEECH_OVER_FLOOR_DB = 9.0
#: Each channel must lead by this much, in this share of the loud frames, to hold a microphone of its own.
LEAD_DB, LEAD_SHARE = 6.0, 0.05


def _db(power: float) -> float:
    return 10 * math.log10(power) if power > 1e-10 else SILENCE_DB


def _frame_power(samples: NDArray[np.int16], frame: int) -> NDArray[np.float64]:
    """Mean power per frame of `frame` samples, full scale = 1. Shape (n // frame,)."""
    import numpy as np

    count = len(samples) // frame
    rows = samples[: count * frame].reshape(count, frame).astype(np.float64) / 32768.0
    return np.asarray((rows**2).mean(axis=1))


def _loud(decibels: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which frames are as loud as speech."""
    import numpy as np

    floor = float(np.percentile(decibels, 10))
    return np.asarray(decibels > max(floor + SPEECH_OVER_FLOOR_DB, -60.0))


def pydub_segment() -> Any:
    """pydub's AudioSegment, without its warning that no ffmpeg program is installed (PyAV decodes here)."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from pydub import AudioSegment
    return AudioSegment


class Meter:
    """Collects levels block by block; memory grows by one number per 30 ms.

    pydub measures peak and loudness of each block, numpy the distribution of the frames.
    """

    def __init__(self, rate: int) -> None:
        self._rate = rate
        self._frame = int(rate * FRAME_S)
        self._powers: list[NDArray[np.float64]] = []
        self._peak = 0
        self._clipped = 0
        self._samples = 0
        self._energy = 0.0
        self._spectrum: NDArray[np.float64] | None = None

    def add(self, samples: NDArray[np.int16]) -> None:
        """Take the next mono samples, int16, shape (n,)."""
        import numpy as np

        if not len(samples):
            return
        mono = np.ascontiguousarray(samples)
        segment = pydub_segment()(mono.tobytes(), sample_width=2, frame_rate=self._rate, channels=1)
        self._peak = max(self._peak, segment.max)
        self._energy += float(segment.rms / 32768.0) ** 2 * len(mono)
        self._samples += len(mono)
        loud = np.abs(mono.astype(np.int32)) >= CLIP_LEVEL
        # One sample at full scale is a peak; two in a row are clipping.
        self._clipped += int((loud[1:] & loud[:-1]).sum())
        self._powers.append(_frame_power(mono, self._frame))
        size = 1024
        count = len(mono) // size
        if count:
            rows = mono[: count * size].reshape(count, size)[::8].astype(np.float64) * np.hanning(size)
            power = (np.abs(np.fft.rfft(rows, axis=1)) ** 2).sum(axis=0)
            self._spectrum = power if self._spectrum is None else self._spectrum + power

    def quality(self, *, source_rate: int) -> Quality:
        """What was measured, with remarks a researcher understands."""
        import numpy as np

        decibels = self._decibels()
        floor = float(np.percentile(decibels, 10))
        loud = _loud(decibels)
        share = float(loud.mean())
        snr = float(_db(float((10 ** (decibels[loud] / 10)).mean())) - floor) if loud.any() else None
        clipped = self._clipped / max(1, self._samples)
        bandwidth = self._bandwidth()
        peak = 20 * math.log10(self._peak / 32768) if self._peak else SILENCE_DB
        return Quality(
            peak_dbfs=round(peak, 1),
            loudness_dbfs=round(_db(self._energy / max(1, self._samples)), 1),
            noise_floor_dbfs=round(floor, 1),
            snr_db=round(snr, 1) if snr is not None else None,
            clipped=round(clipped, 6),
            speech_share=round(share, 3),
            bandwidth_hz=bandwidth,
            remarks=tuple(_remarks(peak, snr, clipped, bandwidth, source_rate)),
        )

    def ends_loud(self) -> bool:
        """Whether at least half of the last 0.3 s is as loud as speech."""

        return bool(_loud(self._decibels())[-10:].mean() >= 0.5)

    def _decibels(self) -> NDArray[np.float64]:
        """Power of each frame, at least one."""
        import numpy as np

        powers = np.concatenate([*self._powers, np.zeros(0)])
        return 10 * np.log10(np.maximum(powers if len(powers) else np.zeros(1), 1e-10))

    def _bandwidth(self) -> float | None:
        """Frequency below which 99.5 % of the power above 100 Hz lies, Hz."""
        import numpy as np

        if self._spectrum is None or not self._spectrum.any():
            return None
        frequencies = np.fft.rfftfreq(1024, 1 / self._rate)
        power = np.where(frequencies > 100, self._spectrum, 0)
        if not power.any():
            return None
        total = np.cumsum(power) / power.sum()
        return float(round(frequencies[int(np.searchsorted(total, 0.995))]))


def _remarks(peak: float, snr: float | None, clipped: float, bandwidth: float | None, source_rate: int) -> list[str]:
    remarks = []
    if peak <= -60:
        remarks.append("The recording is silent.")
    elif peak < -20:
        remarks.append("The recording is very quiet; move the recorder closer next time.")
    if clipped > 0.0005:
        remarks.append("Loud passages are clipped; lower the recording level next time.")
    if snr is not None and snr < 12 and peak > -60:
        remarks.append("There is much background noise; words may be missed.")
    if source_rate <= 8000 or (bandwidth is not None and bandwidth < 3000 and peak > -60):
        remarks.append("Telephone bandwidth; names and fillers are harder to recognise.")
    return remarks


def microphones(stereo: NDArray[np.int16]) -> tuple[bool, NDArray[np.float32]]:
    """Whether two channels hold one microphone each, and the weights of a mono mix otherwise.

    Args:
        stereo: shape (n, 2).

    Returns:
        (True, equal weights) where each channel leads the other by 6 dB in at least 5 % of the loud
        frames, as when each person wears a microphone; else (False, weights): a dead channel gets 0,
        and of two channels in opposite phase only one is used.
    """
    import numpy as np

    frame, block = 480, SAMPLE_RATE * 60
    powers, products = [], np.zeros(3)
    for first in range(0, len(stereo), block):
        piece = stereo[first : first + block]
        left, right = piece[:, 0].astype(np.float64) / 32768, piece[:, 1].astype(np.float64) / 32768
        products += [float(left @ left), float(right @ right), float(left @ right)]
        powers.append(np.stack([_frame_power(piece[:, 0], frame), _frame_power(piece[:, 1], frame)], axis=1))
    half = np.array([0.5, 0.5], np.float32)
    if products[0] < 1e-4 * products[1]:
        return False, np.array([0.0, 1.0], np.float32)
    if products[1] < 1e-4 * products[0]:
        return False, np.array([1.0, 0.0], np.float32)
    if not products[0]:
        return False, half
    correlation = products[2] / math.sqrt(products[0] * products[1])
    if correlation < -0.5:
        return False, np.array([1.0, 0.0], np.float32)
    decibels = 10 * np.log10(np.maximum(np.concatenate(powers), 1e-10))
    loudest = decibels.max(axis=1)
    voiced = loudest > max(float(np.percentile(loudest, 10)) + SPEECH_OVER_FLOOR_DB, -60.0)
    if voiced.sum() < 100 or correlation > 0.95:
        return False, half
    lead = decibels[voiced, 0] - decibels[voiced, 1]
    # Measured against the usual difference: two recorders are seldom set to the same gain.
    lead = lead - (np.percentile(lead, 5) + np.percentile(lead, 95)) / 2
    both = min(float((lead > LEAD_DB / 2).mean()), float((lead < -LEAD_DB / 2).mean())) >= LEAD_SHARE
    wide = float(np.percentile(lead, 95) - np.percentile(lead, 5)) >= 2 * LEAD_DB
    return bool(both and wide), half
