"""Decode a recording to the working copy, refuse one that is incomplete, and describe what the sound is like.

The working copy is `private/audio.wav`, 16 kHz, 16 bit, one channel, or two where each channel holds
one person's microphone. Decoding is streamed packet by packet, so memory does not grow with the
length or the rate of the original; readers map the working copy into memory.
"""

from __future__ import annotations

import os
import stat
import wave
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from pipeline.core import hashes
from pipeline.core.document import Recording
from pipeline.core.errors import BadInputError
from pipeline.core.paths import TEMPORARY, atomic, disk_errors, no_such_file
from pipeline.recording import SAMPLE_RATE, levels, media

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

BLOCK = SAMPLE_RATE  # samples per block when streaming the working copy: one second
CUT_S, CUT_BYTES = 0.1, 64  # a stated length may be off by the size of a header: less than this is not a missing end
SHORT_S = 0.5  # coders keep up to this much for themselves at the beginning and end
MOST_HOLES = 5


@dataclass(frozen=True)
class Sound:
    """The working copy, mapped into memory.

    `samples` has shape (n, channels), int16 at 16 kHz.
    """

    samples: NDArray[np.int16]

    rate: int = SAMPLE_RATE

    @property
    def channels(self) -> int:
        """1, or 2 where each channel holds one microphone."""
        return int(self.samples.shape[1])

    @property
    def duration(self) -> float:
        """Seconds."""
        return float(len(self.samples)) / self.rate

    def _rows(self, start: float, end: float | None) -> NDArray[np.int16]:
        first = max(0, round(start * self.rate))
        last = len(self.samples) if end is None else min(len(self.samples), round(end * self.rate))
        return self.samples[first : max(first, last)]

    def mono(self, start: float = 0.0, end: float | None = None) -> NDArray[np.float32]:
        """Samples of `[start, end)` seconds mixed to one channel, float32 in -1..1, shape (n,)."""
        import numpy as np

        rows = self._rows(start, end)
        if rows.shape[1] == 1:
            return rows[:, 0].astype(np.float32) / 32768.0
        return np.asarray(rows.mean(axis=1, dtype=np.float32) / 32768.0, dtype=np.float32)

    def channel(self, number: int, start: float = 0.0, end: float | None = None) -> NDArray[np.float32]:
        """Samples of one channel, float32 in -1..1, shape (n,)."""
        import numpy as np

        return self._rows(start, end)[:, number].astype(np.float32) / 32768.0


def open_sound(path: Path) -> Sound:
    """Map a working copy into memory.

    Raises:
        BadInputError: it is missing, or not a 16 kHz 16-bit WAV file.
    """
    import numpy as np

    try:
        with wave.open(str(path), "rb") as file:
            shape = (file.getnframes(), file.getnchannels())
            valid = file.getframerate() == SAMPLE_RATE and file.getsampwidth() == 2
    except (OSError, EOFError, wave.Error) as error:
        raise BadInputError(
            "the decoded copy is missing or damaged", file=path, hint="run again with --force"
        ) from error
    if not valid:
        raise BadInputError("the decoded copy is not 16 kHz, 16 bit", file=path, hint="run again with --force")
    if not shape[0]:
        return Sound(np.zeros((0, shape[1]), np.int16))
    offset = path.stat().st_size - shape[0] * shape[1] * 2  # `decode` writes the samples last
    return Sound(np.memmap(path, np.int16, "r", offset=offset, shape=shape))


