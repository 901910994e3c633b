"""The replacements: what the transcript shows instead of an identifier.

The UK Data Service's advice: a meaningful description in brackets rather than a blank, the same for every
mention of one entity (`[sister]`, `[friend 2]`, `[psychiatric hospital]`, `[date in 2019]`).
"""

from __future__ import annotations

import functools
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pipeline.core.document import Category
from pipeline.redaction.entities import Cluster
from pipeline.redaction.text.forms import core_of, form_of
from pipeline.redaction.text.spans import Candidate, SpokenText
from pipeline.redaction.text.tables import table, words_of

#: The label of each category if nothing more specific is known.
PLAIN: dict[Category, str] = {
    "PERSON": "person",
    "PLACE": "place",
    "ORG": "organisation",
    "DATE": "date",
    "AGE": "age",
    "PHONE": "phone number",
    "EMAIL": "email",
    "HANDLE": "social media account",
    "POSTCODE": "postcode",
    "ADDRESS": "address",
    "NHS_NUMBER": "NHS number",
    "NI_NUMBER": "NI number",
    "OTHER_ID": "reference number",
    "VEHICLE": "vehicle registration",
    "QUASI": "identifying detail",
}
#: Labels that may stand for several entities: the second and later get a number, and so does the first.
NUMBERED: frozenset[Category] = frozenset({"PERSON", "PLACE", "ORG"})
#: Tables of words that tie a role to a name, see configs/recognisers/roles.yaml.
CUES = ("called", "is_before_name", "is_after_name", "determiners")
DECADES = ("", "teens", "twenties", "thirties", "forties", "fifties", "sixties", "seventies", "eighties")


@dataclass(frozen=True)
class Labelled:
    """One entity with its label, without brackets."""

    cluster: Cluster
    label: str


