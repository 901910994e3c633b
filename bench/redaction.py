"""Score redaction: interviews held back from training, the development recordings, real voices; and Presidio beside.

    python bench/redaction.py [--data ../shared] [--speech OUTPUTS] [--speech-key OUTPUTS] [--real OUTPUTS]
        [--presidio] [--leaks] [--json FILE]

Held back are the interviews of models/training/data that the shipped reader was not trained on (fold 0 of 5), as they
were typed, in lower case without punctuation, and as a recogniser heard them read aloud. `--data` holds data/
(annotated development recordings) and eval/score.py (how a result is judged); `--speech` is a folder of outputs of
`ipa run` on these, `--speech-key` the same run with their key sheets, `--real` one on data/real.
`--presidio` takes Presidio as it comes with spaCy's en_core_web_sm (`--spacy FOLDER`) in place of this program.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import re
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "models" / "training" / "reader")]

from corpus import Interview, fold_of, uncased  # noqa: E402
from corpus import load as interviews  # noqa: E402

from pipeline.core import keysheet  # noqa: E402
from pipeline.core.document import Document, Word  # noqa: E402
from pipeline.core.keysheet import KeySheet  # noqa: E402
from pipeline.core.settings import RedactSettings  # noqa: E402
from pipeline.redaction import finding  # noqa: E402
from pipeline.redaction.reader.model import WEIGHTS, Model  # noqa: E402
from pipeline.redaction.text.analysis import Analysis  # noqa: E402
from pipeline.release.words_file import rows  # noqa: E402
from pipeline.stages import redact  # noqa: E402
from pipeline.weights.catalogue import Catalogue  # noqa: E402

FOLDS = 5
Redactor = Callable[[Document, KeySheet | None], list[dict[str, Any]]]
"""(interview, its key sheet) -> a row a word, see release.words_file."""


@dataclass
class Tally:
    """Sums over interviews. `states`: category -> how many were masked, leaked, lost (not recognised at all)."""

    states: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    over: int = 0
    words: int = 0
    kept: int = 0
    clean: int = 0
    files: int = 0
    leaks: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    def add(
        self, name: str, found: Iterable[tuple[str, str, str]], wrong: Sequence[str], words: int, kept: int
    ) -> None:
        """One interview: its identifiers as (category, state, words), words wrongly hidden, allow-listed ones."""
        leaked = 0
        for category, state, said in found:
            self.states[category][state] += 1
            if category != "QUASI" and state == "leaked":
                leaked += 1
                self.leaks.append(f"{name} {category} {said}")
        self.wrong += [f"{name}: {w}" for w in wrong]
        self.over += len(wrong)
        self.words += words
        self.kept += kept
        self.clean += not leaked
        self.files += 1

    def row(self, title: str) -> str:
        """A row of the table in REDACTION.md."""
        direct = Counter[str]()
        for category, counts in self.states.items():
            if category != "QUASI":
                direct.update(counts)
        said = direct["masked"] + direct["leaked"]
        recall = f"{direct['masked'] / max(1, said):.3f} ({direct['masked']} of {said})"
        over = f"{1000 * self.over / max(1, self.words):.1f}"
        return f"| {title} | {self.words:,} | {recall} | {over} | {self.kept} | {self.clean} of {self.files} |"


def module(path: Path) -> ModuleType:
    """A script as a module."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    return loaded


def ours() -> Redactor:
    """This program's redact stage."""
    model = Model.open(Catalogue.read().network(WEIGHTS))

    def run(document: Document, sheet: KeySheet | None) -> list[dict[str, Any]]:
        transcript = Analysis.of(document)
        found = finding.find(transcript, model, sheet, from_asr=document.source == "recording")
        decided = redact.decide(document, transcript, found, RedactSettings(), sheet, {})
        return list(rows(redact.hide_residue(decided, sheet)))

    return run


