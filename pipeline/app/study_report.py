"""`ipa study report`: figures of all interviews, gathered from share/ and the study's log."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from pydantic import ValidationError

from pipeline.app import account
from pipeline.app.study_names import interviews_of
from pipeline.core import study_log
from pipeline.core.errors import BadInputError, UsageProblem
from pipeline.core.paths import RecordingPaths, make_folder, read_bytes, write_bytes
from pipeline.report import study
from pipeline.report.model import Report
from pipeline.transcript import locking

FILE = "study-report.html"
MAX_REPORT = 50_000_000


def write(outputs: Path, target: Path | None = None) -> Path:
    """Write the page (0600) and return its path.

    Raises:
        UsageProblem: there is nothing to report on. BadInputError: the study's log is damaged.
    """
    stored = interviews_of(outputs)
    if not stored:
        raise UsageProblem("there is no interview yet", file=outputs, hint="run one, or name another folder with -o")
    entries = study_log.read(outputs)
    rows, unreadable, codes = [], [], []
    for paths in stored:
        try:
            row, code = _row(paths, entries)
        except (BadInputError, ValidationError):
            unreadable.append(paths.id)
        else:
            rows.append(row)
            codes.append(code)
    path = target or outputs / FILE
    make_folder(path.parent)
    write_bytes(path, study.render(rows, unreadable, codes[0] if len(set(codes)) == 1 else ""), private=True)
    return path


def _row(paths: RecordingPaths, entries: Sequence[study_log.Entry]) -> tuple[study.Row, str]:
    """One interview, and its study code."""
    manifest = account.manifest_of(paths)
    report = Report.model_validate_json(read_bytes(paths.share / "report.json", MAX_REPORT))
    weights = {file.split("/")[0] for file in manifest.get("weights") or {}}
    runs = [e for e in entries if e.event == "run" and e.id == paths.id]
    row = study.Row(
        report=report,
        review=_review(paths, entries),
        models=tuple(sorted(name for name in weights if name.startswith("whisper"))),
        settings=str(manifest["settings"]["sha256"]),
        program=str(manifest.get("program", {}).get("version", "")),
        logged=runs[-1].at[:10] if runs else "",
    )
    return row, str(manifest["settings"].get("values", {}).get("emit", {}).get("study", ""))


def _review(paths: RecordingPaths, entries: Sequence[study_log.Entry]) -> str:
    """How far a person has come with it: by the log and the lock."""
    events = [e.event for e in entries if e.id == paths.id and e.event in ("review", "sign")]
    state = "signed" if "sign" in events[-1:] else "in review" if events else "not yet"
    frozen = locking.load(paths)
    return f"{state}, locked v{frozen.version}" if frozen is not None else state
