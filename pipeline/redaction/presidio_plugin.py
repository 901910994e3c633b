"""Our patterns inside Presidio: a recogniser that anybody's AnalyzerEngine can use."""

from __future__ import annotations

import functools
from typing import Any

from pipeline.core.document import Word
from pipeline.redaction.text.analysis import Analysis


@functools.cache
def spoken_recognizer() -> Any:
    """A Presidio `EntityRecognizer` that finds what our patterns find, with their categories as entity types."""
    from presidio_analyzer import EntityRecognizer, RecognizerResult

    from pipeline.redaction.patterns import registry

    class SpokenRecognizer(EntityRecognizer):
        """See the module."""

        def __init__(self) -> None:
            categories: list[str] = sorted({c for r in registry.recognisers() for c in r.categories})
            super().__init__(supported_entities=categories, name="spoken", supported_language="en")

        def load(self) -> None:
            """Nothing to load."""

        def analyze(self, text: str, entities: list[str], nlp_artifacts: Any = None) -> list[Any]:
            """Results with character offsets into `text`; a text without labels is one person's."""
            words: list[Word] = []
            starts: list[int] = []
            at = 0
            for piece in text.split():
                at = text.index(piece, at)
                words.append(Word(text=piece, role="P"))
                starts.append(at)
                at += len(piece)
            results = []
            for found in registry.find(Analysis(words)):
                if found.category in entities:
                    start = starts[found.first] + len(found.lead)
                    end = starts[found.last] + len(words[found.last].text) - len(found.tail)
                    results.append(RecognizerResult(found.category, start, end, found.score))
            return results

    return SpokenRecognizer()
