"""The redacted listening copy: a tone or silence over every replaced span, as long as the original.

Whisper's word times are not enough: a long spoken number may begin seconds before the "word" it became. So a mask
reaches from the last word that stays to the next one that stays, as far as there is speech (`Document.speech`), and
a span whose times cannot be trusted silences its whole utterance. Then the copy is transcribed again: if an original
can still be heard near a mask, the mask grows, and if that does not help, no copy is left.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from pipeline.core.document import Document, Redaction, Word, WordFlag
from pipeline.core.errors import BadInputError, LeakError
from pipeline.core.paths import TEMPORARY, disk_errors
from pipeline.recording import SAMPLE_RATE
from pipeline.recording.audio import Sound
from pipeline.redaction.text.analysis import Analysis
from pipeline.redaction.text.forms import TOKEN
from pipeline.redaction.text.lexicon import distinctive, fold
from pipeline.redaction.text.phonetics import audible_as

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from pipeline.engines.base import Recogniser

Style = Literal["tone", "silence"]

PAD_S, PAD_NUMBER_S = 0.15, 0.35
#: Two masks closer than this are one: what is between would not be understood.
JOIN_S = 0.25
#: A pause that ends an utterance.
UTTERANCE_GAP_S = 0.8
MAX_UTTERANCE_S = 60.0
#: No speech is faster than this: a letter takes 25 ms, a digit 90 ms.
LETTER_S, DIGIT_S = 0.025, 0.09
UNSURE: tuple[WordFlag, ...] = ("retimed", "moved")
TONE_HZ, TONE_LEVEL, FADE_S = 1000.0, 0.06, 0.01
CONTEXT_S, WINDOW_S, BATCH = 3.0, 28.0, 8
ROUNDS = 3
NUMERIC = frozenset({"PHONE", "NHS_NUMBER", "NI_NUMBER", "OTHER_ID", "POSTCODE", "VEHICLE", "EMAIL", "HANDLE", "DATE"})


@dataclass(frozen=True)
class Mask:
    """A stretch `[start, end)` in seconds that must not be heard, and the spans behind it (ids)."""

    start: float
    end: float
    spans: tuple[str, ...]


@dataclass(frozen=True)
class Listening:
    """What was done: final masks, their seconds together, how often masks had to grow."""

    masks: tuple[Mask, ...]
    seconds: float
    rounds: int


def write(
    document: Document,
    sound: Sound,
    target: Path,
    *,
    recogniser: Recogniser,
    style: Style = "tone",
    progress: Callable[[float], None] | None = None,
) -> Listening:
    """Write the listening copy (FLAC, 16 kHz, without metadata) and check it by recognising it again.

    Args:
        document: the redacted document.
        sound: the working copy it was made from.
        target: a .flac or .wav file; replaced only when the new one has passed.
        recogniser: the engine that listens to the result.
        style: what is heard instead.
        progress: told a fraction 0..1.

    Raises:
        LeakError: an original can still be heard after three rounds; nothing is left at `target`.
        BadInputError: a typed transcript has no sound.
        ResourceError, UsageProblem: the file cannot be written.
    """
    if document.source == "typed":
        raise BadInputError("a transcript typed by hand has no sound", hint="leave --audio out")
    with disk_errors(target):
        target.unlink(missing_ok=True)  # an older copy may hold what is replaced now
    masks = masks_of(document, sound.duration)
    spans = {r.id: r for r in document.applied()}
    suspects = list(masks)
    for number in range(1, ROUNDS + 1):
        samples = masked(sound, masks, style)
        audible = _audible(document, spans, samples, suspects, recogniser, progress)
        if not audible:
            _encode(target, samples)
            return Listening(tuple(masks), sum(m.end - m.start for m in masks), number)
        grown = [_grown(document, mask, sound.duration) if mask in audible else mask for mask in masks]
        masks = joined(grown)
        suspects = [m for m in masks if any(set(m.spans) & set(a.spans) for a in audible)]
    named = ", ".join(sorted({span for mask in suspects for span in mask.spans})[:5])
    raise LeakError(
        f"an original can still be heard in the redacted sound (spans {named}); no listening copy was written",
        hint="listen to these places in the review page and correct their times, or leave --audio out",
    )


def masks_of(document: Document, duration: float) -> list[Mask]:
    """Masks of all replaced spans, joined, in order, inside `[0, duration]`."""
    hidden = document.hidden_words()
    masks = []
    for redaction in document.applied():
        if _trusted(document, redaction):
            start, end = _reach(document, redaction, hidden)
        else:
            start, end = _utterance(document, redaction.first, redaction.last, duration)
        masks.append(Mask(max(0.0, start), min(duration, end), (redaction.id,)))
    return joined(masks)


def joined(masks: Iterable[Mask]) -> list[Mask]:
    """Masks in order, those that touch made one."""
    out: list[Mask] = []
    for mask in sorted(masks, key=lambda m: (m.start, m.end)):
        if mask.end <= mask.start:
            continue
        if out and mask.start <= out[-1].end + JOIN_S:
            spans = tuple(dict.fromkeys((*out[-1].spans, *mask.spans)))
            out[-1] = Mask(out[-1].start, max(out[-1].end, mask.end), spans)
        else:
            out.append(mask)
    return out


def masked(sound: Sound, masks: Sequence[Mask], style: Style) -> NDArray[np.int16]:
    """The samples (n, channels) with every mask replaced on all channels; same length."""
    import numpy as np

    out = np.array(sound.samples)
    for mask in masks:
        first, last = int(mask.start * sound.rate), min(len(out), -int(-mask.end * sound.rate // 1))
        out[first:last] = 0
        if style == "tone" and last > first:
            time = np.arange(last - first) / sound.rate
            tone = TONE_LEVEL * 32767 * np.sin(2 * np.pi * TONE_HZ * time)
            fade = np.minimum(1.0, np.minimum(time, time[::-1]) / FADE_S)
            out[first:last] = (tone * fade).astype(np.int16)[:, None]
    return out


def _trusted(document: Document, redaction: Redaction) -> bool:
    """True if the span's word times are credible."""
    words = document.words[redaction.first : redaction.last + 1]
    if any(w.start is None or w.end is None or w.end <= w.start or any(w.has(f) for f in UNSURE) for w in words):
        return False
    text = "".join(w.text for w in words)
    digits = sum(c.isdigit() for c in text)
    needed = digits * DIGIT_S + sum(c.isalpha() for c in text) * LETTER_S
    begin, end = words[0].start or 0.0, words[-1].end or 0.0
    return end - begin >= needed


