"""Who is active when, within windows of ten seconds: pyannote's segmentation-3.0.

The network gives, for every 16.9 ms frame of a window, the probability of seven classes: silence,
one of up to three speakers, or two of them at once (A. Plaquet and H. Bredin, "Powerset multi-class
cross entropy loss for neural speaker diarization", Interspeech 2023). Speakers are numbered anew in
every window; `pipeline.diarisation` finds out who they are.

On a CPU the network runs in ONNX Runtime, from a file that comes with the program: it is as fast as torch there, and
a run does not wait for torch and pyannote.audio to be imported. On CUDA it runs in pyannote.audio, from the checkpoint.
"""

from __future__ import annotations

import os
import pickle
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.core.errors import ResourceError, WeightsError
from pipeline.engines import onnx
from pipeline.recording import SAMPLE_RATE

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

WINDOW = 160_000  # samples: 10 s
FRAMES = 589  # per window
HOP = 270  # samples per frame
FIRST_CENTRE = 495  # sample in the middle of what frame 0 sees
CLASSES = 7
LOCALS = 3
POWERSET = ((0, 0, 0), (1, 0, 0), (0, 1, 0), (0, 0, 1), (1, 1, 0), (1, 0, 1), (0, 1, 1))
"""Which local speakers are active in each class."""
STEP_FRAMES = 118  # 1.99 s: windows lie on one grid of frames
SHORT_S, SHORT_STEP_FRAMES = 300.0, 59  # a short recording has few windows to vote, and costs little
BATCH = {"cpu": 8, "cuda": 64}

UNREADABLE = (RuntimeError, OSError, ValueError, KeyError, EOFError, pickle.UnpicklingError)
"""What torch raises for a file that does not hold the weights."""


@dataclass(frozen=True)
class Segmentation:
    """Windows over a recording.

    `probability` has shape (windows, FRAMES, CLASSES), float16; window w begins at frame
    `w * step` of the recording's grid. `frames` is the length of that grid.
    """

    probability: NDArray[np.float16]
    step: int
    frames: int

    @property
    def windows(self) -> int:
        """How many."""
        return len(self.probability)


def seconds(frame: float) -> float:
    """Where frame `frame` of the grid begins, in seconds."""
    return (frame * HOP + FIRST_CENTRE - HOP / 2) / SAMPLE_RATE


def frame_at(time: float) -> int:
    """The frame of the grid that begins nearest to `time` seconds."""
    return round((time * SAMPLE_RATE - FIRST_CENTRE + HOP / 2) / HOP)


def load_model(checkpoint: Path, device: str = "cpu") -> Any:
    """pyannote.audio's Model from the checkpoint, in evaluation mode.

    Raises:
        WeightsError: the file does not hold one.
    """
    os.environ["PYANNOTE_METRICS_ENABLED"] = "0"  # before the import: telemetry is on by default
    os.environ["HF_HUB_OFFLINE"] = "1"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import torch
        from pyannote.audio import Model

        try:
            model = Model.from_pretrained(checkpoint, map_location="cpu")
        except UNREADABLE as error:
            raise WeightsError(
                "the segmentation cannot be read", file=checkpoint, hint="run `ipa models fetch` again"
            ) from error
    if model is None:
        raise WeightsError("the segmentation cannot be read", file=checkpoint, hint="run `ipa models fetch` again")
    return model.eval().to(torch.device(device))


class Segmenter:
    """Runs the network over sound of any length, a batch of windows at a time.

    Args:
        network: a verified ONNX file, or a checkpoint.
        device: "cpu" or "cuda"; an ONNX file runs on the CPU.
        threads: CPU threads.

    Raises:
        WeightsError: the checkpoint does not hold this network.
    """

    def __init__(self, network: Path, device: str = "cpu", threads: int = 2) -> None:
        self.device = device
        self._threads = threads if device == "cpu" else 1
        self._session: Any = None
        self._model: Any = None
        if network.suffix == onnx.SUFFIX:
            self._session = onnx.session(network)
        else:
            self._model = load_model(network, device)
        self._batch = BATCH["cuda" if device.startswith("cuda") else "cpu"]

    def run(
        self,
        read: Callable[[float, float], NDArray[np.float32]],
        duration: float,
        *,
        step: int | None = None,
        progress: Callable[[float], None] = lambda fraction: None,
    ) -> Segmentation:
        """Segment `duration` seconds.

        Args:
            read: gives the samples (float32, 16 kHz, one channel) between two times in seconds.
            duration: length of the recording.
            step: frames between the beginnings of windows; None chooses by the duration.
            progress: told the fraction done.
        """
        from concurrent.futures import ThreadPoolExecutor

        import numpy as np

        step = step or (SHORT_STEP_FRAMES if duration <= SHORT_S else STEP_FRAMES)
        samples = int(duration * SAMPLE_RATE)
        count = 1 + max(0, -(-(samples - WINDOW) // (step * HOP)))
        result = np.zeros((count, FRAMES, CLASSES), np.float16)

        def work(first: int) -> int:
            if self._model is not None and self.device == "cpu":
                import torch

                torch.set_num_threads(1)  # of this worker
            last = min(count, first + self._batch)
            begin = first * step * HOP
            end = (last - 1) * step * HOP + WINDOW
            sound = read(begin / SAMPLE_RATE, min(end, samples) / SAMPLE_RATE)
            sound = np.pad(sound, (0, max(0, end - begin - len(sound))))
            batch = np.stack([sound[n * step * HOP :][:WINDOW] for n in range(last - first)])
            result[first:last] = self._run(batch)
            return last - first

        # Batches side by side, one thread each, rather than threads within a batch: a recurrent layer would make
        # them wait for each other at each of its 589 steps, and on a busy machine every wait costs a time slice.
        done = 0
        with ThreadPoolExecutor(self._threads) as pool:
            for finished in pool.map(work, range(0, count, self._batch)):
                done += finished
                progress(done / count)
        frames = max(1, min(frame_at(duration), (count - 1) * step + FRAMES))
        return Segmentation(result, step, frames)

    def _run(self, batch: NDArray[np.float32]) -> NDArray[np.float16]:
        """(n, WINDOW) -> (n, FRAMES, CLASSES) probabilities."""
        import numpy as np

        if self._session is not None:
            scores = self._session.run(None, {"sound": batch[:, None]})[0]
            return np.asarray(np.exp(scores), np.float16)
        import torch

        try:
            with torch.inference_mode():
                scores = self._model(torch.from_numpy(batch)[:, None].to(self.device))
                result: NDArray[np.float16] = scores.exp().cpu().numpy().astype(np.float16)
        except torch.cuda.OutOfMemoryError as error:
            if len(batch) == 1:
                raise ResourceError("the graphics card is out of memory", hint="run again with --device cpu") from error
            torch.cuda.empty_cache()
            self._batch = max(1, len(batch) // 2)
            return np.concatenate([self._run(batch[: self._batch]), self._run(batch[self._batch :])])
        return result
