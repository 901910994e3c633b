"""How long a review takes: from one sign of the reviewer to the next, unless they were away in between."""

from __future__ import annotations

import time
from collections.abc import Callable

from pipeline.page import listening
from pipeline.page.interview import Interview


class WorkTime:
    """Seconds that were worked on each interview and are not stored yet."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._last: dict[str, float] = {}
        self._seconds: dict[str, float] = {}

    def seen(self, name: str) -> None:
        """Somebody is at work on an interview."""
        now = self._clock()
        since = now - self._last.get(name, now)
        if since < listening.AWAY_S:
            self._seconds[name] = self._seconds.get(name, 0.0) + since
        self._last[name] = now

    def taken(self, name: str) -> float:
        """The seconds since the last call, for whoever stores them."""
        return round(self._seconds.pop(name, 0.0), 2)

    def store(self, interview: Interview, who: str) -> None:
        """Add them to what the reviewer has worked."""
        self.seen(interview.paths.id)
        with interview.busy:
            heard = listening.load(interview.paths)
            own = heard.reviewers.get(who, listening.Reviewer())
            own = own.model_copy(update={"seconds": own.seconds + self.taken(interview.paths.id)})
            listening.save(interview.paths, heard.having(who, own))
