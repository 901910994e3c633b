"""The report of a whole study: all interviews on one HTML page. Figures, ids and versions only: no text, no names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from statistics import median

from pipeline.report.model import Report
from pipeline.report.page import table, tied
from pipeline.report.style import CSS
from pipeline.report.words import category_name, count, length, listed, percent, sentence

POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
WIDE = "main,header.top,footer{width:min(78rem,100%)}.pick{margin-top:1.4rem;user-select:all;-webkit-user-select:all}"


@dataclass(frozen=True)
class Row:
    """One interview. `review` is its state in words; `models` names speech weights; `settings` the hash of its
    settings; `logged` is the day of its last run."""

    report: Report
    review: str
    models: tuple[str, ...]
    settings: str
    program: str
    logged: str


def render(rows: Sequence[Row], unreadable: Sequence[str], study: str) -> bytes:
    """The page, UTF-8.

    Args:
        rows: in the order of their ids.
        unreadable: ids whose files could not be read.
        study: the study code, if there is one.
    """
    sections = [
        ("Interviews", _interviews(rows)),
        ("What was replaced", _replaced(rows)),
        ("For the methods chapter", _methods(rows)),
        ("How they were made", _made(rows)),
    ]
    body = "".join(f"<section><h2>{escape(title)}</h2>{html}</section>" for title, html in sections if html)
    left = ""
    if unreadable:
        which = escape(listed(list(unreadable)))
        left = f'<p class="hint">Not shown, because their report is missing or of another version: {which}. '
        left += "Run <code>ipa emit ID</code> for each.</p>"
    title = f"Study {study}" if study else "Study report"
    facts = [count(len(rows), "interview"), *_total_facts(rows)]
    head = (
        f'<header class="top"><p class="eyebrow">All interviews</p><h1>{escape(title)}</h1>'
        f'<p class="facts">{"".join(f"<span>{tied(fact)}</span>" for fact in facts)}</p></header>'
    )
    page = (
        '<!DOCTYPE html>\n<html lang="en-GB">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<meta name="color-scheme" content="light dark">\n<title>{escape(title)}</title>\n'
        f"<style>{CSS}{WIDE}</style>\n</head>\n<body>\n{head}\n<main>{left}{body}</main>\n"
        "<footer><p>Pseudonymised, not anonymous: while recordings, keys or consent forms exist, these are personal "
        "data.</p></footer>\n</body>\n</html>\n"
    )
    return page.encode("utf-8")


def _total_facts(rows: Sequence[Row]) -> list[str]:
    recorded = [r.report.duration for r in rows if r.report.duration is not None]
    facts = [length(sum(recorded)) + " of recording"] if recorded else []
    return [*facts, count(sum(r.report.words for r in rows), "word")]


def _participants(report: Report) -> float | None:
    """The participants' share of the words."""
    people = [s for s in report.speakers if s.role.startswith("P")]
    return sum(s.word_share for s in people) if people else None


def _quality(report: Report) -> str:
    """The worst grade of the sound, and what has it."""
    for grade in ("poor", "fair"):
        what = [name for name, _, g in report.quality_verdicts if g == grade]
        if what:
            return f'<span class="grade {grade}">{grade}</span> <small>{escape(listed(what).lower())}</small>'
    return '<span class="grade good">good</span>' if report.quality_verdicts else "–"


def _figures(report: Report) -> list[str]:
    """Length, words, the participant's share, lines, unclear places, replaced, flagged, to look at."""
    share = _participants(report)
    return [
        length(report.duration) if report.duration is not None else "typed",
        f"{report.words:,}",
        percent(share) if share is not None else "–",
        f"{report.lines:,}",
        str(report.coverage.unclear) if report.coverage else "–",
        f"{sum(r.replaced for r in report.redactions):,}",
        f"{sum(r.flagged for r in report.redactions):,}",
        f"{len(report.attention) + report.attention_left_out:,}",
    ]


