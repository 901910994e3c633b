"""Accuracy and speed of the whole run on recordings with references: one table.

    python -m bench.run [NAME ...] [--data FOLDER] [--work FOLDER] [-- OPTIONS OF ipa run]

Runs `ipa run` on each recording with fresh outputs and no key sheet, scores it with the scorer beside
the data, then redacts it again with its key sheet (columns "with key"). The table goes to
bench/RESULTS.md; timings depend on the machine, so compare only rows of one run.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from bench import telephone

ROOT = Path(__file__).resolve().parent.parent
SHARED = ROOT.parent / "shared"
RESULTS = ROOT / "bench" / "RESULTS.md"
#: Heading of the part that `bench/length.py` writes.
LENGTH = "## Length"
STAGES = ("ingest", "diarise", "transcribe", "redact", "emit")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*")
    parser.add_argument("--data", type=Path, default=SHARED / "data")
    parser.add_argument("--work", type=Path, default=ROOT / "bench" / "work")
    parser.add_argument("--no-write", action="store_true", help="print only, leave RESULTS.md as it is")
    parser.add_argument("--no-keys", action="store_true", help="leave out the second run with the key sheet")
    parser.add_argument("--options", default="", help="options for ipa run, as one string")
    chosen = parser.parse_args()
    if not chosen.data.is_dir():
        sys.exit(f"{chosen.data}: no recordings with references there")
    references = sorted(
        p for p in chosen.data.glob("*.json") if sound_of(p) and (not chosen.names or p.stem in chosen.names)
    )
    real = telephone.reference(chosen.work / "real")
    if real and (not chosen.names or telephone.NAME in chosen.names):
        references.append(real)
    rows = [measure(path, chosen.work, chosen.options.split(), keys=not chosen.no_keys) for path in references]
    text = table(rows)
    print(text)
    if not chosen.no_write and not chosen.names:
        kept = RESULTS.read_text("utf-8") if RESULTS.is_file() else ""
        length = kept[kept.index(LENGTH) :] if LENGTH in kept else ""
        RESULTS.write_text(heading(chosen.options) + text + (f"\n{length}" if length else ""), "utf-8")


def sound_of(reference: Path) -> Path | None:
    """The recording beside a reference."""
    for suffix in (".m4a", ".mp3", ".flac", ".wav"):
        if reference.with_suffix(suffix).is_file():
            return reference.with_suffix(suffix)
    return None


def measure(reference: Path, work: Path, options: list[str], *, keys: bool = True) -> dict[str, Any]:
    """Run, score, run again with the key sheet, score again."""
    name = reference.stem
    folder = work / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    sound = sound_of(reference)
    assert sound is not None
    copy = folder / sound.name  # alone, without its key sheet
    shutil.copyfile(sound, copy)
    seconds, memory = ipa(["run", str(copy), "--id", name, "-o", str(folder / "out"), "--quiet", *options])
    row: dict[str, Any] = {"name": name, "seconds": seconds, "memory": memory}
    private = folder / "out" / name / "private"
    row |= score(reference, private, name)
    row["insertions"] = insertions(reference, json.loads((private / "words.json").read_text("utf-8"))["words"])
    manifest = json.loads((folder / "out" / name / "share" / "manifest.json").read_text("utf-8"))
    row["stages"] = {stage["stage"]: stage["seconds"] for stage in manifest["stages"]}
    row["duration"] = manifest["input"]["duration"]
    sheet = reference.with_suffix(".yaml")
    if keys and sheet.is_file():
        ipa(["run", str(copy), "--id", name, "--key-sheet", str(sheet), "-o", str(folder / "out"), "--quiet", *options])
        row["with_key"] = score(reference, private, name)
    return row


def ipa(arguments: list[str]) -> tuple[float, float]:
    """Run `ipa`; returns (seconds, peak memory in GB). Ends the bench if it fails."""
    started = time.monotonic()
    process = subprocess.Popen([sys.executable, "-m", "pipeline", *arguments], stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    if os.waitstatus_to_exitcode(status):
        sys.exit(f"ipa {' '.join(arguments)} failed with {os.waitstatus_to_exitcode(status)}")
    scale = 1 if platform.system() == "Darwin" else 1024
    return time.monotonic() - started, usage.ru_maxrss * scale / 1e9


def score(reference: Path, private: Path, name: str) -> dict[str, Any]:
    """What the scorer says; where nobody interviews anybody, under the better naming of the two speakers."""

    def judge(words: Path) -> dict[str, Any]:
        command = [sys.executable, str(scorer(reference)), str(reference), str(words)]
        command += ["--rttm", str(private / f"{name}.rttm"), "--json"]
        value: dict[str, Any] = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
        return value

    value = judge(private / "words.json")
    if reference.stem == telephone.NAME:
        telephone.swapped(private / "words.json", private / "swapped.json")
        value = min(value, judge(private / "swapped.json"), key=lambda v: float(v["WDER_role"]))
        for key in ("direct_recall", "entity_recall", "over_redaction_per_1000"):  # nothing is marked there
            value.pop(key, None)
    return value


def scorer(reference: Path) -> Path:
    """The script that judges: the one beside the reference's folder, or the shared one."""
    own = reference.parent.parent / "eval" / "score.py"
    return own if own.is_file() else SHARED / "eval" / "score.py"


