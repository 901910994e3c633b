"""Recall of identifiers and wrongly hidden words of cross-validated chances, by style and threshold.

python models/training/reader/score.py OUT/fold-*/chances.npz
"""

from __future__ import annotations

import sys
from collections import defaultdict

import numpy as np
from network import LABELS

DIRECT = [n for n, label in enumerate(LABELS) if label != "O" and not label.endswith("QUASI")]
QUASI = [n for n, label in enumerate(LABELS) if label.endswith("QUASI")]


def mentions(gold: np.ndarray) -> list[tuple[int, int, str]]:
    found, n = [], 0
    while n < len(gold):
        label = LABELS[gold[n]]
        if label != "O":
            end = n + 1
            while end < len(gold) and LABELS[gold[end]] == "I-" + label[2:]:
                end += 1
            found.append((n, end, label[2:]))
            n = end
        else:
            n += 1
    return found


def main() -> None:
    rows = defaultdict(list)
    for file in sys.argv[1:]:
        data = np.load(file)
        for name in sorted({k.rsplit("/", 1)[0] for k in data.files}):
            rows[name.rsplit("/", 1)[1]].append(
                (name, data[f"{name}/p"].astype(np.float32), data[f"{name}/gold"], data[f"{name}/words"])
            )
    for style, parts in sorted(rows.items()):
        for t in (0.05, 0.1, 0.2, 0.3, 0.5):
            hit = total = over = words = 0
            for _, p, gold, _w in parts:
                hide = p[:, DIRECT].sum(-1) >= t
                marks = mentions(gold)
                inside = np.zeros(len(gold), bool)
                for a, b, category in marks:
                    inside[a:b] = True
                    if category != "QUASI":
                        total += 1
                        hit += bool(hide[a:b].all())
                over += int((hide & ~inside).sum())
                words += len(gold)
            recall = f"recall {hit / max(1, total):.3f} ({total - hit} of {total} missed)"
            print(f"{style:8} {len(parts):3} t={t:.2f} {recall}  over {1000 * over / words:.1f}")


if __name__ == "__main__":
    main()
