"""JSON for programs (contract C3)."""

from __future__ import annotations

import functools
import io
import json
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from pipeline.exporters.base import ExportContext, Line, NumberedTranscript, NumberedTurn, Segment

_encode = json.JSONEncoder(ensure_ascii=False, indent=1).encode


def write(transcript: NumberedTranscript, context: ExportContext) -> bytes:
    """`{"id", "version", "lines": [...], "turns": [...]}`, UTF-8; times in seconds, null where unknown.

    A turn's `tokens` are its segments in order; a replacement such as `[friend 1]` is one token with its category.
    """
    meta = transcript.meta
    data = {
        "id": transcript.id,
        "study": context.study,
        "version": transcript.version,
        "hash": transcript.short_hash,
        "width": transcript.width,
        "duration": meta.duration,
        "words": meta.word_count,
        "tool_version": meta.tool_version,
        "redaction": {
            "status": meta.redaction_status,
            "replaced": dict(meta.replaced),
            "flagged": dict(meta.flagged),
        },
        "notation": {"name": meta.notation_name, "key": [{"mark": m, "meaning": what} for m, what in meta.notation]},
    }
    token = functools.cache(lambda segment, role: _encode(_token(segment, role)))  # most words are said many times
    out = io.BytesIO()  # row by row: all rows at once take ten times the file
    out.write(f'{_encode(data)[:-2]},\n "lines": '.encode())
    out.writelines(_rows((_encode(_line(line)) for line in transcript.lines), depth=1))
    out.write(b',\n "turns": ')
    out.writelines(_rows((_turn(turn, token) for turn in transcript.turns), depth=1))
    out.write(b"\n}\n")
    return out.getvalue()


def _rows(rows: Iterable[str], depth: int) -> Iterator[bytes]:
    """A list of encoded values, as the encoder lays it out `depth` levels deep."""
    ends, inner = "\n" + " " * depth, "\n" + " " * (depth + 1)
    empty = True
    for row in rows:
        yield (("[" if empty else ",") + inner + row.replace("\n", inner)).encode()
        empty = False
    yield b"[]" if empty else f"{ends}]".encode()


def _time(value: float | None) -> float | None:
    return None if value is None else round(value, 3)


def _line(line: Line) -> dict[str, Any]:
    row: dict[str, Any] = {
        "line": line.number,
        "turn": line.turn,
        "role": line.role,
        "start": _time(line.start),
        "end": _time(line.end),
        "text": line.text,
        "char_start": line.char_start,
        "char_end": line.char_end,
    }
    if line.suffix:
        row["label"] = line.label
    return row


def _turn(turn: NumberedTurn, token: Callable[[Segment, str], str]) -> str:
    row = {
        "turn": turn.id,
        "role": turn.role,
        "start": _time(turn.start),
        "end": _time(turn.end),
        "text": turn.text,
        "lines": [line.label for line in turn.lines],
    }
    tokens = b"".join(_rows((token(segment, turn.role) for segment in turn.segments), depth=1)).decode()
    return f'{_encode(row)[:-2]},\n "tokens": {tokens}\n}}'


def _token(segment: Segment, role: str) -> dict[str, Any]:
    token: dict[str, Any] = {"text": segment.text, "kind": segment.kind}
    if segment.category is not None:
        token["category"] = segment.category
    if segment.start is not None:
        token |= {"start": _time(segment.start), "end": _time(segment.end)}
    if segment.role != role:
        token["role"] = segment.role
    if segment.glued:
        token["glued"] = True
    return token
