"""Every exchange format, written and read back by an independent reader: same lines, same numbers, same times."""

from __future__ import annotations

import io
import re
import zipfile
from dataclasses import replace
from html import unescape
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from pipeline.core.errors import UsageProblem
from pipeline.diarisation.rttm import rttm_of_document
from pipeline.exporters.base import ExportContext
from pipeline.exporters.exchange import apart, ascii_text, chronological, timed_lines
from pipeline.exporters.registry import FORMATS, suited
from pipeline.transcript.numbered import NumberedTranscript
from tests.annotated import DATA, INTERVIEWS
from tests.invented import SECRETS, document, hour, numbered, reference_document, typed_document

MINE = (
    "vtt", "srt", "rttm", "ctm", "textgrid", "eaf", "qdpx", "qdpx-maxqda", "nvivo", "atlasti", "maxqda", "f4",
    "taguette",
)  # fmt: skip
TIMED = tuple(name for name in MINE if FORMATS[name].timed)
SAMPLES = ("invented", "sample", *INTERVIEWS)


@pytest.fixture(params=SAMPLES, scope="module")
def transcript(request: pytest.FixtureRequest) -> NumberedTranscript:
    return numbered() if request.param == "invented" else numbered(reference_document(request.param))


def written(name: str, transcript: NumberedTranscript, **context: Any) -> bytes:
    return FORMATS[name].load()(transcript, ExportContext(**context))


def schema(name: str) -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(str(DATA / "schemas" / name)))


def expected(transcript: NumberedTranscript) -> list[tuple[str, str, int, int, str]]:
    """(number, role, start ms, end ms, text) of every line."""
    return [(r.line.label, r.line.role, r.start, r.end, r.line.text) for r in timed_lines(transcript)]


def by_start(rows: list[tuple[str, str, int, int, str]]) -> list[tuple[str, str, int, int, str]]:
    return sorted(rows, key=lambda row: row[2])


def milliseconds(stamp: str) -> int:
    hours, minutes, seconds = stamp.replace(",", ".").split(":")
    return round(1000 * (3600 * int(hours) + 60 * int(minutes) + float(seconds)))


def test_webvtt(transcript: NumberedTranscript, tmp_path: Path) -> None:
    import webvtt

    path = tmp_path / "t.vtt"
    path.write_bytes(written("vtt", transcript))
    rows = [
        (c.identifier, c.voice, milliseconds(c.start), milliseconds(c.end), unescape(c.text))
        for c in webvtt.read(str(path)).captions
    ]
    assert rows == by_start(expected(transcript))


def test_webvtt_escapes_what_would_be_a_tag() -> None:
    text = written("vtt", numbered()).decode()
    assert "&amp; don't &lt;worry&gt;" in text


def test_srt(transcript: NumberedTranscript, tmp_path: Path) -> None:
    import webvtt

    path = tmp_path / "t.srt"
    path.write_bytes(written("srt", transcript))
    counters = re.findall(r"^(\d+)\n\d\d:", path.read_text(encoding="utf-8"), re.MULTILINE)
    rows = []
    for counter, c in zip(counters, webvtt.from_srt(str(path)).captions, strict=True):
        role, text = c.raw_text.split(": ", 1)
        rows.append((counter, role, milliseconds(c.start), milliseconds(c.end), text))
    assert rows == by_start(expected(transcript))


def test_textgrid(transcript: NumberedTranscript, tmp_path: Path) -> None:
    from pympi import Praat

    path = tmp_path / "t.TextGrid"
    path.write_bytes(written("textgrid", transcript))
    grid = Praat.TextGrid(str(path))
    tiers = dict(grid.get_tier_name_num() and ((name, grid.get_tier(name)) for _, name in grid.get_tier_name_num()))
    found = []
    for role in transcript.roles:
        texts = [i for i in tiers[role].get_intervals(sort=True) if i[2]]
        numbers = [i for i in tiers[f"{role} line"].get_intervals(sort=True) if i[2]]
        assert [i[:2] for i in texts] == [i[:2] for i in numbers]
        found += [
            (n[2], role, round(t[0] * 1000), round(t[1] * 1000), t[2].replace('""', '"'))
            for n, t in zip(numbers, texts, strict=True)
        ]
        everything = list(tiers[role].get_intervals(sort=True))
        assert everything[0][0] == 0
        assert all(a[1] == b[0] for a, b in pairwise(everything))
    assert sorted(found, key=lambda r: int(r[0])) == sorted(tiered(transcript), key=lambda r: int(r[0]))


def tiered(transcript: NumberedTranscript) -> list[tuple[str, str, int, int, str]]:
    rows = timed_lines(transcript)
    return [
        (r.line.label, r.line.role, r.start, r.end, r.line.text)
        for role in transcript.roles
        for r in apart(row for row in rows if row.line.role == role)
    ]


