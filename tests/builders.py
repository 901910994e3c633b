"""Documents for tests: a small invented interview, one of real size from an annotated text, and a long one."""

from __future__ import annotations

import bisect
import re
from typing import Any

from pipeline.core.document import (
    Document,
    Entity,
    Event,
    Quality,
    Recording,
    Redaction,
    StageRecord,
    Word,
)
from tests import annotated
from tests.annotated import INTERVIEWS

#: What tells a program who runs it (see getpass.getuser).
USER_VARIABLES = ("LOGNAME", "USER", "LNAME", "USERNAME")
MARK = re.compile(r"\[\[([A-Z_]+)\|(.+?)\]\]|\(([a-z][a-z ]*)\)|\(pause ([\d.]+)\)")
#: What stands for an identifier of a category where a test has no better replacement.
STANDS_FOR = {
    "PERSON": "[name]",
    "PLACE": "[town]",
    "ORG": "[organisation]",
    "DATE": "[date]",
    "AGE": "[fifties]",
    "PHONE": "[phone number]",
    "EMAIL": "[email]",
    "NHS_NUMBER": "[NHS number]",
    "POSTCODE": "[postcode]",
    "ADDRESS": "[address]",
}
RECORDING = Recording(
    sha256="0" * 64,
    container="flac",
    codec="flac",
    sample_rate=44100,
    channels=1,
    bits=16,
    duration=60.0,
    quality=Quality(
        peak_dbfs=-3.0,
        loudness_dbfs=-23.0,
        noise_floor_dbfs=-60.0,
        snr_db=37.0,
        clipped=0.0,
        speech_share=0.8,
        remarks=("Quiet room: the noise floor is at -60 dBFS.",),
    ),
)
RECORDS = (
    StageRecord(stage="ingest", key="k1", engine="av"),
    StageRecord(stage="diarise", key="k2", engine="fast", weights={"campplus": "9" * 64}, version="1"),
    StageRecord(
        stage="transcribe",
        key="k3",
        engine="ctranslate2",
        weights={"whisper-base": "d" * 64},
        version="1",
        seconds=20.0,
    ),
    StageRecord(stage="redact", key="k4", engine="patterns", version="1"),
)


def words_of(text: str, role: str, start: float, end: float, **fields: Any) -> list[Word]:
    """Words of a text with times spread evenly over `[start, end)`."""
    texts = text.split()
    step = (end - start) / max(1, len(texts))
    return [
        Word(
            text=word,
            start=round(start + n * step, 3),
            end=round(start + (n + 1) * step, 3),
            confidence=0.9,
            role=role,
            speaker=f"SPEAKER_0{'IP'.find(role[0])}",
            **fields,
        )
        for n, word in enumerate(texts)
    ]


def typed(turns: list[tuple[str, str]], identifier: str = "T01") -> Document:
    """A transcript typed by hand: (role, text) turns, no times."""
    words = [Word(text=text, role=role) for role, said in turns for text in said.split()]
    return Document(id=identifier, source="typed", words=tuple(words), records=RECORDS[-1:])


def spoken(turns: list[tuple[str, str]], identifier: str = "P00", seconds_per_word: float = 0.4) -> Document:
    """A recording: (role, text) turns one after the other."""
    words: list[Word] = []
    at = 0.5
    for role, text in turns:
        length = len(text.split()) * seconds_per_word
        words += words_of(text, role, at, at + length)
        at += length + 0.5
    return Document(
        id=identifier,
        recording=RECORDING.model_copy(update={"duration": round(at + 1.0, 3)}),
        words=tuple(words),
        records=RECORDS,
    )


def redacted(document: Document, *spans: tuple[int, int, str, str], **fields: Any) -> Document:
    """A copy with redactions (first, last, category, replacement) added, each an entity of its own."""
    redactions, entities = list(document.redactions), list(document.entities)
    for first, last, category, replacement in spans:
        number = len(redactions) + 1
        form = " ".join(word.text for word in document.words[first : last + 1]).strip(".,?!'\"")
        entities.append(Entity(id=f"E{number}", category=category, forms=(form,), replacement=replacement))  # type: ignore[arg-type]
        redactions.append(
            Redaction(
                id=f"R{number}",
                category=category,  # type: ignore[arg-type]
                entity=f"E{number}",
                first=first,
                last=last,
                replacement=replacement,
                method="test",
                **fields,
            )
        )
    return document.with_(redactions=tuple(redactions), entities=tuple(entities))


def invented() -> Document:
    """A short invented interview with everything that the notation has. Names are invented, too."""
    document = spoken(
        [
            ("I", "So, um, can you tell me a bit about how you and your peer support worker first met?"),
            ("P", "Yeah. Erm, it was Will who rang me, I'd just come off the ward and I- I didn't want to see any-"),
            ("I", "Mm-hm."),
            ("P", "anyone really. And he said 'come on, Hope, just a coffee', so we went to Eye, to the café,"),
            ("I", "Right."),
            ("P", "and we just sat there. I didn't say a word for -- I don't know, half an hour maybe."),
            ("I", "What was that like for you, just sitting?"),
            ("P", "Safe. It sounds daft but it was the first time anybody hadn't wanted something off me."),
        ],
        identifier="P00",
    )
    words = list(document.words)
    index = {word.text: n for n, word in enumerate(words)}
    for n in (index["Mm-hm."], index["Right."]):
        words[n] = words[n].model_copy(update={"flags": ("backchannel",)})
    for n in range(index["maybe."] - 3, index["maybe."] + 1):
        words[n] = words[n].model_copy(update={"flags": ("overlap",)})
    words[index["daft"]] = words[index["daft"]].model_copy(update={"confidence": 0.1})
    events = (
        Event(kind="pause", before_word=index["Safe."], start=41.0, end=45.2),
        Event(kind="pause", before_word=index["just"] + 1, start=21.0, end=21.4),
        Event(kind="unclear", before_word=index["really."] + 1, start=19.0, end=21.5, role="P"),
        Event(kind="nonverbal", before_word=index["first"], text="laughs", role="P"),
        Event(kind="nonverbal", before_word=len(words), text="phone rings"),
    )
    document = document.with_(words=tuple(words), events=events)
    return redacted(
        document,
        (index["Will"], index["Will"], "PERSON", "[PSW]"),
        (index["Hope,"], index["Hope,"], "PERSON", "[participant]"),
        (index["Eye,"], index["Eye,"], "PLACE", "[town]"),
    ).with_(
        redactions=tuple(
            r.model_copy(update={"tail": "," if r.replacement != "[PSW]" else ""})
            for r in redacted(
                document,
                (index["Will"], index["Will"], "PERSON", "[PSW]"),
                (index["Hope,"], index["Hope,"], "PERSON", "[participant]"),
                (index["Eye,"], index["Eye,"], "PLACE", "[town]"),
            ).redactions
        )
    )


