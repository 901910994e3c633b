"""Probe and decode anything that PyAV reads; the working copy; what the sound is like.

The working copy is `private/audio.wav`, 16 kHz, 16 bit, one channel, or two where each channel holds
one person's microphone. Decoding is streamed packet by packet, so memory does not grow with the
length or the rate of the original; readers map the working copy into memory.
"""

from __future__ import annotations

import hashlib
import wave
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline import levels
from pipeline.document import Recording
from pipeline.errors import BadInputError, ResourceError
from pipeline.paths import TEMPORARY, atomic

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

RATE = 16_000
BLOCK = RATE  # samples per block when streaming the working copy: one second


@dataclass(frozen=True)
class Sound:
    """The working copy, mapped into memory.

    `samples` has shape (n, channels), int16 at 16 kHz.
    """

    samples: NDArray[np.int16]

    rate: int = RATE

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
            valid = file.getframerate() == RATE and file.getsampwidth() == 2
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
    """Hash of a file's bytes, read in pieces.

    Raises:
        BadInputError: missing, a folder, or no permission.
    """
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except FileNotFoundError as error:
        raise BadInputError("there is no such file", file=path, hint="check the path") from error
    except IsADirectoryError as error:
        raise BadInputError("this is a folder", file=path, hint="name a file, or use `ipa batch FOLDER`") from error
    except PermissionError as error:
        raise BadInputError("no permission to read it", file=path, hint="change its permissions or copy it") from error
    except OSError as error:
        raise BadInputError(
            f"it cannot be read ({error.strerror})", file=path, hint="copy it to this disk first"
        ) from error


@contextmanager
def _opened(source: Path) -> Iterator[Any]:
    """The container and its first audio stream, with PyAV's errors made ours."""
    import av

    if source.stat().st_size == 0:
        raise BadInputError("the file is empty", file=source, hint="copy it from the recorder again")
    try:
        container = av.open(str(source), metadata_errors="ignore")
    except av.FFmpegError as error:
        raise BadInputError(
            "this is not a recording that can be decoded, or its end is missing",
            file=source,
            hint="play it in a media player; if that fails too, copy it from the recorder again",
        ) from error
    try:
        if not container.streams.audio:
            raise BadInputError(
                "there is no sound in this file", file=source, hint="export it again with its sound track"
            )
        yield container
    finally:
        container.close()


def decode(
    source: Path,
    target: Path,
    *,
    max_hours: float = 8.0,
    min_seconds: float = 0.5,
    accept_truncated: bool = False,
    progress: Callable[[float], None] | None = None,
) -> Recording:
    """Decode `source` to the working copy `target` and describe it.

    Two channels are kept where each holds one microphone, otherwise mixed (a dead channel is dropped,
    an inverted one not subtracted). Returns the Recording with its Quality.

    Raises:
        BadInputError: missing, unreadable, not audio, too short, too long, or its end is missing.
        ResourceError: the disk is full.
    """
    digest = sha256_of_file(source)
    raw = target.with_name(f"{TEMPORARY}{target.name}.raw")
    try:
        with _opened(source) as container:
            facts = _facts(container)
            if facts["duration"] and facts["duration"] > max_hours * 3600:
                raise BadInputError(
                    f"it lasts {facts['duration'] / 3600:.1f} hours; at most {max_hours:g} are taken",
                    file=source,
                    hint="split it, or raise ingest.max_hours",
                )
            channels = 2 if facts["channels"] == 2 else 1
            frames, broken = _stream(container, raw, channels, max_hours, facts["duration"], progress, source)
        duration = frames / RATE
        _check_length(source, duration, facts["duration"], broken, min_seconds, accept_truncated)
        return _finish(raw, target, channels, digest, facts, duration)
    finally:
        raw.unlink(missing_ok=True)


