"""What the exchange formats share: a time for every line, text that old programs can read, and identifiers that are
the same at every export.

The numbered line is the unit in all of them: a cue, an annotation, a row or a paragraph is one line, so that a
passage found in NVivo or ELAN can be cited by the numbers of the printed transcript.
"""

from __future__ import annotations

import re
import unicodedata
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pipeline.core.errors import UsageProblem
from pipeline.exporters.base import ExportContext
from pipeline.transcript.numbered import Line, NumberedTranscript

STAMP = "2000-01-01T00:00:00+00:00"
"""Written where a format requires a date: the real one could reveal when the interview took place, and would make
every export differ."""

NAMESPACE = uuid.uuid5(uuid.NAMESPACE_DNS, "ipa-transcripts.example.com")
"""Root of all identifiers (RFC 9562, version 5)."""

_PLAIN = {
    "‘": "'", "’": "'", "‚": "'", "‛": "'", "′": "'", "“": '"', "”": '"', "„": '"', "″": '"', "«": '"', "»": '"',
    "‐": "-", "‑": "-", "‒": "-", "–": "-", "—": "-", "―": "-", "−": "-", "…": "...", "\u00a0": " ", "\u202f": " ",
    "\u2009": " ", "•": "*", "·": "*", "×": "x", "÷": "/", "£": "GBP ", "€": "EUR ", "½": "1/2", "¼": "1/4",
    "¾": "3/4", "ß": "ss", "æ": "ae", "Æ": "AE", "œ": "oe", "Œ": "OE", "ø": "o", "Ø": "O", "đ": "d", "Đ": "D",
    "ð": "d", "Ð": "D", "þ": "th", "Þ": "Th", "ł": "l", "Ł": "L", "ı": "i", "°": " degrees", "©": "(c)", "™": "(TM)",
}  # fmt: skip
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True)
class TimedLine:
    """A line whose times are known: whole milliseconds from the start of the recording, `start < end`."""

    line: Line
    start: int
    end: int


def timed_lines(transcript: NumberedTranscript) -> list[TimedLine]:
    """Every line in order with its times; a line that has none gets the gap between its neighbours.

    Raises:
        UsageProblem: no line has a time (a transcript typed by hand).
    """
    if transcript.lines and all(line.start is None for line in transcript.lines):
        raise UsageProblem(
            "this transcript was typed by hand and has no times, so it cannot be written in this format",
            hint="choose a format without times, for example --format docx, txt, qdpx or taguette",
        )
    spans = filled([(line.start, line.end) for line in transcript.lines])
    return [TimedLine(line, *span) for line, span in zip(transcript.lines, spans, strict=True)]


def filled(spans: Sequence[tuple[float | None, float | None]]) -> list[tuple[int, int]]:
    """Seconds as whole milliseconds with `start < end`; an unknown span gets the gap between its neighbours."""
    result: list[tuple[int, int]] = []
    for n, (start, end) in enumerate(spans):
        first = round(max(0.0, start) * 1000) if start is not None else (result[-1][1] if result else 0)
        if end is None:
            following = next((s for s, _ in spans[n + 1 :] if s is not None), None)
            last = round(following * 1000) if following is not None else first
        else:
            last = round(end * 1000)
        result.append((first, max(last, first + 1)))
    return result


def apart(rows: Iterable[TimedLine]) -> list[TimedLine]:
    """Lines in order of time and without overlap: an annotation tier holds one thing at a time.

    An end that reaches into the next line is cut; two lines that begin together are set a millisecond apart.
    """
    ordered = sorted(rows, key=lambda row: row.start)
    starts: list[int] = []
    for row in ordered:
        starts.append(max(row.start, starts[-1] + 1) if starts else row.start)
    limits = [*starts[1:], None][: len(starts)]
    return [
        TimedLine(row.line, start, max(start + 1, row.end if limit is None else min(row.end, limit)))
        for row, start, limit in zip(ordered, starts, limits, strict=True)
    ]


def chronological(rows: Iterable[TimedLine]) -> list[TimedLine]:
    """Lines in the order of the page, none starting before the one above it: some programs refuse times that go back,
    and sorting by time would put the line numbers out of order."""
    result: list[TimedLine] = []
    for row in rows:
        start = max(row.start, result[-1].start) if result else row.start
        result.append(TimedLine(row.line, start, max(row.end, start + 1)))
    return result


def opens_turn(transcript: NumberedTranscript) -> list[bool]:
    """For every line whether it is the first of its turn."""
    lines = transcript.lines
    return [n == 0 or lines[n - 1].turn != line.turn for n, line in enumerate(lines)]


def line_range(labels: Sequence[str]) -> str:
    """ "214" or "214-219"."""
    return labels[0] if labels[0] == labels[-1] else f"{labels[0]}-{labels[-1]}"


def ascii_text(text: str) -> str:
    """`text` in ASCII wherever a plain equivalent exists (curly quotes, dashes, accents); the rest stays.

    Some programs read UTF-8 as Windows-1252. Plain quotes survive that; text in other scripts is kept and may be
    garbled there.
    """
    result = []
    for char in text:
        plain = char if char.isascii() else _PLAIN.get(char)
        if plain is None:
            base = "".join(c for c in unicodedata.normalize("NFKD", char) if not unicodedata.combining(c))
            plain = base if base.isascii() else char
        result.append(plain)
    return "".join(result)


def old_style_bytes(text: str, newline: str) -> bytes:
    """Text for Windows programs: ASCII where it can be, with a byte order mark only where it cannot."""
    body = ascii_text(text).replace("\n", newline)
    return body.encode("ascii") if body.isascii() else body.encode("utf-8-sig")


def xml_text(text: str) -> str:
    """`text` without the characters XML 1.0 forbids."""
    return _NOT_XML.sub("", text)


def guid(*parts: str) -> str:
    """An identifier that depends on `parts` alone (UUID version 5)."""
    return str(uuid.uuid5(NAMESPACE, "\x1f".join(parts)))


def audio_name(context: ExportContext) -> str | None:
    """The name of the listening copy beside the exported file, None where no sound was asked for.

    Raises:
        UsageProblem: sound was asked for and there is no listening copy.
    """
    if not context.with_audio:
        return None
    if context.audio is None:
        raise UsageProblem(
            "there is no listening copy with the identifiers silenced to put with the transcript",
            hint="run `ipa emit ID --audio` first, or leave out --with-audio",
        )
    return context.audio.name
