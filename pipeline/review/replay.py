"""Edits of words, replayed in the order in which they were made.

Every word has an identity. A word as recognised is called by its position ("17"), one that a person put in by the edit
and its number ("5f2c:0"), and a corrected word keeps the identity of the one that it comes from; of several that come
from one, the first does. So an identity means the same word however many others came or went before it.

Edits of redactions are not applied here, but their words are found here: at their turn in the list, among the words
as they stood when the edit was made. Later corrections carry those words along.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from pipeline.core.document import Event, SpeakerRole, Turn, Unreviewed, Word, WordFlag
from pipeline.redaction.text.spans import bare
from pipeline.review import anchors, times
from pipeline.review.anchors import Place
from pipeline.review.edits import (
    Anchor,
    Confirm,
    Delete,
    Edit,
    Insert,
    InsertEvent,
    Join,
    Overlap,
    RemoveEvent,
    Replace,
    Speaker,
    Split,
    SwapRoles,
)

GONE = "the words are not there any more"
NO_TURN_BEFORE = "there is no turn before it"
NO_EVENT = "nothing of that kind is marked there"
DOUBTS: tuple[WordFlag, ...] = ("recovered", "uncertain", "moved")


@dataclass(frozen=True)
class Unfitting:
    """An edit that could not be applied, and why (never with words of the transcript)."""

    edit: Edit
    why: str


@dataclass
class Text:
    """Words with their identities, events, roles and turns, while edits are applied to them.

    `places` are the words of edits by their id (None once they were deleted), for edits that are applied later.
    `heirs` leads from a word that is gone to the one that it went into, `parents` from one that a correction added to
    the one that it comes from.
    """

    words: list[Word]
    ids: list[str]
    events: list[Event]
    roles: list[SpeakerRole]
    turns: list[Turn]
    duration: float | None = None
    places: dict[str, Place | None] = field(default_factory=dict)
    unfitting: list[Unfitting] = field(default_factory=list)
    heirs: dict[str, str] = field(default_factory=dict)
    parents: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, base: Unreviewed, duration: float | None) -> Text:
        """The text before any edit."""
        ids = [str(n) for n in range(len(base.words))]
        return cls(list(base.words), ids, list(base.events), list(base.roles), list(base.turns), duration)

    def where(self) -> dict[str, int]:
        """Identity -> index of its word; of a word that went into another one, that one's."""
        now = {identity: n for n, identity in enumerate(self.ids)}
        for gone in self.heirs:
            heir = gone
            while heir not in now and heir in self.heirs:
                heir = self.heirs[heir]
            if heir in now:
                now.setdefault(gone, now[heir])
        return now


def replay(text: Text, edits: Iterable[Edit]) -> Text:
    """`text` with the edits applied (see `edits.in_force`); those that fit nowhere are in its `unfitting`."""
    for edit in edits:
        at: Anchor | None = getattr(edit, "at", None)
        place = None
        if at is not None:
            place = _place(edit, at, text)
            if place is None and not _is_done(edit, at, text):
                text.unfitting.append(Unfitting(edit, GONE))
            if place is None:
                continue
        why = _APPLY.get(edit.kind, _remember)(text, edit, place)
        if why:
            text.unfitting.append(Unfitting(edit, why))
    return text


def _place(edit: Edit, at: Anchor, text: Text) -> Place | None:
    if (
        isinstance(edit, Insert)
        and anchors.identical(at, text.words, text.ids) is None
        and _is_said(edit.text, at, text)
    ):
        return None
    return anchors.locate(at, text.words, text.ids)


def _is_done(edit: Edit, at: Anchor, text: Text) -> bool:
    """Whether an edit whose words are not there wants nothing more: the new words say what it makes them say."""
    if isinstance(edit, Replace | Insert):
        return _is_said(edit.text, at, text)
    if isinstance(edit, Delete):
        return anchors.locate(at.model_copy(update={"words": (), "ids": ()}), text.words) is not None
    return False


def _is_said(wanted: str, at: Anchor, text: Text) -> bool:
    said = wanted.split()
    place = anchors.locate(at.model_copy(update={"words": tuple(said), "ids": ()}), text.words)
    found = [bare(w.text) for w in text.words[place.first : place.last + 1]] if place else []
    return bool(found) and found == [bare(w) for w in said]


def _remember(text: Text, edit: Edit, place: Place | None) -> str:
    if place is not None:
        text.places[edit.id] = place
    return ""


