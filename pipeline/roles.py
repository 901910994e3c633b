"""Who interviews and who is interviewed."""

from __future__ import annotations

import re
from collections.abc import Sequence

from pipeline.document import Document, Note, SpeakerRole, Word
from pipeline.keysheet import KeySheet

STUDY = re.compile(
    r"\b(record(ing|er|ed)|consent|anonym\w+|voucher|could you (just )?(tell|say)|can you tell me"
    r"|tell me (a bit|more|about)|information sheet|take part|withdraw|interview|research\w*|last (thing|question)|that's really helpful"
    r"|before we (finish|start|stop)|is there anything)\b",
    re.IGNORECASE,
)
QUESTION = re.compile(
    r"^(and |so |but |okay |right )*(what|how|when|where|who|why|which|could you|can you|would you|do you|did you"
    r"|is there|was there|were you|are you|have you|tell me)\b",
    re.IGNORECASE,
)
LOW = 0.75


def assign(
    words: Sequence[Word], document: Document, key_sheet: KeySheet | None, swap: bool
) -> tuple[list[Word], tuple[SpeakerRole, ...], list[Note]]:
    """Words with their role set, the role of each speaker, and notes about it.

    Args:
        words: with speakers, in spoken order.
        document: its turns name speakers who say no word.
        key_sheet: names that tell who is addressed.
        swap: exchange I and P.
    """
    speakers = list(dict.fromkeys([w.speaker for w in words if w.speaker] + [t.speaker for t in document.turns]))
    said = {speaker: [w for w in words if w.speaker == speaker] for speaker in speakers}
    total = max(1, len(words))
    scores: dict[str, float] = {}
    for speaker, own in said.items():
        text = " ".join(w.text for w in own)
        sentences = [s for s in re.split(r"(?<=[.?!])\s+", text) if s]
        asked = sum(1 for s in sentences if s.endswith("?") or QUESTION.match(s)) / max(1, len(sentences))
        scores[speaker] = 2.0 * asked + 0.3 * min(5, len(STUDY.findall(text))) - 1.5 * len(own) / total
    ranked = sorted(speakers, key=lambda speaker: -scores[speaker])
    if swap and len(ranked) > 1:
        ranked[0], ranked[1] = ranked[1], ranked[0]
    names = ["I", "P", *[f"P{n}" for n in range(2, len(ranked))]]
    if len(ranked) == 1:
        names = ["P"]
    roles = tuple(SpeakerRole(speaker=s, role=r, confidence=0.5) for s, r in zip(ranked, names, strict=False))
    by = {row.speaker: row.role for row in roles}
    return [w.model_copy(update={"role": by.get(w.speaker or "")}) for w in words], roles, []
