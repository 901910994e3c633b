"""What was heard stays: recognition runs once, and again only where somebody asks for it.

Key sheet and settings steer the first hearing. Whatever of them changes later changes what follows: redaction, lines,
files. So a name that is added to the key sheet never exchanges words of a transcript that is being read or quoted.
Hearing again (`--hear-again`) is refused on a locked or edited transcript unless a new version is asked for, and says
what would change before anything is replaced.
"""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.core.document import Document, Word
from pipeline.core.errors import UsageProblem
from pipeline.core.paths import STAGE_NUMBERS, RecordingPaths, write_bytes
from pipeline.core.settings import Settings, build, read_yaml
from pipeline.redaction.text.spans import bare
from pipeline.review.apply import apply
from pipeline.review.edits import Edit, Speaker, SwapRoles, in_force
from pipeline.transcript import locking

if TYPE_CHECKING:
    from pipeline.app.runner import Job

STAGES = ("ingest", "diarise", "transcribe")
SECTIONS = STAGES
"""Stages that hear, and the sections of the settings that steer them."""
BEFORE = "heard-before.json"
"""In work/: what was heard before it was heard again."""


@dataclass(frozen=True)
class Change:
    """What hearing again makes of a transcript. Counts only: never words."""

    words_before: int
    words_after: int
    words_changed: int
    edits: int
    unfitting: int

    def __str__(self) -> str:
        share = self.words_changed / max(1, self.words_before)
        text = f"heard again: {self.words_changed} of {self.words_before} words are others now ({share:.1%})"
        if self.edits:
            text += f"; {self.unfitting} of {self.edits} changes made in the review fit no longer"
        return text


def frozen(
    job: Job, paths: RecordingPaths, heard: Document | None, edits: Sequence[Edit], *, say: Callable[[str], None]
) -> tuple[Job, bool, bool]:
    """The job with the settings that count; whether to hear again, and whether to exchange roles.

    Args:
        heard: what was heard before, None if nothing was.

    Raises:
        UsageProblem: it is to be heard again, and is locked or edited (see `require_free`).
    """
    if heard is None:
        return job, False, False
    again = job.hear_again or (job.force and job.until in STAGES)
    if again:
        require_free(paths, edits, new_version=job.new_version)
        job = dataclasses.replace(job, until="transcribe") if job.until in STAGES else job
    last = settings_of_last_run(paths)
    if last is None:
        return job, again, False
    swap = wants_swap(job.settings, last, edits)
    return dataclasses.replace(job, settings=settings_that_count(job.settings, last, again=again, say=say)), again, swap


def settings_of_last_run(paths: RecordingPaths) -> Settings | None:
    """The settings that a recording was heard with, None where there are none. Raises: SettingsError."""
    return build(read_yaml(paths.settings), paths.settings) if paths.settings.is_file() else None


def settings_that_count(wanted: Settings, last: Settings, *, again: bool, say: Callable[[str], None]) -> Settings:
    """`wanted`; as long as the recording is not heard again, with the settings of hearing as they were."""
    if again:  # what --swap-roles asks for now is an edit
        swapped = {"swap_roles": last.transcribe.swap_roles}
        return wanted.model_copy(update={"transcribe": wanted.transcribe.model_copy(update=swapped)})
    if others := differing(wanted, last):
        say(f"{', '.join(others)}: what was heard stays; to hear the recording again with this, add --hear-again")
    return wanted.model_copy(update={name: getattr(last, name) for name in SECTIONS})


def differing(wanted: Settings, stored: Settings) -> list[str]:
    """Settings of hearing that are others than those a transcript was made with ("transcribe.model")."""
    found = []
    for section in SECTIONS:
        a, b = getattr(wanted, section), getattr(stored, section)
        found += [f"{section}.{key}" for key in type(a).model_fields if getattr(a, key) != getattr(b, key)]
    return [name for name in found if name not in ("transcribe.swap_roles", "transcribe.threads")]