def _reach(document: Document, redaction: Redaction, hidden: set[int]) -> tuple[float, float]:
    """From the last word that stays to the next one that stays, as far as there is speech between."""
    words = document.words
    pad = PAD_NUMBER_S if redaction.category in NUMERIC else PAD_S
    start = min(w.start for w in words[redaction.first : redaction.last + 1] if w.start is not None) - pad
    end = max(w.end for w in words[redaction.first : redaction.last + 1] if w.end is not None) + pad
    before = _neighbour(words, hidden, redaction.first, -1)
    after = _neighbour(words, hidden, redaction.last, 1)
    for low, high in document.speech:
        if low < start <= high + pad:  # the stretch that the span begins in may have begun before its first "word"
            start = min(start, max(low - 0.1, before.end or 0.0) if before else low - 0.1)
        if low - pad <= end < high:
            end = max(end, min(high + 0.1, after.start or high) if after else high + 0.1)
    return start, end


def _neighbour(words: Sequence[Word], hidden: set[int], at: int, step: int) -> Word | None:
    """The nearest timed word that stays, of anybody."""
    k = at + step
    while 0 <= k < len(words):
        if k not in hidden and words[k].start is not None and words[k].end is not None:
            return words[k]
        k += step
    return None


def _utterance(document: Document, first: int, last: int, duration: float) -> tuple[float, float]:
    """Everything the speaker says without a pause around words first..last, to the ends of the speech stretches."""
    words = document.words
    role = words[first].role

    def edge(at: int, step: int) -> float:
        k, here = at, words[at]
        while 0 <= k + step < len(words) and words[k + step].role == role:
            there = words[k + step]
            near = (there.end, here.start) if step < 0 else (here.end, there.start)
            if near[0] is not None and near[1] is not None and near[1] - near[0] > UTTERANCE_GAP_S:
                break
            k, here = k + step, there
        while 0 <= k < len(words) and (words[k].start is None or words[k].end is None):
            k += step
        if not 0 <= k < len(words):
            return 0.0 if step < 0 else duration
        return (words[k].start if step < 0 else words[k].end) or 0.0

    start, end = edge(first, -1) - PAD_S, edge(last, 1) + PAD_S
    for low, high in document.speech:
        if low < end and start < high and high - low <= MAX_UTTERANCE_S:
            start, end = min(start, low), max(end, high)
    return start, end


def _grown(document: Document, mask: Mask, duration: float) -> Mask:
    """The mask over the whole utterances of its spans, and a second more."""
    start, end = mask.start, mask.end
    for redaction in document.applied():
        if redaction.id in mask.spans:
            low, high = _utterance(document, redaction.first, redaction.last, duration)
            start, end = min(start, low), max(end, high)
    return Mask(max(0.0, start - 0.5), min(duration, end + 0.5), mask.spans)


