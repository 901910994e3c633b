"""A real conversation for the bench: thirty seconds of two people on the telephone, which pyannote.audio ships with
who spoke when (RTTM) and what (STM). Nobody interviews anybody there, so the better naming of the two counts."""

from __future__ import annotations

import importlib.util
import json
import shutil
from pathlib import Path
from typing import Any

NAME = "telephone"


def reference(folder: Path) -> Path | None:
    """Write NAME.json, NAME.rttm and NAME.wav into `folder`; None where pyannote.audio came without its sample."""
    found = importlib.util.find_spec("pyannote.audio")
    if found is None or not found.submodule_search_locations:
        return None
    source = Path(next(iter(found.submodule_search_locations))) / "sample"
    if not (source / "sample.stm").is_file():
        return None
    rows = [line.split(maxsplit=5) for line in (source / "sample.stm").read_text("utf-8").splitlines()]
    speakers = sorted({row[2] for row in rows})
    turns: list[dict[str, Any]] = []
    for _, _, speaker, start, end, text in rows:
        a, b = float(start), float(end)
        others = [(float(r[3]), float(r[4])) for r in rows if r[2] != speaker]
        turns.append(
            {
                "speaker": "IP"[speakers.index(speaker)],
                "start": a,
                "end": b,
                "text": text,
                "marked": text,
                "overlap": any(min(b, d) - max(a, c) > 0.5 * (b - a) for c, d in others),
                "speech": [[a, b, text]],
            }
        )
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / f"{NAME}.json"
    target.write_text(json.dumps({"turns": turns}), "utf-8")
    shutil.copyfile(source / "sample.rttm", folder / f"{NAME}.rttm")
    shutil.copyfile(source / "sample.wav", folder / f"{NAME}.wav")
    return target


def swapped(words: Path, target: Path) -> None:
    """The words with the two roles exchanged."""
    data = json.loads(words.read_text("utf-8"))
    for word in data["words"]:
        word["role"] = {"I": "P", "P": "I"}.get(word.get("role"), word.get("role"))
    target.write_text(json.dumps(data), "utf-8")
