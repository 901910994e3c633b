"""The reader as it ships: its network, word pieces, labels and thresholds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pipeline.core.settings import configs_folder
from pipeline.redaction.reader.features import Style
from pipeline.redaction.reader.mentions import Limits, read_limits
from pipeline.redaction.reader.reader import Reader

WEIGHTS = "reader"
"""Its entry in the catalogue of weights."""


@dataclass(frozen=True)
class Model:
    """A loaded reader and its thresholds for each style of writing."""

    reader: Reader
    limits: Mapping[Style, Limits]

    @classmethod
    def open(cls, network: Path) -> Model:
        """Load the network from its file, and tokenizer, labels and thresholds from configs/recognisers/."""
        folder = configs_folder() / "recognisers"
        reader = Reader(network, folder / "reader-tokenizer.json", folder / "reader-labels.json")
        return cls(reader, read_limits(folder / "reader-thresholds.json"))
