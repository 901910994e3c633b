"""What replaces what."""

from __future__ import annotations

import pytest

from pipeline.core.document import Category
from pipeline.redaction.entities import cluster
from pipeline.redaction.replacements import age_band, choose, label_of_value, organisation_label, place_label
from pipeline.redaction.text.analysis import Analysis
from pipeline.redaction.text.spans import Candidate


@pytest.mark.parametrize(
    ("years", "band"),
    [
        (0, "baby"),
        (3, "preschool age"),
        (9, "primary-school age"),
        (13, "teens"),
        (20, "twenties"),
        (54, "fifties"),
        (89, "eighties"),
        (90, "90 or over"),
        (103, "90 or over"),
    ],
)
def test_age_bands(years: int, band: str) -> None:
    assert age_band(years) == band


@pytest.mark.parametrize(
    ("category", "value", "kind", "label"),
    [
        ("DATE", "2019-03-03", "", "date in 2019"),
        ("DATE", "--03-03", "", "date"),
        ("DATE", "1978-04-17", "date of birth", "date of birth"),
        ("AGE", "47", "", "forties"),
        ("PHONE", "07700900123", "", "phone number"),
        ("OTHER_ID", "009961", "sort code", "sort code"),
    ],
)
def test_values(category: Category, value: str, kind: str, label: str) -> None:
    assert label_of_value(Candidate(0, 0, category, 0.9, "t", value=value, kind=kind)) == label


@pytest.mark.parametrize(
    ("form", "label"),
    [
        ("norwich", "city"),
        ("diss", "town"),
        ("norfolk", "county"),
        ("ghana", "country"),
        ("duke street", "street"),
        ("zzyx", "place"),
    ],
)
def test_places(form: str, label: str) -> None:
    assert place_label(form) == label


@pytest.mark.parametrize(
    ("form", "label"),
    [
        ("kestrel ward", "ward"),
        ("budhill surgery", "GP surgery"),
        ("breydon high", "school"),
        ("sore points", "organisation"),
    ],
)
def test_organisations(form: str, label: str) -> None:
    assert organisation_label(form) == label


def labels(lines: list[str], names: list[str], **options: object) -> list[str]:
    transcript = Analysis.from_lines(lines)
    found = [
        transcript.candidate("PERSON", n, n, score=0.9, method="t")
        for n, w in enumerate(transcript.bare)
        if w.removesuffix("'s") in names
    ]
    groups = cluster(transcript, found, False)
    known = {"sheet_labels": {}, "earlier": {}} | options
    return [c.label for c in choose(transcript, groups, **known)]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("said", "name", "label"),
    [
        ("P: my sister, Ellie, rang", "ellie", "sister"),
        ("P: Ellie, my sister, rang", "ellie", "sister"),
        ("P: then Dr Patel came", "patel", "doctor"),
        ("P: a nurse called Faith sat down", "faith", "nurse"),
        ("P: my peer support worker Will came", "will", "peer support worker"),
        ("P: Ellie came round", "ellie", "person 1"),
    ],
)
def test_roles_from_the_words_around(said: str, name: str, label: str) -> None:
    assert labels([said], [name]) == [label]


def test_two_of_a_kind_are_numbered() -> None:
    assert labels(["P: my daughter, Ellie, and my daughter, Ruth"], ["ellie", "ruth"]) == ["daughter 1", "daughter 2"]


def test_earlier_interviews_decide() -> None:
    said = ["P: my friend, Ivy, and my friend, Kev"]
    assert labels(said, ["ivy", "kev"], earlier={"kev": "[friend 2]", "bob": "[friend 1]"}) == ["friend 3", "friend 2"]


def test_pseudonyms_skip_names_of_the_interview() -> None:
    chosen = labels(["P: Alder and Ivy came"], ["alder", "ivy"], style="pseudonym")
    assert len(set(chosen)) == 2
    assert not {"Alder", "Ivy"} & set(chosen)