def require_free(paths: RecordingPaths, edits: Sequence[Edit], *, new_version: bool) -> None:
    """Refuse to hear again what is being quoted or was put right by a person.

    Raises:
        UsageProblem: the transcript is locked or edited, and no new version was asked for.
    """
    if new_version:
        return
    lock, count = locking.load(paths), len(in_force(edits))
    if lock is None and not count:
        return
    state = [f"locked (v{lock.version})"] if lock else []
    state += [f"edited ({count} change{'s' if count > 1 else ''})"] if count else []
    raise UsageProblem(
        f"'{paths.id}' is {' and '.join(state)}; heard again, its words and lines would be others",
        file=paths.root,
        hint="add --new-version to hear it again all the same: what was edited is kept where it fits, and locked lines "
        "get a map to the new ones. For names that were missed, complete the key sheet and run without --hear-again",
    )


def wants_swap(wanted: Settings, stored: Settings, edits: Sequence[Edit]) -> bool:
    """Whether --swap-roles asks for something that is not done yet."""
    asked = wanted.transcribe.swap_roles and not stored.transcribe.swap_roles
    return asked and sum(isinstance(e, SwapRoles) for e in in_force(edits)) % 2 == 0


def compare(old: Document, new: Document, edits: Sequence[Edit]) -> Change:
    """What would be other words, and which edits would fit no longer."""
    from rapidfuzz.distance import Levenshtein

    a, b = [bare(w.text) for w in old.words], [bare(w.text) for w in new.words]
    unfitting = len(apply(new, edits).unfitting)
    return Change(len(a), len(b), Levenshtein.distance(a, b), len(in_force(edits)), unfitting)


def with_settled_roles(old: Document, new: Document, edits: Sequence[Edit], settings: Settings) -> Document:
    """The document heard anew, with the roles of before where a person settled them: each speaker gets the role of
    whoever spoke at the same time."""
    if not settings.transcribe.swap_roles and not any(isinstance(e, SwapRoles | Speaker) for e in in_force(edits)):
        return new
    before = _seconds(old.words, new.words)
    roles = {speaker: counts.most_common(1)[0][0] for speaker, counts in before.items()}
    words = tuple(
        w.model_copy(update={"role": roles[w.speaker]}) if w.speaker and w.speaker in roles else w for w in new.words
    )
    events = []
    told = {w.role: words[n].role for n, w in enumerate(new.words)}
    for event in new.events:
        role = told.get(event.role, event.role) if event.role else event.role
        events.append(event.model_copy(update={"role": role}))
    rows = tuple(
        r.model_copy(update={"role": roles[r.speaker], "confidence": 1.0}) if r.speaker in roles else r
        for r in new.roles
    )
    return new.with_(words=words, events=tuple(events), roles=rows)


def _seconds(old: Sequence[Word], new: Sequence[Word]) -> dict[str, Counter[str]]:
    """speaker heard anew -> seconds that they share with each role of before."""
    found: dict[str, Counter[str]] = {}
    timed = sorted((w.start, w.end, w.role) for w in old if w.start is not None and w.end is not None and w.role)
    at = 0
    for word in sorted((w for w in new if w.start is not None and w.end is not None), key=lambda w: w.start or 0.0):
        start, end = word.start or 0.0, word.end or 0.0
        while at < len(timed) and timed[at][0] < start - 30:  # no word is that long
            at += 1
        for low, high, role in timed[at:]:
            if low >= end:
                break
            if (both := min(end, high) - max(start, low)) > 0 and word.speaker:
                found.setdefault(word.speaker, Counter())[role] += both  # type: ignore[assignment]
    return found


def replace(paths: RecordingPaths, before: Document) -> None:
    """Make way for what was heard anew: keep what was heard before, and drop the snapshots that rest on it."""
    write_bytes(paths.work / BEFORE, before.model_dump_json().encode(), private=True)
    for stage, number in STAGE_NUMBERS.items():
        if number > STAGE_NUMBERS["transcribe"]:
            paths.snapshot(stage).unlink(missing_ok=True)
