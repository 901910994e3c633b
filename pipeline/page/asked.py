"""What the page may ask for, as it arrives: checked shapes, in which indices count the words of one version."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from pipeline.core.document import Category, EventKind, Frozen
from pipeline.review.edits import Replacement, Role, Text

MAX_PASTE = 200_000
"""Characters of one text: four times what is said in an hour."""
MAX_EDITS = 2000
Index = Annotated[int, Field(ge=0)]


def _bracketed(value: object) -> object:
    """ "friend 2" -> "[friend 2]": nobody needs to type the brackets."""
    return f"[{value.strip().strip('[]').strip()}]" if isinstance(value, str) and value.strip() else None


Shown = Annotated[Replacement | None, BeforeValidator(_bracketed)]


class _Stretch(Frozen):
    """Words first..last, both inclusive."""

    first: Index
    last: Index


class _Place(Frozen):
    """The place before a word; as many as there are words for the end."""

    before: Index


class TextOf(_Stretch):
    """These words read `text` now."""

    kind: Literal["text"]
    text: Annotated[str, Field(max_length=MAX_PASTE)]


class Insert(_Place):
    """Words that were missed."""

    kind: Literal["insert"]
    text: Annotated[Text, Field(min_length=1)]
    role: Role | None = None


class Delete(_Stretch):
    """Words that were not said."""

    kind: Literal["delete"]


class Split(_Place):
    """A new turn begins with this word."""

    kind: Literal["split"]


class Join(Frozen):
    """The turn that this word opens goes on with the one before."""

    kind: Literal["join"]
    first: Index


class Speaker(_Stretch):
    """Somebody else said these words."""

    kind: Literal["speaker"]
    role: Role
    aside: bool = False


class SwapRoles(Frozen):
    """Interviewer and participant were taken for each other."""

    kind: Literal["swap_roles"]


class EventThere(_Place):
    """Something that is no word was heard."""

    kind: Literal["event"]
    event: EventKind
    text: Annotated[str, Field(max_length=200)] = ""
    seconds: float | None = Field(default=None, ge=0, le=3600)
    role: Role | None = None


class RemoveEvent(_Place):
    """There was no such thing."""

    kind: Literal["remove_event"]
    event: EventKind
    text: Annotated[str, Field(max_length=200)] = ""


class Overlap(_Stretch):
    """These words were spoken while somebody else spoke, or were not."""

    kind: Literal["overlap"]
    on: bool = True


class Confirm(_Stretch):
    """Listened to, and right."""

    kind: Literal["confirm"]


class Redact(_Stretch):
    """Hide these words, as a known entity or as a new one."""

    kind: Literal["redact"]
    category: Category
    entity: str | None = None
    replacement: Shown = None


class _OnSpan(Frozen):
    """A redaction by its id; `all`: every mention of the same entity."""

    span: str
    all: bool = False


class Reject(_OnSpan):
    """Nobody's name: show it."""

    kind: Literal["reject"]


class Accept(_OnSpan):
    """Right as it is."""

    kind: Literal["accept"]


class Change(_OnSpan):
    """Another category or replacement."""

    kind: Literal["change"]
    category: Category | None = None
    replacement: Shown = None


class Decide(Frozen):
    """What becomes of a flag."""

    kind: Literal["decide"]
    span: str
    decision: Literal["keep", "replace"]
    replacement: Shown = None


class Merge(Frozen):
    """Two entities are one."""

    kind: Literal["merge"]
    entity: str
    into: str


class Divide(Frozen):
    """Some mentions of an entity are somebody else."""

    kind: Literal["divide"]
    entity: str
    spans: Annotated[tuple[str, ...], Field(min_length=1, max_length=MAX_EDITS)]
    replacement: Shown = None


Asked = Annotated[
    TextOf
    | Insert
    | Delete
    | Split
    | Join
    | Speaker
    | SwapRoles
    | EventThere
    | RemoveEvent
    | Overlap
    | Confirm
    | Redact
    | Reject
    | Accept
    | Change
    | Decide
    | Merge
    | Divide,
    Field(discriminator="kind"),
]


class Edits(Frozen):
    """Changes made on one version. `reopen`: also of a signed or locked transcript, whose signature they take away."""

    version: str
    edits: Annotated[tuple[Asked, ...], Field(min_length=1, max_length=MAX_EDITS)]
    reopen: bool = False


class Step(Frozen):
    """Undo or redo."""

    version: str
    reopen: bool = False


class Find(Frozen):
    """Find, and unless it is a preview replace."""

    version: str
    find: Annotated[str, Field(min_length=1, max_length=1000)]
    text: Annotated[str, Field(max_length=1000)] = ""
    whole_words: bool = True
    case: bool = False
    preview: bool = True
    reopen: bool = False


class Heard(Frozen):
    """Stretches `[start, end]` in seconds that were played. A closing page sets no headers: its token stands here."""

    ranges: Annotated[tuple[tuple[float, float], ...], Field(max_length=1000)]
    rate: float = Field(default=1.0, gt=0, le=16)
    csrf: str = ""


class Who(Frozen):
    """The reviewer's initials."""

    who: Annotated[str, Field(pattern=r"^[\w.]{0,8}$")]


class Signature(Frozen):
    """Checked by a person."""

    version: str
    who: Annotated[str, Field(pattern=r"^[\w.]{1,8}$")]


class Export(Frozen):
    """Write the files; with `lock` freeze the lines first, with `new_version` anew. `formats`: besides the usual."""

    lock: bool = False
    new_version: bool = False
    formats: Annotated[tuple[str, ...], Field(max_length=30)] = ()


class SheetEntry(Frozen):
    """A name for a sheet."""

    name: Annotated[str, Field(min_length=1, max_length=200)]
    category: Literal["PERSON", "PLACE", "ORG"]
    replacement: Annotated[str, Field(max_length=80)] = ""


class Sheet(Frozen):
    """Where a name is to stand."""

    entry: SheetEntry
    to: Literal["key", "study"]


class Sample(Frozen):
    """The share (0..1) of the recording that a second listener hears."""

    share: float = Field(gt=0, le=1)
