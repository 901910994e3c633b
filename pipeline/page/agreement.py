"""A second pair of eyes: stretches drawn by chance, which somebody else hears, and how far the two agree.

The second listener goes on from what the first made of the interview, in the same page, under initials of their own.
What they leave as it is, they agree with.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pipeline.core.document import Document
from pipeline.page import listening
from pipeline.page.interview import Interview, Shown
from pipeline.page.listening import Heard, Sample
from pipeline.page.problems import Refused
from pipeline.redaction.text.spans import bare
from pipeline.review.apply import apply
from pipeline.review.edits import Edit, Sign

NO_SOUND = "A transcript that was typed by hand has no recording of which a second listener could hear a part."
NOT_DRAWN = "No stretches were drawn yet. Next: `ipa review ID --sample 10%`."


def drawn(interview: Interview, share: float, by: str) -> Sample:
    """Draw stretches, and keep them in place of those that were drawn before.

    Raises:
        Refused: there is no recording.
    """
    with interview.busy:
        shown = interview.shown()
        if not shown.document.duration:
            raise Refused(409, "no_sound", NO_SOUND)
        heard = listening.load(interview.paths)
        sample = listening.draw(shown.document, share, by or _latest_hand(shown.edits), len(shown.edits))
        listening.save(interview.paths, heard.model_copy(update={"sample": sample}))
        return sample


def _latest_hand(edits: Sequence[Edit]) -> str:
    return next((edit.who for edit in reversed(edits) if edit.who), "")


def between(shown: Shown, heard: Heard) -> dict[str, Any]:
    """How far the second listeners agree with the first, in the stretches.

    `words` are the first's words there, `same` those that the others left as they were; `word_agreement` is their
    share. `hidden` are words that either wants hidden, `hidden_same` those of both; `kappa` is Cohen's, over all words
    there, hidden or not.

    Raises:
        Refused: no stretches were drawn.
    """
    sample = heard.sample
    if sample is None:
        raise Refused(404, "no_sample", NOT_DRAWN)
    old = [edit for edit in shown.edits[: sample.edits] if not isinstance(edit, Sign)]
    new = [edit for edit in shown.edits[sample.edits :] if edit.who != sample.by]
    first, second = apply(shown.base, old), apply(shown.base, [*old, *new])
    listeners = sorted({edit.who for edit in new} | (set(heard.reviewers) - {sample.by, ""}))
    played = [r for who in listeners for r in heard.of(who).ranges]
    result = _compared(first.document, second.document, first.ids, second.ids, sample)
    return {
        "by": sample.by,
        "listeners": listeners,
        "stretches": sample.stretches,
        "heard_share": _covered(sample.stretches, listening.joined(played)),
        **result,
    }


def _inside(document: Document, sample: Sample) -> list[int]:
    """Words whose middle lies in a stretch."""
    return [
        n
        for n, word in enumerate(document.words)
        if word.start is not None
        and any(low <= (word.start + (word.end or word.start)) / 2 < high for low, high in sample.stretches)
    ]


def _compared(
    first: Document, second: Document, first_ids: Sequence[str], second_ids: Sequence[str], sample: Sample
) -> dict[str, Any]:
    mine, theirs = _inside(first, sample), _inside(second, sample)
    where = {identity: n for n, identity in enumerate(second_ids)}
    pairs = [(n, where.get(first_ids[n])) for n in mine]
    added = len({second_ids[n] for n in theirs} - set(first_ids))
    kept = [(a, b) for a, b in pairs if b is not None]
    same = sum(bare(first.words[a].text) == bare(second.words[b].text) for a, b in kept)
    speakers = sum(first.words[a].role == second.words[b].role for a, b in kept)
    hidden_first, hidden_second = first.hidden_words(), second.hidden_words()
    marks = [(a in hidden_first, b in hidden_second) for a, b in kept]
    total = len(mine) + added
    return {
        "words": len(mine),
        "same": same,
        "added": added,
        "word_agreement": _share(same, total),
        "speaker_agreement": _share(speakers, len(kept)),
        "hidden": sum(a or b for a, b in marks),
        "hidden_same": sum(a and b for a, b in marks),
        "kappa": _kappa(marks),
    }


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None


def _kappa(marks: Sequence[tuple[bool, bool]]) -> float | None:
    """Cohen's kappa of two judgements; None where neither hides anything, or there is nothing to judge."""
    count = len(marks)
    yes_first, yes_second = sum(a for a, _ in marks), sum(b for _, b in marks)
    if not count or not (yes_first or yes_second):
        return None
    observed = sum(a == b for a, b in marks) / count
    expected = (yes_first * yes_second + (count - yes_first) * (count - yes_second)) / count**2
    return 1.0 if expected == 1 else round((observed - expected) / (1 - expected), 4)


def _covered(stretches: Sequence[tuple[float, float]], played: Sequence[tuple[float, float]]) -> float:
    """The share of the stretches that was played."""
    whole = sum(high - low for low, high in stretches)
    return round(listening.common(stretches, played) / whole, 4) if whole else 0.0