def _splice(text: Text, place: Place, words: Sequence[Word], ids: Sequence[str], origin: Sequence[int]) -> None:
    """Put `words` in place of those of `place`; `origin` says from which of these each comes."""
    first, count = place.first, place.last - place.first + 1
    grown = len(words) - count
    landing = [next((n for n, o in enumerate(origin) if o >= k), len(words)) for k in range(count)]
    text.words[first : place.last + 1] = words
    text.ids[first : place.last + 1] = ids

    def moved(before: int) -> int:
        if before <= first:
            return before
        return before + grown if before > place.last else first + landing[before - first]

    text.events = [
        e if e.before_word <= first else e.model_copy(update={"before_word": moved(e.before_word)}) for e in text.events
    ]
    for edit, old in text.places.items():
        text.places[edit] = _carried(old, place, grown, origin)


def _carried(old: Place | None, place: Place, grown: int, origin: Sequence[int]) -> Place | None:
    """Where the words of another edit are after a splice."""
    if old is None or old.last < place.first:
        return old
    if old.first > place.last:
        return Place(old.first + grown, old.last + grown)
    inside = [n for n, o in enumerate(origin) if old.first <= place.first + o <= old.last]
    first = old.first if old.first < place.first else (place.first + inside[0] if inside else None)
    last = old.last + grown if old.last > place.last else (place.first + inside[-1] if inside else None)
    if first is None:
        first = place.last + 1 + grown
    if last is None:
        last = place.first - 1
    return Place(first, last) if first <= last else None


def _replace(text: Text, edit: Replace, place: Place) -> str:
    old, old_ids = text.words[place.first : place.last + 1], text.ids[place.first : place.last + 1]
    words, origin = times.replaced(old, edit.text.split())
    ids = [old_ids[o] if not n or origin[n - 1] != o else f"{edit.id}:{n}" for n, o in enumerate(origin)]
    text.parents.update({new: old_ids[o] for new, o in zip(ids, origin, strict=True) if new != old_ids[o]})
    for k, gone in enumerate(old_ids):
        if k not in origin:
            text.heirs[gone] = ids[max((n for n, o in enumerate(origin) if o <= k), default=0)]
    _splice(text, place, words, ids, origin)
    return ""


def _insert(text: Text, edit: Insert, place: Place) -> str:
    n = place.first
    before, after = (text.words[n - 1] if n else None), (text.words[n] if n < len(text.words) else None)
    near = before or after or Word(text="", role="P")
    flags = tuple(f for f in near.flags if f == "overlap") if before and after and after.has("overlap") else ()
    if edit.role is not None and edit.role != near.role:
        near = near.model_copy(update={"role": edit.role, "speaker": speaker_of(text, edit.role)})
    made = [near.model_copy(update={"text": t, "confidence": None, "flags": flags}) for t in edit.text.split()]
    words = times.between(before, after, made, text.duration)
    _splice(text, Place(n, n - 1), words, [f"{edit.id}:{k}" for k in range(len(words))], [])
    return ""


def _delete(text: Text, edit: Delete, place: Place) -> str:
    opens = text.words[place.first].has("opens_turn")
    _splice(text, place, [], [], [])
    if opens and place.first < len(text.words):
        text.words[place.first] = with_flag(text.words[place.first], "opens_turn", True)
    return ""


def _split(text: Text, edit: Split, place: Place) -> str:
    text.words[place.first] = with_flag(text.words[place.first], "opens_turn", True)
    return ""


def _join(text: Text, edit: Join, place: Place) -> str:
    first = place.first
    if not first:
        return NO_TURN_BEFORE
    before, opening = text.words[first - 1], text.words[first]
    if opening.role == before.role:
        text.words[first] = with_flag(opening, "opens_turn", False)
        return ""
    last = first
    for n in range(first + 1, len(text.words)):
        word = text.words[n]
        if word.has("opens_turn") or (word.role != opening.role and not word.has("backchannel")):
            break
        last = n if word.role == opening.role else last
    mine = [n for n in range(first, last + 1) if text.words[n].role == opening.role]
    _give(text, mine, before.role or "P", before.speaker, aside=False)
    text.words[first] = with_flag(text.words[first], "opens_turn", False)
    return ""


def _speaker(text: Text, edit: Speaker, place: Place) -> str:
    inside = list(range(place.first, place.last + 1))
    _give(text, inside, edit.role, speaker_of(text, edit.role), aside=edit.aside)
    return ""


