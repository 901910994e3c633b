"""A document and the script that somebody wants -> the edits that make the one read as the other.

Words first, then who said them and where turns begin, then what else was heard, then what is hidden: each step looks
at the document as the edits before it left it, so that what is right already gets no edit.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from pipeline.core.document import Document, EventKind
from pipeline.core.errors import BadInputError
from pipeline.review import hiding
from pipeline.review.apply import apply
from pipeline.review.compare import Hand, changes
from pipeline.review.edits import (
    Edit,
    Insert,
    InsertEvent,
    Join,
    Overlap,
    RemoveEvent,
    Speaker,
    Split,
    SwapRoles,
    Via,
)
from pipeline.review.replay import replay, swapped
from pipeline.review.script import Heard, Said, Script, holder, script_of
from pipeline.review.tokens import MEND

_NONVERBAL = re.compile(
    r"laugh|chuckl|sigh|cr(?:y|ies)|sob|cough|sniff|tear|gasp|whisper|giggl|clears|exhal|inhal|yawn|snort"
)
ROUNDS = 3
"""Times that speakers are put right: whether a listener's word is inside a turn depends on the words around it."""


def edits_for(document: Document, stored: Sequence[Edit], want: Script, *, via: Via, who: str) -> list[Edit]:
    """The edits that, after the `stored` ones, make the document read as `want`.

    Raises:
        BadInputError: a speaker or a mark cannot be, with its place.
    """
    now = apply(document, stored)
    hand = Hand(now.document, now.ids, via=via, who=who)
    _check_roles(hand, want)
    _swap(hand, want)
    _words(hand, want)
    _speakers(hand, want)
    _turns(hand, want)
    _overlaps(hand, want)
    _events(hand, want)
    then = apply(document, [*stored, *hand.edits])
    return [*hand.edits, *hiding.edits_of_marks(then, want, via=via, who=who)]


def _live(hand: Hand) -> Script:
    """The script as it is now (without redactions)."""
    text = hand.text
    return script_of(Document(id="-", words=tuple(text.words), events=tuple(text.events)))


def _check_roles(hand: Hand, want: Script) -> None:
    known = {w.role for w in _live(hand).words}
    for n, word in enumerate(want.words):
        if word.role not in known and not re.fullmatch(r"[IP]\d?", word.role):
            raise BadInputError(
                f"word {n + 1}: the speaker cannot be called so", hint="write I:, P:, I2:, ...; " + MEND
            )


def _swap(hand: Hand, want: Script) -> None:
    """Where interviewer and participant were taken for each other throughout, that is one edit."""
    old = _live(hand).words
    pairs = [(old[w.source].role, w.role) for w in want.words if 0 <= w.source < len(old)]
    right = sum(a == b for a, b in pairs)
    if pairs and sum(swapped(a) == b for a, b in pairs) > max(right, len(pairs) * 0.8):
        edit = SwapRoles(**hand.common)
        replay(hand.text, [edit])
        hand.edits.append(edit)


def _words(hand: Hand, want: Script) -> None:
    """Let the document say the wanted words, one stretch between words that stand as before after the other."""
    old = _live(hand)
    anchors = [(w.source, n) for n, w in enumerate(want.words) if w.source >= 0]
    rows: list[tuple[int, int, list[Said]]] = []
    at, new_at = 0, 0
    for source, place in [*anchors, (len(old.words), len(want.words))]:
        rows += _stretch(old.words, at, source, want.words[new_at:place])
        if place < len(want.words) and old.words[source].text != want.words[place].text:
            rows.append((source, source, [want.words[place]]))  # its replacement lost a comma
        at, new_at = source + 1, place + 1
    for first, last, words in reversed(rows):  # from the end, so that places stay
        start = old.places[first] if first < len(old.places) else len(hand.text.words)
        if last >= first:
            hand.say(start, old.places[last], [w.text for w in words], within=(start, old.places[last]))
        else:
            _insert(hand, start, words)


def _stretch(old: Sequence[Said], first: int, end: int, new: Sequence[Said]) -> Iterator[tuple[int, int, list[Said]]]:
    """(first, last, words in their place) where old words `[first, end)` differ from the new ones."""
    for change in changes([w.text for w in old[first:end]], [w.text for w in new]):
        words = list(new[change.new_first : change.new_last + 1])
        yield first + change.first, first + change.last, words