def age_band(years: int) -> str:
    """The band that stands for an exact age ("fifties"; children by school age; 90 or over)."""
    if years >= 90:
        return "90 or over"
    if years >= 13:
        return "teens" if years < 20 else DECADES[years // 10]
    return "primary-school age" if years >= 5 else "preschool age" if years >= 1 else "baby"


def label_of_value(mention: Candidate) -> str:
    """The label of a date, an age or a number, from its kind and canonical value."""
    if mention.category == "DATE":
        if "birth" in mention.kind:
            return "date of birth"
        year = re.match(r"(1[89]\d\d|20\d\d)", mention.value)
        return f"date in {year[1]}" if year else "date"
    if mention.category == "AGE":
        digits = re.match(r"\d{1,3}$", mention.value)
        return age_band(int(digits[0])) if digits else "age"
    return mention.kind if mention.kind and mention.category in ("OTHER_ID", "ADDRESS") else PLAIN[mention.category]


@functools.cache
def _labels_of(kind: str) -> dict[str, str]:
    """Word -> label of a kind of configs/recognisers/roles.yaml."""
    return {str(word): str(label) for label, words in table("roles")[kind].items() for word in words}


def person_label(transcript: SpokenText, mentions: Sequence[Candidate]) -> str:
    """What the words around a person's mentions call them ("sister", "peer support worker"), or "person"."""
    roles = _labels_of("person")
    votes: Counter[str] = Counter()
    for mention in mentions:
        for weight, label in _roles_near(transcript, mention, roles):
            votes[label] += weight
    return votes.most_common(1)[0][0] if votes else "person"


def _roles_near(transcript: SpokenText, mention: Candidate, roles: Mapping[str, str]) -> list[tuple[int, str]]:
    """Votes (weight, label): "my sister, Ellie", "Ellie, my sister", "Dr Patel", "a nurse called Faith"."""
    bare, turn, found = transcript.bare, transcript.turns[mention.first], []
    called, is_before, is_after, determiners = (frozenset(words_of(table("roles")[cue])) for cue in CUES)

    def at(n: int) -> str:
        return bare[n] if 0 <= n < len(bare) and transcript.turns[n] == turn else ""

    def ends_with(n: int) -> str | None:
        """The label of the one to three words that end with word `n`."""
        for size in (3, 2, 1):
            words = " ".join(at(k) for k in range(n - size + 1, n + 1)).strip()
            if words in roles:
                return roles[words]
        return None

    before = mention.first - 1
    tied = at(before) in called
    if label := ends_with(before - (tied or at(before) in is_before)):
        found.append((3, label))
    elif tied and (label := ends_with(mention.first - 3)):
        found.append((2, label))
    after = mention.last + 1
    if "," in mention.tail or at(after) in is_after:
        step = after + (at(after) in is_after or at(after) == "who's")
        if at(step) in determiners:
            for n in (step + 3, step + 2, step + 1):
                cut = any(re.search(r"[,.?!]$", transcript.words[k].text) for k in range(step, min(n, len(bare))))
                if not cut and (label := ends_with(n)):
                    found.append((3, label))
                    break
    return found


def place_label(form: str) -> str:
    """ "town", "village", "city", "street", "county", "country" by the tables, or "place"."""
    if label := _labels_of("place").get(form):
        return label
    last = form.split()[-1] if form else ""
    if last in table("roles")["street_words"] and " " in form:
        return "street"
    from pipeline.redaction.text.lexicon import lexicon

    words = lexicon()
    known = form in words.places or bool(words.places.match(form.split(), 0) if form else 0)
    return "town" if known else "place"


def organisation_label(form: str) -> str:
    """The label of an organisation by the last word that tells its kind ("ward", "surgery", "school")."""
    kinds = _labels_of("organisation")
    for word in reversed(form.split()):
        if word in kinds:
            return kinds[word]
    return kinds.get(form, "organisation")


def describe(transcript: SpokenText, cluster: Cluster, sheet_labels: Mapping[str, str]) -> str:
    """Label of one entity, without brackets and number."""
    for ref in sorted(cluster.refs):
        if sheet_labels.get(ref):
            return sheet_labels[ref]
    if cluster.category == "PERSON":
        return person_label(transcript, cluster.mentions)
    form = form_of(core_of(transcript, max(cluster.mentions, key=len)))
    if cluster.category == "PLACE":
        return place_label(form)
    if cluster.category == "ORG":
        return organisation_label(form)
    return label_of_value(cluster.mentions[0])


def choose(
    transcript: SpokenText,
    clusters: Sequence[Cluster],
    *,
    sheet_labels: Mapping[str, str],
    earlier: Mapping[str, str],
    style: str = "describe",
) -> list[Labelled]:
    """One label per entity, in order of first mention.

    `earlier` maps forms (see `entities.form_of`) to the replacements of this participant's earlier
    interviews: who was `[friend 2]` stays `[friend 2]`, and nobody else becomes it.
    """
    kept = {n: _from_before(transcript, c, earlier) for n, c in enumerate(clusters)}
    used = {v.strip("[]") for v in earlier.values()}
    labels = [kept[n] or describe(transcript, c, sheet_labels) for n, c in enumerate(clusters)]
    if style == "pseudonym":
        labels = _pseudonyms(clusters, labels, kept, used)
    counts: Counter[str] = Counter(
        label
        for n, (c, label) in enumerate(zip(clusters, labels, strict=True))
        if c.category in NUMBERED and not kept[n]
    )
    numbers: Counter[str] = Counter()
    result = []
    for n, (cluster, label) in enumerate(zip(clusters, labels, strict=True)):
        several = (
            counts[label] > 1
            or label in used
            or any(u.startswith(f"{label} ") for u in used)
            or label in PLAIN_NUMBERED
        )
        if cluster.category in NUMBERED and not kept[n] and several and style == "describe":
            numbers[label] += 1
            while f"{label} {numbers[label]}" in used:
                numbers[label] += 1
            label = f"{label} {numbers[label]}"
        result.append(Labelled(cluster, label))
    return result


#: Labels so vague that they are always numbered, because another one may turn up in the next interview.
PLAIN_NUMBERED = frozenset({"person", "friend"})


def _from_before(transcript: SpokenText, cluster: Cluster, earlier: Mapping[str, str]) -> str:
    for form in cluster.forms:
        if label := earlier.get(form_of(form)):
            return label.strip("[]")
    return ""


def _pseudonyms(
    clusters: Sequence[Cluster], labels: Sequence[str], kept: Mapping[int, str], used: set[str]
) -> list[str]:
    """Invented names for people, the same list for everybody, skipping names that the interview itself uses."""
    said = {form_of(part) for c in clusters for form in c.forms for part in form.split()}
    free = [str(n) for n in table("roles")["pseudonyms"] if form_of(str(n)) not in said and str(n) not in used]
    result = []
    for n, (cluster, label) in enumerate(zip(clusters, labels, strict=True)):
        if cluster.category == "PERSON" and not kept[n] and free:
            label = free.pop(0)
        result.append(label)
    return result


def with_brackets(label: str) -> str:
    """`[label]`."""
    return f"[{label}]"
