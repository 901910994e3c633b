"""Who speaks when: this project's diariser beside pyannote.audio's default pipeline, in one run.

    python -m bench.diarisation [RECORDING ...]      (all with a reference; writes bench/DIARISATION.md)

Both get the same segmentation and embedding weights, the same decoded sound, two speakers and two threads;
each is loaded before its clock starts. DER without a collar, overlaps counted. Without arguments: the
development recordings and the real telephone conversation that pyannote.audio ships.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

from pipeline.recording import audio
from pipeline.weights.catalogue import Catalogue

HERE = Path(__file__).resolve().parent
SHARED = HERE.parent.parent / "shared" / "data"
TABLE = HERE / "DIARISATION.md"
THREADS = 2
SUFFIXES = (".flac", ".m4a", ".mp3", ".wav")
Rows = list[tuple[float, float, str]]
Result = tuple[float, float, float, float, float]
"""DER, missed, false alarm, confusion (shares of the reference), seconds."""


def recordings(names: list[str]) -> list[tuple[str, Path, Path]]:
    """(name, sound, RTTM) of every recording asked for."""
    found = [
        (rttm.stem, rttm.with_suffix(suffix), rttm)
        for rttm in sorted(SHARED.glob("*.rttm"))
        for suffix in SUFFIXES
        if rttm.with_suffix(suffix).is_file()
    ]
    package = find_spec("pyannote.audio")
    if package and package.origin:
        folder = Path(package.origin).parent / "sample"
        found.append(("telephone (real)", folder / "sample.wav", folder / "sample.rttm"))
    return [row for row in found if not names or row[0] in names]


def error(rttm: Path, rows: Rows) -> tuple[float, float, float, float]:
    from pyannote.core import Annotation, Segment
    from pyannote.metrics.diarization import DiarizationErrorRate

    gold, ours = Annotation(), Annotation()
    for n, line in enumerate(rttm.read_text().splitlines()):
        field = line.split()
        if field and field[0] == "SPEAKER":
            gold[Segment(float(field[3]), float(field[3]) + float(field[4])), n] = field[7]
    for n, (start, end, label) in enumerate(rows):
        ours[Segment(start, end), n] = label
    parts = DiarizationErrorRate(collar=0.0)(gold, ours, detailed=True)
    total = parts["total"]
    kinds = ("missed detection", "false alarm", "confusion")
    return (parts["diarization error rate"], *(parts[kind] / total for kind in kinds))


def diarisers(catalogue: Catalogue) -> dict[str, Callable[[audio.Sound], Rows]]:
    import torch

    from pipeline.diarisation import fast
    from pipeline.engines import campplus, pyannote_diariser, segmentation

    torch.set_num_threads(THREADS)
    embedder = campplus.Embedder(catalogue.network("campplus"), "cpu", THREADS)
    segmenter = segmentation.Segmenter(catalogue.network("segmentation-3.0"), "cpu", THREADS)
    default = pyannote_diariser.build(catalogue.checkpoint("segmentation-3.0"), embedder)

    def ours(sound: audio.Sound) -> Rows:
        found = fast.diarise(sound.mono, sound.duration, segmenter, embedder, speakers=2)
        return [(turn.start, turn.end, turn.speaker) for turn in found.turns]

    return {
        "ours": ours,
        "pyannote default": lambda sound: list(pyannote_diariser.diarise(default, sound.mono(), speakers=2).turns),
    }


def table(rows: list[tuple[str, float, str, Result]]) -> str:
    lines = [
        "| recording | s | diariser | DER | missed | false alarm | confusion | seconds | of real time |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for name, duration, who, (der, missed, false, confused, seconds) in rows:
        lines.append(
            f"| {name} | {duration:.0f} | {who} | {der:.4f} | {missed:.4f} | {false:.4f} | {confused:.4f} "
            f"| {seconds:.1f} | {seconds / duration:.4f} |"
        )
    for who in dict.fromkeys(row[2] for row in rows):
        own = [row for row in rows if row[2] == who]
        mean = [sum(row[3][n] for row in own) / len(own) for n in range(4)]
        seconds, length = sum(row[3][4] for row in own), sum(row[1] for row in own)
        lines.append(
            f"| **mean** | {length:.0f} | {who} | **{mean[0]:.4f}** | {mean[1]:.4f} | {mean[2]:.4f} | {mean[3]:.4f} "
            f"| {seconds:.1f} | {seconds / length:.4f} |"
        )
    return "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="RECORDING")
    chosen = parser.parse_args()
    rows: list[tuple[str, float, str, Result]] = []
    engines = diarisers(Catalogue.read())
    with tempfile.TemporaryDirectory() as folder:
        for name, source, rttm in recordings(chosen.names):
            copy = Path(folder) / f"{rttm.stem}-{len(rows)}.wav"
            audio.decode(source, copy)
            sound = audio.open_sound(copy)
            for who, diarise in engines.items():
                began = time.perf_counter()
                found = diarise(sound)
                seconds = time.perf_counter() - began
                rows.append((name, sound.duration, who, (*error(rttm, found), seconds)))
                print(rows[-1], flush=True)
    if not chosen.names:
        about = (__doc__ or "").split("\n\n")
        TABLE.write_text(f"# Diarisation\n\n{about[2].strip()}\n\n{table(rows)}", "utf-8")
    print(table(rows))


if __name__ == "__main__":
    main()