def test_tiers_hardly_ever_change_a_time(transcript: NumberedTranscript) -> None:
    changed = set(tiered(transcript)) ^ set(expected(transcript))
    assert len(changed) / 2 <= 0.03 * len(transcript.lines)


def test_elan(transcript: NumberedTranscript, tmp_path: Path) -> None:
    from pympi import Elan

    path = tmp_path / "t.eaf"
    path.write_bytes(written("eaf", transcript))
    eaf = Elan.Eaf(str(path))
    assert list(eaf.get_tier_names()) == [name for role in transcript.roles for name in (role, f"{role} line")]
    found = []
    for role in transcript.roles:
        texts = sorted(eaf.get_annotation_data_for_tier(role))
        numbers = sorted(eaf.get_ref_annotation_data_for_tier(f"{role} line"))
        found += [
            (n[2], role, t[0], t[1], t[2])
            for n, t in zip(numbers, texts, strict=True)
            if n[:2] == t[:2] and n[3] == t[2]
        ]
    assert sorted(found, key=lambda r: int(r[0])) == sorted(tiered(transcript), key=lambda r: int(r[0]))


def test_elan_is_valid(transcript: NumberedTranscript) -> None:
    schema("EAFv3.0.xsd").assertValid(etree.fromstring(written("eaf", transcript)))


def test_elan_names_a_medium_only_when_asked(tmp_path: Path) -> None:
    assert b"MEDIA_DESCRIPTOR" not in written("eaf", numbered(), audio=tmp_path / "redacted.wav")
    data = written("eaf", numbered(), with_audio=True, audio=tmp_path / "redacted.wav")
    medium = etree.fromstring(data).find(".//MEDIA_DESCRIPTOR")
    assert medium.attrib == {
        "MEDIA_URL": "file:///./redacted.wav",
        "RELATIVE_MEDIA_URL": "./redacted.wav",
        "MIME_TYPE": "audio/x-wav",
    }
    schema("EAFv3.0.xsd").assertValid(etree.fromstring(data))


@pytest.mark.parametrize(("name", "newline"), [("qdpx", "\n"), ("qdpx-maxqda", "\r\n")])
def test_refi_qda(name: str, newline: str, transcript: NumberedTranscript) -> None:
    with zipfile.ZipFile(io.BytesIO(written(name, transcript))) as archive:
        assert archive.testzip() is None
        names = archive.namelist()
        project = archive.read("project.qde")
        assert not project.startswith(b"\xef\xbb\xbf")
        source = etree.fromstring(project).find(".//{*}TextSource")
        text = archive.read("sources/" + source.get("plainTextPath").removeprefix("internal://"))
        rich = archive.read("sources/" + source.get("richTextPath").removeprefix("internal://"))
    assert sorted(names) == sorted({*names})
    assert all(re.fullmatch(r"project\.qde|sources/[0-9a-f-]{36}\.(txt|docx)", n) for n in names)
    assert text.isascii()
    rows = [row.split("\t") for row in text.decode("ascii").split(newline)[:-1]]
    assert [(r[0], r[2]) for r in rows] == [(line.label, ascii_text(line.text)) for line in transcript.lines]
    roles, current = [], ""
    for row in rows:
        current = row[1].rstrip(":") or current
        roles.append(current)
    assert roles == [line.role for line in transcript.lines]
    assert paragraphs_of(rich) == ["\t".join(row) for row in rows]


def paragraphs_of(package: bytes) -> list[str]:
    import docx

    word = docx.Document(io.BytesIO(package))
    assert (word.core_properties.author, word.core_properties.last_modified_by) == ("", "")
    assert word.core_properties.created.year == 2000
    return [p.text for p in word.paragraphs]


@pytest.mark.parametrize("name", ["qdpx", "qdpx-maxqda"])
@pytest.mark.parametrize("sound", [False, True])
def test_refi_qda_is_valid(name: str, sound: bool, tmp_path: Path) -> None:
    audio = tmp_path / "redacted.wav"
    audio.write_bytes(b"RIFF")
    data = written(name, numbered(), with_audio=sound, audio=audio, study="study-x")
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        project = etree.fromstring(archive.read("project.qde"))
    schema("Project.xsd").assertValid(project)
    assert project.get("name") == "study-x"
    for attribute in ("basePath", "currentPath"):
        assert not project.xpath(f"//@{attribute}")


