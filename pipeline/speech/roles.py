"""Who interviews and who is interviewed.

Judged from what is said, by several weighted clues and never by one alone: the shape of questions, words of a
study ("recording", "consent", "could you tell me"), share of the talk, who opens and who closes, and
names from the key sheet in address ("Thanks, Hope": not Hope). The confidence of the result is the
logistic of the difference between the two; below LOW a person is asked to check.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.core.document import Document, Note, SpeakerRole, Word
from pipeline.core.keysheet import KeySheet, Person
from pipeline.redaction.text.tables import SPEECH, table

STAGE = "transcribe"
LOW = 0.85
_TABLE = table("roles", SPEECH)
STUDY = re.compile(rf"\b(?:{'|'.join(_TABLE['study'])})\b", re.IGNORECASE)
OPENER = re.compile(
    rf"^(?:(?:{'|'.join(_TABLE['lead_in'])})[,.]? )*(?:{'|'.join(_TABLE['question'])})\b", re.IGNORECASE
)
SENTENCE = re.compile(r"(?<=[.?!])\s+")
EDGE_WORDS = 30  # who says most of the first and of the last words opens and closes
WEIGHTS = {"questions": 6.0, "study": 0.9, "share": 2.5, "opens": 0.6, "closes": 0.3, "address": 1.2}
SMALL_WORDS = 12  # shares say nothing about somebody who says less


@dataclass(frozen=True)
class _Said:
    """What one speaker says."""

    speaker: str
    words: list[Word]

    @property
    def text(self) -> str:
        return " ".join(word.text for word in self.words)

    def question_share(self) -> float:
        """Share of this speaker's sentences that ask, shrunk towards zero where there are few."""
        sentences = [s for s in SENTENCE.split(self.text) if s.strip()]
        asked = sum(1.0 if s.rstrip("\"'”’)").endswith("?") else 0.6 for s in sentences if _asks(s))
        return asked / (len(sentences) + 3)


def _asks(sentence: str) -> bool:
    return sentence.rstrip("\"'”’)").endswith("?") or bool(OPENER.match(sentence))


def _first_names(person: Person | None) -> list[str]:
    return sorted({name.split()[0] for name in (person.names if person else ()) if name.split()})


def _addresses(text: str, names: Sequence[str]) -> int:
    """How often one of `names` is spoken to: after a comma or a thanks, before a mark of punctuation."""
    if not names:
        return 0
    either = "|".join(re.escape(name) for name in names)
    address = (
        rf"(?:,|\b(?:thanks|thank you|hi|hello|bye|okay|so|right)),? (?:{either})(?=[,.?!])|(?:^|[.?!] )(?:{either}),"
    )
    return len(re.findall(address, text, re.IGNORECASE))


def _introduces(text: str, names: Sequence[str]) -> int:
    """How often the speaker gives one of `names` as their own."""
    if not names:
        return 0
    either = "|".join(re.escape(name) for name in names)
    return len(re.findall(rf"\b(?:i'm|i am|my name is|my name's|name's|call me) (?:{either})\b", text, re.IGNORECASE))


def names_that_tell(key_sheet: KeySheet | None) -> tuple[list[str], list[str]]:
    """First names of participant and interviewers: who is addressed by one of them is not the other."""
    participant = _first_names(key_sheet.participant if key_sheet else None)
    interviewer = _first_names(key_sheet.interviewer if key_sheet else None)
    for person in key_sheet.people if key_sheet else ():
        if person.label and re.search(r"interviewer|researcher", person.label, re.IGNORECASE):
            interviewer += _first_names(person)
    return participant, interviewer


