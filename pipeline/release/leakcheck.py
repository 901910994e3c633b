"""Do finished files show more than the redacted document? Settled by comparison, not by looking for suspicious words.

Every file is written twice by the same writers: once from the document, and once from its *twin*, in which each word
that a replacement hides is another one. What a reader may see does not depend on hidden words, so the two files are
the same, byte for byte. A file that differs shows something of what was hidden, in whatever spelling, code or corner
of the format, and is withheld. No word is suspected for what it looks like: a participant called May or Page causes no
false positive, and a name that is also an everyday word is not overlooked.

The assumptions are checked elsewhere: that no visible word of the document is itself a mention (`residue`), that
writers are deterministic (their contract), and that no id, study code or file name holds a name (`naming`). What can
come into a file from the machine instead of the document, such as the path of a folder, is searched for literally.
"""

from __future__ import annotations

import contextlib
import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import zip_longest
from pathlib import Path
from typing import TypeVar

from pipeline.core import hashes
from pipeline.core.document import Document, Word
from pipeline.core.errors import IpaError
from pipeline.release.file_text import TextFragment, fragments_of
from pipeline.transcript.segments import scrubbed

T = TypeVar("T")
SHOWS = "something that was replaced"
ITS_NAME = "its name"
_TOKEN = re.compile(r"[^\W_]+")


@dataclass(frozen=True)
class Hit:
    """A file that shows too much. `file` is its name, `place` the member and line if known, `kind` what
    was found; never the original. `tokens` (private) are what it shows more often than its twin, `literal` what was
    searched for."""

    file: str
    place: str
    kind: str
    tokens: frozenset[str] = field(default=frozenset(), repr=False)
    literal: str = ""

    def __str__(self) -> str:
        """For a message: the name of the file is left out where it is the name that shows too much."""
        if self.place == ITS_NAME:
            return f"a file shows {self.kind} in its name"
        return f"{self.file} shows {self.kind}" + (f" ({self.place})" if self.place else "")


class Twins:
    """Folders below `root`: `files` written from a document, `twins` from its twin, `withheld` for what failed."""

    def __init__(self, root: Path, document: Document) -> None:
        self.files, self.twins, self.withheld = (root / name for name in ("files", "twins", "withheld"))
        self._document, self._twin = document, twin(document)
        self._passed: set[str] = set()
        for folder in (self.files, self.twins, self.withheld):
            folder.mkdir()

    def write(self, writer: Callable[[Document, Path], T]) -> T:
        """Call `writer(document, folder)` for both; returns what it returned for the document itself.

        All that it knows of the interview must come from its document. Whatever it raises is passed on.
        """
        result = writer(self._document, self.files)
        writer(self._twin, self.twins)
        return result

    def withhold(self, forbidden: Sequence[tuple[str, str]] = ()) -> list[Hit]:
        """Move what shows too much from `files` to `withheld`, and say what.

        Args:
            forbidden: (kind, text) of what may stand nowhere literally ("the home folder", "/home/jo").
        """
        hits = []
        for path in sorted(p for p in self.files.iterdir() if p.name not in self._passed):
            hit = compare(path, self.twins / path.name) or search(path, path.name, forbidden)
            if hit is None:
                self._passed.add(path.name)
            else:
                hits.append(hit)
                path.rename(self.withheld / path.name)
        return hits

    def holds(self, path: Path, hit: Hit) -> bool:
        """Whether another version of the file of `hit`, at `path`, shows the same: more often than the twin does."""
        if hashes.of_file(self.withheld / hit.file) == hashes.of_file(path):
            return True
        if hit.literal:
            return search(path, hit.file, [(hit.kind, hit.literal)]) is not None
        more = _tokens(_fragments(path, hit.file)) - _tokens(_fragments(self.twins / hit.file, hit.file))
        return any(more[token] for token in hit.tokens)


def twin(document: Document) -> Document:
    """The document with other words wherever a replacement hides one; what is visible stays.

    The other words differ from the real ones in every letter and in length, no entity keeps a form of its name, and
    nothing is left of what the words were before a person corrected them.
    """
    hidden = document.hidden_words()
    return document.with_(
        words=tuple(_other(word) if n in hidden else word for n, word in enumerate(document.words)),
        entities=tuple(entity.model_copy(update={"forms": ()}) for entity in document.entities),
        events=scrubbed(document),
        unreviewed=None,
    )


def _other(word: Word) -> Word:
    return word.model_copy(update={"text": "×" * (len(word.text) + 1)})


def compare(path: Path, other: Path) -> Hit | None:
    """What the file at `path` shows that its twin at `other` does not; None where they are the same."""
    name = path.name
    if not other.is_file():
        return Hit(name, ITS_NAME, SHOWS, frozenset(_tokens([TextFragment(name, name)])))
    if hashes.of_file(path) == hashes.of_file(other):
        return None
    ours, theirs = _fragments(path, name), _fragments(other, name)
    more = frozenset(_tokens(ours) - _tokens(theirs))
    return Hit(name, _place(ours, theirs, more, name), SHOWS, more)


def search(path: Path, name: str, forbidden: Sequence[tuple[str, str]]) -> Hit | None:
    """Where one of the `forbidden` texts stands in a file, None where none does.

    Raises:
        IpaError: the file cannot be read.
    """
    for fragment in fragments_of(path, name) if forbidden else ():
        folded = fragment.text.casefold()
        for kind, text in forbidden:
            at = folded.find(text.casefold())
            if at >= 0:
                return Hit(name, _at(fragment, at, name), kind, literal=text)
    return None


def _fragments(path: Path, name: str) -> list[TextFragment]:
    """All text of a file; of a damaged one, and of one that is not there, as much as can be read."""
    found: list[TextFragment] = []
    with contextlib.suppress(IpaError):  # it differs from its twin all the same
        for fragment in fragments_of(path, name):
            found.append(fragment)
    return found


def _tokens(fragments: Sequence[TextFragment]) -> Counter[str]:
    return Counter(token for fragment in fragments for token in _TOKEN.findall(fragment.text.casefold()))


def _place(ours: Sequence[TextFragment], theirs: Sequence[TextFragment], more: frozenset[str], name: str) -> str:
    """Where the first difference stands, of those with a token of `more` if there are any. The name of a member that
    the twin has not is not repeated: it may be what the file should not show."""
    differing = [(a, b) for a, b in zip_longest(ours, theirs) if a is not None and a != b]
    telling = [(a, b) for a, b in differing if more & _tokens([a]).keys()]
    for mine, other in telling or differing:
        if mine.file not in {fragment.file for fragment in theirs}:
            return "a part that should not be in it"
        said = other.text if other is not None and other.file == mine.file else ""
        at = next((n for n, (a, b) in enumerate(zip_longest(mine.text, said)) if a != b), 0)
        return _at(mine, at, name)
    return ""


def _at(fragment: TextFragment, offset: int, name: str) -> str:
    """ "line 12", "word/document.xml", "sources/a.txt, line 3", "page 2"; empty where the file is all that is known."""
    member = fragment.file.removeprefix(name).strip("/")
    line = f"line {fragment.text.count(chr(10), 0, offset) + 1}" if fragment.plain else ""
    return ", ".join(part for part in (member, line) if part)
