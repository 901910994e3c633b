"""Sets of intervals."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.core.intervals import Interval, intersect, subtract, total, union

times = st.integers(0, 400).map(lambda n: n / 10)
rows = st.lists(st.tuples(times, times).map(lambda p: (min(p), max(p))), max_size=12)


def _inside(found: list[Interval], time: float) -> bool:
    return any(start <= time < end for start, end in found)


def test_union() -> None:
    assert union([(3.0, 4.0), (0.0, 1.0), (0.5, 2.0), (2.0, 2.5)]) == [(0.0, 2.5), (3.0, 4.0)]


@given(rows, rows)
def test_set_operations_agree_with_their_meaning(left: list[Interval], right: list[Interval]) -> None:
    a, b = union(left), union(right)
    both, less, common = union(a, b), subtract(a, b), intersect(a, b)
    for time in np.arange(0.05, 40, 0.1):
        in_a, in_b = _inside(a, time), _inside(b, time)
        assert _inside(both, time) == (in_a or in_b)
        assert _inside(less, time) == (in_a and not in_b)
        assert _inside(common, time) == (in_a and in_b)
    assert total(less) + total(common) == pytest.approx(total(a))
