"""Fit what decides whether a stretch of words is a name of the key sheet (pipeline/redaction/keysheet.py).

    python models/training/reader/keysheet_weights.py WORDS [--write]

WORDS holds NAME/private/words.json of `ipa run` on held-out interviews that were read aloud (`../voice.py`). Each gets
all of its people and places as a key sheet. A stretch is right where what was said there is that name. The constant is
set so that ALLOWED words per 1,000 are wrongly hidden for every five names; fitted and counted by interviews in turn,
then on all.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent), str(HERE.parents[2])]

from annotated import read  # noqa: E402
from heard import carried  # noqa: E402

from pipeline.core.document import Word  # noqa: E402
from pipeline.core.settings import configs_folder  # noqa: E402
from pipeline.redaction.keysheet import LEAST, Judge, likely, stretches  # noqa: E402
from pipeline.redaction.reader.model import WEIGHTS, Model  # noqa: E402
from pipeline.redaction.text.analysis import Analysis  # noqa: E402
from pipeline.redaction.text.lexicon import fold  # noqa: E402
from pipeline.redaction.text.phonetics import likeness  # noqa: E402
from pipeline.redaction.text.tokens import NameTokens  # noqa: E402
from pipeline.weights.catalogue import Catalogue  # noqa: E402

ALLOWED = 1.0
RIDGE = 1.0


@dataclass
class Rows:
    """Of one interview: evidence (stretches, features), whether right, how many words each has, words in all; mentions
    of the names, and which mention each stretch covers (-1 none)."""

    x: np.ndarray
    right: np.ndarray
    sizes: np.ndarray
    words: int
    names: int

    @property
    def allowed(self) -> float:
        """Words that may be wrong."""
        return ALLOWED * self.words / 1000 * self.names / 5


def interview(name: str, words_file: Path, model: Model) -> Rows:
    script = read(next(p for p in (HERE.parent / "data").rglob(f"{name}.txt")))
    rows = json.loads(words_file.read_text("utf-8"))["words"]
    words = [Word(**{k: r.get(k) for k in ("text", "role", "confidence", "start", "end")}) for r in rows]
    said = [
        None if k is None else fold(script.transcript.text[slice(*script.spans[k][1:])]) for k in carried(script, words)
    ]
    counts = Counter(
        fold(script.transcript.text[a:b]).removesuffix("'s") for c, a, b in script.spans if c in ("PERSON", "PLACE")
    )
    sheet = list(counts)
    transcript = Analysis(words)
    tokens = NameTokens(transcript)
    judge = Judge(tokens, model.reader.read(transcript, from_asr=True))
    by_form = stretches(tokens)
    x, right, sizes = [], [], []
    for part in {p for full in sheet for p in (full, *full.split())}:
        joined = part.replace(" ", "")
        for form in likely(part, by_form):
            alike = likeness(form, joined)
            if form == joined or alike < LEAST or abs(len(form) - len(joined)) > max(2, len(joined) // 3):
                continue
            for heard in by_form[form]:
                x.append(judge.evidence(heard, joined, alike))
                inside = [said[tokens[n].word] for n in range(heard.first, heard.last + 1)]
                right.append(all(s is not None and part in s for s in inside))
                sizes.append(heard.last - heard.first + 1)
    return Rows(np.array(x), np.array(right, float), np.array(sizes), len(words), len(sheet))


def fitted(rows: list[Rows]) -> np.ndarray:
    """Logistic regression with a ridge; the constant moved until ALLOWED words per 1,000 are wrong."""
    x, y = np.concatenate([r.x for r in rows]), np.concatenate([r.right for r in rows])
    w = np.zeros(x.shape[1])
    for _ in range(50):
        p = 1 / (1 + np.exp(-np.clip(x @ w, -30, 30)))
        step = np.linalg.solve((x * (p * (1 - p))[:, None]).T @ x + RIDGE * np.eye(len(w)), x.T @ (p - y) + RIDGE * w)
        w -= step
    scores, sizes = x @ w, np.concatenate([r.sizes for r in rows])
    order = np.argsort(-scores)
    wrong = np.cumsum((sizes * (1 - y))[order])
    at = int(np.searchsorted(wrong, sum(r.allowed for r in rows)))
    w[-1] -= scores[order[min(at, len(order) - 1)]]
    return w


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("words", type=Path)
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    model = Model.open(Catalogue.read().network(WEIGHTS))
    files = sorted(options.words.glob("*/private/words.json"))
    rows = [interview(f.parent.parent.name, f, model) for f in files]
    hit = total = wrong = 0.0
    for n, row in enumerate(rows):
        taken = row.x @ fitted(rows[:n] + rows[n + 1 :]) >= 0
        hit += (taken * row.right).sum()
        total += row.right.sum()
        wrong += (taken * (1 - row.right) * row.sizes).sum()
    words = sum(r.words for r in rows)
    share = f"{wrong:.0f} words wrongly, of {sum(r.allowed for r in rows):.0f} allowed"
    print(f"{len(rows)} interviews, {words} words: {hit:.0f} of {total:.0f} misheard stretches taken, {share}")
    weights = [round(float(v), 4) for v in fitted(rows)]
    print(weights)
    if options.write:
        file = configs_folder() / "recognisers" / "reader-thresholds.json"
        file.write_text(
            json.dumps({**json.loads(file.read_text("utf-8")), "key_sheet": weights}, indent=1) + "\n", "utf-8"
        )


if __name__ == "__main__":
    main()
