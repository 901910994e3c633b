"""What can be wrong with a request, as it is answered: a status, a code for the page, a sentence for the reviewer."""

from __future__ import annotations

from typing import Any

from pipeline.core.errors import (
    BadInputError,
    IpaError,
    KeyFileError,
    LeakError,
    ResourceError,
    UsageProblem,
)


class Refused(Exception):
    """A request that is answered with an error. `more` joins the answer beside `error` and `code`."""

    def __init__(self, status: int, code: str, sentence: str, **more: Any) -> None:
        super().__init__(sentence)
        self.status, self.code, self.sentence, self.more = status, code, sentence, more

    def answer(self) -> dict[str, Any]:
        """The body of the answer."""
        return {"error": self.sentence, "code": self.code, **self.more}


OURS: tuple[tuple[type[IpaError], int, str], ...] = (
    (ResourceError, 507, "no_room"),
    (LeakError, 409, "leak"),
    (KeyFileError, 409, "key"),
    (BadInputError, 409, "input"),
    (UsageProblem, 409, "refused"),
    (IpaError, 500, "failed"),
)
"""The program's own errors and how they are answered; the first that fits counts."""


def of(error: IpaError) -> Refused:
    """The answer to one of the program's own errors."""
    status, code = next((status, code) for kind, status, code in OURS if isinstance(error, kind))
    what = f"{error.what[0].upper()}{error.what[1:]}"
    return Refused(status, code, f"{what}. {_sentence(error.hint)}".strip())


def _sentence(hint: str | None) -> str:
    return f"Next: {hint}." if hint else ""


def stale() -> Refused:
    """The version that was changed is not the latest; the caller adds the view."""
    text = "The transcript was changed elsewhere meanwhile. This is how it is now; make your change again."
    return Refused(409, "stale", text)


def unknown(what: str) -> Refused:
    """Something that the version does not have."""
    return Refused(400, "unknown", f"There is no {what} in this version. Load the interview again.")
