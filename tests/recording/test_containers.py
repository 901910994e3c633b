"""What headers promise, against what files hold: every container by hand, with near-misses."""

from __future__ import annotations

import io
import struct

import pytest

from pipeline.recording import containers
from pipeline.recording.containers import Extent

SOUND = bytes(range(1, 101))


def _chunk(name: bytes, body: bytes, order: str = "<", length: int | None = None) -> bytes:
    size = len(body) if length is None else length
    return name + struct.pack(f"{order}I", size) + body + b"\0" * (len(body) % 2)


def _wav(*chunks: bytes, name: bytes = b"RIFF") -> bytes:
    return name + struct.pack("<I", 0) + b"WAVE" + b"".join(chunks)


def _box(name: bytes, body: bytes, length: int | None = None) -> bytes:
    return struct.pack(">I", len(body) + 8 if length is None else length) + name + body


FMT = _chunk(b"fmt ", bytes(16))
DS64 = _chunk(b"ds64", struct.pack("<QQQI", 0, 100, 50, 0))
COMM = _chunk(b"COMM", bytes(18), ">")
W64 = b"riff" + bytes(12) + bytes(8) + b"wave" + bytes(12)
SSND = _chunk(b"SSND", SOUND, ">")
MKV = b"\x1a\x45\xdf\xa3\x84" + bytes(4) + b"\x18\x53\x80\x67"
WHOLE, HALF = Extent(100, 100), Extent(100, 50)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        pytest.param(_wav(FMT, _chunk(b"data", SOUND)), WHOLE, id="wav"),
        pytest.param(_wav(FMT, _chunk(b"data", SOUND))[:-50], HALF, id="wav cut"),
        pytest.param(_wav(FMT, _chunk(b"data", SOUND[:99]))[:-1], Extent(99, 99), id="wav without its last pad byte"),
        pytest.param(_wav(FMT, _chunk(b"data", SOUND), _chunk(b"LIST", bytes(40)))[:-20], WHOLE, id="only a list cut"),
        pytest.param(_wav(FMT, _chunk(b"LIST", bytes(7)), _chunk(b"data", SOUND))[:-50], HALF, id="list before"),
        pytest.param(_wav(FMT, _chunk(b"data", SOUND, length=0)), None, id="length never written"),
        pytest.param(_wav(FMT, _chunk(b"data", SOUND, length=0xFFFFFFFF)), None, id="length unknown"),
        pytest.param(_wav(FMT, _chunk(b"data", SOUND, length=40)), Extent(100 - 60, 40, 60), id="more than promised"),
        pytest.param(
            _wav(DS64, FMT, _chunk(b"data", SOUND, length=0xFFFFFFFF), name=b"RF64")[:-50], HALF, id="rf64 cut"
        ),
        pytest.param(_wav(FMT), None, id="wav without data"),
        pytest.param(b"FORM" + bytes(4) + b"AIFF" + COMM + SSND, WHOLE, id="aiff"),
        pytest.param(b"FORM" + bytes(4) + b"AIFF" + COMM + SSND[:-50], HALF, id="aiff cut"),
        pytest.param(W64 + b"data" + bytes(12) + struct.pack("<Q", 124) + SOUND[:50], HALF, id="wave64 cut"),
        pytest.param(b"caff" + bytes(4) + b"data" + struct.pack(">q", 100) + SOUND[:50], HALF, id="caf cut"),
        pytest.param(b"caff" + bytes(4) + b"data" + struct.pack(">q", -1) + SOUND, None, id="caf of unknown length"),
        pytest.param(b".snd" + struct.pack(">II", 24, 100) + bytes(12) + SOUND[:50], HALF, id="au cut"),
        pytest.param(b".snd" + struct.pack(">II", 24, 0xFFFFFFFF) + bytes(12) + SOUND, None, id="au of unknown length"),
        pytest.param(b"RIFF" + struct.pack("<I", 100) + b"AVI " + bytes(46), HALF, id="avi cut"),
        pytest.param(_box(b"ftyp", bytes(8)) + _box(b"mdat", SOUND), WHOLE, id="mp4"),
        pytest.param(_box(b"ftyp", bytes(8)) + _box(b"mdat", SOUND)[:-50], HALF, id="mp4 cut"),
        pytest.param(
            _box(b"ftyp", bytes(8)) + _box(b"mdat", SOUND) + _box(b"free", bytes(9), 99), WHOLE, id="free cut"
        ),
        pytest.param(_box(b"ftyp", bytes(8)) + _box(b"mdat", SOUND, 0), None, id="mp4 to the end of the file"),
        pytest.param(
            _box(b"ftyp", bytes(8)) + struct.pack(">I4sQ", 1, b"mdat", 116) + SOUND[:50], HALF, id="mp4, 64-bit length"
        ),
        pytest.param(
            containers.ASF_HEADER + struct.pack("<Q", 24) + containers.ASF_DATA + struct.pack("<Q", 124) + SOUND[:50],
            HALF,
            id="asf cut",
        ),
        pytest.param(MKV + b"\xe4" + SOUND[:50], HALF, id="matroska cut"),
        pytest.param(MKV + b"\xff" + SOUND, None, id="matroska, live"),
        pytest.param(MKV + b"\x01" + b"\xff" * 7 + SOUND, None, id="matroska, live, long form"),
        pytest.param(b"ID3\3" + bytes(200), None, id="mp3"),
        pytest.param(b"RIFF", None, id="a few bytes"),
    ],
)
def test_extent(data: bytes, expected: Extent | None) -> None:
    assert containers.extent(io.BytesIO(data), len(data)) == expected


