"""One family of errors. Each class carries its exit code (contract C6) and says what to do next.

A message never holds transcript text: errors end up in terminals, logs and screenshots.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from pathlib import Path


class IpaError(Exception):
    """Something went wrong that the user can put right.

    Args:
        what: what happened, one sentence.
        file: the file it happened to, if one.
        hint: what to do next, one sentence.
    """

    exit_code = 1

    def __init__(self, what: str, *, file: Path | str | None = None, hint: str | None = None) -> None:
        super().__init__(what)
        self.what = what
        self.file = Path(file) if file is not None else None
        self.hint = hint

    def __str__(self) -> str:
        where = f"{self.file}: " if self.file is not None else ""
        after = f"\n  Next: {self.hint}" if self.hint else ""
        return f"{where}{self.what}{after}"


class UsageProblem(IpaError):
    """The command line or a settings file asks for something that is not possible."""

    exit_code = 2


class SettingsError(UsageProblem):
    """A YAML file (settings, preset, notation) is not valid."""


class BadInputError(IpaError):
    """An input file is missing, unreadable or not what it claims to be."""

    exit_code = 3


class KeySheetError(BadInputError):
    """A key sheet is not valid."""


class KeyFileError(BadInputError):
    """The encrypted key cannot be opened: wrong passphrase, or damaged."""


class WeightsError(IpaError):
    """Model weights are missing, altered or could not be fetched."""

    exit_code = 4


class BatchFailedError(IpaError):
    """Some recordings of a batch failed or were left over; the rest are done."""

    exit_code = 5


class ResourceError(IpaError):
    """Out of disk space or memory."""

    exit_code = 6


class LeakError(IpaError):
    """A file meant for sharing shows something that was replaced; it was withheld, all others were written."""


class InterruptedRunError(IpaError):
    """Stopped by the user (Ctrl-C); snapshots of finished stages are kept."""

    exit_code = 130


def nearest(word: str, known: Iterable[str]) -> str:
    """ "; did you mean 'x'?" for the nearest known word; empty where none is near."""
    close = difflib.get_close_matches(word, list(known), n=1, cutoff=0.5)
    return f"; did you mean '{close[0]}'?" if close else ""