@pytest.mark.parametrize(("name", "newline"), [("qdpx", "\n"), ("qdpx-maxqda", "\r\n")])
def test_refi_qda_with_sound_points_at_the_lines(
    name: str, newline: str, transcript: NumberedTranscript, tmp_path: Path
) -> None:
    audio = tmp_path / "redacted.flac"
    audio.write_bytes(b"fLaC")
    data = written(name, transcript, with_audio=True, audio=audio)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        source = etree.fromstring(archive.read("project.qde")).find(".//{*}AudioSource")
        assert archive.read("sources/" + source.get("path").removeprefix("internal://")) == b"fLaC"
        script = source.find("{*}Transcript")
        assert source.get("name") == f"{transcript.id} {transcript.version}.flac"
        assert script.get("name") == f"{source.get('name')}.txt"  # QualCoder joins the two by this
        text = archive.read("sources/" + script.get("plainTextPath").removeprefix("internal://")).decode()
    points = [(int(p.get("timeStamp")), int(p.get("position"))) for p in script.findall("{*}SyncPoint")]
    assert points == sorted(points)
    starts = [row.start for row in chronological(timed_lines(transcript))]
    for (time, position), line, start in zip(points, transcript.lines, starts, strict=True):
        assert text[position:].startswith(f"{line.label}\t")
        assert position == 0 or text[:position].endswith(newline)
        assert time == start


def test_refi_qda_knows_the_same_source_again() -> None:
    def identifiers(data: bytes) -> set[str]:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return set(re.findall(r'guid="([0-9a-f-]{36})"', archive.read("project.qde").decode(), re.IGNORECASE))

    first = identifiers(written("qdpx", numbered()))
    assert first == identifiers(written("qdpx", numbered(), study="other name"))
    # What belongs to the study is the same in every interview, what belongs to the interview in none other.
    fourth, fifth = (identifiers(written("qdpx", numbered(document(identifier=i)))) for i in ("P04", "P05"))
    assert first & fourth == first & fifth == fourth & fifth
    assert len(first - fourth) >= 2


def test_nvivo(transcript: NumberedTranscript) -> None:
    data = written("nvivo", transcript)
    assert data.isascii()
    header, *rows = data.decode("ascii").split("\r\n")[:-1]
    assert header == "Timespan\tSpeaker\tContent"
    assert {row.count("\t") for row in rows} == {2}
    starts = []
    for row, line in zip(rows, chronological(timed_lines(transcript)), strict=True):
        span, role, text = row.split("\t")
        start, end = (milliseconds(part) for part in span.split("-"))
        starts.append(start)
        assert (role, text) == (line.line.role, ascii_text(line.line.text))
        assert 0 <= line.start - start < 100
        assert 0 <= end - line.end < 200
    assert starts == sorted(starts)


@pytest.mark.parametrize(
    ("name", "newline", "pattern", "step"),
    [
        ("atlasti", "\n", r"\[(?P<time>[\d:]{8})\] (?P<text>.*)", 1000),
        ("maxqda", "\r\n", r"\[(?P<time>[\d:]{8})\] (?P<text>.*)", 1000),
        ("f4", "\r\n", r"(?P<text>.*) #(?P<time>[\d:]{8}-\d)#", 100),
    ],
)
def test_time_stamped_text(name: str, newline: str, pattern: str, step: int, transcript: NumberedTranscript) -> None:
    data = written(name, transcript)
    assert data.isascii()
    rows = data.decode("ascii").split(newline)
    assert rows.pop() == ""
    assert len(rows) == len(transcript.lines)  # paragraph n is line n
    turn = ""
    for row, line in zip(rows, chronological(timed_lines(transcript)), strict=True):
        match = re.fullmatch(pattern, row)
        assert match
        label = f"{line.line.role}: " if line.line.turn != turn else ""
        turn = line.line.turn
        assert match["text"] == label + ascii_text(line.line.text)
        assert 0 <= line.start - milliseconds(match["time"].replace("-", ".")) < step


def test_taguette_keeps_it_all(transcript: NumberedTranscript) -> None:
    """Taguette drops the head and every element but a few; what is left must be the transcript."""
    tree = etree.HTML(written("taguette", transcript).decode())
    body = tree.find("body")
    assert {e.tag for e in body.iter()} <= {"body", "h1", "p", "br", "b"}
    rows = []
    for paragraph in body.findall("p")[1:]:
        role, *lines = [text.strip() for text in paragraph.itertext() if text.strip()]
        rows += [(line.split(" ", 1)[0], role, line.split(" ", 1)[1]) for line in lines]
    assert rows == [(line.label, line.role, line.text) for line in transcript.lines]


def test_rttm(transcript: NumberedTranscript) -> None:
    rows = [line.split() for line in written("rttm", transcript).decode().splitlines()]
    spans = sorted((float(r[3]), float(r[3]) + float(r[4]), r[7]) for r in rows)
    want = sorted((t.start, t.end, t.role) for t in transcript.turns if t.start is not None and t.end is not None)
    assert len(spans) == len(want)
    for found, turn in zip(spans, want, strict=True):
        assert found[2] == turn[2]
        assert found[:2] == pytest.approx(turn[:2], abs=0.002)


