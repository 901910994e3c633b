"""Pieces of one word that a recogniser gives as several."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from pipeline.transcript.numbered import Segment

#: A piece cut off at a hyphen or a dot belongs to the word before if at most so many seconds lie between them.
CONTINUED_S = 0.3
_CUT_OFF = re.compile(r"[-.]\w")


def continued(segments: Sequence[Segment]) -> list[Segment]:
    """Glue what a recogniser cuts off at a hyphen or a dot (`twenty` `-two`, `example` `.com`) to the word before.

    A false start (`I-` `-I`), anything after a pause and text typed by hand stay as they are.
    """
    result: list[Segment] = []
    for n, segment in enumerate(segments):
        before = result[-1] if result else None
        following = segments[n + 1] if n + 1 < len(segments) else None
        cut = _CUT_OFF.match(segment.text) or (
            segment.text in ("-", ".") and following is not None and following.glued and following.kind == "replacement"
        )
        if cut and before is not None and "note" not in (before.kind, segment.kind) and before.text[-1] not in "-.,?!":
            gap = None if before.end is None or segment.start is None else segment.start - before.end
            segment = replace(segment, glued=segment.glued or (gap is not None and gap <= CONTINUED_S))
        result.append(segment)
    return result