def insertions(reference: Path, words: list[dict[str, Any]]) -> float:
    """Inserted words as a share of the reference's (verbatim): loops and inventions show here."""
    from rapidfuzz.distance import Levenshtein

    sys.path.insert(0, str(scorer(reference).parent))
    import score as judge

    gold, _ = judge.reference_tokens(json.loads(reference.read_text("utf-8"))["turns"])
    heard = judge.hypothesis_tokens(words)
    operations = Levenshtein.opcodes([t["w"] for t in gold], [t["w"] for t in heard])
    added = sum(op.dest_end - op.dest_start for op in operations if op.tag == "insert")
    return added / max(1, len(gold))


def table(rows: list[dict[str, Any]]) -> str:
    """One row per recording and the mean."""
    columns = (
        ("WER", "WER", ".3f"),
        ("verbatim", "verbatim_WER", ".3f"),
        ("fillers", "filler_recall", ".2f"),
        ("WDER", "WDER_role", ".4f"),
        ("uncovered s", "uncovered_s", ".1f"),
        ("insertions", "insertions", ".3f"),
        ("DER", "DER", ".3f"),
        ("direct", "direct_recall", ".3f"),
        ("entities", "entity_recall", ".3f"),
        ("over/1000", "over_redaction_per_1000", ".1f"),
    )
    heads = ["recording", *(c[0] for c in columns), "direct with key", "over with key", *STAGES, "run s", "RTF", "GB"]
    lines = ["| " + " | ".join(heads) + " |", "|" + "---|" * len(heads)]
    for row in [*rows, mean(rows)] if len(rows) > 1 else rows:
        cells = [row["name"], *(show(row.get(key), form) for _, key, form in columns)]
        key = row.get("with_key", {})
        cells += [show(key.get("direct_recall"), ".3f"), show(key.get("over_redaction_per_1000"), ".1f")]
        cells += [show(row["stages"].get(stage), ".1f") for stage in STAGES]
        cells += [f"{row['seconds']:.1f}", f"{row['seconds'] / row['duration']:.3f}", f"{row['memory']:.2f}"]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def show(value: float | None, form: str) -> str:
    return "" if value is None else format(value, form)


def mean(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """The mean of every figure; of time and memory the sum and the maximum."""

    def average(part: list[dict[str, Any]]) -> dict[str, Any]:
        keys = {k for row in part for k, v in row.items() if isinstance(v, float | int)}
        return {k: sum(r[k] for r in part if k in r) / max(1, sum(k in r for r in part)) for k in keys}

    result = average(rows)
    result["name"] = "**all**"
    result["stages"] = {s: sum(r["stages"].get(s, 0.0) for r in rows) for s in STAGES}
    result["seconds"], result["duration"] = sum(r["seconds"] for r in rows), sum(r["duration"] for r in rows)
    result["memory"] = max(r["memory"] for r in rows)
    result["with_key"] = average([r["with_key"] for r in rows if "with_key" in r])
    return result


def heading(options: str) -> str:
    return (
        "# Results\n\nWritten by `make bench`: the whole run (`ipa run`, fresh outputs, CPU) on the development\n"
        "recordings, scored against their references. Seconds of stages and of the run depend on the machine\n"
        f"({os.cpu_count()} cores, {platform.machine()}) and on what else it does; the last row has means, sums\n"
        "of seconds, and the highest memory. 'direct' is the share of recognised direct identifiers that are\n"
        "replaced.\n" + (f"Options: `{options}`.\n" if options else "") + "\n"
    )


if __name__ == "__main__":
    main()
