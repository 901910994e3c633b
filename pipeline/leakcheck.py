"""Before anything is shared: is an original still there?

Two nets. `survivors` looks at the words of a document that no span hides and that are a form of somebody
who is replaced elsewhere: the redact stage hides them too. `search` looks into the finished files, inside
DOCX, XLSX, QDPX and PDF and their metadata, for every original: a hit means that a file leaks what the
document does not, and nothing may be shared.

What is looked for must not cry wolf: a form that is also an everyday word ("will", "hope", "eye") was decided
on word by word by the redactor, so alone it is no evidence; together with others ("Hope Larter") it is.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from html import unescape
from pathlib import Path

from pipeline.document import Document
from pipeline.recognisers.base import split_edges
from pipeline.recognisers.lexicon import fold, lexicon

#: Runs of digits of this length are looked for whatever stands between them.
SHORTEST_NUMBER = 6
SHORTEST_WORD = 3
NAMED = frozenset({"PERSON", "PLACE", "ORG", "ADDRESS"})
EVERYDAY_ZIPF = 3.2
_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)*")
_TAG = re.compile(r"<[^<>]*>")
_BINARY = frozenset({".flac", ".wav", ".png", ".jpg", ".ttf", ".otf"})


@dataclass(frozen=True)
class Hit:
    """An original in a file: the file's name (with the member inside an archive), and the id of a span. Never
    the original."""

    file: str
    span: str


@dataclass
class Watch:
    """What is looked for: first word -> (rest, span id), and digit runs -> span id."""

    phrases: dict[str, list[tuple[tuple[str, ...], str]]] = field(default_factory=lambda: defaultdict(list))
    numbers: dict[str, str] = field(default_factory=dict)

    def add(self, text: str, span: str, *, single: bool) -> None:
        """Look for `text`; a single everyday word only counts where `single` says so."""
        words = words_of(text)
        digits = "".join(re.findall(r"\d", text))
        if len(digits) >= SHORTEST_NUMBER:
            self.numbers.setdefault(digits, span)
        if not words or all(word.isdigit() for word in words):
            return
        if len(words) == 1 and (not single or not distinctive(words[0])):
            return
        if len(words) > 1 and all(len(word) < 2 or word.isdigit() for word in words):
            return
        entry = (tuple(words[1:]), span)
        if entry not in self.phrases[words[0]]:
            self.phrases[words[0]].append(entry)


def words_of(text: str) -> list[str]:
    """Folded words of a text."""
    return _WORD.findall(fold(text).replace("’", "'"))


def distinctive(word: str) -> bool:
    """Whether a word alone points at somebody: not an everyday word, not too short."""
    if len(word) < SHORTEST_WORD or word.isdigit():
        return False
    lists = lexicon()
    return word not in lists.everyday and word not in lists.capitals and lists.frequency(word) < EVERYDAY_ZIPF + 1.5


def watch_of(document: Document, extra: Iterable[str] = ()) -> Watch:
    """Everything that must not be found.

    Args:
        document: after redaction.
        extra: names of the source file, the user and the machine's folders.
    """
    watch = Watch()
    for span in document.applied():
        said = [word.text for word in document.words[span.first : span.last + 1]]
        if not said:
            continue
        said[0] = said[0][len(span.lead) :] if said[0].startswith(span.lead) else said[0]
        if span.tail and said[-1].endswith(span.tail):
            said[-1] = said[-1][: -len(span.tail)]
        named = span.category in NAMED
        watch.add(" ".join(said), span.id, single=named)
        if named:
            for word in said:
                watch.add(split_edges(word)[1], span.id, single=True)
    for text in extra:
        watch.add(text, "source", single=True)
    # Forms that the redactor left standing on purpose (two words that are everyday words together) are no leaks.
    kept = words_of(" ".join(visible(document)))
    for first, rest, _ in list(_matches(kept, watch)):
        watch.phrases[first] = [entry for entry in watch.phrases[first] if entry[0] != rest]
    return watch


def visible(document: Document) -> Iterator[str]:
    """Texts of the words that nothing hides."""
    hidden = {n for span in document.applied() for n in range(span.first, span.last + 1)}
    return (word.text for n, word in enumerate(document.words) if n not in hidden)


def survivors(document: Document) -> list[tuple[int, str]]:
    """(word index, span id) of visible words that are distinctive and stand replaced elsewhere, by themselves."""
    known: dict[str, str] = {}
    for span in document.applied():
        if span.category in NAMED:
            for word in document.words[span.first : span.last + 1]:
                core = words_of(split_edges(word.text)[1])
                if len(core) == 1 and distinctive(core[0]):
                    known.setdefault(core[0], span.id)
    hidden = {n for span in document.applied() for n in range(span.first, span.last + 1)}
    found = []
    for n, word in enumerate(document.words):
        core = words_of(split_edges(word.text)[1])
        if n not in hidden and len(core) == 1 and core[0] in known:
            found.append((n, known[core[0]]))
    return found


def search(folder: Path, document: Document, extra: Iterable[str] = ()) -> list[Hit]:
    """Hits in every file below `folder`, archives and metadata included."""
    watch = watch_of(document, extra)
    hits: list[Hit] = []
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        if path.suffix.lower() not in _BINARY:
            for name, text in texts_of(path.name, path.read_bytes()):
                hits += [Hit(name, span) for span in found_in(text, watch)]
    return hits


def found_in(text: str, watch: Watch) -> list[str]:
    """Ids of the spans whose original stands in `text`."""
    spans = {span for _, _, span in _matches(words_of(text), watch)}
    if watch.numbers:
        digits = re.sub(r"(?<=\d)[\s.,-]{1,3}(?=\d)", "", text)
        for run in re.findall(r"\d{6,}", digits):
            spans |= {span for number, span in watch.numbers.items() if number in run}
    return sorted(spans)


def _matches(words: Sequence[str], watch: Watch) -> Iterator[tuple[str, tuple[str, ...], str]]:
    for n, word in enumerate(words):
        bare = word.removesuffix("'s")
        for rest, span in watch.phrases.get(bare, ()):
            following = tuple(w.removesuffix("'s") for w in words[n + 1 : n + 1 + len(rest)])
            if following == rest:
                yield bare, rest, span


def texts_of(name: str, data: bytes) -> Iterator[tuple[str, str]]:
    """(name, text) of a file and of whatever is inside it."""
    if data[:4] == b"PK\x03\x04":
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for member in archive.namelist():
                yield from texts_of(f"{name}/{member}", archive.read(member))
        return
    if data[:5] == b"%PDF-":
        yield name, _pdf_text(data)
        return
    text = data.decode("utf-8", "replace")
    yield name, text
    if "<" in text:
        # Twice: words cut apart by tags, and tags that stand between words.
        yield name, unescape(_TAG.sub(" ", text))
        yield name, unescape(_TAG.sub("", text))


def _pdf_text(data: bytes) -> str:
    from pypdf import PdfReader

    reader = PdfReader(io.BytesIO(data))
    metadata = " ".join(str(value) for value in (reader.metadata or {}).values())
    return "\n".join([metadata, *(page.extract_text() for page in reader.pages)])
