"""Stage 35: what a person corrected in the words, before they are redacted.

Words come first, so that a name which somebody put right is found like any other. Only the edits of words count here;
those of redactions are applied in stage 45. The stage is left out where there are none.
"""

from __future__ import annotations

from typing import Any, ClassVar

from pipeline.core.document import Document
from pipeline.core.settings import Settings
from pipeline.review.apply import corrected
from pipeline.review.edits import digest, word_edits
from pipeline.stages.base import Context, StageResult


class Correct:
    """See Stage. Changes words, events, roles and turns, and keeps in `unreviewed` what they were."""

    name: ClassVar[str] = "correct"
    version: ClassVar[str] = "1"

    def weights(self, settings: Settings) -> tuple[str, ...]:
        """None."""
        return ()

    def fingerprint(self, settings: Settings, context: Context) -> dict[str, Any]:
        """The edits of words that are in force."""
        return {"edits": digest(word_edits(context.edits))}

    def run(self, document: Document, settings: Settings, context: Context) -> StageResult:
        """Apply them. What no longer fits is listed by stage 45."""
        result = corrected(document, context.edits)
        return StageResult(result.document, details={"edits": len(word_edits(context.edits))})