def _facts(container: Any) -> dict[str, Any]:
    stream = container.streams.audio[0]
    codec = stream.codec_context
    duration = float(stream.duration * stream.time_base) if stream.duration else None
    if duration is None and container.duration:
        duration = container.duration / 1_000_000
    bits = getattr(codec.format, "bits", None) if codec.format else None
    return {
        "container": container.format.name.split(",")[0],
        "codec": codec.name,
        "sample_rate": codec.sample_rate,
        "channels": codec.channels,
        "bits": bits,
        "duration": duration,
    }


def _stream(
    container: Any,
    raw: Path,
    channels: int,
    max_hours: float,
    expected: float | None,
    progress: Callable[[float], None] | None,
    source: Path,
) -> tuple[int, bool]:
    """Decode into a raw 16 kHz int16 file; returns (frames, whether decoding broke off)."""
    import errno

    import av

    resampler = av.AudioResampler(format="s16", layout="stereo" if channels == 2 else "mono", rate=RATE)
    frames, broken, limit = 0, False, int(max_hours * 3600 * RATE)
    try:
        with raw.open("wb") as file:
            raw.chmod(0o600)

            def put(pieces: Any) -> int:
                count = 0
                for piece in pieces:
                    file.write(piece.to_ndarray().tobytes())
                    count += piece.samples
                return count

            packets = container.demux(container.streams.audio[0])
            while True:
                try:
                    packet = next(packets, None)
                    if packet is None:
                        break
                    for frame in packet.decode():
                        frame.pts = None
                        frames += put(resampler.resample(frame))
                except av.FFmpegError:
                    broken = True
                    if packet is None:
                        break
                    continue
                if frames > limit:
                    raise BadInputError(f"it lasts more than {max_hours:g} hours", file=source, hint="split it")
                if progress and expected:
                    progress(min(1.0, frames / RATE / expected))
            frames += put(resampler.resample(None)) if frames else 0
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise ResourceError("the disk is full", file=raw.parent, hint="free some space and run again") from error
        raise
    return frames, broken


def _check_length(
    source: Path, duration: float, expected: float | None, broken: bool, minimum: float, accept: bool
) -> None:
    if duration == 0:
        raise BadInputError(
            "no sound could be decoded from it", file=source, hint="play it in a media player, or copy it again"
        )
    short = expected is not None and duration < expected - max(1.0, 0.01 * expected)
    if (short or (broken and expected is None)) and not accept:
        raise BadInputError(
            f"its end is missing: {duration:.0f} of {expected or 0:.0f} seconds could be decoded",
            file=source,
            hint="copy it from the recorder again, or set ingest.accept_truncated to use what is there",
        )
    if duration < minimum:
        raise BadInputError(
            f"it lasts {duration:.1f} s, too short to hold an interview",
            file=source,
            hint="check that it is the right file",
        )


def _finish(raw: Path, target: Path, channels: int, digest: str, facts: dict[str, Any], duration: float) -> Recording:
    import numpy as np

    mapped = np.memmap(raw, np.int16, "r").reshape(-1, channels)
    two, weights = levels.microphones(mapped) if channels == 2 else (False, np.ones(1, np.float32))
    meter = levels.Meter(RATE)
    with atomic(target, private=True) as file, wave.open(file, "wb") as out:
        out.setnchannels(2 if two else 1)
        out.setsampwidth(2)
        out.setframerate(RATE)
        for first in range(0, len(mapped), BLOCK * 30):
            block = mapped[first : first + BLOCK * 30]
            if two or channels == 1:
                kept = np.ascontiguousarray(block)
            else:
                kept = np.clip(np.rint(block.astype(np.float32) @ weights), -32768, 32767).astype(np.int16)[:, None]
            meter.add(kept.max(axis=1) if two else kept[:, 0])
            out.writeframes(kept.tobytes())
    del mapped
    quality = meter.quality(source_rate=facts["sample_rate"])
    return Recording(
        sha256=digest,
        container=facts["container"],
        codec=facts["codec"],
        sample_rate=facts["sample_rate"],
        channels=facts["channels"],
        bits=facts["bits"],
        duration=duration,
        two_microphones=two,
        quality=quality,
    )
