"""Decoding: every container, every way that input can be bad, and what is measured."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from pipeline import audio
from pipeline.errors import BadInputError
from tests import sounds


@pytest.mark.parametrize(
    ("name", "rate", "codec"),
    [
        ("a.wav", 8_000, "pcm_u8"),
        ("b.wav", 16_000, None),
        ("c.wav", 44_100, "pcm_s24le"),
        ("d.wav", 96_000, "pcm_f32le"),
        ("e.flac", 48_000, None),
        ("f.m4a", 44_100, None),
        ("g.mp3", 22_050, None),
        ("h.ogg", 48_000, None),
        ("i.opus", 48_000, None),
        ("j.wma", 44_100, None),
        ("k.mov", 44_100, None),
        ("l.3gp", 16_000, None),
    ],
)
def test_every_container_decodes_to_the_same_sound(tmp_path: Path, name: str, rate: int, codec: str | None) -> None:
    source = sounds.write(tmp_path / name, sounds.tone(3.0, rate=rate), rate=rate, codec=codec)
    recording = audio.decode(source, tmp_path / "out.wav")
    sound = audio.open_sound(tmp_path / "out.wav")
    assert recording.duration == pytest.approx(3.0, abs=0.12)
    assert sound.channels == 1
    middle = sound.mono(1.0, 2.0)
    assert middle.shape == (16_000,)
    assert np.argmax(np.abs(np.fft.rfft(middle))) == pytest.approx(440, abs=2)
    assert np.sqrt((middle**2).mean()) == pytest.approx(0.3 / np.sqrt(2), rel=0.2)


def test_amr_telephone_recording(tmp_path: Path) -> None:
    import av

    try:
        source = sounds.write(tmp_path / "a.amr", sounds.tone(2.0, rate=8000), rate=8000, codec="libopencore_amrnb")
    except (av.FFmpegError, ValueError):
        pytest.skip("this build of PyAV reads AMR but has no encoder to make a test file with")
    assert audio.decode(source, tmp_path / "out.wav").sample_rate == 8000


def test_many_channels_are_mixed(tmp_path: Path) -> None:
    source = sounds.write(tmp_path / "quad.wav", np.stack([sounds.tone(2.0)] * 4, axis=1))
    assert audio.decode(source, tmp_path / "out.wav").channels == 4
    assert audio.open_sound(tmp_path / "out.wav").channels == 1


def _voices() -> tuple[np.ndarray, np.ndarray]:
    """Two people who take turns of five seconds, with breaks."""
    one, two = sounds.noise(60, 0.001, seed=3), sounds.noise(60, 0.001, seed=4)
    for k in range(6):
        a = k * 10 * sounds.RATE
        one[a : a + 4 * sounds.RATE] += sounds.noise(4, 0.2, seed=10 + k)
        two[a + 5 * sounds.RATE : a + 9 * sounds.RATE] += sounds.noise(4, 0.2, seed=20 + k)
    return one, two


def test_two_microphones_are_kept_and_a_room_is_not(tmp_path: Path) -> None:
    one, two = _voices()
    lapel = np.stack([one + 0.1 * two, two + 0.1 * one], axis=1)
    room = np.stack([one + 0.8 * two, 0.8 * one + two], axis=1)
    first = audio.decode(sounds.write(tmp_path / "lapel.wav", lapel), tmp_path / "1.wav")
    second = audio.decode(sounds.write(tmp_path / "room.wav", room), tmp_path / "2.wav")
    assert first.two_microphones
    assert audio.open_sound(tmp_path / "1.wav").channels == 2
    assert not second.two_microphones
    assert audio.open_sound(tmp_path / "2.wav").channels == 1


@pytest.mark.parametrize("case", ["dead", "inverted", "same"])
def test_one_microphone_on_two_channels(tmp_path: Path, case: str) -> None:
    one, _ = _voices()
    other = {"dead": np.zeros_like(one), "inverted": -one, "same": one}[case]
    source = sounds.write(tmp_path / "s.wav", np.stack([one, other], axis=1))
    recording = audio.decode(source, tmp_path / "out.wav")
    assert not recording.two_microphones
    heard = audio.open_sound(tmp_path / "out.wav").mono(0, 4)
    assert np.sqrt((heard**2).mean()) == pytest.approx(0.2, rel=0.1)


def test_quality_is_measured(tmp_path: Path) -> None:
    loud = np.clip(sounds.tone(5.0, level=2.0), -1, 1)
    source = sounds.write(tmp_path / "clipped.wav", np.concatenate([loud, sounds.noise(5, 0.001)]))
    quality = audio.decode(source, tmp_path / "out.wav").quality
    assert quality is not None
    assert quality.peak_dbfs == pytest.approx(0, abs=0.1)
    assert quality.clipped > 0.1
    assert quality.speech_share == pytest.approx(0.5, abs=0.02)
    assert quality.snr_db == pytest.approx(57, abs=6)
    assert any("clipped" in remark for remark in quality.remarks)


def test_good_sound_has_no_remarks(tmp_path: Path) -> None:
    good = np.concatenate([sounds.noise(5, 0.1), sounds.noise(5, 0.001)])
    quality = audio.decode(sounds.write(tmp_path / "good.wav", good), tmp_path / "out.wav").quality
    assert quality is not None
    assert quality.remarks == ()


def _truncated(path: Path) -> Path:
    whole = sounds.write(path.with_suffix(".flac"), sounds.noise(20, 0.2))
    path.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    return path


def _no_moov(path: Path) -> Path:
    whole = sounds.write(path.with_name("whole.m4a"), sounds.tone(20))
    path.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    return path


def _make(tmp_path: Path, case: str) -> Path:
    path = tmp_path / "x.m4a"
    if case == "empty":
        path.write_bytes(b"")
    elif case == "text":
        path.write_text("I: This is not a recording.\n" * 50)
    elif case == "truncated m4a":
        _no_moov(path)
    elif case == "truncated flac":
        return _truncated(tmp_path / "half.flac")
    elif case == "no sound":
        return sounds.video_without_sound(tmp_path / "film.mp4")
    elif case == "short":
        return sounds.write(tmp_path / "short.wav", sounds.tone(0.3))
    elif case == "folder":
        path.mkdir()
    return path


@pytest.mark.parametrize(
    ("case", "said"),
    [
        ("missing", "no such file"),
        ("empty", "is empty"),
        ("text", "not a recording that can be decoded"),
        ("truncated m4a", "not a recording that can be decoded"),
        ("truncated flac", "its end is missing"),
        ("no sound", "no sound in this file"),
        ("short", "too short"),
        ("folder", "folder"),
    ],
)
def test_bad_input_is_named_and_leaves_nothing(tmp_path: Path, case: str, said: str) -> None:
    source, out = _make(tmp_path, case), tmp_path / "out"
    out.mkdir()
    with pytest.raises(BadInputError, match=said) as caught:
        audio.decode(source, out / "audio.wav")
    assert caught.value.exit_code == 3
    assert caught.value.file == source
    assert caught.value.hint
    assert list(out.iterdir()) == []


@pytest.fixture
def nobody() -> Iterator[None]:
    """The superuser may read everything, and is nobody for the length of a test."""
    if os.name == "nt":
        pytest.skip("no modes here")
    superuser = os.geteuid() == 0
    if superuser:
        os.seteuid(65534)
    yield
    if superuser:
        os.seteuid(0)


def test_no_permission(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> None:
    source = sounds.write(tmp_path_factory.mktemp("sound") / "x.wav", sounds.tone(1))
    source.chmod(0)
    request.getfixturevalue("nobody")
    with pytest.raises(BadInputError, match="permission"):
        audio.decode(source, source.with_name("out.wav"))


def test_truncated_is_taken_when_asked_for(tmp_path: Path) -> None:
    source = _truncated(tmp_path / "half.flac")
    recording = audio.decode(source, tmp_path / "out.wav", accept_truncated=True)
    assert 5 < recording.duration < 15


def test_too_long(tmp_path: Path) -> None:
    source = sounds.write(tmp_path / "x.wav", sounds.silence(5))
    with pytest.raises(BadInputError, match="at most"):
        audio.decode(source, tmp_path / "out.wav", max_hours=4 / 3600)


def test_silence_is_not_an_error(tmp_path: Path) -> None:
    recording = audio.decode(sounds.write(tmp_path / "x.wav", sounds.silence(60)), tmp_path / "out.wav")
    assert recording.quality is not None
    assert recording.quality.speech_share == 0
    assert recording.quality.remarks == ("The recording is silent.",)


def test_the_working_copy_is_private(tmp_path: Path) -> None:
    audio.decode(sounds.write(tmp_path / "x.wav", sounds.tone(1)), tmp_path / "out.wav")
    if os.name != "nt":
        assert (tmp_path / "out.wav").stat().st_mode & 0o777 == 0o600


def test_slices_are_clamped(tmp_path: Path) -> None:
    audio.decode(sounds.write(tmp_path / "x.wav", sounds.tone(1)), tmp_path / "out.wav")
    sound = audio.open_sound(tmp_path / "out.wav")
    assert len(sound.mono(-1, 0.5)) == 8000
    assert len(sound.mono(0.5, 99)) == 8000
    assert len(sound.mono(0.9, 0.1)) == 0
