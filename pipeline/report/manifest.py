"""How a transcript was made: the content of share/manifest.json.

Everything that is needed to repeat the work or to question it: hashes of the recording, of the weights
and of the settings, versions of the packages, the device, seconds per stage, what became of the speech,
how much was replaced, and the notes. It stands in share/, so what could name a person, a file or a
machine is left out here even if a stage had recorded it by mistake.
"""

from __future__ import annotations

import platform
import re
from collections import Counter
from collections.abc import Mapping
from importlib import metadata
from typing import Any, get_args

from pipeline import __version__
from pipeline.core import hashes
from pipeline.core.document import Category, Document, Note, StageRecord
from pipeline.core.settings import Settings, sha256_of

MANIFEST_VERSION = 1

PACKAGES = (
    "av",
    "ctranslate2",
    "faster-whisper",
    "kaldi-native-fbank",
    "numpy",
    "onnxruntime",
    "openai-whisper",
    "pyannote.audio",
    "python-docx",
    "tokenizers",
    "torch",
    "typst",
)
"""Packages that can change what stands in a transcript."""

PRIVATE_SETTINGS = ("prompt",)
"""Settings a researcher may have written names into."""

CATEGORIES = frozenset(get_args(Category))
_KEY = re.compile(r"[a-z][a-z0-9_.-]{0,47}")
_TEXT_KEYS = frozenset(
    ("engine", "model", "compute_type", "precision", "dtype", "backend", "language", "preset", "provider", "method")
)


def package_versions(names: tuple[str, ...] = PACKAGES) -> dict[str, str]:
    """Versions of those packages that are installed. Nothing is imported."""
    found: dict[str, str] = {}
    for name in names:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found


def base_name(text: str) -> str:
    """The last part of a value that may be a path: "/home/jo/models/base" -> "base"."""
    return re.split(r"[/\\]", text.rstrip("/\\"))[-1]


def weight_name(text: str) -> str:
    """The name of a weights file below its entry in the catalogue ("whisper-base/model.bin"); of an absolute path
    only the last part, since the rest says whose computer it is."""
    absolute = re.match(r"[/\\~]|[A-Za-z]:", text) is not None or ".." in text
    return base_name(text) if absolute else text.replace("\\", "/")


