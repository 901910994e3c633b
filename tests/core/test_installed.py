"""The two sizes of install: what each holds, by its lock."""

from __future__ import annotations

import re
import sys
import tomllib
from pathlib import Path

import pytest

from pipeline.core import installed
from pipeline.core.errors import UsageProblem

ROOT = Path(__file__).resolve().parents[2]
ONLY_FULL = re.compile(r"torch|openai-whisper|pyannote|nvidia|cuda|triton|onnx$")
"""Names of packages that have no place in the lean install."""


def locked(name: str) -> dict[str, frozenset[str]]:
    """{"name==version ; marker": hashes} of a lock."""
    lines = (ROOT / name).read_text("utf-8").replace("\\\n", " ").splitlines()
    pins = {}
    for line in lines:
        pin, *hashes = line.split(" --hash=")
        pins[" ".join(pin.split())] = frozenset(h.strip() for h in hashes)
    return pins


def names(requirements: list[str]) -> set[str]:
    return {re.split(r"[^\w.-]", line)[0].lower().replace(".", "-").replace("_", "-") for line in requirements}


def test_the_lean_lock_is_a_part_of_the_full_one() -> None:
    full, lean = locked("requirements.lock"), locked("requirements-lean.lock")
    assert len(lean) > 50
    assert lean.items() <= full.items()
    assert all(lean.values())


def test_each_lock_holds_what_its_size_asks_for() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    extras = project["optional-dependencies"]
    full, lean = names(list(locked("requirements.lock"))), names(list(locked("requirements-lean.lock")))
    assert names(project["dependencies"]) | names(extras["test"]) <= lean
    assert lean.union(*(names(extra) for what, extra in extras.items() if what != "bench")) <= full
    assert [name for name in sorted(lean) if ONLY_FULL.match(name)] == []
    assert {"torch", "openai-whisper", "pyannote-audio"} <= full


def test_what_is_not_there_is_said_with_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(installed, "MODULES", {"torch": ("json", "no_such_package"), "pyannote": ("no.such.package",)})
    assert not installed.has("torch")
    assert not installed.has("pyannote")
    with pytest.raises(UsageProblem, match="the engine needs packages that the lean install leaves out") as caught:
        installed.require("torch", "the engine")
    assert "make setup" in str(caught.value)
    monkeypatch.setattr(installed, "MODULES", {"torch": ("json",), "pyannote": ("json.decoder",)})
    assert installed.has("torch")
    assert installed.has("pyannote")
    installed.require("pyannote", "the engine")


def test_asking_imports_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("torch", "whisper"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    installed.has("torch")
    assert not {"torch", "whisper"} & set(sys.modules)
