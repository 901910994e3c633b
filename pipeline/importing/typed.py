"""`ipa import`: a transcript typed by hand (txt, docx, vtt, srt) -> Document without times.

Who speaks is read from labels at the beginning of lines ("I:", "P3:", "Interviewer:", "Hope:", `<v Hope>`). Labels
become roles and are dropped, so a name used as a label never reaches the transcript.
"""

from __future__ import annotations

import functools
import html
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pipeline.core.document import Document, Event, Note, SpeakerRole, Word
from pipeline.core.errors import BadInputError
from pipeline.core.paths import read_bytes
from pipeline.core.untrusted import Malformed

MAX_WORDS = 300_000
MAX_BYTES = 50_000_000
#: Characters of one word. The longest web address is shorter; without a limit one word could take as long to process as
#: an hour of speech.
MAX_WORD = 500
#: Most characters that words may have on average: a file of nothing but long words is not a transcript.
MAX_MEAN, SPARE = 25, 100_000
MAX_SPEAKERS = 8
#: Captions take four lines for a handful of words.
MAX_LINES = 1_000_000
_LINE_ENDS = "\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029"
EXAMPLE = 'begin each turn with who speaks, for example "I: How are you?" and "P: Well, um…"'

INTERVIEWER = frozenset(
    ["i", "int", "interviewer", "researcher", "res", "r", "q", "question", "facilitator", "moderator", "iv", "ir"]
)
PARTICIPANT = frozenset(
    ["p", "participant", "interviewee", "respondent", "resp", "a", "answer", "patient", "client", "pt", "ie", "ppt"]
)
_STAMP = r"[\[(#<]?\s*(?:\d{1,2}:)?\d{1,2}:\d{2}(?:[.,-]\d{1,3})?\s*[\])#>]?"
_LABEL = re.compile(
    rf"^\s*(?:\d{{1,5}}[.)]?\s+(?=\S))?(?:{_STAMP}\s*)?\**(?P<label>[^\W\d_][\w .'’()/-]{{0,38}}?)\**\s*"
    rf"(?:{_STAMP}\s*)?(?::|>(?!>)|\t)\**\s*(?P<text>.*)$"
)
_STAMPS = re.compile(r"[\[#(]\s*(?:\d{1,2}:)?\d{1,2}:\d{2}(?:[.,-]\d{1,3})?\s*[\]#)]")
_CUE = re.compile(r"^(?:\d+:)?\d{1,2}:\d{2}[.,]\d{3}\s+-->\s+")
_VOICE = re.compile(r"<v(?:\.[^ <>]*)?\s+([^<>]+)>")
_NOTE = re.compile(
    r"\((?P<round>[a-z][a-z ,'-]{0,38}|pause,? ?[\d.]*\s?(?:s|sec|seconds)?)\)|\[(?P<square>[a-z][a-z ,'-]{0,38})\]"
)
_NONVERBAL = re.compile(
    r"laugh|chuckl|sigh|cr(?:y|ies)|sob|cough|sniff|tear|gasp|whisper|giggl|clears|exhal|inhal|yawn|snort"
)
_UNCLEAR = re.compile(r"inaudible|unclear|indistinct|unintelligible|inc$|unv$")


@dataclass
class _Said:
    """One labelled turn."""

    label: str
    text: list[str] = field(default_factory=list)


def read(path: Path, *, id: str) -> Document:
    """A typed transcript as a Document: every word with its role, times None.

    Raises:
        BadInputError: missing, not text, too long, empty, or without speaker labels; the message never quotes it.
    """
    lines = _bounded(_lines(read_bytes(path, MAX_BYTES), path), path)
    turns, preamble = _turns(lines, path)
    roles = _roles(turns, path)
    words, events = _words(turns, roles)
    if not words:
        raise BadInputError("there are labels but no words", file=path, hint=EXAMPLE)
    if len(words) > MAX_WORDS:
        raise BadInputError(
            f"it has {len(words)} words; at most {MAX_WORDS} are accepted", file=path, hint="split it into interviews"
        )
    present = list(dict.fromkeys(roles[t.label] for t in turns))
    return Document(
        id=id,
        source="typed",
        words=tuple(words),
        events=tuple(events),
        roles=tuple(SpeakerRole(speaker=role, role=role, confidence=1.0) for role in present),
        notes=tuple(_notes(turns, roles, preamble)),
    )


