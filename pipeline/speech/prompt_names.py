"""Names that an interview has written so far, for the prompt of the windows still to be decoded.

A recogniser that has just read "Yetunde" hears Yetunde again; one that has not writes "yet under". What is taken
here identifies nobody by itself and is hidden nowhere: it only has to look like a name.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from pipeline.core.document import Word
from pipeline.redaction.text.lexicon import Lexicon, lexicon
from pipeline.redaction.text.spans import SpokenText
from pipeline.redaction.text.tokens import NameTokens

SURE = 0.5
"""Less sure words are taken only if they are written twice, or stand in the lists."""


def names(words: Sequence[Word]) -> list[str]:
    """Names as written, the most frequent first. `words` in spoken order, with the recogniser's confidence."""
    pieces, lists = NameTokens(SpokenText(words)), lexicon()
    times: Counter[str] = Counter()
    spelling: dict[str, str] = {}
    sure: dict[str, float] = {}
    for at, form in enumerate(pieces.folded):
        piece = pieces[at]
        if not piece.capital or (piece.initial and form not in spelling) or not _is_name(form, lists):
            continue
        times[form] += 1
        spelling.setdefault(form, piece.core)
        confidence = words[piece.word].confidence
        sure[form] = max(sure.get(form, 0.0), 1.0 if confidence is None else confidence)
    good = [f for f in times if times[f] > 1 or sure[f] >= SURE or _listed(f, lists)]
    return [spelling[f] for f in sorted(good, key=lambda f: (-times[f], -sure[f], f))]


def _is_name(form: str, lists: Lexicon) -> bool:
    if len(form) < 3 or not form.replace("-", "").isalpha() or form in lists.capitals:
        return False
    return form not in lists.everyday or form in lists.given_own


def _listed(form: str, lists: Lexicon) -> bool:
    return lists.is_given(form) or form in lists.places_own or form in lists.family_own
