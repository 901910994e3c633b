"""Part-of-speech tags and named entities from spaCy's en_core_web_sm, run through Presidio's engine.

Transcribed speech is far from the news text that the model learned from, so its entities are evidence for the
name recogniser (`propernouns`), not decisions.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from pipeline.core.errors import WeightsError
from pipeline.redaction.text.spans import SpokenText

#: Characters in one text given to spaCy: long turns are cut between words.
CHUNK = 4000


@dataclass(frozen=True)
class WordTag:
    """What spaCy says of one word: fine part of speech ("NNP") and entity type ("PERSON", "" for none)."""

    tag: str = ""
    entity: str = ""


class Tagger(Protocol):
    """Gives every word a `WordTag`."""

    def tag(self, transcript: SpokenText) -> list[WordTag]:
        """One tag per word of the transcript."""
        ...


class NoTagger:
    """Where the weights are not wanted (tests, the pattern recognisers alone): no evidence."""

    def tag(self, transcript: SpokenText) -> list[WordTag]:
        """Empty tags."""
        return [WordTag()] * len(transcript)


def _engine_class() -> Any:
    """Presidio's wrapper of spaCy, imported without torch: spaCy imports it wherever it is installed, for seconds,
    and this model has no use for it."""
    import sys

    unused = "torch" not in sys.modules
    if unused:
        sys.modules["torch"] = None  # type: ignore[assignment]  # as if it were not installed
    try:
        from presidio_analyzer.nlp_engine import SpacyNlpEngine
    finally:
        if unused:
            del sys.modules["torch"]
    return SpacyNlpEngine


class SpacyTagger:
    """en_core_web_sm from a local folder; nothing is ever downloaded.

    Raises:
        WeightsError: the folder does not hold a spaCy model that this spaCy can read.
    """

    def __init__(self, folder: Path) -> None:
        if not (folder / "meta.json").is_file():
            raise WeightsError("the spaCy model is incomplete", file=folder, hint="run `ipa models fetch`")
        self._engine: Any = _engine_class()(models=[{"lang_code": "en", "model_name": str(folder)}])
        try:
            self._engine.load()
        except (OSError, ValueError) as error:
            raise WeightsError("the spaCy model cannot be read", file=folder, hint="run `ipa models fetch`") from error
        # The parser and the lemmatiser cost a third of the time and nothing here asks for them.
        nlp = self._engine.get_nlp("en")
        nlp.select_pipes(disable=[name for name in ("parser", "lemmatizer") if name in nlp.pipe_names])

    def tag(self, transcript: SpokenText) -> list[WordTag]:
        """One tag per word: that of the first spaCy token with a letter or digit in the word."""
        tags = [WordTag()] * len(transcript)
        chunks = list(_chunks(transcript))
        batch = ((transcript.text[start:end], start) for start, end in chunks)
        for _, artifacts, start in self._engine.process_batch(batch, "en", batch_size=16, as_tuples=True):
            seen: set[int] = set()
            for token in artifacts.tokens:
                if not any(c.isalnum() for c in token.text):
                    continue
                word = transcript.word_at(start + token.idx)
                if word not in seen:
                    seen.add(word)
                    tags[word] = WordTag(token.tag_, token.ent_type_)
        return tags


def _chunks(transcript: SpokenText) -> Iterator[tuple[int, int]]:
    """Characters [start, end) of each turn, long turns cut between words."""
    first = 0
    for n in range(len(transcript)):
        last = n + 1 == len(transcript)
        long = transcript.ends[n] - transcript.starts[first] > CHUNK
        if last or long or transcript.turns[n + 1] != transcript.turns[n]:
            yield transcript.starts[first], transcript.ends[n]
            first = n + 1
