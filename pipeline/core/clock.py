"""Times within a recording, formatted for people."""

from __future__ import annotations


def clock(seconds: float, *, millis: bool = False, separator: str = ".") -> str:
    """A time as `hh:mm:ss`, or `hh:mm:ss.mmm` rounded to the nearest millisecond.

    Without `millis` the time is truncated, not rounded, so that a player jumps to just before the words.
    """
    thousandths = max(0, round(seconds * 1000))
    whole, rest = divmod(thousandths, 1000)
    text = f"{whole // 3600:02d}:{whole // 60 % 60:02d}:{whole % 60:02d}"
    return f"{text}{separator}{rest:03d}" if millis else text