def presidio(folder: Path) -> Redactor:
    """Presidio's default recognisers and its British ones, with a spaCy model."""
    from presidio_analyzer import AnalyzerEngine, RecognizerRegistry
    from presidio_analyzer.nlp_engine import SpacyNlpEngine

    engine = SpacyNlpEngine(models=[{"lang_code": "en", "model_name": str(folder)}])
    engine.load()
    registry = RecognizerRegistry()
    registry.load_predefined_recognizers(languages=["en"], nlp_engine=engine)
    analyzer = AnalyzerEngine(nlp_engine=engine, registry=registry)

    def run(document: Document, sheet: KeySheet | None) -> list[dict[str, Any]]:
        transcript = Analysis.of(document)
        result = list(rows(document))
        for hit in analyzer.analyze(transcript.text, language="en"):
            first, last = transcript.word_span(hit.start, hit.end)
            for n in range(first, last + 1):
                result[n]["redaction"] = hit.entity_type
        return result

    return run


def marked(labels: Sequence[str]) -> Iterator[tuple[int, int, str]]:
    """(first, end, category) of labelled mentions."""
    n = 0
    while n < len(labels):
        end = n + 1
        if labels[n] != "O":
            while end < len(labels) and labels[end] == "I-" + labels[n][2:]:
                end += 1
            yield n, end, labels[n][2:]
        n = end


def by_labels(tally: Tally, interview: Interview, redactor: Redactor) -> None:
    """Count an interview whose own words are labelled."""
    words = tuple(Word(text=i.text, role=i.role, confidence=i.confidence) for i in interview.items)
    source = "recording" if interview.kind == "asr" else "typed"
    result = redactor(Document(id=interview.name, source=source, words=words), None)
    hidden = {n for n, row in enumerate(result) if row["redaction"]}
    labels = [i.label for i in interview.items]
    found = []
    for first, end, category in marked(labels):
        said = " ".join(w.text for w in words[first:end])
        found.append((category, "masked" if hidden >= set(range(first, end)) else "leaked", said))
    wrong = [words[n].text for n in sorted(hidden) if labels[n] == "O"]
    transcript = Analysis(words)
    kept = sum(
        set(range(a, b + 1)) <= hidden and all(labels[n] == "O" for n in range(a, b + 1))
        for a, b, _ in transcript.allow_listed
    )
    tally.add(interview.name, found, wrong, len(words), kept)


def by_reference(
    tally: Tally,
    score: ModuleType,
    turns: list[dict[str, Any]],
    document: Document,
    sheet: KeySheet | None,
    run: Redactor,
) -> None:
    """Count an interview by the reference of its recording."""
    result = run(document, sheet)
    ref, mentions = score.reference_tokens(turns)
    hyp = score.hypothesis_tokens(result)
    found, outside = score.score_redaction(ref, hyp, mentions, *score.align(ref, hyp))
    rows_ = [(r["category"], r["state"], f"{r['text']!r} -> {r['leaked']}") for r in found]
    hidden = {n for n, w in enumerate(result) if w["redaction"]}
    said = {w.lower().strip(".,?!'") for t in turns for p in t["pii"] for w in p["text"].split()}
    transcript = Analysis.of(document)
    kept = sum(
        set(range(a, b + 1)) <= hidden and not any(transcript.bare[n] in said for n in range(a, b + 1))
        for a, b, _ in transcript.allow_listed
    )
    tally.add(document.id, rows_, [hyp[x]["raw"] for x in outside], len(hyp), kept)


def recorded(path: Path, name: str) -> Document | None:
    """What `ipa run` recognised, as a document."""
    file = path / name / "private" / "words.json"
    if not file.is_file():
        return None
    data = json.loads(file.read_text("utf-8"))["words"]
    fields = ("text", "start", "end", "role", "speaker", "confidence")
    return Document(id=name, source="recording", words=tuple(Word(**{k: w.get(k) for k in fields}) for w in data))


def typed_script(path: Path, make: ModuleType) -> Document:
    """The correct text of a development recording."""
    with tempfile.TemporaryDirectory() as folder:
        out = str(Path(folder) / path.stem)
        make.main(str(path), out)
        plain = Path(out + ".txt").read_text(encoding="utf-8").splitlines()
    words = [Word(text=w, role=line[0]) for line in plain for w in line[3:].split()]
    return Document(id=path.stem, source="typed", words=tuple(words))


