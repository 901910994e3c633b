"""Names in ids, study codes and file names: refused in the first second, or after redaction with nothing lost."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.core.errors import LeakError, UsageProblem
from pipeline.core.keysheet import parse
from pipeline.core.paths import RecordingPaths
from pipeline.redaction import naming
from tests import builders

SHEET = parse(
    b"participant: {names: [Hope Larter, Hopey]}\npeople: [{names: [Nurse Tom Ng], as: nurse}, {names: [Ann Ito]}]\n"
    b"places: [Eye, Great Yarmouth]\norganisations: [Larkfield Ward]\nkeep: [Norfolk]\n",
    "P1.yaml",
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("P03", ["p"]),
        ("jane-mark_2", ["jane", "mark"]),
        ("JaneMark03b", ["jane", "mark", "b"]),
        ("Zoë.final", ["zoe", "final"]),
        ("", []),
    ],
)
def test_parts(text: str, expected: list[str]) -> None:
    assert naming.parts(text) == expected


KNOWN = [
    ("larter-1", True), ("P03-Larter", True), ("LarterHope", True), ("hope", True), ("hopey2", True), ("annito3", True),
    ("tom-03", True), ("ng-03", True), ("eye-3", True), ("yarmouth", True), ("larkfield_2", True),
    ("larkfield-ward", True),
    ("P03", False), ("ward-3", False), ("nurse-02", False), ("great-day", False), ("hopeful", False),
    ("norfolk", False), ("annual-3", False), ("tomorrow", False), ("N-1", False), ("larterton", False),
]  # fmt: skip


@pytest.mark.parametrize(("identifier", "refused"), KNOWN)
def test_names_of_the_key_sheet(identifier: str, refused: bool) -> None:
    if not refused:
        naming.refuse_known(identifier, identifier, SHEET, Path("x.wav"))
        return
    with pytest.raises(UsageProblem) as error:
        naming.refuse_known(identifier, "", SHEET, Path("x.wav"))
    assert "--id" in str(error.value)
    assert identifier not in str(error.value)
    with pytest.raises(UsageProblem) as error:
        naming.refuse_known("P03", identifier, SHEET, None)
    assert "emit.study" in str(error.value)


def test_a_stored_one_is_renamed() -> None:
    with pytest.raises(UsageProblem, match="ipa rename larter P03"):
        naming.refuse_known("larter", "", SHEET, None)


LISTED = [
    ("jane-mark", True), ("interview_siobhan_2", True), ("SarahFinal", True), ("david", True), ("Tim-1", True),
    ("P03", False), ("interview-2", False), ("sample", False), ("int-a", False), ("kent-3", False), ("leeds", False),
    ("ward-may-2", False), ("hope", False), ("pilot_recording", False), ("baseline-london", False), ("zoom0", False),
    ("group-two", False), ("2024-06-12", False), ("follow-up-march", False), ("lapel", False), ("camhs-4", False),
]  # fmt: skip


@pytest.mark.parametrize(("identifier", "refused"), LISTED)
def test_given_names_in_file_names(identifier: str, refused: bool) -> None:
    if not refused:
        naming.refuse_listed(identifier, Path("x.wav"))
        return
    with pytest.raises(UsageProblem, match="--id P03"):
        naming.refuse_listed(identifier, Path("x.wav"))


SPOKEN = [
    ("jane-3", "Jane", "PERSON", True), ("JANE", "Jane's", "PERSON", True), ("ng", "Mei Ng", "PERSON", True),
    ("hope-3", "Hope", "PERSON", True), ("eye", "Eye", "PLACE", False), ("diss-2", "Garboldisham,", "PLACE", False),
    ("garboldisham", "Garboldisham,", "PLACE", True), ("ward-3", "Larkfield Ward", "ORG", False),
    ("larkfield", "Larkfield Ward", "ORG", True), ("hope", "hope", "PERSON", False),
    ("pilot", "Pilot", "PERSON", False),
    ("nurse", "Nurse Hope", "PERSON", False), ("two", "two", "AGE", False), ("P03", "Jane", "PERSON", False),
]  # fmt: skip


@pytest.mark.parametrize(("code", "said", "category", "refused"), SPOKEN)
def test_what_was_spoken_and_replaced(code: str, said: str, category: str, refused: bool, tmp_path: Path) -> None:
    for identifier, study in ((code, ""), ("P03", code)):
        made = builders.typed([("P", f"so {said} came")], identifier)
        made = builders.redacted(made, (1, len(said.split()), category, "[x]"))
        paths = RecordingPaths(tmp_path, identifier)
        if not refused:
            naming.require_unspoken(made, study, paths)
            continue
        with pytest.raises(LeakError) as error:
            naming.require_unspoken(made, study, paths)
        assert ("emit.study" if study else f"ipa rename {identifier} P03") in str(error.value)
