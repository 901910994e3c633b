"""Undo and redo without end, told from the edits alone: they survive a closed tab and a killed server.

What one request did is taken back at once; its edits share the beginning of their ids. Taking something back is an
edit, too, and taking that back is redoing it.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence

from pipeline.review.edits import Edit, Sign, Undo, new_id

Step = list[Edit]


def steps(edits: Sequence[Edit]) -> tuple[list[Step], list[Step]]:
    """What can be undone, and the undoings that can be taken back; the latest of each comes last."""
    done: list[Step] = []
    undone: list[tuple[Step, Step]] = []
    group: Iterable[Edit]
    for _, group in itertools.groupby(
        (e for e in edits if not isinstance(e, Sign)), key=lambda e: e.id.partition("-")[0]
    ):
        step: Step = list(group)
        targets = {edit.edit for edit in step if isinstance(edit, Undo)}
        if not targets:
            done.append(step)
            undone = []
        elif undone and targets == {edit.id for edit in undone[-1][1]}:
            done.append(undone.pop()[0])
        else:
            gone = [old for old in done if targets & {edit.id for edit in old}]
            done = [old for old in done if old not in gone]
            undone += [(old, step) for old in gone]
    return done, [step for _, step in undone]


def undo(edits: Sequence[Edit], who: str) -> Step:
    """What takes the latest step back, nothing where there is none."""
    done, _ = steps(edits)
    return _against(done[-1], who) if done else []


def redo(edits: Sequence[Edit], who: str) -> Step:
    """What takes the latest undoing back, nothing where something else was done since."""
    _, undone = steps(edits)
    return _against(undone[-1], who) if undone else []


def _against(step: Step, who: str) -> Step:
    group = new_id()
    return [Undo(id=f"{group}-{n}", edit=edit.id, who=who, via="page") for n, edit in enumerate(reversed(step))]
