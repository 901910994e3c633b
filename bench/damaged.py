"""Every damaged media file of tests/damaged.py through decoding: what became of it, seconds and memory.

    python -m bench.damaged [--only TEXT] [--keep FOLDER]

Each file is decoded in a child process of its own, so that time and memory are those of one file. Ends with 1
where a file is neither decoded nor refused as bad input, is taken although its end is missing, or exceeds
20 seconds or 1 GB. Every twentieth goes through the command line, too: exit 0 or 3, and no traceback.
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from pipeline.core.errors import BadInputError
from pipeline.recording import audio, levels
from tests import damaged

MOST_SECONDS, MOST_BYTES, KILL_AFTER = 20.0, 1_000_000_000, 60
EVERY = 20
TAKEN, TOLD, REFUSED = 0, 10, BadInputError.exit_code


@dataclass(frozen=True)
class Outcome:
    """Exit status of the child, what it said, its seconds and its greatest memory in bytes."""

    status: int
    said: str
    seconds: float
    memory: int


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", default="", help="files with this in their name")
    parser.add_argument("--keep", type=Path, help="write the files here and leave them")
    parser.add_argument("--show", action="store_true", help="what was said of every file")
    options = parser.parse_args()
    levels.pydub_segment()  # the children inherit what is imported here
    cases = [case for case in damaged.cases() if options.only in case.name]
    rows, bad = [], []
    with tempfile.TemporaryDirectory() as folder:
        for case in cases:
            source = (options.keep or Path(folder)) / case.name
            source.parent.mkdir(parents=True, exist_ok=True)
            source.write_bytes(case.data)
            outcome = in_child(source, Path(folder))
            rows.append(outcome)
            wrong = complaint(case, outcome)
            bad += [f"{case.name} ({case.fate}): {wrong}: {outcome}"] if wrong else []
            if options.show:
                print(f"{case.name}: {outcome}", flush=True)
            if len(rows) % EVERY == 1:
                wrong = complaint_of_command(case, source, Path(folder, "outputs"))
                bad += [f"{case.name} ({case.fate}): {wrong}"] if wrong else []
            if not options.keep:
                source.unlink()
    counts = Counter(
        {TAKEN: "taken", TOLD: "taken with a warning", REFUSED: "refused"}.get(r.status, "bad") for r in rows
    )
    print(f"{len(rows)} files: " + ", ".join(f"{count} {what}" for what, count in sorted(counts.items())))
    print(f"at most {max(r.seconds for r in rows):.1f} s and {max(r.memory for r in rows) / 1e6:.0f} MB")
    print("\n".join(bad))
    sys.exit(bool(bad))


def complaint(case: damaged.Case, outcome: Outcome) -> str:
    """What is wrong with an outcome, nothing where it is as it should be."""
    allowed = {"taken": {TAKEN}, "refused": {REFUSED}, "told": {TOLD, REFUSED}, "any": {TAKEN, TOLD, REFUSED}}
    if outcome.status not in allowed[case.fate]:
        return "not what should become of it"
    if outcome.seconds > MOST_SECONDS or outcome.memory > MOST_BYTES:
        return "too long or too large"
    return ""


def complaint_of_command(case: damaged.Case, source: Path, outputs: Path) -> str:
    """The same for `ipa ingest`."""
    done = subprocess.run(
        [sys.executable, "-m", "pipeline", "ingest", "--force", "-o", str(outputs), "--", str(source)],
        capture_output=True,
        text=True,
        timeout=KILL_AFTER,
        check=False,
    )
    shutil.rmtree(outputs, ignore_errors=True)
    allowed = {"taken": {0}, "refused": {REFUSED}}.get(case.fate, {0, REFUSED})
    if done.returncode not in allowed or "Traceback" in done.stderr:
        return f"the command line gave {done.returncode}: {done.stderr}"
    return ""


def in_child(source: Path, folder: Path) -> Outcome:
    """Decode a file in a forked process and measure it."""
    report = folder / "report"
    started = time.monotonic()
    child = os.fork()
    if child == 0:
        signal.alarm(KILL_AFTER)
        _exit(lambda: _decode(source, folder, report), report)
    _, status, used = os.wait4(child, 0)
    memory = used.ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    said = report.read_text("utf-8") if report.exists() else ""
    report.unlink(missing_ok=True)
    return Outcome(os.waitstatus_to_exitcode(status), said, time.monotonic() - started, memory)


def _exit(work: Callable[[], int], report: Path) -> None:
    """Run in the child: whatever happens, it ends here."""
    code = 1
    try:
        code = work()
    except BaseException as error:  # noqa: BLE001
        report.write_text(repr(error), "utf-8")
    finally:
        os._exit(code)


def _decode(source: Path, folder: Path, report: Path) -> int:
    warnings: list[str] = []
    try:
        recording = audio.decode(source, folder / "audio.wav", warn=warnings.append)
    except BadInputError as error:
        report.write_text(error.what, "utf-8")
        return REFUSED
    report.write_text(f"{recording.duration:.2f} s {warnings}", "utf-8")
    return TOLD if warnings else TAKEN


if __name__ == "__main__":
    main()