def _give(text: Text, places: Sequence[int], role: str, speaker: str | None, *, aside: bool) -> None:
    """Words to a speaker, and the stretch of the recording that they take."""
    for n in places:
        word = text.words[n]
        if word.start is not None and word.end is not None and word.speaker and speaker and word.speaker != speaker:
            text.turns = list(_given(text.turns, word.start, word.end, word.speaker, speaker))
        word = word.model_copy(update={"role": role, "speaker": speaker})
        text.words[n] = with_flag(with_flag(word, "backchannel", aside), "moved", False)
    inside = set(places)
    text.events = [
        e.model_copy(update={"role": role}) if e.role and e.before_word in inside and e.before_word - 1 in inside else e
        for e in text.events
    ]


def _given(turns: Iterable[Turn], start: float, end: float, old: str, new: str) -> Iterable[Turn]:
    """Turns in which `[start, end)` of speaker `old` is `new`'s."""
    for turn in turns:
        low, high = max(start, turn.start), min(end, turn.end)
        if turn.speaker != old or low >= high:
            yield turn
            continue
        pieces = ((turn.start, low, old), (low, high, new), (high, turn.end, old))
        yield from (turn.model_copy(update={"start": a, "end": b, "speaker": s}) for a, b, s in pieces if a < b)


def _swap_roles(text: Text, edit: SwapRoles, place: Place | None) -> str:
    text.words = [w.model_copy(update={"role": swapped(w.role)}) if w.role else w for w in text.words]
    text.events = [e.model_copy(update={"role": swapped(e.role)}) if e.role else e for e in text.events]
    text.roles = [r.model_copy(update={"role": swapped(r.role)}) for r in text.roles]
    return ""


def swapped(role: str | None) -> str | None:
    """I for P and P for I, numbers kept; other labels as they are."""
    if not role or role[0] not in "IP":
        return role
    return ("P" if role[0] == "I" else "I") + role[1:]


def _event(text: Text, edit: InsertEvent, place: Place) -> str:
    n = place.first
    start = text.words[n - 1].end if n else (0.0 if text.duration is not None else None)
    end = text.words[n].start if n < len(text.words) else text.duration
    if edit.seconds is not None:
        start = 0.0 if start is None else start
        end = start + edit.seconds
    if start is not None and end is not None and end < start:
        end = start
    made = Event(kind=edit.event, before_word=n, start=start, end=end, role=edit.role, text=edit.text.strip("() "))
    after = next((k for k, e in enumerate(text.events) if e.before_word > n), len(text.events))
    text.events.insert(after, made)
    return ""


def _remove_event(text: Text, edit: RemoveEvent, place: Place) -> str:
    wanted = edit.text.strip("() ")
    for away in (0, 1, -1):
        for k, event in enumerate(text.events):
            same = event.kind == edit.event and (not wanted or event.text.strip("() ") == wanted)
            if same and event.before_word == place.first + away:
                del text.events[k]
                return ""
    return NO_EVENT


def _overlap(text: Text, edit: Overlap, place: Place) -> str:
    for n in range(place.first, place.last + 1):
        text.words[n] = with_flag(text.words[n], "overlap", edit.on)
    return ""


def _confirm(text: Text, edit: Confirm, place: Place) -> str:
    for n in range(place.first, place.last + 1):
        word = text.words[n]
        kept = tuple(f for f in word.flags if f not in DOUBTS)
        text.words[n] = word.model_copy(update={"flags": kept, "confidence": None})
    return ""


def speaker_of(text: Text, role: str) -> str | None:
    """The diariser's label of a role; in a typed transcript, and for somebody whom it did not find, the role."""
    known = next((r.speaker for r in text.roles if r.role == role), None)
    return known or next((w.speaker for w in text.words if w.role == role and w.speaker), role)


def with_flag(word: Word, flag: WordFlag, on: bool) -> Word:
    """The word with a flag, or without it."""
    if word.has(flag) == on:
        return word
    flags = (*word.flags, flag) if on else tuple(f for f in word.flags if f != flag)
    return word.model_copy(update={"flags": flags})


_APPLY: dict[str, Callable[[Text, Any, Any], str]] = {
    "replace": _replace,
    "insert": _insert,
    "delete": _delete,
    "split": _split,
    "join": _join,
    "speaker": _speaker,
    "swap_roles": _swap_roles,
    "event": _event,
    "remove_event": _remove_event,
    "overlap": _overlap,
    "confirm": _confirm,
}
