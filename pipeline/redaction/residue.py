"""Residual mentions: visible words that repeat what is hidden elsewhere. The redact stage hides them as well.

The reader judges words in their context, so it can miss a name that returns in another form: in capitals, with a
possessive, as the plural of a family name, with an accent or a soft hyphen. A telephone number can return with +44 in
front, or grouped differently. The only question here is whether a visible word is a form of something hidden.

A name that is no everyday word is hidden in every form. One that is ("Rose", "Will") may stay as that word, so its
forms count only where they are written as a name: "ROSE", "Rose's", "the Roses", "Rose Page", "my sister Rose". Which
words are everyday words, and which sound like a name, is passed in (`Vocabulary`); nothing here finds new names.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from pipeline.core.document import Document, Entity, Redaction
from pipeline.redaction.text.forms import MIN_DIGITS, national, plain, tokens, without_possessive
from pipeline.redaction.text.spans import split_edges
from pipeline.redaction.text.tables import table, words_of

METHOD = "found elsewhere"
ROUNDS = 8
LONG_SEQUENCE = 5
"""From this many words on, the words of a date or a number in the same order are the same date or number."""
PLURALS = ("es", "s")
MIN_NAME, MIN_CAPITALS, MIN_ALIKE = 2, 3, 4
_NAMED = ("PERSON", "PLACE", "ORG", "ADDRESS")
_TABLE = table("residual")
_JOINERS = frozenset(words_of(_TABLE["name_particles"]))
_CONTRACTED = frozenset(words_of(_TABLE["before_is"]))
_AFTER_IS = frozenset(words_of(_TABLE["after_is"]))
_STOPS = ".?!…,:;-–—"


@dataclass(frozen=True)
class Vocabulary:
    """Which words may stay readable. All words are folded.

    `everyday`: an ordinary word, a number, or a name too common to point at anybody. `alike`: two names that sound the
    same. `keep`: what the researcher wants to stay readable. `capital`: a word that is always written with a capital.
    """

    everyday: Callable[[str], bool]
    alike: Callable[[str, str], bool] = lambda a, b: False
    keep: frozenset[str] = frozenset()
    capital: Callable[[str], bool] = lambda word: False


@dataclass(frozen=True)
class Residue:
    """Words `[first, last]` that are a mention of what span `span` hides."""

    first: int
    last: int
    span: str


def hide(document: Document, vocabulary: Vocabulary) -> Document:
    """The document with its residual mentions hidden: each becomes a span like the one it repeats, and its form is
    added to that entity.

    A new form can have forms of its own, so this is repeated until nothing is found.
    """
    for _ in range(ROUNDS):
        document = _notes_covered(document, vocabulary)
        left = find(document, vocabulary)
        if not left:
            break
        document = _hidden(document, left)
    return document


def find(document: Document, vocabulary: Vocabulary) -> list[Residue]:
    """Visible mentions of what is hidden, in spoken order, without overlaps."""
    names = _Names(document, vocabulary)
    hidden = document.hidden_words()
    found: list[Residue] = []
    for run in _visible_runs(document, hidden):
        stream = [(n, token) for n in run for token in tokens(document.words[n].text)]
        found += _sequences(stream, names)
        said = [token for _, token in stream]
        for at, (n, token) in enumerate(stream):
            span = names.span_of(token, _around(said, at, _opens(document, n))) if names.concerns(token) else ""
            if span:
                found.append(Residue(n, n, span))
        found += _numbers(document, run, names)
    return _apart(found)


@dataclass(frozen=True)
class _Around:
    """The tokens beside one, empty at an end; `opens` if a sentence begins with it."""

    before: str
    after: str
    opens: bool

    @property
    def shouted(self) -> bool:
        """True among other words in capitals, where capitals mean nothing."""
        return any(len(token) > 1 and token.isupper() for token in (self.before, self.after))

    @property
    def contracted(self) -> bool:
        """True where an 's more likely stands for "is": "Hope's a funny thing"."""
        return self.opens and self.after.lower() in _AFTER_IS


def _around(said: Sequence[str], at: int, opens: bool) -> _Around:
    return _Around(said[at - 1] if at else "", said[at + 1] if at + 1 < len(said) else "", opens)


def _opens(document: Document, n: int) -> bool:
    before = document.words[n - 1] if n else None
    return before is None or before.role != document.words[n].role or before.text.rstrip("\"'”’)")[-1:] in (*_STOPS, "")


@dataclass
class _Name:
    """A word of a name: the span that hides it, whether of a person, and how it was said."""

    span: str
    person: bool = False
    said: set[str] = field(default_factory=set)


