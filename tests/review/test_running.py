"""Edits applied as they come are the edits applied at once."""

from __future__ import annotations

import random

from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.core.document import Document
from pipeline.review import running
from pipeline.review.apply import apply
from pipeline.review.edits import Edit, Sign, SwapRoles, Undo
from pipeline.review.running import Running
from tests.review.worlds import edit_lists, interview, random_edits


@settings(max_examples=60, deadline=None)
@given(edit_lists, st.data())
def test_whatever_is_added_or_taken_back(drawn: tuple[Document, list[Edit]], data: st.DataObject) -> None:
    document, edits = drawn
    now = Running(document)
    for _ in range(4):
        count = data.draw(st.integers(0, len(edits)))
        taken = [Undo(id=f"u{n}", edit=e.id) for n, e in enumerate(edits[:count]) if data.draw(st.booleans())]
        some = [*edits[:count], *taken]
        assert now.to(some) == apply(document, some)


def test_old_states_are_thinned_out_and_still_lead_back() -> None:
    document = interview()
    edits = random_edits(document, random.Random(5), 2 * running.EVERY)
    now = Running(document)
    for count in (len(edits), 3, len(edits), running.EVERY + 1, 0, len(edits)):
        assert now.to(edits[:count]) == apply(document, edits[:count])
    assert len(now._kept) <= running.NEAR + len(edits) // running.EVERY + 2


def test_a_signature_is_gone_once_something_before_it_is_taken_back() -> None:
    swap, sign = SwapRoles(id="a"), Sign(id="s", who="JL")
    undo = Undo(id="u", edit="a")
    assert apply(interview(), [swap, sign]).signed == sign
    assert apply(interview(), [swap, sign, undo]).signed is None
    assert apply(interview(), [swap, sign, undo, Undo(id="v", edit="u")]).signed == sign
    assert apply(interview(), [swap, sign, SwapRoles(id="b")]).signed is None
