"""Edits: what a person decided, one record a change, with who and when.

An edit never names a position alone. It is anchored to words by what they say, when they were said and what stands
beside them, so that it survives a new transcription or redaction, and is listed where it no longer fits (see
`anchors`). `edits.jsonl` keeps them in the order in which they were made (see `store`); undoing one is an edit, too.

    words        replace, insert, delete, split, join, speaker, swap_roles, event, overlap, remove_event, confirm
    redactions   redact, reject, accept, change, decide, merge, divide
    the list     undo, sign
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Literal

from pydantic import Field, TypeAdapter, field_validator

from pipeline.core.document import Category, EventKind, Frozen
from pipeline.core.settings import sha256_of

Via = Literal["page", "docx", "text", "sheet", "command"]
MAX_TEXT = 20_000
"""Characters that one edit may put in."""
Text = Annotated[str, Field(max_length=MAX_TEXT)]
Role = Annotated[str, Field(pattern=r"^[IP]\d?$")]
Replacement = Annotated[str, Field(pattern=r"^\[[^\[\]\n]{1,80}\]$")]
"""What stands in place of the words, with its brackets: "[friend 2]"."""


class Anchor(Frozen):
    """Words as they stood when the edit was made; none for a place between two words.

    `index` is the position of the first of them (or of the word after the place), `ids` their identities (see
    `replay`), `start` and `end` their times in seconds (of a place: the end of the word before, the start of the word
    after), None in a transcript typed by hand. `before` and `after` are the words beside them, nearest last and
    nearest first. Made by `anchors.anchor`.
    """

    index: int = Field(ge=0)
    words: tuple[str, ...] = ()
    ids: tuple[str, ...] = ()
    start: float | None = None
    end: float | None = None
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()


class EntityAnchor(Frozen):
    """An entity by its id and forms. Ids stay for good; where one is gone, a shared form finds the entity again."""

    id: str
    forms: tuple[str, ...] = ()


def new_id() -> str:
    """A fresh id for an edit: 12 hexadecimal digits."""
    return secrets.token_hex(6)


def now() -> str:
    """The time as edits hold it: ISO 8601 in UTC, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")


class _Edit(Frozen):
    """What all edits say. `who` are initials, at most 8 characters (they stand in share/redactions.csv); `when` is
    ISO 8601 with a zone."""

    id: str = Field(default_factory=new_id, pattern=r"^[A-Za-z0-9_-]{1,40}$")
    who: str = Field(default="", pattern=r"^[\w.]{0,8}$")
    when: str = Field(default_factory=now)
    via: Via = "page"

    @field_validator("when")
    @classmethod
    def _is_a_time(cls, value: str) -> str:
        if datetime.fromisoformat(value).tzinfo is None:
            raise ValueError("a time needs its zone")
        return value


class Replace(_Edit):
    """Other words in place of these; `text` is split at spaces. Their times follow (see `times`)."""

    kind: Literal["replace"] = "replace"
    at: Anchor
    text: Text = Field(min_length=1)


class Insert(_Edit):
    """Words that were missed, at a place. `role` says whose they are; None for that of the word before."""

    kind: Literal["insert"] = "insert"
    at: Anchor
    text: Text = Field(min_length=1)
    role: Role | None = None


class Delete(_Edit):
    """Words that were not said."""

    kind: Literal["delete"] = "delete"
    at: Anchor


class Split(_Edit):
    """A new turn of the same speaker begins with this word."""

    kind: Literal["split"] = "split"
    at: Anchor


class Join(_Edit):
    """The turn that this word opens goes on with the one before: it becomes that speaker's."""

    kind: Literal["join"] = "join"
    at: Anchor


class Speaker(_Edit):
    """Somebody else said these words. `aside`: a listener's mm-hm inside the other's turn, which does not end it."""

    kind: Literal["speaker"] = "speaker"
    at: Anchor
    role: Role
    aside: bool = False


class SwapRoles(_Edit):
    """Interviewer and participant were taken for each other, throughout (I and P, I2 and P2)."""

    kind: Literal["swap_roles"] = "swap_roles"


class InsertEvent(_Edit):
    """Something heard that is no word, at a place: (laughs), (sighs), (crying), a pause, unclear speech.

    `text` is what a non-verbal or a note says. A pause's length is the gap at its place, or `seconds`. Overlapping
    speech is no event: see `Overlap`.
    """

    kind: Literal["event"] = "event"
    at: Anchor
    event: EventKind
    text: Annotated[str, Field(max_length=200)] = ""
    role: Role | None = None
    seconds: float | None = Field(default=None, ge=0, le=3600)