def sha256_of_file(path: Path) -> str:
    """SHA-256 of a recording.

    Raises:
        BadInputError: missing, no regular file (a folder, a pipe, a device), or no permission.
    """
    try:
        kind = path.stat().st_mode
        if not stat.S_ISREG(kind) and not stat.S_ISDIR(kind):  # opening a pipe would wait for its other end
            raise BadInputError("this is not a regular file", file=path, hint="copy the recording to this disk first")
        return hashes.of_file(path)
    except FileNotFoundError as error:
        raise no_such_file(path) from error
    except IsADirectoryError as error:
        raise BadInputError("this is a folder", file=path, hint="name a file, or use `ipa batch FOLDER`") from error
    except PermissionError as error:
        raise BadInputError("no permission to read it", file=path, hint="change its permissions or copy it") from error
    except OSError as error:
        raise BadInputError(
            f"it cannot be read ({error.strerror})", file=path, hint="copy it to this disk first"
        ) from error


def decode(
    source: Path,
    target: Path,
    *,
    max_hours: float = 8.0,
    min_seconds: float = 0.5,
    accept_truncated: bool = False,
    progress: Callable[[float], None] | None = None,
    warn: Callable[[str], None] = lambda sentence: None,
) -> Recording:
    """Decode `source` to the working copy `target` and describe it.

    Two channels are kept where each holds one microphone, otherwise mixed (a dead channel is dropped,
    an inverted one not subtracted). Returns the Recording with its Quality. `warn` is given sentences about sound that
    is, or may be, missing.

    Raises:
        BadInputError: missing, unreadable, not audio, too short, too long, its end is missing, or it changed
            while it was read.
        ResourceError: the disk is full.
    """
    digest = sha256_of_file(source)
    raw = target.with_name(f"{TEMPORARY}{target.name}.raw")
    try:
        with source.open("rb") as file:
            before = _state(file)
            with media.opened(file, source) as (container, facts):
                _check_promise(facts, source, max_hours, accept_truncated)
                channels = 2 if facts.channels == 2 else 1
                with disk_errors(target.parent), raw.open("wb") as out:
                    raw.chmod(0o600)
                    limit = int(max_hours * 3600 * SAMPLE_RATE)
                    streamed = media.stream(container, facts, out, channels, limit, source, progress)
            if _state(file) != before or sha256_of_file(source) != digest:
                raise changed(source)
        if streamed.frames > limit:
            raise BadInputError(f"it lasts more than {max_hours:g} hours", file=source, hint="split it")
        _check_length(source, facts, streamed, min_seconds, accept_truncated)
        recording, ends_loud = _finish(raw, target, channels, digest, facts, streamed.duration)
    finally:
        raw.unlink(missing_ok=True)
    for sentence in _warnings(facts, streamed, ends_loud):
        warn(sentence)
    return recording


def _state(file: BinaryIO) -> tuple[int, int]:
    found = os.fstat(file.fileno())
    return found.st_size, found.st_mtime_ns


def changed(source: Path) -> BadInputError:
    """The error for a recording that is being written to."""
    return BadInputError(
        "it changed while it was read", file=source, hint="wait until it is recorded or copied, then run again"
    )


def _check_promise(facts: media.Facts, source: Path, max_hours: float, accept: bool) -> None:
    """Before decoding: is the file as long as its header says, and within the limit?"""
    extent = facts.extent
    short = extent is not None and (facts.missing > CUT_S or (facts.promised is None and extent.missing > CUT_BYTES))
    if (short or facts.cut) and not accept:
        raise _end_missing(source, facts.promised, facts.missing)
    length = facts.duration or 0.0
    if length > max_hours * 3600 and not short:
        raise BadInputError(
            f"it lasts {length / 3600:.1f} hours; at most {max_hours:g} are accepted",
            file=source,
            hint="split it, or raise ingest.max_hours",
        )


def _end_missing(source: Path, stated: float | None, missing: float) -> BadInputError:
    how_much = (
        f"about {missing:.1f} of the {stated:.1f} seconds that its header promises" if stated else "it breaks off"
    )
    return BadInputError(
        f"its end is missing: {how_much}",
        file=source,
        hint="copy it from the recorder again, or set ingest.accept_truncated to use what is there",
    )


