"""Indirect identifiers: flagged for a person to decide, never replaced automatically.

"The only left-handed scribe north of Manchester" contains no name and yet points at one person. The flags are also
the material of the report's combination check: what somebody who knows the area could piece together after redaction.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Set

from pipeline.core.document import Redaction
from pipeline.redaction.text.spans import SpokenText, split_edges

SUGGESTION = "describe it more generally, or cut it"


def find(transcript: SpokenText, stretches: Iterable[tuple[int, int]], taken: Set[int]) -> list[Redaction]:
    """Flags on stretches (first word, last word). Words in `taken` (already replaced) are never part of one."""
    return [_flag(transcript, a, b) for first, last in stretches for a, b in _free(first, last, taken)]


def _free(first: int, last: int, taken: Set[int]) -> Iterator[tuple[int, int]]:
    """The parts of first..last that are not taken, at least two words each."""
    start = first
    for n in range(first, last + 2):
        if n > last or n in taken:
            if n - start > 1:
                yield start, n - 1
            start = n + 1


def _flag(transcript: SpokenText, first: int, last: int) -> Redaction:
    return Redaction(
        id="R0",
        category="QUASI",
        entity="",
        first=first,
        last=last,
        replacement="[identifying detail]",
        lead=split_edges(transcript.words[first].text)[0],
        tail=split_edges(transcript.words[last].text)[2],
        action="flag",
        method="indirect",
        confidence=0.5,
        suggestion=SUGGESTION,
    )
