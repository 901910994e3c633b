"""About three hundred and fifty media files, whole, cut off, altered and lying, all made from one seed.

Every container and codec of recordings that PyAV can write here; what an encoder is missing for is left out.
The sound is quiet for a second, loud, and quiet again at the end, so that every cut falls into something loud.
"""

from __future__ import annotations

import random
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

import numpy as np

from tests import sounds

SEED = 20
SECONDS = 6.0
#: taken: it is whole. refused: exit 3. told: refused, or taken with a warning. any: one or the other.
Fate = Literal["taken", "refused", "told", "any"]


@dataclass(frozen=True)
class Case:
    """A file and what has to become of it."""

    name: str
    data: bytes
    fate: Fate


@dataclass(frozen=True)
class Base:
    """How a whole file is written. `states`: its container says how long it is."""

    name: str
    codec: str
    rate: int = 16_000
    channels: int = 1
    states: bool = True
    container: str | None = None
    bit_rate: int | None = None
    options: tuple[tuple[str, str], ...] = ()


BASES = (
    Base("u8.wav", "pcm_u8", 8_000),
    Base("s16.wav", "pcm_s16le", 44_100, 2),
    Base("s24.wav", "pcm_s24le", 48_000),
    Base("f32.wav", "pcm_f32le", 96_000),
    Base("high.wav", "pcm_s16le", 384_000),
    Base("alaw.wav", "pcm_alaw", 8_000),
    Base("adpcm.wav", "adpcm_ms", 22_050),
    Base("ima.wav", "adpcm_ima_wav", 22_050),
    Base("rf64.wav", "pcm_s16le", options=(("rf64", "always"),)),
    Base("sony.w64", "pcm_s16le"),
    Base("a.aiff", "pcm_s16be", 44_100),
    Base("a.caf", "pcm_s16le", 44_100),
    Base("alac.caf", "alac", 44_100),
    Base("a.au", "pcm_s16be"),
    Base("pcm.avi", "pcm_s16le", 44_100, 2),
    Base("mp3.avi", "libmp3lame", 44_100),
    Base("aac.m4a", "aac", 44_100, container="ipod"),
    Base("first.m4a", "aac", 44_100, container="ipod", options=(("movflags", "faststart"),)),
    Base("alac.m4a", "alac", 44_100, container="ipod"),
    Base("parts.mp4", "aac", 44_100, states=False, options=(("movflags", "frag_keyframe+empty_moov"),)),
    Base("pcm.mov", "pcm_s16le", 48_000, 2),
    Base("amr.3gp", "libopencore_amrnb", 8_000, bit_rate=12_200),
    Base("a.amr", "libopencore_amrnb", 8_000, states=False, bit_rate=12_200),
    Base("a.flac", "flac", 48_000),
    Base("six.flac", "flac", 48_000, 6),
    Base("opus.ogg", "libopus", 48_000, states=False),
    Base("vorbis.ogg", "vorbis", 44_100, 2, states=False),
    Base("flac.ogg", "flac", states=False),
    Base("a.mp3", "libmp3lame", 44_100),
    Base("bare.mp3", "libmp3lame", 44_100, states=False, options=(("write_xing", "0"),)),
    Base("low.mp3", "libmp3lame", 8_000),
    Base("a.mp2", "mp2", 44_100, states=False),
    Base("a.aac", "aac", 44_100, states=False, container="adts"),
    Base("a.ac3", "ac3", 48_000, states=False),
    Base("a.eac3", "eac3", 48_000, states=False),
    Base("opus.mka", "libopus", 48_000, container="matroska"),
    Base("flac.mkv", "flac", 48_000, 2, container="matroska"),
    Base("opus.webm", "libopus", 48_000),
    Base("live.webm", "libopus", 48_000, states=False, options=(("live", "1"),)),
    Base("two.wma", "wmav2", 44_100),
    Base("one.wma", "wmav1", 22_050),
    Base("a.wv", "wavpack", 44_100),
    Base("a.tta", "tta", 44_100),
    Base("a.flv", "libmp3lame", 44_100, states=False),
    Base("a.ts", "mp2", 48_000, states=False, container="mpegts"),
    Base("a.mpg", "mp2", 48_000, states=False, container="mpeg"),
    Base("a.g722", "g722", states=False),
    Base("a.voc", "pcm_u8", states=False),
    Base("a.sox", "pcm_s32le", states=False),
)


