"""Invented interviews about people who are called by words of the program: what must not trip the leak check. A few
in the tests, two thousand in bench/leaks.py."""

from __future__ import annotations

import functools
import random
import re
import tempfile
from pathlib import Path

from pipeline.core.document import Document
from pipeline.core.keysheet import COMMON_WORDS, KeySheet, Person
from pipeline.release import leakcheck
from pipeline.release.file_text import fragments_of
from tests import builders, planting
from tests.redaction_properties import redacted, write_all

WAYS = list(planting.WAYS)
NAMES = ("Will", "May", "Rose", "Hope", "Mark", "Ng", "Li", "Zoë", "Two", "Six", "Siobhan", "Kartika", "Jefferson")


@functools.cache
def program_words() -> list[str]:
    """Every word that stands in the files of an interview without names: headings, templates, fonts, notation."""
    with tempfile.TemporaryDirectory() as name:
        write_all(builders.spoken([("I", "Yes."), ("P", "No.")]), Path(name))
        text = " ".join(p.text for path in sorted(Path(name).iterdir()) for p in fragments_of(path, path.name))
    found = {w.capitalize() for w in re.findall(r"(?<![^\W_])[A-Za-z]{2,14}(?![^\W_])", text)}
    return sorted(w for w in found if w.lower() not in COMMON_WORDS)


def interview(seed: int) -> tuple[Document, KeySheet, list[int]]:
    """Some 120 words about five people, recorded or typed; the key sheet; which words are said as names (the same
    words are said openly, too)."""
    draw = random.Random(seed)
    names = draw.sample([*program_words(), *NAMES], 5)
    turns = [("I", "So, um, how did you meet?")]
    for name in names:
        other = draw.choice(names)
        said = draw.choice(["I went with *{0} on the bus.", "It was *{0} that rang me.", "My brother *{0}, not *{1}."])
        openly = draw.choice([f"They said {other.lower()} again.", "I walked, and walked.", "No, no. Two or six."])
        turns.append(("P", f"{said.format(name, other)} {openly} Yeah."))
        turns.append(("I", draw.choice(["Mm.", f"And *{name}'s bus?"])))
    make = draw.choice([builders.spoken, builders.typed])
    made = make(turns, f"P{seed % 90 + 10}")
    mentions = [n for n, word in enumerate(made.words) if word.text.startswith("*")]
    words = tuple(word.model_copy(update={"text": word.text.removeprefix("*")}) for word in made.words)
    return made.with_(words=words), KeySheet(people=tuple(Person(names=(n,)) for n in names)), mentions


def check(seed: int, plant: int | None) -> tuple[int, list[str], int, str]:
    """Redact an interview, write every format, compare.

    Args:
        plant: the number of a way to plant a leak afterwards, None for none.

    Returns:
        number of files, those withheld, mentions that stayed readable, and the way of a leak that was not
        found ("" where all was well).
    """
    document, sheet, mentions = interview(seed)
    made = redacted(document, sheet)
    readable = sorted(set(mentions) - made.hidden_words())
    with tempfile.TemporaryDirectory() as name:
        twins = leakcheck.Twins(Path(name), made)
        twins.write(write_all)
        files = len(list(twins.files.iterdir()))
        withheld = [str(hit) for hit in twins.withhold()]
        missed = ""
        if plant is not None:
            way = WAYS[plant % len(WAYS)]
            if way != "a file name" and not (twins.files / way.split(":")[0]).is_file():
                way = "transcript.txt: other case"  # a format made of times, and this interview was typed
            said = next(made.words[n].text for n in sorted(made.hidden_words()))
            leaking = planting.WAYS[way](twins.files, re.sub(r"\W", "", said.removesuffix("'s")))
            found = [p.name for p in twins.files.iterdir() if leakcheck.compare(p, twins.twins / p.name)]
            missed = "" if found == [leaking] else way
    return files, withheld, len(readable), missed
