"""The stage with the real models."""

from __future__ import annotations

import itertools
import stat
import wave
from pathlib import Path

import numpy as np
import pytest

from pipeline.core.document import Document, Recording
from pipeline.core.paths import RecordingPaths
from pipeline.core.progress import Silent
from pipeline.core.settings import Settings, build
from pipeline.diarisation import rttm
from pipeline.recording import audio
from pipeline.stages.base import Context
from pipeline.stages.diarise import Diarise
from pipeline.weights.catalogue import Catalogue
from tests.builders import RECORDING
from tests.sizes import checkpoint, full, telephone_call

ROOT = Path(__file__).resolve().parent.parent.parent
SAMPLE = ROOT / "recordings" / "sample.flac"
pytestmark = pytest.mark.models


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return Catalogue.read()


def run(
    recording: Recording, paths: RecordingPaths, catalogue: Catalogue, settings: Settings | None = None
) -> Document:
    context = Context(paths=paths, progress=Silent(), catalogue=catalogue, device="cpu")
    result = Diarise().run(Document(id=paths.id, recording=recording), settings or Settings(), context)
    assert result.device == "cpu"
    return result.document


def decoded(source: Path, folder: Path) -> tuple[Recording, RecordingPaths]:
    paths = RecordingPaths(folder, "x")
    paths.make()
    return audio.decode(source, paths.audio), paths


def written(samples: np.ndarray, folder: Path, two: bool = False) -> tuple[Recording, RecordingPaths]:
    """A working copy of `samples` (n, channels) in -1..1."""
    paths = RecordingPaths(folder, "x")
    paths.make()
    with wave.open(str(paths.audio), "wb") as file:
        file.setnchannels(samples.shape[1])
        file.setsampwidth(2)
        file.setframerate(16000)
        file.writeframes((np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes())
    return RECORDING.model_copy(update={"duration": len(samples) / 16000, "two_microphones": two}), paths


def error_rate(document: Document, reference: Path) -> float:
    core, metrics = full("pyannote.core"), full("pyannote.metrics.diarization")
    gold, ours = core.Annotation(), core.Annotation()
    for n, line in enumerate(reference.read_text().splitlines()):
        field = line.split()
        gold[core.Segment(float(field[3]), float(field[3]) + float(field[4])), n] = field[7]
    for n, (start, end, label) in enumerate(rttm.spans_of_document(document)):
        ours[core.Segment(start, end), n] = label
    return float(metrics.DiarizationErrorRate(collar=0.0)(gold, ours))


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory, catalogue: Catalogue) -> tuple[Document, RecordingPaths]:
    recording, paths = decoded(SAMPLE, tmp_path_factory.mktemp("sample"))
    return run(recording, paths, catalogue), paths


def test_the_sample(sample: tuple[Document, RecordingPaths]) -> None:
    document, _ = sample
    assert [voice.speaker for voice in document.voices] == ["SPEAKER_00", "SPEAKER_01"]
    assert document.notes == ()
    assert all(a[1] < b[0] for a, b in itertools.pairwise(document.speech))
    assert error_rate(document, ROOT / "tests" / "data" / "sample.rttm") < 0.042


def test_embeddings_are_left_for_attribution_and_private(sample: tuple[Document, RecordingPaths]) -> None:
    file = sample[1].voices
    with np.load(file) as stored:
        assert len(stored["spans"]) == len(stored["vectors"]) > 20
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_pyannotes_own_pipeline(catalogue: Catalogue, tmp_path: Path) -> None:
    checkpoint("segmentation-3.0")
    folder = telephone_call()
    recording, paths = decoded(folder / "sample.wav", tmp_path)
    document = run(recording, paths, catalogue, build({"diarise": {"engine": "pyannote"}}))
    assert error_rate(document, folder / "sample.rttm") < 0.06
    assert len(document.voices) == 2


def test_a_real_telephone_conversation(catalogue: Catalogue, tmp_path: Path) -> None:
    folder = telephone_call()
    recording, paths = decoded(folder / "sample.wav", tmp_path)
    assert error_rate(run(recording, paths, catalogue), folder / "sample.rttm") < 0.056


@pytest.mark.parametrize("kind", ["silence", "noise", "dial tone"])
def test_no_speech_is_a_note(kind: str, catalogue: Catalogue, tmp_path: Path) -> None:
    time = np.arange(16000 * 30) / 16000
    samples = {
        "silence": np.zeros_like(time),
        "noise": np.random.default_rng(0).standard_normal(len(time)) * 0.05,
        "dial tone": 0.2 * np.sin(2 * np.pi * 350 * time) + 0.2 * np.sin(2 * np.pi * 440 * time),
    }[kind]
    recording, paths = written(samples[:, None], tmp_path)
    document = run(recording, paths, catalogue)
    assert [note.code for note in document.notes] == ["no-speech"]
    assert document.turns == document.speech == document.voices == ()


def test_a_third_of_a_second(catalogue: Catalogue, tmp_path: Path) -> None:
    recording, paths = written(np.random.default_rng(0).standard_normal((5000, 1)) * 0.1, tmp_path)
    assert run(recording, paths, catalogue).voices == ()


def test_two_microphones_with_bleed(
    sample: tuple[Document, RecordingPaths], catalogue: Catalogue, tmp_path: Path
) -> None:
    mono = audio.open_sound(sample[1].audio).mono()
    own = np.zeros((len(mono), 2), np.float32)
    for line in (ROOT / "tests" / "data" / "sample.rttm").read_text().splitlines():
        field = line.split()
        start = round(float(field[3]) * 16000)
        part = slice(start, start + round(float(field[4]) * 16000))
        own[part, "IP".index(field[7])] = mono[part]
    noise = np.random.default_rng(0).standard_normal(own.shape) * 0.0003
    recording, paths = written(own + 0.15 * own[:, ::-1] * (1.0, 0.5) + noise, tmp_path, two=True)
    document = run(recording, paths, catalogue)
    assert len(document.voices) == 2
    assert error_rate(document, ROOT / "tests" / "data" / "sample.rttm") < 0.06
