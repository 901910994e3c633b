"""outputs/batch-report.html: what became of each recording, on one page. It names recordings by their ids only."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from html import escape
from pathlib import Path

from pipeline import __version__
from pipeline.batch.ledger import Entry, Ledger, nameless
from pipeline.batch.plan import Row
from pipeline.core.clock import clock
from pipeline.core.paths import write_text
from pipeline.report.page import table
from pipeline.report.style import CSS
from pipeline.report.words import count, length, listed

NAME = "batch-report.html"
STAGES = ("ingest", "diarise", "transcribe", "redact", "emit")
STATES = {
    "failed": "failed", "stopped": "not finished", "waiting": "not begun", "done": "done", "skipped": "done before",
}  # fmt: skip
"""In the order of the page: what somebody has to see to comes first."""
GRADES = {"failed": "poor", "stopped": "fair", "waiting": "fair", "done": "good", "skipped": "good"}
POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"


def write(path: Path, rows: Sequence[tuple[Path, Row]], ledger: Ledger, began: float) -> None:
    """Write the page, 0600.

    Args:
        path: where.
        rows: (recording, what became of it).
        ledger: knows attempts and the time of every stage.
        began: when the batch began, seconds since 1970.
    """
    order = list(STATES)
    ranked = sorted(rows, key=lambda pair: (order.index(pair[1].status), pair[1].id or "~"))
    write_text(path, _page(ranked, ledger, path.parent, began), private=True)


def _page(rows: Sequence[tuple[Path, Row]], ledger: Ledger, outputs: Path, began: float) -> str:
    counts = Counter(row.status for _, row in rows)
    said = [f"{counts[state]} {word}" for state, word in STATES.items() if counts[state]]
    known = {row.sha256: ledger.get(row.sha256) for _, row in rows if row.sha256}
    sound = sum(entry.length or 0.0 for entry in known.values() if entry is not None)
    period = f"{_day(began)} to {_day(time.time())}"
    facts = " ".join(f"<span>{escape(text)}</span>" for text in (count(len(rows), "recording"), length(sound), period))
    troubled = [pair for pair in rows if pair[1].status in ("failed", "stopped", "waiting")]
    sections = [
        ("What needs a look", _trouble(troubled, outputs)) if troubled else ("", ""),
        ("Every recording", _all(rows, known, ledger)),
    ]
    body = "".join(f"<section><h2>{title}</h2>{html}</section>" for title, html in sections if html)
    return (
        f'<!DOCTYPE html>\n<html lang="en-GB">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n<title>Batch report</title>\n'
        f"<style>{CSS}</style>\n</head>\n<body>\n"
        f'<header class="top"><p class="eyebrow">Batch report</p><h1>{escape(_verdict(counts))}</h1>'
        f'<p class="facts">{facts}</p></header>\n'
        f'<main><div class="lead"><p>{escape(listed(said) or "There was nothing to do")}.</p></div>{body}</main>\n'
        f"<footer><p>Made by ipa-transcripts {escape(__version__)} on this computer. Recordings appear by their ids; "
        "the page holds no name of a file and nothing that was said, and loads nothing from the network.</p></footer>\n"
        "</body>\n</html>\n"
    )


def _verdict(counts: Counter[str]) -> str:
    if counts["failed"]:
        return f"{count(counts['failed'], 'recording')} failed"
    left = counts["stopped"] + counts["waiting"]
    return f"{count(left, 'recording')} left over" if left else "All done"


def _trouble(rows: Sequence[tuple[Path, Row]], outputs: Path) -> str:
    shown = []
    for source, row in rows:
        what, _, hint = nameless(row.message, source, row.id, outputs).partition("\n  Next: ")
        what = what.removeprefix("…: ")
        after = f'<span class="detail">{escape(hint)}</span>' if hint else ""
        shown.append([_name(source, row), _state(row), f"{escape(what)}{after}"])
    hint = '<p class="hint">The same command goes on with what is left; nothing that is done is done again.</p>'
    return hint + table(("recording", "", "what happened, and what to do"), shown, css="look")


def _all(rows: Sequence[tuple[Path, Row]], known: dict[str, Entry | None], ledger: Ledger) -> str:
    shown = []
    for source, row in rows:
        entry = known.get(row.sha256)
        stages = ledger.stages(row.sha256) if entry else {}
        cells = [_seconds(*stages.get(stage, ("", None))) for stage in STAGES]
        sound = clock(entry.length) if entry and entry.length else ""
        tries = str(ledger.attempts(row.sha256) or "") if entry else ""
        shown.append([_name(source, row), _state(row), sound, tries, *cells])
    titles = ("recording", "", "length", "attempts", *STAGES)
    hint = '<p class="hint">Times of the stages are in minutes and seconds, from when each last ran.</p>'
    return hint + table(titles, shown, numbers=range(2, len(titles)))


def _name(source: Path, row: Row) -> str:
    """The id; without one, what tells the file apart without its name."""
    if row.id:
        return f"<strong>{escape(row.id)}</strong>"
    try:
        facts = source.stat()
    except OSError:
        return "a file without an id"
    return f"a file without an id<small> ({facts.st_size / 1e6:.1f} MB, changed {_day(facts.st_mtime)})</small>"


def _state(row: Row) -> str:
    return f'<span class="grade {GRADES[row.status]} nowrap">{escape(STATES[row.status])}</span>'


def _seconds(state: str, seconds: float | None) -> str:
    if state == "failed":
        return '<span class="grade poor">failed</span>'
    if state == "running":
        return "broke off"
    if seconds is None:
        return "done" if state else ""
    return f"{round(seconds) // 60}:{round(seconds) % 60:02d}"


def _day(at: float) -> str:
    return time.strftime("%d %b %Y, %H:%M", time.localtime(at)).lstrip("0")
