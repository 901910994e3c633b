"""`ipa doctor` says what is wrong, and proves that nothing can leave."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline import doctor, offline
from pipeline.catalogue import Catalogue


def _found(outputs: Path, catalogue: Catalogue) -> dict[str, doctor.Finding]:
    return {finding.what: finding for finding in doctor.check(outputs, catalogue)}


def test_a_machine_without_weights(tmp_path: Path) -> None:
    catalogue = Catalogue(Catalogue.read().entries, tmp_path / "weights")
    found = _found(tmp_path / "outputs", catalogue)
    assert found["Weights whisper-base"].ok is False
    assert "ipa models fetch" in found["Weights whisper-base"].detail
    assert "Weights whisper-large-v3" not in found
    assert found["Python"].ok
    assert found["Packages"].ok
    assert found["Permissions"].ok
    assert found["Offline"].ok


def test_a_hole_in_the_guard_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import contextlib

    monkeypatch.setattr(offline, "guard", contextlib.nullcontext)
    monkeypatch.setattr(doctor, "MODULES", ())
    assert _found(tmp_path, Catalogue({}, tmp_path))["Offline"].ok is False


def test_packages_that_do_not_import_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "MODULES", ("json", "no_such_package"))
    finding = _found(tmp_path, Catalogue({}, tmp_path))["Packages"]
    assert finding.ok is False
    assert "no_such_package" in finding.detail