def _check_length(source: Path, facts: media.Facts, streamed: media.Streamed, minimum: float, accept: bool) -> None:
    """After decoding: is everything there that the header promised, and is it long enough?"""
    duration = streamed.duration
    if duration == 0:
        raise BadInputError(
            "no sound could be decoded from it", file=source, hint="play it in a media player, or copy it again"
        )
    missing = facts.stated - streamed.reached if facts.stated else 0.0
    if missing > SHORT_S and not accept:
        raise _end_missing(source, facts.stated, missing)
    if streamed.lost > max(1.0, 0.01 * duration) and not accept:
        raise BadInputError(
            f"it is damaged: {streamed.lost:.1f} seconds of it cannot be decoded",
            file=source,
            hint="copy it from the recorder again, or set ingest.accept_truncated to use what is there",
        )
    if duration < minimum:
        raise BadInputError(
            f"it lasts {duration:.1f} s, too short to hold an interview",
            file=source,
            hint="check that it is the right file",
        )


def _warnings(facts: media.Facts, streamed: media.Streamed, ends_loud: bool) -> Iterator[str]:
    """What is missing, or may be, from a recording that was accepted all the same."""
    missing = max(facts.missing, facts.stated - streamed.reached if facts.stated else 0.0)
    if missing > CUT_S:
        yield f"The end of the recording is missing: about {missing:.1f} of {facts.promised:.1f} seconds."
    elif facts.cut or (facts.extent and not facts.promised and facts.extent.missing > CUT_BYTES):
        yield "The end of the recording is missing; the file does not say how much."
    elif not facts.end_known and ends_loud:
        yield (
            "The recording ends in the middle of a sound, and this kind of file does not say how long it should be: "
            "check that the end of the interview is there."
        )
    if streamed.broken:
        places = "One place" if streamed.broken == 1 else f"{streamed.broken} places"
        yield f"{places} of the recording cannot be decoded; about {streamed.lost:.1f} seconds are lost."
    for at, length in streamed.holes[:MOST_HOLES]:
        yield (
            f"The time stamps of the recording jump by {length:.1f} seconds after second {at:.0f}: it was paused, or "
            "it is damaged."
        )
    if facts.unclaimed > SHORT_S:
        yield (
            f"After the end that its header states, the file holds data for about {facts.unclaimed:.0f} more seconds; "
            "they were not transcribed."
        )
    if facts.tracks > 1:
        yield f"The file has {facts.tracks} sound tracks; the first was transcribed."


def _finish(
    raw: Path, target: Path, channels: int, digest: str, facts: media.Facts, duration: float
) -> tuple[Recording, bool]:
    """Write the working copy; returns the Recording and whether it ends in a sound."""
    import numpy as np

    mapped = np.memmap(raw, np.int16, "r").reshape(-1, channels)
    two, weights = levels.microphones(mapped) if channels == 2 else (False, np.ones(1, np.float32))
    meter = levels.Meter(SAMPLE_RATE)
    with atomic(target, private=True) as file, wave.open(file, "wb") as out:
        out.setnchannels(2 if two else 1)
        out.setsampwidth(2)
        out.setframerate(SAMPLE_RATE)
        for first in range(0, len(mapped), BLOCK * 30):
            block = mapped[first : first + BLOCK * 30]
            if two or channels == 1:
                kept = np.ascontiguousarray(block)
            else:
                kept = np.clip(np.rint(block.astype(np.float32) @ weights), -32768, 32767).astype(np.int16)[:, None]
            meter.add(kept.max(axis=1) if two else kept[:, 0])
            out.writeframes(kept.tobytes())
    del mapped
    quality = meter.quality(source_rate=facts.sample_rate)
    recording = Recording(
        sha256=digest,
        container=facts.container,
        codec=facts.codec,
        sample_rate=facts.sample_rate,
        channels=facts.channels,
        bits=facts.bits,
        duration=duration,
        two_microphones=two,
        quality=quality,
    )
    return recording, meter.ends_loud()
