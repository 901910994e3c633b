"""What a media file's own header says about its length, read without decoding anything.

FFmpeg plays a file that was cut off as if it were complete: of a WAV file whose header promises ten
minutes it decodes the three that are there and reports no error. So the sizes that containers state are
compared with the file here.

Sources: RIFF/WAVE and AVI (Microsoft, 1991), RF64 (EBU Tech 3306), Wave64 (Sony), AIFF and CAF (Apple), ASF
(Microsoft), AU (Sun), ISO/IEC 14496-12 (MP4), RFC 8794 (Matroska), RFC 3533 (Ogg), and the Xing and VBRI headers
of MP3.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import BinaryIO, NamedTuple

MOST_CHUNKS = 200_000  # eight hours of MP4 in fragments of a third of a second
TAIL = 200_000  # three Ogg pages of the greatest size
HEAD = 65_536
ASF_HEADER = bytes.fromhex("3026b2758e66cf11a6d900aa0062ce6c")
ASF_DATA = bytes.fromhex("3626b2758e66cf11a6d900aa0062ce6c")


@dataclass(frozen=True)
class Extent:
    """Bytes of media data that the header promises, bytes that the file holds, and bytes that belong to no chunk.

    `unclaimed` follow the end that the header gives and are no chunk of their own: sound, where a recorder
    broke off before it could write the final length, or where 32 bits did not hold it.
    """

    promised: int
    present: int
    unclaimed: int = 0

    @property
    def missing(self) -> int:
        """Promised bytes that are not there."""
        return max(0, self.promised - self.present)


class _Chunk(NamedTuple):
    name: bytes
    body: int
    end: int | None  # None: it goes on to the end of the file, or its length was never written
    following: int


_Reader = Callable[[bytes, int], _Chunk | None]


def _named(name: bytes) -> bool:
    return len(name) == 4 and all(0x20 <= letter < 0x7F or letter == 0xA9 for letter in name)


def _riff(order: str) -> _Reader:
    def read(head: bytes, at: int) -> _Chunk | None:
        if len(head) < 8 or not _named(head[:4]):
            return None
        (length,) = struct.unpack(f"{order}I", head[4:8])
        unknown = length == 0xFFFFFFFF or (length == 0 and head[:4] == b"data")
        return _Chunk(head[:4], at + 8, None if unknown else at + 8 + length, at + 8 + length + length % 2)

    return read


def _wave64(head: bytes, at: int) -> _Chunk | None:
    if len(head) < 24 or not _named(head[:4]):
        return None
    (length,) = struct.unpack("<Q", head[16:24])
    return _Chunk(head[:4], at + 24, at + length, at + (length + 7) // 8 * 8) if length >= 24 else None


def _caf(head: bytes, at: int) -> _Chunk | None:
    if len(head) < 12 or not _named(head[:4]):
        return None
    (length,) = struct.unpack(">q", head[4:12])
    return _Chunk(head[:4], at + 12, None if length < 0 else at + 12 + length, at + 12 + max(0, length))


def _asf_object(head: bytes, at: int) -> _Chunk | None:
    if len(head) < 24:
        return None
    (length,) = struct.unpack("<Q", head[16:24])
    return (
        _Chunk(head[:16], at + 24, at + length if length else None, at + length) if length >= 24 or not length else None
    )


def _box(head: bytes, at: int) -> _Chunk | None:
    if len(head) < 8 or not _named(head[4:8]):
        return None
    length, body = struct.unpack(">I", head[:4])[0], 8
    if length == 1 and len(head) >= 16:
        length, body = struct.unpack(">Q", head[8:16])[0], 16
    if length and length < body:
        return None
    return _Chunk(head[4:8], at + body, at + length if length else None, at + length)


def _chunks(file: BinaryIO, at: int, size: int, read: _Reader) -> Iterator[_Chunk]:
    """Chunks from `at` on, the last one perhaps cut off; stops after one without an end, and at what is not a chunk."""
    for _ in range(MOST_CHUNKS):
        if at >= size:
            return
        file.seek(at)
        chunk = read(file.read(32), at)
        if chunk is None:
            return
        yield chunk
        if chunk.end is None or chunk.following <= at:
            return
        at = chunk.following


def _one_block(
    file: BinaryIO, at: int, size: int, read: _Reader, name: bytes, length: int | None = None
) -> Extent | None:
    """The extent of the one chunk that holds the sound; `length` where it stands elsewhere (RF64)."""
    block, reached = None, 0
    for chunk in _chunks(file, at, size, read):
        if chunk.name == name and block is None:
            end = chunk.body + length if length else chunk.end
            block = None if end is None else (chunk.body, end)
            if block is None or length:
                break
        # A last chunk may be cut off; sound that happens to look like one seldom has letters for a name.
        named = chunk.name == name or chunk.name.replace(b" ", b"").isalnum()
        if chunk.end is not None and (chunk.end <= size or named):
            reached = min(size, chunk.following)
    if block is None:
        return None
    body, end = block
    return Extent(end - body, max(0, min(end, size) - body), 0 if length else max(0, size - reached))


def _wav(file: BinaryIO, size: int, head: bytes) -> Extent | None:
    length = None
    if head[:4] in (b"RF64", b"BW64") and head[12:16] == b"ds64" and len(head) >= 36:
        (length,) = struct.unpack("<Q", head[28:36])
    return _one_block(file, 12, size, _riff(">" if head[:4] == b"RIFX" else "<"), b"data", length)


def _avi(file: BinaryIO, size: int, head: bytes) -> Extent | None:
    ends = [(c.body, c.end) for c in _chunks(file, 0, size, _riff("<")) if c.name == b"RIFF"]
    return _summed(ends, size)


def _mp4(file: BinaryIO, size: int, head: bytes) -> Extent | None:
    boxes = _chunks(file, 0, size, _box)
    return _summed([(c.body, c.end) for c in boxes if c.name in (b"mdat", b"moof", b"moov")], size)


def mp4_goes_on(file: BinaryIO, size: int) -> bool:
    """Whether an MP4 file is written in parts and has no index of them at its end: there may have been more."""
    names = {chunk.name for chunk in _chunks(file, 0, size, _box)}
    return b"moof" in names and b"mfra" not in names


def _summed(blocks: list[tuple[int, int | None]], size: int) -> Extent | None:
    known = [(body, end) for body, end in blocks if end is not None]
    if len(known) < len(blocks) or not known:
        return None
    return Extent(sum(end - body for body, end in known), sum(max(0, min(end, size) - body) for body, end in known))


def _au(file: BinaryIO, size: int, head: bytes) -> Extent | None:
    start, length = struct.unpack(">II", head[4:12])
    return None if length in (0, 0xFFFFFFFF) else Extent(length, max(0, min(size - start, length)))


def _number(data: bytes, at: int, marker: bool) -> tuple[int | None, int]:
    """A variable-length number of EBML and where it ends; None for one that says "unknown"."""
    first = data[at] if at < len(data) else 0
    width = 9 - first.bit_length()
    if not first or at + width > len(data):
        return None, len(data)
    value = int.from_bytes(data[at : at + width], "big")
    bare = value & ((1 << 7 * width) - 1)
    return (value if marker else None if bare == (1 << 7 * width) - 1 else bare), at + width


def _matroska(file: BinaryIO, size: int, head: bytes) -> Extent | None:
    length, body = _number(head, 4, False)
    name, at = _number(head, body + (length or 0), True)
    length, body = _number(head, at, False)
    return Extent(length, max(0, min(length, size - body))) if name == 0x18538067 and length else None


def extent(file: BinaryIO, size: int) -> Extent | None:
    """How many bytes of media data the header promises, and how many there are.

    None where the container does not say it, or says that it does not know.
    """
    file.seek(0)
    head = file.read(HEAD)
    if len(head) < 16:
        return None
    if head[:4] in (b"RIFF", b"RIFX", b"RF64", b"BW64") and head[8:12] == b"WAVE":
        return _wav(file, size, head)
    if head[:4] == b"RIFF" and head[8:11] == b"AVI":
        return _avi(file, size, head)
    if head[:4] == b"FORM" and head[8:12] in (b"AIFF", b"AIFC"):
        return _one_block(file, 12, size, _riff(">"), b"SSND")
    if head[:4] == b"riff" and head[24:28] == b"wave":
        return _one_block(file, 40, size, _wave64, b"data")
    if head[:16] == ASF_HEADER:
        return _one_block(file, 0, size, _asf_object, ASF_DATA)
    if head[:4] == b"caff":
        return _one_block(file, 8, size, _caf, b"data")
    if head[:4] == b".snd":
        return _au(file, size, head)
    if head[:4] == b"\x1a\x45\xdf\xa3":
        return _matroska(file, size, head)
    return _mp4(file, size, head) if head[4:8] in (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip") else None


@dataclass(frozen=True)
class OggEnd:
    """How an Ogg file ends: `cut` within a page, or `closed` by a page that says it is the last."""

    cut: bool
    closed: bool


def ogg_end(file: BinaryIO, size: int) -> OggEnd:
    """Follow the last pages of an Ogg file to its end."""
    file.seek(max(0, size - TAIL))
    tail = file.read(TAIL)
    at, closed = tail.find(b"OggS"), False
    while 0 <= at < len(tail):
        if tail[at : at + 4] != b"OggS"[: len(tail) - at]:
            at = tail.find(b"OggS", at)
            continue
        segments = tail[at + 26] if at + 27 <= len(tail) else 0
        lacing = tail[at + 27 : at + 27 + segments]
        following = at + 27 + segments + sum(lacing)
        if at + 27 > len(tail) or len(lacing) < segments or following > len(tail):
            return OggEnd(cut=True, closed=False)
        closed, at = bool(tail[at + 5] & 4), following
    return OggEnd(cut=False, closed=closed)


def mp3_says_frames(file: BinaryIO) -> bool:
    """Whether an MP3 file begins with a count of its frames (a Xing, Info or VBRI header)."""
    file.seek(0)
    head = file.read(10)
    if head[:3] == b"ID3" and len(head) == 10:
        at = 10 + sum((byte & 0x7F) << shift for byte, shift in zip(head[6:10], (21, 14, 7, 0), strict=True))
    else:
        at = 0
    file.seek(at)
    first = file.read(1500)
    for name in (b"Xing", b"Info"):
        found = first.find(name)
        if found >= 0 and len(first) >= found + 8:
            return bool(first[found + 7] & 1)
    return b"VBRI" in first


def matroska_says_duration(file: BinaryIO) -> bool:
    """Whether a Matroska or WebM file states a duration (element 0x4489, 4 or 8 bytes, in its first 64 KB)."""
    file.seek(0)
    head = file.read(HEAD)
    return b"\x44\x89\x84" in head or b"\x44\x89\x88" in head
