"""Check the marks of annotated interviews: python models/training/check_marks.py FILE...

Prints words and marks of each file, what is broken, and capitalised forms that are marked in one place only.
The rules of marking: models/training/MARKING.md.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import get_args

from pipeline.core.document import Category

MARK = re.compile(r"\[\[([A-Z_]+)\|([^\[\]|]+)\]\]")
NAMED = ("PERSON", "PLACE", "ORG")


def check(path: Path) -> tuple[int, int, list[str]]:
    """(words, marks, what is wrong) of one file."""
    wrong: list[str] = []
    categories: dict[str, str] = {}
    unmarked: list[tuple[int, str]] = []
    words = marks = 0
    for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        turn = re.match(r"[IP][:>]\s*(\S.*)$", line.strip())
        if not turn:
            wrong.append(f"{number}: not a turn")
            continue
        for category, said in MARK.findall(turn[1]):
            marks += 1
            categories.setdefault(said, category)
            if category not in get_args(Category):
                wrong.append(f"{number}: there is no category {category}")
            if said != said.strip() or said[-1] in ".,?!;:":
                wrong.append(f"{number}: a mark holds a space or a sign at its edge")
        rest = MARK.sub("\0", turn[1])
        if re.search(r"\[\[|\]\]|\|", rest):
            wrong.append(f"{number}: a broken mark")
        unmarked.append((number, rest))
        words += len(MARK.sub(r"\2", turn[1]).split())
    for said, category in categories.items():
        if category in NAMED and said[:1].isupper() and len(said) > 2:
            inside = re.compile(rf"(?<![.?!\"“] )(?<!^)\b{re.escape(said)}\b")
            wrong += [
                f"{n}: '{said}' is marked elsewhere (fine if meant)" for n, rest in unmarked if inside.search(rest)
            ]
    return words, marks, wrong


def main() -> None:
    total = [0, 0]
    for name in sys.argv[1:]:
        words, marks, wrong = check(Path(name))
        total = [total[0] + words, total[1] + marks]
        print(f"{name}: {words} words, {marks} marks", *wrong, sep="\n   ")
    print(f"{total[0]} words, {total[1]} marks")


if __name__ == "__main__":
    main()
