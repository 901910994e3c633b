"""Before anything is shared: is an original still there?

Two nets. `survivors` looks at the words of a document that no span hides although the same name, or what sounds
like it, is replaced elsewhere: the redact stage hides them too. `check` looks into finished files: a hit means
that a file leaks what the document does not, and nothing may be shared.

Every file under a folder is opened, members of DOCX, XLSX, QDPX and ZIP files too, with their names and metadata,
and the text and metadata of PDF files. Searched for: the originals of replaced spans, names one by one, long numbers
however they are grouped, and what sounds like a replaced name.

What must not cry wolf: a form that is an everyday word ("Will", "Hope", "nineteen") may survive exactly as the
transcript keeps it elsewhere, and the program's own words (headings, column names) are nobody's. A name that is no
everyday word has no such excuse.
"""

from __future__ import annotations

import ast
import functools
import re
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from pipeline.document import Document, Redaction
from pipeline.errors import LeakError
from pipeline.recognisers.atoms import DIGITS, TEENS, TENS
from pipeline.recognisers.lexicon import fold, lexicon
from pipeline.recognisers.phonetics import key as sound_of
from pipeline.recognisers.phonetics import likeness
from pipeline.settings import configs_folder
from pipeline.sharedtext import Piece, pieces_of

_TOKEN = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
#: Modules whose string literals end up in files: what they say is not a leak.
_OWN_MODULES = (
    "exporters",
    "report",
    "notation.py",
    "manifest.py",
    "lines.py",
    "segments.py",
    "locking.py",
    "flags.py",
    "redaction_log.py",
)
NAMED = frozenset({"PERSON", "PLACE", "ORG", "ADDRESS"})
MIN_WORD, MIN_NEIGHBOUR = 3, 4
COMMON_ZIPF = 4.7
MIN_DIGITS = 8
ALIKE = 0.92
#: Shorter words turn up in any bytes.
MIN_BINARY = 5
#: Number and label at the head of a line, which part a sequence that was wrapped.
_LINE_HEAD = re.compile(r"(?m)^[^\S\n]*\d+[a-z]?(?:[^\S\n]+[IP]\d?:?)?(?=\s)")


@dataclass(frozen=True)
class Hit:
    """Where something was found. `file` is relative to the folder ("transcript.docx", "study.zip/notes.txt"),
    `span` the id of a redaction ("" for what was forbidden), `kind` is "original", "part of a name", "number",
    "sounds alike" or the kind of what was forbidden. Never the original."""

    file: str
    span: str
    kind: str = "original"


@dataclass(frozen=True)
class _Term:
    """What is searched for one span: folded tokens; `said` as spoken where only the same case counts."""

    tokens: tuple[str, ...]
    span: str
    kind: str
    said: tuple[str, ...] = ()


class _Originals:
    """What must not be found, and what may stay because the transcript itself keeps it."""

    def __init__(self, document: Document, keep: Iterable[str] = ()) -> None:
        hidden = hidden_words(document)
        self.kept_exact: set[str] = set()
        kept_stream: list[str] = []
        for n, word in enumerate(document.words):
            if n in hidden:
                kept_stream.append("\0")
                continue
            tokens = _TOKEN.findall(word.text)
            self.kept_exact.update(tokens)
            kept_stream += [_plain(t) for t in tokens]
        for redaction in document.applied():
            self.kept_exact.update(_TOKEN.findall(f"{redaction.lead} {redaction.tail}"))
            self.kept_exact.update(_TOKEN.findall(redaction.replacement))
        self.kept_sequence = " " + " ".join(kept_stream) + " "
        self.replacements = {_plain(t) for r in document.applied() for t in _TOKEN.findall(r.replacement)}
        self.keep = {_plain(t) for phrase in keep for t in _TOKEN.findall(phrase)}
        self.words: dict[str, _Term] = {}
        self.said: dict[str, set[str]] = {}
        self.sequences: dict[tuple[str, ...], _Term] = {}
        self.numbers: dict[str, str] = {}
        for redaction in document.applied():
            self._add(document, redaction)
        for entity in document.entities:
            span = next((r.id for r in document.applied() if r.entity == entity.id), None)
            if span and entity.category == "PERSON":
                for form in entity.forms:
                    self._add_words(_TOKEN.findall(form), span)

    def _add(self, document: Document, redaction: Redaction) -> None:
        said = " ".join(w.text for w in document.words[redaction.first : redaction.last + 1])
        said = (
            said[len(redaction.lead) : len(said) - len(redaction.tail)]
            if redaction.tail
            else said[len(redaction.lead) :]
        )
        tokens = tuple(_plain(t) for t in _TOKEN.findall(said))
        digits = re.sub(r"\D", "", said)
        if len(digits) >= MIN_DIGITS:
            self.numbers.setdefault(digits, redaction.id)
        if len(tokens) > 1:
            # "Unit it's": everyday words that are no numbers count only as they were written
            plain_words = not any(distinctive(t) or is_number(t) for t in tokens)
            exact = tuple(_TOKEN.findall(said)) if plain_words else ()
            self.sequences.setdefault(tokens, _Term(tokens, redaction.id, "original", exact))
        if redaction.category == "PERSON" or len(tokens) == 1:
            self._add_words(_TOKEN.findall(said), redaction.id, whole=len(tokens) == 1)
        elif redaction.category in NAMED:
            self._add_words([t for t in _TOKEN.findall(said) if distinctive(_plain(t))], redaction.id)

    def _add_words(self, tokens: Sequence[str], span: str, *, whole: bool = False) -> None:
        for token in tokens:
            plain = _plain(token)
            if len(plain) >= 3 and not plain.isdigit() and plain not in _JOINERS:
                kind = "original" if whole or len(tokens) == 1 else "part of a name"
                term = self.words.setdefault(plain, _Term((plain,), span, kind))
                self.said.setdefault(term.tokens[0], set()).add(token)

    def excused(self, exact: str, plain: str) -> bool:
        """True if `exact` may stand in a shared file although its folded form `plain` was replaced somewhere."""
        if plain in self.keep or plain in self.replacements:
            return True
        if not distinctive(plain) and (exact in self.kept_exact or exact not in self.said.get(plain, ())):
            return True  # "will" when it was "Will" that was replaced
        return exact in own_words() and exact not in self.kept_exact

    def excused_sequence(self, tokens: tuple[str, ...]) -> bool:
        """True if the transcript keeps the same everyday words in the same order elsewhere."""
        return (
            all(not distinctive(t) or t in self.keep for t in tokens) and f" {' '.join(tokens)} " in self.kept_sequence
        )


