"""The stage: words, events, roles, coverage and notes, with a scripted engine; and with the real one on the sample."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from pipeline.core.document import Document, Note, Turn
from pipeline.core.errors import WeightsError
from pipeline.core.keysheet import KeySheet, Person
from pipeline.core.paths import RecordingPaths
from pipeline.core.progress import Silent
from pipeline.core.settings import Settings, build
from pipeline.diarisation import alarms
from pipeline.engines.base import SpokenWord
from pipeline.engines.scripted import Clock, ScriptedRecogniser
from pipeline.recording import audio
from pipeline.speech import activity
from pipeline.stages import transcribe
from pipeline.stages.base import Context, StageResult
from pipeline.stages.transcribe import NAMES_LENGTH, Transcribe, names_for_prompt
from pipeline.weights.catalogue import Catalogue
from tests import sounds
from tests.builders import RECORDING

SAMPLE = Path(__file__).resolve().parent.parent.parent / "recordings" / "sample.flac"
TURNS = (Turn(start=1.0, end=4.0, speaker="A"), Turn(start=6.5, end=11.0, speaker="B"))
SAID = (
    (1.0, "Could you tell me how it was then please now?"),
    (6.5, "Um, I just sat there really."),
    (9.5, "And then I went."),
)
SCRIPT = [
    SpokenWord(word, at + n * 0.3, at + n * 0.3 + 0.28, 0.9) for at, text in SAID for n, word in enumerate(text.split())
]


def context_of(folder: Path) -> Context:
    paths = RecordingPaths(folder, "x")
    paths.make()
    return Context(paths=paths, progress=Silent(), catalogue=Catalogue({}, folder), device="cpu")


@pytest.fixture
def context(tmp_path: Path) -> Context:
    return context_of(tmp_path)


@pytest.fixture
def stage_run(context: Context, monkeypatch: pytest.MonkeyPatch) -> Callable[..., StageResult]:
    """The stage on a sound that tells the time, with voice where the turns are."""

    def stage(
        recogniser: ScriptedRecogniser,
        turns: tuple[Turn, ...] = TURNS,
        settings: Settings | None = None,
        notes: tuple[Note, ...] = (),
    ) -> StageResult:
        monkeypatch.setattr(transcribe, "open_sound", lambda path: Clock(12.0))
        monkeypatch.setattr(activity, "voice_probabilities", lambda sound: _voice(turns))
        speech = tuple((t.start, t.end) for t in turns)
        document = Document(id="x", recording=RECORDING, turns=turns, speech=speech, notes=notes)
        return Transcribe(recogniser).run(document, settings or Settings(), context)

    return stage


@pytest.fixture
def run(stage_run: Callable[..., StageResult]) -> Callable[..., Document]:
    """The document that the stage makes."""
    return lambda *args, **kwargs: stage_run(*args, **kwargs).document


def _voice(turns: tuple[Turn, ...]) -> np.ndarray:
    probabilities = np.zeros(int(12.0 / activity.FRAME_SECONDS), np.float32)
    for turn in turns:
        probabilities[int(turn.start / activity.FRAME_SECONDS) : int(turn.end / activity.FRAME_SECONDS)] = 1.0
    return probabilities


def test_words_speakers_roles_and_pauses(stage_run: Callable[..., StageResult]) -> None:
    result = stage_run(ScriptedRecogniser(SCRIPT))
    document = result.document
    assert [w.text for w in document.words] == [w.text for w in SCRIPT]
    assert {w.speaker for w in document.words[:10]} == {"A"}
    assert {w.role for w in document.words[:10]} == {"I"}
    assert {w.role for w in document.words[10:]} == {"P"}
    pause = document.events[0]
    assert (pause.kind, pause.before_word, pause.role) == ("pause", 10, None)
    assert pause.end is not None
    assert pause.start is not None
    assert pause.end - pause.start == pytest.approx(2.4, abs=0.2)
    assert document.coverage.speech_s == pytest.approx(7.6, abs=0.3)
    assert document.coverage.language == "en"
    assert result.engine == "scripted (none)"
    assert result.details["windows"] == document.coverage.windows


@pytest.mark.parametrize("noted", [(), tuple(alarms.of((), (), 2, ()))], ids=["not yet noted", "noted by the diariser"])
def test_nobody_speaks(run: Callable[..., Document], noted: tuple[Note, ...]) -> None:
    document = run(ScriptedRecogniser(SCRIPT), turns=(), notes=noted)
    assert (document.words, document.events) == ((), ())
    assert [(n.code, n.level) for n in document.notes] == [("no-speech", "alarm")]


def test_a_voice_without_words(run: Callable[..., Document]) -> None:
    document = run(ScriptedRecogniser([]))
    assert document.words == ()
    assert "no-words" in [n.code for n in document.notes]


def test_what_nobody_could_recognise_is_marked(run: Callable[..., Document]) -> None:
    document = run(ScriptedRecogniser(SCRIPT[:10]))
    unclear = [e for e in document.events if e.kind == "unclear"]
    assert [e.before_word for e in unclear] == [10]
    assert document.coverage.unclear == 1
    assert document.coverage.unclear_s == pytest.approx(4.5, abs=0.3)
    assert "unclear" in [n.code for n in document.notes]
    assert not any(text in note.message for note in document.notes for text in ("Could", "sat"))


@pytest.mark.parametrize(
    ("language", "used", "notes"), [("en", "en", ["language"]), ("auto", "cy", []), ("cy", "cy", [])]
)
def test_another_language(run: Callable[..., Document], language: str, used: str, notes: list[str]) -> None:
    recogniser = ScriptedRecogniser(SCRIPT, language="cy")
    document = run(recogniser, settings=build({"transcribe": {"language": language}}))
    assert {options.language for _, options in recogniser.asked} == {used}
    assert document.coverage.language == used
    assert [n.code for n in document.notes if n.code == "language"] == notes


def test_running_again_replaces_its_own_notes(run: Callable[..., Document], context: Context) -> None:
    document = run(ScriptedRecogniser(SCRIPT[:10]))
    again = Transcribe(ScriptedRecogniser(SCRIPT[:10])).run(document, Settings(), context).document
    assert again.notes == document.notes


def test_names_of_the_key_sheet_go_into_the_prompt() -> None:
    sheet = KeySheet(
        participant=Person(names=("Hope Larter", "Hopey")), people=(Person(names=("Will",)),), places=("Eye",)
    )
    assert names_for_prompt((), sheet) == ["Hope Larter", "Will", "Eye"]
    assert names_for_prompt((), KeySheet()) == []
    assert names_for_prompt((), None) == []
    many = KeySheet(places=tuple(f"Place {n}" for n in range(300)))
    assert len(", ".join(names_for_prompt((), many))) <= NAMES_LENGTH


def spoken(text: str, probability: float = 0.9) -> list[SpokenWord]:
    return [SpokenWord(word, float(n), n + 0.5, probability) for n, word in enumerate(text.split())]


def test_names_that_were_heard_follow_those_of_the_key_sheet() -> None:
    heard = spoken("Then Joy rang. And Yetunde and Babatunde, they live in Lowestoft with joy. Then I said Joy, no.")
    sheet = KeySheet(people=(Person(names=("joy",)),))
    assert names_for_prompt(heard, None) == ["Joy", "Babatunde", "Lowestoft", "Yetunde"]
    assert names_for_prompt(heard, sheet) == ["joy", "Babatunde", "Lowestoft", "Yetunde"]
    assert names_for_prompt(heard, None, "de") == []
    assert names_for_prompt(spoken("We saw Joy and Yetunde."), None) == []  # too few to help


def test_what_only_looks_like_a_name_stays_out_of_the_prompt() -> None:
    heard = spoken("On Monday I said Well, the NHS and God and Christmas. But Wrkplk? No. In England.", 0.4)
    assert names_for_prompt(heard, KeySheet(people=(Person(names=("Will",)),))) == ["Will"]


def test_the_fingerprint_follows_settings_and_names(context: Context) -> None:
    stage, plain = Transcribe(), Transcribe().fingerprint(Settings(), context)
    assert stage.fingerprint(build({"transcribe": {"beam_size": 1}}), context) != plain
    assert stage.fingerprint(build({"transcribe": {"threads": 1}}), context) == plain
    context.key_sheet = KeySheet(places=("Eye",))
    assert stage.fingerprint(Settings(), context) != plain


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    found = Catalogue.read()
    try:
        found.path("whisper-base")
    except WeightsError:
        pytest.skip("the weights are not fetched")
    return found


def _real(source: Path, speech: tuple[tuple[float, float], ...], folder: Path, catalogue: Catalogue) -> Document:
    context = context_of(folder)
    context.catalogue = catalogue
    recording = audio.decode(source, context.paths.audio)
    return Transcribe().run(Document(id="x", recording=recording, speech=speech), Settings(), context).document


@pytest.mark.models
def test_the_sample_is_covered_to_its_last_word(tmp_path: Path, catalogue: Catalogue) -> None:
    document = _real(SAMPLE, (), tmp_path, catalogue)
    text = " ".join(w.text for w in document.words).lower()
    for piece in ("recording now", "um,", "section two", "into the village pond", "get here by june"):
        assert piece in text
    assert document.coverage.unclear_s < 1.0
    assert document.words[-1].end == pytest.approx(71.9, abs=0.5)
    assert document.coverage.language == "en"


@pytest.mark.models
@pytest.mark.parametrize("kind", ["silence", "noise", "ringing", "dial tone", "hum"])
def test_no_words_where_nobody_speaks(kind: str, tmp_path: Path, catalogue: Catalogue) -> None:
    ring = np.where(np.arange(20 * 16_000) % 48_000 < 6_400, sounds.tone(20, 400, 0.2), 0).astype(np.float32)
    samples = {
        "silence": sounds.silence(20),
        "noise": sounds.noise(20, 0.1),
        "ringing": ring,
        "dial tone": sounds.tone(20, 350, 0.2) + sounds.tone(20, 440, 0.2),
        "hum": sounds.tone(20, 50, 0.2) + sounds.noise(20, 0.003),
    }[kind]
    taken_for_speech = ((0.0, 0.5), (3.0, 3.5), (6.0, 6.5)) if kind == "ringing" else ()
    document = _real(sounds.write(tmp_path / "x.wav", samples), taken_for_speech, tmp_path, catalogue)
    assert document.words == ()
    assert [n.level for n in document.notes][-1:] == ["alarm"]
