"""A transcript out to a file and back: unchanged, edited, and saved by other programs."""

from __future__ import annotations

import csv
import io
import re
import shutil
import subprocess
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.app import edit_files, snapshots
from pipeline.core.document import Document, StageRecord
from pipeline.core.errors import BadInputError
from pipeline.core.paths import RecordingPaths
from pipeline.core.settings import Wanted
from pipeline.exporters import docx as docx_export
from pipeline.exporters import txt as txt_export
from pipeline.exporters import xlsx as xlsx_export
from pipeline.exporters.base import ExportContext
from pipeline.release import redaction_log
from pipeline.review import store
from pipeline.review.apply import apply
from pipeline.stages import emit
from tests.review.worlds import interview, shown

W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'


@pytest.fixture
def outputs(tmp_path: Path) -> Path:
    """A folder in which an interview is stored as the redact stage leaves it."""
    store_document(tmp_path, interview())
    return tmp_path


def store_document(outputs: Path, document: Document) -> RecordingPaths:
    paths = RecordingPaths(outputs, document.id)
    paths.make()
    record = StageRecord(stage="redact", key="k")
    snapshots.save(document.with_(records=(record,)), paths.snapshot("redact"))
    return paths


def edited(outputs: Path, change: Callable[[str], str]) -> Path:
    """The text copy with its text changed."""
    path = edit_files.write(outputs, "P03", text=True)
    made = path.with_name("mine.txt")
    made.write_text(change(path.read_text("utf-8-sig")), "utf-8")
    return made


def after(outputs: Path, file: Path, **options: bool) -> str:
    """What is read once a file was taken over."""
    plan = edit_files.plan(outputs, "P03", file, who="JL", **options)
    edit_files.carry_out(plan)
    paths = RecordingPaths(outputs, "P03")
    result = apply(snapshots.latest(paths), store.load(paths).edits)
    assert result.unfitting == ()
    return shown(result.document)


def rewritten(path: Path, change: Callable[[str], str]) -> Path:
    """A Word document whose main part is changed, as another program would save it."""
    out = io.BytesIO()
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            data = old.read(name)
            new.writestr(name, change(data.decode()) if name == "word/document.xml" else data)
    made = path.with_name("saved.docx")
    made.write_bytes(out.getvalue())
    return made


@pytest.mark.parametrize("text", [False, True])
@pytest.mark.parametrize("typed", [False, True])
def test_a_copy_that_nobody_changed_is_no_edit(tmp_path: Path, text: bool, typed: bool) -> None:
    paths = store_document(tmp_path, interview(typed=typed))
    copy = edit_files.write(tmp_path, "P03", text=text)
    assert copy.parent == paths.private
    assert copy.stat().st_mode & 0o077 == 0
    plan = edit_files.plan(tmp_path, "P03", copy)
    assert (plan.edits, plan.rows) == ((), ())


#: name: what is changed in the text, what is read then, what is not.
CHANGES: dict[str, tuple[tuple[str, str], str, str]] = {
    "a word": (("on the ward", "on the cellar"), "on the cellar when", "ward"),
    "curly quotes are no change": (("you know", "you\u00a0know"), "glad you know", "xxx"),
    "a missed word": (("was glad", "was very glad"), "I was very glad", "xxx"),
    "a word less": (("was um I", "was I"), "I was I was glad", "um"),
    "a name shown": (("{{Eye|town}}", "Eye"), "come to Eye and", "[town]"),
    "a name hidden": (("Manchester", "{{Manchester|city}}"), "of [city] laughing", "Manchester"),
    "a name hidden with square brackets": (("Manchester", "[city]"), "of [city] laughing", "Manchester"),
    "a name put right": (("{{Eye|town}}", "{{Diss|town}}"), "come to [town] and", "Diss"),
    "called otherwise": (("{{Eye|town}}", "{{Eye|village}}"), "come to [village] and", "[town]"),
    "a category said": (("scribe", "{{scribe|trade|QUASI}}"), "handed [trade] north", "scribe"),
    "emoji and another script": (("was glad", "was 🙂 نعم glad"), "I was 🙂 نعم glad", "xxx"),
    "markup": (("was glad", "was <script>x</script> glad"), "was <script>x</script> glad", "xxx"),
    "moved": (("{{Eye|town}} and", "and {{Eye|town}}"), "come to and [town] I", "xxx"),
}


@pytest.mark.parametrize("case", CHANGES)
def test_what_was_changed_is_read_then(outputs: Path, case: str) -> None:
    (old, new), read, gone = CHANGES[case]
    result = after(outputs, edited(outputs, lambda text: text.replace(old, new, 1)))
    assert read in result
    assert gone not in result


