"""The segmentation's overlapping windows on one grid of frames."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from pipeline.engines.segmentation import FRAMES, LOCALS, POWERSET, Segmentation

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

EDGE_FRAMES = 30  # half a second: the network knows little of what lies beyond a window's edge


class Grid:
    """Views of a segmentation. Frames are those of the recording unless said otherwise."""

    def __init__(self, segmentation: Segmentation) -> None:
        import numpy as np

        self.segmentation = segmentation
        self.step = segmentation.step
        self.frames = segmentation.frames
        self.windows = segmentation.windows
        classes = segmentation.probability.argmax(-1)
        self.active: NDArray[np.bool_] = np.array(POWERSET, bool)[classes]
        """Local speakers that are active, (windows, FRAMES, LOCALS)."""

    def first(self, window: int) -> int:
        """The frame at which `window` begins."""
        return window * self.step

    def owner(self, frame: int) -> int:
        """The window in whose middle `frame` lies, as far as possible."""
        nearest = round((frame - FRAMES / 2) / self.step)
        return min(self.windows - 1, max(0, nearest))

    def owned(self, window: int) -> tuple[int, int]:
        """The frames `[first, last)` that `window` owns; together they are the grid."""
        middle = self.step * window + (FRAMES + self.step) / 2
        first = 0 if window == 0 else round(middle - self.step)
        last = self.frames if window == self.windows - 1 else round(middle)
        return min(first, self.frames), min(last, self.frames)

    @cached_property
    def weight(self) -> NDArray[np.float32]:
        """How much each frame of a window counts, (FRAMES,): less towards the edges."""
        import numpy as np

        ramp = np.minimum(np.arange(FRAMES) + 1, FRAMES - np.arange(FRAMES)) / EDGE_FRAMES
        return np.clip(ramp, 0.05, 1.0).astype(np.float32)

    def marginals(self, window: int) -> NDArray[np.float32]:
        """Probability that each local speaker is active, (FRAMES, LOCALS)."""
        import numpy as np

        probability = self.segmentation.probability[window].astype(np.float32)
        return np.asarray(probability @ np.array(POWERSET, np.float32))

    def mean(self, values: list[NDArray[np.float32]]) -> NDArray[np.float32]:
        """Weighted mean over windows of `values[w]` (FRAMES, n); shape (frames, n)."""
        import numpy as np

        total = np.zeros((self.windows * self.step + FRAMES, values[0].shape[1]), np.float32)
        weights = np.zeros((len(total), 1), np.float32)
        for window, value in enumerate(values):
            place = slice(self.first(window), self.first(window) + FRAMES)
            total[place] += value * self.weight[:, None]
            weights[place] += self.weight[:, None]
        return np.asarray(total[: self.frames] / np.maximum(weights[: self.frames], 1e-6))

    @cached_property
    def count(self) -> NDArray[np.int8]:
        """How many speak at once, 0..2, (frames,): the rounded mean over windows."""
        import numpy as np

        rows = [self.active[w].sum(-1, keepdims=True).astype(np.float32) for w in range(self.windows)]
        return np.asarray(np.rint(self.mean(rows)[:, 0]), np.int8)

    @cached_property
    def owned_active(self) -> NDArray[np.bool_]:
        """Local activity as the owner of each frame has it, (frames, LOCALS). Numbers differ between owners."""
        import numpy as np

        result = np.zeros((self.frames, LOCALS), bool)
        for window in range(self.windows):
            first, last = self.owned(window)
            begin = self.first(window)
            inside = self.active[window, first - begin : last - begin]
            result[first : first + len(inside)] = inside
        return result
