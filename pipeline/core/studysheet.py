"""The study sheet: what holds for every interview of a folder, in `study.yaml` beside the recordings.

It is laid under the key sheet of each interview by `merge`, so that everything after that sees one key sheet. Private
like a key sheet: read, never copied to share/.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Literal, NamedTuple

from pydantic import Field

from pipeline.core import keysheet
from pipeline.core.document import Action, Category, Frozen
from pipeline.core.errors import KeySheetError
from pipeline.core.keysheet import KeySheet, Person
from pipeline.core.paths import read_bytes, write_text
from pipeline.core.settings import Settings

HINT = "see configs/study-sheet.example.yaml for a valid one"
WHAT = "study sheet"
_SECTION = re.compile(rf"^(?:{'|'.join(Settings.model_fields)}):".encode(), re.MULTILINE)
NOT_SETTINGS = "study.yaml beside recordings is the study sheet; give your settings file another name: settings.yaml"
Due = Literal["audio", "identifying", "transcripts"]


class Retention(Frozen):
    """The day on which each kind of thing is to be deleted: sound; whatever identifies; the transcripts."""

    audio: datetime.date | None = None
    identifying: datetime.date | None = None
    transcripts: datetime.date | None = None


class StudySheet(Frozen):
    """What the researcher knows about all interviews of a study.

    `actions` is the fate of a category, as `redact.actions` in the settings, which count more.
    """

    interviewers: tuple[Person, ...] = ()
    staff: tuple[Person, ...] = ()
    teams: tuple[str, ...] = ()
    places: tuple[str, ...] = ()
    keep: tuple[str, ...] = ()
    actions: dict[Category, Action] = Field(default_factory=dict)
    retention: Retention = Retention()

    def named(self) -> Iterator[Named]:
        """Everybody and everything on the sheet but `keep`, in its order."""
        for field, people in (("interviewers", self.interviewers), ("staff", self.staff)):
            for n, person in enumerate(people, 1):
                yield Named(f"{field}[{n}]", "PERSON", person.names, person.label)
        for field, names in (("teams", self.teams), ("places", self.places)):
            category: Category = "ORG" if field == "teams" else "PLACE"
            yield from (Named(f"{field}[{n}]", category, (name,), None) for n, name in enumerate(names, 1))

    def as_key_sheet(self) -> KeySheet:
        """The same names as a key sheet whose `all_names` says where in the study sheet they stand."""
        return _Names(people=tuple(Person(names=names) for _, _, names, _ in self.named()), where=self)


class Named(NamedTuple):
    """An entry of a study sheet: its place ("staff[2]"), category, names, and what is to be written instead."""

    place: str
    category: Category
    names: tuple[str, ...]
    label: str | None


class _Names(KeySheet):
    where: StudySheet

    def all_names(self) -> list[tuple[str, str]]:
        """See KeySheet."""
        ending = {"PERSON": ".names"}
        return [
            (f"{row.place}{ending.get(row.category, '')} in the {WHAT}", name)
            for row in self.where.named()
            for name in row.names
        ]


def parse(data: bytes, path: Path | str) -> StudySheet:
    """Read a study sheet from YAML bytes.

    Raises:
        KeySheetError: as for a key sheet, or one name stands in two entries; the message names the fields.
    """
    hint = NOT_SETTINGS if _SECTION.search(data) else HINT
    sheet = keysheet.fields_of(StudySheet, data, path, WHAT, hint)
    rows = [(row.place, name) for row in sheet.named() for name in row.names]
    keysheet.check_names(rows, sheet.keep, path, WHAT, "names of one interview belong into its own key sheet")
    taken: dict[str, str] = {}
    for place, name in [*rows, *((f"keep[{n}]", name) for n, name in enumerate(sheet.keep, 1))]:
        other = taken.setdefault(_plain(name), place)
        if other != place:
            raise KeySheetError(
                f"'{other}' and '{place}' hold the same name", file=path, hint="leave it in one of the two"
            )
    return sheet


def load(path: Path) -> StudySheet:
    """Read a study sheet from a file (see `parse`)."""
    return parse(read_bytes(path, keysheet.MAX_BYTES), path)


def store(sheet: StudySheet, path: Path) -> None:
    """Write a sheet where a later run of the stored recording finds it (private; JSON is YAML, so `load` reads it)."""
    write_text(path, sheet.model_dump_json(indent=1, by_alias=True, exclude_none=True) + "\n", private=True)


def beside(recording: Path) -> Path | None:
    """The study sheet of the folder in which a recording lies, None where there is none."""
    return in_folder(recording.parent)


def in_folder(folder: Path) -> Path | None:
    """The study sheet of a folder, None where there is none."""
    paths = (folder / f"{keysheet.STUDY}{suffix}" for suffix in (".yaml", ".yml"))
    return next((path for path in paths if path.is_file()), None)


def _plain(name: str) -> str:
    return " ".join(name.casefold().split())


def merge(own: KeySheet | None, study: StudySheet | None, written: Mapping[str, str]) -> KeySheet | None:
    """One key sheet: an interview's own, with the study's laid under it. Contradictions: see `require_agreement`.

    Args:
        own: the interview's.
        study: the study's.
        written: place in the study sheet -> what stands for it in all interviews, without brackets.
    """
    if study is None:
        return own
    own = own or KeySheet()
    people = {
        row.place: Person(names=row.names, label=written.get(row.place, row.label))
        for row in study.named()
        if row.category == "PERSON"
    }
    only = study.interviewers[:1] if len(study.interviewers) == 1 else ()
    interviewer = own.interviewer or (people["interviewers[1]"] if only else None)
    if interviewer is not None:
        interviewer = _joined(interviewer, people)
    mine = tuple(_joined(person, people) for person in own.people)
    used = {_plain(n) for person in (interviewer, *mine) if person for n in person.names}
    rest = [p for p in people.values() if not used & {_plain(n) for n in p.names}]
    return own.model_copy(
        update={
            "interviewer": interviewer,
            "people": (*mine, *rest),
            "places": _united(own.places, study.places),
            "organisations": _united(own.organisations, study.teams),
            "keep": _united(own.keep, study.keep),
        }
    )


def _joined(person: Person, people: Mapping[str, Person]) -> Person:
    """A person of a key sheet with all names that the study sheet has for them, and what it writes instead."""
    names = {_plain(n) for n in person.names}
    for other in people.values():
        if names & {_plain(n) for n in other.names}:
            return Person(names=_united(person.names, other.names), label=other.label or person.label)
    return person


def _united(own: tuple[str, ...], more: tuple[str, ...]) -> tuple[str, ...]:
    taken = {_plain(name) for name in own}
    return (*own, *(name for name in more if _plain(name) not in taken))


_SAME_KIND = {
    "people": ("staff", "interviewers"),
    "interviewer": ("interviewers",),
    "places": ("places",),
    "organisations": ("teams",),
    "keep": ("keep",),
}
"""Field of a key sheet -> fields of the study sheet in which the same name says the same."""


def require_agreement(own: KeySheet, own_path: Path, study: StudySheet, study_path: Path) -> None:
    """Refuse a study sheet that contradicts a key sheet.

    Raises:
        KeySheetError: a name that one of them replaces the other keeps, or it is two kinds of thing, or two people,
            or is to become two different words. The message names both places, never the name.
    """
    rows = {_plain(name): row for row in study.named() for name in row.names}
    rows |= {_plain(n): Named(f"keep[{k}]", "QUASI", (n,), None) for k, n in enumerate(study.keep, 1)}

    def refuse(place: str, other: str, what: str) -> None:
        raise KeySheetError(
            f"its '{place}' and '{other}' of the {WHAT} {study_path} contradict each other: {what}",
            file=own_path,
            hint="change one of the two; what holds for one interview only belongs into its own key sheet",
        )

    for place, names, label in _entries(own):
        found = [rows[_plain(name)] for name in names if _plain(name) in rows]
        for row in found:
            if row.place.split("[")[0] not in _SAME_KIND.get(place.split("[")[0], ()):
                kept = "keep" in place or "keep" in row.place
                refuse(place, row.place, "one keeps what the other replaces" if kept else "they say who or what it is")
            if label and row.label and label != row.label:
                refuse(place, row.place, "they write different words instead of the same person")
        if len({row.place for row in found}) > 1 and not place.startswith("keep"):
            refuse(place, found[1].place, f"here it is one person with '{found[0].place}'")
    _require_names_whole(own, study, refuse)


def _entries(sheet: KeySheet) -> Iterator[tuple[str, tuple[str, ...], str | None]]:
    """(place, names, label) of everything on a key sheet."""
    for field, person in (("participant", sheet.participant), ("interviewer", sheet.interviewer)):
        if person:
            yield field, person.names, person.label
    for n, person in enumerate(sheet.people, 1):
        yield f"people[{n}]", person.names, person.label
    for field in ("places", "organisations", "keep"):
        names: tuple[str, ...] = getattr(sheet, field)
        yield from ((f"{field}[{n}]", (name,), None) for n, name in enumerate(names, 1))


UNNAMED = ("places", "organisations", "keep")
"""Fields of a key sheet that name nobody."""


def _require_names_whole(own: KeySheet, study: StudySheet, refuse: Callable[[str, str, str], None]) -> None:
    """A kept word must not be part of a person's name on the other sheet."""
    ours = [(place, names) for place, names, _ in _entries(own) if not place.startswith(UNNAMED)]
    theirs = [(row.place, row.names) for row in study.named() if row.category == "PERSON"]
    what = "one keeps a word of a name that the other replaces"
    for people, kept, own_first in ((ours, study.keep, True), (theirs, own.keep, False)):
        for place, names in people:
            parts = {part for name in names for part in _plain(name).split()}
            for n, word in enumerate(kept, 1):
                if _plain(word) in parts:
                    both = (place, f"keep[{n}]")
                    refuse(*(both if own_first else both[::-1]), what)