def _insert(hand: Hand, place: int, words: Sequence[Said]) -> None:
    """Words that were missed, those of each speaker with an edit of their own."""
    end = len(words)
    while end:
        first = end - 1
        while first and words[first - 1].role == words[first].role:
            first -= 1
        role = words[first].role
        before = hand.text.words[place - 1].role if place else None
        text = " ".join(w.text for w in words[first:end])
        hand.do(Insert, place, place - 1, text=text, role=role if role != before and role != "?" else None)
        end = first


def _speakers(hand: Hand, want: Script) -> None:
    for _ in range(ROUNDS):
        live = _live(hand)
        wrong = [
            n
            for n, (is_, should) in enumerate(zip(live.words, want.words, strict=True))
            if is_.role != should.role or (is_.aside != should.aside and not _waits(hand, live, n, should))
        ]
        if not wrong:
            return
        for first, last in _runs(wrong, lambda n: (want.words[n].role, want.words[n].aside)):
            word = want.words[first]
            hand.do(Speaker, live.places[first], live.places[last], role=word.role, aside=word.aside)


def _waits(hand: Hand, live: Script, n: int, should: Said) -> bool:
    """Whether a listener's word is marked as one, and only no turn goes on around it."""
    return should.aside and hand.text.words[live.places[n]].has("backchannel")


def _turns(hand: Hand, want: Script) -> None:
    """Where turns begin. Between two speakers one begins by itself."""
    live = _live(hand)
    for n, (is_, should) in enumerate(zip(live.words, want.words, strict=True)):
        if not n or is_.opens == should.opens:
            continue
        place = live.places[n]
        if should.opens:
            hand.do(Split, place, place)
        elif hand.text.words[place].has("opens_turn") and hand.text.words[place].role == _before(hand, place):
            hand.do(Join, place, place)


def _before(hand: Hand, place: int) -> str | None:
    return hand.text.words[place - 1].role if place else None


def _overlaps(hand: Hand, want: Script) -> None:
    live = _live(hand)
    wrong = [
        n
        for n, (is_, should) in enumerate(zip(live.words, want.words, strict=True))
        if is_.overlap != should.overlap and not is_.aside
    ]
    for first, last in _runs(wrong, lambda n: want.words[n].overlap):
        hand.do(Overlap, live.places[first], live.places[last], on=want.words[first].overlap)


def _runs(places: Sequence[int], kind: Callable[[int], Any]) -> Iterator[tuple[int, int]]:
    """First and last of places in a row that are of one kind."""
    start = 0
    for n in range(1, len(places) + 1):
        if n == len(places) or places[n] != places[n - 1] + 1 or kind(places[n]) != kind(places[n - 1]):
            yield places[start], places[n - 1]
            start = n


def _events(hand: Hand, want: Script) -> None:
    """What was heard that is no word: taken out where it is not wanted, then put in where it is missed."""
    live, events = _live(hand), hand.text.events[:]
    missed = Counter(_compared(event, want) for event in want.events)
    for heard in live.events:
        if missed[_compared(heard, live)]:
            missed[_compared(heard, live)] -= 1
            continue
        event = events[heard.source]
        hand.do(RemoveEvent, event.before_word, event.before_word - 1, event=event.kind, text=event.text)
    for wanted in want.events:
        if missed[_compared(wanted, want)]:
            missed[_compared(wanted, want)] -= 1
            _hear(hand, live, wanted)


def _compared(event: Heard, script: Script) -> tuple[int, str, str]:
    """An event without the time of unclear speech, and without the role of whose turn it stands in."""
    own = event.role in (holder(script, event.before), holder(script, event.before - 1)) if script.words else False
    said = "unclear" if event_of(event.shown)[0] == "unclear" else event.shown
    return event.before, said, "" if own else event.role


def _hear(hand: Hand, live: Script, event: Heard) -> None:
    place = live.places[event.before] if event.before < len(live.places) else len(hand.text.words)
    kind, said, seconds = event_of(event.shown)
    role = event.role or None
    if role is None and kind != "pause":
        role = holder(live, event.before) if live.words else None
    role = role if role and re.fullmatch(r"[IP]\d?", role) else None
    hand.do(InsertEvent, place, place - 1, event=kind, text=said, role=role, seconds=seconds)


def event_of(text: str) -> tuple[EventKind, str, float | None]:
    """Kind, text and seconds of an event as it is written."""
    if match := re.fullmatch(r"pause(?:,? ([\d.]+) ?s)?", text):
        return "pause", "", float(match[1]) if match[1] else None
    if re.match(r"(?:unclear|inaudible|indistinct)\b", text):
        return "unclear", "", None
    return ("nonverbal" if _NONVERBAL.search(text) else "note"), text[:200], None
