"""One file is opened and no other; what cannot be sound is refused."""

from __future__ import annotations

import errno
import io
import os
from pathlib import Path
from typing import BinaryIO

import numpy as np
import pytest

from pipeline.core.errors import BadInputError
from pipeline.recording import audio, media
from tests import damaged, sounds

LISTS = {
    "list.m3u8": "#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:3\n#EXTINF:3,\nother.ts\n#EXT-X-ENDLIST\n",
    "hidden.wav": "#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:3\n#EXTINF:3,\nother.ts\n#EXT-X-ENDLIST\n",
    "list.ffconcat": "ffconcat version 1.0\nfile other.ts\n",
    "session.sdp": "v=0\no=- 0 0 IN IP4 127.0.0.1\nc=IN IP4 127.0.0.1\nm=audio 5004 RTP/AVP 0\n",
}


@pytest.mark.parametrize("name", list(LISTS))
@pytest.mark.parametrize("more", [(), ("hls", "concat", "sdp")], ids=["as it is", "even where the format is let in"])
def test_a_list_of_other_files_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, more: tuple[str, ...]
) -> None:
    sounds.write(tmp_path / "other.ts", sounds.tone(3), codec="mp2", container="mpegts")
    monkeypatch.setattr(media, "FORMATS", media.FORMATS + more)
    source = tmp_path / name
    source.write_text(LISTS[name])
    with pytest.raises(BadInputError):
        audio.decode(source, tmp_path / "out.wav")


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (damaged.wav(bits=0), "unknown codec"),
        (damaged.wav(form=0xFFFF), "unknown codec"),
        (damaged.wav(channels=0, align=2), "0 channels"),
        (damaged.wav(rate=0), "not a recording"),
        (damaged.wav(rate=1), "at 1 Hz"),
        (damaged.wav(rate=1_999), "at 1999 Hz"),
        (damaged.wav(rate=768_001), "at 768001 Hz"),
        (damaged.wav(channels=65, data=bytes(130 * 16_000)), "65 channels"),
    ],
)
def test_a_header_that_cannot_be(tmp_path: Path, data: bytes, said: str) -> None:
    source = tmp_path / "x.wav"
    source.write_bytes(data)
    with pytest.raises(BadInputError, match=said):
        audio.decode(source, tmp_path / "out.wav")


@pytest.mark.parametrize("codec", ["u1", "<i2", "<i4", "<f4"])
def test_more_channels_than_have_names_are_mixed(tmp_path: Path, codec: str) -> None:
    kind = np.dtype(codec)
    tone = sounds.tone(2.0)[:, None].repeat(10, axis=1)
    if kind.kind == "f":
        rows = tone.astype(kind)
    elif kind.kind == "u":
        rows = (tone * 127 + 128).round().astype(kind)
    else:
        rows = (tone * (2.0 ** (8 * kind.itemsize - 1) - 1)).astype(kind)
    source = tmp_path / "x.wav"
    form = 3 if kind.kind == "f" else 1
    source.write_bytes(damaged.wav(form=form, channels=10, bits=8 * kind.itemsize, data=rows.tobytes()))
    assert audio.decode(source, tmp_path / "out.wav").channels == 10
    heard = audio.open_sound(tmp_path / "out.wav").mono(0.5, 1.5)
    assert np.abs(heard).max() == pytest.approx(0.3, rel=0.05)


class _FailingDisk(io.FileIO):
    """A file whose last third cannot be read."""

    def read(self, size: int | None = -1, /) -> bytes:
        if self.tell() > os.fstat(self.fileno()).st_size * 2 // 3:
            raise OSError(errno.EIO, "Input/output error")
        return super().read(size) or b""


def _stream(file: BinaryIO, source: Path) -> media.Streamed:
    with media.opened(file, source) as (container, facts):
        return media.stream(container, facts, io.BytesIO(), 1, 10**9, source)


def test_a_disk_that_cannot_be_read_to_the_end(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    source = sounds.write(tmp_path / "x.aac", sounds.noise(30, 0.2), codec="aac", container="adts")
    with _FailingDisk(source) as file, pytest.raises(BadInputError, match="could not be read to its end"):
        _stream(file, source)
    assert "Traceback" not in capfd.readouterr().err


@pytest.mark.slow
def test_a_sample_to_a_packet_is_given_up(tmp_path: Path) -> None:
    source = tmp_path / "x.mov"
    source.write_bytes(damaged.case("single-samples.mov").data)
    with pytest.raises(BadInputError, match="pieces too small"):
        audio.decode(source, tmp_path / "out.wav")


def test_planes_that_pyav_cannot_read_are_left_alone() -> None:
    class Planes:
        format = type("Format", (), {"is_planar": True})

        def to_ndarray(self) -> None:
            pytest.fail("this reads memory that is not the frame's")

    with pytest.raises(ValueError, match="planes"):
        media._mixed(Planes())


def test_the_rate_may_change_on_the_way(tmp_path: Path) -> None:
    parts = [
        sounds.write(tmp_path / f"{rate}.aac", sounds.tone(2, rate=rate), rate=rate, codec="aac", container="adts")
        for rate in (44_100, 22_050)
    ]
    source = tmp_path / "both.aac"
    source.write_bytes(b"".join(part.read_bytes() for part in parts))
    assert audio.decode(source, tmp_path / "out.wav").duration == pytest.approx(4.0, abs=0.2)
