"""Fit the second look and choose the thresholds, on interviews that the network never saw.

    python models/training/reader/thresholds.py CHANCES.npz... --write configs/recognisers/reader-thresholds.json

The held-out interviews are divided by name: half fit and choose, the other half is only counted, then the other way
round; what is written is fitted on all of them. A threshold is the smallest at which no more words are wrongly hidden
than LIMITS allows (words per 1,000), so it follows from what readers put up with and not from a wish for recall.
"""

from __future__ import annotations

import argparse
import json
import zlib
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from network import LABELS
from score import mentions

from pipeline.redaction.reader.mentions import evidence, second_look

DIRECT = np.array([n for n, label in enumerate(LABELS) if label != "O" and not label.endswith("QUASI")])
QUASI = np.array([n for n, label in enumerate(LABELS) if label.endswith("QUASI")])
LIMITS = {"typed": 4.0, "asr": 5.0, "uncased": 8.0}
STYLE = {"typed": "typed", "asr": "asr", "heard": "asr", "uncased": "uncased"}
RIDGE = 1.0


@dataclass(frozen=True)
class Held:
    """A held-out interview in one style: p (words, labels), gold (words,) labels, its words."""

    name: str
    kind: str
    p: np.ndarray
    gold: np.ndarray
    words: list[str]

    @property
    def direct(self) -> np.ndarray:
        return self.p[:, DIRECT].sum(-1)


def load(files: list[Path]) -> dict[str, list[Held]]:
    """Held-out interviews by style."""
    found = defaultdict(list)
    for file in files:
        data = np.load(file)
        for name in sorted({k.rsplit("/", 1)[0] for k in data.files}):
            kind = name.rsplit("/", 1)[1]
            row = Held(
                name, kind, data[f"{name}/p"].astype(np.float32), data[f"{name}/gold"], list(data[f"{name}/words"])
            )
            found[STYLE[kind]].append(row)
    return dict(found)


def fitted(rows: list[Held]) -> list[float]:
    """Weights of the second look: logistic regression with a ridge, by Newton's method."""
    x = np.concatenate([evidence(r.words, r.direct) for r in rows]).astype(np.float64)
    x = np.c_[x, np.ones(len(x))]
    y = np.concatenate([np.isin(r.gold, DIRECT) for r in rows]).astype(np.float64)
    keep = ~np.concatenate([np.isin(r.gold, QUASI) for r in rows])
    x, y = x[keep], y[keep]
    w = np.zeros(x.shape[1])
    w[0] = 1.0
    prior = w.copy()
    for _ in range(30):
        p = 1 / (1 + np.exp(-np.clip(x @ w, -30, 30)))
        gradient = x.T @ (p - y) + RIDGE * (w - prior)
        step = np.linalg.solve((x * (p * (1 - p))[:, None]).T @ x + RIDGE * np.eye(len(w)), gradient)
        w -= step
        if np.abs(step).max() < 1e-6:
            break
    return [round(float(v), 4) for v in w]


def counted(rows: list[Held], weights: list[float] | None, threshold: float) -> tuple[int, int, int, int]:
    """(mentions hidden, mentions, words wrongly hidden, words)."""
    hit = total = over = words = 0
    for r in rows:
        chance = second_look(r.words, r.direct, weights) if weights else r.direct
        hide = chance >= threshold
        inside = np.zeros(len(r.gold), bool)
        for a, b, category in mentions(r.gold):
            inside[a:b] = True
            if category != "QUASI":
                total += 1
                hit += bool(hide[a:b].all())
        over += int((hide & ~inside).sum())
        words += len(r.gold)
    return hit, total, over, words


def chosen(rows: list[Held], weights: list[float], limit: float) -> float:
    """The smallest threshold with at most `limit` wrongly hidden words per 1,000."""
    wrong, words = [], 0
    for r in rows:
        chance = second_look(r.words, r.direct, weights)
        inside = r.gold != 0
        wrong += list(chance[~inside])
        words += len(r.gold)
    allowed = int(limit * words / 1000)
    ranked = np.sort(np.array(wrong))[::-1]
    return float(np.clip(round(float(ranked[min(allowed, len(ranked) - 1)]) + 1e-4, 4), 0.01, 0.9))


def flag_threshold(rows: list[Held]) -> float:
    """The threshold with the best F1 on QUASI words."""
    p = np.concatenate([r.p[:, QUASI].sum(-1) for r in rows])
    gold = np.concatenate([np.isin(r.gold, QUASI) for r in rows])
    best = max(
        np.arange(0.1, 0.9, 0.05), key=lambda t: 2 * (gold & (p >= t)).sum() / max(1, gold.sum() + (p >= t).sum())
    )
    return round(float(best), 2)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("chances", type=Path, nargs="+")
    parser.add_argument("--write", type=Path)
    options = parser.parse_args()
    styles = {}
    for style, rows in sorted(load(options.chances).items()):
        halves = [[r for r in rows if zlib.crc32(r.name.split("/")[0].encode()) // 7 % 2 == k] for k in (0, 1)]
        sums = np.zeros(4, int)
        plain = np.zeros(4, int)
        for fit, count in (halves, halves[::-1]):
            weights = fitted(fit)
            sums += counted(count, weights, chosen(fit, weights, LIMITS[style]))
            alone = [1.0, 0, 0, 0, 0, 0, 0]
            plain += counted(count, alone, chosen(fit, alone, LIMITS[style]))
        weights = fitted(rows)
        hide = chosen(rows, weights, LIMITS[style])
        for title, (hit, total, over, words) in (("alone", plain), ("second look", sums)):
            missed = f"recall {hit / total:.4f} ({total - hit} of {total} missed)"
            print(f"{style:8} {title:12} {missed}, over {1000 * over / words:.2f}")
        print(f"{style:8} hide from {hide}; weights {weights}")
        styles[style] = {"second_look": weights, "hide": hide, "flag": flag_threshold(rows), "interviews": len(rows)}
    if options.write:
        kept = json.loads(options.write.read_text("utf-8")) if options.write.is_file() else {}
        options.write.write_text(json.dumps({**kept, "styles": styles}, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
