"""Learn from interviews read aloud and recognised what becomes of which words: mishearings.json.

python models/training/reader/mishearings.py OUT.json
"""

from __future__ import annotations

import json
import re
import sys
from collections import Counter, defaultdict
from pathlib import Path

from corpus import heard, typed
from rapidfuzz.distance import Levenshtein

DATA = Path(__file__).resolve().parent.parent / "data"


def plain(text: str) -> str:
    return re.sub(r"[^\w' -]", "", text.lower()).strip("' -")


def main(out: Path) -> None:
    words: dict[str, Counter[str]] = defaultdict(Counter)
    sure: dict[str, list[float]] = defaultdict(list)
    wrong = total = 0
    for path in sorted(DATA.glob("heard/*.tsv")):
        gold, got = typed(DATA / f"{path.stem}.txt").items, heard(path).items
        a, b = [plain(i.text) for i in gold], [plain(i.text) for i in got]
        for op in Levenshtein.opcodes(a, b):
            same = op.tag == "equal"
            for i, j in zip(range(op.src_start, op.src_end), range(op.dest_start, op.dest_end), strict=False):
                name = gold[i].label[2:] in ("PERSON", "PLACE", "ORG")
                ordinary = gold[i].label == "O" and got[j].label == "O"
                kind = ("name" if same else "wrong name") if name else ("sure" if same else "wrong")
                if name or ordinary:
                    sure[kind].append(got[j].confidence or 0.0)
                if ordinary:
                    total += 1
                    if not same and a[i] and b[j] and len(a[i]) > 1:
                        wrong += 1
                        words[a[i]][b[j]] += 1
    kept = {w: sorted(c.elements())[:12] for w, c in sorted(words.items())}
    quantiles = {
        k: [round(sorted(v)[int((n + 0.5) / 40 * len(v))], 3) for n in range(40)] for k, v in sorted(sure.items())
    }
    out.write_text(
        json.dumps({"rate": round(wrong / total, 4), "confidence": quantiles, "words": kept}, indent=0) + "\n"
    )
    print(len(kept), "words", wrong / total, {k: v[20] for k, v in quantiles.items()})


if __name__ == "__main__":
    main(Path(sys.argv[1]))
