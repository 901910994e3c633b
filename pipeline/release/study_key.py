"""The study key: what stands for everybody and everything on the study sheet, the same in all interviews.

Encrypted like the key of a recording (outputs/study-key.enc). A replacement, once given, stays: somebody who joins the
sheet later gets the next free number. Only what the researcher put on the sheet is joined across interviews; that two
participants' Sarahs are one person is for a person to say.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path

from pipeline.core import workspace
from pipeline.core.document import Document
from pipeline.core.errors import KeyFileError, UsageProblem
from pipeline.core.studysheet import Named, StudySheet
from pipeline.redaction.replacements import organisation_label, place_label, with_brackets
from pipeline.redaction.text.forms import form_of
from pipeline.release import key as keys
from pipeline.release.key import Key, KeyEntry, Secret

FILE = "study-key.enc"
LOCK = ".study.lock"
ID = "study"
GONE = "-"
"""In place of an entry of the sheet: it is not there any more, but transcripts still show it."""
DEFAULT_LABELS = {"interviewers": "interviewer", "staff": "member of staff"}
_NUMBERED = re.compile(r"(.+?)(?: (\d+))?")


def path_of(outputs: Path) -> Path:
    """Where the study key is."""
    return outputs / FILE


def check(outputs: Path, secret: Secret) -> None:
    """See that the secret that is going to lock the study key opens the one that is there.

    Raises:
        KeyFileError: see `key.load`.
    """
    if path_of(outputs).exists():
        _load(outputs, secret)


def written(outputs: Path, study: StudySheet | None) -> dict[str, str]:
    """Place in the study sheet -> what stands for it, without brackets: from the study key, or given now.

    Raises:
        KeyFileError: there is a study key that cannot be opened.
    """
    if study is None:
        return {}
    there = path_of(outputs).exists()
    return assign(study, _load(outputs, keys.find_secret()).entries if there else ())


def assign(study: StudySheet, entries: Sequence[KeyEntry]) -> dict[str, str]:
    """As `written`: who has a replacement in `entries` keeps it, unless the sheet says other words by now; the others
    get the sheet's words, with the next free number where several share them."""
    rows = [(row, _words(row)) for row in study.named()]
    result: dict[str, str] = {}
    for row, words in rows:
        entry = _entry_of(row, entries)
        if entry is not None and _split(entry.replacement.strip("[]"))[0] == words:
            result[row.place] = entry.replacement.strip("[]")
    taken = {*result.values(), *(e.replacement.strip("[]") for e in entries)}
    for row, words in rows:
        if row.place in result:
            continue
        sharing = sum(w == words for _, w in rows)
        label, number = words, 0
        if sharing > 1 or any(_split(t)[0] == words for t in taken):
            while not number or label in taken:
                number += 1
                label = f"{words} {number}"
        result[row.place] = label
        taken.add(label)
    return {row.place: result[row.place] for row, _ in rows}


def _words(row: Named) -> str:
    """What an entry becomes, before a number."""
    if row.label:
        return row.label
    if row.category == "PERSON":
        return DEFAULT_LABELS[row.place.split("[")[0]]
    form = form_of(row.names[0])
    return organisation_label(form) if row.category == "ORG" else place_label(form)


def _split(label: str) -> tuple[str, int]:
    """ "town 2" -> ("town", 2)."""
    found = _NUMBERED.fullmatch(label)
    assert found is not None
    return found[1], int(found[2] or 0)


def _entry_of(row: Named, entries: Iterable[KeyEntry]) -> KeyEntry | None:
    forms = {form_of(name) for name in row.names}
    return next((e for e in entries if e.category == row.category and forms & {form_of(f) for f in e.forms}), None)


def record(
    outputs: Path, study: StudySheet | None, labels: Mapping[str, str], document: Document, secret: Secret
) -> None:
    """Write down what an interview was given, and which of it stands in there.

    Args:
        outputs: the folder of all results.
        study: the study sheet of the run.
        labels: as from `written`.
        document: after the redact stage.
        secret: what locks the key.

    Raises:
        UsageProblem: another run gave one of these words to somebody else meanwhile.
        KeyFileError: see `key.load`.
    """
    if study is None or not labels:
        return
    shown = {e.replacement for e in document.entities if any(s.entity == e.id for s in document.applied())}
    with workspace.locked_file(outputs / LOCK, "the study key is being written by another run"):
        there = _load(outputs, secret).entries if path_of(outputs).exists() else ()
        if assign(study, there) != dict(labels):
            raise UsageProblem(
                "the study key was changed by another run meanwhile", file=path_of(outputs), hint="run the same command"
            )
        entries = _entries(study, labels, there, document.id, shown)
        entries = [e.model_copy(update={"interviews": _stored(outputs, e)}) for e in entries]
        left = tuple(e for e in entries if e.interviews or e.entity != GONE)
        keys.save(path_of(outputs), Key(id=ID, entries=left), secret)


def _entries(
    study: StudySheet, labels: Mapping[str, str], there: Sequence[KeyEntry], identifier: str, shown: Collection[str]
) -> list[KeyEntry]:
    """The study key with what one interview shows: the sheet's entries, then those that older transcripts show."""
    before = {e.replacement: set(e.interviews) for e in there}

    def interviews(replacement: str) -> tuple[str, ...]:
        others = before.get(replacement, set()) - {identifier}
        return tuple(sorted(others | ({identifier} if replacement in shown else set())))

    result = []
    for row in study.named():
        text = with_brackets(labels[row.place])
        result.append(
            KeyEntry(
                entity=row.place,
                category=row.category,
                forms=row.names,
                replacement=text,
                interviews=interviews(text),
            )
        )
    mine = {e.replacement for e in result}
    return result + [
        e.model_copy(update={"entity": GONE, "interviews": interviews(e.replacement)})
        for e in there
        if e.replacement not in mine
    ]


def _stored(outputs: Path, entry: KeyEntry) -> tuple[str, ...]:
    return tuple(i for i in entry.interviews if (outputs / i).is_dir())


def forget(outputs: Path, identifier: str, secret: Secret) -> None:
    """Take an interview out of the study key; who stands in no other, and is not on the sheet any more, goes.

    Raises:
        KeyFileError: see `key.load`.
    """
    if not path_of(outputs).exists():
        return
    with workspace.locked_file(outputs / LOCK, "the study key is being written by another run"):
        entries = [
            e.model_copy(update={"interviews": tuple(i for i in e.interviews if i != identifier)})
            for e in _load(outputs, secret).entries
        ]
        left = tuple(e for e in entries if e.interviews or e.entity != GONE)
        keys.save(path_of(outputs), Key(id=ID, entries=left), secret)


def _load(outputs: Path, secret: Secret) -> Key:
    try:
        return keys.load(path_of(outputs), secret)
    except KeyFileError as error:
        if error.what != keys.WRONG:
            raise
        raise KeyFileError(
            "the study key is locked with another passphrase or key file",
            file=error.file,
            hint="use that one, or lock the study key anew with `ipa study rekey`",
        ) from None