def test_turns_are_split_joined_and_given_to_somebody_else(outputs: Path) -> None:
    def change(text: str) -> str:
        return re.sub(r"I: \S+\tmm", "P: mm", text).replace(" and I was um", "\n\nP: and I was um")

    plan = edit_files.plan(outputs, "P03", edited(outputs, change))
    assert sorted(e.kind for e in plan.edits) == ["speaker", "split", "split", "split"]
    joined = edited(outputs, lambda text: re.sub(r"\s+I: \S+\tmm", " mm", text))
    assert [e.kind for e in edit_files.plan(outputs, "P03", joined).edits] == ["speaker", "split"]


def test_what_was_heard_comes_and_goes(outputs: Path) -> None:
    def change(text: str) -> str:
        return text.replace("(laughs) ", "").replace("was glad", "(sighs) was glad (pause 4s)")

    file = edited(outputs, change)
    plan = edit_files.plan(outputs, "P03", file)
    assert [(e.kind, getattr(e, "text", "")) for e in plan.edits] == [
        ("remove_event", "laughs"),
        ("event", "sighs"),
        ("event", ""),
    ]
    assert [row.what for row in plan.rows].count("sound added") == 2


def test_the_same_copy_can_be_edited_on(outputs: Path) -> None:
    file = edited(outputs, lambda text: text.replace("(laughs) ", "(laughs) (sighs) ").replace("um ", ""))
    after(outputs, file)
    assert edit_files.plan(outputs, "P03", file).edits == ()
    file.write_text(file.read_text("utf-8").replace("on the ward", "on the cellar"), "utf-8")
    assert [e.kind for e in edit_files.plan(outputs, "P03", file).edits] == ["replace"]


def test_a_copy_fits_although_the_transcript_was_changed_meanwhile(outputs: Path) -> None:
    mine = edited(outputs, lambda text: text.replace("on the ward", "on the cellar"))
    after(outputs, edited(outputs, lambda text: text.replace("was glad", "was sad")).rename(outputs / "other.txt"))
    mine.write_text(mine.read_text("utf-8"), "utf-8") if mine.exists() else None
    again = edited(outputs, lambda text: text.replace("on the ward", "on the cellar"))
    assert "on the cellar" in (result := after(outputs, again))
    assert "was sad" in result


def test_a_copy_with_changes_is_moved_aside_and_not_written_over(outputs: Path) -> None:
    path = edit_files.write(outputs, "P03", text=True)
    path.write_text("an hour's work", "utf-8")
    said: list[str] = []
    edit_files.write(outputs, "P03", text=True, say=said.append)
    (kept,) = (path.parent / "edited").iterdir()
    assert kept.read_text("utf-8") == "an hour's work"
    assert str(kept) in said[0]