_JOINERS = frozenset(["and", "the", "for", "dot", "underscore", "dash", "van", "von", "mac", "all", "not"])


def _plain(token: str) -> str:
    return re.sub(r"['’]s?$", "", fold(token))


@functools.lru_cache(maxsize=65536)
def distinctive(plain: str) -> bool:
    """True if a folded word alone points at somebody: no everyday word, no number, not too short, not too common."""
    if len(plain) < MIN_WORD or is_number(plain):
        return False
    lists = lexicon()
    return plain not in lists.everyday and plain not in lists.capitals and lists.frequency(plain) < COMMON_ZIPF


def is_number(plain: str) -> bool:
    """True for figures and number words."""
    return plain.isdigit() or plain in DIGITS or plain in TEENS or plain in TENS or plain in ("oh", "double", "treble")


def hidden_words(document: Document) -> set[int]:
    """Indices of the words that a replacement hides."""
    return {n for r in document.applied() for n in range(r.first, r.last + 1)}


def survivors(document: Document, keep: Iterable[str] = ()) -> list[tuple[int, str]]:
    """(word index, span id) of visible words that `check` would call a leak in any file that shows them.

    The redact stage hides them, so that what `check` finds afterwards was leaked by a file, not by the document.

    Args:
        document: after redaction.
        keep: words that the researcher said are never redacted (key sheet).
    """
    originals = _Originals(document, keep)
    hidden = hidden_words(document)
    found: dict[int, str] = {}
    stream: list[tuple[int, str, str]] = []
    for n, word in enumerate(document.words):
        if n in hidden:
            stream.append((n, "", "\0"))
            continue
        for token in _TOKEN.findall(word.text):
            plain = _plain(token)
            stream.append((n, token, plain))
            term = originals.words.get(plain)
            if term and not originals.excused(token, plain):
                found.setdefault(n, term.span)
            elif term is None and (span := _neighbour(token, plain, originals)):
                found.setdefault(n, span)
    exact, plains = [token for _, token, _ in stream], [plain for _, _, plain in stream]
    for at, term in _matches(exact, plains, originals):
        for n, _, _ in stream[at : at + len(term.tokens)]:
            found.setdefault(n, term.span)
    return sorted(found.items())


@functools.cache
def own_words() -> frozenset[str]:
    """Every word that the program itself writes into files: string literals of its writers, notation sets."""
    found: set[str] = set()
    root = Path(__file__).parent
    for name in _OWN_MODULES:
        path = root / name
        for source in sorted(path.rglob("*.py")) if path.is_dir() else [path] if path.is_file() else []:
            for text in _literals(source.read_text("utf-8")):
                found.update(_TOKEN.findall(text))
    for folder in ("notation", "presets"):
        for path in sorted((configs_folder() / folder).glob("*.yaml")):
            found.update(_TOKEN.findall(path.read_text("utf-8")))
    found.update(_blank_files())
    return frozenset(found)


def _blank_files() -> Iterator[str]:
    """Tokens of every format written from an interview without a word: element names, templates, fonts, headings.

    What stands there stands in everybody's files, so it tells of nobody.
    """
    from pipeline import notation, report
    from pipeline.exporters import registry
    from pipeline.exporters.base import ExportContext
    from pipeline.lines import number
    from pipeline.settings import Settings

    settings, blank = Settings(), Document(id="x")
    transcript = number(blank, settings.lines, notation.load(settings.lines.notation))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        registry.export(transcript, registry.FORMATS, folder, ExportContext())
        for file, data in report.files(blank, transcript, settings).items():
            (folder / file).write_bytes(data)
        for path in sorted(folder.iterdir()):
            for piece in pieces_of(path, path.name):
                yield from _TOKEN.findall(piece.text)


