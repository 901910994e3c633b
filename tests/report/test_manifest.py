"""The manifest: complete, the same every time, and without anything that names a person, file or machine."""

from __future__ import annotations

import hashlib
import json
import platform
from pathlib import Path
from typing import Any

import pytest

from pipeline.core.document import Document, Note, Quality, Recording, Redaction, SpeakerRole, StageRecord, Word
from pipeline.core.settings import Settings, TranscribeSettings
from pipeline.report.manifest import base_name, build, models, safe_details, safe_settings, weight_name
from tests.builders import USER_VARIABLES

RECORDING = Recording(
    sha256="ab" * 32,
    container="flac",
    codec="flac",
    sample_rate=48000,
    channels=1,
    bits=16,
    duration=100.0,
    quality=Quality(
        peak_dbfs=-3.21234, loudness_dbfs=-20, noise_floor_dbfs=-60, snr_db=40, clipped=0, speech_share=0.8
    ),
)


def document() -> Document:
    home = str(Path.home())
    return Document(
        id="P03",
        recording=RECORDING,
        words=tuple(Word(text=text, start=0, end=1, role="P") for text in ("Hello", "Siobhan", "Larter")),
        roles=(SpeakerRole(speaker="SPEAKER_01", role="P", confidence=0.91234),),
        redactions=(
            Redaction(id="R1", category="PERSON", entity="E1", first=1, last=2, replacement="[sister]"),
            Redaction(id="R2", category="QUASI", entity="E2", first=0, last=0, replacement="", action="flag"),
        ),
        notes=(Note(code="quiet", message="The participant is quiet.", stage="ingest", start=1.0, end=2.0),),
        records=(
            StageRecord(stage="ingest", key="k1", engine="pyav", version="1", device="cpu", seconds=1.0),
            StageRecord(
                stage="transcribe",
                key="k2",
                engine="ctranslate2",
                weights={f"{home}/weights/whisper-base": "cd" * 32},
                version="3",
                device="cpu",
                seconds=9.0,
                details={
                    "model": f"{home}/models/whisper-base",
                    "windows": 4,
                    "file": f"{home}/recordings/Siobhan.m4a",
                    "Siobhan": 3,
                    "names": ["Siobhan", "Larter"],
                    "per_category": {"PERSON": 2, "Larter": 1},
                },
            ),
        ),
    )


def test_everything_needed_to_repeat_the_work_is_there() -> None:
    manifest = build(document(), Settings(), {"transcript.txt": b"text"})
    assert manifest["input"]["sha256"] == "ab" * 32
    assert manifest["weights"] == {"whisper-base": "cd" * 32}
    assert [stage["stage"] for stage in manifest["stages"]] == ["ingest", "transcribe"]
    assert manifest["seconds"] == {"total": 10.0, "real_time_factor": 0.1}
    assert manifest["packages"]["ctranslate2"]
    assert manifest["redactions"] == {
        "entities": 1,
        "by_action": {"flag": 1, "replace": 1},
        "by_category": {"PERSON": 1},
        "flagged_by_category": {"QUASI": 1},
    }
    assert manifest["files"] == {"transcript.txt": hashlib.sha256(b"text").hexdigest()}
    assert manifest["notes"][0]["message"] == "The participant is quiet."
    assert manifest["words"] == 3


def test_it_is_the_same_every_time_and_plain_json() -> None:
    first, second = (json.dumps(build(document(), Settings()), sort_keys=True) for _ in range(2))
    assert first == second


def test_nothing_in_it_identifies(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in USER_VARIABLES:
        monkeypatch.setenv(variable, "wilhelmina")
    settings = Settings(transcribe=TranscribeSettings(model=f"{Path.home()}/models/base", prompt="Siobhan, Larter."))
    text = json.dumps(build(document(), settings))
    for secret in ("Siobhan", "Larter", str(Path.home()) + "/", platform.node() or "no-host"):
        assert secret not in text
    assert "wilhelmina" not in text.lower()


def test_it_says_what_stopped_connections_at_every_stage() -> None:
    assert build(document(), Settings())["machine"]["network"] == []  # snapshots from before this was recorded
    records = [
        record.model_copy(update={"network": state})
        for record, state in zip(document().records, ("b", "a"), strict=True)
    ]
    assert build(document().with_(records=tuple(records)), Settings())["machine"]["network"] == ["a", "b"]


def test_a_typed_transcript_has_no_input() -> None:
    manifest = build(Document(id="P03", source="typed"), Settings())
    assert manifest["input"] is None
    assert manifest["seconds"]["real_time_factor"] is None


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        (
            {"windows": 3, "ok": True, "share": 0.5, "nothing": None},
            {"windows": 3, "ok": True, "share": 0.5, "nothing": None},
        ),
        ({"engine": "pyannote", "text": "hello there"}, {"engine": "pyannote"}),
        ({"model": "C:\\Users\\jo\\base"}, {"model": "base"}),
        ({"Not A Key": 1, "POSTCODE": 2}, {"POSTCODE": 2}),
        ({"rows": [1, "Larter", {"n": 2, "name": "Larter"}]}, {"rows": [1, {"n": 2}]}),
        ({"odd": object()}, {}),
    ],
)
def test_details_keep_figures_only(value: dict[str, Any], kept: dict[str, Any]) -> None:
    assert safe_details(value) == kept


@pytest.mark.parametrize(
    ("text", "name"),
    [("/home/jo/base", "base"), ("base", "base"), ("base/", "base"), ("C:\\jo\\base", "base"), ("", "")],
)
def test_base_name(text: str, name: str) -> None:
    assert base_name(text) == name


def test_settings_say_that_a_prompt_was_used_but_not_which() -> None:
    values = safe_settings(Settings(transcribe=TranscribeSettings(prompt="Larter")))
    assert values["transcribe"]["prompt"] is True
    assert values["transcribe"]["model"] == "base"


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("whisper-base/model.bin", "whisper-base/model.bin"),
        ("/home/jo/base/model.bin", "model.bin"),
        ("C:\\Users\\jo\\model.bin", "model.bin"),
        ("../jo/model.bin", "model.bin"),
        ("~/jo/model.bin", "model.bin"),
    ],
)
def test_weights_keep_their_entry_but_no_folder_of_a_machine(text: str, name: str) -> None:
    assert weight_name(text) == name


def test_one_model_per_entry() -> None:
    weights = {"a/config.json": "1", "a/model.bin": "2", "b/LICENSE": "3", "b/ner/model": "4", "c": "5"}
    assert models(weights) == (("a", "2"), ("b", "4"), ("c", "5"))
