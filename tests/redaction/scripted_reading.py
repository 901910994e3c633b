"""A reading without a network: chances written down by the test."""

from __future__ import annotations

from collections.abc import Mapping
from typing import get_args

import numpy as np

from pipeline.core.document import Category
from pipeline.redaction.reader.mentions import Limits
from pipeline.redaction.reader.reader import Reading, parts_of
from pipeline.redaction.text.spans import SpokenText

CATEGORIES: tuple[Category, ...] = get_args(Category)
PLAIN = Limits(second_look=(1.0, 0, 0, 0, 0, 0, 0), hide=0.5, flag=0.5)
"""Chances as they are."""


def reading(
    transcript: SpokenText, chances: Mapping[int, float | tuple[float, Category]], begins: frozenset[int] = frozenset()
) -> Reading:
    """Chance, or (chance, category), by word; PERSON where none is said. A mention begins at the words `begins`, and
    where the word before has no chance."""
    parts = parts_of(transcript)
    inside = np.full((len(parts), len(CATEGORIES)), 1e-5, np.float32)
    start = np.full_like(inside, 1e-6)
    for n, part in enumerate(parts):
        if part.word not in chances:
            continue
        value = chances[part.word]
        chance, category = value if isinstance(value, tuple) else (value, "PERSON")
        column = CATEGORIES.index(category)
        inside[n, column] = chance
        first = part.word in begins or part.word - 1 not in chances
        start[n, column] = chance * (0.9 if first else 0.1)
    return Reading(parts, CATEGORIES, inside, start, "typed")
