"""What a person should look at before trusting who said what."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.core.clock import clock
from pipeline.core.document import Note, Turn, Voice

SMALL_SHARE = 0.05
ALIKE = 0.70  # cosine of two centroids
STAGE = "diarise"


def of(turns: Sequence[Turn], voices: Sequence[Voice], asked: int, more: Sequence[tuple[float, float]]) -> list[Note]:
    """Notes about `turns`.

    Args:
        turns: who speaks when.
        voices: their voices.
        asked: how many speakers were asked for, 0 for any number.
        more: segments (seconds) that sound like none of the voices.
    """
    if not turns:
        return [Note(code="no-speech", message="No speech was found in the recording.", stage=STAGE, level="alarm")]
    notes: list[Note] = []
    spoken: dict[str, float] = {}
    for turn in turns:
        spoken[turn.speaker] = spoken.get(turn.speaker, 0.0) + turn.end - turn.start
    total = sum(spoken.values())
    if len(spoken) == 1:
        message = "Only one voice was found: there is one role, and questions may be missing."
        notes.append(Note(code="one-speaker", message=message, stage=STAGE, level="alarm"))
    for speaker, seconds in spoken.items():
        if len(spoken) > 1 and seconds < SMALL_SHARE * total:
            share = 100 * seconds / total
            message = f"{speaker} has only {share:.0f} % of the speech: check that it really is another person."
            start = next(turn.start for turn in turns if turn.speaker == speaker)
            notes.append(Note(code="small-speaker", message=message, stage=STAGE, start=start))
    for n, one in enumerate(voices):
        for other in voices[n + 1 :]:
            likeness = sum(a * b for a, b in zip(one.centroid, other.centroid, strict=True))
            if likeness > ALIKE:
                message = f"{one.speaker} and {other.speaker} sound much alike: check the edges of turns."
                notes.append(Note(code="alike-voices", message=message, stage=STAGE, level="alarm"))
    if more and asked:
        seconds = sum(end - start for start, end in more)
        message = (
            f"There seem to be more than {asked} voices: {seconds:.0f} s sound like somebody else, first at "
            f"{clock(more[0][0])}. Run again with --speakers {asked + 1}, or --speakers 0 to find the number."
        )
        row = Note(code="another-voice", message=message, stage=STAGE, level="alarm", start=more[0][0], end=more[0][1])
        notes.append(row)
    return notes
