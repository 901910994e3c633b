"""Edits applied while somebody makes them: the newest alone, where that comes to the same.

Edits of words are replayed one after the other, so that those which were replayed need not be replayed again as long as
the list only grows. Taking one back goes on from an earlier state, of which some are kept. The edits of redactions are
applied anew every time: they stand on the words as they are at the end.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from pipeline.core.document import Document
from pipeline.review.apply import Applied, decided, unreviewed
from pipeline.review.edits import Edit, in_force
from pipeline.review.replay import Text, replay

NEAR, EVERY = 16, 64
"""The states before the last NEAR edits are kept, and one for EVERY edits before them: what is taken back is mostly
what was done last."""


class Running:
    """A document and the edits that were applied to it so far. `to` gives what `apply.apply` gives."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self._base = unreviewed(document)
        self._done: list[Edit] = []
        self._text = Text.of(self._base, document.duration)
        self._kept: dict[int, Text] = {0: _copy(self._text)}

    def to(self, edits: Sequence[Edit]) -> Applied:
        """All edits applied."""
        return decided(self.document, self._base, self.words(edits), edits)

    def words(self, edits: Sequence[Edit]) -> Text:
        """The edits of words applied; what is returned changes with the next call."""
        counted = in_force(edits)
        same = _in_common(self._done, counted)
        if same < len(self._done):
            start = max(count for count in self._kept if count <= same)
            self._text, self._done = _copy(self._kept[start]), counted[:start]
            self._kept = {count: text for count, text in self._kept.items() if count <= start}
        for edit in counted[len(self._done) :]:
            replay(self._text, [edit])
            self._done.append(edit)
            self._keep()
        return self._text

    def _keep(self) -> None:
        count = len(self._done)
        self._kept[count] = _copy(self._text)
        old = count - NEAR
        if old > 0 and old % EVERY:
            self._kept.pop(old, None)


def _in_common(old: Sequence[Edit], new: Sequence[Edit]) -> int:
    """How many edits both lists begin with."""
    pairs = enumerate(zip(old, new, strict=False))
    return next((n for n, (a, b) in pairs if a is not b and a != b), min(len(old), len(new)))


def _copy(text: Text) -> Text:
    """A state that later edits do not change."""
    return replace(
        text,
        words=list(text.words),
        ids=list(text.ids),
        events=list(text.events),
        roles=list(text.roles),
        turns=list(text.turns),
        places=dict(text.places),
        unfitting=list(text.unfitting),
        heirs=dict(text.heirs),
        parents=dict(text.parents),
    )
