"""The peers on the same recordings, with the same weights, in the same run as ours: one table.

    python -m bench.peers [NAME ...]            (make bench-peers)

Recognisers: faster-whisper sequential and batched, openai-whisper, whisper-ctranslate2's command line;
diarisers: pyannote.audio's default pipeline (with CAM++, built by this project's engine of that name) and
senko. Each recogniser's words get the speaker whose turns overlap them most, and of the two ways to name
two speakers the better one counts for the peer. Their seconds are those of the models alone; ours are
those of the whole `ipa run`, start of the program and writing of files included. The peers live in
bench/.peers, an environment that nothing else needs and that is made on the first run.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from bench import run as ours
from bench import telephone
from pipeline.engines import convert_whisper
from pipeline.recording import audio
from pipeline.weights.catalogue import Catalogue

HERE = Path(__file__).resolve().parent
ENVIRONMENT = HERE / ".peers"
TABLE = HERE / "PEERS.md"
OURS = "**ipa-transcripts**"
RECOGNISERS = {
    "sequential": "faster-whisper sequential + pyannote",
    "batched": "faster-whisper batched + senko",
    "openai": "openai-whisper + pyannote",
    "cli": "whisper-ctranslate2 + senko",
}
DIARISER = {"sequential": "pyannote", "batched": "senko", "openai": "pyannote", "cli": "senko"}
FIGURES = (
    ("WER", ".3f"),
    ("verbatim_WER", ".3f"),
    ("filler_recall", ".2f"),
    ("uncovered_s", ".1f"),
    ("insertions", ".3f"),
    ("WDER_role", ".4f"),
    ("DER", ".3f"),
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*")
    parser.add_argument("--data", type=Path, default=ours.SHARED / "data")
    parser.add_argument("--work", type=Path, default=HERE / "work" / "peers")
    chosen = parser.parse_args()
    install()
    references = sorted(p for p in chosen.data.glob("*.json") if ours.sound_of(p))
    real = telephone.reference(chosen.work / "real")
    references += [real] if real else []
    rows: list[dict[str, Any]] = []
    for reference in references:
        if not chosen.names or reference.stem in chosen.names:
            rows += one(reference, chosen.work / reference.stem)
            print(table(rows[-len(RECOGNISERS) - 1 :]), flush=True)
    text = table([*rows, *means(rows)])
    print(text)
    if not chosen.names:
        TABLE.write_text(heading() + text + "\n" + summary(rows), "utf-8")


def install() -> None:
    """Make the peers' environment, once."""
    stamp = ENVIRONMENT / ".installed"
    if stamp.is_file():
        return
    subprocess.run([sys.executable, "-m", "venv", str(ENVIRONMENT)], check=True)
    pip = [str(ENVIRONMENT / "bin" / "python"), "-m", "pip", "install", "-q", "-r", str(HERE / "peers.txt")]
    subprocess.run(pip, check=True)
    stamp.touch()


def one(reference: Path, work: Path) -> list[dict[str, Any]]:
    """Ours and every peer on one recording."""
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    sound = ours.sound_of(reference)
    assert sound is not None
    wav = work / "decoded.wav"
    duration = audio.decode(sound, wav).duration
    row = ours.measure(reference, work / "ours", [], keys=False)
    rows = [{**row, "system": OURS}]
    turns = {"pyannote": pyannote(wav), "senko": worker("senko", wav, work)}
    for kind, title in RECOGNISERS.items():
        heard = worker(kind, wav, work)
        diarised = turns[DIARISER[kind]]
        result = best_score(reference, heard["words"], diarised["turns"], work / kind)
        result |= {"name": reference.stem, "system": title, "duration": duration}
        result["insertions"] = ours.insertions(reference, heard["words"])
        result["seconds"] = heard["seconds"] + diarised["seconds"]
        rows.append(result)
    for row in rows:
        row["ratio"] = row["seconds"] / rows[0]["seconds"]
    return rows


