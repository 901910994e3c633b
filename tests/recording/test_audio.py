"""Decoding: every container, every way that input can be bad, and what is measured."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from pipeline.core.errors import BadInputError
from pipeline.recording import audio
from tests import damaged, sounds


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
        source = sounds.write(
            tmp_path / "a.amr", sounds.tone(2.0, rate=8000), rate=8000, codec="libopencore_amrnb", bit_rate=12_200
        )
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


def _pipe(path: Path) -> Path:
    os.mkfifo(path)
    return path


def _socket(path: Path) -> Path:
    with socket.socket(socket.AF_UNIX) as end:
        end.bind(str(path))
    return path


@pytest.mark.skipif(os.name == "nt", reason="no such files")
@pytest.mark.parametrize("make", [_pipe, _socket, lambda path: Path("/dev/zero")], ids=["pipe", "socket", "device"])
def test_only_regular_files_are_read(tmp_path: Path, make: Callable[[Path], Path]) -> None:
    with pytest.raises(BadInputError, match="not a regular file"):
        audio.decode(make(tmp_path / "x.wav"), tmp_path / "out.wav")


@pytest.mark.parametrize(
    ("suffix", "codec"),
    [
        (".wav", "pcm_u8"),
        (".wav", "pcm_s16le"),
        (".wav", "pcm_s24le"),
        (".w64", "pcm_s16le"),
        (".aiff", "pcm_s16be"),
        (".caf", "pcm_s16le"),
        (".au", "pcm_s16be"),
        (".avi", "pcm_s16le"),
        (".mka", "flac"),
        (".wma", "wmav2"),
        (".mp3", "libmp3lame"),
        (".flac", "flac"),
        (".wv", "wavpack"),
    ],
)
def test_a_file_shorter_than_its_header_says(tmp_path: Path, suffix: str, codec: str) -> None:
    source = sounds.write(tmp_path / f"x{suffix}", sounds.noise(6, 0.2), codec=codec)
    whole = source.read_bytes()
    source.write_bytes(whole[: len(whole) * 2 // 3])
    with pytest.raises(BadInputError, match="its end is missing: about") as caught:
        audio.decode(source, tmp_path / "out.wav")
    missing = float(caught.value.what.split("about ")[1].split()[0])
    assert missing == pytest.approx(2.0, abs=0.4)
    warnings: list[str] = []
    recording = audio.decode(source, tmp_path / "out.wav", accept_truncated=True, warn=warnings.append)
    assert recording.duration == pytest.approx(4.0, abs=0.4)
    assert any(text.startswith("The end of the recording is missing: about") for text in warnings)
    source.write_bytes(whole)
    warnings.clear()
    assert audio.decode(source, tmp_path / "out.wav", warn=warnings.append).duration == pytest.approx(6.0, abs=0.1)
    assert warnings == []


def test_an_ogg_file_cut_within_a_page(tmp_path: Path) -> None:
    source = sounds.write(tmp_path / "x.ogg", sounds.noise(6, 0.2, rate=48_000), rate=48_000)
    source.write_bytes(source.read_bytes()[: source.stat().st_size * 2 // 3])
    with pytest.raises(BadInputError, match="its end is missing: it breaks off"):
        audio.decode(source, tmp_path / "out.wav")
    warnings: list[str] = []
    audio.decode(source, tmp_path / "out.wav", accept_truncated=True, warn=warnings.append)
    assert warnings == ["The end of the recording is missing; the file does not say how much."]


@pytest.mark.parametrize(
    ("suffix", "codec", "options"),
    [(".aac", "aac", {}), (".mp3", "libmp3lame", {"write_xing": "0"}), (".ac3", "ac3", {}), (".ts", "mp2", {})],
)
@pytest.mark.parametrize(("kept", "told"), [(0.5, True), (1.0, False)])
def test_a_stream_that_cannot_know_its_length(
    tmp_path: Path, suffix: str, codec: str, options: dict[str, str], kept: float, told: bool
) -> None:
    sound = np.concatenate([sounds.noise(1, 0.001), sounds.noise(6, 0.2), sounds.noise(1, 0.001)])
    rate, form = 48_000, {".aac": "adts", ".ts": "mpegts"}.get(suffix)
    sound = np.repeat(sound, 3)
    source = sounds.write(tmp_path / f"x{suffix}", sound, rate=rate, codec=codec, container=form, options=options)
    source.write_bytes(source.read_bytes()[: int(source.stat().st_size * kept)])
    warnings: list[str] = []
    audio.decode(source, tmp_path / "out.wav", warn=warnings.append)
    assert any("ends in the middle of a sound" in text for text in warnings) == told


def test_a_film_in_parts_that_ends_between_two(tmp_path: Path) -> None:
    source = sounds.write(
        tmp_path / "x.mp4",
        np.concatenate([sounds.noise(2, 0.001), sounds.noise(8, 0.2)]),
        options={"movflags": "frag_every_frame+empty_moov"},
    )
    whole = source.read_bytes()
    source.write_bytes(whole[: whole.index(b"moof", len(whole) // 2) - 4])
    warnings: list[str] = []
    assert audio.decode(source, tmp_path / "out.wav", warn=warnings.append).duration < 8
    assert any("ends in the middle of a sound" in text for text in warnings)
    source.write_bytes(whole)
    warnings.clear()
    audio.decode(source, tmp_path / "out.wav", warn=warnings.append)
    assert warnings == []


def test_a_variable_bit_rate_without_a_count_of_frames_is_whole(tmp_path: Path) -> None:
    quiet, loud = sounds.silence(20, rate=44_100), sounds.noise(4, 0.3, rate=44_100)
    parts = []
    for name, sound, bit_rate in (("a.mp3", loud, 320_000), ("b.mp3", quiet, 32_000)):
        path = tmp_path / name
        sounds.write(path, sound, rate=44_100, bit_rate=bit_rate, options={"write_xing": "0", "id3v2_version": "0"})
        parts.append(path.read_bytes())
    source = tmp_path / "both.mp3"
    source.write_bytes(b"".join(parts))
    assert audio.decode(source, tmp_path / "out.wav").duration == pytest.approx(24, abs=0.3)


def test_a_recording_that_grows_while_it_is_read(tmp_path: Path) -> None:
    source = sounds.write(tmp_path / "x.mp3", sounds.noise(20, 0.2))

    def grow(share: float) -> None:
        with source.open("ab") as file:
            file.write(bytes(100))

    with pytest.raises(BadInputError, match="changed while it was read"):
        audio.decode(source, tmp_path / "out.wav", progress=grow)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["x.mp3"]


def test_a_recording_that_is_written_over_while_it_is_read(tmp_path: Path) -> None:
    source = sounds.write(tmp_path / "x.wav", sounds.noise(20, 0.2))
    stamp = source.stat()

    def alter(share: float) -> None:
        with source.open("r+b") as file:
            file.seek(-2, 2)
            file.write(b"ab")
        os.utime(source, ns=(stamp.st_atime_ns, stamp.st_mtime_ns))  # as a card's clock of two seconds may have it

    with pytest.raises(BadInputError, match="changed while it was read"):
        audio.decode(source, tmp_path / "out.wav", progress=alter)


def test_data_behind_the_end_that_the_header_names(tmp_path: Path) -> None:
    source = tmp_path / "x.wav"
    source.write_bytes(damaged.wav(promised=96_000))
    warnings: list[str] = []
    audio.decode(source, tmp_path / "out.wav", warn=warnings.append)
    assert any("about 3 more seconds" in text for text in warnings)


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
