"""private/words.json (contract C2): what was recognised, before anything is replaced."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from pipeline.core.document import Document, Redaction


def rows(document: Document) -> Iterator[dict[str, Any]]:
    """One row per word, in spoken order; `redaction` is the category of the span that hides it, or None."""
    hidden: dict[int, Redaction] = {}
    for redaction in document.applied():
        for index in range(redaction.first, redaction.last + 1):
            hidden.setdefault(index, redaction)
    for index, word in enumerate(document.words):
        over = hidden.get(index)
        yield {
            "text": word.text,
            "start": _rounded(word.start),
            "end": _rounded(word.end),
            "speaker": word.speaker,
            "role": word.role,
            "confidence": _rounded(word.confidence),
            "redaction": over.category if over else None,
            "entity": over.entity if over else None,
        }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 3)


def pieces(document: Document) -> Iterator[bytes]:
    """The file, UTF-8, one word per line."""
    head = {"id": document.id, "duration": _rounded(document.duration)}
    yield (json.dumps(head)[:-1] + ', "words": [\n').encode("utf-8")
    encode = json.JSONEncoder(ensure_ascii=False).encode
    for number, row in enumerate(rows(document)):
        yield ((",\n" if number else "") + "  " + encode(row)).encode("utf-8")
    yield b"\n]}\n"
