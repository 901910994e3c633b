"""The key sheet of a recording and its study's, found, held against each other, and kept for later runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pipeline.core import keysheet, studysheet
from pipeline.core.keysheet import KeySheet
from pipeline.core.paths import RecordingPaths
from pipeline.core.settings import Settings
from pipeline.core.studysheet import StudySheet
from pipeline.redaction.text.forms import form_of


@dataclass(frozen=True)
class Sheets:
    """What the researcher knows. `written` is what the study key says stands for each place of the study sheet."""

    own: KeySheet | None = None
    study: StudySheet | None = None
    written: Mapping[str, str] = field(default_factory=dict)

    @property
    def merged(self) -> KeySheet | None:
        """The one key sheet that the stages see."""
        return studysheet.merge(self.own, self.study, self.written)

    def forms(self) -> dict[str, str]:
        """Folded form -> replacement, in brackets, of everything on the study sheet."""
        rows = self.study.named() if self.study else ()
        return {form_of(n): f"[{self.written[row.place]}]" for row in rows for n in row.names}

    def settings(self, settings: Settings) -> Settings:
        """`settings` with the study's fate of each category laid under its own."""
        if self.study is None or not self.study.actions:
            return settings
        actions = {**self.study.actions, **settings.redact.actions}
        return settings.model_copy(update={"redact": settings.redact.model_copy(update={"actions": actions})})


def find(source: Path | None, named: Path | None, paths: RecordingPaths | None) -> Sheets:
    """The sheets of a run.

    Args:
        source: the recording, None for a stored one: then those of its last run hold.
        named: the key sheet that was asked for.
        paths: of the stored recording, where there is one.

    Raises:
        KeySheetError: one of them is not valid, or they contradict each other.
    """
    if source is not None:
        own_path, study_path = named or keysheet.beside(source), studysheet.beside(source)
    else:
        own_path, study_path = named, None
        if paths is not None:
            own_path = named or _there(paths.key_sheet)
            study_path = _there(paths.study_sheet)
    own = keysheet.load(own_path) if own_path else None
    study = studysheet.load(study_path) if study_path else None
    if own is not None and study is not None and own_path and study_path:
        studysheet.require_agreement(own, own_path, study, study_path)
    return Sheets(own, study)


def _there(path: Path) -> Path | None:
    return path if path.is_file() else None


def keep(sheets: Sheets, paths: RecordingPaths) -> None:
    """Keep both with the recording, each by itself; what a run before had kept and this one has not, goes."""
    if sheets.own is not None:
        keysheet.keep(sheets.own, paths.key_sheet)
    else:
        paths.key_sheet.unlink(missing_ok=True)
    if sheets.study is not None:
        studysheet.store(sheets.study, paths.study_sheet)
    else:
        paths.study_sheet.unlink(missing_ok=True)