class _Names:
    """The hidden names and numbers, indexed for the search."""

    def __init__(self, document: Document, vocabulary: Vocabulary) -> None:
        self.vocabulary = vocabulary
        self._document = document
        replacements = {plain(t) for r in document.applied() for t in tokens(r.replacement)}
        self.stays = replacements | vocabulary.keep
        self.words: dict[str, _Name] = {}
        self.sequences: dict[str, dict[tuple[tuple[str, ...], tuple[str, ...]], Redaction]] = {}
        self.numbers: dict[str, str] = {}
        self._alike: dict[str, str] = {}
        self._concerns: dict[str, bool] = {}
        for span in document.applied():
            self._add(_said(document, span), span)
        first = {r.entity: r for r in reversed(document.applied())}
        for entity in document.entities:
            if entity.category == "PERSON" and entity.id in first:
                for form in entity.forms:
                    self._add_words(tokens(form), first[entity.id])

    def _add(self, said: str, span: Redaction) -> None:
        exact = tokens(said)
        digits = national(said)
        if len(digits) >= MIN_DIGITS:
            self.numbers.setdefault(digits, span.id)
        if span.category == "PERSON" and exact and self._family(span, exact):
            self._add_words([exact[-1].removesuffix("s")], span)
        if len(exact) > 1:
            folded = tuple(plain(t) for t in exact)
            self.sequences.setdefault(folded[0], {}).setdefault((folded, exact), span)
        if span.category == "PERSON" or len(exact) == 1:
            self._add_words(exact, span)
        elif span.category in _NAMED:
            self._add_words([t for t in exact if not self.vocabulary.everyday(plain(t))], span)

    def _family(self, span: Redaction, exact: Sequence[str]) -> bool:
        """True for "the Larters" """
        before = tokens(self._document.words[span.first - 1].text)[-1:] if span.first else ()
        return exact[-1].endswith("s") and "the" in (exact[0].lower(), *(t.lower() for t in before))

    def _add_words(self, exact: Iterable[str], span: Redaction) -> None:
        for token in exact:
            word = plain(token)
            person = span.category == "PERSON"
            if len(word) < (MIN_NAME if person else MIN_NAME + 1) or word.isdigit() or word in _JOINERS:
                continue
            name = self.words.setdefault(word, _Name(span.id))
            name.person |= person
            name.said.add(without_possessive(token))

    def concerns(self, token: str) -> bool:
        """False for most words: wherever they stand, no name has them for a form. The same few thousand tokens make up
        all of an interview, so that each is looked at once, and its surroundings only if need be."""
        if token not in self._concerns:
            word = plain(token)
            forms = (word, *(word.removesuffix(end) for end in PLURALS if word.endswith(end)))
            named = any(form in self.words for form in forms)
            self._concerns[token] = word not in self.stays and (named or bool(self._sounding(token, word)))
        return self._concerns[token]

    def span_of(self, token: str, around: _Around) -> str:
        """The span whose name `token` is a form of, "" for none."""
        word = plain(token)
        if word in self.stays:
            return ""
        name = self.words.get(word)
        if name is not None:
            return name.span if self._is_mention(token, word, name, around) else ""
        return self._plural(token, word, around) or self._sounding(token, word)

    def _is_mention(self, token: str, word: str, name: _Name, around: _Around) -> bool:
        bare = without_possessive(token)
        if not self.vocabulary.everyday(word) and len(word) > MIN_NAME:
            return True
        if not self.vocabulary.everyday(word):  # two letters: "Ng", but not "NG tube"
            return bare in name.said
        capital = any(said[:1].isupper() for said in name.said) and token[:1].isupper()
        if not name.person or not capital:
            return False
        if bare != token and word not in _CONTRACTED and not around.contracted:
            return True
        inside = not around.opens and not around.shouted and not self.vocabulary.capital(word)
        if token in name.said and inside:
            return True
        cried = len(bare) >= MIN_CAPITALS and bare.isupper() and not around.shouted
        return cried and bare not in name.said

    def _plural(self, token: str, word: str, around: _Around) -> str:
        """ "the Larters", "the Joneses"; of an everyday word only with a capital after "the"."""
        for end in PLURALS:
            name = self.words.get(word.removesuffix(end)) if word.endswith(end) else None
            if name is None or not name.person or len(word) - len(end) <= MIN_NAME:
                continue
            family = token[:1].isupper() and around.before.lower() == "the" and any(s[:1].isupper() for s in name.said)
            everyday = self.vocabulary.everyday(word) or self.vocabulary.everyday(word.removesuffix(end))
            if family or not everyday:
                return name.span
        return ""

    def _sounding(self, token: str, word: str) -> str:
        """The span of a name that sounds like `token`; only for words that look like names themselves."""
        if len(word) < MIN_ALIKE or not token[:1].isupper() or self.vocabulary.everyday(word):
            return ""
        if word not in self._alike:
            others = (
                name.span
                for other, name in self.words.items()
                if len(other) >= MIN_ALIKE
                and not self.vocabulary.everyday(other)
                and self.vocabulary.alike(word, other)
            )
            self._alike[word] = next(others, "")
        return self._alike[word]

    def counts_as_sequence(
        self, said: Sequence[str], folded: Sequence[str], exact: Sequence[str], span: Redaction
    ) -> bool:
        """Whether words that were hidden together and stand together again, as `said`, are the same mention."""
        if any(not self.vocabulary.everyday(word) and word not in self.stays for word in folded):
            return True
        if span.category not in _NAMED:  # a date or a number in words
            return len(folded) >= LONG_SEQUENCE
        capitals = all(t[:1].isupper() for t in exact)
        return capitals and tuple(said) == tuple(exact) and not all(word in self.stays for word in folded)


