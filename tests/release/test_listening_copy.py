"""The listening copy: what is masked, and that it is proven by listening."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from pipeline.core.document import Document, Redaction, Word
from pipeline.core.errors import BadInputError, LeakError
from pipeline.engines.base import DecodeOptions, SpokenWord, WindowResult
from pipeline.recording import audio
from pipeline.recording.audio import Sound
from pipeline.release import listening_copy
from pipeline.release.listening_copy import Mask

RATE = 16_000


class Listener:
    """Hears `text` wherever a window has more than silence or a tone: any sample above the tone's level."""

    name, device, precision = "test", "cpu", "int8"

    def __init__(self, text: str) -> None:
        self.text = text
        self.windows = 0

    def decode(self, windows: Sequence[NDArray[np.float32]], options: DecodeOptions) -> list[WindowResult]:
        self.windows += len(windows)
        out = []
        for window in windows:
            loud = np.abs(window) > 0.5
            words = tuple(SpokenWord(w, 0.0, 1.0, 0.9) for w in self.text.split()) if loud.any() else ()
            out.append(WindowResult(words, 1.0, True, -0.1, 0.0, 1.0))
        return out

    def detect_language(self, windows: Sequence[NDArray[np.float32]]) -> dict[str, float]:
        return {"en": 1.0}


def interview(name: str = "Siobhan", **changes: Any) -> Document:
    said = [("It", 1.0, 1.3), ("was", 1.4, 1.7), (name, 2.0, 2.6), ("then.", 3.0, 3.4), ("Later", 6.0, 6.4)]
    words = [Word(text=w, start=a, end=b, role="P") for w, a, b in said]
    if changes:
        words[2] = words[2].model_copy(update=changes)
    span = Redaction(id="R1", category="PERSON", entity="E1", first=2, last=2, replacement="[friend]")
    return Document(id="P3", words=tuple(words), speech=((0.9, 3.5), (5.9, 6.5)), redactions=(span,))


def sound(loud: tuple[float, float] = (2.0, 2.6), seconds: float = 8.0, channels: int = 1) -> Sound:
    samples = np.full((int(seconds * RATE), channels), 100, np.int16)
    samples[int(loud[0] * RATE) : int(loud[1] * RATE)] = 30_000
    return Sound(samples)


def test_a_mask_reaches_to_the_words_that_stay() -> None:
    (mask,) = listening_copy.masks_of(interview(), 8.0)
    assert mask.start == pytest.approx(1.7)
    assert mask.end == pytest.approx(3.0)


def test_speech_before_a_late_word_is_masked() -> None:
    document = interview().with_(
        words=tuple(
            Word(text=t, start=a, end=b, role="P")
            for t, a, b in [("Ring", 0.5, 0.9), ("07700900123,", 5.0, 8.0), ("right", 9.0, 9.3)]
        ),
        speech=((0.5, 0.9), (1.3, 9.4)),
        redactions=(Redaction(id="R1", category="PHONE", entity="E", first=1, last=1, replacement="[phone number]"),),
    )
    (mask,) = listening_copy.masks_of(document, 10.0)
    assert mask.start <= 1.3
    assert mask.end >= 8.35


@pytest.mark.parametrize(
    "changes", [{"start": None, "end": None}, {"end": 2.01}, {"flags": ("retimed",)}, {"start": 2.5, "end": 2.5}]
)
def test_untrusted_times_silence_the_utterance(changes: dict[str, Any]) -> None:
    (mask,) = listening_copy.masks_of(interview(**changes), 8.0)
    assert mask.start <= 0.9
    assert 3.4 <= mask.end < 5.9


@pytest.mark.parametrize(
    ("style", "channels", "suffix"), [("tone", 1, "flac"), ("silence", 2, "wav"), ("tone", 2, "flac")]
)
def test_a_copy_as_long_as_the_original(tmp_path: Path, style: Any, channels: int, suffix: str) -> None:
    target = tmp_path / f"copy.{suffix}"
    made = listening_copy.write(
        interview(), sound(channels=channels), target, recogniser=Listener("it was Siobhan"), style=style
    )
    assert made.rounds == 1
    audio.decode(target, tmp_path / "back.wav")
    back = audio.open_sound(tmp_path / "back.wav")
    assert back.duration == pytest.approx(8.0, abs=0.001)
    inside = np.abs(back.mono(1.75, 2.95))
    assert inside.max() < 0.07
    assert bool(inside.max() > 0.04) is (style == "tone")
    assert np.abs(back.mono(0.0, 1.6)).max() == pytest.approx(100 / 32768, abs=1e-4)
    assert b"Siobhan" not in target.read_bytes()


def test_a_mask_grows_until_nothing_is_heard(tmp_path: Path) -> None:
    made = listening_copy.write(interview(), sound((0.95, 1.2)), tmp_path / "copy.flac", recogniser=Listener("Siobhan"))
    assert made.rounds == 2
    assert made.masks[0].start <= 0.95


def test_it_fails_closed(tmp_path: Path) -> None:
    target = tmp_path / "copy.flac"
    target.write_bytes(b"an older copy")
    with pytest.raises(LeakError) as error:
        listening_copy.write(interview(), sound((4.6, 4.9)), target, recogniser=Listener("Shavorn Siobhan"))
    assert not target.exists()
    assert list(tmp_path.iterdir()) == []
    assert "Siobhan" not in str(error.value)


@pytest.mark.parametrize(
    ("name", "heard", "recognised"),
    [
        ("Siobhan", "and siobhan came", True),
        ("Siobhan", "it was then", False),
        ("Will", "will it", True),
        ("was", "it was", False),
        ("07700900123", "double oh nine hundred", True),
        ("07700900123", "in 2019 again", False),
    ],
)
def test_what_counts_as_heard(name: str, heard: str, recognised: bool) -> None:
    document = interview(name)
    category = "PHONE" if name[0] == "0" else "PERSON"
    spans = [document.redactions[0].model_copy(update={"category": category})]
    assert listening_copy._recognised(document, spans, heard, 0.0, 5.0) is recognised


def test_windows_hold_every_mask() -> None:
    masks = [Mask(float(a), a + 1.0, (f"R{a}",)) for a in range(0, 200, 7)] + [Mask(300.0, 350.0, ("long",))]
    windows = listening_copy._windows(masks, 400.0)
    assert {m.spans for _, _, inside in windows for m in inside} == {m.spans for m in masks}
    assert all(0 <= low < high <= 400 and high - low <= listening_copy.WINDOW_S + 1e-9 for low, high, _ in windows)


@given(st.lists(st.tuples(st.floats(0, 50), st.floats(0, 5)), max_size=12))
def test_joined_masks_cover_and_do_not_touch(pairs: list[tuple[float, float]]) -> None:
    masks = [Mask(a, a + d, (str(n),)) for n, (a, d) in enumerate(pairs)]
    out = listening_copy.joined(masks)
    for mask in masks:
        assert mask.end == mask.start or any(m.start <= mask.start and mask.end <= m.end for m in out)
    assert all(b.start > a.end + listening_copy.JOIN_S for a, b in itertools.pairwise(out))


def test_typed_transcripts_have_no_sound(tmp_path: Path) -> None:
    with pytest.raises(BadInputError):
        listening_copy.write(
            interview().with_(source="typed"), sound(), tmp_path / "copy.flac", recogniser=Listener("")
        )
