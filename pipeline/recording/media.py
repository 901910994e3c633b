"""Open a media file and stream its first sound track as 16 kHz samples, whatever is wrong with the file.

FFmpeg is given one open file and may open no other: a playlist, a session description or a film that
names further files or addresses is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from pipeline.core.errors import BadInputError
from pipeline.recording import SAMPLE_RATE, containers

#: Demuxers (FFmpeg's names) of single files with sound. Playlists (hls, concat, dash), patterns of pictures,
#: session descriptions, devices and generators are left out on purpose.
FORMATS = (
    *("aac", "ac3", "aiff", "alaw", "amr", "amrnb", "amrwb", "ape", "asf", "au", "avi", "caf", "dss", "dts", "eac3"),
    *("flac", "flv", "g722", "gsm", "ircam", "loas", "matroska", "mov", "mp3", "mpc", "mpc8", "mpeg", "mpegts"),
    *("mulaw", "nistsphere", "ogg", "oma", "qcp", "rm", "sox", "tak", "tta", "voc", "w64", "wav", "wv", "xwma"),
)
#: Containers whose header states the duration; for the others FFmpeg estimates it from size and bit rate.
DURATION_STATED = frozenset({"aiff", "ape", "avi", "flac", "mov", "mpc8", "tak", "tta", "wv"})
LOWEST_RATE, HIGHEST_RATE, MOST_CHANNELS = 2_000, 768_000, 64
MOST_MIXED = 8  # channels that FFmpeg has a layout for
#: Speech codecs leave up to 0.4 s out where nobody speaks; a longer jump in the time stamps is a hole.
GAP_S = 1.0
MOST_PACKETS, EVERY = 2_000, 20_000  # packets of all tracks for a second of sound; how often that is looked at
MOST_ERRORS = 100  # failures to read a packet, one after the other


@dataclass(frozen=True)
class Facts:
    """A container and its first sound track as probed.

    In seconds, `duration` is FFmpeg's, `stated` is written in the file, and `promised` is what a whole file would last
    (as stated, or its bytes at a constant rate). `cut` says that the file ends within a page, `end_known` whether it
    could be seen that the end is missing.
    """

    container: str
    codec: str
    sample_rate: int
    channels: int
    bits: int | None
    tracks: int
    duration: float | None
    stated: float | None
    promised: float | None
    extent: containers.Extent | None
    cut: bool
    end_known: bool

    @property
    def missing(self) -> float:
        """Seconds that the container promises and the file is too short for."""
        return self._seconds(self.extent.missing) if self.extent else 0.0

    @property
    def unclaimed(self) -> float:
        """Seconds of data after the end that the container states."""
        return self._seconds(self.extent.unclaimed) if self.extent else 0.0

    def _seconds(self, data: int) -> float:
        if not self.extent or not self.promised or not self.extent.promised:
            return 0.0
        return self.promised * data / self.extent.promised


@dataclass
class Streamed:
    """What came of decoding: 16 kHz `frames`; the second that was `reached` by the time stamps; seconds `lost` in
    packets that could not be decoded, and their number; holes as (second, length)."""

    frames: int = 0
    reached: float = 0.0
    lost: float = 0.0
    broken: int = 0
    holes: tuple[tuple[float, float], ...] = ()

    @property
    def duration(self) -> float:
        """Seconds of sound."""
        return self.frames / SAMPLE_RATE


class Reader:
    """A file as PyAV reads it. PyAV would print an exception raised here as a traceback, so it is kept in `error`."""

    def __init__(self, file: BinaryIO, source: Path) -> None:
        self._file = file
        self.name = str(source)  # a hint for FFmpeg: some kinds of file are recognised by their suffix alone
        self.error: OSError | None = None

    def read(self, size: int) -> bytes:
        """The next bytes; none at the end, or where the disk cannot be read."""
        try:
            return self._file.read(size)
        except OSError as error:
            self.error = error
            return b""

    def seek(self, offset: int, whence: int = 0) -> int:
        """Move to a position; -1 where a damaged file names an impossible one."""
        try:
            return self._file.seek(offset, whence)
        except (OSError, ValueError, OverflowError):
            return -1

    def tell(self) -> int:
        """The current position."""
        return self._file.tell()


def _refuse(url: str, flags: int, options: dict[str, str]) -> BinaryIO:
    raise PermissionError("a recording may not name other files")


@contextmanager
def opened(file: BinaryIO, source: Path) -> Iterator[tuple[Any, Facts]]:
    """The container of an open file, and what it says about itself.

    Raises:
        BadInputError: it is empty, not a recording, without sound, or its header states impossible figures.
    """
    import av

    size = file.seek(0, 2)
    if size == 0:
        raise BadInputError("the file is empty", file=source, hint="copy it from the recorder again")
    file.seek(0)
    only = {"format_whitelist": ",".join(FORMATS), "protocol_whitelist": "none"}
    reader = Reader(file, source)
    try:
        container = av.open(reader, metadata_errors="ignore", options=only, io_open=_refuse)
    except (av.FFmpegError, ValueError, OSError) as error:
        raise BadInputError(
            "this is not a recording that can be decoded, or its end is missing",
            file=source,
            hint="play it in a media player; if that fails too, copy it from the recorder again",
        ) from error
    try:
        yield container, _facts(container, file, size, source)
    finally:
        container.close()
    if reader.error is not None:
        raise BadInputError(
            f"it could not be read to its end ({reader.error.strerror})",
            file=source,
            hint="copy it to this disk first",
        ) from reader.error


def _facts(container: Any, file: BinaryIO, size: int, source: Path) -> Facts:
    if not container.streams.audio:
        raise BadInputError("there is no sound in this file", file=source, hint="export it again with its sound track")
    stream = container.streams.audio[0]
    codec = stream.codec_context
    if codec is None:
        raise BadInputError("its sound is in an unknown codec", file=source, hint="export it as WAV, FLAC or M4A")
    if not (LOWEST_RATE <= codec.sample_rate <= HIGHEST_RATE and 1 <= codec.channels <= MOST_CHANNELS):
        raise BadInputError(
            f"its header is damaged: {codec.channels} channels at {codec.sample_rate} Hz",
            file=source,
            hint="play it in a media player; if that fails too, copy it from the recorder again",
        )
    name = container.format.name.split(",")[0]
    duration = float(stream.duration * stream.time_base) if stream.duration and stream.time_base else None
    if duration is None and container.duration:
        duration = container.duration / 1_000_000
    duration = duration if duration and duration > 0 else None
    at = file.tell()  # FFmpeg goes on reading here
    end = containers.ogg_end(file, size) if name == "ogg" else None
    extent = containers.extent(file, size)
    stated = duration if _states_duration(name, codec.name, file, extent) else None
    goes_on = name == "mov" and containers.mp4_goes_on(file, size)
    file.seek(at)
    return Facts(
        container=name,
        codec=codec.name,
        sample_rate=codec.sample_rate,
        channels=codec.channels,
        bits=getattr(codec.format, "bits", None) if codec.format else None,
        tracks=len(container.streams.audio),
        duration=duration,
        stated=stated,
        promised=_promised(name, stated, codec.bit_rate, extent),
        extent=extent,
        cut=end.cut if end else False,
        end_known=end.closed if end else not goes_on and (stated is not None or extent is not None),
    )


def _states_duration(name: str, codec: str, file: BinaryIO, extent: containers.Extent | None) -> bool:
    """Whether the duration is written in the file; if not, FFmpeg estimated it from size and bit rate."""
    if name == "mp3":
        return containers.mp3_says_frames(file)
    if name == "matroska":
        return containers.matroska_says_duration(file)
    return name in DURATION_STATED or (name == "caf" and extent is not None and not codec.startswith("pcm_"))


def _promised(name: str, stated: float | None, rate: int | None, extent: containers.Extent | None) -> float | None:
    """Seconds that the whole file would last."""
    if name == "avi" and stated and extent and extent.missing and extent.present:
        return stated * extent.promised / extent.present  # FFmpeg has scaled it to the bytes that are there
    at_rate = extent.promised * 8 / rate if extent and rate else None
    return stated or at_rate


def stream(
    container: Any,
    facts: Facts,
    raw: BinaryIO,
    channels: int,
    limit: int,
    source: Path,
    progress: Callable[[float], None] | None = None,
) -> Streamed:
    """Decode the first sound track into `raw`: 16 kHz, int16, `channels` (1 or 2) interleaved.

    Stops after `limit` frames of output. Packets that cannot be decoded are counted, not fatal.

    Raises:
        BadInputError: a damaged index cuts it into single samples, which would take minutes for each megabyte.
    """
    import av

    track = container.streams.audio[0]
    writer, clock = _Writer(raw, channels), _Clock(container)
    done = Streamed()
    for number, packet in enumerate(_packets(container, done), 1):
        if number % EVERY == 0 and number > MOST_PACKETS * writer.frames / SAMPLE_RATE:
            raise BadInputError(
                "it is damaged: it is cut into pieces too small to be sound",
                file=source,
                hint="play it in a media player; if that fails too, copy it from the recorder again",
            )
        if packet.stream.index != track.index:
            clock.passed(packet)
            continue
        clock.heard(packet)
        try:
            for frame in packet.decode():
                writer.put(frame)
        except av.EOFError:
            continue
        except (av.FFmpegError, ValueError):
            done.broken += 1
            done.lost += float(packet.duration * packet.time_base) if packet.duration and packet.time_base else 0.0
        if writer.frames > limit:
            break
        if progress and facts.duration:
            progress(min(1.0, writer.frames / SAMPLE_RATE / facts.duration))
    try:
        writer.flush()
    except (av.FFmpegError, ValueError):
        done.broken += 1
    done.frames, done.holes = writer.frames, tuple(clock.holes)
    done.reached = max(clock.reached, done.duration)
    return done


def _packets(container: Any, done: Streamed) -> Iterator[Any]:
    """Every packet of the container. Reading goes on after a place that cannot be read."""
    import av

    known, errors = tuple(container.streams), 0
    while errors < MOST_ERRORS:
        try:
            for packet in container.demux(known):
                errors = 0
                yield packet
            return
        except av.EOFError:
            return
        except (av.FFmpegError, ValueError, IndexError):  # IndexError: PyAV, where tracks appear on the way
            errors += 1
            done.broken += 1


class _Clock:
    """Follows the time stamps of packets, in seconds since the start of the container."""

    def __init__(self, container: Any) -> None:
        self._start = (container.start_time or 0) / 1_000_000
        self._heard: float | None = None
        self._base = {track.index: float(track.time_base or 0) for track in container.streams}
        self.reached = 0.0
        self.holes: list[tuple[float, float]] = []

    def passed(self, packet: Any) -> tuple[float, float] | None:
        """A packet of any track went by; returns its (start, end)."""
        base, at = self._base.get(packet.stream.index), packet.pts
        if at is None or not base:
            return None
        start = at * base - self._start
        end = start + (packet.duration or 0) * base
        self.reached = max(self.reached, end)
        return start, end

    def heard(self, packet: Any) -> None:
        """A packet of the sound track went by."""
        span = self.passed(packet)
        if span is None:
            return
        if self._heard is not None and span[0] - self._heard > GAP_S and packet.duration:
            self.holes.append((self._heard, span[0] - self._heard))
        self._heard = max(self._heard or 0.0, span[1])


class _Writer:
    """Resamples frames to 16 kHz int16 and writes them; their format may change on the way."""

    def __init__(self, raw: BinaryIO, channels: int) -> None:
        self._raw, self._channels = raw, channels
        self._resampler: Any = None
        self._kind: tuple[str, str, int] | None = None
        self.frames = 0

    def put(self, frame: Any) -> None:
        """Write one decoded frame. Raises ValueError for an impossible sample rate."""
        import av

        if not LOWEST_RATE <= frame.sample_rate <= HIGHEST_RATE:
            raise ValueError("sample rate")
        kind = (frame.format.name, frame.layout.name, frame.sample_rate)
        if kind != self._kind:
            self.flush()
            layout = "stereo" if self._channels == 2 else "mono"
            self._resampler, self._kind = av.AudioResampler(format="s16", layout=layout, rate=SAMPLE_RATE), kind
        frame = _mixed(frame) if frame.layout.nb_channels > MOST_MIXED else frame
        frame.pts = None
        self._write(self._resampler.resample(frame))

    def flush(self) -> None:
        """Write what the resampler still holds."""
        resampler, self._resampler, self._kind = self._resampler, None, None
        if resampler is not None:
            self._write(resampler.resample(None))

    def _write(self, pieces: Any) -> None:
        for piece in pieces:
            self._raw.write(piece.to_ndarray().tobytes())
            self.frames += piece.samples


def _mixed(frame: Any) -> Any:
    """The mean of all channels, as one: FFmpeg mixes only as many as it has names for.

    Raises:
        ValueError: each channel has a plane of its own; PyAV reads the first eight correctly, and then memory that is
        not theirs.
    """
    import av
    import numpy as np

    if frame.format.is_planar:
        raise ValueError("too many planes")
    rows = frame.to_ndarray().reshape(-1, frame.layout.nb_channels).T
    if rows.dtype.kind in "iu":
        middle = 128.0 if rows.dtype == np.uint8 else 0.0
        scale = 2.0 ** (8 * rows.dtype.itemsize - 1)
        mean = (rows.mean(axis=0, dtype=np.float64) - middle) / scale
    else:
        mean = rows.mean(axis=0)
    mono = av.AudioFrame.from_ndarray(np.ascontiguousarray(mean[None], np.float32), format="fltp", layout="mono")
    mono.sample_rate = frame.sample_rate
    return mono
