"""All formats, in one explicit dict. Importing this module imports no exporter.

A new format touches its own module, one line here, and a golden file.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, cast

from pipeline.core.errors import UsageProblem, nearest
from pipeline.core.paths import make_folder, write_bytes

if TYPE_CHECKING:
    from pipeline.exporters.base import ExportContext, Exporter
    from pipeline.transcript.numbered import NumberedTranscript


@dataclass(frozen=True)
class Format:
    """A format: `module` below pipeline.exporters, the `function` in it, the file's name in share/.

    A `timed` format needs times: it cannot be written from a transcript typed by hand. A format that
    `links_sound` names the recording, which must lie beside it."""

    module: str
    file: str
    description: str
    function: str = "write"
    timed: bool = False
    links_sound: bool = False

    def load(self) -> Exporter:
        """The exporter, imported now."""
        return cast("Exporter", getattr(import_module(f"pipeline.exporters.{self.module}"), self.function))


FORMATS: dict[str, Format] = {
    "txt": Format("txt", "transcript.txt", "numbered lines as plain text"),
    "md": Format("markdown", "transcript.md", "turns with line references as Markdown"),
    "csv": Format("csv_", "transcript.csv", "one line a row, for Excel and statistics programs"),
    "lines": Format("csv_", "lines.csv", "position of every line: turn, characters, milliseconds", "write_lines"),
    "json": Format("json_", "transcript.json", "lines and turns for programs"),
    "docx": Format("docx", "transcript.docx", "Word document with numbered lines and columns for notes"),
    "pdf": Format("pdf", "transcript.pdf", "the same pages, fixed: the copy to cite"),
    "xlsx": Format("xlsx", "transcript.xlsx", "Excel workbook, one line a row with columns for notes"),
    "html": Format("html", "transcript.html", "one web page, printable, with links to every line"),
    "vtt": Format("webvtt", "transcript.vtt", "WebVTT captions, one cue a line with its number", timed=True),
    "srt": Format("srt", "transcript.srt", "SubRip subtitles", timed=True),
    "rttm": Format("rttm", "transcript.rttm", "turns as RTTM, roles as labels", timed=True),
    "ctm": Format("ctm", "transcript.ctm", "one word a row with its time (NIST CTM)", timed=True),
    "textgrid": Format("textgrid", "transcript.TextGrid", "Praat TextGrid, two tiers per role", timed=True),
    "eaf": Format("eaf", "transcript.eaf", "ELAN annotation document, a tier per role", timed=True, links_sound=True),
    "qdpx": Format("qdpx", "transcript.qdpx", "REFI-QDA project for ATLAS.ti, NVivo, QualCoder and others"),
    "qdpx-maxqda": Format("qdpx", "transcript-maxqda.qdpx", "REFI-QDA project for MAXQDA", "write_maxqda"),
    "nvivo": Format("nvivo", "transcript-nvivo.txt", "rows for NVivo's transcript import", timed=True),
    "atlasti": Format("timestamped", "transcript-atlasti.txt", "time-stamped text for ATLAS.ti", "write_atlasti", True),
    "maxqda": Format("timestamped", "transcript-maxqda.txt", "time-stamped text for MAXQDA", "write_maxqda", True),
    "f4": Format("timestamped", "transcript-f4.txt", "text with f4 time marks", "write_f4", True),
    "taguette": Format("taguette", "transcript-taguette.html", "document for Taguette"),
}


def resolve(names: Iterable[str]) -> list[str]:
    """Known format names without repeats, in the order given; "all" stands for every format.

    Raises:
        UsageProblem: a name is not known (the nearest one is named).
    """
    chosen: dict[str, None] = {}
    for name in names:
        if name == "all":
            chosen.update(dict.fromkeys(FORMATS))
        elif name in FORMATS:
            chosen[name] = None
        else:
            raise UsageProblem(
                f"there is no format '{name}'{nearest(name, FORMATS)}", hint=f"one of {', '.join(FORMATS)}, or all"
            )
    return list(chosen)


def suited(transcript: NumberedTranscript, names: Iterable[str]) -> list[str]:
    """As `resolve`, but "all" leaves out the timed formats where the transcript has no times."""
    asked = list(names)
    untimed = transcript.meta.source == "typed"
    return [name for name in resolve(asked) if not (untimed and FORMATS[name].timed) or name in asked]


def export(
    transcript: NumberedTranscript, names: Iterable[str], folder: Path, context: ExportContext
) -> dict[str, Path]:
    """Write the named formats into `folder` (made if missing), each file whole or not at all.

    Returns:
        format name -> the file.

    Raises:
        UsageProblem: an unknown name, or the folder cannot be written. ResourceError: the disk is full.
    """
    chosen = suited(transcript, names)
    make_folder(folder, 0o755)
    written: dict[str, Path] = {}
    for name in chosen:
        path = folder / FORMATS[name].file
        write_bytes(path, FORMATS[name].load()(transcript, context))
        written[name] = path
    return written
