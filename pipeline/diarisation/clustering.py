"""A first guess of the voices from embeddings alone.

Agglomerative clustering (average linkage on cosine distance) of the longest segments, small clusters
left out as noise, then spherical k-means over all segments, weighted by length.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MOST_LEAVES = 1500  # the tree costs the square of this
SMALL_SHARE, SMALL_S = 0.02, 2.5  # a cluster with less of the speech than this is no voice by itself ...
SMALL_AT_MOST = 0.1  # ... but in a very short recording a tenth of the speech is
LEAF_S = 1.0  # embeddings of less speech than this say too little to grow a tree from
SAME_VOICE = 0.62  # cosine distance of segments below which they are one voice, where the number is not given
MOST_VOICES = 8
ONE_VOICE = 0.70  # cosine of two centroids above which they are one, where nothing else says there are two
OTHER_SHARE, OTHER_S = 0.03, 8.0  # somebody beyond the voices asked for is worth an alarm from here on


def unit(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    """Rows scaled to length one."""
    import numpy as np

    return np.asarray(rows / np.maximum(np.linalg.norm(rows, axis=-1, keepdims=True), 1e-9), np.float32)


def _sizes(labels: NDArray[np.int64], weights: NDArray[np.float64]) -> NDArray[np.float64]:
    import numpy as np

    return np.asarray(np.bincount(labels, weights, minlength=labels.max() + 1) / weights.sum())


def _least(weights: NDArray[np.float64]) -> float:
    """The share of the speech that makes a voice."""
    return max(SMALL_SHARE, min(SMALL_AT_MOST, SMALL_S / max(1e-9, float(weights.sum()))))


def tree_labels(vectors: NDArray[np.float32], weights: NDArray[np.float64], voices: int) -> NDArray[np.int64]:
    """Labels 0.. of `vectors` (n, d): `voices` large clusters, and any number of small ones; 0 voices finds the
    number."""
    import numpy as np
    from scipy.cluster.hierarchy import fcluster, linkage
    from scipy.spatial.distance import pdist

    if len(vectors) < 2:
        return np.zeros(len(vectors), np.int64)
    tree = linkage(pdist(vectors.astype(np.float64), "cosine"), "average")
    if not voices:
        return np.asarray(fcluster(tree, SAME_VOICE, "distance") - 1, np.int64)
    labels = np.zeros(len(vectors), np.int64)
    for clusters in range(voices, min(len(vectors), 40 * voices) + 1):
        labels = np.asarray(fcluster(tree, clusters, "maxclust") - 1, np.int64)
        if (_sizes(labels, weights) >= _least(weights)).sum() >= voices:
            break
    return labels


def voices_of(vectors: NDArray[np.float32], weights: NDArray[np.float64], voices: int) -> NDArray[np.float32]:
    """Centroids (k, d) of the voices in `vectors` (n, d), heaviest first; k <= `voices` unless that is 0."""
    import numpy as np

    if not len(vectors):
        return np.zeros((0, vectors.shape[1]), np.float32)
    leaves = np.sort(np.argsort(-weights, kind="stable")[:MOST_LEAVES])
    long = leaves[weights[leaves] >= LEAF_S]
    leaves = long if len(long) >= max(4, 2 * voices) else leaves
    labels = tree_labels(vectors[leaves], weights[leaves], voices)
    sizes = _sizes(labels, weights[leaves])
    large = [
        int(n) for n in np.argsort(-sizes, kind="stable") if sizes[n] >= _least(weights[leaves]) or n == sizes.argmax()
    ]
    large = large[: voices or MOST_VOICES]
    start = np.stack([(vectors[leaves] * weights[leaves, None])[labels == n].sum(0) for n in large])
    return k_means(vectors, weights, unit(start.astype(np.float32)))


def k_means(
    vectors: NDArray[np.float32], weights: NDArray[np.float64], centroids: NDArray[np.float32], rounds: int = 10
) -> NDArray[np.float32]:
    """Spherical k-means from `centroids` (k, d); a centroid to which no segment is nearest stays where it is."""
    import numpy as np

    before = None
    for _ in range(rounds):
        labels = (vectors @ centroids.T).argmax(1)
        if before is not None and (labels == before).all():
            break
        before = labels
        sums = [(vectors * weights[:, None])[labels == n].sum(0) for n in range(len(centroids))]
        kept = [s if s.any() else c for s, c in zip(sums, centroids, strict=True)]
        centroids = unit(np.stack(kept).astype(np.float32))
    return centroids


@dataclass(frozen=True)
class Voices:
    """`centroids` (k, d); `others`: segments of somebody beyond the voices that were asked for."""

    centroids: NDArray[np.float32]
    others: tuple[int, ...] = ()


def choose(vectors: NDArray[np.float32], weights: NDArray[np.float64], asked: int) -> Voices:
    """The voices asked for (0: however many there are), compared with how many the embeddings themselves suggest.

    One person taken apart into two becomes one again; a person beyond those asked for is reported.
    """
    import numpy as np

    centroids = voices_of(vectors, weights, asked)
    if not asked or len(centroids) < min(2, asked):
        return Voices(centroids)
    free = voices_of(vectors, weights, 0)
    if asked == 2 and len(free) == 1 and len(centroids) == 2 and float(centroids[0] @ centroids[1]) > ONE_VOICE:
        return Voices(free)
    if len(free) <= asked:
        return Voices(centroids)
    labels = (vectors @ free.T).argmax(1)
    sizes = np.bincount(labels, weights, minlength=len(free))
    extra = [int(n) for n in np.argsort(-sizes, kind="stable")[asked:]]
    extra = [n for n in extra if sizes[n] >= max(OTHER_S, OTHER_SHARE * sizes.sum())]
    return Voices(centroids, tuple(int(n) for n in np.flatnonzero(np.isin(labels, extra) & (weights >= LEAF_S))))