def _said(document: Document, span: Redaction) -> str:
    said = " ".join(w.text for w in document.words[span.first : span.last + 1])
    return said[len(span.lead) : len(said) - len(span.tail)]


def _visible_runs(document: Document, hidden: set[int]) -> Iterator[list[int]]:
    """Runs of visible words, interrupted by replacements."""
    run: list[int] = []
    for n in range(len(document.words)):
        if n not in hidden:
            run.append(n)
        elif run:
            yield run
            run = []
    if run:
        yield run


def _sequences(stream: Sequence[tuple[int, str]], names: _Names) -> Iterator[Residue]:
    folded = [plain(token) for _, token in stream]
    for at, word in enumerate(folded):
        for (wanted, exact), span in names.sequences.get(word, {}).items():
            end = at + len(wanted)
            if tuple(folded[at:end]) != wanted:
                continue
            if names.counts_as_sequence([token for _, token in stream[at:end]], wanted, exact, span):
                yield Residue(stream[at][0], stream[end - 1][0], span.id)


_FIGURES = re.compile(r"[\d\s().+/-]*\d[\d\s().+/,;:!?-]*")
_INSIDE = re.compile(r"\+?\d[\d().+/-]{6,}\d")
MOST_DIGITS = 30
"""Characters of the longest number, including spaces and separators."""


def _numbers(document: Document, run: Sequence[int], names: _Names) -> Iterator[Residue]:
    """Words that are or contain a hidden number, however it is grouped."""
    group: list[int] = []
    for n in [*run, -1] if names.numbers else ():
        text = document.words[n].text if n >= 0 else ""
        if _FIGURES.fullmatch(text):
            group.append(n)
            continue
        yield from _number_in(document, group, names)
        group = []
        for inside in _INSIDE.findall(text):
            if span := names.numbers.get(national(inside)):
                yield Residue(n, n, span)


def _number_in(document: Document, group: Sequence[int], names: _Names) -> Iterator[Residue]:
    for at, first in enumerate(group):
        text = ""
        for last in group[at:]:
            text += document.words[last].text
            if len(text) > MOST_DIGITS:
                break
            if span := names.numbers.get(national(text)):
                yield Residue(first, last, span)


def _apart(found: Iterable[Residue]) -> list[Residue]:
    """Mentions without overlaps (the longest wins), in spoken order."""
    taken: set[int] = set()
    kept = []
    for one in sorted(found, key=lambda r: (r.first - r.last, r.first)):
        words = set(range(one.first, one.last + 1))
        if not words & taken:
            kept.append(one)
            taken |= words
    return sorted(kept, key=lambda r: r.first)


def _hidden(document: Document, left: Sequence[Residue]) -> Document:
    twins = {span.id: span for span in document.redactions}
    added: list[Redaction] = []
    forms: dict[str, list[str]] = {}
    for one in left:
        first, last = document.words[one.first].text, document.words[one.last].text
        changes = {
            "first": one.first,
            "last": one.last,
            "lead": split_edges(first)[0],
            "tail": split_edges(last)[2],
            "method": METHOD,
            "confidence": 0.5,
        }
        span = twins[one.span].model_copy(update=changes)
        added.append(span)
        forms.setdefault(span.entity, []).append(_said(document, span))
    new = {n for one in left for n in range(one.first, one.last + 1)}
    kept = [s for s in document.redactions if s.action == "replace" or not new & set(range(s.first, s.last + 1))]
    merged = sorted([*kept, *added], key=lambda s: (s.first, s.last))
    return document.with_(
        redactions=tuple(s.model_copy(update={"id": f"R{k + 1}"}) for k, s in enumerate(merged)),
        entities=tuple(_with_forms(e, forms.get(e.id, ())) for e in document.entities),
    )


def _with_forms(entity: Entity, forms: Iterable[str]) -> Entity:
    new = tuple(dict.fromkeys((*entity.forms, *forms)))
    return entity if new == entity.forms else entity.model_copy(update={"forms": new})


def _notes_covered(document: Document, vocabulary: Vocabulary) -> Document:
    """The document with every form in which a typed note names somebody among the forms of the entity: notes are no
    words, and what is replaced in them are those forms (see `segments.scrubbed`)."""
    if not any(event.text for event in document.events):
        return document
    names = _Names(document, vocabulary)
    entity_of = {span.id: span.entity for span in document.redactions}
    forms: dict[str, list[str]] = {}
    for event in document.events:
        stream = tokens(event.text)
        for at, token in enumerate(stream):
            if span := names.span_of(token, _around(stream, at, at == 0)):
                forms.setdefault(entity_of[span], []).append(without_possessive(token))
    return document.with_(entities=tuple(_with_forms(e, forms.get(e.id, ())) for e in document.entities))