def test_ctm(transcript: NumberedTranscript) -> None:
    rows = [line.split(" ") for line in written("ctm", transcript).decode().splitlines()]
    assert {len(row) for row in rows} == {5}
    starts = [float(row[2]) for row in rows]
    assert starts == sorted(starts)
    shown = [s for turn in transcript.turns for s in turn.segments if s.kind != "note"]
    assert sorted("".join(r[4] for r in rows)) == sorted("".join(re.sub(r"\s+", "_", s.text) for s in shown))


def test_ctm_keeps_a_replacement_whole() -> None:
    assert " [village],\n" in written("ctm", numbered()).decode()
    assert " [date_in_2019],\n" in written("ctm", numbered()).decode()


@pytest.mark.parametrize("name", MINE)
def test_the_same_bytes_every_time(name: str) -> None:
    assert written(name, numbered()) == written(name, numbered())


@pytest.mark.parametrize("name", MINE)
def test_no_original_and_no_machine(name: str) -> None:
    data = written(name, numbered())
    texts = [data]
    if data.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            texts = [archive.read(n) for n in archive.namelist()]
            for n in archive.namelist():
                if n.endswith(".docx"):
                    with zipfile.ZipFile(io.BytesIO(archive.read(n))) as inner:
                        texts += [inner.read(m) for m in inner.namelist()]
    for text in texts:
        for secret in (*SECRETS, str(Path.home()) + "/"):
            assert secret.encode() not in text


@pytest.mark.parametrize("name", TIMED)
def test_a_typed_transcript_cannot_be_timed(name: str) -> None:
    with pytest.raises(UsageProblem, match="no times"):
        written(name, numbered(typed_document()))


@pytest.mark.parametrize("name", [name for name in MINE if name not in TIMED])
def test_a_typed_transcript_in_formats_without_times(name: str) -> None:
    assert written(name, numbered(typed_document()))


def test_all_leaves_out_timed_formats_for_a_typed_transcript() -> None:
    typed, spoken = numbered(typed_document()), numbered()
    assert not set(TIMED) & set(suited(typed, ["all"]))
    assert set(TIMED) <= set(suited(spoken, ["all"]))
    assert suited(typed, ["srt"]) == ["srt"]


@pytest.mark.parametrize("name", MINE)
def test_an_empty_transcript(name: str) -> None:
    empty = numbered(document([]))
    data = written(name, empty)
    if name in ("rttm", "ctm"):
        assert data == b""
    if name == "eaf":
        schema("EAFv3.0.xsd").assertValid(etree.fromstring(data))


@pytest.mark.parametrize("name", MINE)
@pytest.mark.parametrize(
    "text",
    [
        "x" * 300,
        "one\x00two\x1b[31m three\x0b",
        "سلام علیکم – خوبی؟",
        "\ud800 lone",
        "a\ttab\nand \u2028 breaks --> ok",
    ],
)
def test_odd_text(name: str, text: str) -> None:
    made = numbered(document([("P", 1.0, "Well."), ("I", 3.0, text), ("P", 9.0, "Yes.")]))
    data = written(name, made)
    if name == "eaf":
        schema("EAFv3.0.xsd").assertValid(etree.fromstring(data))
    elif name.startswith("qdpx"):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            schema("Project.xsd").assertValid(etree.fromstring(archive.read("project.qde")))
    else:
        data.decode("utf-8-sig")


@pytest.mark.slow
def test_an_hour_is_no_trouble() -> None:
    transcript = numbered(hour())
    assert len(transcript.lines) > 700
    for name in MINE:
        assert written(name, transcript)


def test_speaker_turns_of_the_recording_stay_beside_those_of_the_page() -> None:
    assert rttm_of_document(document()).count("SPEAKER") == len(document().turns)


def test_lines_added_after_a_lock_keep_their_letter() -> None:
    """214a is an identifier everywhere but in SubRip, which counts."""
    made = numbered()
    lines = (made.lines[0], replace(made.lines[1], number=1, suffix="a"), *made.lines[2:])
    turns = (replace(made.turns[0], lines=lines[:2]), *made.turns[1:])
    made = replace(made, lines=lines, turns=turns)
    assert "\n1a\n00:00:05.300" in written("vtt", made).decode()
    assert "<br>\n1a &amp; don't" in written("taguette", made).decode()
    assert "<ANNOTATION_VALUE>1a</ANNOTATION_VALUE>" in written("eaf", made).decode()
    counters = re.findall(r"^(\d+)\n\d\d:", written("srt", made).decode(), re.MULTILINE)
    assert counters == [str(n) for n in range(1, len(made.lines) + 1)]