def models(weights: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """(model, sha256) of a stage's weights: one row per entry of the catalogue, with the hash of its network rather
    than those of configuration and licence files beside it."""
    entries: dict[str, list[tuple[str, str]]] = {}
    for path, sha in sorted(weights.items()):
        name = weight_name(path)
        entries.setdefault(name.split("/")[0], []).append((name, sha))

    def network(row: tuple[str, str]) -> tuple[bool, bool, str]:
        return (
            not row[0].endswith((".bin", ".pt", ".onnx", ".safetensors", ".npz")),
            not row[0].endswith("model"),
            row[0],
        )

    return tuple((entry, min(rows, key=network)[1]) for entry, rows in entries.items())


def safe_details(value: Any) -> Any:
    """`value` without anything that could identify: numbers and truth values stay, text only under keys
    that name a program or a model, and only keys that are plain identifiers or categories."""
    if isinstance(value, bool | int | float) or value is None:
        return value
    if isinstance(value, Mapping):
        kept: dict[str, Any] = {}
        for key, item in value.items():
            if not isinstance(key, str) or not (_KEY.fullmatch(key) or key in CATEGORIES):
                continue
            if isinstance(item, str):
                if key in _TEXT_KEYS:
                    kept[key] = base_name(item)[:64]
            elif isinstance(item, bool | int | float | Mapping | list | tuple) or item is None:
                kept[key] = safe_details(item)
        return kept
    if isinstance(value, list | tuple):
        return [safe_details(item) for item in value if not isinstance(item, str)]
    return None


def safe_settings(settings: Settings) -> dict[str, Any]:
    """The settings as plain values: private ones replaced by whether they were set, paths by their last part."""

    def plain(value: Any) -> Any:
        if isinstance(value, Mapping):
            return {k: bool(v) if k in PRIVATE_SETTINGS else plain(v) for k, v in value.items()}
        if isinstance(value, list | tuple):
            return [plain(item) for item in value]
        return base_name(value) if isinstance(value, str) else value

    result: dict[str, Any] = plain(settings.model_dump(mode="json"))
    return result


def build(document: Document, settings: Settings, files: Mapping[str, bytes] | None = None) -> dict[str, Any]:
    """The manifest as plain values, ready for JSON; the same document and settings give the same manifest.

    Args:
        document: after the redact stage (earlier ones work too, with less in it).
        settings: those of the run.
        files: name in share/ -> bytes written; their sha256 are listed so that a copy can be checked.

    No date is written: the day of an interview is an identifier, and the file system knows when.
    """
    return {
        "manifest_version": MANIFEST_VERSION,
        "id": document.id,
        "program": {"name": "ipa-transcripts", "version": __version__},
        "source": document.source,
        "input": _input(document),
        "stages": [_stage(record) for record in document.records],
        "seconds": {
            "total": round(sum(record.seconds for record in document.records), 2),
            "real_time_factor": _real_time_factor(document),
        },
        "weights": {
            weight_name(name): sha for record in document.records for name, sha in sorted(record.weights.items())
        },
        "settings": {"sha256": sha256_of(settings), "values": safe_settings(settings)},
        "packages": package_versions(),
        "machine": {
            "python": platform.python_version(),
            "system": platform.system(),
            "processor": platform.machine(),
            "devices": sorted({record.device for record in document.records if record.device}),
            "network": sorted({record.network for record in document.records if record.network}),
        },
        "speakers": [
            {"role": row.role, "confidence": round(row.confidence, 3)}
            for row in sorted(document.roles, key=lambda row: row.role)
        ],
        "words": len(document.words),
        "coverage": {key: _rounded(value) for key, value in document.coverage.model_dump(mode="json").items()},
        "redactions": _redactions(document),
        "notes": [_note(note) for note in document.notes],
        "files": {name: hashes.of_bytes(data) for name, data in sorted((files or {}).items())},
    }


def _rounded(value: Any) -> Any:
    return round(value, 3) if isinstance(value, float) else value


def _input(document: Document) -> dict[str, Any] | None:
    recording = document.recording
    if recording is None:
        return None
    fields = recording.model_dump(mode="json", exclude={"quality"})
    quality = recording.quality.model_dump(mode="json") if recording.quality else None
    if quality is not None:
        quality = {key: _rounded(value) for key, value in quality.items()}
    return {**{key: _rounded(value) for key, value in fields.items()}, "quality": quality}


def _stage(record: StageRecord) -> dict[str, Any]:
    return {
        "stage": record.stage,
        "version": record.version,
        "engine": record.engine,
        "device": record.device,
        "seconds": round(record.seconds, 2),
        "key": record.key,
        "settings_sha256": record.settings_sha256,
        "weights": {weight_name(name): sha for name, sha in sorted(record.weights.items())},
        "details": safe_details(record.details),
    }


def _real_time_factor(document: Document) -> float | None:
    seconds = sum(record.seconds for record in document.records)
    return round(seconds / document.duration, 4) if document.duration else None


def _redactions(document: Document) -> dict[str, Any]:
    rows = document.redactions
    return {
        "entities": len({r.entity for r in rows if r.action == "replace"}),
        "by_action": dict(sorted(Counter(r.action for r in rows).items())),
        "by_category": dict(sorted(Counter(r.category for r in rows if r.action == "replace").items())),
        "flagged_by_category": dict(sorted(Counter(r.category for r in rows if r.action == "flag").items())),
    }


def _note(note: Note) -> dict[str, Any]:
    row = note.model_dump(mode="json")
    return {key: _rounded(value) for key, value in row.items() if value is not None}
