"""Leaks to plant in finished files: every place and spelling in which a format can hide a name. For the tests of the
leak check and for bench/leaks.py.

Each way takes the folder of the files and a name, and returns the name of the file that leaks it now.
"""

from __future__ import annotations

import io
import unicodedata
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

Way = Callable[[Path, str], str]


def insert(file: str, before: str, template: str) -> Way:
    """Text put into a text file before the first `before` (at the end if it is empty)."""

    def plant(folder: Path, name: str) -> str:
        path = folder / file
        text = path.read_bytes().decode("utf-8")
        at = text.index(before) if before else len(text)
        path.write_bytes((text[:at] + template.format(name) + text[at:]).encode("utf-8"))
        return file

    return plant


def member(file: str, inner: str, before: str, template: str) -> Way:
    """Text put into a member of an archive; a member that is not there is made."""

    def plant(folder: Path, name: str) -> str:
        def changed(members: dict[str, bytes]) -> None:
            text = members.get(inner, b"").decode("utf-8")
            at = text.index(before) if before else len(text)
            members[inner] = (text[:at] + template.format(name) + text[at:]).encode("utf-8")

        return _rewritten(folder / file, changed)

    return plant


def _rewritten(path: Path, change: Callable[[dict[str, bytes]], None], comment: bytes = b"") -> str:
    with zipfile.ZipFile(path) as archive:
        members = {info.filename: archive.read(info) for info in archive.infolist()}
    change(members)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
        archive.comment = comment
    path.write_bytes(out.getvalue())
    return path.name


def zip_comment(file: str) -> Way:
    """The comment of an archive."""
    return lambda folder, name: _rewritten(folder / file, lambda members: None, name.encode("utf-8"))


def member_name(file: str) -> Way:
    """A member that is called by the name."""
    return lambda folder, name: _rewritten(folder / file, lambda members: members.update({f"sources/{name}.txt": b""}))


def with_docx(change: Callable[[object, str], None]) -> Way:
    """A Word document opened, changed and saved."""

    def plant(folder: Path, name: str) -> str:
        import docx

        path = folder / "transcript.docx"
        made = docx.Document(str(path))
        change(made, name)
        made.save(str(path))
        return path.name

    return plant


def _docx_text(made: object, name: str) -> None:
    made.add_paragraph(f"and then {name} came")  # type: ignore[attr-defined]


def _docx_runs(made: object, name: str) -> None:
    paragraph = made.add_paragraph()  # type: ignore[attr-defined]
    for letter in name:
        paragraph.add_run(letter).bold = letter == name[0]


def _docx_author(made: object, name: str) -> None:
    made.core_properties.author = name  # type: ignore[attr-defined]


def xlsx_comment(folder: Path, name: str) -> str:
    """A comment on a cell."""
    import openpyxl
    from openpyxl.comments import Comment

    path = folder / "transcript.xlsx"
    book = openpyxl.load_workbook(path)
    book.worksheets[0]["A1"].comment = Comment(name, "x")
    book.save(path)
    return path.name


def pdf_metadata(folder: Path, name: str) -> str:
    """The author of a PDF."""
    from pypdf import PdfReader, PdfWriter

    path = folder / "transcript.pdf"
    writer = PdfWriter(clone_from=PdfReader(path))
    writer.add_metadata({"/Author": name})
    writer.write(path)
    return path.name


def pdf_attachment(folder: Path, name: str) -> str:
    """A file inside a PDF."""
    from pypdf import PdfReader, PdfWriter

    path = folder / "transcript.pdf"
    writer = PdfWriter(clone_from=PdfReader(path))
    writer.add_attachment("notes.txt", name.encode("utf-8"))
    writer.write(path)
    return path.name


def pdf_page(folder: Path, name: str) -> str:
    """A page more."""
    import typst
    from pypdf import PdfReader, PdfWriter

    path = folder / "transcript.pdf"
    writer = PdfWriter(clone_from=PdfReader(path))
    writer.append(PdfReader(io.BytesIO(typst.compile(f"and {name} came\n".encode()))))
    writer.write(path)
    return path.name


def file_name(folder: Path, name: str) -> str:
    """A file that is called by the name."""
    (folder / f"{name}.txt").write_text("nothing")
    return f"{name}.txt"


def spelled(change: Callable[[str], str]) -> Way:
    """The name in another spelling, in the middle of the plain text."""
    return lambda folder, name: insert("transcript.txt", "\n", " and {} came")(folder, change(name))


def _other_case(name: str) -> str:
    return name.swapcase()


def _accented(name: str) -> str:
    return unicodedata.normalize("NFC", name[0] + "\u0301" + name[1:])


