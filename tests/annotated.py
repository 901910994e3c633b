"""The annotated interviews of models/training/data as if they had been recorded: turns with invented times."""

from __future__ import annotations

import functools
import json
import re
from pathlib import Path
from typing import TypedDict

#: Reference of the sample recording, and schemas of exchange formats.
DATA = Path(__file__).resolve().parent / "data"
#: Invented interviews of the project's own, in the markup that models/training/MARKING.md explains.
SCRIPTS = Path(__file__).resolve().parents[1] / "models" / "training" / "data"
#: Those that stand for interviews of real size in tests: 1,300 words each, with identifiers, backchannels,
#: pauses and laughter.
INTERVIEWS = ("e22", "g05", "g13")

_LINE = re.compile(r"([IP])([:>])\s*(.+)$")
_SECONDS_PER_WORD = 0.36
_GAP_S = 0.4


class MarkedTurn(TypedDict):
    """What speaker "I" or "P" says: seconds, marked text, and whether it is said into the turn of the other."""

    speaker: str
    start: float
    end: float
    overlap: bool
    marked: str


class Reference(TypedDict):
    """An interview as the references in tests/data have it: seconds and turns."""

    duration: float
    turns: list[MarkedTurn]


def _script(name: str) -> Path:
    return next(path for path in (SCRIPTS / f"{name}.txt", SCRIPTS / "interviews" / f"{name}.txt") if path.is_file())


@functools.cache
def reference(name: str) -> Reference:
    """The reference "sample" of tests/data, or the annotated interview of this name with invented times.

    Every word takes 0.36 s. What an interview marks as a backchannel ("I>") is said into the middle of the turn before
    it, as people do.
    """
    path = DATA / f"{name}.json"
    if path.is_file():
        made: Reference = json.loads(path.read_text("utf-8"))
        return made
    turns: list[MarkedTurn] = []
    at = 1.0
    for line in _script(name).read_text("utf-8").splitlines():
        if not (match := _LINE.match(line)):
            continue
        speaker, kind, marked = match.groups()
        length = len(marked.split()) * _SECONDS_PER_WORD
        overlap = kind == ">" and bool(turns)
        start = (turns[-1]["start"] + turns[-1]["end"]) / 2 if overlap else at
        turns.append(
            {
                "speaker": speaker,
                "start": round(start, 3),
                "end": round(start + length, 3),
                "overlap": overlap,
                "marked": marked,
            }
        )
        at = max(at, start + length + _GAP_S)
    return {"duration": round(at + 1.0, 3), "turns": sorted(turns, key=lambda turn: turn["start"])}
