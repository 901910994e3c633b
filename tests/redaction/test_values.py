"""What mentions say in figures."""

from __future__ import annotations

import pytest

from pipeline.core.document import Category
from pipeline.redaction.values import with_values
from tests.redaction.said import case


@pytest.mark.parametrize(
    ("said", "category", "value"),
    [
        ("P: it's [[oh double seven double oh, nine hundred]] right", "PHONE", "07700900"),
        ("P: it's [[07700, um, 900]] right", "PHONE", "07700900"),
        ("P: I'm [[fifty-three]], yes", "AGE", "53"),
        ("P: I'm [[53]].", "AGE", "53"),
        ("P: plate [[A B one two C D E]] it", "VEHICLE", "AB12CDE"),
        ("P: since [[the war]] it", "PHONE", ""),
    ],
)
def test_numbers(said: str, category: Category, value: str) -> None:
    transcript, (marked,) = case(said)
    first = next(
        n for n in range(len(transcript)) if transcript.said(n, n).strip(",.") == marked.split()[0].strip(",.")
    )
    last = first + len(marked.split()) - 1
    (found,) = with_values(transcript, [transcript.candidate(category, first, last, score=1, method="t")])
    assert found.value == value


def test_a_date_of_birth_and_its_year() -> None:
    transcript, _ = case("P: I was born on the twelfth of May nineteen seventy-one, and")
    (found,) = with_values(transcript, [transcript.candidate("DATE", 4, 9, score=1, method="t")])
    assert found.kind == "date of birth"
    assert found.value.startswith("1971")
