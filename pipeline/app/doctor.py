"""`ipa doctor`: is this machine ready, and do recordings stay on it?"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import importlib
import json
import os
import platform
import shutil
import socket
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from pipeline import __version__
from pipeline.core import cores, installed, offline
from pipeline.core.errors import IpaError
from pipeline.core.paths import write_text
from pipeline.core.settings import Settings, sha256_of
from pipeline.engines import choose
from pipeline.stages.diarise import THREADS
from pipeline.weights.catalogue import Catalogue

MODULES = (
    "av",
    "ctranslate2",
    "onnxruntime",
    "tokenizers",
    "docx",
    "typst",
    "pydub",
)
"""The packages in every install that may fail to load."""
MISSED: dict[installed.Extra, str] = {
    "torch": "a graphics card (--device cuda) and openai-whisper (--engine torch)",
    "pyannote": "pyannote.audio's own diariser",
}
"""What is not available without an optional part of the install."""
LOW_SPACE = 5e9


@dataclass(frozen=True)
class Finding:
    """One line of the report; `ok` None is a remark, False means something must be done."""

    what: str
    ok: bool | None
    detail: str


def check(outputs: Path, catalogue: Catalogue) -> list[Finding]:
    """Check Python, packages, weights, device, speed, disk space, permissions, and that no connection can be opened."""
    findings = [_python(), _install(), *_packages()]
    findings += _weights(catalogue)
    findings += [_device(), _speed(catalogue), _memory(), _space(outputs), _permissions(outputs), _offline()]
    return findings


def _python() -> Finding:
    return Finding("Python", sys.version_info >= (3, 11), f"{platform.python_version()} on {platform.system()}")


def _install() -> Finding:
    missing = [extra for extra in MISSED if not installed.has(extra)]
    if not missing:
        return Finding("Install", True, "full: torch, openai-whisper and pyannote.audio are here")
    without = " or ".join(MISSED[extra] for extra in missing)
    if "torch" in missing and installed.has_driver():
        return Finding("Install", None, f"lean: it cannot use this machine's graphics card; {installed.MEND}")
    return Finding("Install", None, f"lean: without {without}; to have them, {installed.MEND}")


def _packages() -> list[Finding]:
    import warnings

    optional = {module for extra, modules in installed.MODULES.items() if installed.has(extra) for module in modules}
    wanted = (*MODULES, *sorted(optional))
    broken = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name in wanted:
            try:
                importlib.import_module(name)
            except (ImportError, OSError) as error:
                broken.append(f"{name} ({type(error).__name__})")
    if broken:
        return [Finding("Packages", False, f"cannot be imported: {', '.join(broken)}; run `make setup` again")]
    return [Finding("Packages", True, f"{len(wanted)} imported")]


def _weights(catalogue: Catalogue) -> list[Finding]:
    findings = []
    needed = catalogue.needed()
    for name, entry in catalogue.entries.items():
        if not catalogue.present(name) and name not in needed:
            continue
        try:
            catalogue.check(name)
            findings.append(Finding(f"Weights {name}", True, f"{entry.title}, verified"))
        except IpaError as error:
            findings.append(Finding(f"Weights {name}", False, f"{error.what}; {error.hint}"))
    return findings


def _device() -> Finding:
    if installed.can_use_gpu():
        import torch

        if torch.cuda.is_available():
            properties = torch.cuda.get_device_properties(0)
            return Finding("Device", True, f"GPU: {properties.name}, {properties.total_memory / 1e9:.0f} GB")
    return Finding("Device", None, f"CPU, {cores.cores()} cores")


def _speed(catalogue: Catalogue) -> Finding:
    """How long an hour of interview will take here: measured once, then remembered until something changes."""
    settings = Settings()
    names = (
        f"whisper-{settings.transcribe.model}",
        settings.diarise.segmentation,
        settings.diarise.embedding,
    )
    sample = Path(str(resources.files("pipeline"))).parent / "recordings" / "sample.flac"
    if not sample.is_file():
        return Finding("Speed", None, "not measured: this installation has no sample recording")
    if any(name not in catalogue.entries or not catalogue.present(name) for name in names):
        return Finding("Speed", None, "not measured: weights are missing")
    weights = {name: catalogue.sha256(name) for name in names}
    machine = (platform.platform(), platform.processor(), cores.cores(), installed.has_driver())
    state = sha256_of([__version__, settings.model_dump(mode="json"), weights, machine])
    seconds = _remembered(state)
    if seconds is None:
        try:
            seconds = seconds_per_hour(sample, settings, catalogue)
        except IpaError as error:
            return Finding("Speed", None, f"not measured: {error.what}")
        _remember(state, seconds)
    minutes = max(1, round(seconds / 60))
    return Finding(
        "Speed",
        None,
        f"about {minutes} minute{'' if minutes == 1 else 's'} for an hour of interview with the default settings "
        "(measured on the sample)",
    )


def seconds_per_hour(
    sample: Path, settings: Settings, catalogue: Catalogue, clock: Callable[[], float] = time.perf_counter
) -> float:
    """Seconds that an hour of interview takes: its two long parts, diarisation and decoding, timed on `sample`.

    Loading the models is not counted, nor is what takes a few seconds in an hour (redaction, files).
    `clock` returns seconds.

    Raises:
        IpaError: the sample cannot be decoded, or a model cannot be loaded.
    """
    from pipeline.diarisation import fast
    from pipeline.engines import campplus, segmentation
    from pipeline.engines.base import WINDOW_SECONDS, DecodeOptions
    from pipeline.recording import SAMPLE_RATE, audio

    device, _ = choose.find_device("auto")
    wanted = settings.transcribe
    folder = catalogue.path(f"whisper-{wanted.model}")
    recogniser = choose.open_for(wanted, device, folder, lambda text, level: None)
    segmenter = segmentation.Segmenter(catalogue.network(settings.diarise.segmentation, device), device, THREADS)
    embedder = campplus.Embedder(catalogue.network(settings.diarise.embedding, device), device, THREADS)
    with tempfile.TemporaryDirectory() as name:
        copy = Path(name) / "sound.wav"
        audio.decode(sample, copy)
        sound = audio.open_sound(copy)
        samples = sound.mono()
    length = int(WINDOW_SECONDS * SAMPLE_RATE)
    windows = [samples[at : at + length] for at in range(0, len(samples) - length + 1, length)]
    options = DecodeOptions(prompt=wanted.prompt, beam_size=wanted.beam_size)
    started = clock()
    fast.diarise(
        lambda start, end: samples[int(start * SAMPLE_RATE) : int(end * SAMPLE_RATE)],
        sound.duration,
        segmenter,
        embedder,
    )
    between = clock()
    recogniser.decode(windows, options)
    ended = clock()
    return 3600 * ((between - started) / sound.duration + (ended - between) / (len(windows) * WINDOW_SECONDS))


def _cache_file() -> Path:
    variable = "LOCALAPPDATA" if os.name == "nt" else "XDG_CACHE_HOME"
    return Path(os.environ.get(variable) or Path.home() / ".cache") / "ipa-transcripts" / "speed.json"


def _remembered(state: str) -> float | None:
    """Seconds per hour, as measured with this program, these weights and this machine; None if not measured yet."""
    try:
        kept = json.loads(_cache_file().read_text("utf-8"))
        return float(kept["seconds_per_hour"]) if kept["state"] == state else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _remember(state: str, seconds: float) -> None:
    with contextlib.suppress(OSError, IpaError):  # without a cache it is measured again
        file = _cache_file()
        file.parent.mkdir(parents=True, exist_ok=True)
        write_text(file, json.dumps({"state": state, "seconds_per_hour": round(seconds, 1)}) + "\n")


def _memory() -> Finding:
    try:
        total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):  # Windows has no sysconf
        return Finding("Memory", None, "unknown")
    return Finding("Memory", total >= 4e9, f"{total / 1e9:.0f} GB (4 GB are needed)")


def _space(outputs: Path) -> Finding:
    folder = next(p for p in (outputs.absolute(), *outputs.absolute().parents) if p.is_dir())
    free = shutil.disk_usage(folder).free
    return Finding("Disk space", free >= LOW_SPACE, f"{free / 1e9:.0f} GB free for outputs")


def _permissions(outputs: Path) -> Finding:
    folder = next(p for p in (outputs.absolute(), *outputs.absolute().parents) if p.is_dir())
    try:
        with tempfile.TemporaryDirectory(dir=folder) as name:
            os.chmod(name, 0o700)
            private = os.name == "nt" or (Path(name).stat().st_mode & 0o077) == 0
    except OSError:
        return Finding("Permissions", False, f"{folder} cannot be written")
    if not private:
        return Finding("Permissions", False, f"{folder} lets other users in; choose a folder on a local disk")
    return Finding("Permissions", True, "outputs are closed to other users")


def _offline() -> Finding:
    """Try to open connections, from Python and from native code: all must be refused, and telemetry must be off."""
    refused = 0
    attempts = (
        lambda: socket.create_connection(("192.0.2.1", 443), timeout=1),  # TEST-NET-1, RFC 5737: nobody is there
        lambda: socket.getaddrinfo("example.com", 443),
        lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"x", ("192.0.2.1", 53)),
    )
    with offline.guard():
        for attempt in attempts:
            try:
                attempt()
            except offline.NetworkRefusedError:
                refused += 1
            except OSError:
                continue
    enforced = offline.state() == offline.KERNEL
    total = len(attempts) + enforced
    refused += enforced and _kernel_refuses()
    holds = refused == total
    telemetry = [name for name, value in offline.SWITCHES.items() if os.environ.get(name) != value]
    said = (
        f"connections are {offline.state()}" if holds else f"only {refused} of {total} attempts to connect were refused"
    )
    if not enforced:
        said += ": libraries in other languages are asked not to connect, but not prevented"
    said += f"; telemetry ON ({', '.join(telemetry)})" if telemetry else "; telemetry switched off"
    return Finding("Offline", (True if enforced else None) if holds and not telemetry else False, said)


def _kernel_refuses() -> bool:
    """Whether a socket is refused when native code asks for it, bypassing Python."""
    libc = ctypes.CDLL(None, use_errno=True)
    return bool(libc.socket(socket.AF_INET, socket.SOCK_STREAM, 0) == -1 and ctypes.get_errno() == errno.EACCES)