def worker(kind: str, wav: Path, work: Path) -> dict[str, Any]:
    """Run a peer in its environment."""
    out = work / f"{kind}.json"
    python = ENVIRONMENT / "bin" / "python"
    weights = Catalogue.read().path("whisper-base")
    if kind == "openai":
        import torch

        checkpoint = work / "openai.pt"
        torch.save(convert_whisper.checkpoint(weights), checkpoint)
        weights = checkpoint
    environment = {**os.environ, "OMP_NUM_THREADS": "2"}
    command = [str(python), str(HERE / "peer_worker.py"), kind, str(wav), str(weights), str(out)]
    subprocess.run(command, check=True, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    value: dict[str, Any] = json.loads(out.read_text("utf-8"))
    return value


def pyannote(wav: Path) -> dict[str, Any]:
    """pyannote's default pipeline with the same segmentation and embedding weights as ours."""
    import torch

    from pipeline.engines import campplus, pyannote_diariser

    torch.set_num_threads(2)
    catalogue = Catalogue.read()
    checkpoint = catalogue.checkpoint("segmentation-3.0")
    embedding = catalogue.network("campplus")
    samples = audio.open_sound(wav).mono()
    started = time.monotonic()
    pipeline = pyannote_diariser.build(checkpoint, campplus.Embedder(embedding, "cpu", 2))
    found = pyannote_diariser.diarise(pipeline, samples, speakers=2)
    seconds = time.monotonic() - started
    return {"turns": [{"start": s, "end": e, "speaker": k} for s, e, k in found.turns], "seconds": seconds}


def best_score(reference: Path, words: list[dict[str, Any]], turns: list[dict[str, Any]], work: Path) -> dict[str, Any]:
    """The scorer's figures under the better of the two ways to name the speakers."""
    work.mkdir()
    for word in words:
        shares: dict[str, float] = {}
        for turn in turns:
            common = min(word["end"], turn["end"]) - max(word["start"], turn["start"])
            if common > 0:
                shares[turn["speaker"]] = shares.get(turn["speaker"], 0.0) + common
        middle = (word["start"] + word["end"]) / 2
        near = min(turns, key=lambda t: max(t["start"] - middle, middle - t["end"], 0.0), default={"speaker": "?"})
        word["speaker"] = max(shares, key=lambda k: shares[k]) if shares else near["speaker"]
    speakers = sorted({turn["speaker"] for turn in turns})
    results = []
    for labels in itertools.product("IP", repeat=len(speakers)):
        role = dict(zip(speakers, labels, strict=True))
        rows = [{**word, "role": role.get(word["speaker"], "P"), "redaction": None} for word in words]
        (work / "words.json").write_text(json.dumps({"words": rows}), "utf-8")
        lines = [
            f"SPEAKER x 1 {t['start']:.3f} {t['end'] - t['start']:.3f} <NA> <NA> {t['speaker']} <NA> <NA>\n"
            for t in turns
        ]
        (work / "x.rttm").write_text("".join(lines), "utf-8")
        results.append(ours.score(reference, work, "x"))
    return min(results, key=lambda r: float(r["WDER_role"]))


def means(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The mean of every system; seconds are summed."""
    result = []
    for system in dict.fromkeys(row["system"] for row in rows):
        part = [row for row in rows if row["system"] == system]
        mean = {key: sum(row[key] for row in part) / len(part) for key, _ in FIGURES}
        seconds, duration = sum(r["seconds"] for r in part), sum(r["duration"] for r in part)
        result.append({**mean, "name": "**mean**", "system": system, "seconds": seconds, "duration": duration})
    for row in result:
        row["ratio"] = row["seconds"] / result[0]["seconds"]
    return result


def summary(rows: list[dict[str, Any]]) -> str:
    """Ours against the sequential decoder with pyannote, as the targets are put: without the telephone conversation,
    of which no accuracy was promised."""
    recorded = [row for row in rows if row["name"] != telephone.NAME]
    mine = [row for row in recorded if row["system"] == OURS]
    theirs = [row for row in recorded if row["system"] == RECOGNISERS["sequential"]]

    def both(key: str, form: str) -> tuple[float, str]:
        ours_, peers = (sum(float(row[key]) for row in part) / len(part) for part in (mine, theirs))
        return ours_ / peers, f"{ours_:{form}} and {peers:{form}}"

    wer, verbatim, der, seconds = (both(key, ".3f") for key in ("WER", "verbatim_WER", "DER", "seconds"))
    worst = max(m["WER"] / t["WER"] for m, t in zip(mine, theirs, strict=True))
    missed = " and ".join(f"{max(row['uncovered_s'] for row in part):.1f} s" for part in (mine, theirs))
    faster = ", ".join(f"{t['seconds'] / m['seconds']:.1f}" for m, t in zip(mine, theirs, strict=True))
    return (
        f"Without the telephone conversation, against {RECOGNISERS['sequential']}: mean WER {wer[1]}\n"
        f"({wer[0]:.2f} x; at worst {worst:.2f} x on a recording), verbatim {verbatim[1]} ({verbatim[0]:.2f} x),\n"
        f"DER {der[1]}; uncovered at most {missed}. The whole run is {1 / seconds[0]:.1f} times as fast\n({faster}).\n"
    )


def table(rows: list[dict[str, Any]]) -> str:
    heads = ["recording", "system", *(key for key, _ in FIGURES), "seconds", "RTF", "ratio to ours"]
    lines = ["| " + " | ".join(heads) + " |", "|" + "---|" * len(heads)]
    for row in rows:
        cells = [row["name"], row["system"], *(ours.show(row.get(key), form) for key, form in FIGURES)]
        cells += [f"{row['seconds']:.1f}", f"{row['seconds'] / row['duration']:.3f}", f"{row['ratio']:.2f}"]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def heading() -> str:
    return (
        "# Peers\n\nWritten by `make bench-peers`: ours and the peers on the same recordings, one after the other in\n"
        f"the same run ({os.cpu_count()} cores), with the same Whisper base weights. Ours is the whole `ipa run` as a\n"
        "process of its own; the peers' seconds are their models alone.\n\n"
    )


if __name__ == "__main__":
    main()
