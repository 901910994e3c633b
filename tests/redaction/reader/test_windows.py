"""Windows: every word is read, long words and turns fit, and chances come back to the words they belong to."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.redaction.reader.features import LISTS
from pipeline.redaction.reader.windows import CLS, LONGEST, SEP, Encoded, Floats, Ints, chances, windows

WORDS = st.lists(st.tuples(st.integers(1, 16), st.booleans()), min_size=1, max_size=700)


def encoded(words: list[tuple[int, bool]]) -> Encoded:
    """Word n has the pieces 1000 + n, as many as said."""
    return Encoded(
        [[1000 + n] * size for n, (size, _) in enumerate(words)],
        np.zeros((len(words), 5), np.int64),
        np.zeros((len(words), LISTS), np.float32),
        [new for _, new in words],
        0,
    )


@settings(max_examples=40, deadline=None)
@given(WORDS)
def test_every_word_is_in_a_window(words: list[tuple[int, bool]]) -> None:
    source = encoded(words)
    seen: set[int] = set()
    for row in windows(source):
        assert len(row.ids) <= LONGEST
        assert (row.ids[0], row.ids[-1]) == (CLS, SEP)
        seen |= {n for n in row.owner if n >= 0}
    assert seen == set(range(len(words)))


@settings(max_examples=20, deadline=None)
@given(WORDS)
def test_chances_belong_to_their_words(words: list[tuple[int, bool]]) -> None:
    def network(ids: Ints, integers: Ints, lists: Floats, style: Ints) -> Floats:
        return ids[:, :, None].astype(np.float32)

    found = chances(encoded(words), network, 1)
    np.testing.assert_allclose(found[:, 0], 1000 + np.arange(len(words)), rtol=1e-5)


@settings(max_examples=20, deadline=None)
@given(WORDS)
def test_windows_read_side_by_side_say_the_same(words: list[tuple[int, bool]]) -> None:
    def network(ids: Ints, integers: Ints, lists: Floats, style: Ints) -> Floats:
        assert len(ids) == 1  # nothing beside a window changes what is said of it
        return np.sin(np.cumsum(ids, axis=1, dtype=np.float32))[:, :, None]

    source = encoded(words)
    np.testing.assert_array_equal(chances(source, network, 1), chances(source, network, 1, threads=4))