def _audible(
    document: Document,
    spans: dict[str, Redaction],
    samples: NDArray[np.int16],
    masks: Sequence[Mask],
    recogniser: Recogniser,
    progress: Callable[[float], None] | None,
) -> list[Mask]:
    """Masks around which an original is recognised in the new sound."""
    from pipeline.engines.base import DecodeOptions

    found: list[Mask] = []
    mono = samples.mean(axis=1, dtype="float32") / 32768.0
    windows = _windows(masks, len(mono) / SAMPLE_RATE)
    for at in range(0, len(windows), BATCH):
        batch = windows[at : at + BATCH]
        pieces = [mono[int(low * SAMPLE_RATE) : int(high * SAMPLE_RATE)] for low, high, _ in batch]
        for (low, high, inside), result in zip(batch, recogniser.decode(pieces, DecodeOptions()), strict=True):
            heard = " ".join(w.text for w in result.words)
            for mask in inside:
                if mask not in found and _recognised(document, [spans[s] for s in mask.spans], heard, low, high):
                    found.append(mask)
        if progress:
            progress(min(1.0, (at + len(batch)) / len(windows)))
    return found


def _windows(masks: Sequence[Mask], duration: float) -> list[tuple[float, float, list[Mask]]]:
    """Stretches to listen to with the masks in them, each mask with what is around it; of long masks the edges only."""
    wanted: list[tuple[float, float, Mask]] = []
    for mask in masks:
        low, high = max(0.0, mask.start - CONTEXT_S), min(duration, mask.end + CONTEXT_S)
        if high - low <= WINDOW_S:
            wanted.append((low, high, mask))
        else:
            wanted.append((low, min(duration, mask.start + CONTEXT_S), mask))
            wanted.append((max(0.0, mask.end - CONTEXT_S), high, mask))
    out: list[tuple[float, float, list[Mask]]] = []
    for low, high, mask in sorted(wanted, key=lambda w: (w[0], w[1])):
        if out and high - out[-1][0] <= WINDOW_S:
            out[-1] = (out[-1][0], max(out[-1][1], high), [*out[-1][2], mask])
        else:
            out.append((low, high, [mask]))
    return out


def _recognised(document: Document, redactions: Sequence[Redaction], heard: str, low: float, high: float) -> bool:
    """True if `heard` holds a word or some digits of an original that is not said openly at that place."""
    hidden = document.hidden_words()
    open_words = " ".join(
        w.text
        for n, w in enumerate(document.words)
        if n not in hidden and w.start is not None and w.end is not None and w.start < high + 1 and w.end > low - 1
    )
    said_openly = {fold(t) for t in TOKEN.findall(open_words)}
    tokens = {fold(t) for t in TOKEN.findall(heard)} - said_openly
    figures, open_figures = _figures(heard), _figures(open_words)
    for redaction in redactions:
        original = " ".join(w.text for w in document.words[redaction.first : redaction.last + 1])
        names = [fold(t) for t in TOKEN.findall(original) if len(t) > 2 and not t.isdigit()]
        firm = [name for name in names if distinctive(name)] or (names if redaction.category not in NUMERIC else [])
        if any(name in tokens or any(audible_as(name, t) for t in tokens) for name in firm):
            return True
        digits = "".join(_figures(original))
        for run in figures:
            if len(run) >= 3 and run in digits and not any(run in other for other in open_figures):
                return True
    return False


def _figures(text: str) -> list[str]:
    """Runs of digits in a text, spoken ones as figures."""
    if not text:
        return []
    normalised = Analysis.from_lines([text]).normalised
    return ["".join(a.value for a in run.tokens if a.kind == "digits") for run in normalised.runs]


def _encode(target: Path, samples: NDArray[np.int16]) -> None:
    """Write FLAC (or WAV by its name) without metadata, whole or not at all."""
    import av
    import numpy as np

    temporary = target.with_name(f"{TEMPORARY}{target.name}")
    layout = "stereo" if samples.shape[1] == 2 else "mono"
    wav = target.suffix.lower() == ".wav"
    with disk_errors(target):
        try:
            with av.open(
                str(temporary), "w", format="wav" if wav else "flac", options={"fflags": "+bitexact"}
            ) as container:
                stream = container.add_stream("pcm_s16le" if wav else "flac", rate=SAMPLE_RATE, layout=layout)
                stream.format = "s16"
                for at in range(0, len(samples), SAMPLE_RATE):
                    block = np.ascontiguousarray(samples[at : at + SAMPLE_RATE]).reshape(1, -1)
                    frame = av.AudioFrame.from_ndarray(block, format="s16", layout=layout)
                    frame.sample_rate, frame.pts = SAMPLE_RATE, at
                    container.mux(stream.encode(frame))
                container.mux(stream.encode(None))
            temporary.chmod(0o600)
            temporary.replace(target)
        finally:
            temporary.unlink(missing_ok=True)
