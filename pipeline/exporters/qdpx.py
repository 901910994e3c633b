"""REFI-QDA project exchange 1.5 (.qdpx), read by NVivo, ATLAS.ti, MAXQDA, QualCoder and others.

A ZIP with `project.qde` (namespace urn:QDA-XML:project:1.0, validates against Project.xsd) and a flat folder
`sources` of files named by GUID. Importers are known to fail on the following, so it is avoided:

- the folder is lower-case `sources` and project.qde has no byte order mark (ATLAS.ti);
- a plain text is never given as rich text (ATLAS.ti rejects the import);
- text is ASCII where it can be (ATLAS.ti has taken UTF-8 for Windows-1252);
- line ends are LF, or CRLF in the profile for MAXQDA, since programs count them differently and positions drift;
- GUIDs depend on the transcript alone, so a second import is recognised;
- no basePath, no currentPath, no name of a user.

Text only by default, because a voice identifies. With the listening copy (`with_audio`) the source is an
AudioSource whose Transcript has a SyncPoint at the start of every line; positions are Unicode code points from 0,
times whole milliseconds. Whether NVivo and MAXQDA follow SyncPoints from other programs is not tested.
"""

from __future__ import annotations

import io
from datetime import datetime
from pathlib import Path
from xml.etree import ElementTree as ET

from pipeline.core.errors import ResourceError
from pipeline.core.paths import read_bytes
from pipeline.exporters.base import ExportContext, NumberedTranscript, redaction_summary
from pipeline.exporters.exchange import (
    STAMP,
    ascii_text,
    audio_name,
    chronological,
    guid,
    opens_turn,
    timed_lines,
    xml_text,
)
from pipeline.exporters.packing import pack

NAMESPACE = "urn:QDA-XML:project:1.0"
LARGEST = 2**31 - 1
"""The largest internal source, in bytes (REFI-QDA 1.5, section 3.2)."""


def paragraphs(transcript: NumberedTranscript) -> list[str]:
    """One paragraph per line: number, the role where a turn begins, text; parted by tabs."""
    return [
        ascii_text(xml_text(f"{line.label}\t{f'{line.role}:' if opens else ''}\t{line.text}"))
        for line, opens in zip(transcript.lines, opens_turn(transcript), strict=True)
    ]


def positions(rows: list[str], newline: str) -> list[int]:
    """Where each paragraph begins, in code points."""
    starts, at = [], 0
    for row in rows:
        starts.append(at)
        at += len(row) + len(newline)
    return starts


def rich_text(rows: list[str], title: str) -> bytes:
    """The same paragraphs as a Word document, the role in bold. No author, no date of today."""
    from docx import Document as WordDocument
    from docx.shared import Cm, Pt

    word = WordDocument()
    style = word.styles["Normal"]
    style.font.name, style.font.size = "Calibri", Pt(11)
    style.paragraph_format.space_after = Pt(0)
    style.paragraph_format.left_indent, style.paragraph_format.first_line_indent = Cm(2.2), Cm(-2.2)
    style.paragraph_format.tab_stops.add_tab_stop(Cm(1.2))
    style.paragraph_format.tab_stops.add_tab_stop(Cm(2.2))
    for row in rows:
        number, role, text = row.split("\t", 2)
        paragraph = word.add_paragraph()
        paragraph.add_run(f"{number}\t")
        paragraph.add_run(role).bold = True
        paragraph.add_run(f"\t{text}")
    properties = word.core_properties
    properties.author = properties.last_modified_by = properties.comments = ""
    properties.title = title
    properties.created = properties.modified = datetime.fromisoformat(STAMP)
    buffer = io.BytesIO()
    word.save(buffer)
    return _same_every_time(buffer.getvalue())


def _same_every_time(package: bytes) -> bytes:
    import zipfile

    with zipfile.ZipFile(io.BytesIO(package)) as archive:
        return pack((name, archive.read(name)) for name in archive.namelist())


def _internal(name: str) -> str:
    return f"internal://{name}"


