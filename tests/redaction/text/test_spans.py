"""Spans of words beside each other."""

from __future__ import annotations

import pytest

from pipeline.redaction.text.spans import Candidate


@pytest.mark.parametrize(
    ("one", "other", "shared"),
    [
        ((2, 4), (2, 4), True),
        ((2, 4), (3, 3), True),
        ((2, 4), (4, 6), True),
        ((2, 4), (0, 2), True),
        ((2, 2), (2, 2), True),
        ((2, 4), (5, 6), False),
        ((2, 4), (0, 1), False),
    ],
)
def test_spans_overlap_if_they_share_a_word(one: tuple[int, int], other: tuple[int, int], shared: bool) -> None:
    first, second = (Candidate(*span, "DATE", 0.9, "dates") for span in (one, other))
    assert first.overlaps(second) is shared
    assert second.overlaps(first) is shared