def _literals(source: str) -> Iterator[str]:
    """String constants of a module, without docstrings (their examples are made of names)."""
    tree = ast.parse(source)
    documentation = {
        id(node.value)
        for parent in ast.walk(tree)
        if isinstance(getattr(parent, "body", None), list)
        for node in parent.body  # type: ignore[attr-defined]
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in documentation:
            yield node.value


def check(
    folder: Path, document: Document, *, keep: Iterable[str] = (), forbidden: Sequence[tuple[str, str]] = ()
) -> list[Hit]:
    """Search every file below `folder`.

    Args:
        folder: the files meant to be shared.
        document: the redacted document they were made from.
        keep: words that the researcher said are never redacted (key sheet).
        forbidden: (kind, text) of what may not stand there literally ("source file name", "P03 Hope.m4a").

    Returns:
        what was found, without repeats; empty if the files are clean.
    """
    originals = _Originals(document, keep)
    hits: dict[Hit, None] = {}
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        name = path.relative_to(folder).as_posix()
        for piece in pieces_of(path, name):
            for hit in _in_piece(piece, originals, forbidden):
                hits[hit] = None
    return list(hits)


def require_clean(
    folder: Path, document: Document, *, keep: Iterable[str] = (), forbidden: Sequence[tuple[str, str]] = ()
) -> None:
    """See `check`.

    Raises:
        LeakError: something was found; names files and spans, never an original. The caller removes the files.
    """
    hits = check(folder, document, keep=keep, forbidden=forbidden)
    if not hits:
        return
    shown = "; ".join(f"{h.file}: {h.kind}" + (f" of span {h.span}" if h.span else "") for h in hits[:5])
    more = f" and {len(hits) - 5} more" if len(hits) > 5 else ""
    raise LeakError(
        f"something that should have been replaced can still be read ({shown}{more}); nothing was left in share/",
        hint="look the span up with `ipa key show`, add the name to the key sheet, and run `ipa redact` again",
    )


def _in_piece(piece: Piece, originals: _Originals, forbidden: Sequence[tuple[str, str]]) -> Iterator[Hit]:
    low = piece.text.casefold()
    for kind, text in forbidden:
        if text and text.casefold() in low:
            yield Hit(piece.file, "", kind)
    exact = _TOKEN.findall(piece.text)
    plain = [_plain(t) for t in exact]
    for token, form in dict.fromkeys(zip(exact, plain, strict=True)) if not piece.template else ():
        term = originals.words.get(form)
        if piece.binary and len(form) < MIN_BINARY:
            continue
        if term and not originals.excused(token, form):
            yield Hit(piece.file, term.span, term.kind)
        elif term is None and not piece.binary and (span := _neighbour(token, form, originals)):
            yield Hit(piece.file, span, "sounds alike")
    if piece.binary:
        return
    yield from _sequences(piece, exact, plain, originals)
    wrapped = _TOKEN.findall(_LINE_HEAD.sub(" ", piece.text))
    if len(wrapped) != len(exact):
        yield from _sequences(piece, wrapped, [_plain(t) for t in wrapped], originals)
    if originals.numbers and not piece.template:  # fonts and colours have numbers of their own
        runs = re.findall(r"\d(?:[\s().-]{0,2}\d){7,}", piece.text)
        for run in {re.sub(r"\D", "", r) for r in runs}:
            for digits, span in originals.numbers.items():
                if digits in run:
                    yield Hit(piece.file, span, "number")


def _sequences(piece: Piece, exact: list[str], plain: list[str], originals: _Originals) -> Iterator[Hit]:
    for _, term in _matches(exact, plain, originals):
        yield Hit(piece.file, term.span, term.kind)


def _matches(exact: Sequence[str], plain: Sequence[str], originals: _Originals) -> Iterator[tuple[int, _Term]]:
    """(position, original) of every original of several words in a run of tokens."""
    firsts: dict[str, list[_Term]] = {}
    for term in originals.sequences.values():
        firsts.setdefault(term.tokens[0], []).append(term)
    for n, form in enumerate(plain):
        for term in firsts.get(form, ()):
            end = n + len(term.tokens)
            if tuple(plain[n:end]) != term.tokens or originals.excused_sequence(term.tokens):
                continue
            if not term.said or tuple(exact[n:end]) == term.said:
                yield n, term


def _neighbour(token: str, form: str, originals: _Originals) -> str:
    """The span whose name `token` sounds like, "" for none. Only for words that look like names themselves."""
    if len(form) < MIN_NEIGHBOUR or not token[:1].isupper() or not distinctive(form):
        return ""
    if form in originals.keep or form in originals.replacements or token in own_words():
        return ""
    heard = sound_of(form)
    for other, term in originals.words.items():
        alike = len(other) >= MIN_NEIGHBOUR and distinctive(other) and heard and sound_of(other) == heard
        if alike and likeness(form, other) >= ALIKE:
            return term.span
    return ""
