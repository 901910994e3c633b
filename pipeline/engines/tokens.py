"""Whisper's token sequences, for both engines: where the time stamps are and what they say.

Whisper writes `<|0.00|> text<|4.20|><|4.20|> more text<|7.92|>` in steps of 20 ms (Radford et al. 2022,
section 2.3). A sequence that ends with one time stamp is finished; one whose last segment is open
stopped at the last closed time stamp: what comes after it was not decoded.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

TIME_STEP = 0.02
PREPENDED = "\"'“¿([{-"
APPENDED = "\"'.。,，!！?？:：”)]}、"


@dataclass(frozen=True)
class Reading:
    """The text tokens that count, the time that decoding reached (s), and whether the last segment was closed.

    `bounds` holds (number of text tokens before the segment, start, end) of each segment.
    """

    tokens: tuple[int, ...]
    reached: float
    finished: bool
    bounds: tuple[tuple[int, float, float], ...] = ()


def read_tokens(tokens: Sequence[int], stamp_base: int, text_end: int, length: float) -> Reading:
    """Split a decoded sequence at its time stamps.

    Args:
        tokens: what the decoder returned, without the prompt.
        stamp_base: id of `<|0.00|>`.
        text_end: id of `<|endoftext|>`; text tokens are below it.
        length: the window's length in seconds; time stamps are cut to it.
    """
    kept: list[int] = []
    open_tokens: list[int] = []
    bounds: list[tuple[int, float, float]] = []
    start: float | None = None
    last = 0.0
    for token in tokens:
        if token >= stamp_base:
            at = min((token - stamp_base) * TIME_STEP, length)
            if open_tokens:
                bounds.append((len(kept), start if start is not None else last, at))
                kept.extend(open_tokens)
                open_tokens, start = [], None
                last = at
            else:
                start = at
        elif token < text_end:
            open_tokens.append(token)
    finished = not open_tokens
    if open_tokens and not bounds:
        # No closed segment at all: keep what there is, as Whisper does, and trust it to the window's end.
        return Reading(tuple(open_tokens), length, True, ((0, start or 0.0, length),))
    return Reading(tuple(kept), last, finished, tuple(bounds))


def compression(text: str) -> float:
    """Length over compressed length; above 2.4 Whisper's authors call a text repetitive."""
    raw = text.encode("utf-8")
    return len(raw) / len(zlib.compress(raw)) if raw else 0.0


def join_punctuation(words: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Attach punctuation that is a token of its own to the word before or after it.

    Each word is {"text" (with its leading space), "start", "end", "probability"}; times of the
    punctuation itself are dropped, they are of no use.
    """
    joined: list[dict[str, Any]] = []
    lead = ""
    for word in words:
        text = word["text"]
        bare = text.strip()
        if not bare:
            continue
        if text.startswith(" ") and bare in PREPENDED:
            lead += bare
        elif bare in APPENDED and joined and not lead:
            joined[-1] = {**joined[-1], "text": joined[-1]["text"] + bare}
        elif not text.startswith(" ") and joined and not lead:
            # No space was written: "I-I", "07700-900123", "IP23-9ZZ" are one word, split by the tokeniser.
            before = joined[-1]
            sure = min(before["probability"], word["probability"])
            joined[-1] = {**before, "text": before["text"] + bare, "end": word["end"], "probability": sure}
        else:
            joined.append({**word, "text": lead + bare})
            lead = ""
    return joined
