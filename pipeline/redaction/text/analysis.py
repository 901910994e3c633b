"""An interview as all recognisers read it: its words and the views of them that they share."""

from __future__ import annotations

from functools import cached_property

from pipeline.redaction.text import allow_list
from pipeline.redaction.text.normalised_text import NormalisedText
from pipeline.redaction.text.spans import SpokenText
from pipeline.redaction.text.tokens import NameTokens


class Analysis(SpokenText):
    """The words of an interview, and each view of them: made when it is first asked for, then kept."""

    @cached_property
    def name_tokens(self) -> NameTokens:
        """The words cut into what can be a name of its own."""
        return NameTokens(self)

    @cached_property
    def normalised(self) -> NormalisedText:
        """The words with numbers, letters and signs in one form."""
        return NormalisedText(self)

    @cached_property
    def allow_listed(self) -> tuple[allow_list.Span, ...]:
        """(first word, last word, class) of everything on the allow list; a class is, for example, "medication"."""
        return tuple(allow_list.spans(self))

    @cached_property
    def _allow_listed_by_word(self) -> dict[int, list[allow_list.Span]]:
        found: dict[int, list[allow_list.Span]] = {}
        for span in self.allow_listed:
            for n in range(span[0], span[1] + 1):
                found.setdefault(n, []).append(span)
        return found

    def allowed_as(self, first: int, last: int) -> list[str]:
        """Classes of the spans on the allow list that hold all of the words first..last; empty for none.

        Such words no recogniser may take. A longer span that merely contains words of the list ("the ninth of May",
        "Crisis Team Lead Joan") is not on it.
        """
        return [why for _, end, why in self._allow_listed_by_word.get(first, ()) if last <= end]
