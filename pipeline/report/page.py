"""The report as one HTML file: styles and picture inside, a script for the tick boxes, nothing loaded from outside."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from html import escape

from pipeline.core.clock import clock
from pipeline.report import ticks
from pipeline.report.model import Attention, CategoryCount, Report, SpeakerFigures
from pipeline.report.picture import draw
from pipeline.report.style import CSS
from pipeline.report.words import count, length, lines_text, percent, sentence

POLICY = (
    f"default-src 'none'; style-src 'unsafe-inline'; script-src {ticks.SOURCE}; base-uri 'none'; form-action 'none'"
)
STAGE_NAMES = {
    "ingest": "Opening the recording", "diarise": "Telling speakers apart", "transcribe": "Recognising speech",
    "redact": "Replacing identifiers", "review": "Review by a person", "emit": "Writing files",
}  # fmt: skip


_UNIT = re.compile(r"(?<=\d) (?=(?:s|min|h|dB|dBFS|kHz)\b)")


def tied(text: str) -> str:
    """`text` as HTML, without a line break between a number and its unit."""
    return escape(_UNIT.sub("\u00a0", text))


def render(report: Report) -> bytes:
    """The page, UTF-8."""
    sections = [
        ("picture", "The interview at a glance", _picture(report)),
        ("look", "What still needs a look", _look(report)),
        ("speakers", "Who spoke", _speakers(report)),
        ("silence", "Pauses and overlaps", _silence(report)),
        ("recording", "Recording and recognition", _recording(report)),
        ("replaced", "What was replaced", _replaced(report)),
        ("together", "What remains, taken together", _remaining(report)),
        ("methods", "For the methods chapter", _methods(report)),
        ("ethics", "For the ethics form", _ethics(report)),
        ("made", "How it was made", _made(report)),
    ]
    shown = [(key, title, body) for key, title, body in sections if body]
    nav = "".join(f'<a href="#{key}">{escape(title)}</a>' for key, title, _ in shown)
    body = "".join(f'<section id="{key}"><h2>{escape(title)}</h2>{html}</section>' for key, title, html in shown)
    page = (
        f'<!DOCTYPE html>\n<html lang="en-GB">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<meta name="color-scheme" content="light dark">\n<title>{escape(report.id)}: interview report</title>\n'
        f'<style>{CSS}</style>\n</head>\n<body data-transcript="{escape(report.id)} {escape(report.short_hash)}">\n'
        f"{_head(report)}\n<main>{_lead(report)}<nav>{nav}</nav>{body}</main>\n{_foot(report)}\n"
        f"<script>{ticks.SCRIPT}</script>\n</body>\n</html>\n"
    )
    return page.encode("utf-8")


def _head(report: Report) -> str:
    facts = [
        *([length(report.duration)] if report.duration is not None else ["typed by hand"]),
        count(report.words, "word"), count(report.turns, "turn"), count(report.lines, "line"),
        f"{report.version} ({report.short_hash})",
    ]  # fmt: skip
    row = " ".join(f"<span>{escape(fact)}</span>" for fact in facts)
    return (
        f'<header class="top"><p class="eyebrow">Interview report</p><h1>{escape(report.id)}</h1>'
        f'<p class="facts">{row}</p><p class="status">{escape(sentence(report.status))}</p></header>'
    )


def _lead(report: Report) -> str:
    return f'<div class="lead"><p>{tied(" ".join(report.summary))}</p></div>'


def _foot(report: Report) -> str:
    return (
        f"<footer><p>Made by {escape(report.program)} on this computer. The page holds no original of anything that "
        "was replaced, and loads nothing from the network. The same figures are in report.json.</p></footer>"
    )


def table(titles: Sequence[str], rows: Iterable[Sequence[str]], numbers: Iterable[int] = (), css: str = "") -> str:
    """A table of cells that are HTML already; columns in `numbers` are right-aligned."""
    right = set(numbers)

    def cells(row: Sequence[str], tag: str) -> str:
        return "".join(f"<{tag}{' class=n' if n in right else ''}>{cell}</{tag}>" for n, cell in enumerate(row))

    head = f"<thead><tr>{cells([escape(t) for t in titles], 'th')}</tr></thead>"
    body = "".join(f"<tr>{cells(row, 'td')}</tr>" for row in rows)
    return f'<div class="scroll"><table class="{css}">{head}<tbody>{body}</tbody></table></div>'


def _picture(report: Report) -> str:
    svg = draw(report)
    if not svg:
        return '<p class="empty">There is no speech to draw.</p>'
    hint = "Each row is read from left to right, like a line of text. Hover over a shape for its time and lines."
    if report.timeline.unit == "words":
        hint = (
            "A transcript typed by hand has no times, so the rows count words. Each is read from left to right, like a "
            "line of text; hover over a shape for its lines."
        )
    return f'<p class="hint">{hint}</p><figure>{svg}{_legend(report)}</figure>'


def _legend(report: Report) -> str:
    def item(shape: str, text: str) -> str:
        return f'<li><svg viewBox="0 0 22 12" aria-hidden="true">{shape}</svg>{escape(text)}</li>'

    box = '<rect class="{}" x="1" y="1" width="20" height="10" rx="2"/>'
    spoken = [s for s in report.speakers if any(span.role == s.role for span in report.timeline.speech)]
    items = [item(box.format(f"r{n % 4}"), f"{s.name} ({s.role})") for n, s in enumerate(spoken)]
    line = report.timeline
    for shape, text, there in (
        (box.format("pause"), "pause", line.pauses),
        (box.format("overlap"), "both speak", line.overlaps),
        ('<rect class="redaction" x="5" y="3" width="12" height="7" rx="1"/>', "replaced", line.redactions),
        ('<path class="unclear" d="M6 1h10l-5 9z"/>', "unclear speech", line.unclear),
    ):
        if there:
            items.append(item(shape, text))
    return f'<ul class="legend">{"".join(items)}</ul>'


def _look(report: Report) -> str:
    if not report.attention:
        return '<p class="empty">Nothing stood out. Reading it along with the recording is still the surest check.</p>'
    hint = "The most important come first. Listen to the recording at the time, look up the line in the transcript."
    if report.listening_s:
        hint += f" Listening to all of them takes about {length(max(60.0, report.listening_s))}."
    boxes = ticks.Boxes()
    rows = "".join(_look_row(item, boxes) for item in report.attention)
    more = ""
    if report.attention_left_out:
        others = count(report.attention_left_out, "less important place")
        more = f'<p class="hint">{others} of the same kinds not listed.</p>'
    head = '<thead><tr><th class="rank"></th><th>What</th><th>Where</th><th class="done">Done</th></tr></thead>'
    return (
        f'<p class="hint">{tied(hint)}</p>{ticks.note()}<div class="scroll"><table class="look">{head}'
        f"<tbody>{rows}</tbody></table></div>{more}"
    )


def _look_row(item: Attention, boxes: ticks.Boxes) -> str:
    time = clock(item.start) if item.start is not None else ""
    lines = sentence(lines_text(item.lines))
    where = f"{time}<small>{escape(lines)}</small>" if time else escape(lines) or "whole interview"
    box = boxes.box(f"Entry {item.rank} is done", item.kind, time, item.lines)
    return (
        f'<tr id="look-{item.rank}"><td class="rank n">{item.rank}</td>'
        f'<td><span class="dot {item.kind}"></span><strong>{escape(item.title)}</strong>'
        f'<span class="detail">{tied(item.detail)}</span></td>'
        f'<td class="where">{where}</td><td class="done">{box}</td></tr>'
    )


def _speakers(report: Report) -> str:
    people = [s for s in report.speakers if s.words or s.seconds]
    if not people:
        return '<p class="empty">There is no speech.</p>'
    order = {s.role: n for n, s in enumerate(report.speakers)}

    def share(s: SpeakerFigures) -> float:
        return s.share if s.share is not None else s.word_share

    bar = "".join(
        f'<div class="r{order[s.role] % 4}" style="width:{100 * share(s):.2f}%" '
        f'title="{escape(s.name)} {percent(share(s))}"></div>'
        for s in people
    )
    timed = any(s.seconds is not None for s in people)
    titles = ["", "Share", *(["Speaks for"] if timed else []), "Words", "Turns", "Usual turn", "Longest turn"]
    titles += [*(["Words a minute"] if timed else []), "Um, er, mm"]
    rows = []
    for s in people:
        sure = f" <small>role {percent(s.role_confidence)} sure</small>" if s.role_confidence is not None else ""
        name = f'<span class="swatch r{order[s.role] % 4}"></span>{escape(s.name)}{sure}'
        usual = count(round(s.median_turn_words), "word")
        usual += f"<br><small>{length(s.median_turn_s)}</small>" if s.median_turn_s is not None else ""
        longest = count(s.longest_turn_words, "word") if s.longest_turn_s is None else length(s.longest_turn_s)
        longest += f"<br><small>{escape(lines_text(s.longest_turn_lines))}</small>" if s.longest_turn_lines else ""
        row = [name, percent(share(s)), *([length(s.seconds or 0.0)] if timed else []), f"{s.words:,}", f"{s.turns:,}"]
        row += [usual, longest, *([f"{s.wpm:.0f}" if s.wpm else "–"] if timed else []), f"{s.fillers:,}"]
        rows.append(row)
    return f'<div class="share" aria-hidden="true">{bar}</div>' + table(titles, rows, range(1, len(titles)))


def _tiles(rows: Iterable[tuple[str, str]]) -> str:
    tiles = "".join(f'<div class="tile"><b>{tied(value)}</b><span>{tied(text)}</span></div>' for value, text in rows)
    return f'<div class="tiles">{tiles}</div>'


def _silence(report: Report) -> str:
    if report.timeline.unit == "words":
        return ""
    talk = report.conversation
    rows = [(f"{talk.pauses:,}", f"{'pause' if talk.pauses == 1 else 'pauses'} marked, {length(talk.pause_s)} in all")]
    if talk.pauses:
        where = f", {lines_text(talk.longest_pause_lines)}" if talk.longest_pause_lines else ""
        rows.append((length(talk.longest_pause_s), f"the longest pause{where}"))
    if talk.median_answer_gap_s is not None:
        rows.append((length(talk.median_answer_gap_s), "usually pass between question and answer"))
    rows.append(
        (
            f"{talk.overlaps:,}",
            f"{'time' if talk.overlaps == 1 else 'times'} both speak, {length(talk.overlap_s)} in all",
        )
    )
    if talk.backchannels:
        rows.append((f"{talk.backchannels:,}", "short “mm-hm” inside the other's turn"))
    if talk.silence_share is not None:
        rows.append((percent(talk.silence_share), "of the recording is silence"))
    return _tiles(rows)


def _recording(report: Report) -> str:
    parts = []
    if report.quality is not None:
        rows = [
            f'<li>{escape(what)}: {tied(value)} <span class="grade {grade}">{grade}</span></li>'
            for what, value, grade in report.quality_verdicts
        ]
        rows += [f"<li>{tied(remark)}</li>" for remark in report.quality.remarks]
        parts.append(f'<div><h3>Sound</h3><ul class="plain">{"".join(rows)}</ul></div>')
    if report.coverage_sentences:
        rows = [f"<li>{tied(text)}</li>" for text in report.coverage_sentences]
        parts.append(f'<div><h3>Coverage</h3><ul class="plain">{"".join(rows)}</ul></div>')
    if report.confidence is not None:
        parts.append(f"<div><h3>How sure the recogniser was</h3>{_histogram(report.confidence.histogram)}")
        parts[-1] += (
            f"<p class=hint>Half of the words have a confidence above {report.confidence.median:.2f}; "
            f"{percent(report.confidence.below_half)} are below one half.</p></div>"
        )
    return f'<div class="columns">{"".join(parts)}</div>' if parts else ""


def _histogram(bins: Sequence[int]) -> str:
    most = max(*bins, 1)
    bars = "".join(
        f'<div{" class=low" if n < 5 else ""} style="height:{100 * value / most:.1f}%" '
        f'title="{n / 10:.1f} to {(n + 1) / 10:.1f}: {count(value, "word")}"></div>'
        for n, value in enumerate(bins)
    )
    scale = "<span>0 guess</span><span>0.5</span><span>1 sure</span>"
    return f'<div class="bars">{bars}</div><div class="scale">{scale}</div>'


def _replaced(report: Report) -> str:
    rows = [row for row in report.redactions if row.replaced or row.flagged]
    if not rows:
        return '<p class="empty">No identifying details were found, which is unusual in an interview: check again.</p>'
    most = max(max(row.replaced, row.flagged) for row in rows)

    def cells(row: CategoryCount) -> list[str]:
        number = row.replaced or row.flagged
        kind = "bar" if row.replaced else "bar flagged"
        bar = f'<span class="{kind}" style="width:{100 * number / most:.1f}%"></span>'
        return [escape(sentence(row.name)), bar, *(f"{n:,}" if n else "–" for n in (
            row.replaced, row.people_or_things, row.flagged, row.low_confidence))]  # fmt: skip

    hint = (
        "Flagged details stay readable until you decide. Every replacement is listed, without its original, in "
        "redactions.csv."
    )
    titles = ["", "", "Replaced", "Distinct", "Flagged", "Low confidence"]
    return f'<p class="hint">{hint}</p>' + table(titles, (cells(row) for row in rows), range(2, 6), "kinds")


def _remaining(report: Report) -> str:
    if report.remaining is None:
        return ""
    hint = (
        "Each of these is harmless alone. Read them as somebody would who knows the county, the kind of service, the "
        "year and how many took part: do they point to one person? If so, generalise one or two of them."
    )
    if not report.remaining:
        return f'<p class="hint">{hint}</p><p class="empty">No such detail was found.</p>'
    boxes = ticks.Boxes()
    rows = [
        [
            escape(row.topic),
            escape(row.text),
            escape(sentence(lines_text(row.lines))),
            boxes.box("Keep this detail", "keep", row.lines),
        ]
        for row in report.remaining
    ]
    signed = '<p class="hint signed">Motivated-intruder check by ______________________ on ______________</p>'
    return (
        f'<p class="hint">{hint}</p>{ticks.note()}'
        + table(["Topic", "Still readable", "Where", "Keep?"], rows, css="look")
        + signed
    )


def _methods(report: Report) -> str:
    hint = "Click to select, then copy. Fill in the blanks and cut what your examiners do not need."
    return f'<p class="hint">{hint}</p><div class="text"><p>{escape(report.methods)}</p></div>'


def _ethics(report: Report) -> str:
    rows = "".join(f"<dt>{escape(row.question)}</dt><dd>{escape(row.answer)}</dd>" for row in report.ethics)
    return f"<dl>{rows}</dl>"


def _made(report: Report) -> str:
    rows = []
    for stage in report.stages:
        models = "<br>".join(f"{escape(name)} <code>{escape(sha[:16])}</code>" for name, sha in stage.models) or "–"
        where = f"{escape(stage.engine)} {escape(stage.device)}".strip() or "–"
        rows.append([STAGE_NAMES.get(stage.stage, escape(stage.stage)), where, models])
    if not rows:
        return ""
    hint = (
        "Hashes are the first 16 characters of SHA-256; manifest.json has them whole, with versions, settings and "
        "the time each stage took."
    )
    return f'<p class="hint">{hint}</p>' + table(["Stage", "Engine", "Models"], rows)
