"""Coreference: which mentions are the same person, place, organisation or number.

Mentions of people are joined by equal forms, parts of a full name, short forms (Danielle, Dani), spelled-out
letters, and by sound, because a speech recogniser writes one name in several ways (Siobhan, Shavorn).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from pipeline.core.document import Category
from pipeline.redaction.text.forms import NAMED, AlikeForms, core_of, form_of, short_forms
from pipeline.redaction.text.lexicon import lexicon
from pipeline.redaction.text.phonetics import same_person
from pipeline.redaction.text.spans import Candidate, SpokenText


@dataclass
class Cluster:
    """Mentions of one entity, in spoken order. `refs` are the key sheet's entries they came from."""

    category: Category
    mentions: list[Candidate] = field(default_factory=list)
    forms: list[str] = field(default_factory=list)
    refs: set[str] = field(default_factory=set)

    @property
    def first(self) -> int:
        """Index of the first word of the first mention."""
        return min(m.first for m in self.mentions)


class _Groups:
    """Union-find over the indices of mentions."""

    def __init__(self, size: int) -> None:
        self.parent = list(range(size))

    def find(self, at: int) -> int:
        while self.parent[at] != at:
            self.parent[at] = self.parent[self.parent[at]]
            at = self.parent[at]
        return at

    def join(self, a: int, b: int) -> None:
        self.parent[self.find(a)] = self.find(b)


def cluster(transcript: SpokenText, mentions: Sequence[Candidate], from_asr: bool) -> list[Cluster]:
    """Mentions grouped into entities, in order of first mention.

    `from_asr` joins forms by sound: right for recognised speech, wrong for a transcript typed by hand, where
    two spellings are mostly two people.
    """
    forms = [_identity(transcript, m) for m in mentions]
    groups = _Groups(len(mentions))
    by_form: dict[tuple[Category, str], int] = {}
    refs: dict[str, int] = {}
    for n, mention in enumerate(mentions):
        key = (mention.category, forms[n])
        groups.join(n, by_form.setdefault(key, n))
        if mention.value and mention.cue == "key sheet":
            groups.join(n, refs.setdefault(mention.value, n))
    people = {form: n for (category, form), n in by_form.items() if category == "PERSON"}
    for a, b in _person_links(people, Counter(forms), from_asr):
        if not _apart(refs, groups, people[a], people[b]):
            groups.join(people[a], people[b])
    return _collect(transcript, mentions, groups)


def _identity(transcript: SpokenText, mention: Candidate) -> str:
    if mention.category not in NAMED and mention.value:
        return mention.value
    return form_of(core_of(transcript, mention))


def _apart(refs: Mapping[str, int], groups: _Groups, a: int, b: int) -> bool:
    """True if the key sheet says that the two are different people. `refs` maps its entries to a mention of each."""
    own = [{ref for ref, n in refs.items() if groups.find(n) == groups.find(x)} for x in (a, b)]
    return bool(own[0] and own[1] and not own[0] & own[1])


def _person_links(people: dict[str, int], counts: Counter[str], from_asr: bool) -> Iterable[tuple[str, str]]:
    """Pairs of forms that are one person: a part of exactly one full name, a short form, the same sound."""
    full = [form for form in people if " " in form]
    single = [form for form in people if " " not in form]
    with_part: dict[str, list[str]] = {}
    for form in full:
        for part in dict.fromkeys(form.split()):
            with_part.setdefault(part, []).append(form)
    for form in single:
        owners = with_part.get(form, [])
        if (owners and len({f.split()[0] for f in owners}) == 1) or len(owners) == 1:
            yield from ((form, owner) for owner in owners)
    singles = AlikeForms(single, lambda form: form)
    wholes = AlikeForms(full, lambda form: form.split()[0])
    for n, a in enumerate(single):
        near = [b for b in singles.of(a) if b != a]
        if len(near) == 1 or (near and a in short_forms()):
            yield a, near[0]
        if not near:
            owners = wholes.of(a)
            if len({f.split()[0] for f in owners}) == 1:
                yield a, owners[0]
        if from_asr:
            known = lexicon()
            for b in single[n + 1 :]:
                sure = known.is_given(a) and known.is_given(b) and min(counts[a], counts[b]) > 2
                if not sure and same_person(a, b):
                    yield a, b


def _collect(transcript: SpokenText, mentions: Sequence[Candidate], groups: _Groups) -> list[Cluster]:
    clusters: dict[int, Cluster] = {}
    for n, mention in enumerate(mentions):
        cluster = clusters.setdefault(groups.find(n), Cluster(mention.category))
        cluster.mentions.append(mention)
        form = core_of(transcript, mention)
        if form not in cluster.forms:
            cluster.forms.append(form)
        if mention.cue == "key sheet" and mention.value:
            cluster.refs.add(mention.value)
    return sorted(clusters.values(), key=lambda c: c.first)