def _marked(marked: str) -> list[tuple[str, str, int, str, str]]:
    """(kind, text, group, lead, tail) of a marked reference: words, identifiers by group, non-verbals, pauses.

    Lead and tail are what stands around an identifier in the same word ("[[PERSON|Jo]]'s," has the tail "'s,").
    """
    pieces: list[tuple[str, str, int, str, str]] = []
    marks = list(MARK.finditer(marked))
    at, lead = 0, ""
    for group, match in enumerate(marks, start=1):
        before = marked[at : match.start()]
        lead = "" if not match[1] or not before or before[-1].isspace() else before.split()[-1]
        words = before.split()[: -1 if lead else None]
        pieces += [("word", word, 0, "", "") for word in words]
        at = match.end()
        if match[1]:
            tail = re.match(r"\S*", marked[at:])[0]  # type: ignore[index]
            at += len(tail)
            texts = match[2].split()
            texts[0], texts[-1] = lead + texts[0], texts[-1] + tail
            pieces += [(match[1], text, group, lead, tail) for text in texts]
        elif match[3]:
            pieces.append(("nonverbal", match[3], 0, "", ""))
        else:
            pieces.append(("pause", match[4], 0, "", ""))
    return pieces + [("word", word, 0, "", "") for word in marked[at:].split()]


def reference(name: str = INTERVIEWS[0], *, repeat: int = 1) -> Document:
    """A document as the pipeline would make it from an annotated interview, `repeat` times over."""
    data = annotated.reference(name)
    words: list[Word] = []
    events: list[Event] = []
    redactions: list[Redaction] = []
    for round_ in range(repeat):
        shift = round_ * data["duration"]
        for turn in sorted(data["turns"], key=lambda t: t["start"]):
            pieces = _marked(turn["marked"])
            spoken_pieces = [piece for piece in pieces if piece[0] not in ("nonverbal", "pause")]
            step = (turn["end"] - turn["start"]) / max(1, len(spoken_pieces))
            flags = ("backchannel",) if turn["overlap"] else ()
            at, last_group = turn["start"] + shift, 0
            for kind, text, group, lead, tail in pieces:
                if kind in ("nonverbal", "pause"):
                    long = float(text) if kind == "pause" else 0.0
                    events.append(
                        Event(
                            kind=kind,  # type: ignore[arg-type]
                            before_word=len(words),
                            start=round(at, 3),
                            end=round(at + long, 3),
                            role=turn["speaker"],
                            text="" if kind == "pause" else text,
                        )
                    )
                    continue
                if group and group != last_group:
                    number = len(redactions) + 1
                    redactions.append(
                        Redaction(
                            id=f"R{number}",
                            category=kind,  # type: ignore[arg-type]
                            entity=f"E{number}",
                            first=len(words),
                            last=len(words),
                            replacement=STANDS_FOR.get(kind, "[removed]"),
                            lead=lead,
                            tail=tail,
                            action="flag" if kind == "QUASI" else "replace",
                            method="reference",
                        )
                    )
                elif group:
                    redactions[-1] = redactions[-1].model_copy(update={"last": len(words)})
                last_group = group
                words.append(
                    Word(
                        text=text,
                        start=round(at, 3),
                        end=round(at + step, 3),
                        confidence=0.9,
                        role=turn["speaker"],
                        speaker=f"SPEAKER_0{'IP'.find(turn['speaker'])}",
                        flags=flags,  # type: ignore[arg-type]
                    )
                )
                at += step
    document = Document(
        id=name,
        recording=RECORDING.model_copy(update={"duration": data["duration"] * repeat}),
        words=tuple(words),
        events=tuple(events),
        redactions=tuple(redactions),
        records=RECORDS,
    )
    return _in_time(document)


def _in_time(document: Document) -> Document:
    """The same with every backchannel between the words that it was spoken between, as a recogniser has it."""
    order = [n for n, word in enumerate(document.words) if not word.flags]
    starts = [document.words[n].start or 0.0 for n in order]
    inserted = sorted(
        (bisect.bisect_left(starts, document.words[n].start or 0.0), n)
        for n, word in enumerate(document.words)
        if word.flags
    )
    for shift, (position, n) in enumerate(inserted):
        order.insert(position + shift, n)
    new = {old: position for position, old in enumerate(order)} | {len(order): len(order)}
    return document.with_(
        words=tuple(document.words[n] for n in order),
        events=tuple(e.model_copy(update={"before_word": new[e.before_word]}) for e in document.events),
        redactions=tuple(
            r.model_copy(update={"first": new[r.first], "last": new[r.last]}) for r in document.redactions
        ),
    )