def real(tally: Tally, data: Path, outputs: Path, run: Redactor) -> None:
    """Count the real voices: `hide` must go, `either` may, everything else stays."""
    for row in json.loads((data / "real" / "references.json").read_text("utf-8")):
        if (document := recorded(outputs, row["name"])) is None:
            continue
        result = run(document, None)
        bare = [_plain(w["text"]) for w in result]
        hide = [
            ("PERSON", "masked" if w["redaction"] else "leaked", b)
            for w, b in zip(result, bare, strict=True)
            if b in row["hide"]
        ]
        wrong = [
            w["text"]
            for w, b in zip(result, bare, strict=True)
            if w["redaction"] and b not in row["hide"] + row["either"]
        ]
        tally.add(row["name"], hide, wrong, len(result), 0)


def _plain(word: str) -> str:
    return re.sub(r"[^a-z0-9]", "", re.sub(r"'s$", "", word.lower().replace("’", "'").rstrip(".,?!")))


def measured(options: argparse.Namespace, run: Redactor) -> Iterator[tuple[str, Tally]]:
    """(title, sums) of every set that there is."""
    folder = ROOT / "models" / "training" / "data"
    held = [i for i in interviews(folder, folder / "interviews") if fold_of(i, FOLDS) == 0]
    versions = {
        "held back, typed": [i for i in held if i.kind == "typed"],
        "held back, lower case without punctuation": [uncased(i) for i in held if i.kind == "typed"],
        "held back, read aloud and recognised": [i for i in held if i.kind == "asr"],
    }
    for title, parts in versions.items():
        tally = Tally()
        for interview in parts:
            by_labels(tally, interview, run)
        yield title, tally
    data = options.data / "data"
    if not data.is_dir():
        return
    score = module(options.data / "eval" / "score.py")
    make = module(options.data / "eval" / "text_reference.py")
    scripts = [p for p in sorted(data.glob("*.txt")) if p.stem == "sample" or p.stem.startswith("dev-")]
    sets: list[tuple[str, Path | None, bool]] = [("development recordings, correct text", None, False)]
    if options.speech:
        sets += [("development recordings, recognised", options.speech, False)]
    if options.speech_key:
        sets += [("development recordings, recognised, key sheet", options.speech_key, True)]
    for title, outputs, with_sheet in sets:
        tally = Tally()
        for path in scripts:
            turns = json.loads(path.with_suffix(".json").read_text())["turns"]
            sheet = (
                keysheet.load(path.with_suffix(".yaml")) if with_sheet and path.with_suffix(".yaml").is_file() else None
            )
            document = recorded(outputs, path.stem) if outputs else typed_script(path, make)
            if document:
                by_reference(tally, score, turns, document, sheet, run)
        yield title, tally
    if options.real:
        tally = Tally()
        real(tally, data, options.real, run)
        yield "real voices", tally


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared")
    for name in ("--speech", "--speech-key", "--real", "--json"):
        parser.add_argument(name, type=Path)
    parser.add_argument("--spacy", type=Path, default=ROOT / "models" / "weights" / "en-core-web-sm")
    parser.add_argument("--presidio", action="store_true")
    parser.add_argument("--leaks", action="store_true")
    options = parser.parse_args()
    run = presidio(options.spacy) if options.presidio else ours()
    results = {}
    print("| set | words | direct recall | wrongly hidden per 1,000 | allow-listed words hidden | without a leak |")
    print("|---|---|---|---|---|---|")
    for title, tally in measured(options, run):
        print(tally.row(title), flush=True)
        results[title] = {c: dict(s) for c, s in sorted(tally.states.items())}
        if options.leaks:
            print("leaks:", *tally.leaks, "wrong:", *tally.wrong, sep="\n    ")
    print(*(f"{title}: {states}" for title, states in results.items()), sep="\n")
    if options.json:
        options.json.write_text(json.dumps(results, indent=1))


if __name__ == "__main__":
    main()
