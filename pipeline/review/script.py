"""A transcript as a person edits it in a text: words in paragraphs, with marks for what is hidden and what was heard.

`script_of` is the form in which a document and a file are compared. One paragraph a turn; in it

    {{Hope|participant}}   words that are hidden, and what stands in their place
    (laughs) (pause 4s)    what was heard that is no word; ((I: laughs)) where another than the speaker made it
    (I: mm-hm)             a listener's words inside the turn
    //word word//          words spoken while somebody else speaks
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import cache

from pipeline.core.document import Document, Event, Word
from pipeline.transcript import notation
from pipeline.transcript.segments import UNKNOWN_ROLE, clean, spans_of

JOINER = "\u2060"
"""Stands, unseen, after a sign in a word that would otherwise read as one of the marks."""
_SIGNS = re.compile(r"([{}\[\]()/|])")
TIME = re.compile(r"\d{1,2}:\d{2}(?::\d{2})?")
EVENT = re.compile(r"pause(?: [\d.]+ ?s)?|unclear(?: [\d:]+)?|[a-z][a-z ,'-]{0,58}")
_SAME = str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"', "–": "-", "—": "-", "\u2011": "-"})
_AUTOCORRECTED = (("…", "..."), ("--", "-"))


@dataclass(frozen=True, eq=False)
class Mark:
    """What stands in place of words, without brackets. Words of one mark share the object. `category` as somebody
    wrote it, or ""."""

    label: str
    category: str = ""


@dataclass(frozen=True)
class Said:
    """A word. `aside`: a listener's, inside another's turn. `opens`: a paragraph begins with it. `source` is its
    position in the script that a file was made from, -1 for a word that was written since."""

    text: str
    role: str
    aside: bool = False
    opens: bool = False
    overlap: bool = False
    mark: Mark | None = None
    source: int = -1


@dataclass(frozen=True)
class Heard:
    """An event as it is written, before word `before`. `role` is "" where it is that of the turn, or nobody's.
    Between two turns it stands in the second if it is `late`. `source` is its position among the document's events."""

    before: int
    shown: str
    role: str = ""
    late: bool = field(default=False, compare=False)
    source: int = field(default=-1, compare=False)


@dataclass
class Script:
    """Words and events in order. `places` are the indices of the words in the document: those that nobody can see (no
    sign that can be written) are left out."""

    words: list[Said] = field(default_factory=list)
    events: list[Heard] = field(default_factory=list)
    places: list[int] = field(default_factory=list)


def script_of(document: Document) -> Script:
    """The script of a document, with the redactions that replace words."""
    marks: dict[int, Mark] = {}
    for span in spans_of(document):
        mark = Mark(" + ".join(label_of(part.replacement) for part in span.parts))
        marks.update(dict.fromkeys(range(span.first, span.last + 1), mark))
    words = document.words
    inside = asides(words)
    script = Script()
    holder: str | None = None
    before: dict[int, int] = {}
    for n, word in enumerate(words):
        before[n] = len(script.words)
        text = text_of(word.text)
        if not text:
            continue
        role, aside = word.role or UNKNOWN_ROLE, n in inside
        opens = holder is None or word.has("opens_turn") or (not aside and role != holder)
        holder = holder if aside else role
        script.words.append(
            Said(text, role, aside, opens, word.has("overlap") and not aside, marks.get(n), len(script.words))
        )
        script.places.append(n)
    before[len(words)] = len(script.words)
    for n, event in enumerate(document.events):
        if text := shown(event):
            at = before[min(max(event.before_word, 0), len(words))]
            script.events.append(replace(_heard(event, text, script, at), source=n))
    return script


def _heard(event: Event, text: str, script: Script, at: int) -> Heard:
    here, last = holder(script, at), holder(script, at - 1)
    late = event.kind == "pause" or (event.role == here != last)
    own = event.role is None or event.kind == "pause" or event.role in (here, last)
    return Heard(at, text, "" if own else event.role or "", late)


def holder(script: Script, at: int) -> str:
    """Whose turn it is at a word; the last one's at the end, "" where there is no word."""
    words = script.words
    at = max(0, min(at, len(words) - 1))
    for n in range(at, -1, -1):
        if not words[n].aside:
            return words[n].role
    return next((w.role for w in words[at:] if not w.aside), UNKNOWN_ROLE)


def asides(words: Sequence[Word]) -> set[int]:
    """Backchannels between two words of another speaker: they are shown inside that one's turn."""
    found: set[int] = set()
    waiting: list[int] = []
    speaker: str | None = None
    for n, word in enumerate(words):
        if not clean(word.text):
            continue
        role = word.role or UNKNOWN_ROLE
        if word.has("backchannel") and speaker is not None and role != speaker:
            waiting.append(n)
            continue
        if role == speaker:
            found.update(waiting)
        waiting, speaker = [], role
    return found


@cache
def _notation() -> notation.Notation:
    return notation.load("default")


def shown(event: Event) -> str:
    """An event as it is written, without brackets; "" for a pause too short to be marked."""
    if event.kind == "pause":
        timed = event.start is not None and event.end is not None
        return _notation().pause(event.end - event.start if timed else None).strip("()")  # type: ignore[operator]
    if event.kind == "unclear":
        return _notation().unclear_at(event.start).strip("()")
    return re.sub(r"[(){}\[\]|]", "", clean(event.text)).strip()


def text_of(text: str) -> str:
    """A word as one token of text; "" if nothing of it can be seen."""
    return clean(text).replace(" ", "").replace(JOINER, "")


def label_of(replacement: str) -> str:
    """A replacement as a mark names it: "[friend 2]" -> "friend 2"."""
    return re.sub(r"[\[\](){}|]", "", clean(replacement)).strip() or "removed"


def guarded(text: str) -> str:
    """Text in which no sign reads as a mark."""
    return _SIGNS.sub(rf"\1{JOINER}", text)


def key(text: str) -> str:
    """Text as it is compared: what a word processor puts right by itself is no change."""
    text = unicodedata.normalize("NFC", text).replace(JOINER, "").translate(_SAME)
    for written, plain in _AUTOCORRECTED:
        text = text.replace(written, plain)
    return text


def paragraphs(words: Iterable[Said]) -> list[list[Said]]:
    """Words by the paragraph in which they stand."""
    rows: list[list[Said]] = []
    for word in words:
        if word.opens or not rows:
            rows.append([])
        rows[-1].append(word)
    return rows
