"""ZIP containers (DOCX, XLSX, QDPX) whose bytes depend on nothing but their contents."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Collection, Iterable, Mapping

#: The earliest time a ZIP can hold, so that no file says when it was written.
EPOCH = (1980, 1, 1, 0, 0, 0)


def pack(parts: Iterable[tuple[str, bytes]], stored: Collection[str] = ()) -> bytes:
    """A ZIP of (name, content) parts in the order given, with fixed times and permissions; `stored` parts are not
    compressed (sound already is)."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts:
            info = zipfile.ZipInfo(name, EPOCH)
            info.compress_type = zipfile.ZIP_STORED if name in stored else zipfile.ZIP_DEFLATED
            info.create_system = 3
            info.external_attr = 0o644 << 16
            archive.writestr(info, content)
    return out.getvalue()


def repack(data: bytes, changed: Mapping[str, bytes] | None = None) -> bytes:
    """The same ZIP with fixed times, its parts in their order, and some of them exchanged."""
    changed = changed or {}
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return pack((name, changed.get(name, archive.read(name))) for name in archive.namelist())
