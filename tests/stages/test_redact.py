"""The redact stage: exact offsets, the same result twice, one decision per entity."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.core.document import Document, Entity, Redaction, Word
from pipeline.core.keysheet import KeySheet, Person, parse
from pipeline.core.paths import RecordingPaths
from pipeline.core.progress import Silent
from pipeline.core.settings import RedactSettings, Settings, configs_folder, sha256_of
from pipeline.redaction.entities import Cluster
from pipeline.redaction.text import lexicon, tables
from pipeline.redaction.text.analysis import Analysis
from pipeline.redaction.text.spans import split_edges
from pipeline.release import key
from pipeline.stages import redact
from pipeline.stages.base import Context
from pipeline.stages.transcribe import Transcribe
from pipeline.weights.catalogue import Catalogue
from tests.redaction.shipped import decided as redacted
from tests.redaction.shipped import found
from tests.redaction_properties import TURNS, check_interview, check_spans

NAMES = [
    "Siobhan",
    "Will",
    "Hope",
    "Mark",
    "Ngozi Okafor",
    "Dr Patel",
    "E I L I D H",
    "Keith—he",
    '"Mez"',
    "Diss",
    "Kestrel Ward",
    "O'Hara's",
]
TALK = str.split(
    "and so we went, um I hope she will. Then he said he'd mark it twenty minutes later "
    "May section two CPN — on the bus. No? I- I mean"
)


def interview(words: list[str], source: str = "typed") -> Document:
    split = [w for word in words for w in word.split()]
    return Document(
        id="P1",
        source=source,  # type: ignore[arg-type]
        words=tuple(Word(text=w, role="I" if n % 17 > 13 else "P") for n, w in enumerate(split)),
    )


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.one_of(st.sampled_from(NAMES), st.sampled_from(TALK)), min_size=1, max_size=60), st.booleans())
def test_offsets_are_exact_and_twice_is_once(words: list[str], heard: bool) -> None:
    document = interview(words, "recording" if heard else "typed")
    once = redacted(document)
    check_spans(document, once)
    assert redacted(once.with_(notes=())) == once
    assert {s.entity for s in once.applied()} == {e.id for e in once.entities}


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.text(min_size=1, max_size=12).filter(lambda t: t.split() == [t]), min_size=1, max_size=30))
def test_any_text_is_survived(words: list[str]) -> None:
    document = interview(words)
    for span in redacted(document).redactions:
        assert span.last < len(document.words)


def test_whatever_is_found_once_is_found_everywhere_by_both_speakers() -> None:
    lines = ["P: We went with Siobhan on the bus.", "I: And Siobhan's house?", "P: Siobhan. Yes, Siobhan's."]
    document = Document(id="P1", source="typed", words=Analysis.from_lines(lines).words)
    result = redacted(document)
    hidden = [n for n, w in enumerate(document.words) if "Siobhan" in w.text]
    spans = [r for r in result.applied() if r.category == "PERSON"]
    assert [r.first for r in spans] == hidden
    assert len({r.entity for r in spans}) == 1
    assert [r.tail for r in spans] == ["", "'s", ".", "'s."]


@pytest.mark.parametrize(
    ("name", "later", "form"),
    [
        ("Zebedee,", "Zebedee's", "Zebedee"),  # the form is known: nothing is added
        ("Rajagopalan.", "(Rajagopallan's)", "Rajagopallan"),  # heard otherwise, hidden because it sounds alike
        ("Zebedee", "ZEBEDEE!", "ZEBEDEE"),
    ],
)
def test_what_is_hidden_late_is_in_the_key(name: str, later: str, form: str) -> None:
    document = interview(["we", "met", name, "and", "then", later, "left"])
    first = Redaction(id="R1", category="PERSON", entity="E1", first=2, last=2, replacement="[friend]")
    known = split_edges(name)[1]
    entity = Entity(id="E1", category="PERSON", forms=(known,), replacement="[friend]")
    result = redact.hide_residue(document.with_(redactions=(first,), entities=(entity,)), None)
    assert [(r.first, r.entity) for r in result.applied()] == [(2, "E1"), (5, "E1")]
    (entry,) = key.key_of(result).entries
    assert entry.forms == tuple(dict.fromkeys((known, form)))
    assert entry.spans == ("R1", "R2")


def test_an_edited_word_list_makes_the_result_stale(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where its length stays the same."""
    for folder in (tables.RECOGNISERS, tables.SPEECH):
        shutil.copytree(configs_folder() / folder, tmp_path / folder)
    monkeypatch.setattr(tables, "configs_folder", lambda: tmp_path)
    context = Context(RecordingPaths(tmp_path, "x"), Silent(), Catalogue({}, tmp_path))
    kinds = (redact.Redact(), Transcribe())

    def fingerprints() -> list[str]:
        return [sha256_of(stage.fingerprint(Settings(), context)) for stage in kinds]

    before = fingerprints()
    assert fingerprints() == before
    for name, stale in (
        ("recognisers/names-given-own.txt", [True, True]),
        ("recognisers/identifiers.yaml", [True, False]),
        ("speech/subtitles.yaml", [False, True]),
    ):
        path = tmp_path / name
        data = path.read_bytes()
        path.write_bytes(data[:-2] + bytes([data[-2] ^ 1]) + data[-1:])
        assert [now != then for now, then in zip(fingerprints(), before, strict=True)] == stale, name
        path.write_bytes(data)


