"""Does the leak check give false positives, and does it miss anything?

    python bench/leaks.py [--interviews 2000] [--plants 500]          invented interviews, leaks planted
    python bench/leaks.py --scripts models/training/data/*.txt        annotated scripts in five variants

Invented interviews: short ones whose people are called by words of the program, its templates and its fonts, and by
everyday words that are also said openly. They are redacted with a key sheet and written in every format; no file may
be withheld and no name may stay readable. Then one leak is planted in a file (tests/planting.py lists the ways), and
that file must be found.

Scripts: typed, with the main names on a key sheet, with all of them, in lower case without punctuation, and as
recognised; through the stages redact and emit as `ipa` runs them, in every format. No run may fail.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
sys.path.insert(1, str(Path(__file__).resolve().parent.parent / "models" / "training"))

from annotated import Annotated, read

from pipeline.core.document import Document, Word
from pipeline.core.errors import IpaError
from pipeline.core.keysheet import COMMON_WORDS, KeySheet, Person
from pipeline.core.paths import RecordingPaths
from pipeline.core.progress import Silent
from pipeline.core.settings import Settings, build
from pipeline.exporters.registry import FORMATS
from pipeline.stages.base import Context
from pipeline.stages.emit import Emit
from pipeline.stages.redact import Redact
from pipeline.weights.catalogue import Catalogue
from tests import builders, named_interviews, planting

ROOT = Path(__file__).resolve().parent.parent
WORD_S = 0.35
VARIANTS = ("typed", "main names", "all names", "lower case", "recognised")
OWN_NAMES = [
    "Will",
    "May",
    "Rose",
    "Hope",
    "Mark",
    "Ng",
    "Li",
    "Zoë",
    "Two",
    "Six",
    "E",
    "Siobhan",
    "Kartika",
    "Jefferson",
]


def run_invented(interviews: int, plants: int, first: int) -> bool:
    """The first half of the bench; returns whether all was well."""
    print(f"{len(named_interviews.program_words())} words of the program, {len(planting.WAYS)} ways to plant a leak")
    files, readable, planted = 0, 0, 0
    withheld: list[str] = []
    missed: list[str] = []
    for number in range(interviews):
        plant = planted if planted * interviews < plants * (number + 1) else None
        planted += plant is not None
        count, alarms, shown, way = named_interviews.check(first + number, None if plant is None else plant + first)
        files, readable = files + count, readable + shown
        withheld += alarms
        missed += [way] if way else []
        if number % 100 == 99 or number == interviews - 1:
            print(
                f"interviews {number + 1}, files {files}, withheld {len(withheld)}, names readable {readable}; "
                f"leaks planted {planted}, missed {len(missed)}",
                flush=True,
            )
    print("\n".join([*withheld, *missed]))
    return not (withheld or readable or missed)


def variant(script: Annotated, kind: str) -> tuple[Document, KeySheet | None]:
    """A script as one of VARIANTS."""
    words, sheet = list(script.transcript.words), None
    forms = [script.transcript.text[a:b].replace("\n", " ") for category, a, b in script.spans if category == "PERSON"]
    if kind in ("main names", "all names"):
        often = [form for form, _ in Counter(forms).most_common(3 if kind == "main names" else None)]
        often = [form for form in often if len(re.sub(r"\W", "", form)) > 1 and form.lower() not in COMMON_WORDS]
        sheet = KeySheet(people=tuple(Person(names=(form,)) for form in often))
    if kind == "lower case":
        bare = [w.model_copy(update={"text": re.sub(r"[^\w'’-]", "", w.text).lower()}) for w in words]
        words = [w for w in bare if w.text]
    if kind != "recognised":
        return Document(id="S01", source="typed", words=tuple(words)), sheet
    heard = ROOT / "models" / "training" / "data" / "heard" / f"{script.name}.tsv"
    rows = [line.split("\t") for line in heard.read_text("utf-8").splitlines()] if heard.is_file() else []
    said = [(r[0], float(r[1]), r[3]) for r in rows] or [
        (w.role or "P", 0.4 + 0.6 * (len(w.text) % 3 > 0), w.text) for w in words
    ]
    timed = tuple(
        Word(text=text, role=role, confidence=sure, start=round(n * WORD_S, 3), end=round((n + 0.9) * WORD_S, 3))
        for n, (role, sure, text) in enumerate(said)
    )
    recording = builders.RECORDING.model_copy(update={"duration": len(timed) * WORD_S})
    return Document(id="S01", recording=recording, words=timed, records=builders.RECORDS[:3]), sheet


def run_scripts(files: Sequence[Path]) -> bool:
    """The second half of the bench; returns whether no run failed."""
    catalogue, failed, runs = Catalogue.read(), 0, 0
    for file in files:
        script = read(file)
        for kind in VARIANTS:
            started = time.perf_counter()
            document, sheet = variant(script, kind)
            timed = document.source == "recording"
            formats = tuple(name for name, form in FORMATS.items() if timed or not form.timed)
            settings: Settings = build({"emit": {"formats": formats, "study": "IPA"}})
            with tempfile.TemporaryDirectory() as name:
                paths = RecordingPaths(Path(name), document.id)
                paths.make()
                context = Context(paths, Silent(), catalogue, key_sheet=sheet)
                runs += 1
                try:
                    made = Redact().run(document, settings, context).document
                    Emit().run(made, settings, context)
                    outcome = f"{len(made.applied())} replaced, {len(list(paths.share.iterdir()))} files"
                except IpaError as error:
                    failed += 1
                    outcome = f"FAILED: {error}"
            print(f"{file.stem:6} {kind:11} {time.perf_counter() - started:5.1f} s  {outcome}", flush=True)
    print(f"scripts {len(files)}, runs {runs}, failed {failed}")
    return failed == 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--interviews", type=int, default=2000)
    parser.add_argument("--plants", type=int, default=500)
    parser.add_argument("--first", type=int, default=0, help="seed of the first invented interview")
    parser.add_argument("--scripts", type=Path, nargs="+", help="annotated scripts, instead of invented interviews")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as configuration:
        os.environ["XDG_CONFIG_HOME"] = configuration  # a key file of its own
        well = (
            run_scripts(options.scripts)
            if options.scripts
            else run_invented(options.interviews, options.plants, options.first)
        )
    return 0 if well else 1


if __name__ == "__main__":
    sys.exit(main())