def decode(data: bytes, path: Path | str) -> str:
    """Text of a file in UTF-8, UTF-16 or Windows-1252 (what Word and old recorders' software write).

    Raises:
        BadInputError: it is not text.
    """
    for mark, encoding in ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if data.startswith(mark):
            try:
                return data.decode(encoding)
            except UnicodeDecodeError as error:
                raise BadInputError("the text is damaged", file=path, hint="save it again as UTF-8") from error
    if b"\x00" in data[:4096]:
        raise BadInputError("this is not a text file", file=path, hint="give a .txt, .docx, .vtt or .srt file")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace").replace("\ufffd", "")


def _lines(data: bytes, path: Path) -> Iterator[str]:
    """Lines "label: text" of any of the formats."""
    if data.startswith(b"PK"):
        yield from _docx(data, path)
        return
    if data.startswith((b"%PDF", b"{\\rtf", b"\xd0\xcf\x11\xe0")):
        raise BadInputError(
            "this format cannot be read", file=path, hint="save it as .docx or as plain text, then import that"
        )
    text = decode(data, path)
    count = sum(map(text.count, _LINE_ENDS))
    if count > MAX_LINES:
        raise BadInputError(f"it has {count} lines", file=path, hint="is this really the transcript?")
    if text.lstrip("\ufeff").startswith("WEBVTT") or any(_CUE.match(line) for line in text.splitlines()[:20]):
        yield from (_caption(_tidy(line, path)) for line in _cues(text))
    else:
        yield from (_tidy(line, path) for line in text.splitlines())


def _tidy(line: str, path: Path) -> str:
    """A line in NFC whose runs of white space are one space, or one tab if a tab is among them.

    Raises:
        BadInputError: a word of more than MAX_WORD characters.
    """
    longest = max(map(len, line.split()), default=0)
    if longest > MAX_WORD:
        raise BadInputError(
            f"it has a word of {longest} characters; at most {MAX_WORD} are accepted",
            file=path,
            hint="is this really the transcript? Delete pictures and other data that stand between the words",
        )
    if "\t" in line:
        line = re.sub(r"\s+", lambda space: "\t" if "\t" in space[0] else " ", line)
    else:
        line = " ".join(line.split())
    return unicodedata.normalize("NFC", line)


def _bounded(lines: Iterable[str], path: Path) -> list[str]:
    """The lines, unless their words are too long on average."""
    kept = list(lines)
    size, words = sum(map(len, kept)), sum(len(line.split()) for line in kept)
    if size > SPARE + MAX_MEAN * words:
        raise BadInputError(
            f"its words are {size // max(1, words)} characters long on average",
            file=path,
            hint="is this really the transcript? Delete pictures and other data that stand between the words",
        )
    return kept


def _docx(data: bytes, path: Path) -> Iterator[str]:
    """Paragraphs and table rows (label, text) in their order."""
    from pipeline.importing import docx_text

    try:
        for block in docx_text.blocks(data):
            lines = _row(block) if isinstance(block, list) else block.splitlines() or [""]
            yield from (_tidy(line, path) for line in lines)
    except Malformed as error:
        raise BadInputError(
            f"the Word document is damaged: {error.what}", file=path, hint="open it in Word and save it again"
        ) from None


def _row(cells: list[str]) -> Iterator[str]:
    """A table row: number and time columns dropped, a short first cell is the label."""
    filled = [c for c in dict.fromkeys(cells) if c and not re.fullmatch(rf"[\d.]+|{_STAMP}", c)]
    if len(filled) >= 2 and len(filled[0]) <= 40 and not filled[0].endswith(":"):
        yield f"{filled[0]}: {' '.join(filled[1].split())}"
    else:
        yield from (" ".join(filled)).splitlines()


def _cues(text: str) -> Iterator[str]:
    """Payloads of WebVTT or SubRip cues."""
    inside, skip = False, False
    for line in text.splitlines():
        if _CUE.match(line.strip()):
            inside, skip = True, False
        elif not line.strip():
            inside, skip = False, False
        elif line.startswith(("NOTE", "STYLE", "REGION")):
            skip = True
        elif inside and not skip:
            yield line


def _caption(line: str) -> str:
    """A payload without its tags; a voice tag becomes a label."""
    voice = _VOICE.search(line)
    said = html.unescape(re.sub(r"<[^<>]*>", "", line)).strip()
    return f"{voice[1].strip()}: {said}" if voice else said