class Overlap(_Edit):
    """These words were spoken while somebody else spoke; with `on` false, they were not."""

    kind: Literal["overlap"] = "overlap"
    at: Anchor
    on: bool = True


class RemoveEvent(_Edit):
    """There was no such thing at this place. `text` tells several of one kind apart."""

    kind: Literal["remove_event"] = "remove_event"
    at: Anchor
    event: EventKind
    text: str = ""


class Confirm(_Edit):
    """Listened to, and right as they stand: these words are in doubt no more."""

    kind: Literal["confirm"] = "confirm"
    at: Anchor


class Redact(_Edit):
    """Hide these words as an entity: a known one, or with `entity` None a new one of this category."""

    kind: Literal["redact"] = "redact"
    at: Anchor
    category: Category
    replacement: Replacement
    entity: EntityAnchor | None = None


class Reject(_Edit):
    """These words are nobody's name: show them. `everywhere`: every mention of the same entity."""

    kind: Literal["reject"] = "reject"
    at: Anchor
    everywhere: bool = False


class Accept(_Edit):
    """The redaction of these words is right as it is. `everywhere`: every mention of the same entity."""

    kind: Literal["accept"] = "accept"
    at: Anchor
    everywhere: bool = False


class Change(_Edit):
    """Another category or replacement for the redaction of these words, or, `everywhere`, of their entity.

    For one mention alone the words become an entity of their own, unless `entity` names a known one.
    """

    kind: Literal["change"] = "change"
    at: Anchor
    category: Category | None = None
    replacement: Replacement | None = None
    entity: EntityAnchor | None = None
    everywhere: bool = False


class Decide(_Edit):
    """A flag is decided: "keep" leaves the words readable, "replace" hides them behind `replacement`."""

    kind: Literal["decide"] = "decide"
    at: Anchor
    decision: Literal["keep", "replace"]
    replacement: Replacement | None = None


class Merge(_Edit):
    """These entities are one: `into`, whose category and replacement all their mentions get."""

    kind: Literal["merge"] = "merge"
    entities: tuple[EntityAnchor, ...] = Field(min_length=1)
    into: EntityAnchor


class Divide(_Edit):
    """Some forms of an entity are somebody else: their mentions become an entity of their own."""

    kind: Literal["divide"] = "divide"
    entity: EntityAnchor
    forms: tuple[str, ...] = Field(min_length=1)
    category: Category
    replacement: Replacement


class Undo(_Edit):
    """The edit of this id is taken back; undoing an undo brings it again."""

    kind: Literal["undo"] = "undo"
    edit: str


class Sign(_Edit):
    """Checked by a person. `heard` is the share (0..1) of the recording that was played, None for typed text;
    `minutes` how long the review took. Any edit that follows takes the signature away."""

    kind: Literal["sign"] = "sign"
    heard: float | None = Field(default=None, ge=0, le=1)
    minutes: float | None = Field(default=None, ge=0)


WordEdit = (
    Replace | Insert | Delete | Split | Join | Speaker | SwapRoles | InsertEvent | Overlap | RemoveEvent | Confirm
)
RedactionEdit = Redact | Reject | Accept | Change | Decide | Merge | Divide
Edit = Annotated[WordEdit | RedactionEdit | Undo | Sign, Field(discriminator="kind")]

_ADAPTER: TypeAdapter[Edit] = TypeAdapter(Edit)


def from_json(line: str | bytes) -> Edit:
    """One edit from its line. Raises: pydantic.ValidationError."""
    return _ADAPTER.validate_json(line)


def to_json(edit: Edit) -> str:
    """An edit as one line without its end."""
    return edit.model_dump_json(exclude_none=True)


def in_force(edits: Sequence[Edit]) -> list[Edit]:
    """The edits that count, in order: without undone ones and without undos.

    An undo that was itself undone undoes nothing; one that names no earlier edit does nothing.
    """
    undone: set[str] = set()
    kept: list[Edit] = []
    for edit in reversed(edits):  # what came later decides about what came before
        if edit.id in undone:
            continue
        if isinstance(edit, Undo):
            undone.add(edit.edit)
        else:
            kept.append(edit)
    return kept[::-1]


def word_edits(edits: Sequence[Edit]) -> list[WordEdit]:
    """The edits of words that are in force."""
    return [edit for edit in in_force(edits) if isinstance(edit, WordEdit)]


def digest(edits: Sequence[Edit]) -> str:
    """Hash of edits, in their order."""
    return sha256_of([edit.model_dump(mode="json") for edit in edits])
