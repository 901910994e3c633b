"""Files from outside, read within limits: damaged or hostile ones are refused within seconds.

The one place where YAML, JSON and ZIP archives from outside are opened. `Malformed` says what is wrong and where, but
never quotes the file: a key sheet holds names. Callers turn it into an error that names the file.
"""

from __future__ import annotations

import io
import json
import re
import zipfile
import zlib
from typing import Any

import yaml

#: No key sheet or settings file is nested deeper; the parsers recurse once for each level.
MAX_DEPTH = 20
#: Bytes of the table of contents of an archive: some ten thousand files.
MAX_DIRECTORY = 1_000_000
_SURROGATE = re.compile("[\ud800-\udfff]")


class Malformed(ValueError):
    """The bytes are not what they should be. `line` counts from 1, 0 where it is not known."""

    def __init__(self, what: str, line: int = 0) -> None:
        super().__init__(what)
        self.what = what
        self.line = line

    @property
    def where(self) -> str:
        """ " (line 3)", or nothing."""
        return f" (line {self.line})" if self.line else ""


class _Loader(yaml.SafeLoader):
    """YAML without aliases, within MAX_DEPTH, whose text can be written as UTF-8 again."""

    depth = 0

    def compose_node(self, parent: Any, index: Any) -> Any:
        """See yaml.composer.Composer."""
        mark = self.peek_event().start_mark  # type: ignore[no-untyped-call]
        if self.check_event(yaml.AliasEvent):
            raise Malformed("aliases (*) are not allowed: write the value out", mark.line + 1)
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise Malformed("it is nested too deeply", mark.line + 1)
        node = super().compose_node(parent, index)
        self.depth -= 1
        return node

    def construct_scalar(self, node: Any) -> Any:
        """See yaml.constructor.BaseConstructor."""
        value = super().construct_scalar(node)
        if isinstance(value, str) and _SURROGATE.search(value):
            raise Malformed("it contains half a character (a lone surrogate)", node.start_mark.line + 1)
        return value

    def construct_object(self, node: Any, deep: bool = False) -> Any:
        """See yaml.constructor.BaseConstructor."""
        try:
            return super().construct_object(node, deep)
        except Malformed:
            raise
        except (ValueError, OverflowError, LookupError, AttributeError, TypeError):  # of "!!bool no idea", too
            line = node.start_mark.line + 1
            raise Malformed("an invalid date or number; if it is text, put it in quotes", line) from None


def yaml_of(data: bytes) -> Any:
    """The value of a YAML document. Check the size first: a megabyte takes some ten seconds.

    Raises:
        Malformed: not YAML, an alias, nested too deeply, an invalid date, a lone surrogate.
    """
    try:
        return yaml.load(data, _Loader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        raise Malformed("it is not valid YAML", mark.line + 1 if mark is not None else 0) from None
    except UnicodeDecodeError:
        raise Malformed("it is not valid YAML") from None


def json_of(data: bytes) -> Any:
    """The value of a JSON document.

    Raises:
        Malformed: not JSON, or nested too deeply.
    """
    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        raise Malformed("it is not valid JSON") from None


def zip_member(data: bytes, name: str, at_most: int) -> bytes:
    """One file of a ZIP archive, unpacked to `at_most` bytes.

    Raises:
        Malformed: not an archive, no such file in it, damaged, encrypted, or larger than `at_most`.
    """
    end = data.rfind(b"PK\x05\x06")
    if end < 0 or int.from_bytes(data[end + 12 : end + 16], "little") > MAX_DIRECTORY:
        raise Malformed("it is not a whole archive" if end < 0 else "it lists too many files")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            info = archive.getinfo(name)
            if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                raise Malformed("it is compressed in an unusual way")  # which could not be unpacked in small steps
            if info.file_size > at_most:
                raise Malformed(f"it unpacks to more than {at_most // 1_000_000} MB")
            return archive.read(info)  # never more than `file_size`
    except Malformed:
        raise
    except (zipfile.BadZipFile, zlib.error, KeyError, ValueError, NotImplementedError, RuntimeError, OSError, EOFError):
        raise Malformed("it is not a whole archive") from None
