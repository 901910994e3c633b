"""Plain text: every line with its number, a heading that says what it is."""

from __future__ import annotations

from pipeline.exporters.base import ExportContext, NumberedTranscript, clock, redaction_summary


def write(transcript: NumberedTranscript, context: ExportContext) -> bytes:
    """Numbered lines, the speaker before the first line of a turn, an empty line between turns. UTF-8."""
    meta = transcript.meta
    title = " ".join(part for part in (context.study, transcript.id) if part)
    head = [f"Transcript {title}  {transcript.version} {transcript.short_hash}"]
    if meta.duration is not None:
        head.append(f"Duration {clock(meta.duration)}, {meta.word_count} words")
    else:
        head.append(f"{meta.word_count} words")
    head += [f"Status: {meta.redaction_status}", f"Identifiers: {redaction_summary(transcript)}"]
    digits = max((len(line.label) for line in transcript.lines), default=1)
    names = max((len(role) for role in transcript.roles), default=1) + 1
    rows = [*head, ""]
    for turn in transcript.turns:
        if context.timestamps and turn.start is not None:
            rows.append(f"{'':>{digits}}  {'':<{names}} {clock(turn.start)}")
        for position, line in enumerate(turn.lines):
            speaker = f"{turn.role}:" if position == 0 else ""
            rows.append(f"{line.label:>{digits}}  {speaker:<{names}} {line.text}")
        rows.append("")
    if not transcript.turns:
        rows += ["(no speech)", ""]
    return context.line_ends.join(rows).encode("utf-8")
