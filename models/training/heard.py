"""What a speech recogniser made of the annotated interviews, with their marks carried over: training data.

    python models/training/heard.py WORDS OUT

WORDS holds NAME/private/words.json of `ipa run` on the interviews read aloud (`voice.py`), OUT gets NAME.tsv: one
word a line with role, recogniser's confidence and mark ("B-PERSON", "I-PERSON", "O"). Words are aligned with the
script by spelling; what stands where a marked identifier was said bears its mark, whatever was heard.
"""

from __future__ import annotations

import argparse
import json
import re
from pathlib import Path

from annotated import Annotated, read
from rapidfuzz import fuzz
from rapidfuzz.distance import Levenshtein

from pipeline.core.document import Word
from pipeline.redaction.text.analysis import Analysis

DATA = Path(__file__).resolve().parent / "data"
GAP = 0.62
#: Words that stand beside a garbled identifier more often than in it.
SMALL = frozenset(
    str.split(
        "a an the and or but so of to in on at for from with by is was are were be it's it he she they we i you my "
        "your his her their that this there then um er uh yeah no yes just like well said called name"
    )
)


def normal(word: str) -> str:
    return re.sub(r"[^\w']", "", word.lower().replace("’", "'")).strip("'")


def tokens(words: tuple[Word, ...] | list[Word]) -> list[tuple[str, int]]:
    """(normalised form, word) of every piece between hyphens."""
    found = []
    for n, word in enumerate(words):
        found += [(normal(p), n) for p in re.split(r"[\s\-–—]+", word.text) if normal(p)]
    return found


def pairs(gold: list[str], heard: list[str]) -> list[tuple[int, int]]:
    """Which heard token stands for which of the script, in a stretch where they differ: least total unlikeness."""
    rows, columns = len(gold) + 1, len(heard) + 1
    cost = [[0.0] * columns for _ in range(rows)]
    for i in range(rows):
        for j in range(columns):
            if i or j:
                ways = []
                if i and j:
                    ways.append(cost[i - 1][j - 1] + 1 - fuzz.ratio(gold[i - 1], heard[j - 1]) / 100)
                if i:
                    ways.append(cost[i - 1][j] + GAP)
                if j:
                    ways.append(cost[i][j - 1] + GAP)
                cost[i][j] = min(ways)
    result, i, j = [], rows - 1, columns - 1
    while i and j:
        like = 1 - fuzz.ratio(gold[i - 1], heard[j - 1]) / 100
        if abs(cost[i][j] - cost[i - 1][j - 1] - like) < 1e-9:
            result.append((i - 1, j - 1))
            i, j = i - 1, j - 1
        elif abs(cost[i][j] - cost[i - 1][j] - GAP) < 1e-9:
            i -= 1
        else:
            j -= 1
    return result[::-1]


def carried(script: Annotated, words: list[Word]) -> list[int | None]:
    """The index of the script's span that every heard word stands for, None for none."""
    transcript = script.transcript
    gold, heard = tokens(transcript.words), tokens(words)
    span_of: dict[int, int] = {}
    for k, (_, start, end) in enumerate(script.spans):
        first, last = transcript.word_span(start, end)
        span_of |= dict.fromkeys(range(first, last + 1), k)
    marks: list[int | None] = [None] * len(words)
    for op in Levenshtein.opcodes([g for g, _ in gold], [h for h, _ in heard]):
        left = list(range(op.src_start, op.src_end))
        right = list(range(op.dest_start, op.dest_end))
        if op.tag == "equal":
            matched = list(zip(left, right, strict=True))
        else:
            matched = [(left[i], right[j]) for i, j in pairs([gold[i][0] for i in left], [heard[j][0] for j in right])]
        for i, j in matched:
            marks[heard[j][1]] = span_of.get(gold[i][1])
        if op.tag == "replace":
            inside = {span_of.get(gold[i][1]) for i in left}
            loose = {heard[j][1] for j in right} - {heard[j][1] for _, j in matched}
            for n in sorted(loose):
                near = {marks[m] for m in (n - 1, n + 1) if 0 <= m < len(words)} - {None}
                if near & inside and normal(words[n].text) not in SMALL:
                    marks[n] = min(k for k in near & inside if k is not None)
    return marks


def carry(script: Annotated, words: list[Word]) -> list[str]:
    """The mark of every heard word."""
    marks = carried(script, words)
    result, previous = [], None
    for n, k in enumerate(marks):
        # An everyday small word alone where a name was said teaches nothing.
        alone = k is not None and normal(words[n].text) in SMALL and not (n and marks[n - 1] == k)
        if k is None or alone:
            result.append("O")
        else:
            result.append(("I-" if k == previous else "B-") + script.spans[k][0])
            previous = k
    return result


def load(path: Path) -> Annotated:
    """A NAME.tsv as an annotated interview."""
    words, spans = [], []
    marks = []
    for line in path.read_text(encoding="utf-8").splitlines():
        role, confidence, mark, text = line.split("\t")
        words.append(Word(text=text, role=role, confidence=float(confidence)))
        marks.append(mark)
    transcript = Analysis(words)
    for n, mark in enumerate(marks):
        if mark == "O":
            continue
        if mark.startswith("B-"):
            spans.append((mark[2:], transcript.starts[n], transcript.ends[n]))
        elif spans:
            spans[-1] = (spans[-1][0], spans[-1][1], transcript.ends[n])
    return Annotated(path.stem, transcript, tuple(spans))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("words", type=Path)
    parser.add_argument("out", type=Path, nargs="?", default=DATA / "heard")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    for script in sorted([*DATA.glob("*.txt"), *DATA.glob("interviews/*.txt")]):
        source = options.words / script.stem / "private" / "words.json"
        if not source.is_file():
            continue
        rows = json.loads(source.read_text("utf-8"))["words"]
        words = [Word(text=r["text"], role=r["role"], confidence=r["confidence"]) for r in rows]
        marks = carry(read(script), words)
        lines = [f"{w.role or ''}\t{w.confidence:.3f}\t{m}\t{w.text}\n" for w, m in zip(words, marks, strict=True)]
        (options.out / f"{script.stem}.tsv").write_text("".join(lines), encoding="utf-8")
        print(script.stem, len(words), "words,", sum(m.startswith("B-") for m in marks), "of", len(read(script).spans))


if __name__ == "__main__":
    main()
