"""The trained name recogniser: is a capitalised piece a person, a place, an organisation, or nothing?

A multinomial logistic model over the features of `features.py`, trained on invented British interviews
(models/training/train_names.py). Plain numbers in an .npz, no pickle; NumPy is all it needs. In transcribed
speech a capital letter inside a sentence is nearly always a name, so the work lies in the start of sentences, in
words that are names too, and in capitals that identify nobody.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from pipeline.core.document import Category
from pipeline.core.errors import SettingsError
from pipeline.core.settings import configs_folder
from pipeline.redaction.names.features import Extractor, shape
from pipeline.redaction.names.spacy_tags import WordTag
from pipeline.redaction.text.allow_list import is_medication
from pipeline.redaction.text.analysis import Analysis
from pipeline.redaction.text.lexicon import Lexicon, lexicon
from pipeline.redaction.text.spans import Candidate
from pipeline.redaction.text.tables import table, words_of
from pipeline.redaction.text.tokens import NameTokens

LABELS = ("O", "B-PERSON", "I-PERSON", "B-PLACE", "I-PLACE", "B-ORG", "I-ORG")
CATEGORIES: tuple[Category, ...] = ("PERSON", "PLACE", "ORG")
THRESHOLD = 0.12
#: In recognised speech, where names turn into other words, a smaller chance is enough ...
HEARD = 0.05
#: ... but an everyday word that is no name of any list needs more, the surer the recogniser was of it:
#: (confidence from which on, chance). One that only starts a sentence needs the first.
EVERYDAY = ((0.85, 0.3), (0.6, 0.12))
#: So does any everyday word in small letters that the recogniser was quite sure of ("hope" in "I hope so").
SMALL = 0.12
QUITE_SURE = 0.9
#: A compound with a part that is no word ("heart-preat" for Harpreet) is something the recogniser did not know.
NO_WORD = 0.02
SHORTEST_PART = 4
#: A word on the list of capitals that identify nobody needs this chance.
LISTED = 0.25
#: Zipf frequency above which a capital at the start of a sentence is never a name unless a list has it ("And").
FUNCTION = 5.8
#: A word in small letters that the recogniser was less sure of than this, and that is rarer than this (Zipf), may be a
#: name that was heard as something else ("tummy" for Temi).
UNSURE = 0.85
#: ... and after "my cat" or "called" less than this.
CUED = 0.97
COMMON = 5.3
Array = npt.NDArray[np.float32]


@functools.cache
def small_words(name: str) -> frozenset[str]:
    """A list of configs/recognisers/cue_words.yaml."""
    return frozenset(words_of(table("cue_words")[name]))


def model_file() -> Path:
    """Where the weights are."""
    return configs_folder() / "recognisers" / "propernouns.npz"


@dataclass(frozen=True)
class Model:
    """`index` maps a feature to its row of `weights` (features, labels)."""

    index: dict[str, int]
    weights: Array

    def probabilities(self, features: Iterable[Sequence[str]]) -> Array:
        """(n, labels) for n pieces, whose features are asked for one after the other: they are large."""
        rows = [self.weights[[self.index[f] for f in row if f in self.index]].sum(axis=0) for row in features]
        scores = np.array(rows, np.float32).reshape(len(rows), len(LABELS))
        scores -= scores.max(axis=1, keepdims=True) if rows else 0
        exp = np.exp(scores)
        result: Array = exp / exp.sum(axis=1, keepdims=True)
        return result


@functools.cache
def model(path: Path | None = None) -> Model:
    """The trained model, read once.

    Raises:
        SettingsError: the file is missing or damaged.
    """
    path = path or model_file()
    try:
        with np.load(path, allow_pickle=False) as data:
            names = data["features"].tobytes().decode("utf-8").split("\n")
            weights = data["weights"].astype(np.float32)
    except (OSError, KeyError, ValueError, UnicodeDecodeError) as error:
        raise SettingsError("the name model is missing or damaged", file=path, hint="reinstall the program") from error
    return Model({name: n for n, name in enumerate(names)}, weights)


@dataclass(frozen=True)
class Survey:
    """The pieces of a transcript and, for those that the model was asked about, the chance of each label. `from_asr`
    says that a speech recogniser wrote them."""

    pieces: NameTokens
    chances: dict[int, Array]
    from_asr: bool = False

    def named(self, at: int) -> float:
        """Chance that the piece is a name, 0 where the model was not asked."""
        return 1.0 - float(self.chances[at][0]) if at in self.chances else 0.0


def is_candidate(pieces: NameTokens, at: int, words: Lexicon, from_asr: bool) -> bool:
    """True for a piece that the model is asked about: a capital, or a lower-case form that no list knows.

    In recognised speech (`from_asr`) small letters prove nothing ("somebody called joy"): there the model is also asked
    about forms that are names, and about those written with a capital elsewhere in the interview.
    """
    piece, form = pieces[at], pieces.folded[at]
    if form in small_words("never") or not any(c.isalpha() for c in form):
        return False
    frequency = words.frequency(form)
    if piece.capital:
        return not (piece.initial and frequency > FUNCTION and form not in words.given_own)
    bare = form.split("'")[0].split("-")[0]
    if len(form) > 3 and form.isalpha() and bare not in words.everyday and frequency < 3.0:
        return True
    if not from_asr or len(bare) < 3 or frequency > FUNCTION + 0.5:
        return False
    named = bare in words.given_own or bare in words.family_own or bare in words.places_own or bare in words.places
    if named or has_no_word(form, words) or pieces.mid_capitals[bare] > 0:
        return True
    confidence = pieces.transcript.words[piece.word].confidence
    if confidence is None or frequency >= COMMON:
        return False
    return confidence < UNSURE or (confidence < CUED and _cued(pieces, at))


def has_no_word(form: str, words: Lexicon) -> bool:
    """True for a compound with a part of some letters that no list knows."""
    parts = form.removesuffix("'s").split("-")
    return len(parts) > 1 and any(
        len(part) >= SHORTEST_PART and part.isalpha() and words.frequency(part) <= 0 and not is_medication(part)
        for part in parts
    )


def _cued(pieces: NameTokens, at: int) -> bool:
    """True if a word for a person or an animal, or "called", stands within two words before."""
    return any(
        pieces.same_turn(n, at) and pieces.folded[n].removesuffix("'s") in _introductions()
        for n in range(max(0, at - 2), at)
    )


@functools.cache
def _introductions() -> frozenset[str]:
    classes = table("names")
    return frozenset(words_of([*classes["kin"], *classes["staff"], "called", "named", "nicknamed", "christened"]))


class ProperNouns:
    """People, places and organisations by the trained model."""

    name: ClassVar[str] = "proper nouns"
    categories: ClassVar[tuple[Category, ...]] = CATEGORIES

    def __init__(self, threshold: float = THRESHOLD, weights: Model | None = None) -> None:
        self.threshold = threshold
        self.weights = weights

    def survey(self, transcript: Analysis, tags: Sequence[WordTag], *, from_asr: bool = False) -> Survey:
        """Every piece and what the model thinks of it. `tags` has one entry per word (see `ner`); `from_asr` says that
        a speech recogniser wrote the words."""
        words = lexicon()
        pieces = transcript.name_tokens
        asked = [n for n in range(len(pieces)) if is_candidate(pieces, n, words, from_asr)]
        extractor = Extractor(pieces, tags, words, from_asr=from_asr)
        chances = (self.weights or model()).probabilities(extractor.features(n) for n in asked)
        return Survey(pieces, dict(zip(asked, chances, strict=True)), from_asr)

    def find(self, survey: Survey) -> list[Candidate]:
        """Candidates in spoken order."""
        return spans(survey, min(self.threshold, HEARD) if survey.from_asr else self.threshold)


def needed(survey: Survey, at: int, threshold: float) -> float:
    """The chance from which on the piece counts as a name."""
    form, words = survey.pieces.folded[at].removesuffix("'s"), lexicon()
    if form in words.capitals:
        return max(threshold, LISTED)
    if survey.from_asr and has_no_word(form, words):
        return min(threshold, NO_WORD)
    if survey.from_asr and form in words.everyday:
        return max(threshold, _everyday(survey, at, form))
    return threshold


def _everyday(survey: Survey, at: int, form: str) -> float:
    """See EVERYDAY and SMALL."""
    words, piece = lexicon(), survey.pieces[at]
    confidence = survey.pieces.transcript.words[piece.word].confidence
    if confidence is None:
        return 0.0
    if not (form in words.given_own or form in words.family_own or form in words.places_own):
        if piece.capital and piece.initial:
            return EVERYDAY[0][1]
        return next((chance for level, chance in EVERYDAY if confidence >= level), 0.0)
    return SMALL if not piece.capital and confidence >= QUITE_SURE else 0.0


def spans(survey: Survey, threshold: float) -> list[Candidate]:
    """Runs of named pieces as candidates; the category is the likeliest of the whole run."""
    pieces, chances = survey.pieces, survey.chances
    runs: list[list[int]] = []
    for at in sorted(chances):
        if 1 - chances[at][0] < needed(survey, at, threshold):
            continue
        previous = runs[-1][-1] if runs else None
        if previous is not None and _joined(pieces, chances, previous, at):
            runs[-1] += range(previous + 1, at + 1)
        else:
            runs.append([at])
    found = []
    for run in runs:
        mass = np.sum([chances[n] for n in run if n in chances], axis=0)
        per = [float(mass[1 + 2 * k] + mass[2 + 2 * k]) for k in range(3)]
        best = int(np.argmax(per))
        score = float(np.mean([1 - chances[n][0] for n in run if n in chances]))
        found.append(
            pieces.candidate(
                run[0], run[-1], category=CATEGORIES[best], score=min(score, 0.99), method=ProperNouns.name
            )
        )
    return found


def _joined(pieces: NameTokens, chances: dict[int, Array], a: int, b: int) -> bool:
    """True if piece b goes on the name that piece a is in."""
    if b - a > 3 or not pieces.same_turn(a, b):
        return False
    if any(pieces[n].after.strip("-") for n in range(a, b)) or any(pieces[n].before for n in range(a + 1, b + 1)):
        return False
    kind = [int(np.argmax(chances[n][1:])) // 2 for n in (a, b)]
    if b - a > 1:
        between = pieces.folded[a + 1 : b]
        if all(w in small_words("particles") for w in between):
            return True
        return (
            kind[0] == kind[1]
            and all(w in small_words("name_joiners") for w in between)
            and _goes_on(chances[b], kind[1])
        )
    return (kind[0] == kind[1] and _goes_on(chances[b], kind[1])) or shape(pieces[a].core) == shape(
        pieces[b].core
    ) == "L"


def _goes_on(chance: Array, kind: int) -> bool:
    return bool(chance[2 + 2 * kind] >= chance[1 + 2 * kind])
