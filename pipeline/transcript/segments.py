"""Document -> turns of segments: redactions are applied here and nowhere else.

A turn is what one role says until another does, or until a person has begun a new one (`opens_turn`). Somebody else's
backchannel inside it (`(I: mm-hm)`) does not end it.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from pipeline.core.document import Document, Event, Redaction, Word
from pipeline.core.errors import BadInputError
from pipeline.transcript.continuing import continued
from pipeline.transcript.notation import Notation
from pipeline.transcript.numbered import Segment, span_of

UNKNOWN_ROLE = "?"
#: Invisible characters that break words or change the direction of writing: dropped.
_DROPPED = frozenset("\u00ad\u200b\u2060\ufeff\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


#: Inline words of one person are shown together if at most so many words and seconds lie between them.
GATHER_WORDS, GATHER_S = 3, 0.6
_WORD = re.compile(r"\w+")


@dataclass(frozen=True)
class SpokenTurn:
    """A turn before it is divided into lines. Times are seconds, None where no segment has any."""

    role: str
    segments: tuple[Segment, ...]
    start: float | None
    end: float | None


@dataclass(frozen=True, slots=True)
class _Unit:
    """A word, a replaced span or an event, before it has found its turn."""

    role: str | None
    segments: tuple[Segment, ...]
    speech: bool = True
    kind: str = "word"
    backchannel: bool = False
    overlap: bool = False
    opens: bool = False


@dataclass(frozen=True)
class _Span:
    """Words `[first, last]` hidden behind one or more replacements."""

    first: int
    last: int
    parts: tuple[Redaction, ...]
    lead: str
    tail: str


@functools.lru_cache(maxsize=1 << 14)  # more than the different words of an interview
def clean(text: str) -> str:
    """Text that every file format can hold: no control characters, lone surrogates or noncharacters; spaces single."""
    text = unicodedata.normalize("NFC", text)
    kept = []
    for character in text:
        category = unicodedata.category(character)
        if category == "Cs" or ord(character) & 0xFFFE == 0xFFFE or character in _DROPPED:
            continue
        kept.append(" " if category in ("Cc", "Zl", "Zp", "Zs") else character)
    return " ".join("".join(kept).split())


def spoken_turns(
    document: Document, notation: Notation, *, guess_below: float = 0.0, indexed: bool = False
) -> list[SpokenTurn]:
    """The redacted document as turns of segments, in spoken order.

    Args:
        document: words, events and redactions; a redaction whose action is "replace" hides all its words.
        notation: how pauses, overlaps and so on are written.
        guess_below: words of lower confidence (0..1) are marked as guesses; 0 marks none.
        indexed: say of every segment from which words it comes.

    Raises:
        BadInputError: redactions that do not fit the words.
    """
    units = _placed(list(_units(document, notation, guess_below, indexed)))
    turns: list[SpokenTurn] = []
    block: list[_Unit] = []
    for unit in units:
        if block and (unit.role != block[0].role or unit.opens):
            turns.append(_turn(block, notation))
            block = []
        block.append(unit)
    if block:
        turns.append(_turn(block, notation))
    return turns


def spans_of(document: Document) -> list[_Span]:
    """Applied redactions as spans that do not overlap.

    Redactions that overlap are joined into one span with a replacement each, so that no word of either is left;
    one inside another adds nothing. Of two leads (tails) the shorter is kept: it shows less.

    Raises:
        BadInputError: a redaction points beyond the words, or ends before it begins.
    """
    spans: list[_Span] = []
    for redaction in document.applied():
        if redaction.last < redaction.first or redaction.last >= len(document.words):
            raise BadInputError("the redactions do not fit the words", hint="run `ipa redact` again with --force")
        old = spans[-1] if spans else None
        if old is None or redaction.first > old.last:
            spans.append(_Span(redaction.first, redaction.last, (redaction,), redaction.lead, redaction.tail))
            continue
        lead = min(old.lead, redaction.lead, key=len) if redaction.first == old.first else old.lead
        parts, tail, last = old.parts, old.tail, old.last
        if redaction.last > old.last:
            parts, tail, last = (*old.parts, redaction), redaction.tail, redaction.last
        elif redaction.last == old.last:
            tail = min(old.tail, redaction.tail, key=len)
        spans[-1] = _Span(old.first, last, parts, lead, tail)
    return spans


def _units(document: Document, notation: Notation, guess_below: float, indexed: bool) -> Iterator[_Unit]:
    spans = {span.first: span for span in spans_of(document)}
    events: dict[int, list[Event]] = {}
    for event in scrubbed(document):
        events.setdefault(min(max(event.before_word, 0), len(document.words)), []).append(event)
    made: dict[int, _Unit] = {}  # id of a word -> its unit: a typed transcript holds equal words as one object
    index = 0
    while index < len(document.words):
        if index in events:
            yield from _event_units(events[index], notation)
        span = spans.get(index)
        if span is None:
            word = document.words[index]
            unit = None if indexed else made.get(id(word))
            if unit is None:
                words = (index, index) if indexed else None
                unit = _word_unit(word, notation, guess_below, typed=document.source == "typed", words=words)
                made[id(word)] = unit
            if unit.segments[0].text:
                yield unit
            index += 1
            continue
        unit = _span_unit(span, document.words[span.first : span.last + 1])
        if indexed:
            unit = replace(unit, segments=tuple(replace(s, words=(span.first, span.last)) for s in unit.segments))
        yield unit
        for inner in range(span.first + 1, span.last + 1):
            yield from _event_units(events.get(inner, ()), notation)
        index = span.last + 1
    yield from _event_units(events.get(len(document.words), ()), notation)


def _word_unit(
    word: Word, notation: Notation, guess_below: float, *, typed: bool, words: tuple[int, int] | None = None
) -> _Unit:
    text = clean(word.text)
    if not typed:
        # A recogniser's own "[music]" must not look like a replaced identifier: one bracket, one meaning.
        text = text.replace("[", "(").replace("]", ")")
    if text and word.confidence is not None and word.confidence < guess_below:
        text = notation.guessed(text)
    role = word.role or UNKNOWN_ROLE
    segment = Segment(text, "word", None, word.start, word.end, role, words=words)
    if not word.flags:
        return _Unit(role, (segment,))
    return _Unit(
        role, (segment,), backchannel=word.has("backchannel"), overlap=word.has("overlap"), opens=word.has("opens_turn")
    )


def _span_unit(span: _Span, words: Sequence[Word]) -> _Unit:
    starts = [word.start for word in words if word.start is not None]
    ends = [word.end for word in words if word.end is not None]
    start, end = (min(starts) if starts else None), (max(ends) if ends else None)
    role = words[0].role or UNKNOWN_ROLE
    lead, tail = clean(span.lead), clean(span.tail)
    segments = [Segment(lead, "word", None, start, start, role)] if lead else []
    for number, part in enumerate(span.parts):
        text = clean(part.replacement) or "[removed]"
        glued = bool(lead) and number == 0
        segments.append(Segment(text, "replacement", part.category, start, end, role, glued))
    if tail:
        segments.append(Segment(tail, "word", None, end, end, role, True))
    return _Unit(role, tuple(segments), overlap=words[0].has("overlap"), opens=words[0].has("opens_turn"))


def scrubbed(document: Document) -> tuple[Event, ...]:
    """The events with their text as it is shown: a typed note may name somebody, so every form of a replaced entity
    is replaced in it, too."""
    scrub = _Scrubber(document)
    return tuple(
        e.model_copy(update={"text": scrub(clean(e.text).strip("() "))}) if e.text else e for e in document.events
    )


class _Scrubber:
    """Replaces every form of a replaced entity in a text, longest first."""

    def __init__(self, document: Document) -> None:
        replaced = {redaction.entity for redaction in document.applied()}
        forms = {
            (clean(form), clean(entity.replacement) or "[removed]")
            for entity in document.entities
            if entity.id in replaced
            for form in entity.forms
        }
        self._forms = sorted((pair for pair in forms if pair[0]), key=lambda pair: (-len(pair[0]), pair))
        self._by_word: dict[str, list[int]] = {}
        for n, (form, _) in enumerate(self._forms):
            first = _WORD.match(form)
            self._by_word.setdefault(_same_case(first[0]) if first else "", []).append(n)

    def __call__(self, text: str) -> str:
        """`text` without the forms."""
        done = -1
        while (n := self._next(text, done)) is not None:
            form, shown = self._forms[n]
            pattern = rf"(?<!\w){re.escape(form)}(?!\w)"
            text = re.sub(pattern, shown.replace("\\", r"\\"), text, flags=re.IGNORECASE)
            done = n
        return text

    def _next(self, text: str, done: int) -> int | None:
        """The first form after `done` that begins with a word of the text, or with a sign."""
        words = {"", *(_same_case(word) for word in _WORD.findall(text))}
        return min((n for word in words for n in self._by_word.get(word, ()) if n > done), default=None)


def _same_case(word: str) -> str:
    """One form for all that a search without case takes for the same (Turkish i included)."""
    return word.casefold().replace("ı", "i").replace("\u0307", "")


def _event_units(events: Sequence[Event], notation: Notation) -> Iterator[_Unit]:
    for event in events:
        if event.kind == "pause":
            measured = event.start is not None and event.end is not None
            text = notation.pause(event.end - event.start if measured else None)  # type: ignore[operator]
        elif event.kind == "unclear":
            text = notation.unclear_at(event.start)
        else:
            text = notation.nonverbal.format(text=event.text) if event.text else ""
        if text:
            segment = Segment(text, "note", None, event.start, event.end, event.role or "")
            yield _Unit(event.role, (segment,), speech=False, kind=event.kind)


def _placed(units: list[_Unit]) -> list[_Unit]:
    """Give every unit the role of the turn it is shown in."""
    units, inline = _gathered(units, _inline_backchannels(units))
    solid = [n for n, unit in enumerate(units) if unit.speech and n not in inline]
    if not solid:
        return [replace(unit, role=unit.role or UNKNOWN_ROLE) for unit in units]
    result: list[_Unit] = []
    for position, anchor in enumerate([*solid, len(units)]):
        before = units[solid[position - 1]].role if position else None
        after = units[anchor].role if anchor < len(units) else None
        start = solid[position - 1] + 1 if position else 0
        early: list[_Unit] = []
        late: list[_Unit] = []
        for n in range(start, anchor):
            unit = units[n]
            turn = _turn_of(unit, before, after)
            shown = replace(unit, role=turn)
            (early if turn == before and before is not None else late).append(shown)
        result += early + late
        if anchor < len(units):
            result.append(units[anchor])
    return result


def _inline_backchannels(units: Sequence[_Unit]) -> set[int]:
    """Backchannels of somebody else between two words of the same speaker."""
    inline: set[int] = set()
    waiting: list[int] = []
    holder: str | None = None
    for n, unit in enumerate(units):
        if not unit.speech:
            continue
        if unit.backchannel and holder is not None and unit.role != holder:
            waiting.append(n)
            continue
        if waiting and unit.role == holder:
            inline.update(waiting)
        waiting = []
        holder = unit.role
    return inline


def _gathered(units: Sequence[_Unit], inline: set[int]) -> tuple[list[_Unit], set[int]]:
    """Inline words of one person that follow each other closely stand together: `(I: oh right) I don't`.

    By time alone "oh" and "right" fall on either side of a word of the speaker's.
    """
    order: list[int] = []
    for n in range(len(units)):
        place = len(order)
        while n in inline and place and len(order) - place < GATHER_WORDS and order[place - 1] not in inline:
            place -= 1
        if n in inline and place and place < len(order) and order[place - 1] in inline:
            before, now = units[order[place - 1]], units[n]
            end, start = before.segments[-1].end, now.segments[0].start
            if before.role == now.role and end is not None and start is not None and start - end <= GATHER_S:
                order.insert(place, n)
                continue
        order.append(n)
    return [units[n] for n in order], {position for position, n in enumerate(order) if n in inline}


def _turn_of(unit: _Unit, before: str | None, after: str | None) -> str:
    """The role whose turn shows an inline unit that stands between turns of `before` and `after`."""
    if unit.role is not None and unit.role in (before, after):
        return unit.role
    if unit.role is not None and unit.kind == "unclear" and before != after:
        return unit.role  # somebody spoke here: it is a turn, although nobody could make it out
    if unit.kind == "pause":  # silence after a question belongs to the answer
        return after or before or UNKNOWN_ROLE
    return before or after or UNKNOWN_ROLE


def _turn(block: Sequence[_Unit], notation: Notation) -> SpokenTurn:
    role = block[0].role or UNKNOWN_ROLE
    segments: list[Segment] = []
    open_overlap = False
    n = 0
    while n < len(block):
        unit = block[n]
        other = unit.segments[0].role not in ("", role)
        overlap = unit.overlap and not other
        if open_overlap and not overlap:
            segments.append(Segment(notation.overlap_close, "note", role=role, glued=True))
        if other and unit.speech:
            run = [unit]
            while (
                n + 1 < len(block) and block[n + 1].speech and block[n + 1].segments[0].role == run[0].segments[0].role
            ):
                n += 1
                run.append(block[n])
            segments.append(_inline(run, notation))
        elif other:
            segments.append(_attributed(unit.segments[0], notation))
        elif overlap and not open_overlap:
            segments.append(Segment(notation.overlap_open, "note", role=role))
            segments.append(replace(unit.segments[0], glued=True))
            segments += unit.segments[1:]
        else:
            segments += unit.segments
        open_overlap = overlap
        n += 1
    if open_overlap:
        segments.append(Segment(notation.overlap_close, "note", role=role, glued=True))
    segments = [segment if segment.role else replace(segment, role=role) for segment in segments]
    segments = continued(segments)
    starts = [segment.start for segment in segments if segment.start is not None]
    ends = [segment.end for segment in segments if segment.end is not None]
    return SpokenTurn(role, tuple(segments), min(starts, default=None), max(ends, default=None))


def _inline(run: Sequence[_Unit], notation: Notation) -> Segment:
    """Backchannels of one person in a row as one note."""
    pieces = [segment for unit in run for segment in unit.segments]
    texts = [piece.text.strip(".,;") for piece in pieces]
    words = " ".join(text if text == "I" or text.startswith("I'") else text.lower() for text in texts)
    starts = [piece.start for piece in pieces if piece.start is not None]
    ends = [piece.end for piece in pieces if piece.end is not None]
    text = notation.backchannel.format(role=pieces[0].role, words=words)
    covered = span_of(piece.words for piece in pieces)
    return Segment(
        text, "note", None, min(starts, default=None), max(ends, default=None), pieces[0].role, words=covered
    )


def _attributed(segment: Segment, notation: Notation) -> Segment:
    """Somebody else's laugh inside a turn: `(I: laughs)`."""
    inner = segment.text.strip("()")
    return replace(segment, text=notation.backchannel.format(role=segment.role, words=inner))
