"""redactions.csv as somebody filled it in, saved as CSV or as a workbook."""

from __future__ import annotations

import csv
from pathlib import Path

from pipeline.core.paths import read_bytes
from pipeline.importing.typed import MAX_BYTES, decode
from pipeline.review.files import opening, shared_file

TELLING = "span_id"
"""The column by which the log is known."""


def rows_of(path: Path) -> list[dict[str, str]] | None:
    """The rows by their columns; None for a file that is no such log.

    Raises:
        BadInputError: the file cannot be read.
    """
    if opening.is_workbook(path):
        tables = list(shared_file.sheets(path))
    elif opening.is_package(path):
        return None
    else:
        text = decode(read_bytes(path, MAX_BYTES), path)
        first = text.split("\n", 1)[0]
        if TELLING not in first.lower():
            return None
        separator = max(",;\t", key=first.count)  # as Excel writes it where a comma is in numbers
        tables = [list(csv.reader(text.splitlines(), delimiter=separator))]
    for table in tables:
        if table and TELLING in [cell.strip().lower() for cell in table[0]]:
            return [dict(zip(table[0], row, strict=False)) for row in table[1:]]
    return None