def test_the_lists_of_recognition_are_those_that_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []
    inner = lexicon._lines
    monkeypatch.setattr(lexicon, "_lines", lambda path: read.append(path.name) or inner(path))
    lexicon.lexicon.__wrapped__()
    assert sorted(read) == sorted(lexicon.FILES)


def test_keep_and_actions() -> None:
    document = Document(
        id="P1", source="typed", words=Analysis.from_lines(["P: We lived near Norfolk with Siobhan."]).words
    )
    sheet = parse(b"keep: [Norfolk]\n", "P1.yaml")
    assert [r.category for r in redacted(document, sheet).applied()] == ["PERSON"]
    options = RedactSettings(actions={"PERSON": "flag"})
    assert [r.category for r in redacted(document, sheet, options).applied()] == []


def test_no_words_no_redactions() -> None:
    assert redacted(Document(id="P1")).redactions == ()


def test_homographs() -> None:
    lines = [
        "I: So that's recording, Hope. How did you meet Will?",
        "P: Will came out to Eye on the bus. I hope you will keep an eye on it, and mark my words. "
        "Mark, my brother, he said no.",
    ]
    transcript = Analysis.from_lines(lines)
    said = [transcript.bare[n] for c in found(transcript).mentions for n in range(c.first, c.last + 1)]
    assert said == ["hope", "will", "will", "eye", "mark"]


def test_text_without_capitals_is_read_and_said_so() -> None:
    said = "well my sister siobhan rang that night and we all went up to lowestoft for the day and it rained"
    document = Document(id="P1", source="typed", words=Analysis.from_lines([f"P: {said}"]).words)
    result = redacted(document)
    assert [document.words[r.first].text for r in result.applied()] == ["siobhan", "lowestoft"]
    assert "no-capitals" in [note.code for note in result.notes]


@pytest.mark.slow
@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(TURNS, st.booleans(), st.booleans())
def test_random_interviews_leak_nothing(
    tmp_path_factory: pytest.TempPathFactory, turns: list[tuple[str, list[str]]], heard: bool, known: bool
) -> None:
    check_interview(turns, heard, known, tmp_path_factory.mktemp("share"))


def _cluster(category: str, *forms: str, refs: tuple[str, ...] = ()) -> Cluster:
    return Cluster(category, [], list(forms), set(refs))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("cluster", "given"),
    [
        (_cluster("PERSON", "Will", "Wil", refs=("people[1]",)), "[nurse 1]"),  # misheard, short
        (_cluster("PERSON", "Okafor"), "[member of staff]"),  # found by the title before it
        (_cluster("PERSON", "Tasker"), None),  # two on the sheet are called so
        (_cluster("PERSON", "Sarah", refs=("people[4]",)), None),  # of this interview only
        (_cluster("PERSON", "Kim"), None),
        (_cluster("PLACE", "Eye", refs=("places[1]",)), "[town 2]"),
        (_cluster("ORG", "Okafor"), None),
        (_cluster("PERSON", "Will", "Okafor", refs=("people[1]", "people[3]")), None),  # two people, heard as one
    ],
)
def test_who_has_a_replacement_in_the_study_keeps_it_however_they_are_called(
    cluster: Cluster, given: str | None
) -> None:
    sheet = KeySheet(
        people=tuple(Person(names=(name,)) for name in ("Will Tasker", "Bea Tasker", "Tunde Okafor", "Sarah")),
        places=("Eye",),
    )
    earlier = {
        "will tasker": "[nurse 1]",
        "bea tasker": "[nurse 2]",
        "tunde okafor": "[member of staff]",
        "eye": "[town 2]",
    }
    settled = redact.settled([cluster], sheet, earlier)
    assert earlier.items() <= settled.items()
    assert {settled.get(form.lower()) for form in cluster.forms} == {given}


def test_nobody_else_gets_the_words_of_somebody_on_the_study_sheet() -> None:
    sheet = KeySheet(people=(Person(names=("Will Tasker",), label="nurse"),))
    document = interview(["Will", "Tasker", "came,", "and", "a", "nurse", "called", "Ngozi."])
    transcript = Analysis.of(document)
    mentions = found(transcript, sheet)
    result = redact.decide(document, transcript, mentions, RedactSettings(), sheet, {"will tasker": "[nurse]"})
    assert {e.forms[0]: e.replacement for e in result.entities} == {"Will Tasker": "[nurse]", "Ngozi": "[nurse 1]"}
