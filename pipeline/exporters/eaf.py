"""ELAN annotation document 3.0 (EAFv3.0.xsd of the Max Planck Institute): one tier per role with an annotation per
line, and below each a tier with the line numbers.

The header names no medium unless sound was asked for, and then only by a relative path: an absolute MEDIA_URL or an
author's name would reveal whose computer it was written on.
"""

from __future__ import annotations

from xml.etree import ElementTree as ET

from pipeline.exporters.base import ExportContext, NumberedTranscript
from pipeline.exporters.exchange import STAMP, TimedLine, apart, audio_name, timed_lines, xml_text

XSI = "http://www.w3.org/2001/XMLSchema-instance"
SCHEMA = "http://www.mpi.nl/tools/elan/EAFv3.0.xsd"
MIME = {".wav": "audio/x-wav", ".flac": "audio/flac", ".mp3": "audio/mpeg", ".m4a": "audio/mp4", ".ogg": "audio/ogg"}
ROLE_NAMES = {"I": "Interviewer", "P": "Participant"}


def role_name(role: str) -> str:
    """ "I2" -> "Interviewer 2"; other labels stay."""
    base, number = role[:1], role[1:]
    if base in ROLE_NAMES and (not number or number.isdigit()):
        return ROLE_NAMES[base] + (f" {number}" if number else "")
    return role


class _Numbers:
    """Running identifiers of time slots and annotations."""

    def __init__(self) -> None:
        self.slots: list[int] = []
        self.annotations = 0

    def slot(self, ms: int) -> str:
        self.slots.append(ms)
        return f"ts{len(self.slots)}"

    def annotation(self) -> str:
        self.annotations += 1
        return f"a{self.annotations}"


def _tiers(role: str, rows: list[TimedLine], ids: _Numbers) -> list[ET.Element]:
    person = xml_text(role_name(role))
    text = ET.Element("TIER", LINGUISTIC_TYPE_REF="default-lt", TIER_ID=role, PARTICIPANT=person)
    numbers = ET.Element(
        "TIER", LINGUISTIC_TYPE_REF="line-lt", TIER_ID=f"{role} line", PARENT_REF=role, PARTICIPANT=person
    )
    for row in rows:
        own = ids.annotation()
        place = {"TIME_SLOT_REF1": ids.slot(row.start), "TIME_SLOT_REF2": ids.slot(row.end)}
        spoken = ET.SubElement(
            ET.SubElement(text, "ANNOTATION"), "ALIGNABLE_ANNOTATION", ANNOTATION_ID=own, attrib=place
        )
        ET.SubElement(spoken, "ANNOTATION_VALUE").text = xml_text(row.line.text)
        number = ET.SubElement(
            ET.SubElement(numbers, "ANNOTATION"),
            "REF_ANNOTATION",
            ANNOTATION_ID=ids.annotation(),
            ANNOTATION_REF=own,
        )
        ET.SubElement(number, "ANNOTATION_VALUE").text = row.line.label
    return [text, numbers]


def _header(root: ET.Element, annotations: int, context: ExportContext) -> None:
    header = ET.SubElement(root, "HEADER", MEDIA_FILE="", TIME_UNITS="milliseconds")
    name = audio_name(context)
    if name is not None:
        suffix = name[name.rfind(".") :].lower()
        ET.SubElement(
            header,
            "MEDIA_DESCRIPTOR",
            MEDIA_URL=f"file:///./{name}",
            RELATIVE_MEDIA_URL=f"./{name}",
            MIME_TYPE=MIME.get(suffix, "audio/*"),
        )
    ET.SubElement(header, "PROPERTY", NAME="lastUsedAnnotationId").text = str(annotations)


def write(transcript: NumberedTranscript, context: ExportContext) -> bytes:
    """The transcript as an EAF document, UTF-8.

    Raises:
        UsageProblem: the transcript has no times, or sound was asked for and there is no listening copy.
    """
    rows = timed_lines(transcript)
    ids = _Numbers()
    tiers: list[ET.Element] = []
    for role in transcript.roles:
        tiers += _tiers(role, apart(row for row in rows if row.line.role == role), ids)
    root = ET.Element(
        "ANNOTATION_DOCUMENT",
        {
            "AUTHOR": "ipa-transcripts",
            "DATE": STAMP,
            "FORMAT": "3.0",
            "VERSION": "3.0",
            "xmlns:xsi": XSI,
            "xsi:noNamespaceSchemaLocation": SCHEMA,
        },
    )
    _header(root, ids.annotations, context)
    order = ET.SubElement(root, "TIME_ORDER")
    for n, ms in enumerate(ids.slots, start=1):
        ET.SubElement(order, "TIME_SLOT", TIME_SLOT_ID=f"ts{n}", TIME_VALUE=str(ms))
    root.extend(tiers)
    ET.SubElement(
        root, "LINGUISTIC_TYPE", GRAPHIC_REFERENCES="false", LINGUISTIC_TYPE_ID="default-lt", TIME_ALIGNABLE="true"
    )
    ET.SubElement(
        root,
        "LINGUISTIC_TYPE",
        CONSTRAINTS="Symbolic_Association",
        GRAPHIC_REFERENCES="false",
        LINGUISTIC_TYPE_ID="line-lt",
        TIME_ALIGNABLE="false",
    )
    ET.SubElement(
        root,
        "CONSTRAINT",
        DESCRIPTION="1-1 association with a parent annotation",
        STEREOTYPE="Symbolic_Association",
    )
    ET.indent(root, " ")
    data: bytes = ET.tostring(root, encoding="UTF-8", xml_declaration=True)
    return data + b"\n"