def _plain(name: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFKD", name) if not unicodedata.combining(c))


DOCX, XLSX, QDPX = "transcript.docx", "transcript.xlsx", "transcript.qdpx"
WAYS: Mapping[str, Way] = {
    "transcript.txt: a line": insert("transcript.txt", "", "999  P:  {}\n"),
    "transcript.txt: the first line": insert("transcript.txt", "\n", " {}"),
    "transcript.txt: other case": spelled(_other_case),
    "transcript.txt: an accent": spelled(_accented),
    "transcript.txt: without accents": spelled(_plain),
    "transcript.txt: a soft hyphen": spelled(lambda name: f"{name[0]}\u00ad{name[1:]}"),
    "transcript.txt: over a line end": spelled(lambda name: f"{name[0]}\n{name[1:]}"),
    "transcript.txt: a possessive": spelled(lambda name: f"{name}'s"),
    "transcript.txt: inside a word": spelled(lambda name: f"x{name}x"),
    "transcript.md: text": insert("transcript.md", "\n", " {}"),
    "transcript.csv: a cell": insert("transcript.csv", "\r\n", ",{}"),
    "lines.csv: a cell": insert("lines.csv", "\r\n", ",{}"),
    "redactions.csv: a cell": insert("redactions.csv", "\r\n", ",{}"),
    "transcript.json: a value": insert("transcript.json", '"lines"', '"said": "{}", '),
    "report.json: a value": insert("report.json", '"id"', '"said": "{}", '),
    "transcript.html: an attribute": insert("transcript.html", ">\n<head>", ' data-said="{}"'),
    "transcript.html: a comment": insert("transcript.html", "<main>", "<!-- {} -->"),
    "transcript.html: an entity": lambda folder, name: insert("transcript.html", "<main>", "{}")(
        folder, "".join(f"&#{ord(c)};" for c in name)
    ),
    "transcript.html: a script": insert("transcript.html", "</body>", '<script>const a="{}"</script>'),
    "transcript.html: between tags": lambda folder, name: insert("transcript.html", "</main>", "{}")(
        folder, "".join(f"<b>{c}</b>" for c in name)
    ),
    "report.html: text": insert("report.html", "</main>", "<p>{}</p>"),
    "report.html: a tool tip": insert("report.html", "</main>", "<svg><title>{}</title></svg>"),
    "transcript-taguette.html: text": insert("transcript-taguette.html", "</body>", "<p>{}</p>"),
    "transcript.vtt: a cue": insert("transcript.vtt", "", "\nNOTE {}\n"),
    "transcript.srt: a cue": insert("transcript.srt", "", "{}\n"),
    "transcript.rttm: a speaker": insert("transcript.rttm", "", "SPEAKER {} 1 0.0 1.0 <NA> <NA> P <NA> <NA>\n"),
    "transcript.ctm: a word": insert("transcript.ctm", "", "P00 1 0.0 0.1 {}\n"),
    "transcript.TextGrid: a tier": insert("transcript.TextGrid", "", '        name = "{}"\n'),
    "transcript.eaf: an author": insert("transcript.eaf", "<HEADER", '<X AUTHOR="{}"/>'),
    "transcript-nvivo.txt: a row": insert("transcript-nvivo.txt", "", "{}\n"),
    "transcript-f4.txt: a row": insert("transcript-f4.txt", "", "{}\n"),
    f"{DOCX}: text": with_docx(_docx_text),
    f"{DOCX}: split over runs": with_docx(_docx_runs),
    f"{DOCX}: a core property": with_docx(_docx_author),
    f"{DOCX}: an app property": member(DOCX, "docProps/app.xml", "</Properties>", "<Company>{}</Company>"),
    f"{DOCX}: a custom property": member(DOCX, "docProps/custom.xml", "", "<property name='a'>{}</property>"),
    f"{DOCX}: a font": member(DOCX, "word/fontTable.xml", "</w:fonts>", "<w:font w:name='{}'/>"),
    f"{DOCX}: the comment of the archive": zip_comment(DOCX),
    f"{XLSX}: a comment": xlsx_comment,
    f"{XLSX}: a cell": member(XLSX, "xl/worksheets/sheet1.xml", "</sheetData>", "<row><c><is><t>{}</t></is></c></row>"),
    f"{XLSX}: a core property": member(XLSX, "docProps/core.xml", "</cp:core", "<cp:keywords>{}</cp:keywords>"),
    f"{QDPX}: a note in the project": member(QDPX, "project.qde", "</Project>", "<!-- {} -->"),
    f"{QDPX}: a file in it": member_name(QDPX),
    f"{QDPX}: the comment of the archive": zip_comment(QDPX),
    "transcript.pdf: its metadata": pdf_metadata,
    "transcript.pdf: a file in it": pdf_attachment,
    "transcript.pdf: a page": pdf_page,
    "a file name": file_name,
}
