"""The places that a person should check, the most important first.

The list is kept short: a passage with many doubtful words is one entry, and entries that are left out are counted.
Errors that affect the whole transcript come first, then details that could identify somebody, then speech that is
missing from the page, then words that may be wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from pipeline.core.document import Document, Redaction, Word
from pipeline.report.figures import LOW_REDACTION
from pipeline.report.model import Attention, Kind, Timeline
from pipeline.report.places import Places
from pipeline.report.words import category_name, count, length, percent, role_name, sentence

ROLE_SURE = 0.8
"""Below this confidence (0..1) a person should check that I and P are the right way round."""
DOUBTFUL_WORD = 0.4
STRETCH_GAP_S = 6.0
STRETCH_WORDS = 3
"""A passage is listed if it has at least this many doubtful words, each within STRETCH_GAP_S of the one before."""
LONG_OVERLAP_S = 1.5
AT_MOST: dict[Kind, int] = {"hearing": 15, "recovered": 10, "overlap": 10, "unclear": 40, "redaction": 40, "flag": 60}
SHOWN_PER_KIND = 60
LISTEN_AROUND_S = 4.0
MENTIONS = 6
"""At most this many lines are named for one entity."""

_Row = tuple[float, Attention]


def ranked(document: Document, line: Timeline, places: Places) -> tuple[tuple[Attention, ...], int, float]:
    """Entries in order of importance, how many were left out, and the seconds it takes to listen to those shown."""
    finders: tuple[Callable[[Document, Timeline, Places], Iterator[_Row]], ...] = (
        _alarms, _roles, _flags, _redactions, _unclear, _doubtful, _recovered, _overlaps,
    )  # fmt: skip
    rows: list[_Row] = []
    left_out = 0
    for find in finders:
        found = sorted(find(document, line, places), key=lambda row: (-row[0], row[1].start or 0.0))
        limit = AT_MOST.get(found[0][1].kind, SHOWN_PER_KIND) if found else 0
        left_out += max(0, len(found) - limit)
        rows += found[:limit]
    rows.sort(key=lambda row: (-row[0], row[1].start or 0.0))
    items = tuple(item.model_copy(update={"rank": n}) for n, (_, item) in enumerate(rows, start=1))
    return items, left_out, round(listening(items), 1)


def listening(items: tuple[Attention, ...]) -> float:
    """Seconds of sound around the entries, counted once where they overlap."""
    total, reach = 0.0, 0.0
    spans = [
        (max(0.0, i.start - LISTEN_AROUND_S), (i.end or i.start) + LISTEN_AROUND_S)
        for i in items
        if i.start is not None
    ]
    for start, end in sorted(spans):
        total += max(0.0, end - max(start, reach))
        reach = max(reach, end)
    return total


def _item(
    kind: Kind, title: str, detail: str, lines: str = "", start: float | None = None, end: float | None = None
) -> Attention:
    return Attention(
        rank=0,
        kind=kind,
        title=title,
        detail=detail,
        lines=lines,
        start=None if start is None else round(start, 2),
        end=None if end is None else round(end, 2),
    )


def _alarms(document: Document, line: Timeline, places: Places) -> Iterator[_Row]:
    for note in document.notes:
        if note.code == "quality" or note.level == "info":
            continue  # the section on the recording has these
        alarm = note.level == "alarm"
        lines = places.between(note.start, note.end or note.start) if note.start is not None else ""
        title = "Check this first" if alarm else "Something to check"
        yield (
            100.0 if alarm else 40.0,
            _item("alarm" if alarm else "note", title, note.message, lines, note.start, note.end),
        )


def _roles(document: Document, line: Timeline, places: Places) -> Iterator[_Row]:
    unsure = [row for row in document.roles if row.confidence < ROLE_SURE]
    if unsure:
        worst = min(row.confidence for row in unsure)
        detail = (
            f"The program is only {percent(worst)} sure which voice is whose. Check the first lines; if they are "
            "the wrong way round, run again with --swap-roles."
        )
        first = document.turns[0].start if document.turns else None
        yield 90.0, _item("roles", "Who is the interviewer, who the participant?", detail, places.first, first)


def _times(words: tuple[Word, ...]) -> tuple[float | None, float | None]:
    starts = [w.start for w in words if w.start is not None]
    ends = [w.end for w in words if w.end is not None]
    return (min(starts) if starts else None), (max(ends) if ends else None)


def _by_entity(
    document: Document, places: Places, wanted: Callable[[Redaction], bool]
) -> Iterator[tuple[list[Redaction], str, float | None, float | None]]:
    """The redactions of each entity (one decision covers all mentions), their lines, and start and end of the first."""
    groups: dict[str, list[Redaction]] = {}
    for redaction in sorted(document.redactions, key=lambda r: (r.first, r.last)):
        if wanted(redaction):
            groups.setdefault(redaction.entity or redaction.id, []).append(redaction)
    for group in groups.values():
        lines = list(dict.fromkeys(places.of_words(r.first, r.last) for r in group))
        named = [text for text in lines if text]
        shown = ", ".join(named[:MENTIONS]) + (", ..." if len(named) > MENTIONS else "")
        yield group, shown, *_times(document.words[group[0].first : group[0].last + 1])


def _flags(document: Document, line: Timeline, places: Places) -> Iterator[_Row]:
    """Spans left readable for a person to decide, shown by their lines: the words are on the page."""
    for group, lines, start, end in _by_entity(document, places, lambda r: r.action == "flag"):
        first = group[0]
        quasi = first.category == "QUASI"
        what = "Together with what else is known, this could single a person out." if quasi else "It is still readable."
        often = f" It is mentioned {len(group)} times." if len(group) > 1 else ""
        advice = f" Suggestion: {first.suggestion}." if first.suggestion else ""
        score = 70.0 + 5 * max(r.confidence for r in group)
        name = category_name(first.category, 1)
        yield score, _item("flag", f"To decide: {name}", f"{what}{often}{advice}", lines, start, end)


def _redactions(document: Document, line: Timeline, places: Places) -> Iterator[_Row]:
    def unsure(redaction: Redaction) -> bool:
        return redaction.action == "replace" and redaction.confidence < LOW_REDACTION

    for group, lines, start, end in _by_entity(document, places, unsure):
        first, least = group[0], min(r.confidence for r in group)
        often = f", {len(group)} times" if len(group) > 1 else ""
        detail = (
            f"{first.replacement} replaces what was taken for {_article(category_name(first.category, 1))}, with a "
            f"confidence of {least:.2f}{often}. Check whether it should be replaced."
        )
        yield 60.0 - 5 * least, _item("redaction", "Replaced with low confidence", detail, lines, start, end)


def _article(noun: str) -> str:
    return f"an {noun}" if noun[0] in "aeiouN" and not noun.startswith("Na") else f"a {noun}"


def _unclear(document: Document, line: Timeline, places: Places) -> Iterator[_Row]:
    for event in document.events:
        if event.kind != "unclear":
            continue
        known = event.start is not None and event.end is not None
        seconds = event.end - event.start if known else 0.0  # type: ignore[operator]
        who = f" by the {role_name(event.role).lower()}" if event.role else ""
        long = f"{length(seconds)} of speech{who}" if seconds else f"Speech{who}"
        if event.start is not None:
            lines = places.between(event.start, event.end or event.start, event.role)
        else:
            near = min(event.before_word, len(document.words) - 1)
            lines = places.of_words(near, near) if near >= 0 else ""
        detail = f"{sentence(long)} could not be made out: it is not on the page and was not checked for names."
        yield 50.0 + min(8.0, seconds), _item("unclear", "Unclear speech", detail, lines, event.start, event.end)


def joined(places: Iterable[int], apart: Callable[[int, int], bool]) -> Iterator[tuple[int, int, int]]:
    """(first, last, how many) of indices in rising order; where two neighbours are `apart` a new stretch begins."""
    first = last = -1
    number = 0
    for n in places:
        if first >= 0 and apart(last, n):
            yield first, last, number
            first, number = n, 0
        first = n if first < 0 else first
        last, number = n, number + 1
    if first >= 0:
        yield first, last, number


def _stretches(document: Document, wanted: Callable[[Word], bool]) -> Iterator[tuple[int, int, int]]:
    """(first, last, how many) of the words that `wanted` selects, joined over gaps of STRETCH_GAP_S. Replaced words are
    left out, since they are not on the page."""
    hidden, words = document.hidden_words(), document.words
    chosen = (n for n, word in enumerate(words) if n not in hidden and word.start is not None and wanted(word))

    def apart(before: int, after: int) -> bool:
        start = words[after].start or 0.0
        return start - (words[before].end or start) > STRETCH_GAP_S

    return joined(chosen, apart)


def _doubtful(document: Document, line: Timeline, places: Places) -> Iterator[_Row]:
    def doubtful(word: Word) -> bool:
        return word.has("uncertain") or (word.confidence is not None and word.confidence < DOUBTFUL_WORD)

    for first, last, number in _stretches(document, doubtful):
        if number < STRETCH_WORDS:
            continue
        start, end = _times(document.words[first : last + 1])
        detail = f"{count(number, 'word')} close together about which the recogniser was unsure."
        lines = places.of_words(first, last)
        yield 30.0 + min(9.0, number), _item("hearing", "Hard to hear", detail, lines, start, end)


def _recovered(document: Document, line: Timeline, places: Places) -> Iterator[_Row]:
    for first, last, number in _stretches(document, lambda word: word.has("recovered")):
        start, end = _times(document.words[first : last + 1])
        detail = f"{count(number, 'word')} found only when the passage was decoded a second time."
        lines = places.of_words(first, last)
        yield 25.0 + min(4.0, number / 5), _item("recovered", "Found at the second attempt", detail, lines, start, end)


def _overlaps(document: Document, line: Timeline, places: Places) -> Iterator[_Row]:
    for span in line.overlaps:
        seconds = span.end - span.start
        if seconds >= LONG_OVERLAP_S:
            detail = f"Both speak for {length(seconds)}; words of one of them could be missing."
            yield (
                15.0 + min(9.0, seconds),
                _item("overlap", "Talking at once", detail, span.lines, span.start, span.end),
            )