def _known(label: str) -> str:
    """ "I" or "P" for a label that names a role ("Interviewer 2", "P03"), else ""."""
    word = re.sub(r"[\s._()#/-]*\d*[\s)]*$", "", label).lower()
    return "I" if word in INTERVIEWER else "P" if word in PARTICIPANT else ""


def _turns(lines: Sequence[str], path: Path) -> tuple[list[_Said], int]:
    """Labelled turns, and how many words stood before the first."""
    matches = [_LABEL.match(line) for line in lines]
    counts = Counter(m["label"].strip() for m in matches if m)
    labels = {
        label
        for label, count in counts.items()
        if _known(label) or (count >= 2 and len(label.split()) <= 4 and (label[:1].isupper() or count >= 4))
    }
    turns: list[_Said] = []
    preamble = 0
    for line, match in zip(lines, matches, strict=True):
        if match and match["label"].strip() in labels:
            turns.append(_Said(match["label"].strip(), [match["text"]]))
        elif turns:
            turns[-1].text.append(line)
        else:
            preamble += len(line.split())
    if not turns:
        if not preamble:
            raise BadInputError("the file is empty", file=path, hint="export the transcript again")
        raise BadInputError("there are no speaker labels in it", file=path, hint=EXAMPLE)
    return turns, preamble


def _roles(turns: Sequence[_Said], path: Path) -> dict[str, str]:
    """label -> role. Of unknown labels (names) the interviewer is the one who asks: more question marks, fewer
    words."""
    labels = list(dict.fromkeys(t.label for t in turns))
    kinds = {label: _known(label) for label in labels}
    if len(labels) > MAX_SPEAKERS:
        raise BadInputError(
            f"it seems to have {len(labels)} speakers", file=path, hint="check that only speakers stand before a colon"
        )
    unknown = [label for label in labels if not kinds[label]]
    if unknown and not any(kinds[label] == "I" for label in labels) and len(labels) > 1:
        asks = max(unknown, key=lambda label: _asking(t for t in turns if t.label == label))
        kinds[asks] = "I"
    for label in unknown:
        kinds[label] = kinds[label] or "P"
    roles: dict[str, str] = {}
    counts: Counter[str] = Counter()
    for label in labels:
        kind = kinds[label]
        counts[kind] += 1
        roles[label] = kind if counts[kind] == 1 else f"{kind}{counts[kind]}"
    return roles


def _asking(turns: Iterable[_Said]) -> float:
    """Question marks per 100 words, less a little for talking much."""
    text = " ".join(" ".join(t.text) for t in turns)
    words = max(1, len(text.split()))
    return 100 * text.count("?") / words - words / 1e6


def _words(turns: Sequence[_Said], roles: dict[str, str]) -> tuple[list[Word], list[Event]]:
    words: list[Word] = []
    events: list[Event] = []
    word = functools.cache(lambda text, role: Word(text=text, speaker=role, role=role))  # equal ones as one object
    for turn in turns:
        role = roles[turn.label]
        text = _STAMPS.sub(" ", " ".join(line for line in turn.text if line))
        at = 0
        for match in _NOTE.finditer(text):
            words += [word(said, role) for said in text[at : match.start()].split()]
            events.append(_event(match["round"] or match["square"] or "", len(words), role))
            at = match.end()
        words += [word(said, role) for said in text[at:].split()]
    return words, events


def _event(said: str, before: int, role: str) -> Event:
    """A remark in brackets, all lower case: laughter, something unclear, or a note.

    Remarks with a capital stay words, so that a name in them is redacted.
    """
    said = " ".join(said.split())
    if _UNCLEAR.search(said):
        return Event(kind="unclear", before_word=before, role=role)
    if _NONVERBAL.search(said):
        return Event(kind="nonverbal", before_word=before, role=role, text=said)
    return Event(kind="note", before_word=before, role=role, text=said)


def _notes(turns: Sequence[_Said], roles: dict[str, str], preamble: int) -> Iterator[Note]:
    if preamble:
        yield Note(
            code="preamble",
            message=f"{preamble} words before the first speaker label were left out (title, date, venue)",
            stage="import",
        )
    named = sorted({role for label, role in roles.items() if not _known(label)})
    if named:
        yield Note(
            code="named-labels",
            message=f"names were used as labels for {', '.join(named)}; write them in the key sheet, so that they are "
            "found in the text as well",
            stage="import",
        )
    if len(roles) == 1:
        yield Note(code="one-speaker", message="only one speaker has a label", stage="import")