class _Project:
    """The parts of one export and the identifiers that tie them together."""

    def __init__(self, transcript: NumberedTranscript, newline: str) -> None:
        self.transcript = transcript
        self.newline = newline
        self.title = xml_text(f"{transcript.id} {transcript.version}")
        self.key = (transcript.id, transcript.version, transcript.short_hash)
        self.rows = paragraphs(transcript)
        self.user = guid("user")
        self.source = guid("source", *self.key)
        self.text_file = f"{guid('plain', newline, *self.key)}.txt"
        self.rich_file = f"{guid('rich', *self.key)}.docx"

    def plain(self) -> bytes:
        return "".join(row + self.newline for row in self.rows).encode("utf-8")

    def made(self) -> dict[str, str]:
        return {"creatingUser": self.user, "creationDateTime": STAMP}

    def texts(self) -> dict[str, str]:
        return {"plainTextPath": _internal(self.text_file), "richTextPath": _internal(self.rich_file)}

    def text_source(self, sources: ET.Element) -> None:
        element = ET.SubElement(
            sources, "TextSource", {"guid": self.source, "name": self.title, **self.texts(), **self.made()}
        )
        ET.SubElement(element, "Description").text = self.description()

    def audio_source(self, sources: ET.Element, sound: str) -> None:
        element = ET.SubElement(
            sources,
            "AudioSource",
            {"guid": self.source, "name": self.sound_name(sound), "path": _internal(sound), **self.made()},
        )
        ET.SubElement(element, "Description").text = self.description()
        script = ET.SubElement(
            element,
            "Transcript",
            {
                "guid": guid("transcript", *self.key),
                "name": f"{self.sound_name(sound)}.txt",
                **self.texts(),
                **self.made(),
            },
        )
        rows = chronological(timed_lines(self.transcript))
        for row, position in zip(rows, positions(self.rows, self.newline), strict=True):
            point = guid("sync", row.line.label, *self.key)
            ET.SubElement(script, "SyncPoint", guid=point, timeStamp=str(row.start), position=str(position))

    def sound_name(self, sound: str) -> str:
        """The title with the suffix of `sound`. QualCoder saves the sound under this name, which a player needs the
        suffix of, and takes as its transcript the text of the same name with .txt added."""
        return f"{self.title}{sound[sound.rfind('.') :]}"

    def description(self) -> str:
        return xml_text(
            f"De-identified (pseudonymised) transcript, hash {self.transcript.short_hash}. "
            f"{redaction_summary(self.transcript)}. The number before each paragraph is the line to cite."
        )

    def xml(self, study: str, sound: str | None) -> bytes:
        """project.qde; the order of elements is the schema's."""
        version = self.transcript.meta.tool_version
        root = ET.Element(
            "Project",
            {
                "xmlns": NAMESPACE,
                "name": xml_text(study) or self.title,
                "origin": f"ipa-transcripts {version}".strip(),
                "creatingUserGUID": self.user,
                "creationDateTime": STAMP,
            },
        )
        ET.SubElement(ET.SubElement(root, "Users"), "User", guid=self.user, name="Researcher")
        case = ET.SubElement(
            ET.SubElement(root, "Cases"), "Case", guid=guid("case", self.transcript.id), name=self.transcript.id
        )
        ET.SubElement(case, "SourceRef", targetGUID=self.source)
        sources = ET.SubElement(root, "Sources")
        if sound is None:
            self.text_source(sources)
        else:
            self.audio_source(sources, sound)
        ET.indent(root, " ")
        data: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
        return data + b"\n"


def _sound(audio: Path) -> bytes:
    data = read_bytes(audio)
    if len(data) > LARGEST:
        raise ResourceError(
            "the listening copy is larger than 2 GiB, more than this format can hold",
            file=audio.name,
            hint="export without --with-audio, and link the recording inside the analysis program",
        )
    return data


def _write(transcript: NumberedTranscript, context: ExportContext, newline: str) -> bytes:
    project = _Project(transcript, newline)
    name = audio_name(context)
    files = [
        (f"sources/{project.text_file}", project.plain()),
        (f"sources/{project.rich_file}", rich_text(project.rows, project.title)),
    ]
    sound = None
    if name is not None and context.audio is not None:
        sound = guid("audio", transcript.id) + context.audio.suffix.lower()
        files.append((f"sources/{sound}", _sound(context.audio)))
    files.insert(0, ("project.qde", project.xml(context.study, sound)))
    return pack(files, stored=(f"sources/{sound}",))


def write(transcript: NumberedTranscript, context: ExportContext) -> bytes:
    """A project with LF line ends, for ATLAS.ti, NVivo, QualCoder and most others.

    Raises:
        UsageProblem: sound was asked for, and there is no listening copy or the transcript has no times.
        ResourceError: the listening copy is too large for the format.
    """
    return _write(transcript, context, "\n")


def write_maxqda(transcript: NumberedTranscript, context: ExportContext) -> bytes:
    """A project with CRLF line ends, for MAXQDA (raises as `write`)."""
    return _write(transcript, context, "\r\n")