#: name: what is done to the text copy, what the error says.
REFUSED: dict[str, tuple[Callable[[str], str], str]] = {
    "empty": (lambda text: "", "the file is empty"),
    "no turns": (lambda text: text.split("\n\n")[0], "there is no turn"),
    "another interview's copy": (lambda text: text.replace("of P03", "of P04"), "a copy of 'P04'"),
    "another interview": (
        lambda text: text.split("\n\n")[0] + "\n\nI: " + " ".join(f"other{n}" for n in range(60)),
        "words of the interview stand in it",
    ),
    "turns cut out": (
        lambda text: text[: text.index("P: 00:00:14")] + text[text.index("P: 00:00:25") :],
        "words are missing at paragraph 13: the turns from 00:00:14 to",
    ),
    "a paste of 100,000 words": (lambda text: text + " pasted" * 100_000, "was another text pasted in"),
    "an open brace": (lambda text: text.replace("{{Eye|town}}", "{{Eye|town"), "braces are not in pairs"),
    "no words in braces": (lambda text: text.replace("{{Eye|town}}", "{{|town}}"), "no words between the braces"),
    "text before the first turn": (lambda text: text.replace("\n\n", "\n\nmy notes\n\n", 1), "before the first turn"),
    "a replacement without words": (lambda text: text.replace("was glad", "was [uncle] glad"), "no words behind"),
    "a stamp of nothing": (lambda text: re.sub(r"P03, \w{8}", "P03, 00000000", text), "not stored any more"),
    "a word without end": (lambda text: text.replace("um ", "u" * 600 + " "), "a word of 600 characters"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_does_not_fit_is_refused_with_what_to_do(outputs: Path, case: str) -> None:
    change, said = REFUSED[case]
    file = edited(outputs, change)
    with pytest.raises(BadInputError) as caught:
        edit_files.plan(outputs, "P03", file)
    assert said in str(caught.value)
    assert caught.value.file == file
    assert caught.value.hint
    assert caught.value.exit_code == 3
    assert store.load(RecordingPaths(outputs, "P03")).edits == ()


def test_a_long_passage_that_is_gone_is_named_unless_it_may_be(tmp_path: Path) -> None:
    document = interview()
    more = tuple(w.model_copy(update={"start": (w.start or 0) + 60, "end": (w.end or 0) + 60}) for w in document.words)
    store_document(tmp_path, document.with_(words=(*document.words, *document.words, *more)))
    cut = edited(tmp_path, lambda text: text[: text.index("\n\nI: 00:01:00")] + "\n")
    assert edit_files.plan(tmp_path, "P03", cut, cuts=True).edits
    with pytest.raises(BadInputError, match=r"words are missing at paragraph \d+: the turns from 00:01:00 to"):
        edit_files.plan(tmp_path, "P03", cut)


def test_tracked_changes_count_as_word_shows_them_in_the_end(outputs: Path) -> None:
    """Inserted text in, deleted and moved-away text out; a deleted paragraph mark joins two paragraphs."""
    mark = '<w:ins w:id="1" w:author="J" w:date="2026-01-01T00:00:00Z">'

    def change(xml: str) -> str:
        xml = re.sub(
            r"(<w:r>(?:<w:rPr>.*?</w:rPr>)?<w:t[^>]*>So how was it )on the ward( when[^<]*</w:t></w:r>)",
            r"\1</w:t></w:r>"
            r'<w:del w:id="2" w:author="J"><w:r><w:delText xml:space="preserve">on the ward</w:delText></w:r></w:del>'
            + mark
            + r'<w:r><w:t xml:space="preserve">in the cellar</w:t></w:r></w:ins>'
            r'<w:r><w:t xml:space="preserve">\2',
            xml,
        )
        xml = xml.replace("safe really it sounds daft but ", "safe but ")
        xml = re.sub(
            r"(<w:t[^>]*>)(safe but )",
            r'\1</w:t></w:r><w:moveFrom w:id="3" w:author="J"><w:r><w:t>gone</w:t></w:r></w:moveFrom>'
            r'<w:moveTo w:id="4" w:author="J"><w:r><w:t xml:space="preserve">really it sounds daft </w:t></w:r>'
            r"</w:moveTo>"
            r'<w:r><w:t xml:space="preserve">\2',
            xml,
        )
        paragraphs = xml.split("<w:p>")
        at = next(n for n, p in enumerate(paragraphs) if ">I:<" in p and ">mm<" in p)
        paragraphs[at - 1] = (
            paragraphs[at - 1]
            .replace("<w:pPr>", "<w:pPr>", 1)
            .replace("</w:pPr>", '<w:rPr><w:del w:id="9" w:author="J"/></w:rPr></w:pPr>', 1)
        )
        paragraphs[at] = re.sub(r"<w:t[^>]*>I:</w:t>|<w:t[^>]*> 00:00:1\d</w:t>", "<w:t/>", paragraphs[at])
        return "<w:p>".join(paragraphs)

    copy = rewritten(edit_files.write(outputs, "P03"), change)
    plan = edit_files.plan(outputs, "P03", copy)
    edit_files.carry_out(plan)
    paths = RecordingPaths(outputs, "P03")
    document = apply(snapshots.latest(paths), store.load(paths).edits).document
    assert "So how was it in the cellar when" in shown(document)
    assert "really it sounds daft safe but" in shown(document)
    assert "gone" not in shown(document)
    assert {w.role for w in document.words if w.text == "mm"} == {"P"}


def test_a_copy_as_google_docs_exports_it(outputs: Path) -> None:
    """Every word a run of its own, tabs as elements, a bookmark, an empty paragraph between any two."""

    def change(xml: str) -> str:
        def words(match: re.Match[str]) -> str:
            return "".join(
                f'<w:r><w:rPr><w:rtl w:val="0"/></w:rPr><w:t xml:space="preserve">{part}</w:t></w:r>'
                for part in re.split(r"(?<= )", match[1])
            )

        xml = re.sub(r"<w:r>(?:(?!</w:r>).)*?<w:t(?: [^>]*)?>([^<]*)</w:t></w:r>", words, xml)
        return xml.replace("</w:p>", '<w:bookmarkStart w:id="0" w:name="_x"/></w:p><w:p><w:r/></w:p>')

    copy = rewritten(edit_files.write(outputs, "P03"), change)
    assert edit_files.plan(outputs, "P03", copy).edits == ()


def test_a_copy_whose_text_was_put_into_a_table(outputs: Path) -> None:
    from docx import Document as Word

    copy = edit_files.write(outputs, "P03")
    old, new = Word(str(copy)), Word()
    lines = [p.text for p in old.paragraphs]
    new.add_paragraph(lines[0])
    table = new.add_table(rows=0, cols=2)
    for line in lines[5:]:
        cells = table.add_row().cells
        cells[0].text, cells[1].text = line.split("\t", 1)
    new.save(str(copy.with_name("table.docx")))
    assert edit_files.plan(outputs, "P03", copy.with_name("table.docx")).edits == ()


@pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not installed")
def test_a_copy_that_libreoffice_saved(outputs: Path) -> None:
    copy = edit_files.write(outputs, "P03")
    folder = outputs / "saved"
    profile = f"-env:UserInstallation=file://{outputs / 'profile'}"
    command = ["soffice", profile, "--headless", "--convert-to", "docx", "--outdir", str(folder), str(copy)]
    subprocess.run(command, check=True, capture_output=True, timeout=300)
    assert edit_files.plan(outputs, "P03", folder / copy.name).edits == ()


def export(outputs: Path, form: str) -> Path:
    """A file of share/."""
    paths = RecordingPaths(outputs, "P03")
    document = snapshots.latest(paths)
    transcript = emit.numbered(document, Wanted().load(None), paths)
    writers = {"docx": docx_export.write, "txt": txt_export.write, "xlsx": xlsx_export.write}
    path = outputs / f"transcript.{form}"
    path.write_bytes(writers[form](transcript, ExportContext()))
    return path


@pytest.mark.parametrize("form", ["docx", "txt", "xlsx"])
def test_a_file_of_share_that_nobody_changed_is_no_edit(outputs: Path, form: str) -> None:
    assert edit_files.plan(outputs, "P03", export(outputs, form)).edits == ()


@pytest.mark.parametrize(
    ("old", "new", "read", "gone"),
    [
        ("on the ward", "on the cellar", "on the cellar when", "ward"),
        ("[town] and", "and [town]", "come to and [town] I", "Eye"),
        ("[town] and", "and", "come to and", "[town]"),
        ("scribe", "[trade]", "handed [trade] north", "scribe"),
    ],
)
def test_a_file_of_share_edited_by_hand(outputs: Path, old: str, new: str, read: str, gone: str) -> None:
    """What is hidden is moved or taken out as a whole; line numbers are no words."""
    path = export(outputs, "txt")
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")
    result = after(outputs, path)
    assert read in result
    assert gone not in result


def test_a_workbook_edited_by_hand(outputs: Path) -> None:
    from openpyxl import load_workbook

    path = export(outputs, "xlsx")
    book = load_workbook(path)
    sheet = book["Transcript"]
    cells = [cell for row in sheet.iter_rows() for cell in row if "on the ward" in str(cell.value)]
    cells[0].value = str(cells[0].value).replace("on the ward", "on the cellar")
    book.save(path)
    assert "on the cellar when" in after(outputs, path)


def test_a_file_of_an_older_transcript_is_refused(outputs: Path) -> None:
    path = export(outputs, "txt")
    path.write_text(re.sub(r"unlocked \w{8}", "unlocked 0badcafe", path.read_text("utf-8")), "utf-8")
    with pytest.raises(BadInputError, match="its lines are those of 0badcafe"):
        edit_files.plan(outputs, "P03", path)


@pytest.mark.parametrize("separator", [",", ";", "xlsx"])
def test_the_log_of_redactions_filled_in_by_hand(outputs: Path, separator: str) -> None:
    paths = RecordingPaths(outputs, "P03")
    document = snapshots.latest(paths)
    data = redaction_log.render(document, emit.numbered(document, Wanted().load(None), paths)).decode("utf-8-sig")
    rows = list(csv.reader(data.splitlines()))
    decision, shown_as = rows[0].index("decision"), rows[0].index("replacement")
    rows[1][decision], rows[2][shown_as] = "rejected", "[nurse]"
    path = outputs / f"redactions.{'xlsx' if separator == 'xlsx' else 'csv'}"
    if separator == "xlsx":
        from openpyxl import Workbook

        book = Workbook()
        for row in rows:
            book.active.append(row)
        book.save(path)
    else:
        out = io.StringIO()
        csv.writer(out, delimiter=separator).writerows(rows)
        path.write_text(out.getvalue(), "utf-8-sig")
    result = after(outputs, path)
    assert "well Hope said" in result
    assert "that [nurse] would" in result


def test_other_formats_are_refused(outputs: Path) -> None:
    path = outputs / "x.docx"
    for data, said in ((b"%PDF-1.7", "cannot be read back"), (b"PK\x03\x04nothing", "the Word document is damaged")):
        path.write_bytes(data)
        with pytest.raises(BadInputError, match=said):
            edit_files.plan(outputs, "P03", path)
