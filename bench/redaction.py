"""Score redaction without and with a key sheet, on correct text and on recognised speech, beside Presidio as it comes.

    python bench/redaction.py --data ../shared [--only text|dev|speech|heard] [--fold-models DIR]
        [--speech DIR] [--heard DIR] [--presidio] [--leaks] [--json FILE]

`--data` holds data/ (annotated scripts) and eval/score.py (how a result is judged). Text files are scored with the
model of the fold that never saw them (`models/training/train_names.py --fold-models DIR` writes those); without
--fold-models the shipped model is used, which saw all of text/ in training. `--speech` is a folder of outputs of
`ipa run` on the development recordings, `--heard` one on the texts read aloud (models/training/voice.py).
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from pipeline.core import keysheet
from pipeline.core.document import Document, Word
from pipeline.core.keysheet import KeySheet
from pipeline.core.settings import RedactSettings
from pipeline.redaction.names import tagger
from pipeline.redaction.names.spacy_tags import SpacyTagger
from pipeline.redaction.text.analysis import Analysis
from pipeline.release.words_file import rows
from pipeline.stages import redact

ROOT = Path(__file__).resolve().parent.parent
Redactor = Callable[[Document, KeySheet | None], list[dict[str, Any]]]


@dataclass
class Tally:
    """Sums over interviews."""

    states: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    entities: Counter[str] = field(default_factory=Counter)
    outside: int = 0
    words: int = 0
    kept: int = 0
    clean: int = 0
    files: int = 0
    leaks: list[str] = field(default_factory=list)
    over: list[str] = field(default_factory=list)

    def summary(self) -> dict[str, Any]:
        """Figures of the report."""
        direct = Counter[str]()
        for category, counts in self.states.items():
            if category != "QUASI":
                direct.update(counts)
        return {
            "files": self.files,
            "direct": dict(direct),
            "direct_recall": direct["masked"] / max(1, direct["masked"] + direct["leaked"]),
            "entity_recall": self.entities["all"] / max(1, self.entities["all"] + self.entities["leaked"]),
            "over_per_1000": 1000 * self.outside / max(1, self.words),
            "kept_violations": self.kept,
            "interviews_without_leak": self.clean,
            "by_category": {c: dict(s) for c, s in sorted(self.states.items())},
        }


def load(path: Path, name: str) -> ModuleType:
    """A script as a module."""
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def ours(tagger: SpacyTagger) -> Redactor:
    """This pipeline's redact stage."""

    def run(document: Document, sheet: KeySheet | None) -> list[dict[str, Any]]:
        transcript = Analysis.of(document)
        found = redact.find(transcript, tagger, sheet, from_asr=document.source == "recording")
        decided = redact.decide(document, transcript, found, RedactSettings(), sheet, {})
        return rows(redact.hide_residue(decided, sheet))

    return run


def presidio(folder: Path) -> Redactor:
    """Presidio's default recognisers and its British ones, with the same spaCy model."""
    from presidio_analyzer import AnalyzerEngine, RecognizerRegistry
    from presidio_analyzer.nlp_engine import SpacyNlpEngine

    engine = SpacyNlpEngine(models=[{"lang_code": "en", "model_name": str(folder)}])
    engine.load()
    registry = RecognizerRegistry()
    registry.load_predefined_recognizers(languages=["en"], nlp_engine=engine)
    analyzer = AnalyzerEngine(nlp_engine=engine, registry=registry)

    def run(document: Document, sheet: KeySheet | None) -> list[dict[str, Any]]:
        transcript = Analysis.of(document)
        result = rows(document)
        for hit in analyzer.analyze(transcript.text, language="en"):
            first, last = transcript.word_span(hit.start, hit.end)
            for n in range(first, last + 1):
                result[n]["redaction"] = hit.entity_type
        return result

    return run


def from_script(path: Path, make: ModuleType) -> tuple[Document, list[dict[str, Any]]]:
    """(the correct text as a typed document, the reference's turns)."""
    with tempfile.TemporaryDirectory() as folder:
        out = str(Path(folder) / path.stem)
        make.main(str(path), out)
        turns = json.loads(Path(out + ".json").read_text())["turns"]
        plain = Path(out + ".txt").read_text(encoding="utf-8").splitlines()
    words = [Word(text=w, role=line[0]) for line in plain for w in line[3:].split()]
    return Document(id=path.stem, source="typed", words=tuple(words)), turns


def from_speech(path: Path, script: Path, make: ModuleType) -> tuple[Document, list[dict[str, Any]]]:
    """(recognised words as a document, the reference's turns: those beside the recording, or made from the script)."""
    data = json.loads(path.read_text(encoding="utf-8"))
    reference = script.with_suffix(".json")
    turns = json.loads(reference.read_text())["turns"] if reference.is_file() else from_script(script, make)[1]
    words = tuple(
        Word(**{k: w.get(k) for k in ("text", "start", "end", "role", "speaker", "confidence")}) for w in data["words"]
    )
    return Document(id=script.stem, source="recording", words=words), turns


def recognised(scripts: Iterable[Path], folder: Path) -> list[tuple[Path, Path | None]]:
    """Scripts with what was recognised of them, where anything was."""
    pairs = [(p, folder / p.stem / "private" / "words.json") for p in scripts]
    return [(p, s) for p, s in pairs if s.is_file()]


