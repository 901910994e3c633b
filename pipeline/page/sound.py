"""The sound as the browser plays it, and the heights of its wave form."""

from __future__ import annotations

import json
from pathlib import Path

from pipeline.page.problems import Refused
from pipeline.recording import audio

PER_SECOND = 20
BLOCK_S = 60
"""Seconds that are looked at together: an hour as a whole would take a gigabyte."""


def file_of(recording: Path, silenced: Path, copy: str) -> tuple[Path, str]:
    """The file to play and its type: the working copy, or with `copy` "silenced" the one without identifiers.

    Raises:
        Refused: it is not there.
    """
    if copy not in ("", "silenced"):
        raise Refused(404, "no_sound", "There is no such copy of the sound: leave `copy` out, or say silenced.")
    path, kind = (silenced, "audio/flac") if copy else (recording, "audio/wav")
    if path.is_file():
        return path, kind
    if copy:
        raise Refused(404, "no_sound", "There is no copy with the identifiers silenced. Next: `ipa emit ID --audio`.")
    raise Refused(404, "no_sound", "The sound is not here any more; everything else works. Restore it to listen.")


def peaks(recording: Path) -> bytes:
    """{"per_second", "peaks"} as JSON: the greatest height (0..1) in each twentieth of a second, of all channels.

    Raises:
        BadInputError: the working copy is missing or damaged.
    """
    import numpy as np

    sound = audio.open_sound(recording)
    step = sound.rate // PER_SECOND
    heights: list[float] = []
    for at in range(0, len(sound.samples), BLOCK_S * sound.rate):
        block = sound.samples[at : at + BLOCK_S * sound.rate]
        height = np.abs(block.astype(np.int32)).max(axis=1, initial=0)
        height = np.pad(height, (0, -len(height) % step)).reshape(-1, step).max(axis=1)
        heights += np.round(height / 32768.0, 3).tolist()
    return json.dumps({"per_second": PER_SECOND, "peaks": heights}, separators=(",", ":")).encode()