def test_a_file_of_endless_chunks_is_left_after_so_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(containers, "MOST_CHUNKS", 10)
    assert (
        containers.extent(io.BytesIO(data := _wav(*[_chunk(b"junk", b"")] * 20, _chunk(b"data", SOUND))), len(data))
        is None
    )


def _page(kind: int, body: bytes) -> bytes:
    return b"OggS\0" + bytes([kind]) + bytes(20) + bytes([1, len(body)]) + body


@pytest.mark.parametrize(
    ("data", "cut", "closed"),
    [
        pytest.param(_page(2, SOUND) + _page(4, SOUND), False, True, id="whole"),
        pytest.param(_page(2, SOUND) + _page(0, SOUND), False, False, id="no last page"),
        pytest.param((_page(2, SOUND) + _page(4, SOUND))[:-1], True, False, id="a byte short"),
        pytest.param(_page(2, SOUND) + _page(4, SOUND)[:20], True, False, id="cut in a page's header"),
        pytest.param(_page(2, SOUND) + b"Og", True, False, id="cut in a page's name"),
        pytest.param(_page(4, b"xOggS" + SOUND), False, True, id="the name of a page in the sound"),
        pytest.param(_page(4, SOUND) + _page(2, SOUND), False, False, id="a second recording behind it"),
    ],
)
def test_ogg_end(data: bytes, cut: bool, closed: bool) -> None:
    assert containers.ogg_end(io.BytesIO(data), len(data)) == containers.OggEnd(cut, closed)


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"\xff\xfb\x90\0" + bytes(32) + b"Xing\0\0\0\x0f", True),
        (b"\xff\xfb\x90\0" + bytes(32) + b"Info\0\0\0\x01", True),
        (b"\xff\xfb\x90\0" + bytes(32) + b"Info\0\0\0\x02", False),
        (b"\xff\xfb\x90\0" + bytes(32) + b"VBRI\0\1", True),
        (b"\xff\xfb\x90\0" + bytes(200), False),
        (b"ID3\3\0\0\0\0\0\x10" + b"Xing\0\0\0\x0f" + bytes(8) + b"\xff\xfb\x90\0" + bytes(200), False),
        (b"", False),
    ],
)
def test_mp3_says_frames(data: bytes, says: bool) -> None:
    assert containers.mp3_says_frames(io.BytesIO(data)) is says
