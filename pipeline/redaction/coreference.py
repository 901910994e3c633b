"""From the finds of all recognisers to mentions: overlaps settled, and whatever was found once found everywhere."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from pipeline.core.document import Category
from pipeline.redaction.names.tagger import Survey, small_words
from pipeline.redaction.text import allow_list
from pipeline.redaction.text.analysis import Analysis
from pipeline.redaction.text.forms import NAMED, core_of, form_of
from pipeline.redaction.text.lexicon import fold, lexicon
from pipeline.redaction.text.phonetics import same_person
from pipeline.redaction.text.spans import Candidate, resolve
from pipeline.redaction.text.tables import table, words_of
from pipeline.redaction.text.tokens import NameTokens

METHOD = "found elsewhere"
#: A word that is also an everyday word counts at the start of a sentence from this chance on, if the
#: same form is a name elsewhere in the interview.
HOMOGRAPH = 0.12
#: A recogniser that wrote a name in small letters once does it again: a word rarer than this (Zipf) counts everywhere.
RARE_WORD = 4.2
SHORTEST_FUZZY = 5
#: A word beside a name that the recogniser was less sure of, and that is rarer (Zipf), belongs to it.
UNSURE_REST = 0.8
UNSURE_COMMON = 5.4
#: Zipf frequency below which a word that starts a sentence may open an organisation's name ("Sore Points").
RARE_OPENER = 5.0


def merge_names(transcript: Analysis, found: Iterable[Candidate]) -> list[Candidate]:
    """Overlapping names joined: the span is the union, everything else that of the best score."""
    merged: list[Candidate] = []
    for candidate in sorted(found, key=lambda c: (c.first, -c.last, -c.score)):
        if not merged or not merged[-1].overlaps(candidate):
            merged.append(candidate)
            continue
        other = merged[-1]
        best = max((other, candidate), key=lambda c: c.score)
        start = min((other, candidate), key=lambda c: (c.first, len(c.lead)))
        end = max((other, candidate), key=lambda c: (c.last, -len(c.tail)))
        merged[-1] = replace(best, first=start.first, last=end.last, lead=start.lead, tail=end.tail)
    return merged


def widen(survey: Survey, found: Sequence[Candidate], from_asr: bool = False) -> list[Candidate]:
    """Names grown over the capitalised words that belong to them ("[Sandyhills] Pain Service", "Sore [Points]").

    Growing stops at punctuation, at words that identify nobody, and at everyday words that only start a sentence.
    """
    pieces = survey.pieces
    result = []
    for candidate in found:
        first, last = pieces.of_word[candidate.first], pieces.of_word[candidate.last]
        if candidate.category not in NAMED or not first or not last:
            result.append(candidate)
            continue
        a, b = first[0], last[-1]
        organisation = candidate.category == "ORG"
        if (
            from_asr
            and not candidate.tail
            and b + 1 < len(pieces)
            and pieces.folded[b + 1] in _heads()
            and pieces.same_turn(b, b + 1)
        ):
            b += 1  # "jipping ward", "kestrel lodge": a head goes with its name even in small letters
        if from_asr and candidate.category == "PERSON" and a and _small_given(survey, a):
            a -= 1  # "grace utting"
        if from_asr:
            a, b = _over_unsure(survey, a, b, candidate)
        if not candidate.tail:
            while b + 1 < len(pieces) and _belongs(survey, b, b + 1, organisation):
                b += 1
        if not candidate.lead:
            while a and _belongs(survey, a, a - 1, organisation):
                a -= 1
        if (a, b) == (first[0], last[-1]):
            result.append(candidate)
        else:
            grown = pieces.candidate(a, b, category=candidate.category, score=candidate.score, method=candidate.method)
            result.append(replace(grown, cue=candidate.cue, value=candidate.value))
    return result


def _small_given(survey: Survey, at: int) -> bool:
    """True if a given name in small letters stands right before the piece `at`."""
    pieces = survey.pieces
    near = pieces.same_turn(at - 1, at) and not pieces[at - 1].after and not pieces[at].before
    return (
        near
        and pieces.folded[at - 1] in lexicon().given_own
        and lexicon().frequency(pieces.folded[at - 1]) < RARE_OPENER + 0.5
    )


def _over_unsure(survey: Survey, a: int, b: int, candidate: Candidate) -> tuple[int, int]:
    """The name grown by one word on either side that the recogniser was not sure of: probably the rest of the name
    ("heart {preach}" for Harpreet)."""
    if not candidate.lead and a and _unsure_rest(survey, a - 1, a):
        a -= 1
    if not candidate.tail and b + 1 < len(survey.pieces) and _unsure_rest(survey, b + 1, b):
        b += 1
    return a, b


def _unsure_rest(survey: Survey, at: int, beside: int) -> bool:
    pieces, form = survey.pieces, survey.pieces.folded[at]
    low, high = min(at, beside), max(at, beside)
    if not pieces.same_turn(low, high) or pieces[low].after or pieces[high].before or len(form) < 3:
        return False
    confidence = pieces.transcript.words[pieces[at].word].confidence
    common = lexicon().frequency(form) > UNSURE_COMMON or form in lexicon().capitals or form in small_words("never")
    return confidence is not None and confidence < UNSURE_REST and not common


_OPENERS = frozenset(
    [
        "saint",
        "st",
        "new",
        "mount",
        "upper",
        "lower",
        "great",
        "little",
        "port",
        "north",
        "south",
        "east",
        "west",
        "old",
        "our",
        "market",
        "castle",
    ]
)


def _belongs(survey: Survey, inside: int, outside: int, organisation: bool) -> bool:
    """True if the piece `outside` goes on the name whose edge is the piece `inside`."""
    pieces, words = survey.pieces, lexicon()
    low, high = min(inside, outside), max(inside, outside)
    if not pieces.same_turn(low, high) or pieces[low].after or pieces[high].before:
        return False
    piece, form = pieces[outside], pieces.folded[outside]
    if not piece.capital or (form in words.capitals and not (organisation and form in _heads())):
        return False
    if form.split("'")[0] in ("i", "a") or len(form) < 2:
        return False
    if piece.initial:
        rare = organisation and words.frequency(form) < RARE_OPENER
        return outside < inside and (form in _OPENERS or rare)
    return True


@functools.cache
def _heads() -> frozenset[str]:
    return frozenset(words_of(table("cue_words")["organisation_heads"]))


def combine(transcript: Analysis, names: Sequence[Candidate], patterns: Sequence[Candidate]) -> list[Candidate]:
    """Names and patterns without overlaps: a pattern keeps its words, a name keeps what is left of its own."""
    taken = {n: p for p in patterns for n in range(p.first, p.last + 1)}
    result = list(patterns)
    for name in names:
        free = [n for n in range(name.first, name.last + 1) if n not in taken]
        if len(free) == len(name):
            result.append(name)
            continue
        inside = (taken[n] for n in range(name.first, name.last + 1) if n in taken)
        if not free or any(p.category in ("EMAIL", "HANDLE") for p in inside):
            continue
        first, last = free[0], free[-1]
        if last - first + 1 != len(free):
            continue
        lead = name.lead if first == name.first else ""
        tail = name.tail if last == name.last else ""
        fresh = transcript.candidate(name.category, first, last, score=name.score, method=name.method)
        result.append(replace(name, first=first, last=last, lead=lead or fresh.lead, tail=tail or fresh.tail))
    return sorted(result, key=lambda c: (c.first, c.last))


def without_kept(
    transcript: Analysis, found: Sequence[Candidate], always: Sequence[str], sure: float = 0.9
) -> list[Candidate]:
    """Candidates that neither the allow list nor the researcher (`always`) wants to stay readable.

    A month that is very likely a person (June, April) is not held back by the calendar.
    """
    spared = {form_of(entry) for entry in always}
    result = []
    for candidate in found:
        if form_of(core_of(transcript, candidate)) in spared:
            continue
        why = transcript.allowed_as(candidate.first, candidate.last)
        if (
            candidate.category not in NAMED
            or not why
            or candidate.cue == "key sheet"
            or (set(why) == {"calendar"} and candidate.score >= sure and not _weekday(transcript, candidate))
        ):
            result.append(candidate)
    return result


def _weekday(transcript: Analysis, candidate: Candidate) -> bool:
    return transcript.bare[candidate.first].removesuffix("'s") in allow_list.WEEKDAYS


def spread(transcript: Analysis, survey: Survey, found: Sequence[Candidate], from_asr: bool) -> list[Candidate]:
    """More mentions of what was found: every other place where a found form is said.

    Parts of a person's full name count by themselves. An everyday word in small letters never counts;
    with a capital at the start of a sentence it counts if the model gives it a chance.
    `from_asr` also takes capitalised or unknown words that sound like a person found.
    """
    taken: dict[int, list[Candidate]] = {}
    for candidate in found:
        for n in range(candidate.first, candidate.last + 1):
            taken.setdefault(n, []).append(candidate)
    single, phrases = _forms(transcript, found)
    pieces = survey.pieces
    more: list[Candidate] = []
    for at in range(len(pieces)):
        form = pieces.folded[at]
        if pieces[at].word in taken:
            continue
        for parts, category in phrases.get(form, ()):
            last = at + len(parts) - 1
            if last >= len(pieces) or _half_taken(taken, pieces[at].word, pieces[last].word):
                continue
            if _same_phrase(pieces, at, parts, from_asr):
                more.append(pieces.candidate(at, last, category=category, score=0.8, method=METHOD))
                break
        else:
            if hit := _single(survey, at, form, single, from_asr):
                more.append(pieces.candidate(at, at, category=hit, score=0.75, method=METHOD))
    return resolve([*found, *more])


def _half_taken(taken: Mapping[int, Sequence[Candidate]], first: int, last: int) -> bool:
    """True if some of the words first..last belong to a mention that is more than a part of them."""
    inside = (c for n in range(first, last + 1) for c in taken.get(n, ()))
    return any(c.first < first or c.last > last or c.score >= 0.8 for c in inside)


def _same_phrase(pieces: NameTokens, at: int, parts: Sequence[str], from_asr: bool) -> bool:
    """True if the phrase stands at `at`, and not as everyday words in small letters ("pity me"), unless a recogniser
    may have written it so and one of the words is rare ("poppy lodge")."""
    last = at + len(parts) - 1
    if pieces.folded[at : last + 1] != list(parts) or not pieces.same_turn(at, last):
        return False
    if any(pieces[n].capital for n in range(at, last + 1)) or not all(p in lexicon().everyday for p in parts):
        return True
    return from_asr and min(lexicon().frequency(p) for p in parts) < RARE_WORD


def _forms(
    transcript: Analysis, found: Sequence[Candidate]
) -> tuple[dict[str, Category], dict[str, list[tuple[tuple[str, ...], Category]]]]:
    """(single forms with category, first word -> phrases) of what was found."""
    single: dict[str, Category] = {}
    phrases: dict[str, list[tuple[tuple[str, ...], Category]]] = {}
    words = lexicon()
    for candidate in sorted(found, key=lambda c: -c.score):
        if candidate.category not in NAMED:
            continue
        form = form_of(core_of(transcript, candidate))
        parts = tuple(form.split())
        if len(parts) > 1:
            rows = phrases.setdefault(parts[0], [])
            if parts not in [p for p, _ in rows]:
                rows.append((parts, candidate.category))
                rows.sort(key=lambda row: -len(row[0]))
        if candidate.category == "PERSON":
            for part in parts:
                if len(part) > 2 and not (part in words.everyday and words.frequency(part) > 5.6):
                    single.setdefault(part, "PERSON")
        elif len(parts) == 1 and len(form) > 1:
            single.setdefault(form, candidate.category)
    return single, phrases


def _common_noun(pieces: NameTokens, at: int) -> bool:
    """True after an article: "a biscuit", when Biscuit is the dog."""
    return at > 0 and pieces.same_turn(at - 1, at) and pieces.folded[at - 1] in ("a", "an", "the", "some", "any", "no")


def _single(survey: Survey, at: int, form: str, single: dict[str, Category], from_asr: bool) -> Category | None:
    piece, words = survey.pieces[at], lexicon()
    bare = form.removesuffix("'s")
    everyday = bare in words.everyday or words.frequency(bare) > 5.5
    hit_form = next((f for f in (form, bare, form.removesuffix("s") if len(form) > 4 else form) if f in single), "")
    hit = single.get(hit_form)
    if hit:
        if not everyday:
            return hit if piece.capital or len(form) > 3 else None
        again = (
            from_asr and words.frequency(bare) < RARE_WORD and form == hit_form and not _common_noun(survey.pieces, at)
        )
        certain = (piece.capital and not piece.initial) or again
        return hit if (certain or survey.named(at) >= HOMOGRAPH) and bare not in words.capitals else None
    if not from_asr or everyday or len(form) < SHORTEST_FUZZY or bare in words.capitals:
        return None
    if (piece.capital and not piece.initial) or words.frequency(bare) < 2.0:
        for known, category in single.items():
            if category == "PERSON" and len(known) >= SHORTEST_FUZZY and same_person(known, fold(bare)):
                return "PERSON"
    return None
