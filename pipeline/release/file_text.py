"""All text in a file, whatever the format: so that the leak check can say where it found something.

ZIP-based files (DOCX, XLSX, QDPX) are opened member by member, names and nested archives included; XML gives its
text, its attributes and its comments; PDF its pages and metadata; what is not text at all gives the readable
stretches of its bytes, where formats keep their metadata.
"""

from __future__ import annotations

import functools
import gzip
import html
import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pipeline.core.errors import IpaError

MAX_DEPTH = 4
MAX_MEMBER = 200_000_000
#: Bytes of a binary file that are searched: the beginning and the end, where metadata stand.
HEAD, TAIL = 1 << 20, 1 << 16
#: Elements that end a word; others may stand in the middle of one.
_BLOCK = re.compile(
    r"<(?:/?(?:w:p|w:br|w:tab|w:tc|w:tr|a:p|a:br|p|br|div|tr|td|th|li|h\d|si|row|c|v|ANNOTATION|ANNOTATION_VALUE|PlainTextContent|Description)\b)[^>]*>",
    re.IGNORECASE,
)
_CODE = re.compile(r"<(?:script|style)\b[^>]*>(.*?)</(?:script|style)>", re.IGNORECASE | re.DOTALL)
_TAG = re.compile(r"<[^>]*>", re.DOTALL)
_COMMENT = re.compile(r"<!--(.*?)-->", re.DOTALL)
_ATTRIBUTE = re.compile(r"[\w:.-]+\s*=\s*(?:\"([^\"<]*)\"|'([^'<]*)')")
_READABLE = re.compile(rb"[\x20-\x7e\xc0-\xff]{4,}")


@dataclass(frozen=True)
class TextFragment:
    """Some text of a file. `file` names the file and the member or the page inside it; `binary` says the text is a
    guess, `plain` that its lines are the file's own."""

    file: str
    text: str
    binary: bool = False
    plain: bool = False


def fragments_of(path: Path, name: str) -> Iterator[TextFragment]:
    """All text of the file at `path`, called `name`, its name included.

    Raises:
        IpaError: it cannot be read, so it cannot be checked.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise IpaError(
            "a file to be shared cannot be read back", file=path, hint="run the same command again"
        ) from error
    yield TextFragment(name, name)
    yield from _fragments(data, name, 0)


def _fragments(data: bytes, name: str, depth: int) -> Iterator[TextFragment]:
    if depth > MAX_DEPTH or len(data) > MAX_MEMBER:
        raise IpaError("a file to be shared is too deep or too large to be searched", file=name)
    if data.startswith(b"PK\x03\x04"):
        yield from _zip(data, name, depth)
    elif data.startswith(b"\x1f\x8b"):
        yield from _fragments(_gunzip(data, name), name, depth + 1)
    elif data.startswith(b"%PDF"):
        yield from _pdf(data, name)
    else:
        text = _decoded(data)
        if text is None:
            yield from _binary(data, name)
        elif re.match(r"\s*(?:<\?xml|<!doctype|<html|<[a-z]+[\s>])", text, re.IGNORECASE):
            yield from _markup(text, name)
        else:
            yield TextFragment(name, text, plain=True)


def _decoded(data: bytes) -> str | None:
    """Text of text files, None for binary ones."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", errors="replace")
    if b"\x00" in data[:4096]:
        return None
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        printable = sum(32 <= b < 127 or b in (9, 10, 13) for b in data[:4096])
        return data.decode("cp1252", errors="replace") if printable > 0.85 * len(data[:4096]) else None


def _zip(data: bytes, name: str, depth: int) -> Iterator[TextFragment]:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            yield TextFragment(name, archive.comment.decode("utf-8", errors="replace"))
            for info in archive.infolist():
                inner = f"{name}/{info.filename}"
                yield TextFragment(inner, info.filename + " " + info.comment.decode("utf-8", errors="replace"))
                if info.file_size > MAX_MEMBER:
                    raise IpaError("a file to be shared is too large to be searched", file=inner)
                if not info.is_dir():
                    yield from _fragments(archive.read(info), inner, depth + 1)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError) as error:
        raise IpaError("a file to be shared is damaged", file=name, hint="run the same command again") from error


def _gunzip(data: bytes, name: str) -> bytes:
    try:
        return gzip.decompress(data)
    except (OSError, EOFError) as error:
        raise IpaError("a file to be shared is damaged", file=name, hint="run the same command again") from error


def _markup(text: str, name: str) -> Iterator[TextFragment]:
    """Text with words kept whole across inline elements, then attributes and comments."""
    for comment in _COMMENT.findall(text):
        yield TextFragment(name, html.unescape(comment))
    body = _COMMENT.sub(" ", text)
    if _CODE.search(body):
        for inside in re.findall(r"<(?:script|style)\b[^>]*>(.*?)</(?:script|style)>", body, re.IGNORECASE | re.DOTALL):
            yield TextFragment(name, inside)
        body = re.sub(
            r"(<(?:script|style)\b[^>]*>).*?(</(?:script|style)>)", r"\1\2", body, flags=re.IGNORECASE | re.DOTALL
        )
    seen: dict[str, str] = {}  # a Word document of a day's talk has a million attributes, and few different ones
    values = [seen.setdefault(v, v) for tag in _TAG.finditer(body) for v in _values(tag.group())]
    yield TextFragment(name, html.unescape(" \n".join(values)))
    yield TextFragment(name, html.unescape(_TAG.sub("", _BLOCK.sub(" ", body))))


@functools.lru_cache(maxsize=4096)  # the tags of a Word document are few, said a hundred thousand times
def _values(tag: str) -> list[str]:
    return [double or single for double, single in _ATTRIBUTE.findall(tag)]


def _pdf(data: bytes, name: str) -> Iterator[TextFragment]:
    """Pages, metadata, attachments and bookmarks."""
    from pypdf import PdfReader
    from pypdf.errors import PyPdfError

    try:
        reader = PdfReader(io.BytesIO(data))
        for value in (reader.metadata or {}).values():
            yield TextFragment(f"{name}/metadata", str(value))
        if reader.xmp_metadata is not None:
            xmp = reader.xmp_metadata.stream.get_data().decode("utf-8", errors="replace")
            yield from _markup(xmp, f"{name}/metadata")
        for number, page in enumerate(reader.pages, 1):
            yield TextFragment(f"{name}/page {number}", page.extract_text())
        for attached, contents in reader.attachments.items():
            for content in contents:
                yield from _fragments(content, f"{name}/{attached}", 1)
    except (PyPdfError, ValueError, KeyError) as error:
        raise IpaError("a file to be shared is damaged", file=name, hint="run the same command again") from error


def _binary(data: bytes, name: str) -> Iterator[TextFragment]:
    ends = data if len(data) <= HEAD + TAIL else data[:HEAD] + b"\x00" + data[-TAIL:]
    found = [m.group().decode("latin-1") for m in _READABLE.finditer(ends)]
    found += [m.group().decode("latin-1") for m in _READABLE.finditer(ends.replace(b"\x00", b""))]
    yield TextFragment(name, "\n".join(found), binary=True)
