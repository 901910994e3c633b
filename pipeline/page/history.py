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
    done: dict[int, Step] = {}  # by the number of the step: dictionaries keep their order
    undone: list[tuple[int, Step, Step]] = []
    step_of: dict[str, int] = {}
    group: Iterable[Edit]
    changes = (edit for edit in edits if not isinstance(edit, Sign))
    for number, (_, group) in enumerate(itertools.groupby(changes, key=lambda edit: edit.id.partition("-")[0])):
        step: Step = list(group)
        targets = {edit.edit for edit in step if isinstance(edit, Undo)}
        if not targets:
            done[number] = step
            step_of.update((edit.id, number) for edit in step)
            undone = []
        elif undone and targets == {edit.id for edit in undone[-1][2]}:
            old, again, _ = undone.pop()
            done[old] = again
        else:
            gone = sorted({n for target in targets if (n := step_of.get(target)) in done})
            undone += [(n, done.pop(n), step) for n in gone]
    return list(done.values()), [step for _, _, step in undone]


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
