"""Train the name recogniser (pipeline/recognisers/propernouns.py) and cross-validate it by interview.

    python models/training/train_names.py [--data models/training/data] [--folds 8] [--write]

Data: annotated, invented interviews (models/training/data/), and what a speech recogniser made of them when they
were read aloud (models/training/data/heard/, see voice.py and heard.py). The optimiser is deterministic; the seed only
shuffles interviews into folds and draws the variants. Prints recall and wrongly marked pieces per 1,000 words on
interviews that the model never saw, then trains on everything and writes configs/recognisers/propernouns.npz.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
from collections import Counter
from pathlib import Path

import heard
import numpy as np
from annotated import Annotated, read
from variants import variants

from pipeline.redaction.names.features import Extractor
from pipeline.redaction.names.spacy_tags import SpacyTagger, WordTag
from pipeline.redaction.names.tagger import LABELS, Model, is_candidate, model_file
from pipeline.redaction.text.lexicon import lexicon
from pipeline.redaction.text.tokens import NameTokens

ROOT = Path(__file__).resolve().parent.parent.parent
NAMED = {"PERSON": "PERSON", "PLACE": "PLACE", "ORG": "ORG", "ADDRESS": "PLACE"}
SEED = 20250115


def labels_of(interview: Annotated, pieces: NameTokens, asked: list[int]) -> list[int]:
    """Index into LABELS for each piece asked about."""
    starts = interview.transcript.starts
    result, seen = [], set()
    for n in asked:
        piece = pieces[n]
        a, b = starts[piece.word] + piece.start, starts[piece.word] + piece.end
        hit = next((k for k, (c, s, e) in enumerate(interview.spans) if c in NAMED and s < b and a < e), None)
        if hit is None:
            result.append(0)
            continue
        result.append(LABELS.index(("I-" if hit in seen else "B-") + NAMED[interview.spans[hit][0]]))
        seen.add(hit)
    return result


def examples(interview: Annotated, tags: list[WordTag], heard: bool) -> tuple[list[list[str]], list[int]]:
    """(features, labels) of every piece that the model is asked about."""
    pieces = NameTokens(interview.transcript)
    asked = [n for n in range(len(pieces)) if is_candidate(pieces, n, lexicon(), heard)]
    extractor = Extractor(pieces, tags, lexicon(), from_asr=heard)
    return [extractor.features(n) for n in asked], labels_of(interview, pieces, asked)


def fit(rows: list[list[str]], labels: list[int], strength: float, least: int) -> Model:
    """Multinomial logistic regression, L2, features seen at least `least` times."""
    from scipy.sparse import csr_matrix
    from sklearn.linear_model import LogisticRegression

    counts = Counter(f for row in rows for f in set(row))
    index = {f: n for n, f in enumerate(sorted(f for f, c in counts.items() if c >= least))}
    indptr, indices = [0], []
    for row in rows:
        indices += sorted({index[f] for f in row if f in index})
        indptr.append(len(indices))
    matrix = csr_matrix((np.ones(len(indices), np.float64), indices, indptr), shape=(len(rows), len(index)))
    logistic = LogisticRegression(C=strength, max_iter=400, fit_intercept=False)
    logistic.fit(matrix, labels)
    weights = np.zeros((len(index), len(LABELS)), np.float32)
    weights[:, logistic.classes_] = logistic.coef_.T
    return Model(index, weights)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=ROOT / "models" / "training" / "data")
    parser.add_argument("--spacy", type=Path, default=ROOT / "models" / "weights" / "en-core-web-sm")
    parser.add_argument("--folds", type=int, default=8)
    parser.add_argument("--strength", type=float, default=0.3)
    parser.add_argument("--least", type=int, default=3)
    parser.add_argument("--variants", type=int, default=1)
    parser.add_argument("--heard", type=int, default=1, help="how often each recognised interview counts")
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--fold-models", type=Path, help="keep the model of each fold here, for bench/redaction.py")
    options = parser.parse_args()
    files = sorted(options.data.glob("*.txt"))
    interviews = [read(path) for path in files]
    tagger = SpacyTagger(options.spacy)
    random.seed(SEED)
    sets: dict[str, list[tuple[list[list[str]], list[int]]]] = {}
    for interview in interviews:
        copies = [interview, *variants(interview, options.variants, random.Random(f"{SEED}{interview.name}"))]
        sets[interview.name] = [
            examples(copy, tagger.tag(copy.transcript), heard=n % 2 == 0 and n > 0) for n, copy in enumerate(copies)
        ]
        recognised = options.data / "heard" / f"{interview.name}.tsv"
        if recognised.is_file() and options.heard:
            copy = heard.load(recognised)
            sets[interview.name] += [examples(copy, tagger.tag(copy.transcript), heard=True)] * options.heard
    names = [i.name for i in interviews]
    random.shuffle(names)
    cross_validate(names, interviews, sets, options)
    if options.write:
        chosen = fit(*joined(sets, names), options.strength, options.least)
        write(chosen, files)


def joined(
    sets: dict[str, list[tuple[list[list[str]], list[int]]]], names: list[str]
) -> tuple[list[list[str]], list[int]]:
    rows = [row for name in names for r, _ in sets[name] for row in r]
    return rows, [label for name in names for _, labels in sets[name] for label in labels]


def cross_validate(names, interviews, sets, options) -> None:  # type: ignore[no-untyped-def]
    words = {i.name: len(i.transcript) for i in interviews}
    tallies = {t: Counter() for t in (0.2, 0.3, 0.4, 0.5, 0.6)}
    for fold in range(options.folds):
        held = names[fold :: options.folds]
        trained = fit(*joined(sets, [n for n in names if n not in held]), options.strength, options.least)
        if options.fold_models:
            options.fold_models.mkdir(parents=True, exist_ok=True)
            for name in held:
                save(options.fold_models / f"{name}.npz", trained)
        for name in held:
            rows, labels = sets[name][0]
            chances = trained.probabilities(rows)
            for threshold, tally in tallies.items():
                for chance, label in zip(chances, labels, strict=True):
                    named = 1 - chance[0] >= threshold
                    tally["hit" if label and named else "miss" if label else "false" if named else "right"] += 1
                    if label and named:
                        kind = int(np.argmax([chance[1] + chance[2], chance[3] + chance[4], chance[5] + chance[6]]))
                        tally["kind"] += kind == (label - 1) // 2
    total = sum(words.values())
    for threshold, t in tallies.items():
        print(
            f"threshold {threshold}: recall {t['hit'] / (t['hit'] + t['miss']):.4f} ({t['miss']} missed), "
            f"wrong {1000 * t['false'] / total:.2f} per 1,000 words, right category {t['kind'] / t['hit']:.3f}"
        )


def save(path: Path, trained: Model) -> None:
    order = sorted(trained.index, key=trained.index.__getitem__)
    np.savez_compressed(
        path,
        features=np.frombuffer("\n".join(order).encode("utf-8"), np.uint8),
        weights=trained.weights.astype(np.float16),
    )


def write(trained: Model, files: list[Path]) -> None:
    path = model_file()
    save(path, trained)
    recognised = sorted((files[0].parent / "heard").glob("*.tsv"))
    facts = {
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        "features": len(trained.index),
        "seed": SEED,
        "data": {f.name: hashlib.sha256(f.read_bytes()).hexdigest() for f in [*files, *recognised]},
    }
    path.with_suffix(".json").write_text(json.dumps(facts, indent=1) + "\n")
    print(f"wrote {path.name}: {facts['features']} features, {path.stat().st_size} bytes, {facts['sha256']}")


if __name__ == "__main__":
    main()
