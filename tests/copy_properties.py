"""What holds for any transcript that goes out to a file and comes back: a few are drawn in the tests, hundreds in
bench/copies.py."""

from __future__ import annotations

import random
import re

from pipeline.core.document import Document
from pipeline.core.settings import LinesSettings
from pipeline.exporters import txt
from pipeline.exporters.base import ExportContext
from pipeline.review.apply import apply
from pipeline.review.edit_copy import render
from pipeline.review.edits import Edit
from pipeline.review.files import edit_file, shared_file
from pipeline.review.printed import paragraphs_of
from pipeline.review.reread import wanted
from pipeline.review.script import script_of
from pipeline.review.sync import edits_for
from pipeline.transcript import notation
from pipeline.transcript.lines import number
from tests.review.worlds import interview, random_edits

ROLES = ["I", "P", "P2", "I2"]
ODD = ["(no", "yes)", "[town]", "{{x|y}}", "http://a//", "12:30", "I:", "“well,", "//", "نعم", "🙂"]
NEW = ["(sighs)", "(pause 5s)", "(I: mm)", "((P: coughs))", "نعم", "🙂", "<b>", "{{Anna Bell|friend}}"]


def drawn(random_: random.Random) -> tuple[Document, list[Edit]]:
    """An interview with overlaps, listeners' words, turns that were split and odd words, and edits made on it."""
    words = []
    document = interview(typed=random_.random() < 0.3)
    for word in document.words:
        chance = random_.random()
        if chance < 0.08:
            word = word.model_copy(update={"flags": ("opens_turn",)})
        elif chance < 0.16:
            word = word.model_copy(update={"flags": ("backchannel",), "role": "I" if word.role == "P" else "P"})
        elif chance < 0.26:
            word = word.model_copy(update={"flags": ("overlap",)})
        elif chance < 0.3:
            word = word.model_copy(update={"text": random_.choice(ODD)})
        words.append(word)
    document = document.with_(words=tuple(words))
    return document, random_edits(document, random_, random_.randrange(12))


def check_unchanged(random_: random.Random) -> None:
    """Out and back is no edit: as a copy for editing, and as the printed text."""
    document, edits = drawn(random_)
    now = apply(document, edits).document
    script = script_of(now)
    base = render(script, now)
    rows = edit_file.rows([p.line for p in base], ROLES, "P03", "")
    want = wanted(script, base, rows, now.entities)
    assert edits_for(document, edits, want, via="docx", who="") == []
    transcript = number(now, LinesSettings(), notation.load("default"))
    page = paragraphs_of(transcript, script)
    shared = shared_file.of_text(txt.write(transcript, ExportContext()).decode().splitlines())
    want = wanted(script, page, shared.rows, now.entities, printed=True)
    assert edits_for(document, edits, want, via="text", who="") == []


def check_changed(random_: random.Random) -> None:
    """What somebody makes of a copy is what the document says with the edits, and they all fit."""
    document, edits = drawn(random_)
    now = apply(document, edits).document
    script = script_of(now)
    base = render(script, now)
    lines = retyped([p.line for p in base], random_)
    want = wanted(script, base, edit_file.rows(lines, ROLES, "P03", ""), now.entities, cuts=True)
    made = edits_for(document, edits, want, via="docx", who="")
    result = apply(document, [*edits, *made])
    assert not {u.edit.id for u in result.unfitting} & {e.id for e in made}
    got = script_of(result.document)
    assert [(w.text, w.role, w.mark.label if w.mark else "") for w in got.words] == [
        (w.text, w.role, w.mark.label if w.mark else "") for w in want.words
    ]
    assert sorted(e.before for e in got.events) == sorted(e.before for e in want.events)


def retyped(lines: list[str], random_: random.Random) -> list[str]:
    """What somebody makes of the lines of a copy: words, marks, sounds, speakers, turns joined and split."""
    made: list[str] = []
    for line in lines:
        if made and random_.random() < 0.06:
            made[-1] += " " + line.split(":", 1)[1].split("\t")[-1].strip()
            continue
        if random_.random() < 0.1:
            line = re.sub("^P", "P2", line)
        first, *tokens = line.split(" ")
        new, inside = [first], 0
        for token in tokens:
            before, inside = inside, inside + token.count("{{") - token.count("}}")
            new += [token] if before or inside else _retyped(token, random_)
        made.append(" ".join(new))
    return made


def _retyped(token: str, random_: random.Random) -> list[str]:
    chance, plain = random_.random(), not re.search(r"[{}()\[\]/|\t:]", token)
    if chance < 0.03:
        return [random_.choice(NEW), token]
    if not plain:
        return [re.sub(r"\|[a-z ]+\}\}", "|sister}}", token) if chance < 0.1 else token]
    if chance < 0.07:
        return []
    if chance < 0.1:
        return ["other"]
    return [f"{{{{{token}|town}}}}" if chance < 0.12 else f"//{token}//" if chance < 0.14 else token]