def _interviews(rows: Sequence[Row]) -> str:
    if not rows:
        return '<p class="empty">There is no finished transcript yet.</p>'
    titles = ["", "Length", "Words", "Participant", "Lines", "Unclear", "Replaced", "Flagged", "To look at", "Sound"]
    titles += ["Review", "Lines' version"]
    cells = [
        [
            f"<strong>{escape(row.report.id)}</strong>",
            *map(tied, _figures(row.report)),
            _quality(row.report),
            escape(row.review),
            f"{escape(row.report.version)} <code>{escape(row.report.short_hash)}</code>",
        ]
        for row in rows
    ]
    hint = (
        "“To look at” counts the places that the interview's own report lists; “Participant” is their share of words."
    )
    return f'<p class="hint">{hint}</p>' + table(titles, cells, range(1, 9))


def _replaced(rows: Sequence[Row]) -> str:
    kinds = list(dict.fromkeys(r.category for row in rows for r in row.report.redactions if r.replaced or r.flagged))
    if not kinds:
        return ""
    cells = []
    for kind in kinds:
        found = [[r for r in row.report.redactions if r.category == kind] for row in rows]
        replaced, flagged = (sum(getattr(r, what) for rs in found for r in rs) for what in ("replaced", "flagged"))
        holding = sum(any(r.replaced or r.flagged for r in rs) for rs in found)
        cells.append(
            [escape(sentence(category_name(kind))), f"{replaced:,}", f"{flagged:,}", f"{holding} of {len(rows)}"]
        )
    return table(["", "Replaced", "Flagged", "Interviews"], cells, range(1, 4))


def _methods(rows: Sequence[Row]) -> str:
    """A plain table to copy, with sums, and a sentence."""
    if not rows:
        return ""
    titles = ["Interview", "Length", "Words", "Participant's share", "Turns", "Details replaced", "Checked"]
    cells = []
    for row in rows:
        report, share = row.report, _participants(row.report)
        minutes = f"{report.duration / 60:.0f} min" if report.duration is not None else "typed"
        cells.append(
            [
                escape(report.id),
                minutes,
                f"{report.words:,}",
                percent(share) if share is not None else "–",
                f"{report.turns:,}",
                f"{sum(r.replaced for r in report.redactions):,}",
                escape(row.review),
            ]
        )
    lengths = [row.report.duration for row in rows if row.report.duration is not None]
    words = [row.report.words for row in rows]
    said = f"{count(len(rows), 'interview')} with {count(sum(words), 'word')} were transcribed"
    if lengths:
        said += f" from {length(sum(lengths))} of recording"
        if len(lengths) > 1:
            said += f" (from {length(min(lengths))} to {length(max(lengths))}, median {length(median(lengths))})"
    total = sum(r.replaced for row in rows for r in row.report.redactions)
    said += f"; {count(total, 'detail')} that could identify a person {'was' if total == 1 else 'were'} replaced."
    hint = "Click to select, then copy."
    return (
        f'<p class="hint">{hint}</p><div class="text"><p>{tied(said)}</p></div>'
        f'<div class="pick">{table(titles, cells, range(1, 6))}</div>'
    )


def _made(rows: Sequence[Row]) -> str:
    if not rows:
        return ""
    several = [
        f"{len(found)} {what}"
        for what, found in (
            ("versions of the program", {row.program for row in rows}),
            ("sets of speech weights", {row.models for row in rows if row.models}),
            ("sets of settings", {row.settings for row in rows}),
        )
        if len(found) > 1
    ]
    hint = "All interviews were made alike: one version, one set of weights, the same settings."
    if several:
        hint = f"Not all interviews were made alike: {listed(several)}. Say so, or run them again."
    cells = [
        [
            f"<strong>{escape(row.report.id)}</strong>",
            escape(row.program),
            escape(", ".join(row.models)) or "–",
            f"<code>{escape(row.settings[:12])}</code>",
            escape(row.logged) or "not in the log",
        ]
        for row in rows
    ]
    return f'<p class="hint">{hint}</p>' + table(["", "Program", "Speech weights", "Settings", "Last run"], cells)