def scores(said: Sequence[_Said], words: Sequence[Word], key_sheet: KeySheet | None) -> dict[str, float]:
    """How much each speaker sounds like the interviewer; differences are logits."""
    total = max(1, sum(len(row.words) for row in said))
    participant, interviewer = names_that_tell(key_sheet)
    spoken = [word.speaker for word in words if word.speaker]
    edges = {"opens": spoken[:EDGE_WORDS], "closes": spoken[-EDGE_WORDS:]}
    result: dict[str, float] = {}
    for row in said:
        text = row.text
        named = _addresses(text, participant) - _addresses(text, interviewer)
        named += 2 * (_introduces(text, interviewer) - _introduces(text, participant))
        clues = {
            "questions": row.question_share() if len(row.words) >= 3 else 0.0,
            "study": math.log1p(len(STUDY.findall(text))),
            "share": 0.5 - len(row.words) / total if len(row.words) >= SMALL_WORDS else 0.0,
            "address": max(-2.0, min(2.0, named)),
            **{name: edge.count(row.speaker) / max(1, len(edge)) for name, edge in edges.items()},
        }
        result[row.speaker] = sum(WEIGHTS[name] * value for name, value in clues.items())
    return result


def assign(
    words: Sequence[Word], document: Document, key_sheet: KeySheet | None, swap: bool
) -> tuple[list[Word], tuple[SpeakerRole, ...], list[Note]]:
    """Words with their role set, the role of each speaker, and notes about it.

    Args:
        words: with speakers, in spoken order.
        document: its turns name speakers who say no word.
        key_sheet: names that tell who is addressed.
        swap: exchange I and P (and I2 and P2, ...).
    """
    speakers = list(dict.fromkeys([w.speaker for w in words if w.speaker] + [t.speaker for t in document.turns]))
    if not speakers:
        return list(words), (), []
    said = [_Said(speaker, [w for w in words if w.speaker == speaker]) for speaker in speakers]
    amount = {row.speaker: len(row.words) for row in said}
    score = scores(said, words, key_sheet)
    interviewers, confidence = _split(speakers, score, amount)
    if swap:
        interviewers = [speaker for speaker in speakers if speaker not in interviewers]
    names: dict[str, str] = {}
    for letter, group in (("I", interviewers), ("P", [s for s in speakers if s not in interviewers])):
        for n, speaker in enumerate(sorted(group, key=lambda s: -amount[s])):
            names[speaker] = letter if n == 0 else f"{letter}{n + 1}"
    sure = {s: 1.0 if swap else round(confidence[s], 3) for s in speakers}
    roles = tuple(SpeakerRole(speaker=s, role=names[s], confidence=sure[s]) for s in speakers)
    placed = [w.model_copy(update={"role": names.get(w.speaker or "")}) for w in words]
    return placed, roles, [] if swap else _notes(roles)


def _split(speakers: list[str], score: dict[str, float], amount: dict[str, int]) -> tuple[list[str], dict[str, float]]:
    """The interviewers, and how sure that is for each speaker.

    The one who sounds most like an interviewer is one, and whoever talks most of the rest is a participant;
    everybody else goes to whose score is nearer.
    """
    if len(speakers) == 1:
        only = speakers[0]
        asks = score[only] > WEIGHTS["questions"] * 0.5 + WEIGHTS["opens"] + WEIGHTS["closes"] - 0.5 * WEIGHTS["share"]
        return ([only] if asks else []), {only: 0.5}
    first = max(speakers, key=lambda s: score[s])
    rest = [s for s in speakers if s != first]
    other = max(rest, key=lambda s: amount[s])
    middle = (score[first] + score[other]) / 2
    chosen = [first, *(s for s in rest if s != other and score[s] > middle)]
    sure = {s: 1 / (1 + math.exp(-2 * abs(score[s] - middle))) for s in speakers}
    return chosen, sure


def _notes(roles: Sequence[SpeakerRole]) -> list[Note]:
    weakest = min(roles, key=lambda row: row.confidence)
    if len(roles) == 1:
        message = f"One voice only: taken for {roles[0].role}. If that is wrong, run again with --swap-roles."
        return [Note(code="roles-unsure", message=message, stage=STAGE, level="alarm")]
    if weakest.confidence >= LOW:
        return []
    message = (
        f"Who interviews is not certain ({100 * weakest.confidence:.0f} %): check the first lines. "
        "If I and P are exchanged, run again with --swap-roles."
    )
    return [Note(code="roles-unsure", message=message, stage=STAGE, level="alarm")]
