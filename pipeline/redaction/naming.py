"""Refuses names in an id or a study code: both stand in every shared file, so a name in them undoes the redaction.

Two checks are made before any work begins: for names on the key sheet, and, if the id was taken from a file name
(`jane-mark.wav`), for listed given names that are neither everyday words nor places. An id that somebody chose may be
a pseudonym, so the lists are not asked about it. The names that were spoken are known only after redaction; the third
check is made then.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from pipeline.core.document import Document
from pipeline.core.errors import LeakError, UsageProblem
from pipeline.core.keysheet import KeySheet
from pipeline.core.paths import RecordingPaths
from pipeline.redaction.text.lexicon import fold, lexicon

MIN_LISTED = 4
"""Shorter given names count only if they are on the hand-written list."""
MIN_JOINED = 6
"""Letters from which on a full name is also looked for without its spaces ("annlarter2")."""
NO_NAMES = frozenset(["dev"])
"""Given names that are common in file names for another reason ("dev")."""


def parts(text: str) -> list[str]:
    """The words of an id, folded. It is split at punctuation, digits and changes of case ("JaneMark-03")."""
    return [fold(p) for p in re.sub(r"(?<=[a-z])(?=[A-Z])", " ", re.sub(r"[\W\d_]+", " ", text)).split()]


def refuse_known(identifier: str, study: str, sheet: KeySheet | None, file: Path | None) -> None:
    """Look for names of the key sheet in an id and a study code.

    Args:
        file: the recording, None for a stored one.

    Raises:
        UsageProblem: there is one; the message names the field of the sheet, never the name.
    """
    for what, text in (("id", identifier), ("study code", study)):
        for field, name in sheet.all_names() if sheet and text else ():
            if _holds(text, name, person="names" in field):
                raise UsageProblem(
                    f"the {what} contains a name from the key sheet ({field}), which would stand in every file",
                    file=file,
                    hint=_mend(identifier, file) if what == "id" else STUDY_HINT,
                )


def refuse_listed(identifier: str, file: Path) -> None:
    """Look for given names in an id that was made from the name of `file`.

    Raises:
        UsageProblem: there is one.
    """
    if any(_is_listed(part) for part in parts(identifier)):
        raise UsageProblem(
            "the file name seems to contain somebody's name, which would become the id and stand in every file",
            file=file,
            hint=_mend(identifier, file) + f"; if it is not a name, confirm the id with --id {identifier}",
        )


def require_unspoken(document: Document, study: str, paths: RecordingPaths) -> None:
    """Look for names that were spoken and replaced in the id and the study code of a redacted document.

    Raises:
        LeakError: there is one. Nothing that was computed is lost.
    """
    spoken = set(_spoken(document))
    if spoken & set(parts(document.id)):
        raise LeakError(
            "the id holds a name that was spoken in the interview and replaced; it would stand in every file, so none "
            "was written",
            file=paths.root,
            hint=_mend(document.id, None),
        )
    if spoken & set(parts(study)):
        raise LeakError(
            "the study code holds a name that was spoken in the interview and replaced; no file was written",
            file=paths.root,
            hint=STUDY_HINT,
        )


STUDY_HINT = "choose another study code (emit.study in your settings file) and run the same command"


def _mend(identifier: str, file: Path | None) -> str:
    if file is None:
        return f"give it a code, for example with `ipa rename {identifier} P03`; nothing has to be computed again"
    return "add a code to the command, for example --id P03, or write `id: P03` into its key sheet"


def _holds(text: str, name: str, *, person: bool) -> bool:
    """Whether `text` contains `name` or a word of it. Words that many names share ("ward", "nurse") count only together
    with the rest of the name."""
    own, words = parts(text), [w for w in parts(name) if len(w) > 1]
    joined = "".join(words)
    if (words and all(w in own for w in words)) or (len(joined) >= MIN_JOINED and joined in "".join(own)):
        return True
    return any(w in own and _telling(w, person=person) for w in words)


def _telling(word: str, *, person: bool) -> bool:
    lists = lexicon()
    return word not in lists.everyday or (person and word in lists.given)


def _is_listed(part: str) -> bool:
    lists = lexicon()
    given = part in lists.given_own or (part in lists.given and len(part) >= MIN_LISTED)
    ordinary = part in lists.everyday or part in lists.capitals or part in NO_NAMES
    return given and not ordinary and part not in lists.places and part not in lists.places_own


def _spoken(document: Document) -> Iterable[str]:
    """Words of replaced names, folded. An everyday word counts only if it was the whole name of a person, with a
    capital, and is a given name."""
    for span in document.applied():
        if span.category not in ("PERSON", "PLACE", "ORG"):
            continue
        said = " ".join(w.text for w in document.words[span.first : span.last + 1])
        said = said[len(span.lead) : len(said) - len(span.tail)]
        words = [w for w in parts(said) if len(w) > 1]
        whole = span.category == "PERSON" and len(words) == 1 and said[:1].isupper()
        yield from (w for w in words if _telling(w, person=whole))