def count(
    tally: Tally, score: ModuleType, turns: list[dict[str, Any]], words: list[dict[str, Any]], document: Document
) -> None:
    """Add one interview."""
    ref, mentions = score.reference_tokens(turns)
    hyp = score.hypothesis_tokens(words)
    same, sub = score.align(ref, hyp)
    found, outside = score.score_redaction(ref, hyp, mentions, same, sub)
    entities = defaultdict(list)
    leaked = 0
    for row in found:
        tally.states[row["category"]][row["state"]] += 1
        if row["category"] == "QUASI":
            continue
        entities[(row["category"], score.norm(row["text"].replace(" ", "_")))].append(row["state"])
        if row["state"] == "leaked":
            leaked += 1
            tally.leaks.append(f"{document.id} {row['category']} {row['text']!r} -> {row['leaked']}")
    for states in entities.values():
        tally.entities["leaked" if "leaked" in states else "all"] += 1
    tally.outside += len(outside)
    tally.over += [f"{document.id}: {' '.join(hyp[x]['raw'] for x in run)}" for run in _runs(outside)]
    tally.words += len(hyp)
    transcript = Analysis.of(document)
    marked = {n for n, w in enumerate(words) if w["redaction"]}
    aligned = _marked_words(turns)
    for first, last, _ in transcript.allow_listed:
        if set(range(first, last + 1)) <= marked and not any(
            transcript.bare[n] in aligned for n in range(first, last + 1)
        ):
            tally.kept += 1
    tally.clean += not leaked
    tally.files += 1


def _marked_words(turns: Iterable[dict[str, Any]]) -> set[str]:
    """Words inside marked identifiers: redacting them is no violation of the keep-list."""
    return {w.lower().strip(".,?!'") for t in turns for p in t["pii"] for w in p["text"].split()}


def _runs(values: list[int]) -> list[list[int]]:
    runs: list[list[int]] = []
    for value in values:
        if runs and runs[-1][-1] == value - 1:
            runs[-1].append(value)
        else:
            runs.append([value])
    return runs


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared")
    parser.add_argument("--spacy", type=Path, default=ROOT / "models" / "weights" / "en-core-web-sm")
    parser.add_argument("--speech", type=Path, help="folder of NAME/private/words.json of the development recordings")
    parser.add_argument("--heard", type=Path, help="the same of the texts read aloud (models/training/voice.py)")
    parser.add_argument("--fold-models", type=Path)
    parser.add_argument("--only", choices=["text", "dev", "speech", "heard"])
    parser.add_argument("--presidio", action="store_true")
    parser.add_argument("--leaks", action="store_true")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    score = load(options.data / "eval" / "score.py", "score")
    make = load(options.data / "eval" / "text_reference.py", "text_reference")
    redactor = presidio(options.spacy) if options.presidio else ours(SpacyTagger(options.spacy))
    results: dict[str, Any] = {}
    data = options.data / "data"
    scripts = sorted((data / "text").glob("*.txt"))
    developed = [p for p in sorted(data.glob("*.txt")) if p.stem == "sample" or p.stem.startswith("dev-")]
    sets: list[tuple[str, list[tuple[Path, Path | None]], bool]] = []
    if options.only in (None, "text"):
        sets.append(("text", [(p, None) for p in scripts], False))
    for sheet in (False, True):
        suffix = ", key sheet" if sheet else ""
        if options.only in (None, "dev"):
            sets.append((f"dev{suffix}", [(p, None) for p in developed], sheet))
        if options.only in (None, "speech") and options.speech:
            sets.append((f"speech{suffix}", recognised(developed, options.speech), sheet))
    if options.only in (None, "heard") and options.heard:
        sets.append(("texts read aloud and recognised", recognised(scripts, options.heard), False))
    shipped = tagger.model_file()
    for title, paths, sheet in sets:
        tally, began = Tally(), time.perf_counter()
        for path, heard in paths:
            if options.fold_models and path.parent.name == "text":
                tagger.model_file = lambda p=options.fold_models / f"{path.stem}.npz": p  # type: ignore[assignment,misc]
            else:
                tagger.model_file = lambda p=shipped: p  # type: ignore[assignment,misc]
            tagger.model.cache_clear()
            document, turns = from_speech(heard, path, make) if heard else from_script(path, make)
            names = path.with_suffix(".yaml")
            known = keysheet.load(names) if sheet and names.is_file() else None
            count(tally, score, turns, redactor(document, known), document)
        results[title] = summary = tally.summary()
        seconds = time.perf_counter() - began
        print(f"{title}: {summary['files']} files, {tally.words} words, {seconds:.1f} s")
        print(f"  direct recall {summary['direct_recall']:.4f} {summary['direct']}")
        print(f"  entity recall {summary['entity_recall']:.4f}  over {summary['over_per_1000']:.2f} per 1,000 words")
        print(f"  keep-list violations {tally.kept}  interviews without a leak {tally.clean} of {tally.files}")
        for category, states in summary["by_category"].items():
            print(f"    {category:12} {states}")
        if options.leaks:
            print("  leaks:", *tally.leaks, sep="\n    ")
            print("  over:", *tally.over, sep="\n    ")
    if options.json:
        options.json.write_text(json.dumps(results, indent=1))


if __name__ == "__main__":
    main()
