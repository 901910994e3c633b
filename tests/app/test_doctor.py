"""`ipa doctor` says what is wrong, and proves that nothing can leave."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.app import doctor
from pipeline.core import installed, offline
from pipeline.core.settings import Settings
from pipeline.recording import audio
from pipeline.weights.catalogue import Catalogue
from tests import sounds
from tests.core.test_seccomp import here

SAMPLE = Path(__file__).parents[2] / "recordings" / "sample.flac"


def _found(outputs: Path, catalogue: Catalogue) -> dict[str, doctor.Finding]:
    return {finding.what: finding for finding in doctor.check(outputs, catalogue)}


def _skip_packages(monkeypatch: pytest.MonkeyPatch) -> None:
    """Importing them all takes seconds, and one test does."""
    monkeypatch.setattr(doctor, "MODULES", ())
    monkeypatch.setattr(installed, "has", lambda extra: False)


@pytest.mark.slow
def test_a_machine_without_weights(tmp_path: Path) -> None:
    catalogue = Catalogue(Catalogue.read().entries, tmp_path / "weights")
    found = _found(tmp_path / "outputs", catalogue)
    assert found["Weights whisper-base"].ok is False
    assert "ipa models fetch" in found["Weights whisper-base"].detail
    assert "Weights whisper-large-v3" not in found
    assert found["Python"].ok
    assert found["Packages"].ok
    assert found["Permissions"].ok
    assert found["Speed"] == doctor.Finding("Speed", None, "not measured: weights are missing")
    assert found["Offline"].ok is None  # within a test the kernel was not asked
    assert "refused in Python only" in found["Offline"].detail
    assert "telemetry switched off" in found["Offline"].detail


@pytest.mark.slow
@here
def test_the_command_is_under_the_kernel_filter(tmp_path: Path) -> None:
    code = (
        "from pipeline.core import installed; installed.has = lambda extra: False\n"  # importing torch takes seconds
        "from pipeline.cli.main import main; main()"
    )
    command = [sys.executable, "-c", code, "doctor", "-o", str(tmp_path)]
    environment = {**os.environ, "IPA_WEIGHTS": str(tmp_path / "weights")}  # none, so that no speed is measured
    lines = subprocess.run(command, capture_output=True, text=True, env=environment).stdout.splitlines()
    offline_line = next(line for line in lines if "Offline" in line)
    assert offline_line == "ok    Offline: connections are refused by the kernel (seccomp); telemetry switched off"


def test_a_kernel_that_lets_native_code_through_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _skip_packages(monkeypatch)
    monkeypatch.setattr(offline, "_enforced", True)  # it says so, but nothing was installed
    finding = _found(tmp_path, Catalogue({}, tmp_path))["Offline"]
    assert finding.ok is False
    assert "3 of 4 attempts to connect were refused" in finding.detail


def test_telemetry_that_is_on_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _skip_packages(monkeypatch)
    monkeypatch.delenv("ORT_DISABLE_TELEMETRY")
    finding = _found(tmp_path, Catalogue({}, tmp_path))["Offline"]
    assert finding.ok is False
    assert "telemetry ON (ORT_DISABLE_TELEMETRY)" in finding.detail


def test_a_hole_in_the_guard_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import contextlib

    monkeypatch.setattr(offline, "guard", contextlib.nullcontext)
    _skip_packages(monkeypatch)
    assert _found(tmp_path, Catalogue({}, tmp_path))["Offline"].ok is False


def test_packages_that_do_not_import_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _skip_packages(monkeypatch)
    monkeypatch.setattr(doctor, "MODULES", ("json", "no_such_package"))
    finding = _found(tmp_path, Catalogue({}, tmp_path))["Packages"]
    assert finding.ok is False
    assert "no_such_package" in finding.detail


def test_an_hour_is_reckoned_from_the_sample(weights: None, tmp_path: Path) -> None:
    audio.decode(SAMPLE, tmp_path / "whole.wav")
    source = sounds.write(tmp_path / "P01.wav", audio.open_sound(tmp_path / "whole.wav").mono(0, 40))
    ticks = iter((10.0, 12.0, 15.0))
    seconds = doctor.seconds_per_hour(source, Settings(), Catalogue.read(), clock=lambda: next(ticks))
    # 2 s for the 40 s of sound, and 3 s for the one whole window of 30 s in it.
    assert seconds == pytest.approx(3600 * (2 / 40 + 3 / 30), rel=1e-3)


def test_the_speed_is_measured_once_and_again_when_something_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _skip_packages(monkeypatch)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    measured: list[str] = []

    def measure(*given: object) -> float:
        measured.append("again")
        return 132.0

    monkeypatch.setattr(doctor, "seconds_per_hour", measure)
    catalogue = Catalogue.read()
    for _ in range(2):
        finding = doctor._speed(catalogue)
        assert "about 2 minutes for an hour of interview" in finding.detail
    assert len(measured) == 1
    monkeypatch.setattr(doctor, "__version__", "99")
    doctor._speed(catalogue)
    assert len(measured) == 2
    kept = tmp_path / "cache" / "ipa-transcripts" / "speed.json"
    assert json.loads(kept.read_text())["seconds_per_hour"] == 132.0
    kept.write_text("{}")
    doctor._speed(catalogue)
    assert len(measured) == 3
    monkeypatch.setenv("XDG_CACHE_HOME", str(kept))  # a cache that cannot be written is no error
    assert "2 minutes" in doctor._speed(catalogue).detail


@pytest.mark.parametrize(
    ("missing", "driver", "said"),
    [
        ({"torch", "pyannote"}, False, ("lean: without a graphics card", "pyannote.audio's own", "make setup")),
        ({"torch", "pyannote"}, True, ("lean: it cannot use this machine's graphics card", "make setup")),
        ({"pyannote"}, True, ("lean: without pyannote.audio's own diariser", "ipa-transcripts[torch,pyannote]")),
        (set(), True, ("full: torch, openai-whisper and pyannote.audio",)),
    ],
)
def test_which_install_it_is(
    missing: set[str], driver: bool, said: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(installed, "has", lambda extra: extra not in missing)
    monkeypatch.setattr(installed, "has_driver", lambda: driver)
    finding = doctor._install()
    assert finding.ok is (None if missing else True)
    assert all(part in finding.detail for part in said), finding.detail


def test_the_lean_install_is_ready_without_torch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither looked for among the packages nor asked about the graphics card."""
    monkeypatch.setattr(installed, "has", lambda extra: False)
    monkeypatch.setattr(installed, "has_driver", lambda: True)
    monkeypatch.setitem(sys.modules, "torch", None)
    found = _found(tmp_path, Catalogue({}, tmp_path))
    assert found["Packages"].ok
    assert found["Packages"].detail == f"{len(doctor.MODULES)} imported"
    assert found["Device"].detail.startswith("CPU")