def _sound(rate: int, channels: int) -> np.ndarray:
    samples = sounds.noise(SECONDS, 0.15, seed=SEED, rate=rate)
    samples[:rate] *= 0.005
    samples[-rate // 2 :] *= 0.005
    return np.stack([samples] * channels, axis=1) if channels > 1 else samples


@cache
def whole(base: Base) -> bytes:
    """A file that is as it should be; empty where this build has no encoder for it."""
    import av

    with TemporaryDirectory() as folder:
        path = Path(folder, base.name)
        try:
            sounds.write(
                path,
                _sound(base.rate, base.channels),
                rate=base.rate,
                codec=base.codec,
                container=base.container,
                bit_rate=base.bit_rate,
                options=dict(base.options),
            )
        except (av.FFmpegError, ValueError):
            return b""
        return path.read_bytes()


@cache
def cases() -> tuple[Case, ...]:
    """The corpus, always the same and in the same order."""
    every = [case for base in BASES if whole(base) for case in _of(base)]
    return (*every, *_lying_wav(), *_lying_others(), *_several_streams(), *_no_recordings())


def case(name: str) -> Case:
    """The case of this name."""
    return next(case for case in cases() if case.name == name)


def _of(base: Base) -> Iterator[Case]:
    data, rng = whole(base), random.Random(f"{SEED} {base.name}")
    yield Case(f"whole-{base.name}", data, "taken")
    for number in range(3):
        cut = data[: int(len(data) * rng.uniform(0.4, 0.85))]
        yield Case(f"cut{number}-{base.name}", cut, "refused" if base.states else "told")
    yield Case(f"header-{base.name}", data[: rng.randrange(1, 200)], "refused")
    for number, share in enumerate((1e-5, 1e-4, 1e-3)):
        yield Case(f"flipped{number}-{base.name}", _flipped(data, share, rng), "any")
    yield Case(f"head-flipped-{base.name}", _flipped(data[:300], 5e-3, rng) + data[300:], "any")


def _flipped(data: bytes, share: float, rng: random.Random) -> bytes:
    changed = bytearray(data)
    for _ in range(max(1, int(len(data) * 8 * share))):
        changed[rng.randrange(len(changed))] ^= 1 << rng.randrange(8)
    return bytes(changed)


def wav(  # the fields of a header, each of which can lie
    *,
    form: int = 1,
    channels: int = 1,
    rate: int = 16_000,
    bits: int = 16,
    align: int | None = None,
    speed: int | None = None,
    promised: int | None = None,
    data: bytes | None = None,
) -> bytes:
    """A WAV file whose header says what it is told to."""
    sound = (np.clip(_sound(16_000, 1), -1, 1) * 32767).astype("<i2").tobytes() if data is None else data
    align = channels * bits // 8 if align is None else align
    speed = rate * align if speed is None else speed
    length = len(sound) if promised is None else promised
    head = struct.pack("<HHIIHH", form, channels, rate & 0xFFFFFFFF, speed & 0xFFFFFFFF, align & 0xFFFF, bits)
    body = b"WAVEfmt " + struct.pack("<I", len(head)) + head + b"data" + struct.pack("<I", length & 0xFFFFFFFF) + sound
    return b"RIFF" + struct.pack("<I", (len(body)) & 0xFFFFFFFF) + body


def _lying_wav() -> Iterator[Case]:
    hour = 3600 * 32_000
    yield Case("bits-0.wav", wav(bits=0), "refused")
    yield Case("format-ffff.wav", wav(form=0xFFFF), "refused")
    yield Case("format-fffe.wav", wav(form=0xFFFE), "any")
    yield Case("format-0.wav", wav(form=0), "refused")
    yield Case("channels-0.wav", wav(channels=0, align=2), "refused")
    yield Case("channels-10.wav", wav(channels=10), "taken")
    yield Case("channels-32.wav", wav(channels=32, data=bytes(64 * 16_000)), "taken")
    yield Case("channels-3.wav", wav(channels=3), "taken")
    yield Case("channels-65535.wav", wav(channels=65_535), "refused")
    for rate in (0, 1, 100, 768_001, 2**31 - 1, 2**32 - 1):
        yield Case(f"rate-{rate}.wav", wav(rate=rate), "refused")
    yield Case("rate-384000.wav", wav(rate=384_000), "refused")  # a quarter of a second
    yield Case("align-0.wav", wav(align=0), "any")
    yield Case("align-65535.wav", wav(align=65_535), "any")
    yield Case("speed-0.wav", wav(speed=0), "any")
    yield Case("bits-65535.wav", wav(bits=65_535, align=2), "refused")
    yield Case("bits-12.wav", wav(bits=12, align=2), "any")
    yield Case("thirty-hours.wav", wav(promised=30 * hour), "refused")
    yield Case("two-hours.wav", wav(promised=2 * hour), "refused")
    yield Case("length-0.wav", wav(promised=0), "taken")  # a recorder that broke off: everything is played
    yield Case("length-unknown.wav", wav(promised=2**32 - 1), "taken")
    yield Case("length-half.wav", wav(promised=96_000), "told")
    yield Case("no-data.wav", wav(data=b""), "refused")


def _replaced(base: str, old: bytes, new: bytes, shift: int = 0) -> bytes:
    """A whole file with the bytes at `shift` from the first `old` written over."""
    data = bytearray(whole(next(b for b in BASES if b.name == base)))
    at = data.index(old) + shift
    data[at : at + len(new)] = new
    return bytes(data)


def _lying_others() -> Iterator[Case]:
    yield Case("thirty-hours.m4a", _replaced("aac.m4a", b"mdhd", struct.pack(">II", 1, 30 * 3600), 16), "refused")
    yield Case("timescale-0.m4a", _replaced("aac.m4a", b"mdhd", struct.pack(">I", 0), 16), "any")
    yield Case("many-samples.m4a", _replaced("aac.m4a", b"stsz", struct.pack(">II", 1, 2**31 - 1), 8), "any")
    yield Case("huge-samples.m4a", _replaced("aac.m4a", b"stsz", struct.pack(">II", 2**31 - 1, 255), 8), "any")
    yield Case("many-times.m4a", _replaced("aac.m4a", b"stts", struct.pack(">III", 2**28, 2**31, 1024), 8), "any")
    yield Case("many-chunks.mov", _replaced("pcm.mov", b"stsc", struct.pack(">III", 1, 1, 2**31 - 1), 8), "any")
    yield Case("single-samples.mov", _replaced("pcm.mov", b"stts", struct.pack(">I", 2), 16), "refused")
    yield Case("great-box.m4a", _replaced("aac.m4a", b"mdat", struct.pack(">I", 2**31), -4), "refused")
    yield Case("box-of-boxes.m4a", _replaced("first.m4a", b"moov", struct.pack(">I", 2**31), -4), "any")
    yield Case("endless.flac", _replaced("a.flac", b"fLaC", b"\xff" * 4, 22), "refused")
    yield Case("rate-0.flac", _replaced("a.flac", b"fLaC", b"\0\0", 18), "any")
    yield Case("thirty-hours.mp3", _replaced("a.mp3", b"Info", struct.pack(">I", 4_134_000), 8), "refused")
    yield Case("frames.aiff", _replaced("a.aiff", b"COMM", struct.pack(">I", 2**32 - 1), 10), "any")
    yield Case("rate-huge.aiff", _replaced("a.aiff", b"COMM", b"\x7f\xfe" + b"\xff" * 8, 16), "refused")
    yield Case("rate-0.caf", _replaced("a.caf", b"desc", struct.pack(">d", 0.0), 12), "refused")
    yield Case("rate-nan.caf", _replaced("a.caf", b"desc", struct.pack(">d", float("nan")), 12), "refused")
    yield Case("packets.caf", _replaced("alac.caf", b"pakt", struct.pack(">Qq", 24, 2**60), 4), "any")
    yield Case("rate-0.au", _replaced("a.au", b".snd", struct.pack(">I", 0), 16), "refused")
    yield Case("channels-big.au", _replaced("a.au", b".snd", struct.pack(">I", 2**31), 20), "refused")
    yield Case("length.au", _replaced("a.au", b".snd", struct.pack(">I", 2**31), 8), "refused")
    yield Case("length.w64", _replaced("sony.w64", b"data", struct.pack("<Q", 2**62), 16), "refused")
    yield Case("length.wma", _replaced("two.wma", b"\xa1\xdc\xab\x8c", struct.pack("<Q", 2**60), 64), "any")
    yield Case("frames.avi", _replaced("pcm.avi", b"auds", struct.pack("<I", 2**31), 32), "any")
    yield Case("segment.mka", _replaced("opus.mka", b"\x18\x53\x80\x67", b"\x01\0\0\0\x7f\xff\xff\xff", 4), "refused")
    yield Case("length.tta", _replaced("a.tta", b"TTA1", struct.pack("<I", 2**32 - 1), 14), "any")
    yield Case("length.wv", _replaced("a.wv", b"wvpk", struct.pack("<I", 2**32 - 2), 12), "any")


def _several_streams() -> Iterator[Case]:
    import av

    with TemporaryDirectory() as folder:
        for suffix, codec in (("m4a", "aac"), ("mkv", "flac"), ("mov", "pcm_s16le"), ("avi", "pcm_s16le")):
            path = Path(folder, f"tracks.{suffix}")
            with av.open(str(path), "w", format="mp4" if suffix == "m4a" else None) as out:
                tracks = [out.add_stream(codec, rate=16_000) for _ in range(2)]
                for track in tracks:
                    track.codec_context.layout = "mono"
                for track in tracks:
                    tone = np.ascontiguousarray(sounds.noise(4, 0.2)[None])
                    resampler = av.AudioResampler(format=track.codec_context.format, layout="mono", rate=16_000)
                    frame = av.AudioFrame.from_ndarray(tone, format="fltp", layout="mono")
                    frame.sample_rate, frame.pts = 16_000, 0
                    size = track.codec_context.frame_size or 1024
                    fifo = av.AudioFifo()
                    for piece in resampler.resample(frame):
                        fifo.write(piece)
                    for piece in fifo.read_many(size, partial=True):
                        out.mux(track.encode(piece))
                    out.mux(track.encode(None))
            yield Case(path.name, path.read_bytes(), "told")
            yield Case(f"cut-{path.name}", path.read_bytes()[: path.stat().st_size // 2], "told")
        silent = sounds.video_without_sound(Path(folder, "film.mp4")).read_bytes()
        yield Case("film.mp4", silent, "refused")
    picture = b"APIC" + struct.pack(">IH", 30_014, 0) + b"\0image/png\0\3\0" + b"\x89PNG" + bytes(30_000 - 3)
    tag = b"ID3\3\0\0" + bytes((len(picture) >> shift) & 0x7F for shift in (21, 14, 7, 0)) + picture
    mp3 = whole(next(b for b in BASES if b.name == "a.mp3"))
    yield Case("cover.mp3", tag + mp3[mp3.index(b"\xff\xfb") :], "any")
    yield Case("cover-huge.mp3", tag[:6] + b"\x7f\x7f\x7f\x7f" + tag[10:] + mp3, "any")


def _no_recordings() -> Iterator[Case]:
    rng = random.Random(SEED)
    other = "recording.wav"
    yield Case("empty.wav", b"", "refused")
    yield Case("text.mp3", b"I: This is not a recording.\n" * 100, "refused")
    yield Case("zeros.wav", bytes(100_000), "refused")
    yield Case("random.bin", rng.randbytes(100_000), "refused")
    yield Case(
        "list.m3u8", f"#EXTM3U\n#EXT-X-TARGETDURATION:6\n#EXTINF:6,\n{other}\n#EXT-X-ENDLIST\n".encode(), "refused"
    )
    yield Case("list.m3u", f"#EXTM3U\n#EXTINF:6,x\n{other}\n".encode(), "refused")
    yield Case("hidden.wav", b"#EXTM3U\n#EXT-X-TARGETDURATION:6\n#EXTINF:6,\nhttp://127.0.0.1:9/a.ts\n", "refused")
    yield Case("list.ffconcat", f"ffconcat version 1.0\nfile {other}\n".encode(), "refused")
    yield Case("concat.wav", f"ffconcat version 1.0\nfile {other}\n".encode(), "refused")
    yield Case("session.sdp", b"v=0\no=- 0 0 IN IP4 127.0.0.1\nc=IN IP4 127.0.0.1\nm=audio 5004 RTP/AVP 0\n", "refused")
    yield Case("list.pls", f"[playlist]\nFile1={other}\nNumberOfEntries=1\n".encode(), "refused")
    yield Case("list.mpd", b'<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011"></MPD>', "refused")
    yield Case("list.asx", f'<asx version="3.0"><entry><ref href="{other}"/></entry></asx>'.encode(), "refused")
    yield Case("%03d.png", b"\x89PNG\r\n\x1a\n" + bytes(100), "refused")
    yield Case("script.avs", f'WavSource("{other}")\n'.encode(), "refused")
    yield Case("graph.lavfi", b"sine=frequency=440\n", "refused")
