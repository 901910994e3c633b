"""Speaker embeddings: kaldi filter banks and the CAM++ network.

The features are those of kaldi's `compute-fbank-feats` with the 3D-Speaker settings (80 bins, 25 ms
frames every 10 ms, povey window, no dither), computed for a whole block of sound at once, so that a
second of speech is transformed once however many segments it lies in.

On a CPU the network runs in ONNX Runtime (twice as fast there as torch), from a file that comes with the
program; on CUDA in torch, from the checkpoint.
"""

from __future__ import annotations

import math
import pickle
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.core.errors import ResourceError, WeightsError
from pipeline.engines import onnx
from pipeline.recording import SAMPLE_RATE

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

FRAME = 400  # samples: 25 ms
HOP = 160  # samples: 10 ms
BINS = 80
DIMENSIONS = 192
BATCH_FRAMES = {"cpu": 1_600, "cuda": 6_400}  # frames of one batch: 64 s of sound take 400 MB of activations
BUCKET_FRAMES = 50  # segments are repeated up to a multiple of this, so that they can share a batch
FFT = 512
FBANK_FRAMES = 512  # frames transformed at a time
LOW_HZ, PREEMPHASIS = 20.0, 0.97  # a Python float: NumPy stays with float32

UNREADABLE = (RuntimeError, OSError, ValueError, EOFError, pickle.UnpicklingError)
"""What torch raises for a file that does not hold the weights."""


@cache
def _mel_bank() -> NDArray[np.float32]:
    """Triangular filters, shape (FFT / 2 + 1, BINS); kaldi's formulas (feat/mel-computations.cc)."""
    import numpy as np

    def mel(hertz: Any) -> Any:
        return 1127.0 * np.log(1.0 + hertz / 700.0)

    edges = np.linspace(mel(LOW_HZ), mel(SAMPLE_RATE / 2), BINS + 2)
    at = mel(np.arange(FFT // 2) * SAMPLE_RATE / FFT)[:, None]
    left, centre, right = edges[:-2], edges[1:-1], edges[2:]
    triangles = np.maximum(0.0, np.minimum((at - left) / (centre - left), (right - at) / (right - centre)))
    return np.vstack([triangles, np.zeros((1, BINS))]).astype(np.float32)


def fbank(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """Log mel features of `samples` (n,) at 16 kHz: shape (1 + (n - 400) // 160, 80), the mean not removed.

    Sound shorter than one frame gives no frames.
    """
    import numpy as np
    from scipy import fft

    if len(samples) < FRAME:
        return np.zeros((0, BINS), np.float32)
    sound = np.ascontiguousarray(samples, np.float32)
    frames = np.lib.stride_tricks.sliding_window_view(sound, FRAME)[::HOP]
    window = np.power(np.hanning(FRAME), 0.85).astype(np.float32)
    result = np.empty((len(frames), BINS), np.float32)
    for first in range(0, len(frames), FBANK_FRAMES):  # in pieces that stay in the cache
        part = frames[first : first + FBANK_FRAMES]
        part = part - part.mean(1, keepdims=True, dtype=np.float32)
        before = np.concatenate((part[:, :1], part[:, :-1]), axis=1)
        spectrum = fft.rfft((part - PREEMPHASIS * before) * window, n=FFT, axis=1)
        power = np.square(spectrum.real) + np.square(spectrum.imag)
        mel = power @ _mel_bank()
        result[first : first + FBANK_FRAMES] = np.log(np.maximum(mel, np.finfo(np.float32).eps))
    return result


def load_network(checkpoint: Path, device: str = "cpu") -> Any:
    """The network in torch, in evaluation mode.

    Raises:
        WeightsError: the checkpoint does not hold it.
    """
    from pipeline.engines import campplus_network

    try:
        return campplus_network.load(checkpoint).to(device)
    except UNREADABLE as error:
        raise WeightsError(
            "the speaker embedding cannot be read", file=checkpoint, hint="run `ipa models fetch campplus`"
        ) from error


class Embedder:
    """Turns segments of features into unit vectors.

    Args:
        network: a verified ONNX file, or a checkpoint.
        device: "cpu" or "cuda"; an ONNX file runs on the CPU.
        threads: CPU threads.

    Raises:
        WeightsError: the checkpoint does not hold this network.
    """

    def __init__(self, network: Path, device: str = "cpu", threads: int = 2) -> None:
        self.device = device
        self._session: Any = None
        self._network: Any = None
        self._workers = 1
        if network.suffix == onnx.SUFFIX:
            self._session = onnx.session(network)
            self._workers = threads
        else:
            self._network = load_network(network, device)

    @property
    def engine(self) -> str:
        """What runs the network, for the record."""
        return "campplus/onnxruntime" if self._session is not None else "campplus/torch"

    def _run(self, batch: NDArray[np.float32]) -> NDArray[np.float32]:
        """(batch, frames, 80) -> (batch, 192)."""
        import numpy as np

        if self._session is not None:
            return np.asarray(self._session.run(None, {"features": batch})[0], np.float32)
        import torch

        try:
            with torch.inference_mode():
                result: NDArray[np.float32] = self._network(torch.from_numpy(batch).to(self.device)).cpu().numpy()
        except torch.cuda.OutOfMemoryError as error:
            if len(batch) == 1:
                raise ResourceError("the graphics card is out of memory", hint="run again with --device cpu") from error
            torch.cuda.empty_cache()
            half = len(batch) // 2
            return np.concatenate([self._run(batch[:half]), self._run(batch[half:])])
        return result

    def embed(self, segments: Sequence[NDArray[np.float32]]) -> NDArray[np.float32]:
        """Unit vectors of feature segments, each (frames, 80) with frames >= 1; shape (n, 192).

        A segment's mean is removed; then it is repeated up to the next multiple of half a second,
        as 3D-Speaker does with short speech, so that segments of similar length form one batch.
        """
        import numpy as np

        result = np.zeros((len(segments), DIMENSIONS), np.float32)
        buckets: dict[int, list[int]] = {}
        for n, segment in enumerate(segments):
            frames = max(1, math.ceil(len(segment) / BUCKET_FRAMES)) * BUCKET_FRAMES
            buckets.setdefault(frames, []).append(n)
        batches = []
        for frames, members in buckets.items():
            size = max(1, BATCH_FRAMES["cuda" if self.device.startswith("cuda") else "cpu"] // frames)
            batches += [(frames, members[first : first + size]) for first in range(0, len(members), size)]

        def work(batch: tuple[int, list[int]]) -> None:
            frames, chosen = batch
            result[chosen] = self._run(np.stack([_fitted(segments[n], frames) for n in chosen]))

        with ThreadPoolExecutor(self._workers) as pool:  # batches side by side, as in `segmentation`
            list(pool.map(work, batches))
        return np.asarray(result / np.maximum(np.linalg.norm(result, axis=1, keepdims=True), 1e-9), np.float32)


def _fitted(segment: NDArray[np.float32], frames: int) -> NDArray[np.float32]:
    import numpy as np

    centred = segment - segment.mean(0, keepdims=True)
    return np.asarray(np.resize(centred, (frames, centred.shape[1])), np.float32)
